import type {
  CreateHyperParameterTuningJobRequest,
  DescribeHyperParameterTuningJobResponse,
  HyperParameterScalingType,
  ListTrainingJobsForHyperParameterTuningJobResponse,
} from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import { mergeArguments, type PartialArguments } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, join, type Value } from '../expression';
import { grantContainer, jobRole } from '../job';
import { grantJob } from '../permission';
import { problemsOf, type Rule, seconds, wholeNumber } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { renderAlgorithm, renderHyperparameters, renderTrainingJob } from './training-job';
import { type TrainingJobProps, trainingJobRules } from './training-job';

/** A hyperparameter that the tuning chooses, and from what. */
export type ParameterRange =
  | {
      readonly type: 'Continuous' | 'Integer';
      readonly min: number;
      readonly max: number;
      /**
       * How the range is searched; `ReverseLogarithmic` only for continuous ranges within 0 and 1.
       *
       * @default Auto
       */
      readonly scaling?: HyperParameterScalingType;
    }
  | { readonly type: 'Categorical'; readonly values: readonly string[] };

/** The metric that decides which training job is best. */
export interface TuningObjective {
  /** Name of a metric that the algorithm emits, such as `validation:auc`. */
  readonly metricName: string;

  readonly type: 'Maximize' | 'Minimize';
}

export interface TuningStepProps
  extends StepProps, CacheableProps, RetryableProps<Exclude<JobException, 'SageMaker.JOB_INTERNAL_ERROR'>> {
  /** The jobs that are compared; `hyperparameters` are those that stay the same. */
  readonly training: TrainingJobProps;

  /** What the best job has most or least of. */
  readonly objective: TuningObjective;

  /** Hyperparameters that the tuning chooses, by name: 1 to 30. */
  readonly ranges: Readonly<Record<string, ParameterRange>>;

  /**
   * How the next values are chosen.
   *
   * @default Bayesian
   */
  readonly strategy?: 'Bayesian' | 'Random' | 'Grid' | 'Hyperband';

  /** Number of training jobs: 1 or more. Each costs the time of its instances. */
  readonly maxTrainingJobs: Value<number>;

  /**
   * Number of training jobs at the same time; at most `maxTrainingJobs`.
   *
   * @default 1
   */
  readonly maxParallelTrainingJobs?: Value<number>;

  /**
   * Time after which the whole tuning is stopped: 120 to 15,768,000 seconds.
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
   * Any part of the CreateHyperParameterTuningJob request, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: PartialArguments<Omit<CreateHyperParameterTuningJobRequest, 'HyperParameterTuningJobName'>>;
}

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
      cacheKeys: ['HyperParameterTuningJobConfig'],
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
    return join('/', this.props.training.outputPath, job, 'output/model.tar.gz');
  }

  public override bind(context: StepContext): void {
    const { training } = this.props;
    const role = jobRole(training, context);
    grantJob(context, 'HyperParameterTuningJob', role);
    grantContainer(training, [training.image], context);
    training.outputEncryptionKey?.grantEncryptDecrypt(role);
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
        MaxRuntimeInSeconds: props.maxRuntime?.toSeconds(),
      },
      ParameterRanges: renderRanges(props.ranges),
      TrainingJobEarlyStoppingType: props.earlyStopping ? 'Auto' : 'Off',
      RandomSeed: props.randomSeed,
    },
    TrainingJobDefinition: {
      ...renderTrainingJob(training),
      AlgorithmSpecification: renderAlgorithm(training),
      StaticHyperParameters: renderHyperparameters(training),
    },
  };
}

function renderRanges(ranges: TuningStepProps['ranges']): object {
  const numeric = (type: 'Continuous' | 'Integer') =>
    Object.entries(ranges).flatMap(([Name, range]) =>
      range.type === type
        ? [{ Name, MinValue: String(range.min), MaxValue: String(range.max), ScalingType: range.scaling ?? 'Auto' }]
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
  const count = Object.keys(ranges).length;
  const literal = typeof maxTrainingJobs === 'number' && typeof maxParallelTrainingJobs === 'number';
  return problemsOf(
    ...trainingJobRules(training).map(([holds, problem]): Rule => [holds, problem.replace(/^'/, "'training.")]),
    [count >= 1 && count <= 30, `'ranges' must name 1 to 30 hyperparameters, got: ${count}`],
    ...Object.entries(ranges).flatMap(([name, range]) => rangeRules(name, range, strategy, training)),
    wholeNumber('maxTrainingJobs', maxTrainingJobs, 1),
    wholeNumber('maxParallelTrainingJobs', maxParallelTrainingJobs, 1),
    [
      !literal || maxParallelTrainingJobs <= maxTrainingJobs,
      `'maxParallelTrainingJobs' must be at most 'maxTrainingJobs' (${String(literal ? maxTrainingJobs : '')}), got: ${String(literal ? maxParallelTrainingJobs : '')}`,
    ],
    seconds('maxRuntime', props.maxRuntime, 120, 15_768_000),
    wholeNumber('randomSeed', props.randomSeed, 0),
    [
      strategy !== 'Hyperband' || !props.earlyStopping,
      `'earlyStopping' must be false with strategy Hyperband, which stops jobs itself, got: true`,
    ],
  );
}

function rangeRules(
  name: string,
  range: ParameterRange,
  strategy: string,
  training: TrainingJobProps,
): readonly Rule[] {
  const at = `ranges.${name}`;
  const fixed: Rule = [
    !Object.hasOwn(training.hyperparameters ?? {}, name),
    `'${at}' must not also stand in 'training.hyperparameters', got: ${name}`,
  ];
  if (range.type === 'Categorical') {
    return [fixed, [range.values.length >= 1, `'${at}.values' must hold at least one value, got: none`]];
  }
  return [
    fixed,
    [strategy !== 'Grid', `'${at}' must be Categorical with strategy Grid, got: ${range.type}`],
    [range.min <= range.max, `'${at}.min' must be at most its 'max' (${range.max}), got: ${range.min}`],
    [
      range.type === 'Continuous' || (Number.isInteger(range.min) && Number.isInteger(range.max)),
      `'${at}' must have whole numbers, got: ${range.min} to ${range.max}`,
    ],
    [
      range.scaling !== 'Logarithmic' || range.min > 0,
      `'${at}.min' must be more than 0 with scaling Logarithmic, got: ${range.min}`,
    ],
    [
      range.scaling !== 'ReverseLogarithmic' || (range.type === 'Continuous' && range.min >= 0 && range.max < 1),
      `'${at}' must be Continuous from 0 to less than 1 with scaling ReverseLogarithmic, got: ${range.type} from ${range.min} to ${range.max}`,
    ],
  ];
}
