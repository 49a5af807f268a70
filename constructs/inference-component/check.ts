import { Token } from 'aws-cdk-lib/core';

/** Throws unless `holds`, with the construct path, the prop, the rule in words and the value. */
export type Check = (prop: string, holds: boolean, rule: string, got: unknown) => void;

export function check(path: string): Check {
  return (prop, holds, rule, got = 'none') => {
    if (!holds) {
      throw new Error(`${path}: '${prop}' must ${rule}, got: ${String(got)}`);
    }
  };
}

/** Whether a number is whole and in a range, as far as it is known. */
export function isCount(value: number, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return Token.isUnresolved(value) || (Number.isInteger(value) && value >= min && value <= max);
}
