import type { TrainingInputMode } from '@aws-sdk/client-sagemaker';
import type { ContainerImage } from '../../images';
import type { Algorithm } from '../algorithms/algorithm';
import { type Late, text, type Value } from '../expression';
import { imageUri } from '../job';
import { count, isUnknown, type Rule } from '../problem';
import { distributionRules, type TrainingDistribution } from './training-distribution';
import type { TrainingJob, TrainingOptions } from './training-job';
import { toJson, type TrainingScript } from './training-script';
import { hyperparameterRules, toolkitHyperparameters } from './training-toolkit';
import type { ParameterRange, TuningObjective } from './tuning-ranges';

/** Training with a built-in algorithm, which brings its image and its metrics. */
export interface BuiltInTraining {
  /** Algorithm with its hyperparameters, such as `Algorithm.xgboost('1.7-1', { num_round: 50 })`. */
  readonly algorithm: Algorithm;

  readonly image?: never;
  readonly script?: never;
  readonly distribution?: never;
  readonly hyperparameters?: never;
  readonly metricDefinitions?: never;
}

/** Training with any container: a framework's, or your own. */
export interface ContainerTraining {
  readonly algorithm?: never;

  /** Container with the algorithm. */
  readonly image: ContainerImage;

  /**
   * Program that the container of a framework runs. Hyperparameters are then written as JSON, as the Python SDK does.
   *
   * @default - what the image does by itself
   */
  readonly script?: TrainingScript;

  /**
   * How the program is started on several instances or GPUs, by the SageMaker training toolkit in the container.
   *
   * @default - once on each instance
   */
  readonly distribution?: TrainingDistribution;

  /**
   * Hyperparameters of the algorithm: up to 100, those of `script` and `distribution` included. Numbers and booleans are
   * written as text, as the service wants them.
   *
   * @default - none
   */
  readonly hyperparameters?: Readonly<Record<string, Value>>;

  /**
   * Metrics that are read from the container's log, by name, as regular expressions with one group: up to 40.
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

/** The image, its metrics and how it sees its data, in the form of the API. */
export function renderAlgorithm(job: TrainingOptions & TrainingSource): {
  TrainingImage: ReturnType<typeof imageUri>;
  TrainingInputMode: TrainingInputMode;
  MetricDefinitions: { Name: string; Regex: string }[] | undefined;
} {
  const definitions = Object.entries(job.metricDefinitions ?? {});
  return {
    TrainingImage: imageUri(trainingImage(job)),
    TrainingInputMode: job.inputMode ?? 'File',
    MetricDefinitions: definitions.length > 0 ? definitions.map(([Name, Regex]) => ({ Name, Regex })) : undefined,
  };
}

export function renderHyperparameters(job: TrainingJob): Record<string, Value<string> | Late> | undefined {
  const write = job.script ? toJson : text;
  const all = toolkitHyperparameters(job);
  for (const [name, value] of Object.entries(givenHyperparameters(job))) {
    all[name] = write(value);
  }
  return Object.keys(all).length > 0 ? all : undefined;
}

/** The hyperparameters that stay the same, by name. */
export function givenHyperparameters({ algorithm, hyperparameters }: TrainingSource): Readonly<Record<string, Value>> {
  return algorithm?.hyperparameters ?? hyperparameters ?? {};
}

/** Rules for what trains; `tuned` are the hyperparameters that a tuning chooses. */
export function sourceRules(job: TrainingJob, tuned: readonly string[]): readonly Rule[] {
  return [
    ...distributionRules(job.distribution, job, job.script),
    ...hyperparameterRules(job),
    count('metricDefinitions', job.metricDefinitions, 40),
    ...(job.algorithm && !job.instanceGroups ? job.algorithm.jobRules(job, tuned) : []),
  ];
}

/** Rules for how a tuning chooses and ranks. */
export function tuningSourceRules(
  job: TrainingJob & { readonly instanceGroups?: undefined },
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
