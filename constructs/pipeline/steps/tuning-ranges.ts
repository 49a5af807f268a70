import type {
  HyperParameterScalingType,
  HyperParameterTuningJobObjective,
  ParameterRanges,
} from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import { text, type Value } from '../expression';
import { count, isUnknown, maxLength, type Rule } from '../problem';
import type { TrainingJobProps } from './training-job';
import { givenHyperparameters } from './training-source';

/** A hyperparameter that the tuning chooses, and from what. */
export type ParameterRange =
  | {
      readonly type: 'Continuous' | 'Integer';
      /** Smallest value. */
      readonly min: Value<number>;
      /** Largest value. */
      readonly max: Value<number>;
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
      readonly values: readonly Value<string>[];
    }
  | {
      /** The service finds the range; needs `autotune`. */
      readonly type: 'Auto';
      /** A fair value, which the service starts from; a number is written as text. */
      readonly example: Value<string | number>;
    };

/** The metric that decides which training job is best. */
export interface TuningObjective {
  /** Name of a metric that the algorithm emits, such as `validation:auc`: up to 255 characters. */
  readonly metricName: string;

  /** Whether the best job has most or least of the metric. */
  readonly type: 'Maximize' | 'Minimize';
}

/** What is searched for one algorithm. */
export interface TuningSearch {
  /** What the jobs are ranked by. */
  readonly objective: TuningObjective;

  /** Hyperparameters that the tuning chooses, by name: 1 to 30, and up to 100 of type `Auto`. */
  readonly ranges: Readonly<Record<string, ParameterRange>>;
}

const MAX_RANGES = 30;
const MAX_AUTO = 100;
const MAX_CATEGORIES = 30;
// The service takes 100, and adds one that names the objective.
// https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
const MAX_HYPERPARAMETERS = 99;

export function renderObjective({ type, metricName }: TuningObjective): Arguments<HyperParameterTuningJobObjective> {
  return { Type: type, MetricName: metricName };
}

export function renderRanges(ranges: TuningSearch['ranges']): Arguments<ParameterRanges> {
  const numeric = (type: 'Continuous' | 'Integer') =>
    Object.entries(ranges).flatMap(([Name, range]) =>
      range.type === type
        ? [{ Name, MinValue: text(range.min), MaxValue: text(range.max), ScalingType: range.scaling ?? 'Auto' }]
        : [],
    );
  const found = Object.entries(ranges).flatMap(([Name, range]) =>
    range.type === 'Auto' ? [{ Name, ValueHint: text(range.example) }] : [],
  );
  return {
    ContinuousParameterRanges: numeric('Continuous'),
    IntegerParameterRanges: numeric('Integer'),
    CategoricalParameterRanges: Object.entries(ranges).flatMap(([Name, range]) =>
      range.type === 'Categorical' ? [{ Name, Values: range.values }] : [],
    ),
    AutoParameters: found.length > 0 ? found : undefined,
  };
}

/** Number of the combinations of categorical values. */
export function combinationsOf(ranges: TuningSearch['ranges']): number {
  return Object.values(ranges).reduce(
    (product, range) => product * (range.type === 'Categorical' ? range.values.length : 1),
    1,
  );
}

export function searchRules(
  { objective, ranges }: TuningSearch,
  { strategy, autotune }: { readonly strategy: string; readonly autotune: boolean },
  training: TrainingJobProps,
): readonly Rule[] {
  const hyperparameters = givenHyperparameters(training);
  const auto = Object.values(ranges).filter(({ type }) => type === 'Auto').length;
  const given = Object.keys(ranges).length - auto;
  const all = Object.keys({ ...hyperparameters, ...ranges }).length;
  return [
    maxLength('objective.metricName', objective.metricName, 255),
    [objective.metricName !== '', `'objective.metricName' must name a metric, got: ${objective.metricName}`],
    [
      given + auto >= 1 && given <= MAX_RANGES,
      `'ranges' must name 1 to ${MAX_RANGES} hyperparameters, got: ${given + auto}`,
    ],
    [auto <= MAX_AUTO, `'ranges' must name at most ${MAX_AUTO} hyperparameters of type Auto, got: ${auto}`],
    [
      auto === 0 || autotune,
      `'ranges' must have no hyperparameter of type Auto without 'autotune', got: ${Object.keys(ranges).join(', ')}`,
    ],
    [
      all <= MAX_HYPERPARAMETERS,
      `'ranges' and 'training.hyperparameters' together must be at most ${MAX_HYPERPARAMETERS}, got: ${all}`,
    ],
    ...Object.entries(ranges).flatMap(([name, range]) => rangeRules(name, range, strategy, training)),
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
  const named = maxLength('ranges', name, 256);
  if (range.type === 'Categorical') return [fixed, named, count(`${at}.values`, range.values, MAX_CATEGORIES, 1)];
  const grid: Rule = [strategy !== 'Grid', `'${at}' must be Categorical with strategy Grid, got: ${range.type}`];
  return [fixed, named, grid, ...(range.type === 'Auto' ? [] : numberRules(at, range))];
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html */
function numberRules(at: string, range: Extract<ParameterRange, { min: unknown }>): readonly Rule[] {
  const { type, scaling } = range;
  if (isUnknown(range.min) || isUnknown(range.max)) return [];
  const [min, max] = [Number(range.min), Number(range.max)];
  return [
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
