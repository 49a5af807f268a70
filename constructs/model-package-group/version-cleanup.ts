import { join } from 'node:path';
import { CustomResource, Stack } from 'aws-cdk-lib/core';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { CleanupProvider } from '../cleanup';
import { ModelPackageGroupGrants } from './model-package-group-grants';

export interface VersionCleanupProps {
  /** Group to empty. */
  readonly group: sagemaker.CfnModelPackageGroup;
}

/**
 * Deletes all versions of a group when its stack is deleted: CloudFormation cannot delete a group that holds versions.
 *
 * Its functions are shared by all groups of the stack.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackage.html
 */
export class VersionCleanup extends Construct {
  constructor(scope: Construct, id: string, { group }: VersionCleanupProps) {
    super(scope, id);
    const provider = providerOf(Stack.of(this));
    ModelPackageGroupGrants.fromModelPackageGroup(group).actions(
      provider,
      'sagemaker:DeleteModelPackage',
      'sagemaker:ListModelPackages',
    );
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::ModelPackageGroupCleanup',
      serviceToken: provider.serviceToken,
      properties: { ModelPackageGroupName: group.modelPackageGroupName },
    });
    // What depends on another resource is deleted before it.
    resource.node.addDependency(group);
  }
}

function providerOf(stack: Stack): CleanupProvider {
  const id = 'ModelPackageGroupCleanup';
  const existing = stack.node.tryFindChild(id);
  return existing instanceof CleanupProvider
    ? existing
    : new CleanupProvider(stack, id, {
        code: lambda.Code.fromAsset(join(__dirname, 'handler'), { exclude: ['*.d.ts'] }),
      });
}
