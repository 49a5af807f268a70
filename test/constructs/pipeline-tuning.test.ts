import { Annotations } from 'aws-cdk-lib/assertions';
import { Duration } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  Condition,
  ConditionStep,
  ExecutionVariable,
  type Expression,
  FailStep,
  join,
  ModelStep,
  type MultiAlgorithmTuningStepProps,
  Parameter,
  Pipeline,
  type Step,
  TuningStep,
  type TuningStepProps,
} from '../../constructs/pipeline';
import { checkDefinition, type DefinedStep, definitionOf, definitionTextOf, normalised } from '../support/definition';
import {
  allowedFor,
  findingsIn,
  fixtureOf,
  given,
  newStack,
  passes,
  pipelineOf,
  refusedCalls,
  SAGEMAKER,
  written,
} from '../support/steps';

const image = (name: string) => ContainerImage.fromUri(`141502667606.dkr.ecr.eu-west-1.amazonaws.com/${name}`);
const training = {
  image: image('sagemaker-xgboost:1.7-1'),
  instanceType: 'ml.m5.xlarge',
  inputs: { train: { uri: given.rawData, contentType: 'text/csv' } },
  outputPath: 's3://loans/tuned',
  hyperparameters: { objective: 'binary:logistic', num_round: 50 },
  maxRuntime: Duration.hours(1),
} satisfies TuningStepProps['training'];
const valid: TuningStepProps = {
  training,
  objective: { metricName: 'validation:auc', type: 'Maximize' },
  ranges: { eta: { type: 'Continuous', min: 0.01, max: 0.5 } },
  maxTrainingJobs: 10,
};
const ownTraining = {
  ...training,
  image: image('loans:1'),
  metricDefinitions: { 'validation:loss': 'loss: ([0-9.]+)' },
};
const several: MultiAlgorithmTuningStepProps = {
  trainings: {
    linear: {
      training: { ...ownTraining, hyperparameters: { loss: 'auto' } },
      objective: { metricName: 'validation:loss', type: 'Maximize' },
      ranges: {
        l1: { type: 'Continuous', min: 0.001, max: 1, scaling: 'Logarithmic' },
        optimizer: { type: 'Categorical', values: ['adam', 'sgd'] },
      },
      fallbackInstances: [{ instanceType: 'ml.c5.xlarge', instanceCount: given.count }],
    },
    xgboost: {
      training,
      objective: valid.objective,
      ranges: {
        eta: { type: 'Continuous', min: 0.01, max: 0.5 },
        max_depth: { type: 'Integer', min: 2, max: 8 },
      },
    },
  },
  maxTrainingJobs: 20,
  maxParallelTrainingJobs: 4,
};
const one = (props: Partial<TuningStepProps> = {}) => new TuningStep('Tune', { ...valid, ...props });
const both = (props: Partial<MultiAlgorithmTuningStepProps> = {}) => new TuningStep('Tune', { ...several, ...props });

/** The pipeline that the fixture comes from, with this builder. */
function asInFixture(): Pipeline {
  const stack = newStack();
  const role = given.role(stack);
  const first = new TuningStep('First', {
    ...valid,
    ranges: { eta: { type: 'Continuous', min: 0.01, max: 0.5, scaling: 'Logarithmic' } },
    maxTrainingJobs: given.count,
    completionCriteria: { maxTrainingJobsNotImproving: 5, onConvergence: true, targetMetricValue: 1 },
  });
  const again = new TuningStep('Again', {
    ...valid,
    ranges: { eta: { type: 'Continuous', min: 0.1, max: 0.2, scaling: 'Linear' } },
    strategy: 'Random',
    maxTrainingJobs: 20,
    maxParallelTrainingJobs: 2,
    earlyStopping: true,
    warmStart: { type: 'TransferLearning', parents: [first, 'loans-2026'] },
  });
  const band = new TuningStep('Band', {
    training: { ...ownTraining, hyperparameters: { epochs: 1 } },
    fallbackInstances: [{ instanceType: 'ml.c5.xlarge', instanceCount: 2, volumeSizeGiB: 50 }],
    objective: { metricName: 'validation:loss', type: 'Minimize' },
    ranges: {
      learning_rate: { type: 'Continuous', min: 0.5, max: 0.9, scaling: 'ReverseLogarithmic' },
      layers: { type: 'Integer', min: 1, max: 8, scaling: 'Logarithmic' },
    },
    strategy: { type: 'Hyperband', minResource: 3, maxResource: 30 },
    maxTrainingJobs: 30,
    maxParallelTrainingJobs: 5,
    maxRuntime: Duration.hours(2),
  });
  const auto = new TuningStep('Auto', {
    ...valid,
    ranges: {
      subsample: { type: 'Continuous', min: 0.5, max: 1 },
      eta: { type: 'Auto', example: 0.3 },
      max_depth: { type: 'Auto', example: 6 },
    },
    autotune: true,
    earlyStopping: false,
  });
  const grid = new TuningStep('Grid', {
    ...valid,
    ranges: {
      booster: { type: 'Categorical', values: ['gbtree', 'dart'] },
      tree_method: { type: 'Categorical', values: ['exact', 'hist'] },
    },
    strategy: 'Grid',
    maxTrainingJobs: 4,
    randomSeed: 7,
  });
  const all = new TuningStep('Both', several);
  const model = new ModelStep('CreateTop-CreateModel', {
    image: training.image,
    modelData: all.bestModel(3),
    environment: {},
  });
  return new Pipeline(stack, 'Pipeline', { steps: [first, again, band, auto, grid, all, model], role });
}

/** The SDK leaves out the only strategy that there is; the API's documentation wants it beside several instances. */
const withStrategy = (steps: readonly DefinedStep[]) =>
  JSON.parse(
    JSON.stringify(steps).replaceAll('{"InstanceConfigs"', '{"AllocationStrategy":"Prioritized","InstanceConfigs"'),
  ) as unknown;

describe('the forms of a tuning', () => {
  test('are written as the Python SDK writes them', () => {
    const definition = definitionOf(asInFixture());
    const forms = fixtureOf('tuning-forms');
    // As one join of literals, both say the same.
    const inOne = (value: unknown) =>
      JSON.parse(
        JSON.stringify(normalised(value)).replaceAll('"s3://loans/tuned","', '"s3://loans/tuned","'),
      ) as unknown;
    expect(inOne(definition.Steps)).toEqual(inOne(withStrategy(forms)));
    expect(checkDefinition(definition)).toEqual([]);
    expect(findingsIn(forms)).toEqual([]);
  });

  test('are one algorithm or several, which the check of a definition tells', () => {
    const [form] = fixtureOf('tuning-forms');
    if (!form) throw new Error('a form is needed');
    const changed = { ...form, Arguments: { ...form.Arguments, TrainingJobDefinitions: [] } };
    expect(findingsIn([changed])).toEqual([
      'First.TrainingJobDefinitions: is out of range: 0',
      'First: needs one of TrainingJobDefinition, TrainingJobDefinitions, got: TrainingJobDefinition, TrainingJobDefinitions',
    ]);
  });

  test('write a target with a point', () => {
    const text = definitionTextOf(pipelineOf(one({ completionCriteria: { targetMetricValue: 1 } })));
    expect(text).toContain('"TargetObjectiveMetricValue":1.0}');
    const request = {
      HyperParameterTuningJobConfig: { TuningJobCompletionCriteria: { TargetObjectiveMetricValue: 2 } },
    };
    expect(definitionTextOf(pipelineOf(one({ request })))).toContain('"TargetObjectiveMetricValue":2.0}');
  });

  test('end early when asked to, by any criterion', () => {
    const criteriaOf = (completionCriteria: TuningStepProps['completionCriteria']) =>
      (written(one({ completionCriteria })).Arguments.HyperParameterTuningJobConfig as Record<string, unknown>)
        .TuningJobCompletionCriteria;
    expect(criteriaOf({ onConvergence: false })).toEqual({
      ConvergenceDetected: { CompleteOnConvergence: 'Disabled' },
    });
    expect(criteriaOf({ maxTrainingJobsNotImproving: given.count })).toEqual({
      BestObjectiveNotImproving: { MaxNumberOfTrainingJobsNotImproving: { Get: 'Parameters.InstanceCount' } },
    });
    expect(criteriaOf({ targetMetricValue: Parameter.float('Target') })).toEqual({
      TargetObjectiveMetricValue: { Get: 'Parameters.Target' },
    });
    expect(criteriaOf(undefined)).toBeUndefined();
  });

  test('leave to the service what autotune decides, and write nothing of it otherwise', () => {
    const configOf = (props: Partial<TuningStepProps>) => {
      const {
        HyperParameterTuningJobConfig: config,
        TrainingJobDefinition: job,
        Autotune,
      } = written(one(props)).Arguments;
      return { ...(config as object), ...(job as object), Autotune };
    };
    expect(configOf({ autotune: true })).toMatchObject({ Autotune: { Mode: 'Enabled' } });
    expect(configOf({ autotune: true })).not.toHaveProperty('TrainingJobEarlyStoppingType');
    expect(configOf({ autotune: true, earlyStopping: true })).toHaveProperty('TrainingJobEarlyStoppingType', 'Auto');
    expect(configOf({})).toMatchObject({ TrainingJobEarlyStoppingType: 'Off', Autotune: undefined });
    expect(configOf({})).not.toHaveProperty('ParameterRanges.AutoParameters');
  });

  test('Hyperband finds its resources among the hyperparameters, or in the request', () => {
    const band = (props: Partial<TuningStepProps>) =>
      written(one({ strategy: 'Hyperband', ...props })).Arguments.HyperParameterTuningJobConfig;
    expect(band({ training: { ...training, hyperparameters: { num_epochs: 9 } } })).not.toHaveProperty(
      'StrategyConfig',
    );
    const StrategyConfig = { HyperbandStrategyConfig: { MaxResource: 9 } };
    expect(band({ request: { HyperParameterTuningJobConfig: { StrategyConfig } } })).toMatchObject({ StrategyConfig });
    expect(band({ strategy: { type: 'Hyperband', maxResource: given.count } })).toMatchObject({
      Strategy: 'Hyperband',
      StrategyConfig: { HyperbandStrategyConfig: { MaxResource: { Get: 'Parameters.InstanceCount' } } },
    });
  });

  test('take ranges, examples and texts that are only known when the pipeline runs', () => {
    const [least, example, text] = [Parameter.float('Least'), Parameter.integer('Example'), Parameter.string('Text')];
    const ranges = {
      eta: { type: 'Continuous', min: least, max: 1 },
      depth: { type: 'Auto', example },
      booster: { type: 'Categorical', values: [text, 'dart'] },
    } as const;
    expect(written(one({ ranges, autotune: true })).Arguments.HyperParameterTuningJobConfig).toMatchObject({
      ParameterRanges: {
        ContinuousParameterRanges: [
          { MinValue: { 'Std:Join': { On: '', Values: [{ Get: 'Parameters.Least' }] } }, MaxValue: '1' },
        ],
        CategoricalParameterRanges: [{ Values: [{ Get: 'Parameters.Text' }, 'dart'] }],
        AutoParameters: [{ Name: 'depth', ValueHint: { 'Std:Join': { Values: [{ Get: 'Parameters.Example' }] } } }],
      },
    });
  });

  test('keep the key of the volumes beside several instances', () => {
    const volumeEncryptionKey = given.key(newStack(), 'volumes');
    const props = {
      training: { ...training, volumeEncryptionKey },
      fallbackInstances: [{ instanceType: 'ml.c5.xlarge' }],
    };
    expect(written(one(props as Partial<TuningStepProps>)).Arguments.TrainingJobDefinition).toMatchObject({
      HyperParameterTuningResourceConfig: {
        AllocationStrategy: 'Prioritized',
        InstanceConfigs: [
          { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
          { InstanceType: 'ml.c5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
        ],
        VolumeKmsKeyId: volumeEncryptionKey.keyArn,
      },
    });
  });

  test('take the rest of the request, of several algorithms for each of them', () => {
    const { xgboost, linear } = several.trainings;
    if (!xgboost || !linear) throw new Error('two algorithms are needed');
    const own = { RetryStrategy: { MaximumRetryAttempts: 2 } };
    const step = both({
      trainings: { linear, xgboost: { ...xgboost, request: own } },
      request: { Tags: [{ Key: 'team', Value: 'risk' }] },
    });
    expect(written(step).Arguments).toMatchObject({
      Tags: [{ Key: 'team', Value: 'risk' }],
      TrainingJobDefinitions: [{ DefinitionName: 'linear' }, { DefinitionName: 'xgboost', ...own }],
    });
  });
});

describe('what can be read of a tuning', () => {
  const get = (path: string) => ({ Get: `Steps.Tune.${path}` });

  test('is the name of its job, and name, metric and hyperparameters of each training job', () => {
    const tune = one();
    const metric: Expression<number> = tune.metricValue(2);
    expect(tune.jobName.render()).toEqual(get('HyperParameterTuningJobName'));
    expect(tune.trainingJobName().render()).toEqual(get('TrainingJobSummaries[0].TrainingJobName'));
    expect(metric.render()).toEqual(get('TrainingJobSummaries[2].FinalHyperParameterTuningJobObjectiveMetric.Value'));
    expect(tune.hyperparameter('eta', 1).render()).toEqual(get("TrainingJobSummaries[1].TunedHyperParameters['eta']"));
    for (const value of [tune.jobName, metric, tune.bestModel(), tune.hyperparameter('eta')]) {
      expect(value.reads).toContain(tune);
    }
  });

  test('decides what runs next: is it good enough, and which algorithm is best', () => {
    const tune = both();
    const fail = (name: string) => new FailStep(name, { errorMessage: join(' ', 'rate', tune.hyperparameter('eta')) });
    const gate = (name: string, condition: Condition): Step =>
      new ConditionStep(name, { conditions: [condition], ifSteps: [fail(`${name}Fails`)] });
    const definition = definitionOf(
      pipelineOf(
        tune,
        gate('Weak', Condition.lessThan(tune.metricValue(), 0.7)),
        gate('Linear', Condition.equals(tune.trainingName(), 'linear')),
      ),
    );
    expect(checkDefinition(definition)).toEqual([]);
    expect(definition.Steps[2]?.Arguments.Conditions).toEqual([
      { Type: 'Equals', LeftValue: get('TrainingJobSummaries[0].TrainingJobDefinitionName'), RightValue: 'linear' },
    ]);
  });

  test('the best of several algorithms is where all of them write', () => {
    const { xgboost, linear } = several.trainings;
    if (!xgboost || !linear) throw new Error('two algorithms are needed');
    const at = (outputPath: TuningStepProps['training']['outputPath']) => ({
      trainings: {
        linear: { ...linear, training: { ...linear.training, outputPath } },
        xgboost: { ...xgboost, training: { ...xgboost.training, outputPath } },
      },
    });
    const model = [get('TrainingJobSummaries[0].TrainingJobName'), 'output/model.tar.gz'];
    const slash = { ...linear, training: { ...linear.training, outputPath: 's3://loans/tuned/' } };
    expect(
      both({ trainings: { linear: slash, xgboost } })
        .bestModel()
        .render(),
    ).toEqual({
      'Std:Join': { On: '/', Values: ['s3://loans/tuned', ...model] },
    });
    const run = join('/', 's3://loans', ExecutionVariable.PIPELINE_EXECUTION_ID);
    const tune = both(at(run));
    expect(tune.bestModel().render()).toEqual({
      'Std:Join': { On: '/', Values: [get('TrainingJobDefinitions[0].OutputDataConfig.S3OutputPath'), ...model] },
    });
    expect(
      checkDefinition(
        definitionOf(pipelineOf(tune, new ModelStep('Create', { image: training.image, modelData: tune.bestModel() }))),
      ),
    ).toEqual([]);
  });

  test('the best model is where the request says, if it says so', () => {
    const request = { TrainingJobDefinition: { OutputDataConfig: { S3OutputPath: 's3://loans/other' } } };
    expect(JSON.stringify(one({ request }).bestModel().render())).toContain('"s3://loans/other"');
  });

  test('fails when several algorithms write to different places', () => {
    const { xgboost, linear } = several.trainings;
    if (!xgboost || !linear) throw new Error('two algorithms are needed');
    const other = { ...linear, training: { ...linear.training, outputPath: 's3://loans/linear' } };
    expect(() => both({ trainings: { linear: other, xgboost } }).bestModel()).toThrow(
      new Error(
        `step 'Tune': 'trainings' must have one 'outputPath' for 'bestModel', because only the service knows which of them is best, got: "s3://loans/linear", "s3://loans/tuned"`,
      ),
    );
    const own = { ...linear, request: { OutputDataConfig: { S3OutputPath: 's3://loans/own' } } };
    expect(() => both({ trainings: { linear: own, xgboost } }).bestModel()).toThrow(
      '"s3://loans/own", "s3://loans/tuned"',
    );
  });

  test.each([-1, 50, 0.5])('fails when the rank is %d', rank => {
    const tune = both();
    const error = new Error(`step 'Tune': 'rank' must be a whole number from 0 to 49, got: ${rank}`);
    expect(() => tune.trainingJobName(rank)).toThrow(error);
    expect(() => tune.metricValue(rank)).toThrow(error);
    expect(() => tune.hyperparameter('eta', rank)).toThrow(error);
    expect(() => tune.trainingName(rank)).toThrow(error);
  });

  test('fails when one algorithm is asked for the name of the best one', () => {
    expect(() => one().trainingName()).toThrow(
      new Error("step 'Tune': 'trainingName' must be read of a tuning with 'trainings', got: one algorithm"),
    );
  });
});

describe('the permissions and the cache of a tuning', () => {
  test('of several algorithms pass the role of each, once', async () => {
    const stack = newStack();
    const { xgboost, linear } = several.trainings;
    if (!xgboost || !linear) throw new Error('two algorithms are needed');
    const role = given.role(stack, 'Linear');
    const trainings = { linear: { ...linear, training: { ...linear.training, role } }, xgboost, more: xgboost };
    const { pipeline } = allowedFor(both({ trainings }));
    expect(pipeline).toEqual([
      {
        Action: [
          'sagemaker:AddTags',
          'sagemaker:CreateHyperParameterTuningJob',
          'sagemaker:DescribeHyperParameterTuningJob',
          'sagemaker:ListTrainingJobsForHyperParameterTuningJob',
          'sagemaker:StopHyperParameterTuningJob',
        ],
        Resource: [`${SAGEMAKER}:hyper-parameter-tuning-job/*`],
      },
      passes(undefined, 'Linear'),
      passes(),
    ]);
    expect(await refusedCalls(pipelineOf(both({ trainings })))).toEqual([]);
  });

  test('let each role pull the image of its algorithm', () => {
    const { job } = allowedFor(both());
    const pulled = job.flatMap(({ Action: actions, Resource: resources }) =>
      actions.includes('ecr:BatchGetImage') ? resources : [],
    );
    expect(pulled.map(arn => arn.split(':').at(-1)).sort()).toEqual([
      'repository/loans',
      'repository/sagemaker-xgboost',
    ]);
  });

  test('warn when a per-run value reaches a definition of a cached tuning', () => {
    const { xgboost } = several.trainings;
    if (!xgboost) throw new Error('an algorithm is needed');
    const run = join('/', 's3://loans', ExecutionVariable.PIPELINE_EXECUTION_ID);
    const trainings = { xgboost: { ...xgboost, training: { ...training, inputs: { train: run } } } };
    const { stack } = pipelineOf(both({ trainings, cacheExpireAfter: Duration.days(1) }));
    Annotations.fromStack(stack).hasWarning(
      '/Loans/Pipeline',
      `step 'Tune' has 'cacheExpireAfter', but reads {"Get":"Execution.PipelineExecutionId"}, which differs in every execution, so no result is ever reused [ack: sagemaker-cdk:never-cached-Tune]`,
    );
  });
});
