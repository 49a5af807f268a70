import type { AutoMLJobConfig, CreateAutoMLJobRequest } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { RequestOverride } from '../arguments';
import type { Value } from '../expression';
import type { JobProps } from '../job';
import type { JobException } from '../retry';
import type { CacheableProps, RetryableProps, StepProps } from '../step';

/** Rows with a header, in CSV or Parquet. */
export interface AutoMLInput {
  /** S3 URI of a prefix or a manifest. */
  readonly uri: Value<string>;

  /**
   * What `uri` names.
   *
   * @default S3Prefix
   */
  readonly dataType?: 'S3Prefix' | 'ManifestFile';

  /**
   * Compression of the objects.
   *
   * @default None
   */
  readonly compression?: 'None' | 'Gzip';
}

/** What is predicted, and the metric that candidates are ranked by: the service wants both or neither. */
export type AutoMLProblem =
  | { readonly type: 'Regression'; readonly objective: 'MAE' | 'MSE' | 'R2' | 'RMSE' }
  | {
      readonly type: 'BinaryClassification';
      readonly objective: 'Accuracy' | 'AUC' | 'BalancedAccuracy' | 'F1' | 'Precision' | 'Recall';
    }
  | {
      readonly type: 'MulticlassClassification';
      readonly objective: 'Accuracy' | 'BalancedAccuracy' | 'F1macro' | 'PrecisionMacro' | 'RecallMacro';
    };

/** An algorithm that can be part of an ensemble. */
export type AutoMLAlgorithmInEnsemble =
  'catboost' | 'extra-trees' | 'fastai' | 'lightgbm' | 'linear-learner' | 'nn-torch' | 'randomforest' | 'xgboost';

export interface AutoMLStepProps
  extends
    StepProps,
    CacheableProps,
    RetryableProps<Exclude<JobException, 'SageMaker.JOB_INTERNAL_ERROR'>>,
    Pick<JobProps, 'role' | 'network' | 'encryptInterContainerTraffic'> {
  /** Rows to learn from, at least 500. A text is the S3 URI of a prefix. */
  readonly trainingData: Value<string> | AutoMLInput;

  /**
   * Rows to rank the candidates with, with the header of the training data.
   *
   * @default - a part of the training data, see `validationFraction`
   */
  readonly validationData?: Value<string> | AutoMLInput;

  /**
   * MIME type of all data: `text/csv;header=present` or `x-application/vnd.amazon+parquet`.
   *
   * @default text/csv;header=present
   */
  readonly contentType?: Value<string>;

  /** Name of the column that is predicted. */
  readonly targetAttribute: Value<string>;

  /**
   * Name of the column with the weight of each row: up to 256 characters.
   *
   * @default - all rows weigh the same
   */
  readonly sampleWeightAttribute?: Value<string>;

  /** S3 URI of the prefix that models and reports are written to. */
  readonly outputPath: Value<string>;

  /**
   * Key that encrypts what is written to S3.
   *
   * @default - the default encryption of the bucket
   */
  readonly outputEncryptionKey?: kms.IKey;

  /**
   * Key that encrypts the storage volumes.
   *
   * @default - a key that the service owns
   */
  readonly volumeEncryptionKey?: kms.IKey;

  /**
   * Kind of problem and objective.
   *
   * @default - found out from the target column; ranked by MSE, F1 or Accuracy
   */
  readonly problem?: AutoMLProblem;

  /**
   * How candidates are made. A pipeline takes ensembles only: the service refuses `HYPERPARAMETER_TUNING` and `AUTO`, for which
   * there is `TuningStep`.
   *
   * @default ENSEMBLING
   */
  readonly mode?: 'ENSEMBLING';

  /**
   * Number of candidates, which is the number of training jobs: 1 to 750.
   *
   * @default - by the service
   */
  readonly maxCandidates?: Value<number>;

  /**
   * Time after which one training job is stopped: 1 second or more, in whole seconds.
   *
   * @default - by the service
   */
  readonly maxRuntimePerTrainingJob?: Duration;

  /**
   * Time after which the whole search is stopped, with the best candidate so far: 1 second to 30 days, in whole seconds.
   *
   * @default - by the service
   */
  readonly maxRuntime?: Duration;

  /**
   * Algorithms that ensembles are made of: 1 to 8.
   *
   * @default - all
   */
  readonly algorithms?: readonly AutoMLAlgorithmInEnsemble[];

  /**
   * Part of the training data that ranks the candidates: more than 0 and less than 1. Not with `validationData`.
   *
   * @default 0.2; with `validationData`, none
   */
  readonly validationFraction?: Value<number>;

  /**
   * S3 URI of a JSON file that says which columns are features, and their types.
   *
   * @default - all columns but the target, with types that are found out
   */
  readonly featureSpecificationUri?: Value<string>;

  /**
   * Any part of the CreateAutoMLJob request that a pipeline takes, laid over what the other props give. The role has a prop.
   *
   * @default - none
   */
  readonly request?: RequestOverride<
    Omit<CreateAutoMLJobRequest, 'AutoMLJobConfig'> & { readonly AutoMLJobConfig?: Omit<AutoMLJobConfig, 'Mode'> },
    'AutoMLJobName' | 'RoleArn' | 'ModelDeployConfig' | 'GenerateCandidateDefinitionsOnly'
  >;
}
