import { Expression, text, type Value } from '../expression';
import { isUnknown, type Rule } from '../problem';

/** One of several texts, or an expression that nobody checks. */
export type Choice<T extends string> = T | Expression<string>;

/** A number, or a text in the place of one, such as `auto`. */
export type NumberOr<T extends string> = Value<number> | Choice<T>;

/** 1 for yes, 0 for no. */
export type Flag = 0 | 1 | Expression<number>;

/** Hyperparameters that do not go with others. */
export type Without<Name extends string> = Readonly<Partial<Record<Name, never>>>;

/** What a user gives a hyperparameter; lists become one text. */
export type HyperparameterValue = Value | readonly (string | number)[] | readonly (readonly number[])[];

export type HyperparameterValues = Readonly<Record<string, HyperparameterValue | undefined>>;

/** What numbers may be: `min` and `max` belong to the range, `above` and `below` do not. */
export interface Interval {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

/** What an algorithm takes as one hyperparameter. */
export interface Hyperparameter extends Interval {
  readonly type: 'Integer' | 'Continuous' | 'Categorical' | 'FreeText';

  /** The texts that it takes; of a number, those that it takes in the place of numbers. */
  readonly values?: readonly string[];

  /** Must be given, unless a tuning chooses it. What no tuning can choose, the compiler asks for. */
  readonly required?: boolean;

  readonly tunable?: boolean;

  /** What decides whether it has an effect: another hyperparameter, the values of it that do, and its default. */
  readonly onlyWith?: {
    readonly name: string;
    readonly values: readonly unknown[];
    readonly default?: unknown;
  };

  /** Text of a list. */
  readonly write?: (list: readonly unknown[]) => string;

  /** For what is neither a number nor one of some texts: whether it holds, and the rule in words. */
  readonly holds?: (value: unknown) => boolean;
  readonly rule?: string;
}

export type Hyperparameters = Readonly<Record<string, Hyperparameter>>;

type Options = Pick<Hyperparameter, 'values' | 'required' | 'tunable' | 'onlyWith'>;

export const integer = (interval: Interval, options: Options = {}): Hyperparameter => ({
  type: 'Integer',
  ...interval,
  ...options,
});

export const continuous = (interval: Interval, options: Options = {}): Hyperparameter => ({
  type: 'Continuous',
  ...interval,
  ...options,
});

export const oneOf = (values: readonly string[], options: Options = {}): Hyperparameter => ({
  type: 'Categorical',
  values,
  ...options,
});

/** A list of texts; the algorithm reads it as the text that `write` makes of it. */
export const listOf = (values: readonly string[], write: Hyperparameter['write']): Hyperparameter => ({
  type: 'FreeText',
  write,
  rule: `one or more of ${values.join(', ')}`,
  holds: value => (Array.isArray(value) ? value.length > 0 && value.every(one => values.includes(String(one))) : false),
});

/** A JSON list as Python writes it. */
export const jsonList = (list: readonly unknown[]): string => `[${list.map(item => JSON.stringify(item)).join(', ')}]`;

/** `true` and `false` in the spelling of an algorithm. */
export const boolean = (spelling: 'true' | 'True', options: Options = {}): Hyperparameter =>
  oneOf(spelling === 'true' ? ['true', 'false'] : ['True', 'False'], options);

/** A hyperparameter as the service wants it: text. */
export function renderHyperparameter(value: HyperparameterValue, hyperparameter?: Hyperparameter): Value<string> {
  if (isList(value)) return hyperparameter?.write?.(value) ?? value.join(',');
  if (typeof value === 'boolean') return textOf(value, hyperparameter);
  return text(value);
}

/** Whether a literal is one that the algorithm takes. */
export function accepts(hyperparameter: Hyperparameter, value: unknown): boolean {
  const { type, values, holds } = hyperparameter;
  if (isUnknown(value)) return true;
  if (holds) return holds(value);
  if (typeof value === 'number') return isNumeric(hyperparameter) && isWithin(hyperparameter, value);
  return type === 'FreeText' || values?.includes(textOf(value, hyperparameter)) === true;
}

export function isNumeric({ type }: Hyperparameter): boolean {
  return type === 'Integer' || type === 'Continuous';
}

/** The rule in words, to follow "must be". */
export function ruleOf(hyperparameter: Hyperparameter): string {
  const { type, values = [], rule } = hyperparameter;
  if (rule !== undefined) return rule;
  if (!isNumeric(hyperparameter)) return values.length > 0 ? `one of ${values.join(', ')}` : 'a text';
  const number = [type === 'Integer' ? 'a whole number' : 'a number', intervalOf(hyperparameter)].join(' ').trim();
  return [number, ...values].join(' or ');
}

/** Rules for each given hyperparameter; `tuned` are those that a tuning chooses. */
export function hyperparameterRules(
  algorithm: string,
  hyperparameters: Hyperparameters,
  given: HyperparameterValues,
  tuned: readonly string[],
): readonly Rule[] {
  const required = Object.entries(hyperparameters).map(([name, { required }]): Rule => [
    required !== true || given[name] !== undefined || tuned.includes(name),
    `'algorithm.${name}' must be given, unless a tuning chooses it, got: none`,
  ]);
  const each = Object.entries(given).flatMap(([name, value]): readonly Rule[] => {
    if (value === undefined) return [];
    const hyperparameter = Object.hasOwn(hyperparameters, name) ? hyperparameters[name] : undefined;
    if (!hyperparameter) {
      return [
        [false, `'algorithm.${name}' must be left out with ${algorithm}, which does not know it, got: ${shown(value)}`],
      ];
    }
    return [
      [accepts(hyperparameter, value), `'algorithm.${name}' must be ${ruleOf(hyperparameter)}, got: ${shown(value)}`],
      onlyWithRule(name, hyperparameter, given, tuned),
    ];
  });
  return [...required, ...each];
}

/** A value in an error message. */
export function shown(value: HyperparameterValue | undefined): string {
  if (value === undefined) return 'none';
  if (value instanceof Expression) return 'an expression';
  return isList(value) ? JSON.stringify(value) : String(value);
}

function onlyWithRule(
  name: string,
  { onlyWith }: Hyperparameter,
  given: HyperparameterValues,
  tuned: readonly string[],
): Rule {
  if (!onlyWith) return [true, ''];
  const other = given[onlyWith.name] ?? onlyWith.default;
  const unsure = tuned.includes(onlyWith.name) || (other !== undefined && isUnknown(other));
  return [
    unsure || onlyWith.values.includes(other),
    `'algorithm.${name}' must be left out unless ${onlyWith.name} is ${onlyWith.values.join(' or ')}, got: ${shown(given[name])}`,
  ];
}

function isWithin({ type, min, max, above, below }: Hyperparameter, value: number): boolean {
  return (
    (type !== 'Integer' || Number.isInteger(value)) &&
    value >= (min ?? -Infinity) &&
    value <= (max ?? Infinity) &&
    value > (above ?? -Infinity) &&
    value < (below ?? Infinity)
  );
}

function intervalOf({ min, max, above, below }: Interval): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  if (min !== undefined) return `of ${min} or more`;
  const lower = above === undefined ? [] : [`above ${above}`];
  const upper = max !== undefined ? [`at most ${max}`] : below !== undefined ? [`below ${below}`] : [];
  return [...lower, ...upper].join(' and ');
}

function textOf(value: unknown, hyperparameter?: Hyperparameter): string {
  const [yes = 'true', no = 'false'] = hyperparameter?.values ?? [];
  return typeof value === 'boolean' ? (value ? yes : no) : String(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
