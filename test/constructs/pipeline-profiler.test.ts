import { Duration, Size } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import { Pipeline, ProfilerRule, type ProfilerRules, type TrainingProfiler } from '../../constructs/pipeline';
import { TrainingStep, type TrainingStepProps } from '../../constructs/pipeline';
import { rangesOf } from '../../constructs/pipeline/debugger/built-in-rules';
import table from '../fixtures/debugger-rules.json';
import { checkDefinition, definitionOf, normalised } from '../support/definition';
import { findingsIn, fixtureOf, given, newStack, written } from '../support/steps';

const valid: TrainingStepProps = {
  image: ContainerImage.xgboost(),
  instanceType: 'ml.m5.xlarge',
  inputs: { train: given.rawData },
  outputPath: 's3://loans/models',
};
const step = (profiler: TrainingStepProps['profiler'], name = 'Train') =>
  new TrainingStep(name, { ...valid, profiler });
const profiling = (profiler: TrainingProfiler) =>
  written(step(profiler)).Arguments as {
    ProfilerConfig: { ProfilingParameters: Record<string, string> };
    ProfilerRuleConfigurations: { RuleParameters: Record<string, string> }[];
  };

const scan_interval_us = 60_000_000;
const usual = { patience: 1000, scan_interval_us };
/** The parameters that the Python SDK gives to each rule. */
const rules = [
  ProfilerRule.builtIn('LowGPUUtilization', {
    parameters: { threshold_p95: 80, threshold_p5: 10, window: 500, ...usual },
  }),
  ProfilerRule.builtIn('CPUBottleneck', {
    parameters: { threshold: 50, gpu_threshold: 10, cpu_threshold: 85, ...usual },
  }),
  ProfilerRule.builtIn('GPUMemoryIncrease', { parameters: { increase: 5, window: 10, ...usual } }),
  ProfilerRule.builtIn('IOBottleneck', {
    parameters: { threshold: 50, gpu_threshold: 10, io_threshold: 50, ...usual },
  }),
  ProfilerRule.builtIn('LoadBalancing', { parameters: { threshold: 0.5, ...usual } }),
  ProfilerRule.builtIn('OverallSystemUsage', { parameters: { scan_interval_us } }),
  ProfilerRule.builtIn('MaxInitializationTime', {
    outputPath: 's3://loans/rules',
    parameters: { threshold: 20, scan_interval_us },
  }),
  ProfilerRule.builtIn('StepOutlier', { parameters: { stddev: 3, mode: 'TRAIN', n_outliers: 10, scan_interval_us } }),
  ProfilerRule.builtIn('BatchSize', {
    parameters: { cpu_threshold_p95: 70, gpu_threshold_p95: 70, gpu_memory_threshold_p95: 70, window: 500, ...usual },
  }),
  ProfilerRule.builtIn('Dataloader', { parameters: { min_threshold: 70, max_threshold: 200, scan_interval_us } }),
  ProfilerRule.builtIn('ProfilerReport', {
    name: 'Report',
    parameters: { CPUBottleneck_threshold: 90, IOBottleneck_threshold: 90 },
  }),
  ProfilerRule.custom('Idle', {
    instanceType: 'ml.t3.medium',
    source: { file: 's3://loans/rules/idle.py', ruleClass: 'Idle' },
  }),
];

/** The steps that the fixture comes from, with this builder; those of the debugger are tested elsewhere. */
function asInFixture(): Pipeline {
  const stack = newStack();
  const role = given.role(stack);
  const profilers: [string, TrainingStepProps['profiler']][] = [
    ['Profile', { outputPath: 's3://loans/measured', systemIntervalMillis: 1000, frameworkMetrics: {}, rules }],
    [
      'Some',
      {
        systemIntervalMillis: given.count,
        frameworkMetrics: {
          localPath: '/opt/ml/output/profiler/',
          maxFileSize: Size.mebibytes(1),
          fileCloseInterval: Duration.seconds(30),
          maxFailedOpens: 5,
          measure: {
            detailed: { startStep: 10, steps: 2 },
            dataloader: { startStep: 9, steps: 2, metricsRegex: '.*loader.*' },
            python: { startStep: 12, steps: 1, profiler: 'pyinstrument' },
            smDataParallel: {},
            horovod: {},
          },
        },
      },
    ],
    ['Ranged', { frameworkMetrics: { measure: { startStep: 6, steps: 1 } } }],
    ['Timer', { frameworkMetrics: { measure: { python: { timer: 'cpu_time' } } } }],
    ['Off', false],
  ];
  const steps = profilers.map(([name, profiler]) => new TrainingStep(name, { ...valid, role, profiler }));
  return new Pipeline(stack, 'Pipeline', { steps });
}

describe('the profiler of a training step', () => {
  const fixture = fixtureOf('debugger').filter(({ Name: name }) => !['Debug', 'Rules', 'Report'].includes(name));

  test('is written as the Python SDK does: machines, framework and rules', () => {
    const definition = definitionOf(asInFixture());
    expect(definition.Steps.map(normalised)).toEqual(fixture.map(normalised));
    expect(fixture.map(({ Name: name }) => name)).toEqual(['Profile', 'Some', 'Ranged', 'Timer', 'Off']);
    expect(checkDefinition(definition)).toEqual([]);
    expect(findingsIn(fixture)).toEqual([]);
  });

  test('measures beside the model, without a word about the framework', () => {
    expect(profiling({}).ProfilerConfig).toEqual({ S3OutputPath: 's3://loans/models', DisableProfiler: false });
  });

  test('measures for some time, in the words that the developer guide and the container use, not those of the Python SDK', () => {
    const measure = { startTime: 1_700_000_000, duration: Duration.minutes(2) };
    const { ProfilerConfig: config } = profiling({ frameworkMetrics: { measure: { detailed: measure } } });
    expect(config.ProfilingParameters.DetailedProfilingConfig).toBe(
      '{"StartTimeInSecSinceEpoch": 1700000000, "DurationInSeconds": 120, }',
    );
  });

  test('begins with the first step where only their number is given', () => {
    const { ProfilerConfig: config } = profiling({ frameworkMetrics: { measure: { horovod: { steps: 4 } } } });
    expect(config.ProfilingParameters.HorovodProfilingConfig).toBe('{"StartStep": 0, "NumSteps": 4, }');
  });

  test('keeps its report to itself if asked to', () => {
    const rule = ProfilerRule.builtIn('ProfilerReport', { parameters: { opt_out_telemetry: true } });
    // As the developer guide's page on usage statistics has it.
    expect(profiling({ rules: [rule] }).ProfilerRuleConfigurations[0]?.RuleParameters).toEqual({
      rule_to_invoke: 'ProfilerReport',
      opt_out_telemetry: 'True',
    });
  });
});

describe('the profiler rules', () => {
  const inGuide: Readonly<Record<string, readonly string[] | undefined>> = table.parameters;
  const inSdk: Readonly<Record<string, object | undefined>> = table.profilerParameters;
  const names: Exclude<keyof ProfilerRules, 'ProfilerReport'>[] = [
    'BatchSize',
    'CPUBottleneck',
    'Dataloader',
    'GPUMemoryIncrease',
    'IOBottleneck',
    'LoadBalancing',
    'LowGPUUtilization',
    'MaxInitializationTime',
    'OverallFrameworkMetrics',
    'OverallSystemUsage',
    'StepOutlier',
  ];

  test.each(names)('%s has the parameters of the developer guide and of the Python SDK', name => {
    const own = Object.keys(rangesOf(name)).sort();
    const sources = [inGuide[name], inSdk[name] && Object.keys(inSdk[name])].filter(source => source !== undefined);
    expect(sources.length).toBe(['Dataloader', 'OverallFrameworkMetrics'].includes(name) ? 1 : 2);
    for (const source of sources) expect([...source].sort()).toEqual(own);
  });

  test('are all that the developer guide and the Python SDK know', () => {
    const ofTensors = Object.keys(table.collections);
    const all = new Set([...Object.keys(inGuide), ...Object.keys(inSdk)].filter(name => !ofTensors.includes(name)));
    expect([...all].sort()).toEqual([...names, 'ProfilerReport'].sort());
  });

  test('take the parameters of all in the report of all', () => {
    const ofAll = names.flatMap(name => Object.keys(rangesOf(name)).map(parameter => `${name}_${parameter}`));
    expect(Object.keys(rangesOf('ProfilerReport')).sort()).toEqual(['opt_out_telemetry', ...ofAll].sort());
  });
});
