import { Token } from 'aws-cdk-lib/core';

/** A column of a dataset: its name, or its zero-based index; in JSON and JSON Lines data a JMESPath expression. */
export type Column = string | number;

/** A list with at least one element. */
export type NonEmpty<T> = readonly [T, ...T[]];

const LISTED_NAMES = 12;

export function refuse(path: string, prop: string, rule: string, value: string | number | undefined): never {
  throw new Error(`${path}: '${prop}' must ${rule}, got: ${value ?? 'none'}`);
}

/** Refuses what CloudFormation would fill in later: the file is uploaded as it is written at synthesis. */
export function refuseTokens(path: string, prop: string, value: unknown): void {
  if (Token.isUnresolved(value)) {
    refuse(
      path,
      prop,
      'be known at synthesis, because the analysis configuration is uploaded as a file in which CloudFormation replaces nothing',
      'a token',
    );
  }
  if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      refuseTokens(path, Array.isArray(value) ? `${prop}[${key}]` : prop === '' ? key : `${prop}.${key}`, child);
    }
  }
}

export function requireColumn(
  path: string,
  prop: string,
  column: Column,
  names: readonly string[],
  what = 'headers',
): void {
  if (typeof column === 'number') {
    if (!Number.isInteger(column) || column < 0 || column >= names.length) {
      refuse(path, prop, `be a whole number from 0 to ${names.length - 1}, the index of one of the ${what}`, column);
    }
  } else if (!names.includes(column)) {
    const list = names.length > LISTED_NAMES ? `${names.length} ${what}` : `${what} (${names.join(', ')})`;
    refuse(path, prop, `be one of the ${list}`, column);
  }
}

export function requireWhole(path: string, prop: string, value: number | undefined, minimum: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= minimum)) {
    refuse(path, prop, `be a whole number of at least ${minimum}`, value);
  }
}

/** Whole numbers are refused with the rest: JSON writes them without a fraction, and Clarify's schema wants one. */
export function requireFraction(path: string, prop: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0 && value < 1)) {
    refuse(path, prop, 'be more than 0 and less than 1', value);
  }
}
