import { Duration } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  AutoMLStep,
  Condition,
  ConditionStep,
  ExecutionVariable,
  join,
  ModelStep,
  Parameter,
  ProcessingStep,
  RegisterModelStep,
  type Step,
} from '../../constructs/pipeline';
import { evaluationPaths } from './evaluation';
import { CACHE, predictionsOf, processingOf, rawDataParameter, RETRY_CALL, RETRY_JOB, RETRY_SEARCH } from './jobs';
import { stepFiles, underRun, type WorkloadPipelineProps } from './jobs';
import { label } from './schema';
import { challengerAnswers } from './step-files';

/**
 * Autopilot's best model against the one in use: the same loans are held out, and a challenger that ranks them better is
 * registered in a group of its own, because it takes the columns of the file and not the champion's features.
 */
export function challengerSteps(props: WorkloadPipelineProps): readonly Step[] {
  const { settings, encryptionKey, network } = props;
  const championAuc = Parameter.float('ChampionAuc', {
    default: settings.minimumAuc,
    description: 'Area under the ROC curve of the model in use, which the challenger must exceed',
  });
  const at = underRun(props);
  const job = { ...processingOf(props), image: ContainerImage.scikitLearn('1.2-1'), retryPolicies: RETRY_JOB };
  const code = stepFiles();

  const tabulate = new ProcessingStep('Tabulate', {
    ...job,
    description: 'Splits the loans as the champion did, and leaves their encoding to Autopilot',
    code: { files: code, entry: 'tabulate.py' },
    inputs: { raw: rawDataParameter() },
    outputs: { train: at('train'), validation: at('validation'), test: at('test'), labels: at('labels') },
  });
  const search = new AutoMLStep('SearchModels', {
    description: 'Tries algorithms and ensembles of them',
    trainingData: tabulate.output('train'),
    validationData: tabulate.output('validation'),
    targetAttribute: label,
    problem: { type: 'BinaryClassification', objective: 'AUC' },
    outputPath: at('autopilot'),
    maxRuntime: Duration.hours(2),
    outputEncryptionKey: encryptionKey,
    volumeEncryptionKey: encryptionKey,
    network,
    cacheExpireAfter: CACHE,
    retryPolicies: RETRY_SEARCH,
  });
  const container = {
    ...search.bestCandidateModel,
    environment: {
      ...search.bestCandidateModel.environment,
      // An ensemble's probability is that of the label that it predicts.
      SAGEMAKER_INFERENCE_OUTPUT: challengerAnswers.replace('label', 'predicted_label'),
    },
  };
  const model = new ModelStep('CreateModel', { ...container, network, retryPolicies: RETRY_CALL });
  const transform = predictionsOf(props, model.modelName, tabulate.output('test'));
  const evaluate = new ProcessingStep('Evaluate', {
    ...job,
    description: 'Measures the challenger on the loans that the champion was measured on',
    code: { files: code, entry: 'evaluate.py' },
    arguments: ['--answers', challengerAnswers],
    inputs: { predictions: transform.results, labels: tabulate.output('labels') },
    outputs: { evaluation: at('evaluation'), scored: at('scored') },
    propertyFiles: { evaluation: { output: 'evaluation', path: 'evaluation.json' } },
  });
  const auc = evaluate.number('evaluation', evaluationPaths.auc);
  const register = new RegisterModelStep('Register', {
    modelPackageGroupName: props.modelPackageGroupName,
    ...container,
    contentTypes: ['text/csv'],
    responseTypes: ['text/csv'],
    inferenceInstances: [settings.endpointInstanceType],
    transformInstances: [settings.transformInstanceType],
    customerMetadata: { auc: join('', auc), execution: ExecutionVariable.PIPELINE_EXECUTION_ID },
    retryPolicies: RETRY_CALL,
  });
  const better = new ConditionStep('BetterThanChampion', {
    conditions: [Condition.greaterThan(auc, championAuc)],
    ifSteps: [register],
  });
  return [tabulate, search, model, transform, evaluate, better];
}
