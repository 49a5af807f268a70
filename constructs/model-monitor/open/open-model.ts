import { Aws, Stack, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Permission } from '../../roles';

/** How an analysis explains predictions. */
export interface ExplainedBy {
  readonly shap?: Readonly<Record<string, unknown>>;
  readonly pdp?: unknown;
}

/** What the open analysis cannot explain. */
export function validateExplained(path: string, { shap = {}, pdp }: ExplainedBy): void {
  const found = [
    ...(pdp === undefined ? [] : ['partial dependence plots']),
    ...(shap.text_config === undefined ? [] : ['texts']),
    ...(shap.image_config === undefined ? [] : ['images']),
    ...(typeof shap.baseline === 'string' ? [`a SHAP baseline at ${shap.baseline}`] : []),
  ];
  if (found.length > 0) {
    throw new Error(
      `${path}: 'analysis' must have SHAP values of tables, with their baseline in it, and nothing else with 'managed: false', got: ${found.join(', ')}`,
    );
  }
}

/** What the job needs to read a model, and to ask the watched endpoint about one that it cannot explain from its artifacts. */
export function readModel(scope: Construct, modelName: string, endpointName?: string): Permission[] {
  const stack = Stack.of(scope);
  // Some names come back in lower case in the ARNs of SageMaker.
  const arns = (resource: string, name: string) =>
    (Token.isUnresolved(name) ? [name] : [...new Set([name, name.toLowerCase()])]).map(resourceName =>
      stack.formatArn({ service: 'sagemaker', resource, resourceName }),
    );
  return [
    { actions: ['sagemaker:DescribeModel'], resources: arns('model', modelName) },
    {
      actions: ['sagemaker:DescribeModelPackage'],
      resources: [stack.formatArn({ service: 'sagemaker', resource: 'model-package', resourceName: '*' })],
      wildcardReason: 'Only the model knows which version it is made of, if any; reading one shows no data',
    },
    {
      actions: ['s3:GetObject'],
      resources: [`arn:${Aws.PARTITION}:s3:::*/model.tar.gz`],
      conditions: { StringEquals: { 'aws:ResourceAccount': stack.account } },
      wildcardReason:
        'Only the model knows where its artifacts are; they have this name, and the bucket is of this account',
    },
    ...(endpointName === undefined
      ? []
      : [{ actions: ['sagemaker:InvokeEndpoint'], resources: arns('endpoint', endpointName) }]),
  ];
}
