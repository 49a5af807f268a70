import { type Duration, Token } from 'aws-cdk-lib/core';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { hasLocalStorage } from '../instances';
import type { InstanceType } from './instance-type';
import type { IModel } from './model';
import { check, type Check, isCount, leftOut } from './check';
import { ASYNCHRONOUS_REFUSES, SERVERLESS_REFUSES } from './limits';
import { checkServerlessVariant, renderServerlessVariant, type ServerlessVariant } from './serverless-variant';
import { checkScaling, type VariantScaling } from './variant-scaling';

/** A production variant on instances: one model and the fleet that hosts it. */
export interface InstanceVariant {
  /**
   * Name, 1 to 63 letters, digits and `-`. Keep it: a deployment that renames a variant shifts all traffic at once and
   * cannot be rolled back by alarms.
   */
  readonly name: string;

  readonly model: IModel;

  readonly instanceType: InstanceType;

  /**
   * Instances to start with, at least 1. With `scaling` it counts only when the endpoint is created: later the running
   * number is kept, and at once raised to `minInstances`.
   *
   * @default 1
   */
  readonly instanceCount?: number;

  /**
   * Share of the traffic, as a part of the sum of all weights; 0 or more.
   *
   * @default 1
   */
  readonly initialWeight?: number;

  /**
   * Size of the volume for the model, 1 to 512 GiB. Not for instances with local storage.
   *
   * @default - chosen by SageMaker for the instance type
   */
  readonly volumeSizeGiB?: number;

  /**
   * Time for fetching and unpacking the model, 1 to 60 minutes.
   *
   * @default - chosen by SageMaker
   */
  readonly modelDownloadTimeout?: Duration;

  /**
   * Time for the container to answer its first health check, 1 to 60 minutes.
   *
   * @default - chosen by SageMaker
   */
  readonly containerStartupTimeout?: Duration;

  /**
   * Which instance gets a request: one with capacity to spare, or any.
   *
   * @default - chosen by SageMaker
   */
  readonly routingStrategy?: 'LEAST_OUTSTANDING_REQUESTS' | 'RANDOM';

  /**
   * Follows the load. Set it for all variants of an endpoint or for none.
   *
   * A new instance type takes two deployments: SageMaker refuses it while the variant is registered for scaling, so first
   * remove `scaling`, then change the type and put it back.
   *
   * @default - the number of instances is fixed
   */
  readonly scaling?: VariantScaling;

  /**
   * Lets SageMaker itself choose the number of instances, instead of `scaling`. It is made for inference components, and AWS
   * does not say what it follows where a variant has a model of its own.
   *
   * @default - the number of instances is fixed, or follows `scaling`
   */
  readonly managedInstanceScaling?: ManagedInstanceScaling;
  readonly serverless?: never;
}

/** Limits within which SageMaker chooses the number of instances. */
export interface ManagedInstanceScaling {
  /** Fewest instances, at least 1. */
  readonly minInstances: number;

  /** Most instances, at least `minInstances`. */
  readonly maxInstances: number;
}

/** A variant on instances, or the one of a serverless endpoint. */
export type Variant = InstanceVariant | ServerlessVariant;

/** Whether a variant is serverless. */
export function isServerless(variant: Variant): variant is ServerlessVariant {
  return variant.serverless !== undefined;
}

export function renderVariant(variant: Variant): sagemaker.CfnEndpointConfig.ProductionVariantProperty {
  if (isServerless(variant)) {
    return renderServerlessVariant(variant);
  }
  const { managedInstanceScaling: managed } = variant;
  return {
    variantName: variant.name,
    modelName: variant.model.modelName,
    instanceType: variant.instanceType,
    initialInstanceCount: variant.instanceCount ?? 1,
    initialVariantWeight: variant.initialWeight ?? 1,
    volumeSizeInGb: variant.volumeSizeGiB,
    modelDataDownloadTimeoutInSeconds: variant.modelDownloadTimeout?.toSeconds(),
    containerStartupHealthCheckTimeoutInSeconds: variant.containerStartupTimeout?.toSeconds(),
    routingConfig: variant.routingStrategy && { routingStrategy: variant.routingStrategy },
    managedInstanceScaling: managed && {
      status: 'ENABLED',
      minInstanceCount: managed.minInstances,
      maxInstanceCount: managed.maxInstances,
    },
  };
}

/** Checks what the variants of an endpoint are, one by one and together. */
export function checkVariants(path: string, variants: readonly Variant[], asynchronous: boolean): void {
  const checkAll = check(path, 'variants');
  checkAll('', variants.length >= 1 && variants.length <= 10, 'hold 1 to 10 variants', variants.length);
  const names = variants.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  checkAll('', repeated === undefined, 'have different names', repeated);
  checkAll(
    '',
    variants.length === 1 || !variants.some(isServerless),
    `hold one variant, since ${SERVERLESS_REFUSES.severalVariants.why}`,
    variants.length,
  );
  checkAll(
    '',
    variants.length === 1 || !asynchronous,
    `hold one variant with 'async', since ${ASYNCHRONOUS_REFUSES.severalVariants.why}`,
    variants.length,
  );
  const scaled = variants.filter(({ scaling }) => scaling).length;
  checkAll(
    '',
    scaled === 0 || scaled === variants.length,
    // Updates keep the running count of every variant or of none, so a fixed one would no longer follow 'instanceCount'.
    "all have 'scaling' or none of them; for a fixed size let 'minInstances' equal 'maxInstances'",
    `${scaled} of ${variants.length} with 'scaling'`,
  );
  const weights = variants.map(({ initialWeight = 1 }) => initialWeight);
  checkAll(
    '',
    weights.some(weight => weight !== 0),
    "have a positive 'initialWeight' somewhere",
    weights.join(', '),
  );
  variants.forEach((variant, index) => {
    const checkProp = check(path, `variants[${index}]`);
    checkName(checkProp, variant.name);
    if (isServerless(variant)) {
      checkProp('serverless', !asynchronous, leftOut(SERVERLESS_REFUSES.asynchronous), 'serverless');
      checkServerlessVariant(checkProp, variant);
    } else {
      checkInstanceVariant(checkProp, variant, asynchronous);
    }
  });
}

function checkName(checkProp: Check, name: string): void {
  // A token would leave alarms and scalable targets without a construct id.
  const isName = !Token.isUnresolved(name) && /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name);
  checkProp('name', isName, 'be 1 to 63 letters, digits and -, with no - at either end', name);
}

function checkInstanceVariant(checkProp: Check, variant: InstanceVariant, asynchronous: boolean): void {
  const { instanceType, instanceCount = 1, initialWeight = 1, volumeSizeGiB, scaling } = variant;
  checkProp('instanceCount', isCount(instanceCount, 1), 'be a whole number of at least 1', instanceCount);
  checkProp('initialWeight', Token.isUnresolved(initialWeight) || initialWeight >= 0, 'be at least 0', initialWeight);
  if (volumeSizeGiB !== undefined) {
    checkProp('volumeSizeGiB', isCount(volumeSizeGiB, 1, 512), 'be a whole number from 1 to 512', volumeSizeGiB);
    checkProp(
      'volumeSizeGiB',
      !hasLocalStorage(instanceType),
      `be left out for ${instanceType}, which has local storage of a fixed size`,
      volumeSizeGiB,
    );
  }
  for (const prop of ['modelDownloadTimeout', 'containerStartupTimeout'] as const) {
    const seconds = variant[prop]?.toSeconds() ?? 60;
    checkProp(prop, isCount(seconds, 60, 3600), 'last 60 to 3600 seconds', `${seconds} seconds`);
  }
  if (scaling) {
    checkScaling(checkProp, scaling, instanceCount, asynchronous);
  }
  if (variant.managedInstanceScaling) {
    checkManagedScaling(checkProp, variant.managedInstanceScaling, scaling !== undefined);
  }
}

function checkManagedScaling(checkProp: Check, managed: ManagedInstanceScaling, scaled: boolean): void {
  const { minInstances: min, maxInstances: max } = managed;
  const name = 'managedInstanceScaling';
  checkProp(name, !scaled, "be left out with 'scaling': only one of them can choose the number", 'both');
  checkProp(`${name}.minInstances`, isCount(min, 1), 'be a whole number of at least 1', min);
  const rule = `be a whole number of at least 'minInstances' (${min})`;
  checkProp(`${name}.maxInstances`, isCount(max, Token.isUnresolved(min) ? 1 : min), rule, max);
}
