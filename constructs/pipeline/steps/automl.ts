import type { AutoMLChannelType, CreateAutoMLJobRequest, DescribeAutoMLJobResponse } from '@aws-sdk/client-sagemaker';
import { type Arguments, mergeArguments } from '../arguments';
import type { StepContext } from '../context';
import { Expression, type Value } from '../expression';
import { grantNeeds, jobRole, networkRules, renderVpcConfig, roleArn } from '../job';
import { keepFloats } from '../json';
import { grantJob } from '../permission';
import { count, duration, isUnknown, problemsOf, rule, type Rule, s3Uri, wholeNumber } from '../problem';
import { StepWithProperties } from '../step';
import type { AutoMLInput, AutoMLStepProps } from './automl-props';
import type { ModelReports } from './model-checks';

const VARIABLES = [
  'MODEL_NAME',
  'SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT',
  'SAGEMAKER_INFERENCE_OUTPUT',
  'SAGEMAKER_INFERENCE_SUPPORTED',
  'SAGEMAKER_PROGRAM',
  'SAGEMAKER_SUBMIT_DIRECTORY',
] as const;

type CandidateVariable = (typeof VARIABLES)[number];

/** A container of the best candidate, in the form of the props of `ModelStep` and `RegisterModelStep`. */
export interface AutoMLCandidateModel {
  /** URI of the image. A warning says that pulling it is yours to grant, because it is only known when the pipeline runs. */
  readonly image: Expression<string>;

  /** S3 URI of the `model.tar.gz`. */
  readonly modelData: Expression<string>;

  /** Environment variables that the container needs. */
  readonly environment: Readonly<Record<CandidateVariable, Expression<string>>>;
}

/** What the step offers beside the answer of DescribeAutoMLJob. */
interface CandidateReports {
  BestCandidateProperties: { ModelInsightsJsonReportPath: string; ExplainabilityJsonReportPath: string };
}

// https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-quotas.html
const LONGEST_SECONDS = 30 * 86_400;
const CACHE_KEYS = [
  'AutoMLJobConfig.CandidateGenerationConfig',
  'AutoMLJobConfig.CompletionCriteria',
  'AutoMLJobConfig.DataSplitConfig',
  'AutoMLJobObjective',
  'InputDataConfig',
  'ProblemType',
];

/**
 * Lets Autopilot search the best model for a table.
 *
 * A pipeline takes version 1 of the API (CreateAutoMLJob) and its ensembling mode only. There is no step for version 2, and so
 * none for images, texts, time series and language models: a Lambda or callback step can start such a job.
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

  /** Value of the objective of the best candidate, for a condition. */
  public readonly metricValue: Expression<number> = this.property('BestCandidate.FinalAutoMLJobObjectiveMetric.Value');
  /** Both reports, as the metrics of a version: `new RegisterModelStep(name, { ..., reports: search.reports })`. */
  public readonly reports: ModelReports = {
    modelQuality: this.insightsReport,
    explainability: this.explainabilityReport,
  };

  private readonly props: AutoMLStepProps;

  public constructor(name: string, props: AutoMLStepProps) {
    const all = mergeArguments(renderArguments(props), props.request);
    super(name, {
      type: 'AutoML',
      props,
      arguments: keepFloats(all, ['ValidationFraction']),
      cacheKeys: CACHE_KEYS,
      problems: problemsOf(...rulesOf(props), modeRule(all.AutoMLJobConfig?.Mode)),
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
      Mode: props.mode ?? 'ENSEMBLING',
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

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html */
function modeRule(mode: unknown): Rule {
  return [
    mode === 'ENSEMBLING',
    `'mode' must be ENSEMBLING, because a pipeline takes no other mode of Autopilot, got: ${String(mode)}`,
  ];
}

function rulesOf(props: AutoMLStepProps): readonly Rule[] {
  const { validationData, validationFraction } = props;
  return [
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
    duration('maxRuntime', props.maxRuntime, 'seconds', 1, LONGEST_SECONDS),
    count('algorithms', props.algorithms, 8, 1),
    rule(
      validationFraction,
      part => Number(part) > 0 && Number(part) < 1,
      `'validationFraction' must be more than 0 and less than 1`,
    ),
    [
      validationFraction === undefined || validationData === undefined,
      `'validationFraction' must be left out where 'validationData' is given, got: ${isUnknown(validationFraction) ? 'an expression' : String(validationFraction)}`,
    ],
    s3Uri('featureSpecificationUri', props.featureSpecificationUri),
    ...networkRules(props),
  ];
}
