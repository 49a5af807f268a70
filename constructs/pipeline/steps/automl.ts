import type {
  AutoMLChannelType,
  AutoMLJobConfig,
  CreateAutoMLJobRequest,
  DescribeAutoMLJobResponse,
} from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { type Arguments, mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { Expression, type Value } from '../expression';
import { grantNeeds, jobRole, type JobProps, networkRules, renderVpcConfig, roleArn } from '../job';
import { keepFloats } from '../json';
import { grantJob } from '../permission';
import { count, duration, problemsOf, rule, s3Uri, wholeNumber } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import type { ModelReports } from './model-checks';

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

/** A container of the best candidate, in the form of the props of `ModelStep` and `RegisterModelStep`. */
export interface AutoMLCandidateModel {
  /** URI of the image. A warning says that pulling it is yours to grant, because it is only known when the pipeline runs. */
  readonly image: Expression<string>;

  /** S3 URI of the `model.tar.gz`. */
  readonly modelData: Expression<string>;

  /** Environment variables that the container needs. */
  readonly environment: Readonly<Record<CandidateVariable, Expression<string>>>;
}

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
   * Number of candidates: 1 to 750.
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
   * Time after which the whole search is stopped: 1 second or more, in whole seconds.
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
   * Part of the training data that ranks the candidates: more than 0 and less than 1.
   *
   * @default 0.2
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

const VARIABLES = [
  'MODEL_NAME',
  'SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT',
  'SAGEMAKER_INFERENCE_OUTPUT',
  'SAGEMAKER_INFERENCE_SUPPORTED',
  'SAGEMAKER_PROGRAM',
  'SAGEMAKER_SUBMIT_DIRECTORY',
] as const;

type CandidateVariable = (typeof VARIABLES)[number];

/** What the step offers beside the answer of DescribeAutoMLJob. */
interface CandidateReports {
  BestCandidateProperties: { ModelInsightsJsonReportPath: string; ExplainabilityJsonReportPath: string };
}

const CACHE_KEYS = [
  'AutoMLJobConfig.CandidateGenerationConfig',
  'AutoMLJobConfig.CompletionCriteria',
  'AutoMLJobConfig.DataSplitConfig',
  'AutoMLJobObjective',
  'InputDataConfig',
  'ProblemType',
];

/**
 * Lets Autopilot search the best model for a table. A pipeline takes its ensembling mode only.
 *
 * Costs the time of the instances that Autopilot chooses, for as many candidates as `maxCandidates` and `maxRuntime` allow.
 * The role of the job needs what Autopilot documents, such as to start jobs and to pass itself to them.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development.html
 */
export class AutoMLStep extends StepWithProperties<DescribeAutoMLJobResponse & CandidateReports> {
  /** The best candidate, ready for a model: `new ModelStep(name, { ...search.bestCandidateModel })`. */
  public readonly bestCandidateModel: AutoMLCandidateModel;

  /** S3 URI of the JSON report about the quality of the best candidate. */
  public readonly insightsReport: Expression<string> = this.property(
    'BestCandidateProperties.ModelInsightsJsonReportPath',
  );

  /** S3 URI of the JSON report about what the best candidate's predictions depend on. */
  public readonly explainabilityReport: Expression<string> = this.property(
    'BestCandidateProperties.ExplainabilityJsonReportPath',
  );

  /** Both reports, as the metrics of a version: `new RegisterModelStep(name, { ..., reports: search.reports })`. */
  public readonly reports: ModelReports = {
    modelQuality: this.insightsReport,
    explainability: this.explainabilityReport,
  };

  private readonly props: AutoMLStepProps;

  public constructor(name: string, props: AutoMLStepProps) {
    super(name, {
      type: 'AutoML',
      props,
      arguments: keepFloats(mergeArguments(renderArguments(props), props.request), ['ValidationFraction']),
      cacheKeys: CACHE_KEYS,
      problems: problemsIn(props),
    });
    this.props = props;
    const container = 'BestCandidate.InferenceContainers[0]';
    this.bestCandidateModel = {
      image: this.property(`${container}.Image`),
      modelData: this.property(`${container}.ModelDataUrl`),
      environment: Object.fromEntries(
        VARIABLES.map(variable => [variable, this.property(`${container}.Environment['${variable}']`)]),
      ) as AutoMLCandidateModel['environment'],
    };
  }

  public override bind(context: StepContext): void {
    const role = jobRole(this.props, context);
    grantNeeds(this.props, role);
    grantJob(context, 'AutoMLJob', role);
  }
}

function renderArguments(props: AutoMLStepProps): Arguments<Omit<CreateAutoMLJobRequest, 'AutoMLJobName'>> {
  const { validationData, algorithms, problem } = props;
  return {
    InputDataConfig: [
      renderChannel('training', props.trainingData, props),
      ...(validationData === undefined ? [] : [renderChannel('validation', validationData, props)]),
    ],
    OutputDataConfig: { S3OutputPath: props.outputPath, KmsKeyId: props.outputEncryptionKey?.keyArn },
    ProblemType: problem?.type,
    AutoMLJobObjective: problem && { MetricName: problem.objective },
    AutoMLJobConfig: {
      CompletionCriteria: unlessEmpty({
        MaxCandidates: props.maxCandidates,
        MaxRuntimePerTrainingJobInSeconds: props.maxRuntimePerTrainingJob?.toSeconds({ integral: false }),
        MaxAutoMLJobRuntimeInSeconds: props.maxRuntime?.toSeconds({ integral: false }),
      }),
      SecurityConfig: unlessEmpty({
        VolumeKmsKeyId: props.volumeEncryptionKey?.keyArn,
        EnableInterContainerTrafficEncryption: props.encryptInterContainerTraffic,
        VpcConfig: renderVpcConfig(props),
      }),
      CandidateGenerationConfig: unlessEmpty({
        FeatureSpecificationS3Uri: props.featureSpecificationUri,
        AlgorithmsConfig: algorithms && [{ AutoMLAlgorithms: algorithms }],
      }),
      DataSplitConfig: unlessEmpty({ ValidationFraction: props.validationFraction }),
      Mode: 'ENSEMBLING',
    },
    RoleArn: roleArn(props),
  };
}

function renderChannel(type: AutoMLChannelType, input: Value<string> | AutoMLInput, props: AutoMLStepProps) {
  const { uri, dataType, compression } = inputOptions(input);
  return {
    DataSource: { S3DataSource: { S3DataType: dataType ?? 'S3Prefix', S3Uri: uri } },
    TargetAttributeName: props.targetAttribute,
    SampleWeightAttributeName: props.sampleWeightAttribute,
    ContentType: props.contentType,
    CompressionType: compression,
    ChannelType: type,
  } as const;
}

function inputOptions(input: Value<string> | AutoMLInput): AutoMLInput {
  return typeof input === 'string' || input instanceof Expression ? { uri: input } : input;
}

function unlessEmpty<T extends object>(members: T): T | undefined {
  return Object.values(members).some(member => member !== undefined) ? members : undefined;
}

function problemsIn(props: AutoMLStepProps): readonly string[] {
  const { validationData, validationFraction } = props;
  return problemsOf(
    s3Uri('trainingData', inputOptions(props.trainingData).uri),
    s3Uri('validationData', validationData === undefined ? undefined : inputOptions(validationData).uri),
    rule(props.targetAttribute, name => name !== '', `'targetAttribute' must name a column`),
    rule(
      props.sampleWeightAttribute,
      name => /^[a-zA-Z0-9_-]{1,256}$/.test(String(name)),
      `'sampleWeightAttribute' must be 1 to 256 letters, digits, _ and -`,
    ),
    s3Uri('outputPath', props.outputPath),
    wholeNumber('maxCandidates', props.maxCandidates, 1, 750),
    duration('maxRuntimePerTrainingJob', props.maxRuntimePerTrainingJob, 'seconds', 1),
    duration('maxRuntime', props.maxRuntime, 'seconds', 1),
    count('algorithms', props.algorithms, 8, 1),
    rule(
      validationFraction,
      part => Number(part) > 0 && Number(part) < 1,
      `'validationFraction' must be more than 0 and less than 1`,
    ),
    s3Uri('featureSpecificationUri', props.featureSpecificationUri),
    ...networkRules(props),
  );
}
