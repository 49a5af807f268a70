import { join as joinPath } from 'node:path';
import { App, Duration, Size, Stack, Token } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  type BuiltInRules,
  DebuggerAction,
  DebuggerRule,
  Parameter,
  Pipeline,
  ProfilerRule,
  type TrainingDebugger,
  type TrainingProfiler,
  TrainingStep,
  type TrainingStepProps,
} from '../../constructs/pipeline';
import { expectProblem, given, newStack, pipelineOf } from '../support/steps';

const valid: TrainingStepProps = {
  image: ContainerImage.xgboost(),
  instanceType: 'ml.m5.xlarge',
  inputs: { train: given.rawData },
  outputPath: 's3://loans/models',
};
const step = (props: Partial<TrainingStepProps>) =>
  new TrainingStep('Train', { ...valid, ...props } as TrainingStepProps);
const stop = { actions: [DebuggerAction.stopTraining()] };
const overfit = DebuggerRule.builtIn('Overfit', stop);
const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/rules:1');
const rule = (name: keyof BuiltInRules, parameters: object) =>
  (DebuggerRule.builtIn as (name: string, options: object) => DebuggerRule)(name, { parameters });

describe('a debugger is refused', () => {
  test.each<[TrainingDebugger, string]>([
    [{ outputPath: 'loans' }, "'debugger.outputPath' must be an S3 URI, which starts with s3://, got: loans"],
    [{ localPath: 'a'.repeat(4097) }, "'debugger.localPath' must have at most 4096 characters, got: 4097"],
    [
      { parameters: { save_interval: 0 } },
      "'debugger.parameters.save_interval' must be a whole number of 1 or more, got: 0",
    ],
    [
      { collections: { losses: { 'train.end_step': -1 } } },
      "'debugger.collections.losses.train.end_step' must be a whole number of 0 or more, got: -1",
    ],
    [
      { collections: { losses: { include_regex: ['a{1,2}'] } } },
      "'debugger.collections.losses.include_regex' must have no comma inside its texts, got: a{1,2}",
    ],
    [
      { collections: { losses: { include_regex: 'a'.repeat(257) } } },
      "'debugger.collections.losses.include_regex' must have at most 256 characters, got: 257",
    ],
    [
      { collections: { losses: { save_steps: Array.from({ length: 100 }, (_, n) => n + 100) } } },
      "'debugger.collections.losses.save_steps' must have at most 256 characters, got: 399",
    ],
    [{ collections: { '': {} } }, "'debugger.collections' must have names of 1 to 256 characters, got: an empty one"],
    [
      { collections: { ['a'.repeat(257)]: {} } },
      `'debugger.collections.${'a'.repeat(257)}' must have at most 256 characters, got: 257`,
    ],
    [
      { collections: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`c${n}`, {}])) },
      "'debugger.collections' must be at most 20, got: 21",
    ],
    [
      { rules: Array.from({ length: 21 }, (_, n) => DebuggerRule.builtIn('Overfit', { name: `r${n}` })) },
      "'debugger.rules' must be at most 20, got: 21",
    ],
    [
      { rules: [overfit, DebuggerRule.builtIn('Overfit')] },
      "'rules' must have different names; give one of the two another 'name', got: Overfit twice",
    ],
    [
      { rules: [DebuggerRule.builtIn('CreateXgboostReport'), DebuggerRule.builtIn('FeatureImportanceOverweight')] },
      "'debugger.collections' must say how feature_importance is saved, which two rules want differently, got: CreateXgboostReport (save_interval 5), FeatureImportanceOverweight (save_interval 500)",
    ],
    [
      { rules: [DebuggerRule.builtIn('Overfit', { collections: { losses: { save_interval: 1.5 } } })] },
      "'debugger.rules.Overfit.collections.losses.save_interval' must be a whole number of 1 or more, got: 1.5",
    ],
    [
      { rules: [DebuggerRule.builtIn('Overfit', { name: '' })] },
      "'debugger.rules..name' must have 1 to 256 characters, got: 0",
    ],
    [
      { rules: [DebuggerRule.builtIn('Overfit', { outputPath: 'rules' })] },
      "'debugger.rules.Overfit.outputPath' must be an S3 URI, which starts with s3://, got: rules",
    ],
    [
      { rules: [DebuggerRule.builtIn('Overfit', { localPath: 'a'.repeat(4097) })] },
      "'debugger.rules.Overfit.localPath' must have at most 4096 characters, got: 4097",
    ],
    [
      { rules: [rule('Overfit', { patience: -1 })] },
      "'debugger.rules.Overfit.parameters.patience' must be a whole number of 0 or more, got: -1",
    ],
    [
      { rules: [rule('DeadRelu', { threshold_layer: 101 })] },
      "'debugger.rules.DeadRelu.parameters.threshold_layer' must be from 0 to 100, got: 101",
    ],
    [
      { rules: [rule('LossNotDecreasing', { diff_percent: 100 })] },
      "'debugger.rules.LossNotDecreasing.parameters.diff_percent' must be more than 0 and less than 100, got: 100",
    ],
    [
      { rules: [rule('Confusion', { category_no: 1 })] },
      "'debugger.rules.Confusion.parameters.category_no' must be a whole number of 2 or more, got: 1",
    ],
    [
      { rules: [rule('UnchangedTensor', { tensor_regex: 'a', rtol: -1 })] },
      "'debugger.rules.UnchangedTensor.parameters.rtol' must be 0 or more, got: -1",
    ],
    [
      { rules: [rule('VanishingGradient', { threshold: NaN })] },
      "'debugger.rules.VanishingGradient.parameters.threshold' must be a number, got: NaN",
    ],
    [
      { rules: [DebuggerRule.custom('Ours', { instanceType: 'ml.t3.medium', image, volumeSizeGiB: 0 })] },
      "'debugger.rules.Ours.volumeSizeGiB' must be a whole number of 1 or more, got: 0",
    ],
    [
      {
        rules: [
          DebuggerRule.custom('Ours', { instanceType: 'ml.t3.medium', source: { file: 'rule.py', ruleClass: 'A' } }),
        ],
      },
      "'debugger.rules.Ours.source.file' must be an S3 URI, which starts with s3://, got: rule.py",
    ],
    [
      {
        rules: [
          DebuggerRule.custom('Ours', {
            instanceType: 'ml.t3.medium',
            source: { file: 's3://loans/rule.py', ruleClass: 'A' },
            parameters: { rule_to_invoke: 'B' },
          }),
        ],
      },
      "'debugger.rules.Ours.parameters' must not use the names that 'source' takes, got: rule_to_invoke",
    ],
    [
      {
        rules: [
          DebuggerRule.custom('Ours', {
            instanceType: 'ml.t3.medium',
            image,
            parameters: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`p${n}`, n])),
          }),
        ],
      },
      "'debugger.rules.Ours.parameters' must be at most 100, got: 101",
    ],
    [
      { rules: [DebuggerRule.builtIn('Overfit', { actions: [DebuggerAction.stopTraining('Loans')] })] },
      "'debugger.rules.Overfit.actions' must look for lower-case letters, digits and -, as the action compares names in lower case, got: Loans",
    ],
    [
      { rules: [DebuggerRule.builtIn('Overfit', { actions: [DebuggerAction.email('team@loans')] })] },
      "'debugger.rules.Overfit.actions' must send to an e-mail address, such as team@example.com, got: team@loans",
    ],
    [
      { rules: [DebuggerRule.builtIn('Overfit', { actions: [DebuggerAction.sms('0222')] })] },
      "'debugger.rules.Overfit.actions' must send to a phone number of + and 1 to 15 digits, got: 0222",
    ],
    [
      {
        rules: [DebuggerRule.builtIn('Overfit', { actions: [DebuggerAction.email(`${'a'.repeat(250)}@example.com`)] })],
      },
      "'debugger.rules.Overfit.actions' must have at most 256 characters in JSON, got: 305",
    ],
  ])('%#', (hook, problem) => {
    expectProblem(step({ debugger: hook }), problem);
  });

  test('with a source of several files', () => {
    const source = { file: FileSet.fromDirectory(joinPath(__dirname, '../fixtures/clarify')), ruleClass: 'Ours' };
    const { length } = source.file.fileNames;
    expectProblem(
      step({ debugger: { rules: [DebuggerRule.custom('Ours', { instanceType: 'ml.t3.medium', source })] } }),
      `'debugger.rules.Ours.source.file' must be one file, got: ${length} files`,
    );
  });
});

describe('actions are refused where they cannot reach AWS, or the service does not take them', () => {
  test.each<[string, () => Partial<TrainingStepProps>]>([
    ['network', () => ({ network: given.network(newStack()) })],
    ['isolateNetwork', () => ({ isolateNetwork: true })],
    ['spot', () => ({ spot: { maxWait: Duration.days(2) } })],
  ])('with %s', (other, props) => {
    const problem = (what: string, got: string) =>
      `'debugger.rules.${what}' must be left out where '${other}' is given, got: ${got}`;
    expectProblem(step({ ...props(), debugger: { rules: [overfit] } }), problem('Overfit.actions', 'stoptraining'));
    const stalled = DebuggerRule.builtIn('StalledTrainingRule', { parameters: { stop_training_on_fire: true } });
    expectProblem(
      step({ ...props(), debugger: { rules: [stalled] } }),
      problem('StalledTrainingRule.parameters.stop_training_on_fire', 'true'),
    );
    expect(step({ ...props(), debugger: { rules: [DebuggerRule.builtIn('Overfit')] } }).problems).toEqual([]);
  });
});

describe('a job is refused', () => {
  test('that saves tensors on several instances with checkpoints', () => {
    const checkpoints = { uri: 's3://loans/checkpoints' };
    expectProblem(
      step({ debugger: {}, checkpoints, instanceCount: 2 }),
      "'debugger' must be left out of training on several instances with checkpoints, got: 2 instances",
    );
    const fine = [
      { debugger: {}, checkpoints },
      { debugger: {}, instanceCount: 2 },
      { checkpoints, instanceCount: 2 },
    ];
    expect(fine.flatMap(props => step(props).problems)).toEqual([]);
  });

  test('that measures machines which nobody measures', () => {
    expectProblem(
      step({ profiler: {}, instanceType: 'ml.trn1.2xlarge' }),
      "'profiler' must be false or left out for ml.trn instances, got: ml.trn1.2xlarge",
    );
    expect(step({ profiler: false, instanceType: 'ml.trn1.2xlarge' }).problems).toEqual([]);
  });

  test.each<[Partial<TrainingStepProps>, string]>([
    [{ debugger: {} }, 'debugger'],
    [{ profiler: {} }, 'profiler'],
  ])('in a region without Debugger: %j', (props, prop) => {
    const stackIn = (region?: string) => new Stack(new App(), 'Loans', { env: { account: '111122223333', region } });
    const other = { ...props, image, inputs: { train: 's3://loans/a' } } as Partial<TrainingStepProps>;
    expect(() => new Pipeline(stackIn('us-gov-east-1'), 'Pipeline', { steps: [step(other)] })).toThrow(
      new Error(
        `Loans/Pipeline: step 'Train': '${prop}' must be left out in a region without Debugger, got: us-gov-east-1`,
      ),
    );
    expect(() => new Pipeline(stackIn(), 'Pipeline', { steps: [step(other)] })).not.toThrow();
    expect(
      () =>
        new Pipeline(stackIn('us-gov-east-1'), 'Pipeline', {
          steps: [step({ ...other, [prop]: undefined })],
        }),
    ).not.toThrow();
  });

  test.each<[TrainingProfiler, string]>([
    [{ outputPath: 'loans' }, "'profiler.outputPath' must be an S3 URI, which starts with s3://, got: loans"],
    [
      { rules: Array.from({ length: 21 }, (_, n) => ProfilerRule.builtIn('BatchSize', { name: `r${n}` })) },
      "'profiler.rules' must be at most 20, got: 21",
    ],
    [
      { rules: [ProfilerRule.builtIn('LowGPUUtilization', { parameters: { threshold_p5: 101 } })] },
      "'profiler.rules.LowGPUUtilization.parameters.threshold_p5' must be from 0 to 100, got: 101",
    ],
    [
      { rules: [ProfilerRule.builtIn('ProfilerReport', { parameters: { BatchSize_window: 0 } })] },
      "'profiler.rules.ProfilerReport.parameters.BatchSize_window' must be a whole number of 1 or more, got: 0",
    ],
    [{ frameworkMetrics: { measure: {} } }, "'profiler.frameworkMetrics.measure' must name a kind, got: none"],
    [
      { frameworkMetrics: { localPath: 'a'.repeat(257) } },
      "'profiler.frameworkMetrics.localPath' must have at most 256 characters, got: 257",
    ],
    [
      { frameworkMetrics: { maxFileSize: Size.bytes(0) } },
      "'profiler.frameworkMetrics.maxFileSize' must be a whole number of 1 or more, got: 0",
    ],
    [
      { frameworkMetrics: { fileCloseInterval: Duration.millis(500) } },
      "'profiler.frameworkMetrics.fileCloseInterval' must be 1 or more whole seconds, got: 0.5 seconds",
    ],
    [
      { frameworkMetrics: { maxFailedOpens: 0 } },
      "'profiler.frameworkMetrics.maxFailedOpens' must be a whole number of 1 or more, got: 0",
    ],
    [
      { frameworkMetrics: { measure: { startStep: -1, steps: 1 } } },
      "'profiler.frameworkMetrics.measure.startStep' must be a whole number of 0 or more, got: -1",
    ],
    [
      { frameworkMetrics: { measure: { python: { steps: 0 } } } },
      "'profiler.frameworkMetrics.measure.python.steps' must be a whole number of 1 or more, got: 0",
    ],
    [
      { frameworkMetrics: { measure: { startTime: -1, duration: Duration.minutes(1) } } },
      "'profiler.frameworkMetrics.measure.startTime' must be a whole number of 0 or more, got: -1",
    ],
    [
      { frameworkMetrics: { measure: { startTime: 0, duration: Duration.seconds(0) } } },
      "'profiler.frameworkMetrics.measure.duration' must be 1 or more whole seconds, got: 0 seconds",
    ],
    [
      { frameworkMetrics: { measure: { dataloader: { metricsRegex: 'a'.repeat(151) } } } },
      "'profiler.frameworkMetrics.measure.dataloader.metricsRegex' must have at most 150 characters, got: 151",
    ],
  ])('with a profiler: %#', (profiler, problem) => {
    expectProblem(step({ profiler }), problem);
  });

  test.each<[TrainingStepProps['tensorBoard'], string]>([
    [{ outputPath: 'loans' }, "'tensorBoard.outputPath' must be an S3 URI, which starts with s3://, got: loans"],
    [
      { outputPath: 's3://loans', localPath: 'a'.repeat(4097) },
      "'tensorBoard.localPath' must have at most 4096 characters, got: 4097",
    ],
  ])('with a board: %#', (tensorBoard, problem) => {
    expectProblem(step({ tensorBoard }), problem);
  });
});

test('nothing that is only known later is checked', () => {
  const text = Token.asString({ Ref: 'Text' });
  const number = Token.asNumber({ Ref: 'Number' });
  const parameter = Parameter.float('Share', { default: 2 });
  const hook: TrainingDebugger = {
    outputPath: text,
    collections: { losses: { save_interval: number, include_regex: text } },
    rules: [
      DebuggerRule.builtIn('Confusion', {
        outputPath: text,
        parameters: { category_no: number, min_diag: parameter },
        actions: [DebuggerAction.stopTraining(text), DebuggerAction.email(text), DebuggerAction.sms(text)],
      }),
    ],
  };
  const instanceType = Parameter.string('Type', { default: 'ml.trn1.2xlarge' });
  expect(() => pipelineOf(step({ debugger: hook, profiler: { outputPath: text }, instanceType }))).not.toThrow();
});
