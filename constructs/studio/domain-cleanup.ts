import { join } from 'node:path';
import { CustomResource, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { CleanupProvider } from '../cleanup';
import { acknowledgeWildcards } from '../roles';

export interface DomainCleanupProps {
  /** Domain to empty and delete. */
  readonly domain: sagemaker.CfnDomain;
}

/**
 * Empties and deletes a domain when its stack is deleted.
 *
 * CloudFormation cannot do it: it knows nothing of the apps and spaces that people start, which keep profiles and domain from being
 * deleted, and it has no property for the retention of the home file system. Does nothing while the stack lives.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
 */
export class DomainCleanup extends Construct {
  private readonly resource: CustomResource;

  constructor(scope: Construct, id: string, { domain }: DomainCleanupProps) {
    super(scope, id);
    const provider = new CleanupProvider(this, 'Provider', {
      code: lambda.Code.fromAsset(join(__dirname, 'handler'), { exclude: ['*.d.ts'] }),
    });
    const statements = permissions(Stack.of(this), domain);
    statements.forEach(statement => provider.role.addToPrincipalPolicy(statement));
    acknowledgeWildcards(
      provider.role,
      statements.flatMap(statement => statement.resources),
      'People name apps, spaces and profiles; lists take no resource; security groups are held to the domain by their tag',
    );
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::StudioDomainCleanup',
      serviceToken: provider.serviceToken,
      properties: { DomainId: domain.attrDomainId },
    });
  }

  /** What depends on others is deleted before them. */
  public emptyBeforeDeleting(member: Construct): void {
    this.resource.node.addDependency(member);
  }
}

function permissions(stack: Stack, domain: sagemaker.CfnDomain): iam.PolicyStatement[] {
  const allow = (actions: string[], ...resources: string[]) => new iam.PolicyStatement({ actions, resources });
  const within = (resource: string) =>
    stack.formatArn({ service: 'sagemaker', resource, resourceName: `${domain.attrDomainId}/*` });
  return [
    allow(['sagemaker:DeleteDomain', 'sagemaker:DescribeDomain'], domain.attrDomainArn),
    allow(['sagemaker:DeleteApp'], within('app')),
    allow(['sagemaker:DeleteSpace'], within('space')),
    allow(['sagemaker:DeleteUserProfile'], within('user-profile')),
    allow(
      ['ec2:DescribeSecurityGroups', 'sagemaker:ListApps', 'sagemaker:ListSpaces', 'sagemaker:ListUserProfiles'],
      '*',
    ),
    new iam.PolicyStatement({
      actions: ['ec2:DeleteSecurityGroup', 'ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress'],
      resources: [stack.formatArn({ service: 'ec2', resource: 'security-group', resourceName: '*' })],
      // The service tags what it makes for a domain.
      conditions: { StringEquals: { 'aws:ResourceTag/ManagedByAmazonSageMakerResource': domain.attrDomainArn } },
    }),
  ];
}
