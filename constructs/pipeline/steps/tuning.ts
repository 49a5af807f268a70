import type {
  CreateHyperParameterTuningJobRequest,
  DescribeHyperParameterTuningJobResponse,
  HyperParameterScalingType,
  ListTrainingJobsForHyperParameterTuningJobResponse,
  ParameterRanges,
} from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import { type Arguments, mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, join, literalBeginning, text, type Value } from '../expression';
import { grantContainer, renderCluster } from '../job';
import { grantJob } from '../permission';
import { count, duration, isUnknown, problemsOf, type Rule, wholeNumber } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { renderAlgorithm, renderTrainingJob, type TrainingJobProps, trainingJobRules } from './training-job';
import { givenHyperparameters, renderHyperparameters, trainingImage, tuningSourceRules } from './training-source';

/** A hyperparameter that the tuning chooses, and from what. */
export type ParameterRange =
  | {
      readonly type: 'Continuous' | 'Integer';
      /** Smallest value. */
      readonly min: number;
      /** Largest value. */
      readonly max: number;
      /**
       * How the range is searched; `ReverseLogarithmic` only for continuous ranges within 0 and 1.
       *
       * @default Auto
       */
      readonly scaling?: HyperParameterScalingType;
    }
  | {
      readonly type: 'Categorical';
      /** Texts to choose from: 1 to 30. */
      readonly values: readonly string[];
    };

/** The metric that decides which training job is best. */
export interface TuningObjective {
  /** Name of a metric that the algorithm emits, such as `validation:auc`. */
  readonly metricName: string;

  /** Whether the best job has most or least of the metric. */
  readonly type: 'Maximize' | 'Minimize';
}

export interface TuningStepProps
  extends StepProps, CacheableProps, RetryableProps<Exclude<JobException, 'SageMaker.JOB_INTERNAL_ERROR'>> {
  /** The jobs that are compared; `hyperparameters` are those that stay the same. */
  readonly training: TrainingJobProps;

  /** What the jobs are ranked by. */
  readonly objective: TuningObjective;

  /** Hyperparameters that the tuning chooses, by name: 1 to 30. */
  readonly ranges: Readonly<Record<string, ParameterRange>>;

  /**
   * How the next values are chosen.
   *
   * @default Bayesian
   */
  readonly strategy?: 'Bayesian' | 'Random' | 'Grid' | 'Hyperband';

  /**
   * Number of training jobs: 1 or more; with strategy Grid, the number of combinations. Each costs the time of its instances.
   */
  readonly maxTrainingJobs: Value<number>;

  /**
   * Number of training jobs at the same time; at most `maxTrainingJobs`.
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
   * Training jobs that are unlikely to become the best are stopped early. Hyperband does so by itself and refuses it.
   *
   * @default false
   */
  readonly earlyStopping?: boolean;

  /**
   * Seed of the choice of values: 0 or more.
   *
   * @default - by the service
   */
  readonly randomSeed?: number;

  /**
   * Any part of the CreateHyperParameterTuningJob request with one training job definition, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: RequestOverride<
    CreateHyperParameterTuningJobRequest,
    'HyperParameterTuningJobName' | 'TrainingJobDefinitions'
  >;
}

const MAX_ENVIRONMENT = 48;
const MAX_RANGES = 30;
const MAX_CATEGORIES = 30;
const CACHE_KEYS = [
  'HyperParameterTuningJobConfig',
  'TrainingJobDefinition.AlgorithmSpecification',
  'TrainingJobDefinition.InputDataConfig',
  'TrainingJobDefinition.StaticHyperParameters',
];

type TuningProperties = DescribeHyperParameterTuningJobResponse & ListTrainingJobsForHyperParameterTuningJobResponse;

/**
 * Trains several models with different hyperparameters and ranks them.
 *
 * Costs the time of the training jobs' instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
 */
export class TuningStep extends StepWithProperties<TuningProperties> {
  private readonly props: TuningStepProps;

  public constructor(name: string, props: TuningStepProps) {
    super(name, {
      type: 'Tuning',
      props,
      arguments: mergeArguments(renderArguments(props), props.request),
      cacheKeys: CACHE_KEYS,
      problems: problemsIn(props),
    });
    this.props = props;
  }

  /** S3 URI of the `model.tar.gz` of a training job by its rank: 0 is the best, 49 the last that can be read. */
  public bestModel(rank = 0): Expression<string> {
    if (!Number.isInteger(rank) || rank < 0 || rank > 49) {
      throw new Error(`step '${this.name}': 'rank' must be a whole number from 0 to 49, got: ${rank}`);
    }
    const job = this.property(`TrainingJobSummaries[${rank}].TrainingJobName`);
    return join('/', this.outputPath(), job, 'output/model.tar.gz');
  }

  public override bind(context: StepContext): void {
    const { training } = this.props;
    grantJob(context, 'HyperParameterTuningJob', grantContainer(training, trainingImage(training), context));
  }

  private outputPath(): Value<string> {
    const { outputPath } = this.props.training;
    const { text: literal, complete } = literalBeginning(outputPath);
    // A reused result lies where the execution that made it put it, not where this one would.
    return complete
      ? literal.replace(/\/$/, '')
      : this.get('TrainingJobDefinition.OutputDataConfig.S3OutputPath', outputPath);
  }
}

function renderArguments(props: TuningStepProps): NonNullable<TuningStepProps['request']> {
  const { training, objective } = props;
  return {
    HyperParameterTuningJobConfig: {
      Strategy: props.strategy ?? 'Bayesian',
      HyperParameterTuningJobObjective: { Type: objective.type, MetricName: objective.metricName },
      ResourceLimits: {
        MaxNumberOfTrainingJobs: props.maxTrainingJobs,
        MaxParallelTrainingJobs: props.maxParallelTrainingJobs ?? 1,
        MaxRuntimeInSeconds: props.maxRuntime?.toSeconds({ integral: false }),
      },
      ParameterRanges: renderRanges(props.ranges),
      TrainingJobEarlyStoppingType: props.earlyStopping ? 'Auto' : 'Off',
      RandomSeed: props.randomSeed,
    },
    TrainingJobDefinition: {
      ...renderTrainingJob(training),
      AlgorithmSpecification: renderAlgorithm(training),
      HyperParameterTuningResourceConfig: renderCluster(training),
      StaticHyperParameters: renderHyperparameters(training),
    },
  };
}

function renderRanges(ranges: TuningStepProps['ranges']): Arguments<ParameterRanges> {
  const numeric = (type: 'Continuous' | 'Integer') =>
    Object.entries(ranges).flatMap(([Name, range]) =>
      range.type === type
        ? [{ Name, MinValue: text(range.min), MaxValue: text(range.max), ScalingType: range.scaling ?? 'Auto' }]
        : [],
    );
  return {
    ContinuousParameterRanges: numeric('Continuous'),
    IntegerParameterRanges: numeric('Integer'),
    CategoricalParameterRanges: Object.entries(ranges).flatMap(([Name, range]) =>
      range.type === 'Categorical' ? [{ Name, Values: range.values }] : [],
    ),
  };
}

function problemsIn(props: TuningStepProps): readonly string[] {
  const { ranges, training, strategy = 'Bayesian', maxTrainingJobs, maxParallelTrainingJobs = 1 } = props;
  const number = Object.keys(ranges).length;
  const known = !isUnknown(maxTrainingJobs) && !isUnknown(maxParallelTrainingJobs);
  return problemsOf(
    ...trainingJobRules(training, MAX_ENVIRONMENT, Object.keys(ranges)).map(([holds, problem]): Rule => [
      holds,
      problem.replace(/^'/, "'training."),
    ]),
    [number >= 1 && number <= MAX_RANGES, `'ranges' must name 1 to ${MAX_RANGES} hyperparameters, got: ${number}`],
    ...Object.entries(ranges).flatMap(([name, range]) => rangeRules(name, range, strategy, training)),
    ...tuningSourceRules(training, props.objective, ranges, strategy),
    wholeNumber('maxTrainingJobs', maxTrainingJobs, 1),
    wholeNumber('maxParallelTrainingJobs', maxParallelTrainingJobs, 1),
    [
      !known || Number(maxParallelTrainingJobs) <= Number(maxTrainingJobs),
      `'maxParallelTrainingJobs' must be at most 'maxTrainingJobs' (${known ? String(maxTrainingJobs) : ''}), got: ${known ? String(maxParallelTrainingJobs) : ''}`,
    ],
    ...(strategy === 'Grid' ? [gridRule(ranges, maxTrainingJobs)] : []),
    duration('maxRuntime', props.maxRuntime, 'seconds', 120, 15_768_000),
    wholeNumber('randomSeed', props.randomSeed, 0),
    [
      strategy !== 'Hyperband' || !props.earlyStopping,
      `'earlyStopping' must be false with strategy Hyperband, which stops jobs itself, got: true`,
    ],
  );
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html */
function gridRule(ranges: TuningStepProps['ranges'], maxTrainingJobs: Value<number>): Rule {
  const combinations = Object.values(ranges).reduce(
    (product, range) => product * (range.type === 'Categorical' ? range.values.length : 1),
    1,
  );
  const holds = isUnknown(maxTrainingJobs) || maxTrainingJobs === combinations;
  return [
    holds,
    `'maxTrainingJobs' must be the number of combinations (${combinations}) with strategy Grid, got: ${holds ? '' : String(maxTrainingJobs)}`,
  ];
}

function rangeRules(
  name: string,
  range: ParameterRange,
  strategy: string,
  training: TrainingJobProps,
): readonly Rule[] {
  const at = `ranges.${name}`;
  const fixed: Rule = [
    !Object.hasOwn(givenHyperparameters(training), name),
    `'${at}' must not also stand in 'training.${training.algorithm ? 'algorithm' : 'hyperparameters'}', got: ${name}`,
  ];
  if (range.type === 'Categorical') return [fixed, count(`${at}.values`, range.values, MAX_CATEGORIES, 1)];
  const { type, min, max, scaling } = range;
  const grid: Rule = [strategy !== 'Grid', `'${at}' must be Categorical with strategy Grid, got: ${type}`];
  if (isUnknown(min) || isUnknown(max)) return [fixed, grid];
  return [
    fixed,
    grid,
    [min <= max, `'${at}.min' must be at most its 'max' (${max}), got: ${min}`],
    [
      type === 'Continuous' || (Number.isInteger(min) && Number.isInteger(max)),
      `'${at}' must have whole numbers, got: ${min} to ${max}`,
    ],
    [scaling !== 'Logarithmic' || min > 0, `'${at}.min' must be more than 0 with scaling Logarithmic, got: ${min}`],
    [
      scaling !== 'ReverseLogarithmic' || (type === 'Continuous' && min >= 0 && max < 1),
      `'${at}' must be Continuous from 0 to less than 1 with scaling ReverseLogarithmic, got: ${type} from ${min} to ${max}`,
    ],
  ];
}
