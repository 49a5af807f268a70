import type {
  CreateModelPackageInput,
  MetadataProperties,
  ModelApprovalStatus,
  ModelCardStatus,
  ProductionVariantInstanceType,
  TransformInstanceType,
} from '@aws-sdk/client-sagemaker';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Arguments, RequestOverride } from '../arguments';
import type { Expression, Value } from '../expression';
import type { StepException } from '../retry';
import type { RetryableProps, StepProps } from '../step';
import type { ModelChecks, ModelReports } from './model-checks';
import type { ModelContainer } from './model-container';

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

/** Where a version stands on its way to production. */
export interface ModelLifeCycle {
  /** Stage, such as `Staging`: 1 to 63 letters, digits and hyphens. */
  readonly stage: Value<string>;

  /** State of the version in the stage, such as `PendingApproval`: 1 to 63 letters, digits and hyphens. */
  readonly status: Value<string>;

  /**
   * More about it, up to 1024 characters.
   *
   * @default - none
   */
  readonly description?: Value<string>;
}

/** A container of a model package. */
export interface PackageContainer extends ModelContainer {
  /**
   * Framework of the model, such as `XGBOOST`, for Inference Recommender.
   *
   * @default - none
   */
  readonly framework?: Value<string>;

  /**
   * Version of the framework, such as `1.7`: 3 to 10 characters.
   *
   * @default - none
   */
  readonly frameworkVersion?: Value<string>;

  /**
   * Name of a well-known model that this one is like, such as `xgboost`, for Inference Recommender.
   *
   * @default - none
   */
  readonly nearestModelName?: Value<string>;

  /**
   * Shape of the input, as JSON text, for compilation and for Inference Recommender: up to 16,384 characters.
   *
   * @default - none
   */
  readonly dataInputConfig?: Value<string>;
}

interface PackageSettings extends StepProps, RetryableProps<StepException> {
  /** MIME types that the model takes, such as `text/csv`: at least one. */
  readonly contentTypes: readonly Value<string>[];

  /** MIME types that the model answers with: at least one. */
  readonly responseTypes: readonly Value<string>[];

  /**
   * The check steps whose results the package carries, as its metrics and as the baselines of later checks and monitors.
   *
   * @default - no metrics and no baselines
   */
  readonly checks?: ModelChecks;

  /**
   * Reports that the package carries as metrics where no check measures the same, such as `AutoMLStep.reports`.
   *
   * @default - none
   */
  readonly reports?: ModelReports;

  /**
   * What the package is, up to 1024 characters.
   *
   * @default - none
   */
  readonly packageDescription?: Value<string>;

  /**
   * Where the package comes from: commit, repository, project.
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
   * What the model works on, for Inference Recommender.
   *
   * @default - none
   */
  readonly domain?: 'COMPUTER_VISION' | 'NATURAL_LANGUAGE_PROCESSING' | 'MACHINE_LEARNING' | Expression<string>;

  /**
   * What the model does, for Inference Recommender.
   *
   * @default - none
   */
  readonly task?: ModelTask | Expression<string>;

  /**
   * Model card of the package.
   *
   * @default - none
   */
  readonly modelCard?: PackageModelCard;

  /**
   * Where the package stands on its way to production.
   *
   * @default - none
   */
  readonly lifeCycle?: ModelLifeCycle;

  /**
   * Where the model comes from: the ARN of a model, of a package that is cloned, or a URI; up to 1024 characters.
   *
   * @default - none
   */
  readonly sourceUri?: Value<string>;

  /**
   * Key that encrypts what the registry holds of the package. Who reads the package needs `kms:Decrypt`.
   *
   * @default - a key that the service owns
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The service does not check whether the image and the artifact can be read.
   *
   * @default false
   */
  readonly skipModelValidation?: boolean;

  /**
   * Any part of the CreateModelPackage request that a pipeline takes, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: RequestOverride<
    CreateModelPackageInput,
    'CertifyForMarketplace' | 'ModelPackageName' | 'ModelPackageGroupName' | 'SecurityConfig'
  >;
}

type ModelTask =
  | 'IMAGE_CLASSIFICATION'
  | 'OBJECT_DETECTION'
  | 'TEXT_GENERATION'
  | 'IMAGE_SEGMENTATION'
  | 'FILL_MASK'
  | 'CLASSIFICATION'
  | 'REGRESSION'
  | 'OTHER';

type Instances<Type extends string> = readonly (Type | Expression<string>)[];

/** A new version of a group. */
export interface VersionedPackage {
  /** Name of the model package group that the version belongs to. */
  readonly modelPackageGroupName: Value<string>;

  /**
   * State of the new version. An approved one is deployed where a workflow waits for approvals.
   *
   * @default PendingManualApproval
   */
  readonly approvalStatus?: ModelApprovalStatus | Expression<string>;

  /**
   * Instance types for real-time endpoints.
   *
   * @default - any
   */
  readonly inferenceInstances?: Instances<ProductionVariantInstanceType>;

  /**
   * Instance types for batch transform.
   *
   * @default - any
   */
  readonly transformInstances?: Instances<TransformInstanceType>;
  readonly unversioned?: undefined;
}

/** A package that belongs to no group; it needs no approval. */
export interface UnversionedPackage {
  readonly unversioned: true;

  /** Instance types for real-time endpoints: at least one. */
  readonly inferenceInstances: Instances<ProductionVariantInstanceType>;

  /** Instance types for batch transform: at least one. */
  readonly transformInstances: Instances<TransformInstanceType>;
  readonly modelPackageGroupName?: undefined;
  readonly approvalStatus?: undefined;
}

/** A model of one container. */
export interface SingleContainerPackage extends Omit<PackageContainer, 'hostname'> {
  readonly containers?: undefined;
}

/** A model of several containers: an inference pipeline, or containers that are called one by one. */
export interface MultiContainerPackage {
  /** Containers, in the order in which they run: 1 to 15. */
  readonly containers: readonly PackageContainer[];
  readonly image?: undefined;
}

export type RegisterModelStepProps = PackageSettings &
  (VersionedPackage | UnversionedPackage) &
  (SingleContainerPackage | MultiContainerPackage);
