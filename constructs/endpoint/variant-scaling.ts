import { Token } from 'aws-cdk-lib/core';
import * as applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type { Construct } from 'constructs';
import { wakeOnBacklog } from './backlog-scaling';
import { type CapacitySchedule, checkSchedules } from './capacity-schedule';
import { type Check, isCount, leftOut } from './check';
import { ASYNCHRONOUS_REFUSES } from './limits';
import { type Cooldowns, ScaledCapacity, type ScaledEndpoint } from './scaled-capacity';

/** Metrics to follow. With several, the one that asks for most instances decides. */
export interface ScalingTargets {
  /**
   * Requests per instance and minute to hold, above 0. Not for asynchronous endpoints.
   *
   * @default - not followed
   */
  readonly invocationsPerInstance?: number;

  /**
   * Requests that a container has at once to hold, above 0. Measured every 10 seconds, so that it scales out sooner than
   * requests per minute. Not for asynchronous endpoints.
   *
   * @default - not followed
   */
  readonly concurrentRequestsPerModel?: number;

  /**
   * Use of the processors to hold, in percent of one core and above 0: two busy cores are 200.
   *
   * @default - not followed
   */
  readonly cpuUtilization?: number;

  /**
   * Use of the GPUs to hold, in percent of one GPU and above 0: two busy GPUs are 200.
   *
   * @default - not followed
   */
  readonly gpuUtilization?: number;

  /**
   * Requests in the queue per instance to hold, above 0. For asynchronous endpoints; needed there to go to zero instances.
   *
   * @default - not followed
   */
  readonly backlogPerInstance?: number;
}

/** Limits of a variant's fleet, and what moves it between them. */
export interface VariantScaling extends ScalingTargets, Cooldowns {
  /** Fewest instances, at least 1; 0 for an asynchronous endpoint. */
  readonly minInstances: number;

  /** Most instances, at least 1 and at least `minInstances`. */
  readonly maxInstances: number;

  /**
   * Other limits at certain times.
   *
   * @default - the same limits at all times
   */
  readonly schedules?: readonly CapacitySchedule[];
}

export interface ScaledVariantProps extends VariantScaling, ScaledEndpoint {}

/** The fleet of a variant, scaled. */
export class ScaledVariant extends ScaledCapacity {
  constructor(scope: Construct, id: string, props: ScaledVariantProps) {
    super(scope, id, {
      ...props,
      dimension: 'DesiredInstanceCount',
      min: props.minInstances,
      max: props.maxInstances,
    });
    const { PredefinedMetric } = applicationautoscaling;
    const predefined = (id: string, predefinedMetricType: string, targetValue?: number) => {
      if (targetValue !== undefined) {
        this.follow(id, { predefinedMetricSpecification: { predefinedMetricType }, targetValue });
      }
    };
    const endpoint = { name: 'EndpointName', value: props.endpointName };
    const variant = { name: 'VariantName', value: props.variantName };
    const customized = (id: string, namespace: string, metricName: string, targetValue?: number) => {
      if (targetValue !== undefined) {
        const dimensions = metricName === BACKLOG ? [endpoint] : [endpoint, variant];
        const metric = { namespace, metricName, dimensions, statistic: 'Average' };
        this.follow(id, { customizedMetricSpecification: metric, targetValue });
      }
    };
    predefined('Policy', PredefinedMetric.SAGEMAKER_VARIANT_INVOCATIONS_PER_INSTANCE, props.invocationsPerInstance);
    predefined(
      'Concurrency',
      PredefinedMetric.SAGEMAKER_VARIANT_CONCURRENT_REQUESTS_PER_MODEL_HIGH_RESOLUTION,
      props.concurrentRequestsPerModel,
    );
    customized('Cpu', '/aws/sagemaker/Endpoints', 'CPUUtilization', props.cpuUtilization);
    customized('Gpu', '/aws/sagemaker/Endpoints', 'GPUUtilization', props.gpuUtilization);
    customized('Backlog', 'AWS/SageMaker', BACKLOG, props.backlogPerInstance);
    if (fewest(props) === 0) {
      wakeOnBacklog(this, { ...props, target: this.target, policyName: this.policyName('WakeUp') });
    }
  }
}

const BACKLOG = 'ApproximateBacklogSizePerInstance';

/** Fewest instances at any time, for what must fit even then. */
export function fewest({ minInstances, schedules = [] }: VariantScaling): number {
  const known = [minInstances, ...schedules.flatMap(({ min }) => min ?? [])].filter(min => !Token.isUnresolved(min));
  return known.length > 0 ? Math.min(...known) : Number.POSITIVE_INFINITY;
}

export function checkScaling(
  checkVariant: Check,
  scaling: VariantScaling,
  instanceCount: number,
  asynchronous: boolean,
): void {
  const { minInstances: min, maxInstances: max, schedules = [] } = scaling;
  const checkProp: Check = (prop, ...rest) => {
    checkVariant(`scaling${prop && `.${prop}`}`, ...rest);
  };
  const known = !Token.isUnresolved(min) && !Token.isUnresolved(max);
  const floor = asynchronous ? 0 : 1;
  const zero = asynchronous ? '' : ' (only asynchronous endpoints go to zero)';
  checkProp('minInstances', isCount(min, floor), `be a whole number of at least ${floor}${zero}`, min);
  checkProp('maxInstances', isCount(max, 1), 'be a whole number of at least 1', max);
  checkProp('maxInstances', !known || max >= min, `be a whole number of at least 'minInstances' (${min})`, max);
  checkProp(
    'maxInstances',
    Token.isUnresolved(max) || Token.isUnresolved(instanceCount) || instanceCount <= max,
    `be at least 'instanceCount' (${instanceCount})`,
    max,
  );
  checkSchedules(checkProp, schedules, floor);
  checkTargets(checkProp, scaling, asynchronous);
  const targets = TARGETS.filter(target => scaling[target] !== undefined);
  checkProp(
    '',
    !known || schedules.length > 0 || targets.length > 0 === min < max,
    "have a target or a schedule if 'minInstances' is below 'maxInstances', and no target if they are equal without a schedule",
    targets.length > 0 ? targets.join(', ') : 'neither',
  );
}

const TARGETS = [
  'invocationsPerInstance',
  'concurrentRequestsPerModel',
  'cpuUtilization',
  'gpuUtilization',
  'backlogPerInstance',
] as const satisfies readonly (keyof ScalingTargets)[];

function checkTargets(checkProp: Check, scaling: VariantScaling, asynchronous: boolean): void {
  for (const target of TARGETS) {
    const value = scaling[target];
    checkProp(target, value === undefined || Token.isUnresolved(value) || value > 0, 'be above 0', value);
  }
  for (const target of ['invocationsPerInstance', 'concurrentRequestsPerModel'] as const) {
    const value = scaling[target];
    checkProp(target, !asynchronous || value === undefined, leftOut(ASYNCHRONOUS_REFUSES.requestMetrics), value);
  }
  const backlog = scaling.backlogPerInstance;
  checkProp(
    'backlogPerInstance',
    asynchronous || backlog === undefined,
    'be left out, since only asynchronous endpoints have a backlog',
    backlog,
  );
  checkProp(
    'backlogPerInstance',
    fewest(scaling) > 0 || backlog !== undefined,
    'be given to go to zero instances and back',
    backlog,
  );
}
