import { text, type Value } from '../expression';
import { isUnknown, maxLength, numberBetween, type Rule, rule, wholeNumber } from '../problem';

/** Several texts, such as regular expressions: as a list, or as one text with commas between them. */
export type Texts = Value<string> | readonly string[];

/** Tensors that a rule looks at: the union of both sets. */
export interface TensorChoice {
  /**
   * Names of collections.
   *
   * @default - none
   */
  readonly collection_names?: Texts;

  /**
   * Regular expressions of names of tensors.
   *
   * @default - all tensors that are saved, unless collections are named
   */
  readonly tensor_regex?: Texts;
}

/** At least one way to choose tensors. */
export type ChosenTensors = TensorChoice & ({ readonly collection_names: Texts } | { readonly tensor_regex: Texts });

export type RuleParameter = Value<string> | Value<number> | boolean | readonly string[];

/** What a parameter may be. A number may lie on its limits unless it is between them. */
export type Range =
  'text' | 'flag' | { readonly min?: number; readonly max?: number; readonly form?: 'whole' | 'between' };

/** Limits of every parameter of some rules: the compiler misses none. */
export type Ranges<Rules> = { readonly [Name in keyof Rules]: Readonly<Record<KeysOf<Rules[Name]>, Range>> };

type KeysOf<T> = T extends unknown ? keyof T : never;

export const ANY = {} as const;
export const WHOLE = { form: 'whole', min: 0 } as const;
export const POSITIVE = { form: 'whole', min: 1 } as const;
export const PERCENT = { min: 0, max: 100 } as const;
export const SHARE = { min: 0, max: 1 } as const;

const MAX_VALUE = 256;

/** A parameter as the containers of the rules read it: Python's words for a boolean, and commas in a list. */
export function parameterText(value: RuleParameter): Value<string> {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' && 'join' in value ? value.join(',') : text(value);
}

export function parameterRules(prop: string, value: RuleParameter, range: Range): readonly Rule[] {
  if (typeof value === 'object' && 'join' in value) {
    const faulty = value.find(item => item.includes(','));
    return [
      [faulty === undefined, `'${prop}' must have no comma inside its texts, got: ${faulty ?? ''}`],
      maxLength(prop, value.join(','), MAX_VALUE),
    ];
  }
  if (isUnknown(value) || typeof value === 'boolean') return [];
  if (typeof value === 'string') return [maxLength(prop, value, MAX_VALUE)];
  return typeof range === 'string' ? [] : [numberRule(prop, value as number, range)];
}

function numberRule(
  prop: string,
  value: number,
  { min = -Infinity, max = Infinity, form }: Exclude<Range, string>,
): Rule {
  if (form === 'whole') return wholeNumber(prop, value, min, max);
  if (form === 'between') {
    return rule(value, n => n > min && n < max, `'${prop}' must be more than ${min} and less than ${max}`);
  }
  return min === -Infinity
    ? rule(value, n => Number.isFinite(n), `'${prop}' must be a number`)
    : numberBetween(prop, value, min, max);
}
