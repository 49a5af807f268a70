import { App, Stack } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  Condition,
  ConditionStep,
  ExecutionVariable,
  FailStep,
  join,
  Parameter,
  Pipeline,
  ProcessingStep,
  type Step,
  TrainingStep,
} from '../../constructs/pipeline';

/** A pipeline of a number of steps: groups of five that prepare, train, evaluate, judge and fail, and read of each other. */
function pipelineOf(stack: Stack, count: number): Pipeline {
  const minimum = Parameter.float('MinimumAuc', { default: 0.75 });
  const place = (...names: string[]) => join('/', 's3://loans', ExecutionVariable.PIPELINE_EXECUTION_ID, ...names);
  const machine = { instanceType: 'ml.m5.xlarge' } as const;
  const image = ContainerImage.xgboost();
  const steps: Step[] = [];
  let input = place('raw');
  for (let index = 0; index < count / 5; index++) {
    const prepare = new ProcessingStep(`Prepare${index}`, {
      ...machine,
      image,
      inputs: { raw: input },
      outputs: { train: place('train', String(index)), test: place('test', String(index)) },
      environment: { FOLD: String(index) },
    });
    const train = new TrainingStep(`Train${index}`, {
      ...machine,
      image,
      inputs: { train: { uri: prepare.output('train'), contentType: 'text/csv' } },
      outputPath: place('models'),
      hyperparameters: { objective: 'binary:logistic', num_round: 50, eta: 0.2 },
    });
    const evaluate = new ProcessingStep(`Evaluate${index}`, {
      ...machine,
      image,
      inputs: { model: train.modelArtifacts, test: prepare.output('test') },
      outputs: { report: place('report', String(index)) },
      propertyFiles: { report: { output: 'report', path: 'report.json' } },
    });
    const auc = evaluate.number('report', 'metrics.auc.value');
    const gate = new ConditionStep(`Gate${index}`, {
      conditions: [Condition.lessThan(auc, minimum)],
      ifSteps: [new FailStep(`TooWeak${index}`, { errorMessage: join(' ', 'The AUC was', auc) })],
    });
    steps.push(prepare, train, evaluate, gate);
    input = prepare.output('train');
  }
  return new Pipeline(stack, 'Pipeline', { steps });
}

pipelineOf(new Stack(new App(), 'Bench'), Number(process.env.STEPS));
