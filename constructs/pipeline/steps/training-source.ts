import type { ContainerImage } from '../../images';
import type { Algorithm } from '../algorithms/algorithm';
import { text, type Value } from '../expression';
import { imageUri } from '../job';
import { count, isUnknown, type Rule } from '../problem';
import type { TrainingJobOptions } from './training-job';
import type { ParameterRange, TuningObjective } from './tuning';

/** Training with a built-in algorithm, which brings its image and its metrics. */
export interface BuiltInTraining {
  /** Algorithm with its hyperparameters, such as `Algorithm.xgboost('1.7-1', { num_round: 50 })`. */
  readonly algorithm: Algorithm;

  readonly image?: never;
  readonly hyperparameters?: never;
  readonly metricDefinitions?: never;
}

/** Training with any container: a framework's, or your own. */
export interface ContainerTraining {
  readonly algorithm?: never;

  /** Container with the algorithm. */
  readonly image: ContainerImage;

  /**
   * Hyperparameters of the algorithm: up to 100. Numbers and booleans are written as text, as the service wants them.
   *
   * @default - none
   */
  readonly hyperparameters?: Readonly<Record<string, Value>>;

  /**
   * Metrics that are read from the container's log, by name, as regular expressions with one group: up to 40.
   * Built-in algorithms define their own.
   *
   * @default - the algorithm's own, or none
   */
  readonly metricDefinitions?: Readonly<Record<string, string>>;
}

/** What trains: a built-in algorithm, or any container. */
export type TrainingSource = BuiltInTraining | ContainerTraining;

export function trainingImage(source: TrainingSource): ContainerImage {
  return source.algorithm ? source.algorithm.image : source.image;
}

/** The image and its metrics, in the form of the API. */
export function renderSource(source: TrainingSource): {
  TrainingImage: ReturnType<typeof imageUri>;
  MetricDefinitions: { Name: string; Regex: string }[] | undefined;
} {
  const definitions = Object.entries(source.metricDefinitions ?? {});
  return {
    TrainingImage: imageUri(trainingImage(source)),
    MetricDefinitions: definitions.length > 0 ? definitions.map(([Name, Regex]) => ({ Name, Regex })) : undefined,
  };
}

export function renderHyperparameters(source: TrainingSource): Record<string, Value<string>> | undefined {
  const entries = Object.entries(givenHyperparameters(source));
  return entries.length > 0 ? Object.fromEntries(entries.map(([name, value]) => [name, text(value)])) : undefined;
}

/** The hyperparameters that stay the same, by name. */
export function givenHyperparameters({ algorithm, hyperparameters }: TrainingSource): Readonly<Record<string, Value>> {
  return algorithm?.hyperparameters ?? hyperparameters ?? {};
}

/** Rules for what trains; `tuned` are the hyperparameters that a tuning chooses. */
export function sourceRules(job: TrainingJobOptions & TrainingSource, tuned: readonly string[]): readonly Rule[] {
  return [
    count('hyperparameters', job.hyperparameters, 100),
    count('metricDefinitions', job.metricDefinitions, 40),
    ...(job.algorithm?.jobRules(job, tuned) ?? []),
  ];
}

/** Rules for how a tuning chooses and ranks. */
export function tuningSourceRules(
  job: TrainingJobOptions & TrainingSource,
  objective: TuningObjective,
  ranges: Readonly<Record<string, ParameterRange>>,
  strategy: string,
): readonly Rule[] {
  if (job.algorithm) return job.algorithm.tuningRules(job, objective, ranges, strategy);
  const names = Object.keys(job.metricDefinitions ?? {});
  return [
    [
      names.length === 0 || isUnknown(objective.metricName) || names.includes(objective.metricName),
      `'objective.metricName' must be one of 'training.metricDefinitions' (${names.join(', ')}), got: ${objective.metricName}`,
    ],
  ];
}
