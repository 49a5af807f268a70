import type {
  CreateHyperParameterTuningJobRequest,
  DescribeHyperParameterTuningJobResponse,
  ListTrainingJobsForHyperParameterTuningJobResponse,
  TrainingJobEarlyStoppingType,
} from '@aws-sdk/client-sagemaker';
import { mergeArguments, type PartialArguments } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, join, literalBeginning, render, type Value } from '../expression';
import { keepFloats } from '../json';
import { grantJob, grantPassRole } from '../permission';
import { count, isUnknown, problemsOf, type Rule } from '../problem';
import { StepWithProperties } from '../step';
import { grantTraining } from './training-grants';
import { limitRules, renderLimits, strategyOf } from './tuning-limits';
import type { MultiAlgorithmTuningStepProps, TuningStepProps } from './tuning-props';
import { combinationsOf, renderObjective, renderRanges } from './tuning-ranges';
import { below, type DefinitionArguments, renderDefinition, renderTraining } from './tuning-training';
import { trainingRules, type TunedTraining } from './tuning-training';
import { renderWarmStart, warmStartRules } from './tuning-warm-start';

const CACHE_KEYS = [
  'HyperParameterTuningJobConfig',
  'TrainingJobDefinition.AlgorithmSpecification',
  'TrainingJobDefinition.InputDataConfig',
  'TrainingJobDefinition.StaticHyperParameters',
  'TrainingJobDefinitions',
];

const OF_ONE_ALGORITHM = ['training', 'objective', 'ranges', 'fallbackInstances', 'earlyStopping', 'warmStart'];

type AnyTuningProps = TuningStepProps | MultiAlgorithmTuningStepProps;
type TuningArguments = PartialArguments<
  Pick<CreateHyperParameterTuningJobRequest, 'HyperParameterTuningJobConfig' | 'WarmStartConfig' | 'Autotune' | 'Tags'>
> & {
  readonly TrainingJobDefinition?: DefinitionArguments;
  readonly TrainingJobDefinitions?: readonly DefinitionArguments[];
};
type TuningProperties = DescribeHyperParameterTuningJobResponse & ListTrainingJobsForHyperParameterTuningJobResponse;

/**
 * Trains several models with different hyperparameters, of one or several algorithms, and ranks them.
 *
 * Costs the time of the training jobs' instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
 */
export class TuningStep extends StepWithProperties<TuningProperties> {
  /** Name of the tuning job, such as for the warm start of a later one. */
  public readonly jobName: Expression<string> = this.property('HyperParameterTuningJobName');

  private readonly props: AnyTuningProps;
  private readonly outputPaths: readonly Value<string>[];

  public constructor(name: string, props: AnyTuningProps) {
    const all = mergeArguments(renderArguments(props), props.request);
    super(name, {
      type: 'Tuning',
      props,
      arguments: keepFloats(all, ['TargetObjectiveMetricValue']),
      cacheKeys: CACHE_KEYS,
      problems: problemsIn(props),
    });
    this.props = props;
    const definitions = all.TrainingJobDefinitions ?? (all.TrainingJobDefinition ? [all.TrainingJobDefinition] : []);
    this.outputPaths = definitions.map(({ OutputDataConfig: output }) => output?.S3OutputPath as Value<string>);
  }

  /**
   * S3 URI of the `model.tar.gz` of a training job by its rank: 0 is the best, 49 the last that can be read.
   *
   * Several algorithms must have one `outputPath`: only the service knows which of them has the rank.
   */
  public bestModel(rank = 0): Expression<string> {
    return join('/', this.outputPath(), this.trainingJobName(rank), 'output/model.tar.gz');
  }

  /** Name of a training job by its rank: 0 is the best. */
  public trainingJobName(rank = 0): Expression<string> {
    return this.get(`${this.job(rank)}.TrainingJobName`);
  }

  /** Value of the objective of a training job by its rank: 0 is the best. */
  public metricValue(rank = 0): Expression<number> {
    return this.get(`${this.job(rank)}.FinalHyperParameterTuningJobObjectiveMetric.Value`);
  }

  /** The value that the tuning chose for a hyperparameter, as text, by the rank of the training job: 0 is the best. */
  public hyperparameter(name: string, rank = 0): Expression<string> {
    return this.get(`${this.job(rank)}.TunedHyperParameters['${name}']`);
  }

  /** Which of several algorithms a training job is of, by its rank: 0 is the best. */
  public trainingName(rank = 0): Expression<string> {
    if (this.props.trainings === undefined) {
      throw new Error(
        `step '${this.name}': 'trainingName' must be read of a tuning with 'trainings', got: one algorithm`,
      );
    }
    return this.get(`${this.job(rank)}.TrainingJobDefinitionName`);
  }

  public override bind(context: StepContext): void {
    const trainings = trainingsOf(this.props).map(([, { training }]) => training);
    const roles = new Set(trainings.map(training => grantTraining(training, context)));
    grantJob(context, 'HyperParameterTuningJob');
    for (const role of roles) grantPassRole(context, role);
  }

  private job(rank: number): string {
    if (!Number.isInteger(rank) || rank < 0 || rank > 49) {
      throw new Error(`step '${this.name}': 'rank' must be a whole number from 0 to 49, got: ${rank}`);
    }
    return `TrainingJobSummaries[${rank}]`;
  }

  private outputPath(): Value<string> {
    const written = [...new Set(this.outputPaths.map(path => JSON.stringify(render(path)).replace(/\/"$/, '"')))];
    if (written.length !== 1) {
      throw new Error(
        `step '${this.name}': 'trainings' must have one 'outputPath' for 'bestModel', because only the service knows which of them is best, got: ${written.join(', ')}`,
      );
    }
    const [outputPath = ''] = this.outputPaths;
    const { text: literal, complete } = literalBeginning(outputPath);
    const definition = this.props.trainings ? 'TrainingJobDefinitions[0]' : 'TrainingJobDefinition';
    // A reused result lies where the execution that made it put it, not where this one would.
    return complete ? literal.replace(/\/$/, '') : this.get(`${definition}.OutputDataConfig.S3OutputPath`, outputPath);
  }
}

function trainingsOf(props: AnyTuningProps): readonly (readonly [string, TunedTraining])[] {
  return props.trainings ? Object.entries(props.trainings) : [['', props]];
}

function renderArguments(props: AnyTuningProps): TuningArguments {
  const earlyStopping = props.trainings ? undefined : props.earlyStopping;
  const { Strategy, ResourceLimits, ...more } = renderLimits(props);
  const TrainingJobEarlyStoppingType =
    props.autotune && earlyStopping === undefined ? undefined : stopping(earlyStopping);
  const Autotune = props.autotune ? ({ Mode: 'Enabled' } as const) : undefined;
  if (props.trainings) {
    return {
      HyperParameterTuningJobConfig: { Strategy, ResourceLimits, TrainingJobEarlyStoppingType, ...more },
      TrainingJobDefinitions: Object.entries(props.trainings).map(each => renderDefinition(...each)),
      Autotune,
    };
  }
  return {
    HyperParameterTuningJobConfig: {
      Strategy,
      HyperParameterTuningJobObjective: renderObjective(props.objective),
      ResourceLimits,
      ParameterRanges: renderRanges(props.ranges),
      TrainingJobEarlyStoppingType,
      ...more,
    },
    TrainingJobDefinition: renderTraining(props),
    WarmStartConfig: props.warmStart && renderWarmStart(props.warmStart),
    Autotune,
  };
}

function stopping(early: boolean | undefined): TrainingJobEarlyStoppingType {
  return early ? 'Auto' : 'Off';
}

function problemsIn(props: AnyTuningProps): readonly string[] {
  const { autotune = false, request, trainings } = props;
  const strategyInRequest = request?.HyperParameterTuningJobConfig?.StrategyConfig !== undefined;
  const rulesOf = (training: TunedTraining) => trainingRules(training, props, { autotune, strategyInRequest });
  if (!trainings) return problemsOf(...rulesOf(props), ...limitRules(props), ...rulesOfOne(props));
  const ofOne = OF_ONE_ALGORITHM.filter(name => Object.hasOwn(props, name));
  return problemsOf(
    count('trainings', trainings, 10, 1),
    // The compiler sees them in a literal, and not in what is spread into one.
    [ofOne.length === 0, `'trainings' must not come with what belongs to one algorithm, got: ${ofOne.join(', ')}`],
    ...Object.entries(trainings).flatMap(([name, training]): readonly Rule[] => [
      [
        /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(name) && name.length <= 64,
        `'trainings' must have names of 1 to 64 letters, digits and hyphens, a letter or digit at both ends, got: ${name}`,
      ],
      ...below(`trainings.${name}`, rulesOf(training)),
    ]),
    ...limitRules(props),
  );
}

function rulesOfOne(props: TuningStepProps): readonly Rule[] {
  const { earlyStopping, maxTrainingJobs, ranges, warmStart } = props;
  const strategy = strategyOf(props);
  const combinations = combinationsOf(ranges);
  const holds = strategy !== 'Grid' || isUnknown(maxTrainingJobs) || maxTrainingJobs === combinations;
  return [
    [
      holds,
      `'maxTrainingJobs' must be the number of combinations (${combinations}) with strategy Grid, got: ${holds ? '' : String(maxTrainingJobs)}`,
    ],
    [
      strategy !== 'Hyperband' || !earlyStopping,
      `'earlyStopping' must be false with strategy Hyperband, which stops jobs itself, got: true`,
    ],
    ...(warmStart ? warmStartRules(warmStart) : []),
  ];
}
