import type { HyperParameterTuningJobConfig } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type { Arguments } from '../arguments';
import type { Value } from '../expression';
import { duration, isUnknown, type Rule, wholeNumber } from '../problem';

/** Hyperband with its resources: what a training job uses more of the longer it runs, such as epochs. */
export interface HyperbandStrategy {
  readonly type: 'Hyperband';

  /**
   * Resources that a training job uses before it may be stopped: 1 or more, at most `maxResource`.
   *
   * @default - by the service
   */
  readonly minResource?: Value<number>;

  /**
   * Resources that a training job uses at most: 1 to 20,000.
   *
   * @default - one of the hyperparameters `epochs`, `numepochs`, `n-epochs`, `n_epochs` and `num_epochs`, which must then be given
   */
  readonly maxResource?: Value<number>;
}

/** When a tuning ends before its number of training jobs: as soon as any of these holds. */
export interface TuningCompletionCriteria {
  /**
   * Value of the objective that is good enough.
   *
   * @default - no value is
   */
  readonly targetMetricValue?: Value<number>;

  /**
   * Number of training jobs in a row that are not better than the best one: 3 or more.
   *
   * @default - no limit
   */
  readonly maxTrainingJobsNotImproving?: Value<number>;

  /**
   * The service finds that the tuning is unlikely to get better by more than 1 %.
   *
   * @default - not looked for; with `autotune`, the service decides
   */
  readonly onConvergence?: boolean;
}

/** How a tuning searches, and when it ends. */
export interface TuningLimits<Strategy extends string = 'Bayesian' | 'Random' | 'Grid' | 'Hyperband'> {
  /**
   * How the next values are chosen.
   *
   * @default Bayesian
   */
  readonly strategy?: Strategy | HyperbandStrategy;

  /**
   * Number of training jobs: 1 to 750, with strategy Random to 10,000 where the account's quota was raised; with strategy Grid,
   * the number of combinations. Each costs the time of its instances.
   */
  readonly maxTrainingJobs: Value<number>;

  /**
   * Number of training jobs at the same time: 1 to 100, at most `maxTrainingJobs`. The quota of an account is 10 unless raised.
   *
   * @default 1
   */
  readonly maxParallelTrainingJobs?: Value<number>;

  /**
   * Time after which the whole tuning is stopped: 120 to 15,768,000 seconds, in whole seconds.
   *
   * @default - no limit but those of the training jobs
   */
  readonly maxRuntime?: Duration;

  /**
   * What ends the tuning early.
   *
   * @default - nothing but the limits
   */
  readonly completionCriteria?: TuningCompletionCriteria;

  /**
   * Seed of the choice of values: 0 or more.
   *
   * @default - by the service
   */
  readonly randomSeed?: number;
}

// https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html
const MAX_JOBS = 750;
const MAX_RANDOM_JOBS = 10_000;
const MAX_PARALLEL_JOBS = 100;
const MAX_RESOURCE = 20_000;
const RESOURCES = ['epochs', 'numepochs', 'n-epochs', 'n_epochs', 'num_epochs'];

export function strategyOf({ strategy = 'Bayesian' }: TuningLimits): 'Bayesian' | 'Random' | 'Grid' | 'Hyperband' {
  return typeof strategy === 'string' ? strategy : strategy.type;
}

export function renderLimits(
  props: TuningLimits,
): Pick<
  Arguments<HyperParameterTuningJobConfig>,
  'Strategy' | 'StrategyConfig' | 'ResourceLimits' | 'TuningJobCompletionCriteria' | 'RandomSeed'
> {
  const { strategy, completionCriteria } = props;
  const { minResource, maxResource }: Partial<HyperbandStrategy> = typeof strategy === 'object' ? strategy : {};
  const resources = minResource !== undefined || maxResource !== undefined;
  return {
    Strategy: strategyOf(props),
    StrategyConfig: resources
      ? { HyperbandStrategyConfig: { MinResource: minResource, MaxResource: maxResource } }
      : undefined,
    ResourceLimits: {
      MaxNumberOfTrainingJobs: props.maxTrainingJobs,
      MaxParallelTrainingJobs: props.maxParallelTrainingJobs ?? 1,
      MaxRuntimeInSeconds: props.maxRuntime?.toSeconds({ integral: false }),
    },
    TuningJobCompletionCriteria: completionCriteria && renderCriteria(completionCriteria),
    RandomSeed: props.randomSeed,
  };
}

function renderCriteria({
  targetMetricValue,
  maxTrainingJobsNotImproving: jobs,
  onConvergence,
}: TuningCompletionCriteria): Arguments<HyperParameterTuningJobConfig>['TuningJobCompletionCriteria'] {
  return {
    TargetObjectiveMetricValue: targetMetricValue,
    BestObjectiveNotImproving: jobs === undefined ? undefined : { MaxNumberOfTrainingJobsNotImproving: jobs },
    ConvergenceDetected:
      onConvergence === undefined ? undefined : { CompleteOnConvergence: onConvergence ? 'Enabled' : 'Disabled' },
  };
}

export function limitRules(props: TuningLimits): readonly Rule[] {
  const { maxTrainingJobs, maxParallelTrainingJobs = 1, completionCriteria } = props;
  const known = !isUnknown(maxTrainingJobs) && !isUnknown(maxParallelTrainingJobs);
  const maxJobs = strategyOf(props) === 'Random' ? MAX_RANDOM_JOBS : MAX_JOBS;
  return [
    wholeNumber('maxTrainingJobs', maxTrainingJobs, 1, maxJobs),
    wholeNumber('maxParallelTrainingJobs', maxParallelTrainingJobs, 1, MAX_PARALLEL_JOBS),
    [
      !known || Number(maxParallelTrainingJobs) <= Number(maxTrainingJobs),
      `'maxParallelTrainingJobs' must be at most 'maxTrainingJobs' (${known ? String(maxTrainingJobs) : ''}), got: ${known ? String(maxParallelTrainingJobs) : ''}`,
    ],
    duration('maxRuntime', props.maxRuntime, 'seconds', 120, 15_768_000),
    wholeNumber('randomSeed', props.randomSeed, 0),
    wholeNumber('completionCriteria.maxTrainingJobsNotImproving', completionCriteria?.maxTrainingJobsNotImproving, 3),
    [
      completionCriteria === undefined || Object.values(completionCriteria).some(value => value !== undefined),
      `'completionCriteria' must name at least one criterion, got: none`,
    ],
    ...hyperbandRules(props.strategy),
  ];
}

function hyperbandRules(strategy: TuningLimits['strategy']): readonly Rule[] {
  if (typeof strategy !== 'object') return [];
  const { minResource: min, maxResource: max } = strategy;
  const known = !isUnknown(min) && !isUnknown(max);
  return [
    wholeNumber('strategy.minResource', min, 1),
    wholeNumber('strategy.maxResource', max, 1, MAX_RESOURCE),
    [
      !known || Number(min) <= Number(max),
      `'strategy.minResource' must be at most 'maxResource' (${known ? String(max) : ''}), got: ${known ? String(min) : ''}`,
    ],
  ];
}

/** Hyperband must know how long a training job can be. */
export function resourceRule({ strategy }: TuningLimits, hyperparameters: object = {}): Rule {
  const given = typeof strategy === 'object' && strategy.maxResource !== undefined;
  return [
    given || RESOURCES.some(name => Object.hasOwn(hyperparameters, name)),
    `'strategy' must have a 'maxResource' where the hyperparameters have none of ${RESOURCES.join(', ')}, got: Hyperband`,
  ];
}
