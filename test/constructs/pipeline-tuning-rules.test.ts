import { Duration, Token } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  ExecutionVariable,
  type MultiAlgorithmTuningStepProps,
  Parameter,
  type ParameterRange,
  TuningStep,
  type TuningStepProps,
} from '../../constructs/pipeline';
import { expectProblem, given, newStack, pipelineOf } from '../support/steps';

const valid: TuningStepProps = {
  training: {
    image: ContainerImage.fromUri('loans:1'),
    instanceType: 'ml.m5.xlarge',
    inputs: { train: 's3://loans/train' },
    outputPath: 's3://loans/tuned',
    hyperparameters: { epochs: 9 },
  },
  objective: { metricName: 'validation:auc', type: 'Maximize' },
  ranges: { eta: { type: 'Continuous', min: 0.01, max: 0.5 } },
  maxTrainingJobs: 10,
};
const { training, objective, ranges } = valid;
const algorithm = { training, objective, ranges };
const several: MultiAlgorithmTuningStepProps = { trainings: { linear: algorithm }, maxTrainingJobs: 10 };
const many = <T>(number: number, value: T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: number }, (_, index) => [`h${index}`, value]));
const auto = { type: 'Auto', example: 1 } as const;
const continuous = { type: 'Continuous', min: 0, max: 1 } as const;
const volumeEncryptionKey = given.key(newStack(), 'volumes');
const names = 'must be names of 1 to 32 letters, digits and hyphens, a letter or digit at both ends';

describe('a tuning of one algorithm', () => {
  const step = (props: Partial<TuningStepProps>) => new TuningStep('Tune', { ...valid, ...props });

  test.each([
    [{ objective: { ...objective, metricName: '' } }, "'objective.metricName' must name a metric, got: "],
    [
      { objective: { ...objective, metricName: 'x'.repeat(256) } },
      "'objective.metricName' must have at most 255 characters, got: 256",
    ],
    [{ ranges: {} }, "'ranges' must name 1 to 30 hyperparameters, got: 0"],
    [{ ranges: many(31, continuous), autotune: true }, "'ranges' must name 1 to 30 hyperparameters, got: 31"],
    [
      { ranges: { eta: continuous, depth: auto } },
      "'ranges' must have no hyperparameter of type Auto without 'autotune', got: eta, depth",
    ],
    [{ ranges: { ['x'.repeat(257)]: continuous } }, "'ranges' must have at most 256 characters, got: 257"],
    [
      { ranges: { epochs: continuous } },
      "'ranges.epochs' must not also stand in 'training.hyperparameters', got: epochs",
    ],
    [
      { training: { ...training, hyperparameters: many(99, 1) } },
      "'ranges' and 'training.hyperparameters' together must be at most 99, got: 100",
    ],
    [
      { strategy: 'Grid', ranges: { depth: auto }, autotune: true, maxTrainingJobs: 1 },
      "'ranges.depth' must be Categorical with strategy Grid, got: Auto",
    ],
    [{ maxTrainingJobs: 751 }, "'maxTrainingJobs' must be a whole number from 1 to 750, got: 751"],
    [
      { strategy: 'Random', maxTrainingJobs: 10_001 },
      "'maxTrainingJobs' must be a whole number from 1 to 10000, got: 10001",
    ],
    [
      { maxTrainingJobs: 200, maxParallelTrainingJobs: 101 },
      "'maxParallelTrainingJobs' must be a whole number from 1 to 100, got: 101",
    ],
    [
      { completionCriteria: { maxTrainingJobsNotImproving: 2 } },
      "'completionCriteria.maxTrainingJobsNotImproving' must be a whole number of 3 or more, got: 2",
    ],
    [{ completionCriteria: {} }, "'completionCriteria' must name at least one criterion, got: none"],
    [
      { strategy: { type: 'Hyperband', minResource: 0, maxResource: 9 } },
      "'strategy.minResource' must be a whole number of 1 or more, got: 0",
    ],
    [
      { strategy: { type: 'Hyperband', maxResource: 20_001 } },
      "'strategy.maxResource' must be a whole number from 1 to 20000, got: 20001",
    ],
    [
      { strategy: { type: 'Hyperband', minResource: 10, maxResource: 9 } },
      "'strategy.minResource' must be at most 'maxResource' (9), got: 10",
    ],
    [
      { strategy: 'Hyperband', training: { ...training, hyperparameters: {} } },
      "'strategy' must have a 'maxResource' where the hyperparameters have none of epochs, numepochs, n-epochs, n_epochs, num_epochs, got: Hyperband",
    ],
    [
      { fallbackInstances: Array.from({ length: 6 }, () => ({ instanceType: 'ml.m5.large' })) },
      "'fallbackInstances' must be at most 5, got: 6",
    ],
    [
      { fallbackInstances: [{ instanceType: 'ml.m5.large' }, { instanceType: 'ml.m5.large', instanceCount: 0 }] },
      "'fallbackInstances[1].instanceCount' must be a whole number of 1 or more, got: 0",
    ],
    [
      { fallbackInstances: [{ instanceType: 'ml.m5.large', volumeSizeGiB: 0 }] },
      "'fallbackInstances[0].volumeSizeGiB' must be a whole number from 1 to 16384, got: 0",
    ],
    [
      { training: { ...training, volumeEncryptionKey }, fallbackInstances: [{ instanceType: 'ml.p4d.24xlarge' }] },
      "'training.volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.p4d.24xlarge",
    ],
    [{ warmStart: { type: 'TransferLearning', parents: [] } }, "'warmStart.parents' must be 1 to 5, got: 0"],
    [
      { warmStart: { type: 'TransferLearning', parents: ['a', 'b', 'c', 'd', 'e', 'f'] } },
      "'warmStart.parents' must be 1 to 5, got: 6",
    ],
    [{ warmStart: { type: 'TransferLearning', parents: ['loans_1'] } }, `'warmStart.parents' ${names}, got: loans_1`],
    [
      { warmStart: { type: 'TransferLearning', parents: ['x'.repeat(33)] } },
      `'warmStart.parents' ${names}, got: ${'x'.repeat(33)}`,
    ],
  ] as [Partial<TuningStepProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(step(props), problem);
  });

  test('fails when more than 100 ranges are left to the service', () => {
    expect(() => pipelineOf(step({ ranges: many(101, auto), autotune: true }))).toThrow(
      new Error(
        [
          "'ranges' must name at most 100 hyperparameters of type Auto, got: 101",
          "'ranges' and 'training.hyperparameters' together must be at most 99, got: 102",
        ]
          .map(problem => `Loans/Pipeline: step 'Tune': ${problem}`)
          .join('\n'),
      ),
    );
  });

  test('takes tokens and expressions for whatever a literal would be checked for', () => {
    const [number, text] = [Token.asNumber({ Ref: 'Number' }), Token.asString({ Ref: 'Text' })];
    const count = Parameter.integer('Count');
    const step = (props: Partial<TuningStepProps>) => () =>
      pipelineOf(
        new TuningStep('Tune', {
          ...valid,
          maxTrainingJobs: number,
          maxParallelTrainingJobs: count,
          maxRuntime: Duration.seconds(number),
          completionCriteria: { maxTrainingJobsNotImproving: number, targetMetricValue: number },
          warmStart: { type: 'TransferLearning', parents: [text, ExecutionVariable.PIPELINE_NAME] },
          fallbackInstances: [{ instanceType: 'ml.m5.large', instanceCount: count, volumeSizeGiB: number }],
          objective: { metricName: text, type: 'Maximize' },
          ...props,
        }),
      );
    expect(step({ strategy: { type: 'Hyperband', minResource: count, maxResource: number } })).not.toThrow();
    expect(step({ strategy: 'Grid', ranges: { a: { type: 'Categorical', values: ['x'] } } })).not.toThrow();
  });
});

describe('a tuning of several algorithms', () => {
  const step = (trainings: MultiAlgorithmTuningStepProps['trainings']) =>
    new TuningStep('Tune', { ...several, trainings });

  test.each([
    [{}, "'trainings' must be 1 to 10, got: 0"],
    [many(11, algorithm), "'trainings' must be 1 to 10, got: 11"],
    [
      { linear_1: algorithm },
      "'trainings' must have names of 1 to 64 letters, digits and hyphens, a letter or digit at both ends, got: linear_1",
    ],
    [
      { ['x'.repeat(65)]: algorithm },
      `'trainings' must have names of 1 to 64 letters, digits and hyphens, a letter or digit at both ends, got: ${'x'.repeat(65)}`,
    ],
    [
      { linear: algorithm, trees: { ...algorithm, ranges: {} } },
      "'trainings.trees.ranges' must name 1 to 30 hyperparameters, got: 0",
    ],
    [
      { trees: { ...algorithm, training: { ...training, outputPath: 'a' } } },
      "'trainings.trees.training.outputPath' must be an S3 URI, which starts with s3://, got: a",
    ],
    [
      { trees: { ...algorithm, ranges: { epochs: continuous } } },
      "'trainings.trees.ranges.epochs' must not also stand in 'training.hyperparameters', got: epochs",
    ],
  ] as [MultiAlgorithmTuningStepProps['trainings'], string][])(
    'fails when a prop breaks a rule: %#',
    (trainings, problem) => {
      expectProblem(step(trainings), problem);
    },
  );

  test('fails when limits are out of range', () => {
    expectProblem(
      new TuningStep('Tune', { ...several, maxTrainingJobs: 0, maxParallelTrainingJobs: Parameter.integer('A') }),
      "'maxTrainingJobs' must be a whole number from 1 to 750, got: 0",
    );
  });

  test('fails when Hyperband knows no resources of one of them', () => {
    const none = { ...algorithm, training: { ...training, hyperparameters: {} } as TuningStepProps['training'] };
    expectProblem(
      new TuningStep('Tune', {
        trainings: { linear: algorithm, trees: none },
        maxTrainingJobs: 2,
        strategy: 'Hyperband',
      }),
      "'trainings.trees.strategy' must have a 'maxResource' where the hyperparameters have none of epochs, numepochs, n-epochs, n_epochs, num_epochs, got: Hyperband",
    );
  });

  test('fails when what belongs to one algorithm is spread into it', () => {
    expectProblem(
      new TuningStep('Tune', { ...several, ...algorithm }),
      "'trainings' must not come with what belongs to one algorithm, got: training, objective, ranges",
    );
  });
});

test('the compiler knows the forms of a tuning', () => {
  const limits = { maxTrainingJobs: 1 };
  const trainings = { linear: algorithm };
  const make = (props: ConstructorParameters<typeof TuningStep>[1]) => new TuningStep('Tune', props);
  // @ts-expect-error: one algorithm has ranges
  expect(() => make({ ...limits, training, objective })).toThrow();
  // @ts-expect-error: one or several
  make({ ...limits, trainings, ranges });
  // @ts-expect-error: early stopping is for one algorithm
  make({ ...limits, trainings, earlyStopping: true });
  // @ts-expect-error: warm start is for one algorithm
  make({ ...limits, trainings, warmStart: { type: 'TransferLearning', parents: ['a'] } });
  // @ts-expect-error: nobody knows what a grid of several algorithms is
  make({ ...limits, trainings, strategy: 'Grid' });
  // @ts-expect-error: only Hyperband has resources
  make({ ...limits, ...algorithm, strategy: { type: 'Bayesian', maxResource: 9 } });
  // @ts-expect-error: no such type of warm start
  make({ ...limits, ...algorithm, warmStart: { type: 'Same', parents: ['a'] } });
  // @ts-expect-error: a model is no earlier tuning
  make({ ...limits, ...algorithm, warmStart: { type: 'TransferLearning', parents: [training] } });
  // @ts-expect-error: the role has a prop
  make({ ...limits, ...algorithm, request: { TrainingJobDefinition: { RoleArn: 'a' } } });
  // @ts-expect-error: the role has a prop
  make({ ...limits, trainings: { linear: { ...algorithm, request: { RoleArn: 'a' } } } });
  // @ts-expect-error: a range of the service has an example
  const range: ParameterRange = { type: 'Auto', min: 1, max: 2 };
  expect(range.type).toBe('Auto');
});
