import { Token } from 'aws-cdk-lib/core';
import type { Refusal } from './limits';

/** Throws unless `holds`, with the construct path, the prop, the rule in words and the value. */
export type Check = (prop: string, holds: boolean, rule: string, got: unknown) => void;

/** Checks of the members of one prop; an empty member name means the prop itself. */
export function check(path: string, prop?: string): Check {
  return (member, holds, rule, got = 'none') => {
    if (!holds) {
      const name = [prop, member].filter(part => part).join('.');
      throw new Error(`${path}: '${name}' must ${rule}, got: ${String(got)}`);
    }
  };
}

/** Rule of an error for what does not go together. */
export function leftOut({ why }: Refusal): string {
  return `be left out, since ${why}`;
}

/** Whether a number is whole and within limits, or not known yet. */
export function isCount(value: number, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return Token.isUnresolved(value) || (Number.isInteger(value) && value >= min && value <= max);
}
