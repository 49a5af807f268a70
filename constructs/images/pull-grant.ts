import * as iam from 'aws-cdk-lib/aws-iam';
import { Validations } from 'aws-cdk-lib/core';
import { Construct, type IConstruct } from 'constructs';

/** Lets a grantee pull images from exactly one repository. */
export function grantPullFrom(grantee: iam.IGrantable, repositoryArn: string): iam.Grant {
  const pull = iam.Grant.addToPrincipal({
    grantee,
    actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    resourceArns: [repositoryArn],
  });
  const logIn = iam.Grant.addToPrincipal({
    grantee,
    actions: ['ecr:GetAuthorizationToken'],
    resourceArns: ['*'],
  });
  acknowledgeLogIn(grantee);
  return pull.combine(logIn);
}

/** Says in the tree why the policy that now allows `ecr:GetAuthorizationToken` has a wildcard. */
export function acknowledgeLogIn({ grantPrincipal }: iam.IGrantable): void {
  const children = Construct.isConstruct(grantPrincipal) ? grantPrincipal.node.children : [];
  for (const policy of children.filter(child => child instanceof iam.Policy && !acknowledged.has(child))) {
    acknowledged.add(policy);
    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'ecr:GetAuthorizationToken takes no resource: IAM accepts it on * only. Pulling itself is limited to the repositories used.',
    });
  }
}

// A role that pulls many images needs the acknowledgment once.
const acknowledged = new WeakSet<IConstruct>();
