import { Aws, Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { join as joinPath } from 'node:path';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import { hasLocalStorage } from '../../constructs/instances';
import {
  Algorithm,
  Condition,
  ConditionStep,
  ExecutionVariable,
  FailStep,
  join,
  type JobNetwork,
  ModelStep,
  Parameter,
  ProcessingStep,
  RegisterModelStep,
  type RetryPolicy,
  type Step,
  TransformStep,
  TuningStep,
} from '../../constructs/pipeline';
import type { Settings } from '../settings';
import { CreditRiskChecks } from './checks';
import { evaluationPaths } from './evaluation';
import { fixedHyperparameters, searchRanges } from './hyperparameters';
import { modelCard } from './model-card';

export interface CreditRiskPipelineProps {
  readonly settings: Settings;

  /** S3 URI below which each execution gets a prefix of its own. */
  readonly runsUri: string;

  /** Group that versions are registered in. */
  readonly modelPackageGroupName: string;

  /**
   * Key that encrypts volumes and results.
   *
   * @default - keys of the service, and the default encryption of the bucket
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * VPC of the jobs.
   *
   * @default - a network of the service
   */
  readonly network?: JobNetwork;
}

const RETRY_JOB: readonly RetryPolicy[] = [
  { exceptionTypes: ['SageMaker.CAPACITY_ERROR'], interval: Duration.minutes(2), expireAfter: Duration.hours(4) },
  {
    exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING', 'SageMaker.JOB_INTERNAL_ERROR'],
    interval: Duration.seconds(10),
    maxAttempts: 5,
  },
];
const RETRY_TUNING = [
  { exceptionTypes: ['SageMaker.CAPACITY_ERROR'], interval: Duration.minutes(2), expireAfter: Duration.hours(4) },
  { exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'], interval: Duration.seconds(10), maxAttempts: 5 },
] as const satisfies readonly RetryPolicy[];
const RETRY_CALL = [
  { exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'], interval: Duration.seconds(10), maxAttempts: 5 },
] as const satisfies readonly RetryPolicy[];

/**
 * The steps from the file of loans to a registered model.
 *
 * The service neither joins branches nor nests conditions, so "train or tune" is one tuning step whose number of training
 * jobs is a parameter: see docs/decisions/0002-choose-between-training-and-tuning.md.
 */
export function creditRiskSteps(props: CreditRiskPipelineProps): readonly Step[] {
  const { settings, modelPackageGroupName, encryptionKey, network } = props;

  const rawData = Parameter.string('RawDataUri', {
    default: `s3://sagemaker-example-files-prod-${Aws.REGION}/datasets/tabular/uci_statlog_german_credit_data/SouthGermanCredit.asc`,
    description: 'S3 URI of the file of loans',
  });
  const trainingJobs = Parameter.integer('TrainingJobs', {
    default: 1,
    description: 'Number of training jobs: 1 trains once, more tunes and takes the best',
  });
  const minimumAuc = Parameter.float('MinimumAuc', {
    default: settings.minimumAuc,
    description: 'Least area under the ROC curve for a model to be registered',
  });
  const skipChecks = Parameter.boolean('SkipChecks', {
    default: true,
    description: 'Checks nothing against a baseline, as before the first version is approved',
  });
  const newBaselines = Parameter.boolean('RegisterNewBaselines', {
    default: true,
    description: 'The results of the checks become the baselines of later versions and monitors',
  });

  const run = join('/', props.runsUri, ExecutionVariable.PIPELINE_EXECUTION_ID);
  const at = (name: string) => join('/', run, name);
  const code = FileSet.fromDirectory(joinPath(__dirname, 'steps'));
  const scikitLearn = ContainerImage.scikitLearn('1.2-1');
  const algorithm = Algorithm.xgboost('1.7-1', fixedHyperparameters);
  const xgboost = algorithm.image;
  const cacheExpireAfter = Duration.days(30);
  // The hardware encrypts local storage, and the service refuses a key for it.
  const cluster = <InstanceType extends string>(instanceType: InstanceType) => ({
    instanceType,
    volumeEncryptionKey: hasLocalStorage(instanceType) ? undefined : encryptionKey,
  });
  const job = {
    ...cluster(settings.processingInstanceType),
    outputEncryptionKey: encryptionKey,
    network,
    cacheExpireAfter,
  };

  const prepare = new ProcessingStep('Prepare', {
    ...job,
    description: 'Splits and encodes the loans',
    image: scikitLearn,
    code: { files: code, entry: 'prepare.py' },
    inputs: { raw: rawData },
    outputs: {
      train: at('train'),
      validation: at('validation'),
      test: at('test'),
      labels: at('labels'),
      holdout: at('holdout'),
      baseline: at('baseline'),
      encoder: at('encoder'),
    },
    retryPolicies: RETRY_JOB,
  });

  const checks = new CreditRiskChecks({
    settings,
    job: { ...job, modelPackageGroupName, skipCheck: skipChecks, registerNewBaseline: newBaselines },
    at,
  });
  const dataChecks = checks.ofData(prepare);

  const tune = new TuningStep('TrainOrTune', {
    description: 'Trains one model, or several and takes the best',
    training: {
      algorithm,
      ...cluster(settings.trainingInstanceType),
      outputEncryptionKey: encryptionKey,
      network,
      inputs: {
        train: { uri: prepare.output('train'), contentType: 'text/csv' },
        validation: { uri: prepare.output('validation'), contentType: 'text/csv' },
      },
      outputPath: at('models'),
      maxRuntime: Duration.hours(1),
    },
    objective: { metricName: 'validation:auc', type: 'Maximize' },
    ranges: searchRanges,
    maxTrainingJobs: trainingJobs,
    dependsOn: Object.values(dataChecks),
    cacheExpireAfter,
    retryPolicies: RETRY_TUNING,
  });
  const modelData = tune.bestModel();

  const model = new ModelStep('CreateModel', { image: xgboost, modelData, network, retryPolicies: RETRY_CALL });
  const transform = new TransformStep('Transform', {
    modelName: model.modelName,
    input: { uri: prepare.output('test'), contentType: 'text/csv', splitType: 'Line' },
    outputPath: at('predictions'),
    accept: 'text/csv',
    assembleWith: 'Line',
    ...cluster(settings.transformInstanceType),
    outputEncryptionKey: encryptionKey,
    cacheExpireAfter,
    retryPolicies: RETRY_JOB,
  });
  const evaluate = new ProcessingStep('Evaluate', {
    ...job,
    description: 'Measures the predictions for the held-out loans',
    image: scikitLearn,
    code: { files: code, entry: 'evaluate.py' },
    inputs: { predictions: transform.results, labels: prepare.output('labels') },
    outputs: { evaluation: at('evaluation'), scored: at('scored') },
    propertyFiles: { evaluation: { output: 'evaluation', path: 'evaluation.json' } },
    retryPolicies: RETRY_JOB,
  });

  const modelChecks = checks.ofModel(prepare, model, evaluate);

  const auc = evaluate.number('evaluation', evaluationPaths.auc);
  const register = new RegisterModelStep('Register', {
    modelPackageGroupName,
    image: xgboost,
    modelData,
    contentTypes: ['text/csv'],
    responseTypes: ['text/csv'],
    inferenceInstances: [settings.endpointInstanceType],
    transformInstances: [settings.transformInstanceType],
    checks: { ...dataChecks, ...modelChecks },
    customerMetadata: { auc: join('', auc), execution: ExecutionVariable.PIPELINE_EXECUTION_ID },
    modelCard: { content: modelCard },
    retryPolicies: RETRY_CALL,
  });
  const reject = new FailStep('TooWeak', {
    errorMessage: join(' ', 'The area under the ROC curve was', auc, 'and must be at least', minimumAuc),
  });
  const gate = new ConditionStep('GoodEnough', {
    conditions: [Condition.greaterThanOrEqualTo(auc, minimumAuc)],
    ifSteps: [register],
    elseSteps: [reject],
  });

  return [prepare, ...Object.values(dataChecks), tune, model, transform, evaluate, ...Object.values(modelChecks), gate];
}
