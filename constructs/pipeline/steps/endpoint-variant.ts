import type { ProductionVariant, ProductionVariantInstanceType } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import { type Arguments, mergeArguments, type PartialArguments } from '../arguments';
import type { Expression, Value } from '../expression';
import { count, duration, type Rule, resourceName, rule, wholeNumber } from '../problem';

interface VariantBase {
  /**
   * Share of the requests: 0 or more, in relation to the weights of the other variants.
   *
   * @default 1
   */
  readonly weight?: Value<number>;

  /**
   * Any part of the variant in the API's form, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: PartialArguments<Omit<ProductionVariant, 'VariantName' | 'ModelName'>>;
}

/** Instances that run all the time. */
export interface InstanceEndpointVariant extends VariantBase {
  /**
   * Name of the model, such as `ModelStep.modelName`.
   *
   * @default - none: inference components bring the models
   */
  readonly modelName?: Value<string>;

  /** Type of the instances, such as `ml.m5.large`. */
  readonly instanceType: ProductionVariantInstanceType | Expression<string>;

  /**
   * Number of instances at the start: 1 or more.
   *
   * @default 1
   */
  readonly instanceCount?: Value<number>;

  /**
   * Size of each instance's storage volume, in GiB: 1 to 512. Instance types with a local disk refuse one.
   *
   * @default - by the service
   */
  readonly volumeSizeGiB?: Value<number>;

  /**
   * Time for downloading the model: 60 to 3600 whole seconds.
   *
   * @default - by the service
   */
  readonly modelDataDownloadTimeout?: Duration;

  /**
   * Time until the container must pass its health check: 60 to 3600 whole seconds.
   *
   * @default - by the service
   */
  readonly containerStartupTimeout?: Duration;

  readonly serverless?: undefined;
}

/** Capacity that follows the requests. */
export interface ServerlessEndpointVariant extends VariantBase {
  /** Name of the model, such as `ModelStep.modelName`. */
  readonly modelName: Value<string>;

  readonly instanceType?: undefined;

  readonly serverless: {
    /** Memory, in MB. */
    readonly memorySizeMB: 1024 | 2048 | 3072 | 4096 | 5120 | 6144 | Expression<number>;

    /** Number of requests at the same time: 1 to 200. */
    readonly maxConcurrency: Value<number>;

    /**
     * Number of requests that capacity is always ready for: 1 to 200, at most `maxConcurrency`. It costs money all the time.
     *
     * @default - none
     */
    readonly provisionedConcurrency?: Value<number>;
  };
}

/** What answers a share of an endpoint's requests. */
export type EndpointVariant = InstanceEndpointVariant | ServerlessEndpointVariant;

export type EndpointVariants = Readonly<Record<string, EndpointVariant>>;

export function renderVariants(variants: EndpointVariants): Arguments<ProductionVariant>[] {
  return Object.entries(variants).map(([VariantName, variant]) => {
    const common = { VariantName, ModelName: variant.modelName, InitialVariantWeight: variant.weight ?? 1 };
    return mergeArguments({ ...common, ...renderCapacity(variant) }, variant.request);
  });
}

function renderCapacity(variant: EndpointVariant): Omit<Arguments<ProductionVariant>, 'VariantName'> {
  if (variant.serverless) {
    const { memorySizeMB, maxConcurrency, provisionedConcurrency } = variant.serverless;
    return {
      ServerlessConfig: {
        MemorySizeInMB: memorySizeMB,
        MaxConcurrency: maxConcurrency,
        ProvisionedConcurrency: provisionedConcurrency,
      },
    };
  }
  return {
    InstanceType: variant.instanceType,
    InitialInstanceCount: variant.instanceCount ?? 1,
    VolumeSizeInGB: variant.volumeSizeGiB,
    ModelDataDownloadTimeoutInSeconds: variant.modelDataDownloadTimeout?.toSeconds({ integral: false }),
    ContainerStartupHealthCheckTimeoutInSeconds: variant.containerStartupTimeout?.toSeconds({ integral: false }),
  };
}

export function variantRules(prop: string, variants: EndpointVariants): readonly Rule[] {
  return [
    count(prop, variants, 10, 1),
    ...Object.entries(variants).flatMap(([name, variant]) => [
      resourceName(prop, name),
      ...capacityRules(`${prop}.${name}`, variant),
    ]),
  ];
}

function capacityRules(at: string, variant: EndpointVariant): readonly Rule[] {
  const weight = rule(variant.weight, share => Number(share) >= 0, `'${at}.weight' must be 0 or more`);
  const model = resourceName(`${at}.modelName`, variant.modelName);
  if (variant.serverless) {
    const { maxConcurrency: most, provisionedConcurrency: ready } = variant.serverless;
    const tooMuch = typeof most === 'number' && typeof ready === 'number' && ready > most;
    return [
      weight,
      model,
      wholeNumber(`${at}.serverless.maxConcurrency`, most, 1, 200),
      wholeNumber(`${at}.serverless.provisionedConcurrency`, ready, 1, 200),
      [
        !tooMuch,
        `'${at}.serverless.provisionedConcurrency' must be at most 'maxConcurrency' (${String(most)}), got: ${String(ready)}`,
      ],
    ];
  }
  return [
    weight,
    model,
    wholeNumber(`${at}.instanceCount`, variant.instanceCount, 1),
    wholeNumber(`${at}.volumeSizeGiB`, variant.volumeSizeGiB, 1, 512),
    duration(`${at}.modelDataDownloadTimeout`, variant.modelDataDownloadTimeout, 'seconds', 60, 3600),
    duration(`${at}.containerStartupTimeout`, variant.containerStartupTimeout, 'seconds', 60, 3600),
  ];
}
