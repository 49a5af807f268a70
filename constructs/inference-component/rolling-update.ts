import { type Duration, Token } from 'aws-cdk-lib/core';
import type { CfnInferenceComponent } from 'aws-cdk-lib/aws-sagemaker';
import type { aws_cloudwatch as refs } from 'aws-cdk-lib/interfaces';
import { isCount, type Check } from './check';

/** A part of the copies: a percentage of them or a number. */
export type CopiesSize =
  { readonly percent: number; readonly copies?: never } | { readonly copies: number; readonly percent?: never };

/** How an update reaches a running component: copies of the new kind take over batch by batch. */
export interface RollingUpdate {
  /** Size of each batch: 5 to 50 percent, or a number of copies that is at most half of them. */
  readonly maximumBatchSize: CopiesSize;

  /** Time to watch `alarms` after each batch, at most an hour. */
  readonly waitInterval: Duration;

  /**
   * Size of each batch on the way back: 5 to 100 percent, or a number of copies.
   *
   * @default - all copies at once
   */
  readonly rollbackMaximumBatchSize?: CopiesSize;

  /**
   * Time for the whole update, 10 minutes to 8 hours.
   *
   * @default - chosen by SageMaker
   */
  readonly maximumExecutionTimeout?: Duration;

  /**
   * Alarms that roll the update back, at most 10; the role of the host may read them. The component depends on them, so they must
   * not refer to it: set `inferenceComponentName`, and take metrics from `InferenceComponent.fromNames`.
   *
   * @default - none
   */
  readonly alarms?: readonly refs.IAlarmRef[];
}

export function renderUpdate(update: RollingUpdate): CfnInferenceComponent.InferenceComponentDeploymentConfigProperty {
  const { alarms = [], rollbackMaximumBatchSize } = update;
  return {
    rollingUpdatePolicy: {
      maximumBatchSize: renderSize(update.maximumBatchSize),
      waitIntervalInSeconds: update.waitInterval.toSeconds(),
      rollbackMaximumBatchSize: rollbackMaximumBatchSize && renderSize(rollbackMaximumBatchSize),
      maximumExecutionTimeoutInSeconds: update.maximumExecutionTimeout?.toSeconds(),
    },
    autoRollbackConfiguration:
      alarms.length > 0 ? { alarms: alarms.map(({ alarmRef: { alarmName } }) => ({ alarmName })) } : undefined,
  };
}

/** Checks an update of a component with so many copies, or of which nobody knows how many it has. */
export function checkUpdate(checkProp: Check, update: RollingUpdate, copies: number | undefined): void {
  const { maximumBatchSize, rollbackMaximumBatchSize, alarms = [], maximumExecutionTimeout } = update;
  const checkSize = (prop: string, { percent, copies: count }: CopiesSize, maxPercent: number, maxCopies: number) => {
    if (percent !== undefined) {
      const isPercent = isCount(percent, 5, maxPercent);
      checkProp(`update.${prop}.percent`, isPercent, `be a whole number from 5 to ${maxPercent}`, percent);
      return;
    }
    const limit = Number.isFinite(maxCopies)
      ? `1 to ${maxCopies}, as there are ${String(copies)} copies`
      : 'at least 1';
    checkProp(`update.${prop}.copies`, isCount(count, 1, maxCopies), `be a whole number of ${limit}`, count);
  };
  const known = copies === undefined || Token.isUnresolved(copies) ? Number.POSITIVE_INFINITY : copies;
  // Half of a single copy is that copy.
  checkSize('maximumBatchSize', maximumBatchSize, 50, Math.max(1, Math.floor(known / 2)));
  if (rollbackMaximumBatchSize) {
    checkSize('rollbackMaximumBatchSize', rollbackMaximumBatchSize, 100, known);
  }
  const wait = update.waitInterval.toSeconds();
  checkProp('update.waitInterval', isCount(wait, 0, 3600), 'last 0 to 3600 seconds', `${wait} seconds`);
  const timeout = maximumExecutionTimeout?.toSeconds() ?? 600;
  const isTimeout = isCount(timeout, 600, 28_800);
  checkProp('update.maximumExecutionTimeout', isTimeout, 'last 600 to 28800 seconds', `${timeout} seconds`);
  checkProp('update.alarms', alarms.length <= 10, 'hold at most 10 alarms', alarms.length);
}

function renderSize({ percent, copies }: CopiesSize): CfnInferenceComponent.InferenceComponentCapacitySizeProperty {
  return percent === undefined ? { type: 'COPY_COUNT', value: copies } : { type: 'CAPACITY_PERCENT', value: percent };
}
