import { Token } from 'aws-cdk-lib/core';

/** Throws unless `holds`, with the construct path, the prop, the rule in words and the value. */
export type Check = (prop: string, holds: boolean, rule: string, got: unknown) => void;

export function checkOf(path: string): Check {
  return (prop, holds, rule, got = 'none') => {
    if (!holds) throw new Error(`${path}: '${prop}' must ${rule}, got: ${String(got)}`);
  };
}

/** A start of keys that can stand in S3 URIs, policies and expressions as it is. */
export function checkPrefix(check: Check, prop: string, prefix: string | undefined): void {
  if (prefix === undefined || Token.isUnresolved(prefix)) return;
  const valid = /^[\w!.()-]+(\/[\w!.()=-]+)*$/.test(prefix) && prefix.length <= 512;
  check(prop, valid, 'be 1 to 512 letters, digits and !._()-=, with slashes between and none at its ends', prefix);
}

export const literal = (value: string | undefined): value is string =>
  value !== undefined && !Token.isUnresolved(value);
