import type { ProfilerConfig } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import type { Expression, Value } from '../expression';
import { type Rule, s3Uri } from '../problem';
import { type FrameworkMetrics, frameworkRules, renderFrameworkMetrics } from './framework-metrics';
import type { ProfilerRule } from './rule';

/**
 * What is measured of the machines while a training runs, and rules about it.
 *
 * Not for `ml.trn` instances. Debugger is closed to new customers from 30 July 2026, and support for Profiler ends on
 * 30 June 2027 (AWS documentation).
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-configuration-for-profiling.html
 */
export interface TrainingProfiler {
  /**
   * S3 URI of the prefix that the measurements are saved under. The job's role reads and writes there.
   *
   * @default - the place of the model
   */
  readonly outputPath?: Value<string>;

  /**
   * Time between two measurements of the machines, in milliseconds.
   *
   * @default 500
   */
  readonly systemIntervalMillis?: 100 | 200 | 500 | 1000 | 5000 | 60_000 | Expression<number>;

  /**
   * What the framework tells about its own work; `{}` takes all of it with its defaults. For TensorFlow before 2.11 and PyTorch
   * before 2.0 only.
   *
   * @default - nothing
   */
  readonly frameworkMetrics?: FrameworkMetrics;

  /**
   * Rules about the measurements: up to 20.
   *
   * @default - none
   */
  readonly rules?: readonly ProfilerRule[];
}

export function renderProfiler(
  profiler: TrainingProfiler | false,
  modelPath: Value<string>,
): Arguments<ProfilerConfig> {
  if (profiler === false) return { DisableProfiler: true };
  return {
    S3OutputPath: profiler.outputPath ?? modelPath,
    DisableProfiler: false,
    ProfilingIntervalInMilliseconds: profiler.systemIntervalMillis,
    ProfilingParameters: profiler.frameworkMetrics && renderFrameworkMetrics(profiler.frameworkMetrics),
  };
}

export function profilerRules(profiler: TrainingProfiler): readonly Rule[] {
  const { outputPath, frameworkMetrics } = profiler;
  return [
    s3Uri('profiler.outputPath', outputPath),
    ...(frameworkMetrics ? frameworkRules('profiler.frameworkMetrics', frameworkMetrics) : []),
  ];
}
