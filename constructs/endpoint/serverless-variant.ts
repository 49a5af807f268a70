import { Token } from 'aws-cdk-lib/core';
import * as applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import { type CapacitySchedule, checkSchedules } from './capacity-schedule';
import { type Check, isCount, leftOut } from './check';
import { SERVERLESS, SERVERLESS_REFUSES } from './limits';
import type { IModel } from './model';
import { type Cooldowns, ScaledCapacity, type ScaledEndpoint } from './scaled-capacity';

/** The variant of a serverless endpoint: it runs while it is asked, and costs nothing at other times. */
export interface ServerlessVariant {
  /** Name, 1 to 63 letters, digits and `-`. */
  readonly name: string;

  /** One container for a processor, neither in a VPC nor isolated. */
  readonly model: IModel;

  readonly serverless: ServerlessCapacity;
  readonly instanceType?: never;
  readonly instanceCount?: never;
  readonly initialWeight?: never;
  readonly volumeSizeGiB?: never;
  readonly modelDownloadTimeout?: never;
  readonly containerStartupTimeout?: never;
  readonly routingStrategy?: never;
  readonly scaling?: never;
  readonly managedInstanceScaling?: never;
}

export interface ServerlessCapacity {
  /** Memory in MiB, at least the size of the model; processors come in proportion. */
  readonly memorySizeMiB: (typeof SERVERLESS.memorySizesMiB)[number];

  /** Most requests at once, 1 to 200; more are refused. The account has a quota for all its serverless endpoints. */
  readonly maxConcurrency: number;

  /**
   * Requests at once that find a running container, 1 to `maxConcurrency`. Costs money by the hour.
   *
   * @default - none; the first request after a pause waits for a container
   */
  readonly provisionedConcurrency?: number;

  /**
   * Lets the provisioned concurrency follow the load, or the clock.
   *
   * @default - it stays as it is
   */
  readonly scaling?: ConcurrencyScaling;
}

/** Limits of provisioned concurrency, and what moves it between them. */
export interface ConcurrencyScaling extends Cooldowns {
  /** Least provisioned concurrency, at least 1. */
  readonly minConcurrency: number;

  /** Most provisioned concurrency, at least `minConcurrency` and at most `maxConcurrency` of the variant. */
  readonly maxConcurrency: number;

  /**
   * Part of the provisioned concurrency in use to hold, above 0 and below 1.
   *
   * @default - not followed; `schedules` move the limits
   */
  readonly utilization?: number;

  /**
   * Other limits at certain times.
   *
   * @default - the same limits at all times
   */
  readonly schedules?: readonly CapacitySchedule[];
}

export function renderServerlessVariant(
  variant: ServerlessVariant,
): sagemaker.CfnEndpointConfig.ProductionVariantProperty {
  const { memorySizeMiB, maxConcurrency, provisionedConcurrency } = variant.serverless;
  return {
    variantName: variant.name,
    modelName: variant.model.modelName,
    serverlessConfig: { memorySizeInMb: memorySizeMiB, maxConcurrency, provisionedConcurrency },
  };
}

export interface ScaledConcurrencyProps extends ConcurrencyScaling, ScaledEndpoint {}

/** The provisioned concurrency of a variant, scaled. */
export class ScaledConcurrency extends ScaledCapacity {
  constructor(scope: Construct, id: string, props: ScaledConcurrencyProps) {
    const { minConcurrency: min, maxConcurrency: max, utilization } = props;
    super(scope, id, { ...props, dimension: 'DesiredProvisionedConcurrency', min, max });
    if (utilization !== undefined) {
      const { SAGEMAKER_VARIANT_PROVISIONED_CONCURRENCY_UTILIZATION: predefinedMetricType } =
        applicationautoscaling.PredefinedMetric;
      this.follow('Policy', {
        predefinedMetricSpecification: { predefinedMetricType },
        targetValue: utilization,
      });
    }
  }
}

export function checkServerlessVariant(checkProp: Check, { model, serverless }: ServerlessVariant): void {
  for (const demand of model.demands ?? []) {
    checkProp('model', false, leftOut(SERVERLESS_REFUSES[demand]), SERVERLESS_REFUSES[demand].feature);
  }
  const { maxConcurrency: most, provisionedConcurrency: provisioned, scaling } = serverless;
  const checkMember: Check = (member, ...rest) => {
    checkProp(`serverless.${member}`, ...rest);
  };
  const { maxConcurrency: limit } = SERVERLESS;
  checkMember('maxConcurrency', isCount(most, 1, limit), `be a whole number from 1 to ${limit}`, most);
  checkMember(
    'provisionedConcurrency',
    provisioned === undefined || isCount(provisioned, 1, Token.isUnresolved(most) ? limit : most),
    `be a whole number of at least 1 and at most 'maxConcurrency' (${most})`,
    provisioned,
  );
  if (scaling) {
    checkMember(
      'provisionedConcurrency',
      provisioned !== undefined,
      "be given with 'scaling': the concurrency to begin with",
      provisioned,
    );
    checkConcurrencyScaling(checkMember, scaling, Token.isUnresolved(most) ? limit : most);
  }
}

function checkConcurrencyScaling(checkParent: Check, scaling: ConcurrencyScaling, ceiling: number): void {
  const { minConcurrency: min, maxConcurrency: max, utilization, schedules = [] } = scaling;
  const checkProp: Check = (prop, ...rest) => {
    checkParent(`scaling${prop && `.${prop}`}`, ...rest);
  };
  checkProp('minConcurrency', isCount(min, 1), 'be a whole number of at least 1', min);
  checkProp(
    'maxConcurrency',
    isCount(max, Token.isUnresolved(min) ? 1 : min, ceiling),
    `be a whole number of at least 'minConcurrency' (${min}) and at most 'maxConcurrency' of the variant (${ceiling})`,
    max,
  );
  const isShare = utilization === undefined || Token.isUnresolved(utilization) || (utilization > 0 && utilization < 1);
  checkProp('utilization', isShare, 'be above 0 and below 1', utilization);
  const known = !Token.isUnresolved(min) && !Token.isUnresolved(max);
  checkProp(
    '',
    !known || schedules.length > 0 || (utilization !== undefined) === min < max,
    "have 'utilization' or a schedule if 'minConcurrency' is below 'maxConcurrency', and no 'utilization' if they are equal without a schedule",
    utilization ?? 'neither',
  );
  checkSchedules(checkProp, schedules, 1, ceiling);
}
