import type {
  CreateModelPackageInput,
  DescribeModelPackageOutput,
  MetadataProperties,
  ModelApprovalStatus,
  ModelCardStatus,
  ProductionVariantInstanceType,
  TransformInstanceType,
} from '@aws-sdk/client-sagemaker';
import { Stack } from 'aws-cdk-lib/core';
import { type Arguments, mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, expressionsIn, Late, type Value } from '../expression';
import { grantPull, type Image, imageUri } from '../job';
import { grantModelPackages, grantRead } from '../permission';
import { count, maxLength, problemsOf, resourceName, s3Uri } from '../problem';
import type { StepException } from '../retry';
import { type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { type ModelChecks, renderDriftCheckBaselines, renderModelMetrics } from './model-checks';

/** A model card that is made with the version. */
export interface PackageModelCard {
  /** Content in the form of the model card schema for model packages, known before the pipeline runs. */
  readonly content: Readonly<Record<string, unknown>>;

  /**
   * State of the card.
   *
   * @default Draft
   */
  readonly status?: ModelCardStatus;
}

export interface RegisterModelStepProps extends StepProps, RetryableProps<StepException> {
  /** Name of the model package group that the version belongs to. */
  readonly modelPackageGroupName: Value<string>;

  /** Container that answers requests. */
  readonly image: Image;

  /** S3 URI of the `model.tar.gz`. */
  readonly modelData: Value<string>;

  /**
   * Environment variables of the container: up to 100.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, Value<string>>>;

  /** MIME types that the model takes, such as `text/csv`: at least one. */
  readonly contentTypes: readonly Value<string>[];

  /** MIME types that the model answers with: at least one. */
  readonly responseTypes: readonly Value<string>[];

  /**
   * Instance types for real-time endpoints.
   *
   * @default - any
   */
  readonly inferenceInstances?: readonly (ProductionVariantInstanceType | Expression<string>)[];

  /**
   * Instance types for batch transform.
   *
   * @default - any
   */
  readonly transformInstances?: readonly (TransformInstanceType | Expression<string>)[];

  /**
   * State of the new version. An approved one is deployed where a workflow waits for approvals.
   *
   * @default PendingManualApproval
   */
  readonly approvalStatus?: ModelApprovalStatus | Expression<string>;

  /**
   * The check steps whose results the version carries, as its metrics and as the baselines of later checks and monitors.
   *
   * @default - no metrics and no baselines
   */
  readonly checks?: ModelChecks;

  /**
   * What the version is, up to 1024 characters.
   *
   * @default - none
   */
  readonly packageDescription?: Value<string>;

  /**
   * Where the version comes from: commit, repository, project.
   *
   * @default - none
   */
  readonly metadata?: Arguments<MetadataProperties>;

  /**
   * Texts of your own, by name: up to 50.
   *
   * @default - none
   */
  readonly customerMetadata?: Readonly<Record<string, Value<string>>>;

  /**
   * S3 URI of a `tar.gz` with sample requests, for Inference Recommender.
   *
   * @default - none
   */
  readonly samplePayloadUrl?: Value<string>;

  /**
   * Model card of the version.
   *
   * @default - none
   */
  readonly modelCard?: PackageModelCard;

  /**
   * The service does not check whether the image and the artifact can be read.
   *
   * @default false
   */
  readonly skipModelValidation?: boolean;

  /**
   * Any part of the CreateModelPackage request for a version of a group, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: RequestOverride<
    CreateModelPackageInput,
    'CertifyForMarketplace' | 'ModelPackageName' | 'ModelPackageGroupName'
  >;
}

/**
 * Registers a model as a new version of a model package group.
 *
 * A version costs nothing by itself, and stays when the execution ends.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
 */
export class RegisterModelStep extends StepWithProperties<DescribeModelPackageOutput> {
  /** ARN of the new version. */
  public readonly modelPackageArn: Expression<string> = this.property('ModelPackageArn');

  private readonly props: RegisterModelStepProps;

  public constructor(name: string, props: RegisterModelStepProps) {
    super(name, {
      type: 'RegisterModel',
      props,
      arguments: mergeArguments(renderArguments(props), props.request),
      problems: problemsIn(props),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { image, modelData, modelPackageGroupName } = this.props;
    grantModelPackages(context, modelPackageGroupName, [
      'sagemaker:AddTags',
      'sagemaker:CreateModelPackage',
      'sagemaker:DescribeModelPackage',
    ]);
    // The service checks the image and the artifact with the rights of the caller.
    // https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-model-registry.html
    grantPull(image, context, context.pipelineRole);
    grantRead(context, modelData);
  }
}

function renderArguments(props: RegisterModelStepProps): Arguments<CreateModelPackageInput> {
  const { checks, modelCard } = props;
  return {
    ModelPackageGroupName: props.modelPackageGroupName,
    ModelPackageDescription: props.packageDescription,
    ModelApprovalStatus: props.approvalStatus ?? 'PendingManualApproval',
    InferenceSpecification: {
      Containers: [{ Image: imageUri(props.image), ModelDataUrl: props.modelData, Environment: props.environment }],
      SupportedContentTypes: props.contentTypes,
      SupportedResponseMIMETypes: props.responseTypes,
      SupportedRealtimeInferenceInstanceTypes: props.inferenceInstances,
      SupportedTransformInstanceTypes: props.transformInstances,
    },
    ModelMetrics: checks && renderModelMetrics(checks),
    DriftCheckBaselines: checks && renderDriftCheckBaselines(checks),
    MetadataProperties: props.metadata,
    CustomerMetadataProperties: props.customerMetadata,
    SamplePayloadUrl: props.samplePayloadUrl,
    SkipModelValidation: props.skipModelValidation ? 'All' : 'None',
    ModelCard: modelCard && {
      ModelCardContent: new Late(({ scope }) => Stack.of(scope).toJsonString(modelCard.content)),
      ModelCardStatus: modelCard.status ?? 'Draft',
    },
  };
}

function problemsIn(props: RegisterModelStepProps): readonly string[] {
  const { contentTypes, responseTypes, modelCard } = props;
  const late = expressionsIn(modelCard?.content).map(expression => JSON.stringify(expression.render()));
  return problemsOf(
    resourceName('modelPackageGroupName', props.modelPackageGroupName),
    s3Uri('modelData', props.modelData),
    s3Uri('samplePayloadUrl', props.samplePayloadUrl),
    maxLength('packageDescription', props.packageDescription, 1024),
    count('environment', props.environment, 100),
    count('customerMetadata', props.customerMetadata, 50),
    [contentTypes.length > 0, `'contentTypes' must name at least one MIME type, got: none`],
    [responseTypes.length > 0, `'responseTypes' must name at least one MIME type, got: none`],
    [late.length === 0, `'modelCard.content' must be known before the pipeline runs, got: ${late.join(', ')}`],
  );
}
