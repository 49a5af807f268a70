import type { Call } from '../support/pipeline-calls';
import { simulate } from '../support/simulate';
import type { Deployment } from '../support/deployment';
import type { ProgramRequest } from './containers';

/** What a request takes, where a job in the VPC makes it. */
function callOf(deployment: Deployment, [operation, given]: ProgramRequest): Call {
  const { Bucket, Key, prefix, ModelName, ModelPackageName, ModelPackageGroupName } = given as Record<string, string>;
  const bucket = `arn:aws:s3:::${Bucket ?? ''}`;
  const sagemaker = `arn:aws:sagemaker:${deployment.region}:${deployment.account}`;
  switch (operation) {
    case 'GetObject':
      return { action: 's3:GetObject', resource: `${bucket}/${Key ?? ''}`, inVpc: true };
    case 'ListObjectsV2':
      return { action: 's3:ListBucket', resource: bucket, context: { 's3:prefix': prefix ?? '' }, inVpc: true };
    case 'DescribeModel':
      // A call is checked against the name as the caller wrote it.
      return { action: 'sagemaker:DescribeModel', resource: `${sagemaker}:model/${ModelName ?? ''}` };
    case 'ListModelPackages':
      return {
        action: 'sagemaker:ListModelPackages',
        resource: `${sagemaker}:model-package/${ModelPackageGroupName ?? ''}/1`,
      };
    case 'DescribeModelPackage':
      return { action: 'sagemaker:DescribeModelPackage', resource: ModelPackageName ?? '' };
    default:
      throw new Error(`what ${operation} takes is not known`);
  }
}

/** Requests of a program that the role of its job may not make. */
export async function denied(
  deployment: Deployment,
  role: string,
  requests: readonly ProgramRequest[],
): Promise<string[]> {
  // Of those that differ in numbers only, such as the hour of a folder, one is enough.
  const calls = new Map(
    requests.map(request => [JSON.stringify(request).replace(/\d+/g, '0'), callOf(deployment, request)]),
  );
  const verdicts = [...calls.values()].map(async call => {
    const verdict = await simulate(deployment, role, call);
    return verdict === 'Allowed' ? [] : [`${call.action} on ${call.resource} ${JSON.stringify(call.context ?? {})}`];
  });
  return (await Promise.all(verdicts)).flat();
}
