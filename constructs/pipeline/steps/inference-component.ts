import type {
  CreateInferenceComponentInput,
  DescribeInferenceComponentOutput,
  InferenceComponentSpecification,
} from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type { Arguments } from '../arguments';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import type { Expression, Value } from '../expression';
import { type Image, imageUri } from '../job';
import { keepFloats } from '../json';
import { grant, namesOf } from '../permission';
import { count, duration, problemsOf, resourceName, type Rule, rule, s3Uri, wholeNumber } from '../problem';
import { type StepProps, StepWithProperties } from '../step';

/** What each copy of a component has for itself. */
export interface InferenceComponentResources {
  /** Memory that a copy needs, in MB: 128 or more. */
  readonly minMemoryMB: Value<number>;

  /**
   * Memory that a copy gets at most, in MB: 128 or more, at least `minMemoryMB`.
   *
   * @default - by the service
   */
  readonly maxMemoryMB?: Value<number>;

  /**
   * Number of CPU cores: 0.25 or more.
   *
   * @default - by the service
   */
  readonly cpuCores?: Value<number>;

  /**
   * Number of accelerators: 1 or more.
   *
   * @default - none
   */
  readonly accelerators?: Value<number>;
}

/** What a component runs: a model, a container, or an adapter on another component. */
export type InferenceComponentModel =
  | {
      /** Name of the model, such as `ModelStep.modelName`. */
      readonly modelName: Value<string>;
      readonly resources: InferenceComponentResources;
    }
  | {
      /** Container that answers requests. Pulling it is up to the role of the endpoint's configuration. */
      readonly image: Image;
      /** S3 URI of the model; the role of the endpoint's configuration reads it. */
      readonly modelData?: Value<string>;
      /** Environment variables: up to 100. */
      readonly environment?: Readonly<Record<string, Value<string>>>;
      readonly resources: InferenceComponentResources;
    }
  | {
      /** Name of the component with the base model, whose resources the adapter shares. */
      readonly baseInferenceComponentName: Value<string>;
      /** S3 URI of the adapter. */
      readonly modelData: Value<string>;
    };

export interface InferenceComponentStepProps extends StepProps {
  /** Name of the component: one that exists is updated. */
  readonly inferenceComponentName: Value<string>;

  /** Name of the endpoint, such as `EndpointStep.endpointName`. */
  readonly endpointName: Value<string>;

  /**
   * Name of the variant whose instances run the component.
   *
   * @default - none is named, as for an adapter
   */
  readonly variantName?: Value<string>;

  /** What the component runs. */
  readonly model: InferenceComponentModel;

  /**
   * Number of copies: 0 or more. An adapter has none of its own.
   *
   * @default 1
   */
  readonly copyCount?: Value<number>;

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

  /**
   * Any part of the CreateInferenceComponent request, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateInferenceComponentInput, 'InferenceComponentName' | 'EndpointName'>;
}

/**
 * Places a model on an endpoint that several models share, or updates it there.
 *
 * Costs nothing beside the endpoint's instances, and stays when the execution ends. The service neither retries nor caches
 * this step.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceComponent.html
 */
export class InferenceComponentStep extends StepWithProperties<DescribeInferenceComponentOutput> {
  /** Name of the component; reading it makes this step run first. */
  public readonly inferenceComponentName: Expression<string> = this.property('InferenceComponentName');

  private readonly props: InferenceComponentStepProps;

  public constructor(name: string, props: InferenceComponentStepProps) {
    const isAdapter = 'baseInferenceComponentName' in props.model;
    const base = {
      InferenceComponentName: props.inferenceComponentName,
      EndpointName: props.endpointName,
      VariantName: props.variantName,
      Specification: renderSpecification(props),
      RuntimeConfig: isAdapter ? undefined : { CopyCount: props.copyCount ?? 1 },
    };
    super(name, {
      type: 'InferenceComponent',
      props,
      // The Python SDK's documentation says of these: floats in JSON, 2.0 and not 2.
      arguments: keepFloats(mergeArguments(base, props.request), [
        'NumberOfCpuCoresRequired',
        'NumberOfAcceleratorDevicesRequired',
      ]),
      problems: problemsIn(props),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const components = namesOf(this.props.inferenceComponentName).map(name => `inference-component/${name}`);
    const endpoints = namesOf(this.props.endpointName).map(name => `endpoint/${name}`);
    const reason = 'The name is only known when the pipeline runs; kind, account and region are fixed';
    const own = ['AddTags', 'DescribeInferenceComponent', 'UpdateInferenceComponent'];
    grant(context, ['sagemaker:CreateInferenceComponent'], [...components, ...endpoints], reason);
    grant(
      context,
      own.map(verb => `sagemaker:${verb}`),
      components,
      reason,
    );
  }
}

function renderSpecification(props: InferenceComponentStepProps): Arguments<InferenceComponentSpecification> {
  const { model, modelDataDownloadTimeout, containerStartupTimeout } = props;
  const startup = {
    ModelDataDownloadTimeoutInSeconds: modelDataDownloadTimeout?.toSeconds({ integral: false }),
    ContainerStartupHealthCheckTimeoutInSeconds: containerStartupTimeout?.toSeconds({ integral: false }),
  };
  const StartupParameters = modelDataDownloadTimeout || containerStartupTimeout ? startup : undefined;
  if ('baseInferenceComponentName' in model) {
    return {
      BaseInferenceComponentName: model.baseInferenceComponentName,
      Container: { ArtifactUrl: model.modelData },
      StartupParameters,
    };
  }
  const { minMemoryMB, maxMemoryMB, cpuCores, accelerators } = model.resources;
  return {
    ...('modelName' in model
      ? { ModelName: model.modelName }
      : {
          Container: { Image: imageUri(model.image), ArtifactUrl: model.modelData, Environment: model.environment },
        }),
    ComputeResourceRequirements: {
      NumberOfCpuCoresRequired: cpuCores,
      NumberOfAcceleratorDevicesRequired: accelerators,
      MinMemoryRequiredInMb: minMemoryMB,
      MaxMemoryRequiredInMb: maxMemoryMB,
    },
    StartupParameters,
  };
}

function problemsIn(props: InferenceComponentStepProps): readonly string[] {
  const { model, copyCount } = props;
  const isAdapter = 'baseInferenceComponentName' in model;
  return problemsOf(
    resourceName('inferenceComponentName', props.inferenceComponentName),
    resourceName('endpointName', props.endpointName),
    resourceName('variantName', props.variantName),
    ...modelRules(model),
    wholeNumber('copyCount', copyCount, 0),
    [!isAdapter || copyCount === undefined, `'copyCount' must be left out for an adapter, got: a number of copies`],
    duration('modelDataDownloadTimeout', props.modelDataDownloadTimeout, 'seconds', 60, 3600),
    duration('containerStartupTimeout', props.containerStartupTimeout, 'seconds', 60, 3600),
  );
}

function modelRules(model: InferenceComponentModel): readonly Rule[] {
  if ('baseInferenceComponentName' in model) {
    return [
      resourceName('model.baseInferenceComponentName', model.baseInferenceComponentName),
      s3Uri('model.modelData', model.modelData),
    ];
  }
  const own =
    'modelName' in model
      ? [resourceName('model.modelName', model.modelName)]
      : [s3Uri('model.modelData', model.modelData), count('model.environment', model.environment, 100)];
  const { minMemoryMB: least, maxMemoryMB: most, cpuCores, accelerators } = model.resources;
  const reversed = typeof least === 'number' && typeof most === 'number' && most < least;
  return [
    ...own,
    wholeNumber('model.resources.minMemoryMB', least, 128),
    wholeNumber('model.resources.maxMemoryMB', most, 128),
    [
      !reversed,
      `'model.resources.maxMemoryMB' must be at least 'minMemoryMB' (${String(least)}), got: ${String(most)}`,
    ],
    rule(cpuCores, cores => Number(cores) >= 0.25, `'model.resources.cpuCores' must be 0.25 or more`),
    rule(accelerators, number => Number(number) >= 1, `'model.resources.accelerators' must be 1 or more`),
  ];
}
