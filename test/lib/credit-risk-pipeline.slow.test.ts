import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { evaluationPaths, scoredColumns } from '../../lib/credit-risk/evaluation';
import { fixedHyperparameters, hyperparameters, searchRanges } from '../../lib/credit-risk/hyperparameters';
import { presets, type Settings } from '../../lib/settings';
import { sharedAppOf } from '../support/app';
import { checkDefinition, definitionOf, type DefinedStep } from '../support/definition';

const definitionIn = (preset: keyof typeof presets = 'sandbox', overrides: Partial<Settings> = {}) =>
  definitionOf(sharedAppOf(preset, overrides).stacks.build.pipeline);

const sandbox = definitionIn();
const step = (name: string): DefinedStep => {
  const inside = sandbox.Steps.flatMap(({ Type, Arguments }) =>
    Type === 'Condition' ? [Arguments.IfSteps, Arguments.ElseSteps].flat() : [],
  ) as DefinedStep[];
  const found = [...sandbox.Steps, ...inside].find(({ Name }) => Name === name);
  if (!found) throw new Error(`no step ${name}`);
  return found;
};

/** The names of the steps whose results a step reads, or that it waits for. */
function sourcesOf({ DependsOn = [], ...rest }: DefinedStep): readonly string[] {
  const read = [...JSON.stringify(rest).matchAll(/"Get":"Steps\.([^.]+)\./g)].map(([, name]) => name ?? '');
  return [...new Set([...read, ...(DependsOn as string[])])].sort();
}

/** All objects in a value, however deep. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

/** The key of each cluster and of each output of a job. */
function keysOf(job: DefinedStep['Arguments']): Record<'volume' | 'output', unknown[]> {
  const found = objectsIn(job) as Record<string, unknown>[];
  const isOutput = (each: object) => ['Outputs', 'S3OutputPath'].some(name => name in each);
  return {
    volume: found.filter(each => 'InstanceType' in each).map(each => each.VolumeKmsKeyId),
    output: found.filter(isOutput).map(each => each.KmsKeyId),
  };
}

describe.each(Object.keys(presets) as (keyof typeof presets)[])('in the preset %s', preset => {
  test('the service would take the definition', () => {
    expect(checkDefinition(definitionIn(preset))).toEqual([]);
  });

  test('the service would take the definition without the managed checks', () => {
    expect(checkDefinition(definitionIn(preset, { managedChecks: false }))).toEqual([]);
  });
});

test('the steps read each other in the order of the lifecycle', () => {
  expect(Object.fromEntries(sandbox.Steps.map(each => [each.Name, sourcesOf(each)]))).toEqual({
    Prepare: [],
    CheckDataQuality: ['Prepare'],
    CheckDataBias: ['Prepare'],
    TrainOrTune: ['CheckDataBias', 'CheckDataQuality', 'Prepare'],
    CreateModel: ['TrainOrTune'],
    Transform: ['CreateModel', 'Prepare'],
    Evaluate: ['Prepare', 'Transform'],
    CheckModelQuality: ['Evaluate'],
    CheckModelBias: ['CreateModel', 'Prepare'],
    Explain: ['CreateModel', 'Prepare'],
    GoodEnough: [
      'CheckDataBias',
      'CheckDataQuality',
      'CheckModelBias',
      'CheckModelQuality',
      'Evaluate',
      'Explain',
      'TrainOrTune',
    ],
  });
});

describe.each([
  ['in an account without the managed checks', definitionIn('sandbox', { managedChecks: false })],
  // There is no image of Model Monitor.
  ['in AWS GovCloud', definitionIn('sandbox', { region: 'us-gov-west-1', account: '111122223333' })],
])('%s', (_, open) => {
  const checks = ['CheckDataQuality', 'CheckDataBias', 'CheckModelQuality', 'CheckModelBias', 'Explain'];
  const ofModel = checks.slice(2);
  const named = (name: string) => open.Steps.find(({ Name }) => Name === name);
  const words = (name: string) =>
    (named(name)?.Arguments.AppSpecification as { ContainerArguments: unknown[] } | undefined)?.ContainerArguments ??
    [];
  const gate = named('GoodEnough');
  const register = (gate?.Arguments.IfSteps as DefinedStep[] | undefined)?.[0];

  test('the same steps read each other, and the gate reads the checks of the model', () => {
    expect(checkDefinition(open)).toEqual([]);
    expect(open.Steps.map(({ Name }) => Name)).toEqual(sandbox.Steps.map(({ Name }) => Name));
    expect(open.Parameters).toEqual(sandbox.Parameters);
    expect(Object.fromEntries(open.Steps.map(each => [each.Name, sourcesOf(each)]))).toEqual(
      Object.fromEntries(sandbox.Steps.map(each => [each.Name, sourcesOf(each)])),
    );
  });

  test('each check runs the program, on the model where it is about one', () => {
    expect(Object.fromEntries(checks.map(name => [name, [named(name)?.Type, words(name)[0]]]))).toEqual({
      CheckDataQuality: ['Processing', 'data-quality'],
      CheckDataBias: ['Processing', 'bias'],
      CheckModelQuality: ['Processing', 'model-quality'],
      CheckModelBias: ['Processing', 'bias'],
      Explain: ['Processing', 'attribution'],
    });
    const withModel = checks.filter(name => words(name).includes('--model-name'));
    expect(withModel).toEqual(['CheckModelBias', 'Explain']);
  });

  test('violations in the data stop the pipeline before training, those of the model refuse the registration', () => {
    const fails = (name: string) => words(name)[words(name).indexOf('--fail-on-violation') + 1];
    expect(checks.map(fails)).toEqual(['true', 'true', 'false', 'false', 'false']);
    expect(named('TrainOrTune')?.DependsOn).toEqual(['CheckDataQuality', 'CheckDataBias']);
    const { Conditions } = gate?.Arguments as { Conditions: unknown[] };
    expect(Conditions.slice(1)).toEqual(
      ofModel.map(name => ({
        Type: 'Equals',
        LeftValue: {
          'Std:JsonGet': { PropertyFile: { Get: `Steps.${name}.PropertyFiles.summary` }, Path: 'violation_count' },
        },
        RightValue: 0,
      })),
    );
    expect(JSON.stringify(gate?.Arguments.ElseSteps)).toContain('without violations in the reports below');
    expect(JSON.stringify(step('TooWeak'))).not.toContain('without violations');
  });

  test('the version carries the same metrics and baselines, of the outputs of the checks', () => {
    const shape = (value: unknown): unknown =>
      Object.fromEntries(
        Object.entries(value as object).map(([name, member]: [string, unknown]) => [
          name,
          name === 'S3Uri' ? 'a place' : typeof member === 'object' ? shape(member) : member,
        ]),
      );
    for (const member of ['ModelMetrics', 'DriftCheckBaselines']) {
      expect(shape(register?.Arguments[member])).toEqual(shape(step('Register').Arguments[member]));
    }
    const places = JSON.stringify(register?.Arguments.DriftCheckBaselines);
    expect(places.match(/"baseline\/(statistics|constraints|analysis)\.json"/g)).toHaveLength(7);
  });
});

test('one parameter decides between one training job and several', () => {
  expect(sandbox.Parameters).toContainEqual(
    expect.objectContaining({ Name: 'TrainingJobs', Type: 'Integer', DefaultValue: 1 }),
  );
  const { ResourceLimits } = step('TrainOrTune').Arguments.HyperParameterTuningJobConfig as { ResourceLimits: object };
  expect(ResourceLimits).toEqual({
    MaxNumberOfTrainingJobs: { Get: 'Parameters.TrainingJobs' },
    MaxParallelTrainingJobs: 1,
  });
});

test('the reason of the start is the description of the version, whatever text it is', () => {
  expect(sandbox.Parameters).toContainEqual(
    expect.objectContaining({ Name: 'Reason', Type: 'String', DefaultValue: 'started by hand' }),
  );
  expect(step('Register').Arguments.ModelPackageDescription).toEqual({ Get: 'Parameters.Reason' });
});

test('each hyperparameter is either fixed or searched, and its tested value lies in the range', () => {
  const names = [...Object.keys(fixedHyperparameters), ...Object.keys(searchRanges)].sort();
  expect(names).toEqual(Object.keys(hyperparameters).sort());
  for (const [name, { min, max }] of Object.entries(searchRanges)) {
    const value = Number(hyperparameters[name as keyof typeof hyperparameters]);
    expect([name, value >= min && value <= max]).toEqual([name, true]);
  }
});

test('the condition reads what the evaluate step writes', () => {
  const { Conditions } = step('GoodEnough').Arguments as { Conditions: unknown };
  expect(Conditions).toEqual([
    {
      Type: 'GreaterThanOrEqualTo',
      LeftValue: {
        'Std:JsonGet': {
          PropertyFile: { Get: 'Steps.Evaluate.PropertyFiles.evaluation' },
          // The tests of the Python steps hold the file against the same constant.
          Path: evaluationPaths.auc,
        },
      },
      RightValue: { Get: 'Parameters.MinimumAuc' },
    },
  ]);
  expect(step('Evaluate').PropertyFiles).toEqual([
    { PropertyFileName: 'evaluation', OutputName: 'evaluation', FilePath: 'evaluation.json' },
  ]);
});

test('the model quality check reads the columns that the evaluate step writes', () => {
  expect(step('CheckModelQuality').Arguments.Environment).toMatchObject({
    ground_truth_attribute: scoredColumns.groundTruth,
    inference_attribute: scoredColumns.inference,
    probability_attribute: scoredColumns.probability,
    problem_type: 'BinaryClassification',
  });
});

test('a version carries the results of all checks, as metrics and as baselines', () => {
  const { ModelMetrics, DriftCheckBaselines } = step('Register').Arguments as Record<string, Record<string, object>>;
  const read = (value: unknown) => [...JSON.stringify(value).matchAll(/Steps\.(\w+)\.(\w+)/g)].map(([path]) => path);
  expect(read(ModelMetrics).sort()).toEqual([
    'Steps.CheckDataBias.CalculatedBaselineConstraints',
    'Steps.CheckDataQuality.CalculatedBaselineConstraints',
    'Steps.CheckDataQuality.CalculatedBaselineStatistics',
    'Steps.CheckModelBias.CalculatedBaselineConstraints',
    'Steps.CheckModelQuality.CalculatedBaselineConstraints',
    'Steps.CheckModelQuality.CalculatedBaselineStatistics',
    'Steps.Explain.CalculatedBaselineConstraints',
  ]);
  expect(read(DriftCheckBaselines).sort()).toEqual([
    'Steps.CheckDataBias.BaselineUsedForDriftCheckConstraints',
    'Steps.CheckDataQuality.BaselineUsedForDriftCheckConstraints',
    'Steps.CheckDataQuality.BaselineUsedForDriftCheckStatistics',
    'Steps.CheckModelBias.BaselineUsedForDriftCheckConstraints',
    'Steps.CheckModelQuality.BaselineUsedForDriftCheckConstraints',
    'Steps.CheckModelQuality.BaselineUsedForDriftCheckStatistics',
    'Steps.Explain.BaselineUsedForDriftCheckConstraints',
  ]);
  expect(step('Register').Arguments.ModelApprovalStatus).toBe('PendingManualApproval');
});

test('a model that is too weak fails the execution with the figure', () => {
  expect(step('TooWeak').Arguments.ErrorMessage).toMatchObject({
    'Std:Join': { On: ' ', Values: expect.arrayContaining([{ Get: 'Parameters.MinimumAuc' }]) as unknown },
  });
});

test('every step that can be cached is, and every step that can be retried is', () => {
  const cacheable = ['Processing', 'Tuning', 'Transform', 'QualityCheck', 'ClarifyCheck'];
  const retryable = ['Processing', 'Tuning', 'Transform', 'Model'];
  for (const each of sandbox.Steps) {
    expect([each.Name, each.CacheConfig]).toEqual([
      each.Name,
      cacheable.includes(each.Type) ? { Enabled: true, ExpireAfter: 'P30D' } : undefined,
    ]);
    expect([each.Name, Array.isArray(each.RetryPolicies)]).toEqual([each.Name, retryable.includes(each.Type)]);
  }
  const exceptions = JSON.stringify(step('Prepare').RetryPolicies);
  expect(exceptions).toContain('SageMaker.CAPACITY_ERROR');
  expect(exceptions).toContain('Step.SERVICE_FAULT');
});

test('everything that the jobs write lies under the prefix of the execution', () => {
  const written = [
    ...JSON.stringify(sandbox).matchAll(
      /"(?:S3OutputPath|S3Output":\{"S3Uri)":(\{"Std:Join":\{"On":"\/","Values":\[.*?\]\}\})/g,
    ),
  ].map(([, uri]) => JSON.parse(uri ?? '') as { 'Std:Join': { Values: unknown[] } });
  expect(written.length).toBeGreaterThanOrEqual(16);
  for (const uri of written) {
    const [root, execution] = uri['Std:Join'].Values;
    expect(root).toMatch(/^s3:\/\/.*\/credit-risk\/runs$/);
    expect(execution).toEqual({ Get: 'Execution.PipelineExecutionId' });
  }
});

test('the data comes from the public bucket of the region unless a parameter says otherwise', () => {
  expect(sandbox.Parameters).toContainEqual(
    expect.objectContaining({
      Name: 'RawDataUri',
      DefaultValue:
        's3://sagemaker-example-files-prod-${AWS::Region}/datasets/tabular/uci_statlog_german_credit_data/SouthGermanCredit.asc',
    }),
  );
});

describe('in production', () => {
  const key = expect.stringContaining('GetAttKey') as string;
  const jobs = [
    ...['Prepare', 'CheckDataQuality', 'CheckDataBias', 'TrainOrTune', 'Transform', 'Evaluate'],
    ...['CheckModelQuality', 'CheckModelBias', 'Explain'],
  ];
  const keysIn = (overrides: Partial<Settings> = {}) =>
    Object.fromEntries(
      definitionIn('production', overrides).Steps.flatMap(({ Name, Arguments }) =>
        objectsIn(Arguments).some(each => 'InstanceType' in each) ? [[Name, keysOf(Arguments)]] : [],
      ),
    );
  const all = Object.fromEntries(jobs.map(name => [name, { volume: [key], output: [key] }]));

  test('every job has the key for its volumes and for its output', () => {
    expect(keysIn()).toEqual(all);
  });

  test.each([
    ['trainingInstanceType', ['TrainOrTune']],
    ['transformInstanceType', ['Transform']],
    ['processingInstanceType', jobs.filter(name => !['TrainOrTune', 'Transform'].includes(name))],
  ])('jobs on local storage, by %s, have the key for their output only', (setting, local) => {
    const without = Object.fromEntries(local.map(name => [name, { volume: [undefined], output: [key] }]));
    expect(keysIn({ [setting]: 'ml.g5.xlarge' })).toEqual({ ...all, ...without });
  });
});

test('the entries of the processing steps are files of the project', () => {
  for (const entry of ['prepare.py', 'evaluate.py']) {
    expect(existsSync(join(__dirname, '../../lib/credit-risk/steps', entry))).toBe(true);
    expect(JSON.stringify(sandbox)).toContain(`/opt/ml/processing/input/code/${entry}`);
  }
});
