import { Duration, Token } from 'aws-cdk-lib/core';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_cloudwatch as refs } from 'aws-cdk-lib/interfaces';
import { check, isCount } from './check';
import { type CapacitySize, renderSize, smallestFleet } from './capacity-size';
import { supportsGuardrails } from './instance-type';
import { isServerless, type Variant } from './instance-variant';
import { checkRolling, renderRolling, type RollingDeployment } from './rolling-deployment';

export interface DeploymentTimes {
  /**
   * Time to watch the rollback alarms after each shift of traffic, at most an hour; at least as long as an alarm takes to
   * go off (3 minutes for those of `alarms`).
   *
   * @default - 5 minutes if there are alarms, else none
   */
  readonly waitInterval?: Duration;

  /**
   * Time for the whole deployment, 10 minutes to 8 hours and longer than all waits together. After it, the deployment is
   * rolled back.
   *
   * @default - chosen by SageMaker
   */
  readonly maximumExecutionTimeout?: Duration;
}

interface BlueGreenProps extends DeploymentTimes {
  /**
   * Time to keep the old fleet after the last shift, at most an hour.
   *
   * @default - none
   */
  readonly terminationWait?: Duration;
}

/** All traffic moves to the new fleet in one step. */
export interface AllAtOnceDeployment extends BlueGreenProps {
  readonly type: 'ALL_AT_ONCE';
}

/** Some traffic moves first, the rest after a wait. */
export interface CanaryDeployment extends BlueGreenProps {
  readonly type: 'CANARY';

  /** Size of the first step, at most half of the fleet. */
  readonly canarySize: CapacitySize;
}

/** Traffic moves in equal steps with a wait after each. */
export interface LinearDeployment extends BlueGreenProps {
  readonly type: 'LINEAR';

  /** Size of each step, 10 percent to half of the fleet. */
  readonly linearStepSize: CapacitySize;
}

/**
 * How an update reaches a running endpoint: a new fleet starts beside the old one, takes over its traffic, and gives it
 * back if an alarm goes off. During the update both fleets cost money.
 *
 * SageMaker ignores the choice, and shifts all traffic at once, for containers from AWS Marketplace and for an update that
 * renames a variant.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
 */
export type BlueGreenDeployment = AllAtOnceDeployment | CanaryDeployment | LinearDeployment;

/** How an update reaches a running endpoint. */
export type Deployment = BlueGreenDeployment | RollingDeployment;

export function renderDeployment(
  deployment: Deployment | undefined,
  alarms: readonly refs.IAlarmRef[],
): sagemaker.CfnEndpoint.DeploymentConfigProperty | undefined {
  if (deployment === undefined && alarms.length === 0) {
    return undefined;
  }
  const policy: Deployment = deployment ?? { type: 'ALL_AT_ONCE' };
  const wait = waitSeconds(policy, alarms.length);
  return {
    ...(policy.type === 'ROLLING'
      ? { rollingUpdatePolicy: renderRolling(policy, wait) }
      : { blueGreenUpdatePolicy: renderBlueGreen(policy, wait) }),
    autoRollbackConfiguration:
      alarms.length > 0 ? { alarms: alarms.map(({ alarmRef }) => ({ alarmName: alarmRef.alarmName })) } : undefined,
  };
}

function renderBlueGreen(
  policy: BlueGreenDeployment,
  waitIntervalInSeconds: number,
): sagemaker.CfnEndpoint.BlueGreenUpdatePolicyProperty {
  return {
    trafficRoutingConfiguration: {
      type: policy.type,
      waitIntervalInSeconds,
      canarySize: policy.type === 'CANARY' ? renderSize(policy.canarySize) : undefined,
      linearStepSize: policy.type === 'LINEAR' ? renderSize(policy.linearStepSize) : undefined,
    },
    terminationWaitInSeconds: policy.terminationWait?.toSeconds(),
    maximumExecutionTimeoutInSeconds: policy.maximumExecutionTimeout?.toSeconds(),
  };
}

export function checkDeployment(
  path: string,
  deployment: Deployment,
  variants: readonly Variant[],
  alarmCount: number,
  ownAlarms: boolean,
): void {
  const checkProp = check(path, 'deployment');
  const unsupported = variants.find(each => !isServerless(each) && !supportsGuardrails(each.instanceType));
  checkProp('', unsupported === undefined, 'be left out for ml.inf1, where SageMaker ignores it', deployment.type);

  const wait = waitSeconds(deployment, alarmCount);
  const termination = deployment.terminationWait?.toSeconds() ?? 0;
  checkProp('waitInterval', isCount(wait, 0, 3600), 'last 0 to 3600 seconds', `${wait} seconds`);
  checkProp(
    'waitInterval',
    !ownAlarms || Token.isUnresolved(wait) || wait >= ALARM_SECONDS,
    `last at least ${ALARM_SECONDS} seconds, which the alarms take to go off`,
    `${wait} seconds`,
  );
  checkProp('terminationWait', isCount(termination, 0, 3600), 'last 0 to 3600 seconds', `${termination} seconds`);
  if (deployment.type === 'ROLLING') {
    checkRolling(path, deployment, variants);
  }
  if (deployment.type === 'CANARY') {
    checkSize(path, 'canarySize', deployment.canarySize, 1, variants);
  }
  if (deployment.type === 'LINEAR') {
    checkSize(path, 'linearStepSize', deployment.linearStepSize, 10, variants);
  }
  if (deployment.maximumExecutionTimeout !== undefined) {
    const timeout = deployment.maximumExecutionTimeout.toSeconds();
    const waits = steps(deployment) * wait + termination;
    checkProp(
      'maximumExecutionTimeout',
      isCount(timeout, 600, 28_800),
      'last 600 to 28800 seconds',
      `${timeout} seconds`,
    );
    checkProp(
      'maximumExecutionTimeout',
      timeout > waits,
      `be longer than all waits together (${waits} seconds)`,
      `${timeout} seconds`,
    );
  }
}

/** The alarms of `alarms` look at three minutes. */
const ALARM_SECONDS = 180;

function checkSize(
  path: string,
  prop: string,
  { percent, instances }: CapacitySize,
  minPercent: number,
  variants: readonly Variant[],
): void {
  const checkProp = check(path, `deployment.${prop}`);
  if (percent !== undefined) {
    checkProp('percent', isCount(percent, minPercent, 50), `be a whole number from ${minPercent} to 50`, percent);
    return;
  }
  checkProp(
    'instances',
    !variants.some(isServerless),
    'be left out for a serverless variant: give a percentage',
    instances,
  );
  const half = Math.floor(smallestFleet(variants) / 2);
  checkProp(
    'instances',
    isCount(instances, 1, half),
    `be at least 1 and at most half of the smallest variant (${half})`,
    instances,
  );
}

function waitSeconds({ waitInterval }: Deployment, alarmCount: number): number {
  return (waitInterval ?? Duration.minutes(alarmCount > 0 ? 5 : 0)).toSeconds();
}

/** Number of waits, at least: the number of linear steps of some instances depends on the fleet. */
function steps(deployment: Deployment): number {
  if (deployment.type === 'ROLLING') {
    return deployment.maximumBatchSize.percent === undefined ? 2 : Math.ceil(100 / deployment.maximumBatchSize.percent);
  }
  if (deployment.type === 'LINEAR' && deployment.linearStepSize.percent !== undefined) {
    return Math.ceil(100 / deployment.linearStepSize.percent);
  }
  return deployment.type === 'ALL_AT_ONCE' ? 1 : 2;
}
