import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { type CapacitySize, largestFleet, renderSize, smallestFleet } from './capacity-size';
import { check, isCount, leftOut } from './check';
import type { DeploymentTimes } from './deployment';
import { isServerless, type Variant } from './instance-variant';
import { ROLLING, ROLLING_REFUSES, SERVERLESS_REFUSES } from './limits';

/**
 * Instances of the new fleet replace those of the old one in batches, so that the update needs one batch more than the
 * fleet. For one variant on instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html
 */
export interface RollingDeployment extends DeploymentTimes {
  readonly type: 'ROLLING';

  /** Size of a batch, 5 percent to half of the fleet. */
  readonly maximumBatchSize: CapacitySize;

  /**
   * Size of a batch on the way back, 5 to 100 percent of the fleet.
   *
   * @default - the whole old fleet at once
   */
  readonly rollbackMaximumBatchSize?: CapacitySize;
  readonly terminationWait?: never;
}

export function renderRolling(
  policy: RollingDeployment,
  waitIntervalInSeconds: number,
): sagemaker.CfnEndpoint.RollingUpdatePolicyProperty {
  return {
    maximumBatchSize: renderSize(policy.maximumBatchSize),
    rollbackMaximumBatchSize: policy.rollbackMaximumBatchSize && renderSize(policy.rollbackMaximumBatchSize),
    waitIntervalInSeconds,
    maximumExecutionTimeoutInSeconds: policy.maximumExecutionTimeout?.toSeconds(),
  };
}

export function checkRolling(path: string, deployment: RollingDeployment, variants: readonly Variant[]): void {
  const checkType = check(path, 'deployment');
  checkType('type', !variants.some(isServerless), leftOut(SERVERLESS_REFUSES.rolling), deployment.type);
  checkType('type', variants.length === 1, leftOut(ROLLING_REFUSES.severalVariants), deployment.type);
  checkBatch(path, 'maximumBatchSize', deployment.maximumBatchSize, ROLLING.maxPercent, variants);
  if (deployment.rollbackMaximumBatchSize) {
    const { rollbackMaximumBatchSize: size } = deployment;
    checkBatch(path, 'rollbackMaximumBatchSize', size, ROLLING.maxRollbackPercent, variants);
  }
}

function checkBatch(
  path: string,
  prop: string,
  { percent, instances }: CapacitySize,
  maxPercent: number,
  variants: readonly Variant[],
): void {
  const checkProp = check(path, `deployment.${prop}`);
  const { minPercent } = ROLLING;
  if (percent !== undefined) {
    const rule = `be a whole number from ${minPercent} to ${maxPercent}`;
    checkProp('percent', isCount(percent, minPercent, maxPercent), rule, percent);
    return;
  }
  // A batch must fit at every size that the fleet can have.
  const least = Math.ceil((largestFleet(variants) * minPercent) / 100);
  const most = Math.floor((smallestFleet(variants) * maxPercent) / 100);
  const rule =
    `be a whole number from ${minPercent} percent of the largest fleet (${least}) ` +
    `to ${maxPercent} percent of the smallest (${most})`;
  checkProp('instances', isCount(instances, Math.max(least, 1), most), rule, instances);
}
