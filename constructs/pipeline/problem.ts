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

export function wholeNumber(prop: string, value: Value<number> | undefined, min: number, max = Infinity): Rule {
  const holds = isUnknown(value) || (Number.isInteger(value) && Number(value) >= min && Number(value) <= max);
  const range = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
  return [holds, `'${prop}' must be a whole number ${range}, got: ${holds ? '' : String(value)}`];
}

export function seconds(prop: string, value: Duration | undefined, min: number, max: number): Rule {
  const total = value === undefined || value.isUnresolved() ? min : value.toSeconds({ integral: false });
  const holds = Number.isInteger(total) && total >= min && total <= max;
  return [holds, `'${prop}' must be ${min} to ${max} whole seconds, got: ${total} seconds`];
}

export function s3Uri(prop: string, value: Value<string> | undefined): Rule {
  const holds = isUnknown(value) || String(value).startsWith('s3://');
  return [holds, `'${prop}' must be an S3 URI, which starts with s3://, got: ${holds ? '' : String(value)}`];
}
