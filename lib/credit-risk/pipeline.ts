import { Duration } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  Algorithm,
  Condition,
  ConditionStep,
  ExecutionVariable,
  FailStep,
  join,
  ModelStep,
  Parameter,
  ProcessingStep,
  RegisterModelStep,
  type Step,
  TuningStep,
} from '../../constructs/pipeline';
import { CreditRiskChecks } from './checks';
import { evaluationPaths } from './evaluation';
import { fixedHyperparameters, searchRanges } from './hyperparameters';
import {
  CACHE,
  clusterOf,
  predictionsOf,
  processingOf,
  rawDataParameter,
  RETRY_CALL,
  RETRY_JOB,
  RETRY_SEARCH,
  stepFiles,
} from './jobs';
import { reasonParameter, underRun, type WorkloadPipelineProps } from './jobs';
import { modelCard } from './model-card';

/**
 * The steps from the file of loans to a registered model.
 *
 * The service neither joins branches nor nests conditions, so "train or tune" is one tuning step whose number of training
 * jobs is a parameter: see docs/decisions/0002-choose-between-training-and-tuning.md.
 */
export function creditRiskSteps(props: WorkloadPipelineProps): readonly Step[] {
  const { settings, modelPackageGroupName, encryptionKey, network } = props;

  const rawData = rawDataParameter();
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

  const at = underRun(props);
  const code = stepFiles();
  const scikitLearn = ContainerImage.scikitLearn('1.2-1');
  const algorithm = Algorithm.xgboost('1.7-1', fixedHyperparameters);
  const xgboost = algorithm.image;
  const job = processingOf(props);

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
      ...clusterOf(props, settings.trainingInstanceType),
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
    cacheExpireAfter: CACHE,
    retryPolicies: RETRY_SEARCH,
  });
  const modelData = tune.bestModel();

  const model = new ModelStep('CreateModel', { image: xgboost, modelData, network, retryPolicies: RETRY_CALL });
  const transform = predictionsOf(props, model.modelName, prepare.output('test'));
  const evaluate = new ProcessingStep('Evaluate', {
    ...job,
    description: 'Measures the predictions for the held-out loans',
    image: scikitLearn,
    code: { files: code, entry: 'evaluate.py' },
    inputs: { predictions: transform.results, labels: prepare.output('labels') },
    outputs: { evaluation: at('evaluation'), scored: at('scored'), answers: at('answers') },
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
    // Any text that a start can give is a description; the values of metadata know no commas, and are shorter.
    packageDescription: reasonParameter(),
    customerMetadata: { auc: join('', auc), execution: ExecutionVariable.PIPELINE_EXECUTION_ID },
    modelCard: { content: modelCard },
    retryPolicies: RETRY_CALL,
  });
  const noViolations = Object.values(modelChecks).flatMap(check => check.conditions);
  const reject = new FailStep('TooWeak', {
    errorMessage: join(
      ' ',
      'The area under the ROC curve was',
      auc,
      'and must be at least',
      minimumAuc,
      ...(noViolations.length > 0 ? ['without violations in the reports below', at('')] : []),
    ),
  });
  const gate = new ConditionStep('GoodEnough', {
    conditions: [Condition.greaterThanOrEqualTo(auc, minimumAuc), ...noViolations],
    ifSteps: [register],
    elseSteps: [reject],
  });

  return [prepare, ...Object.values(dataChecks), tune, model, transform, evaluate, ...Object.values(modelChecks), gate];
}
