import { Duration } from 'aws-cdk-lib/core';
import { join as joinPath } from 'node:path';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  Algorithm,
  DebuggerRule,
  ModelStep,
  Parameter,
  ProcessingStep,
  ProfilerRule,
  RepackModelStep,
  type Step,
  TrainingStep,
  TuningStep,
} from '../../constructs/pipeline';
import { fixedHyperparameters, hyperparameters, searchRanges } from './hyperparameters';
import { clusterOf, predictionsOf, processingOf, rawDataParameter, RETRY_CALL, RETRY_JOB, RETRY_SEARCH } from './jobs';
import { stepFiles, underRun, type WorkloadPipelineProps } from './jobs';
import { challengerAnswers } from './step-files';
import { hasManagedChecks } from './workload';

const filesOf = (folder: string) => FileSet.fromDirectory(joinPath(__dirname, folder));

/**
 * Two ways to try something else with the data of the workload: algorithms of SageMaker that are tuned and ranked together, and a
 * program of one's own, which trains on spot capacity and answers with decisions.
 */
export function experimentSteps(props: WorkloadPipelineProps): readonly Step[] {
  const { settings, encryptionKey, network } = props;
  const maxTrainingJobs = Parameter.integer('TrainingJobs', {
    default: 8,
    description: 'Number of training jobs that algorithms and their hyperparameters are compared by',
  });
  const at = underRun(props);
  const job = { ...processingOf(props), image: ContainerImage.scikitLearn('1.2-1'), retryPolicies: RETRY_JOB };
  const prepare = new ProcessingStep('Prepare', {
    ...job,
    description: 'Splits and encodes the loans as the workload does',
    code: { files: stepFiles(), entry: 'prepare.py' },
    inputs: { raw: rawDataParameter() },
    outputs: { train: at('train'), validation: at('validation'), test: at('test'), labels: at('labels') },
  });
  const training = {
    ...clusterOf(props, settings.trainingInstanceType),
    outputEncryptionKey: encryptionKey,
    network,
    inputs: {
      train: { uri: prepare.output('train'), contentType: 'text/csv' },
      validation: { uri: prepare.output('validation'), contentType: 'text/csv' },
    },
    maxRuntime: Duration.hours(1),
  };

  const compare = new TuningStep('CompareAlgorithms', {
    description: 'Ranks trees and a linear model by the same metric',
    trainings: {
      trees: {
        training: {
          ...training,
          algorithm: Algorithm.xgboost('1.7-1', fixedHyperparameters),
          outputPath: at('models'),
        },
        objective: { metricName: 'validation:auc', type: 'Maximize' },
        ranges: searchRanges,
      },
      linear: {
        training: {
          ...training,
          algorithm: Algorithm.linearLearner({ predictor_type: 'binary_classifier', mini_batch_size: 100 }),
          outputPath: at('models'),
        },
        objective: { metricName: 'validation:roc_auc_score', type: 'Maximize' },
        ranges: {
          learning_rate: { type: 'Continuous', min: 0.0001, max: 0.1, scaling: 'Logarithmic' },
          wd: { type: 'Continuous', min: 0.0000001, max: 0.1, scaling: 'Logarithmic' },
        },
      },
    },
    maxTrainingJobs,
    maxParallelTrainingJobs: 2,
    retryPolicies: RETRY_SEARCH,
  });

  const image = ContainerImage.xgboost('1.7-1');
  const { num_round, eta, max_depth, subsample, seed } = hyperparameters;
  const train = new TrainingStep('TrainOnSpot', {
    ...training,
    description: 'Runs a program of our own on spare capacity, which goes on where it was interrupted',
    image,
    script: { files: filesOf('training'), entry: 'train.py' },
    hyperparameters: { num_round, eta, max_depth, subsample, seed, checkpoint_rounds: 50 },
    metricDefinitions: { 'validation:auc': '\\[\\d+\\].*validation-auc:(\\S+)' },
    spot: { maxWait: Duration.hours(4) },
    checkpoints: { uri: at('checkpoints') },
    outputPath: at('models'),
    // Debugger takes no new customers.
    ...(hasManagedChecks(settings) && {
      debugger: { rules: [DebuggerRule.builtIn('CreateXgboostReport', {})] },
      profiler: { rules: [ProfilerRule.builtIn('ProfilerReport', {})] },
    }),
    retryPolicies: RETRY_JOB,
  });
  const pack = new RepackModelStep('AddInference', {
    description: 'Packs the program that answers requests into the model',
    modelData: train.modelArtifacts,
    code: { files: filesOf('inference'), entry: 'inference.py' },
    ...clusterOf(props, settings.trainingInstanceType),
    outputPath: at('packed'),
    outputEncryptionKey: encryptionKey,
    network,
    retryPolicies: RETRY_JOB,
  });
  const model = new ModelStep('CreateModel', { image, ...pack.model, network, retryPolicies: RETRY_CALL });
  const transform = predictionsOf(props, model.modelName, prepare.output('test'));
  const evaluate = new ProcessingStep('Evaluate', {
    ...job,
    description: 'Measures the decisions about the held-out loans',
    code: { files: stepFiles(), entry: 'evaluate.py' },
    arguments: ['--answers', challengerAnswers],
    inputs: { predictions: transform.results, labels: prepare.output('labels') },
    outputs: { evaluation: at('evaluation'), scored: at('scored') },
  });
  return [prepare, compare, train, pack, model, transform, evaluate];
}
