import { Stack, Token, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';

/** A group whose name is known: `ModelPackageGroup`, an imported one, and `CfnModelPackageGroup` all are. */
export interface NamedModelPackageGroupRef extends refs.IModelPackageGroupRef {
  readonly modelPackageGroupName: string;
}

/** Permissions on the versions of one model package group. */
export class ModelPackageGroupGrants {
  public static fromModelPackageGroup(group: NamedModelPackageGroupRef): ModelPackageGroupGrants {
    return new ModelPackageGroupGrants(group);
  }

  private constructor(private readonly group: NamedModelPackageGroupRef) {}

  /** Describe the group, and list and describe its versions. */
  public read(grantee: iam.IGrantable): iam.Grant {
    return this.actions(
      grantee,
      'sagemaker:DescribeModelPackage',
      'sagemaker:DescribeModelPackageGroup',
      'sagemaker:ListModelPackages',
    );
  }

  /** Add versions to the group. A caller that also tags them needs `actions(grantee, 'sagemaker:AddTags')`. */
  public register(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, 'sagemaker:CreateModelPackage');
  }

  /** Approve and reject versions, and change what else of a version can change. */
  public approve(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, 'sagemaker:UpdateModelPackage');
  }

  /** Any actions, on the group and on all of its versions. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const { grantPrincipal } = grantee;
    if (Construct.isConstruct(grantPrincipal)) {
      for (const name of names(this.group)) {
        Validations.of(grantPrincipal).acknowledge({
          id: `AwsSolutions-IAM5[Resource::${shownArn(this.group, name)}]`,
          reason: 'SageMaker numbers the versions of a group at run time; the wildcard covers this one group',
        });
      }
    }
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: modelPackageGroupArns(this.group) });
  }
}

/** ARNs of a group and of its versions, made from the name so that a policy needs no reference to the resource. */
export function modelPackageGroupArns(group: NamedModelPackageGroupRef): string[] {
  const arn = (resource: string, resourceName: string) =>
    Stack.of(group).formatArn({ service: 'sagemaker', resource, resourceName, ...environment(group) });
  return names(group).flatMap(name => [arn('model-package-group', name), arn('model-package', `${name}/*`)]);
}

/**
 * SageMaker writes names in lower case in the ARNs it returns, but checks a call against the name as the caller wrote it,
 * and policies tell case apart: a name with capitals is allowed in both forms.
 */
function names({ modelPackageGroupName: name }: NamedModelPackageGroupRef): string[] {
  return Token.isUnresolved(name) ? [name] : [...new Set([name, name.toLowerCase()])];
}

function environment({ env }: NamedModelPackageGroupRef): { account: string; region: string } {
  return { account: env.account, region: env.region };
}

/** ARN of all versions, the way cdk-nag shows it in a finding. */
function shownArn(group: NamedModelPackageGroupRef, name: string): string {
  const shown = (value: string, pseudoParameter: string) =>
    Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
  const { account, region } = environment(group);
  const owner = `${shown(region, 'Region')}:${shown(account, 'AccountId')}`;
  return `arn:${shown(Stack.of(group).partition, 'Partition')}:sagemaker:${owner}:model-package/${name}/*`;
}
