import { CreateTrainingJobRequest$ } from '@aws-sdk/client-sagemaker';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  type BuiltInRules,
  DebuggerAction,
  DebuggerRule,
  ExecutionVariable,
  join,
  Parameter,
  Pipeline,
  type TrainingDebugger,
  TrainingStep,
  type TrainingStepProps,
} from '../../constructs/pipeline';
import { rangesOf } from '../../constructs/pipeline/debugger/built-in-rules';
import table from '../fixtures/debugger-rules.json';
import { actionsOf } from '../support/debugger-calls';
import { checkDefinition, type DefinedStep, definitionOf, normalised } from '../support/definition';
import { isObject, requestProblems } from '../support/request-schema';
import { findingsIn, fixtureOf, given, newStack, written } from '../support/steps';

const valid: TrainingStepProps = {
  image: ContainerImage.xgboost(),
  instanceType: 'ml.m5.xlarge',
  inputs: { train: given.rawData },
  outputPath: 's3://loans/models',
};
const step = (props: Partial<TrainingStepProps> = {}, name = 'Train') =>
  new TrainingStep(name, { ...valid, ...props } as TrainingStepProps);
const debugged = (hook: TrainingDebugger, props: Partial<TrainingStepProps> = {}, name = 'Train') =>
  step({ debugger: hook, ...props }, name);

interface Debugging {
  readonly DebugHookConfig: { readonly CollectionConfigurations: readonly { readonly CollectionName: string }[] };
  readonly DebugRuleConfigurations: readonly { readonly RuleParameters: Record<string, string> }[];
}
const debugging = (hook: TrainingDebugger, name?: string) =>
  written(debugged(hook, {}, name)).Arguments as unknown as Debugging;
const parametersOf = (rule: DebuggerRule) => debugging({ rules: [rule] }).DebugRuleConfigurations[0]?.RuleParameters;

/** A step in the form of the fixture: a set of Python has no order. */
function sorted(each: DefinedStep): unknown {
  const { DebugHookConfig: hook } = each.Arguments as { DebugHookConfig?: Debugging['DebugHookConfig'] };
  const collections = [...(hook?.CollectionConfigurations ?? [])].sort((a, b) =>
    a.CollectionName < b.CollectionName ? -1 : 1,
  );
  return normalised({
    ...each,
    Arguments: {
      ...each.Arguments,
      ...(hook && { DebugHookConfig: { ...hook, CollectionConfigurations: collections } }),
    },
  });
}

const email = DebuggerAction.email('team@example.com');
const losses = { collection_names: 'losses' } as const;
const withDefaults = [
  ...(['VanishingGradient', 'LossNotDecreasing', 'WeightUpdateRatio', 'CheckInputImages', 'DeadRelu'] as const).map(
    name => DebuggerRule.builtIn(name),
  ),
  DebuggerRule.builtIn('AllZero', { parameters: losses }),
  DebuggerRule.builtIn('ExplodingTensor'),
  DebuggerRule.builtIn('UnchangedTensor', { parameters: losses }),
  ...(['TreeDepth', 'ClassImbalance', 'Confusion', 'Overfit'] as const).map(name => DebuggerRule.builtIn(name)),
  DebuggerRule.builtIn('TensorVariance', { parameters: losses }),
  ...(
    [
      'Overtraining',
      'PoorWeightInitialization',
      'SaturatedActivation',
      'NLPSequenceRatio',
      'StalledTrainingRule',
      'FeatureImportanceOverweight',
    ] as const
  ).map(name => DebuggerRule.builtIn(name)),
];

/** The steps that the fixture comes from, with this builder; those of the profiler are tested elsewhere. */
function asInFixture(): Pipeline {
  const stack = newStack();
  const role = given.role(stack);
  const debug = debugged(
    {
      outputPath: 's3://loans/tensors',
      localPath: '/opt/ml/output/loans',
      parameters: { 'train.save_interval': 100, 'eval.save_interval': 10, save_all: false, include_workers: 'all' },
      collections: {
        weights: {},
        biases: { save_interval: 10, end_step: 500, save_histogram: true },
        outputs: { include_regex: 'relu|tanh', reductions: ['mean', 'abs_max'], save_steps: [0, 5, 7] },
      },
      rules: [
        DebuggerRule.builtIn('VanishingGradient', {
          parameters: { threshold: 1e-7 },
          actions: [DebuggerAction.stopTraining('loans-train'), email, DebuggerAction.sms('+12223334444')],
        }),
        DebuggerRule.builtIn('LossNotDecreasing', {
          parameters: {
            tensor_regex: '.*',
            use_losses_collection: true,
            num_steps: 10,
            diff_percent: 0.1,
            increase_threshold_percent: 5,
            mode: 'GLOBAL',
          },
        }),
        DebuggerRule.builtIn('Overfit', {
          name: 'OverfitEarly',
          outputPath: 's3://loans/rules',
          localPath: '/opt/ml/processing/output/loans',
          parameters: { tensor_regex: ['loss_a', 'loss_b'], patience: 3 },
          collections: { losses: { save_interval: 500 } },
        }),
        DebuggerRule.builtIn('SimilarAcrossRuns', {
          parameters: { other_trial_0: 's3://loans/tensors/1', other_trial_1: 's3://loans/tensors/2', ...losses },
        }),
        DebuggerRule.custom('BigGradients', {
          instanceType: 'ml.t3.medium',
          volumeSizeGiB: 40,
          source: { file: 's3://loans/rules/gradients.py', ruleClass: 'CustomGradientRule' },
          parameters: { threshold: given.count },
          collections: { gradients: { save_interval: 500 } },
          actions: [email],
        }),
      ],
    },
    {
      role,
      profiler: false,
      tensorBoard: { outputPath: 's3://loans/tensorboard', localPath: '/opt/ml/output/board' },
    },
    'Debug',
  );
  const rules = debugged({ rules: withDefaults }, { role, profiler: false }, 'Rules');
  const report = debugged(
    { rules: [DebuggerRule.builtIn('CreateXgboostReport')] },
    { role, profiler: false },
    'Report',
  );
  return new Pipeline(stack, 'Pipeline', { steps: [debug, rules, report] });
}

describe('the debugger of a training step', () => {
  const fixture = fixtureOf('debugger').filter(({ Name: name }) => ['Debug', 'Rules', 'Report'].includes(name));

  test('is written as the Python SDK does: hook, collections, rules, actions and TensorBoard', () => {
    const definition = definitionOf(asInFixture());
    expect(definition.Steps.map(sorted)).toEqual(fixture.map(sorted));
    expect(checkDefinition(definition)).toEqual([]);
    expect(findingsIn(fixture)).toEqual([]);
  });

  test('saves tensors beside the model, and nothing when it is not asked for', () => {
    expect(written(debugged({})).Arguments).toMatchObject({
      DebugHookConfig: { S3OutputPath: 's3://loans/models', CollectionConfigurations: [] },
    });
    const plain = Object.keys(written(step()).Arguments);
    expect(plain.filter(member => /Debug|Profiler|TensorBoard/.test(member))).toEqual([]);
  });

  test('saves a collection as the hook says, whatever the rules want', () => {
    const hook = {
      collections: { feature_importance: { save_interval: 1, 'eval.save_steps': '2,4' } },
      rules: [DebuggerRule.builtIn('CreateXgboostReport'), DebuggerRule.builtIn('FeatureImportanceOverweight')],
    };
    expect(debugging(hook).DebugHookConfig.CollectionConfigurations).toContainEqual({
      CollectionName: 'feature_importance',
      CollectionParameters: { save_interval: '1', 'eval.save_steps': '2,4' },
    });
  });

  test('takes values that are known when the pipeline runs', () => {
    const threshold = Parameter.float('Threshold', { default: 0.5 });
    const rule = DebuggerRule.builtIn('Overfit', { parameters: { ratio_threshold: threshold, patience: 0 } });
    expect(parametersOf(rule)).toEqual({
      rule_to_invoke: 'Overfit',
      patience: '0',
      ratio_threshold: { 'Std:Join': { On: '', Values: [{ Get: 'Parameters.Threshold' }] } },
    });
    const outputPath = join('/', 's3://loans', ExecutionVariable.PIPELINE_EXECUTION_ID);
    expect(written(debugged({ outputPath })).Arguments).toMatchObject({
      DebugHookConfig: { S3OutputPath: { 'Std:Join': { On: '/' } } },
    });
  });

  test('writes the booleans of Python', () => {
    const rule = DebuggerRule.builtIn('ExplodingTensor', {
      parameters: { only_nan: true, collection_names: undefined },
    });
    expect(parametersOf(rule)).toEqual({ rule_to_invoke: 'ExplodingTensor', only_nan: 'True' });
    expect(parametersOf(DebuggerRule.builtIn('ClassImbalance', { parameters: { argmax: false } }))).toMatchObject({
      argmax: 'False',
    });
  });

  test('runs a rule of a file that is uploaded, and a container with a rule of its own', () => {
    const file = FileSet.fromJson('rule.py', 1);
    const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/rules:1');
    const rules = [
      DebuggerRule.custom('Ours', { instanceType: 'ml.t3.medium', source: { file, ruleClass: 'Ours' } }),
      DebuggerRule.custom('Contained', { instanceType: 'ml.t3.medium', image, parameters: { level: 3 } }),
    ];
    expect(debugging({ rules }).DebugRuleConfigurations.map(normalised)).toEqual([
      {
        RuleConfigurationName: 'Ours',
        RuleEvaluatorImage: '606966180310.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-debugger-rule-evaluator:latest',
        InstanceType: 'ml.t3.medium',
        VolumeSizeInGB: 30,
        RuleParameters: { source_s3_uri: '<files>/rule.py', rule_to_invoke: 'Ours' },
      },
      {
        RuleConfigurationName: 'Contained',
        RuleEvaluatorImage: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/rules:1',
        InstanceType: 'ml.t3.medium',
        VolumeSizeInGB: 30,
        RuleParameters: { level: '3' },
      },
    ]);
  });
});

describe('the built-in rules', () => {
  const rulesInTables = Object.keys(table.collections) as (keyof BuiltInRules)[];

  test.each(rulesInTables)(
    '%s has the parameters of the developer guide and the collections of the Python SDK',
    name => {
      const own = Object.keys(rangesOf(name)).filter(parameter => parameter !== 'other_trial_0');
      const inGuide: Readonly<Record<string, readonly string[]>> = table.parameters;
      expect(own.sort()).toEqual([...(inGuide[name] ?? ['no such rule'])].sort());
      const rule = (DebuggerRule.builtIn as (rule: string) => DebuggerRule)(name);
      const saved = debugged({ rules: [rule] }).problems;
      expect(saved).toEqual([]);
      const { CollectionConfigurations: collections } = debugging({ rules: [rule] }).DebugHookConfig;
      expect(collections).toEqual(
        Object.entries(table.collections[name]).map(([CollectionName, CollectionParameters]) => ({
          CollectionName,
          CollectionParameters,
        })),
      );
    },
  );

  test('are all there', () => {
    expect(rulesInTables).toHaveLength(21);
  });
});

describe('the actions of a rule', () => {
  const actionsIn = (name: string) => {
    const rule = DebuggerRule.builtIn('Overfit', { actions: [DebuggerAction.stopTraining(), email] });
    const [{ RuleParameters: parameters } = { RuleParameters: {} }] = debugging(
      { rules: [rule] },
      name,
    ).DebugRuleConfigurations;
    return actionsOf({ action_json: evaluate(parameters.action_json) });
  };
  // The id of an execution and the form of its jobs' names, as in awslabs/amazon-sagemaker-examples, issue 3106.
  const evaluate = (value: unknown): string => {
    const join = isObject(value) && (value['Std:Join'] as { On: string; Values: unknown[] } | undefined);
    if (join) return join.Values.map(evaluate).join(join.On);
    return typeof value === 'string' ? value : 'kytlemm1lvpq';
  };

  test.each([
    ['PreprocessingStep', 'pipelines-kytlemm1lvpq-', 'pipelines-kytlemm1lvpq-PreprocessingStep-cIpzShs3Qp'],
    ['train', 'pipelines-kytlemm1lvpq-train', 'pipelines-kytlemm1lvpq-train-cIpzShs3Qp'],
    ['train-Loans', 'pipelines-kytlemm1lvpq-train-', 'pipelines-kytlemm1lvpq-train-Loans-cIpzShs3Qp'],
    ['train_loans', 'pipelines-kytlemm1lvpq-train', 'pipelines-kytlemm1lvpq-train-loans-cIpzShs3Qp'],
    ['a'.repeat(30), `pipelines-kytlemm1lvpq-${'a'.repeat(20)}`, `pipelines-kytlemm1lvpq-${'a'.repeat(28)}-cIp`],
  ])('stop the job of %s, although the container writes all in lower case', (name, prefix, job) => {
    const [stop, send] = actionsIn(name);
    expect(stop).toEqual({ name: 'stoptraining', training_job_prefix: prefix });
    expect(send).toEqual({ name: 'email', endpoint: 'team@example.com' });
    expect(job.startsWith(prefix.toLowerCase())).toBe(true);
  });

  test('of a stalled training find its job the same way', () => {
    const stalled = (training_job_name_prefix?: string) =>
      parametersOf(
        DebuggerRule.builtIn('StalledTrainingRule', {
          parameters: { stop_training_on_fire: true, threshold: 60, training_job_name_prefix },
        }),
      );
    const id = { Get: 'Execution.PipelineExecutionId' };
    expect(stalled()?.training_job_name_prefix).toEqual({
      'Std:Join': { On: '-', Values: ['pipelines', id, ''] },
    });
    expect(stalled('pipelines-')?.training_job_name_prefix).toBe('pipelines-');
  });

  test('take an address that is known when the pipeline runs', () => {
    const address = Parameter.string('Address', { default: 'team@example.com' });
    const rule = DebuggerRule.builtIn('Overfit', { actions: [DebuggerAction.email(address)] });
    expect(parametersOf(rule)?.action_json).toEqual({
      'Std:Join': {
        On: '',
        Values: ['[', '{\\"endpoint\\": \\"', { Get: 'Parameters.Address' }, '\\", \\"name\\": \\"email\\"}', ']'],
      },
    });
  });
});

test('the schema of the request finds what is wrong in a debugger, so that its silence proves something', () => {
  const findings = requestProblems(
    CreateTrainingJobRequest$,
    { DebugHookConfig: { LocalPath: 1 }, DebugRuleConfigurations: [{ RuleParameters: { a: 1 } }] },
    { optional: Object.keys(valid) },
  );
  expect(findings).toContain('.DebugHookConfig.S3OutputPath: is missing');
  expect(findings).toContain('.DebugRuleConfigurations[0].RuleParameters.a: must be a string, got: 1');
});
