import { App, Stack } from 'aws-cdk-lib/core';
import {
  Algorithm,
  type ParameterRange,
  Pipeline,
  type Step,
  TrainingStep,
  type TrainingStepProps,
  TuningStep,
  type TuningStepProps,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf } from './definition';

export const pipelineOf = (...steps: Step[]) => {
  const stack = new Stack(new App(), 'Loans', { env: { account: '111122223333', region: 'eu-west-1' } });
  return new Pipeline(stack, 'Pipeline', { steps });
};
export const argumentsOf = (step: Step) => {
  const definition = definitionOf(pipelineOf(step));
  expect(checkDefinition(definition)).toEqual([]);
  return definition.Steps[0]?.Arguments;
};
export const expectProblem = (step: Step, ...problems: string[]) => {
  expect(() => pipelineOf(step)).toThrow(
    new Error(problems.map(problem => `Loans/Pipeline: step '${step.name}': ${problem}`).join('\n')),
  );
};
export const expectNoProblem = (step: Step) => {
  expect(step.problems).toEqual([]);
};

export const csv = (uri: string) => ({ uri, contentType: 'text/csv' });
export const tables = { train: csv('s3://loans/train'), validation: csv('s3://loans/validation') };
export const job = { instanceType: 'ml.m5.large', outputPath: 's3://loans/models' } as const;
export const train = (algorithm: Algorithm, props: Partial<TrainingStepProps> = {}) =>
  new TrainingStep('Train', {
    ...job,
    inputs: { train: 's3://loans/train' },
    ...props,
    algorithm,
  } as TrainingStepProps);
export const boosted = (hyperparameters: Partial<Parameters<typeof Algorithm.xgboost>[1]> = {}) =>
  Algorithm.xgboost('1.7-1', { num_round: 50, ...hyperparameters } as Parameters<typeof Algorithm.xgboost>[1]);

export interface Tuning extends Partial<Omit<TuningStepProps, 'training'>> {
  readonly training?: Partial<TrainingStepProps>;
}
export const auc = { metricName: 'validation:auc', type: 'Maximize' } as const;
export const eta: ParameterRange = { type: 'Continuous', min: 0.01, max: 0.3 };
export const tune = (algorithm: Algorithm, { training, ...props }: Tuning = {}) =>
  new TuningStep('Tune', {
    training: { ...job, inputs: tables, ...training, algorithm } as TuningStepProps['training'],
    objective: auc,
    ranges: { eta },
    maxTrainingJobs: 4,
    ...props,
  });
