import type { CreateModelInput, DescribeModelOutput } from '@aws-sdk/client-sagemaker';
import { Annotations } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { type Arguments, mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { Expression, type Value } from '../expression';
import { grantNeeds, grantPull, jobRole, type JobProps, networkRules, renderVpcConfig, roleArn } from '../job';
import { allow, grant, grantPassRole } from '../permission';
import { count, isUnknown, problemsOf, rule, type Rule } from '../problem';
import type { StepException } from '../retry';
import { type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { containerRules, containersRules, isUncompressed } from './model-container';
import { type ModelContainer, renderContainer, warnOfAdditionalData } from './model-container';

/** A container of a model that is created. */
export interface HostedContainer extends ModelContainer {
  /**
   * Whether the container holds one model, or loads one of those below `modelData`, an S3 prefix, for each request.
   *
   * @default SingleModel
   */
  readonly mode?: 'SingleModel' | 'MultiModel';

  /**
   * Whether a `MultiModel` container keeps models in memory between requests.
   *
   * @default Enabled
   */
  readonly modelCache?: 'Enabled' | 'Disabled';
}

interface ModelSettings
  extends StepProps, RetryableProps<StepException>, Pick<JobProps, 'role' | 'network' | 'isolateNetwork'> {
  /**
   * Any part of the CreateModel request, laid over what the other props give. The role has a prop.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateModelInput, 'ModelName' | 'ExecutionRoleArn'>;
}

/** A model of one container. */
export interface SingleContainerModelProps extends ModelSettings, Omit<HostedContainer, 'hostname'> {
  readonly containers?: undefined;
  readonly modelPackageArn?: undefined;
}

/** A model of several containers. */
export interface MultiContainerModelProps extends ModelSettings {
  /** Containers, in the order in which they run: 1 to 15. */
  readonly containers: readonly HostedContainer[];

  /**
   * Whether a request goes through all containers, one after the other, or to the one that it names. For the latter, all
   * containers need a `hostname`.
   *
   * @default Serial
   */
  readonly invocation?: 'Serial' | 'Direct';
  readonly image?: undefined;
  readonly modelPackageArn?: undefined;
}

/** A model made from a version in the model registry. */
export interface RegisteredModelProps extends ModelSettings {
  /**
   * ARN of a version, such as `RegisterModelStep.modelPackageArn`. Its image and its data are for the model's role to pull
   * and to read, which is yours to grant.
   */
  readonly modelPackageArn: Value<string>;

  /**
   * Environment variables on top of those of the version: up to 100.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, Value<string>>>;
  readonly image?: undefined;
  readonly containers?: undefined;
}

export type ModelStepProps = SingleContainerModelProps | MultiContainerModelProps | RegisteredModelProps;

/**
 * Creates a model, which later steps can run: a transform, a bias check, an explanation.
 *
 * A model costs nothing by itself, and stays when the execution ends.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class ModelStep extends StepWithProperties<DescribeModelOutput> {
  /** Name that the service gave to the model. */
  public readonly modelName: Expression<string> = this.property('ModelName');

  private readonly props: ModelStepProps;

  public constructor(name: string, props: ModelStepProps) {
    const base = {
      ExecutionRoleArn: roleArn(props),
      ...renderContainers(props),
      VpcConfig: renderVpcConfig(props),
      EnableNetworkIsolation: props.isolateNetwork,
    };
    super(name, {
      type: 'Model',
      props,
      arguments: mergeArguments(base, props.request),
      problems: problemsOf(...modelRules(props), ...networkRules(props)),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { props } = this;
    grant(context, ['sagemaker:CreateModel', 'sagemaker:DescribeModel', 'sagemaker:AddTags'], ['model/*']);
    const role = jobRole(props, context);
    for (const { image } of containersOf(props)) grantPull(image, context, role);
    grantNeeds(props, role);
    if (props.modelPackageArn !== undefined) grantVersion(context, this.name, props.modelPackageArn, role);
    grantPassRole(context, role);
    warnOfAdditionalData(context, this.name, props.request);
  }
}

// Without these, a compiler that is less strict than this project's does not tell the kinds of props apart.
function isSingle(props: ModelStepProps): props is SingleContainerModelProps {
  return props.image !== undefined;
}

function isSeveral(props: ModelStepProps): props is MultiContainerModelProps {
  return props.containers !== undefined;
}

function containersOf(props: ModelStepProps): readonly HostedContainer[] {
  if (isSeveral(props)) return props.containers;
  return isSingle(props) ? [props] : [];
}

function renderContainers(
  props: ModelStepProps,
): Arguments<Pick<CreateModelInput, 'PrimaryContainer' | 'Containers' | 'InferenceExecutionConfig'>> {
  if (isSeveral(props)) {
    return {
      Containers: props.containers.map(renderHosted),
      InferenceExecutionConfig: props.invocation && { Mode: props.invocation },
    };
  }
  if (isSingle(props)) return { PrimaryContainer: renderHosted(props) };
  return { Containers: [{ ModelPackageName: props.modelPackageArn, Environment: props.environment }] };
}

function renderHosted(container: HostedContainer) {
  const { mode, modelCache } = container;
  return {
    ...renderContainer(container),
    Mode: mode,
    MultiModelConfig: modelCache && { ModelCacheSetting: modelCache },
  };
}

/** Lets the pipeline use a version. Who may do so is decided at the version as well as at the model. */
function grantVersion(context: StepContext, step: string, arn: Value<string>, role: iam.IRole): void {
  const actions = ['sagemaker:CreateModel', 'sagemaker:DescribeModelPackage'];
  if (arn instanceof Expression) {
    grant(context, actions, ['model-package/*'], 'The version is only known when the pipeline runs');
  } else {
    // The service writes names in lower case in the ARNs it returns.
    allow(context.pipelineRole, {
      actions,
      resources: isUnknown(arn) ? [arn] : [...new Set([arn, arn.toLowerCase()])],
    });
  }
  Annotations.of(context.scope).addWarningV2(
    `sagemaker-cdk:version-not-granted-${step}`,
    `step '${step}': image and data of a registered model are not known at synthesis, so they are not granted; let ${role.node.path} pull the image and read the data`,
  );
}

function modelRules(props: ModelStepProps): readonly Rule[] {
  if (isSeveral(props)) {
    const { containers, invocation } = props;
    const nameless = containers.filter(({ hostname }) => hostname === undefined).length;
    return [
      ...containersRules(containers),
      ...containers.flatMap((container, index) => modeRules(container, `containers[${index}].`)),
      [
        invocation !== 'Direct' || nameless === 0,
        `'containers' must all have a 'hostname' for the invocation Direct, got: ${nameless} without one`,
      ],
    ];
  }
  if (isSingle(props)) return [...containerRules(props), ...modeRules(props)];
  return [
    count('environment', props.environment, 100),
    rule(
      props.modelPackageArn,
      arn => /^arn:[^:]+:sagemaker:[^:]*:\d{12}:model-package\/./.test(String(arn)),
      `'modelPackageArn' must be the ARN of a version in the model registry`,
    ),
  ];
}

function modeRules({ mode, modelData, modelCache }: HostedContainer, at = ''): readonly Rule[] {
  const isMulti = mode === 'MultiModel';
  const got = modelData === undefined ? 'nothing' : 'the files of one model';
  return [
    [
      !isMulti || (modelData !== undefined && !isUncompressed(modelData)),
      `'${at}modelData' must be the S3 URI of the prefix of several archives for MultiModel, got: ${got}`,
    ],
    [
      modelCache === undefined || isMulti,
      `'${at}modelCache' must come with the mode MultiModel, got: ${mode ?? 'SingleModel'}`,
    ],
  ];
}
