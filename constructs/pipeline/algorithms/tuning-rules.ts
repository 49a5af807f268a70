import { Expression, type Value } from '../expression';
import { isUnknown, type Rule } from '../problem';
import type { ParameterRange, TuningObjective } from '../steps/tuning-ranges';
import type { AlgorithmContent, AlgorithmJob } from './content';
import { accepts, type Hyperparameter, isNumeric, ruleOf } from './hyperparameter';

/** Rules for what a tuning of an algorithm ranks by. */
export function objectiveRules(
  { name, metrics, measuredOn }: AlgorithmContent,
  { metricName, type }: TuningObjective,
  { inputs }: AlgorithmJob,
): readonly Rule[] {
  if (isUnknown(metricName)) return [];
  const direction = Object.hasOwn(metrics, metricName) ? metrics[metricName] : undefined;
  const names = Object.keys(metrics);
  const channel = measuredOn.find(one => metricName.startsWith(`${one}:`));
  return [
    [
      direction !== undefined,
      names.length > 0
        ? `'objective.metricName' must be a metric of ${name} (${names.join(', ')}), got: ${metricName}`
        : `'training.algorithm' must have a metric that a tuning can rank by, got: ${name}`,
    ],
    [
      direction === undefined || type === direction,
      `'objective.type' must be ${direction ?? ''} with ${metricName}, got: ${type}`,
    ],
    [
      direction === undefined || channel === undefined || Object.hasOwn(inputs, channel),
      `'training.inputs' must have the channel ${channel ?? ''}, on which ${metricName} is measured, got: ${Object.keys(inputs).join(', ')}`,
    ],
  ];
}

/**
 * Rules for a range of a tuning of an algorithm.
 *
 * Only what the service refuses: the ranges that the documentation recommends are narrower than those that are allowed.
 */
export function algorithmRangeRules(
  { name: algorithm, hyperparameters }: AlgorithmContent,
  name: string,
  range: ParameterRange,
  strategy: string,
): readonly Rule[] {
  const hyperparameter = Object.hasOwn(hyperparameters, name) ? hyperparameters[name] : undefined;
  const tunable = Object.keys(hyperparameters).filter(one => hyperparameters[one]?.tunable);
  if (!hyperparameter?.tunable) {
    const among = tunable.length > 0 ? ` (${tunable.join(', ')})` : '';
    return [[false, `'ranges' must name hyperparameters that ${algorithm} can tune${among}, got: ${name}`]];
  }
  if (range.type === 'Auto') return [];
  const types = typesOf(hyperparameter, strategy);
  if (!types.includes(range.type)) {
    return [[false, `'ranges.${name}' must be ${types.join(' or ')} with ${algorithm}, got: ${range.type}`]];
  }
  // The service registers a range with its ends, even where the algorithm excludes them.
  const closed = withEnds(hyperparameter);
  const words = `'ranges.${name}' must keep to ${ruleOf(closed)} with ${algorithm}`;
  return valuesOf(range).map((value): Rule => [
    accepts(closed, asNumber(value, hyperparameter)),
    `${words}, got: ${value}`,
  ]);
}

/** A grid is made of categories only; a whole number is also a number. */
function typesOf(hyperparameter: Hyperparameter, strategy: string): readonly ParameterRange['type'][] {
  if (!isNumeric(hyperparameter) || strategy === 'Grid') return ['Categorical'];
  return hyperparameter.type === 'Integer' ? ['Integer'] : ['Continuous', 'Integer'];
}

/** The values of a range that are known at synthesis. */
function valuesOf(range: Exclude<ParameterRange, { type: 'Auto' }>): readonly (string | number)[] {
  const values: readonly Value<string | number>[] =
    range.type === 'Categorical' ? range.values : [range.min, range.max];
  return values.flatMap(value => (value instanceof Expression ? [] : [value]));
}

/** A category of a number is the number. */
function asNumber(value: string | number, hyperparameter: Hyperparameter): string | number {
  const isText = isUnknown(value) || hyperparameter.values?.includes(String(value));
  return isNumeric(hyperparameter) && !isText ? Number(value) : value;
}

function withEnds({ above, below, ...rest }: Hyperparameter): Hyperparameter {
  return { ...rest, min: rest.min ?? above, max: rest.max ?? below };
}
