import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Permission } from './permission';

/**
 * Log groups that jobs write to.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
 */
export const JOB_LOG_GROUPS = [
  '/aws/sagemaker/CompilationJobs',
  '/aws/sagemaker/InferenceRecommendationsJobs',
  '/aws/sagemaker/LabelingJobs',
  '/aws/sagemaker/ProcessingJobs',
  '/aws/sagemaker/TrainingJobs',
  '/aws/sagemaker/TransformJobs',
] as const;

/** Permission to create these log groups and write to them; a name may end in a wildcard. */
export function writeLogs(scope: Construct, logGroupNames: readonly string[]): Permission {
  const arn = (resourceName: string) =>
    Stack.of(scope).formatArn({
      service: 'logs',
      resource: 'log-group',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      resourceName,
    });
  return {
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
    // Calls on a group are authorized against its ARN with and without the ':log-stream:' suffix, so both are needed.
    resources: logGroupNames.flatMap(name => (name.endsWith('*') ? [arn(name)] : [arn(name), arn(`${name}:*`)])),
    wildcardReason:
      'The names of log streams and endpoints are made up at run time; the log groups are those of SageMaker only',
  };
}

/** Permission to publish metrics in the namespaces of SageMaker only. */
export function publishMetrics(): Permission {
  return {
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    // Jobs, endpoints and monitors use '/aws/sagemaker/…', except that drift metrics lack the leading slash in places.
    conditions: { StringLike: { 'cloudwatch:namespace': ['/aws/sagemaker/*', 'aws/sagemaker/*'] } },
    wildcardReason: 'Metrics have no ARN; the condition limits them to the namespaces of SageMaker',
  };
}
