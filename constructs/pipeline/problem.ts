import { type Duration, Token } from 'aws-cdk-lib/core';
import { Expression, type Value } from './expression';

/** A rule that holds, or the words of an error message. */
export type Rule = readonly [holds: boolean, problem: string];

export function problemsOf(...rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(([holds, problem]) => (holds ? [] : [problem]));
}

/** Whether a value is only known at deployment or when the pipeline runs, so that no rule can be checked. */
export function isUnknown(value: unknown): boolean {
  return value === undefined || value instanceof Expression || Token.isUnresolved(value);
}

/** A rule for a value that is known; `problem` is the rule in words. */
export function rule<T>(value: T, holds: (value: T) => boolean, problem: string): Rule {
  const kept = isUnknown(value) || holds(value);
  return [kept, `${problem}, got: ${kept ? '' : String(value)}`];
}

export function wholeNumber(prop: string, value: Value<number> | undefined, min: number, max = Infinity): Rule {
  const range = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
  const holds = (n: unknown) => Number.isInteger(n) && Number(n) >= min && Number(n) <= max;
  return rule(value, holds, `'${prop}' must be a whole number ${range}`);
}

export function numberBetween(prop: string, value: number | undefined, min: number, max = Infinity): Rule {
  const range = max === Infinity ? `${min} or more` : `from ${min} to ${max}`;
  return rule(value, n => Number(n) >= min && Number(n) <= max, `'${prop}' must be ${range}`);
}

/** A duration in whole seconds or minutes. */
export function duration(
  prop: string,
  value: Duration | undefined,
  unit: 'seconds' | 'minutes',
  min: number,
  max = Infinity,
): Rule {
  if (value === undefined || value.isUnresolved()) return [true, ''];
  const exact = { integral: false };
  const total = unit === 'seconds' ? value.toSeconds(exact) : value.toMinutes(exact);
  const holds = Number.isInteger(total) && total >= min && total <= max;
  const range = max === Infinity ? `${min} or more` : `${min} to ${max}`;
  return [holds, `'${prop}' must be ${range} whole ${unit}, got: ${total} ${unit}`];
}

/** The number of elements of a list, or of members of a map. */
export function count(prop: string, elements: object | undefined, max: number, min = 0): Rule {
  const found = elements === undefined ? min : Object.keys(elements).length;
  const range = min === 0 ? `at most ${max}` : `${min} to ${max}`;
  return [found >= min && found <= max, `'${prop}' must be ${range}, got: ${found}`];
}

export function maxLength(prop: string, value: Value<string> | undefined, max: number): Rule {
  const length = isUnknown(value) ? 0 : String(value).length;
  return [length <= max, `'${prop}' must have at most ${max} characters, got: ${length}`];
}

export function s3Uri(prop: string, value: Value<string> | undefined): Rule {
  return rule(value, uri => String(uri).startsWith('s3://'), `'${prop}' must be an S3 URI, which starts with s3://`);
}

/** The name of a resource of SageMaker, such as a model package group. */
export function resourceName(prop: string, value: Value<string> | undefined): Rule {
  return rule(
    value,
    name => /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(String(name)),
    `'${prop}' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit`,
  );
}
