import { Lazy, type Stack } from 'aws-cdk-lib/core';

const MARK = 'json-float:';

/** A number that keeps its decimal point: JSON.stringify(2.0) is `2`, but the service wants a float where the API has one. */
export class Float {
  public constructor(private readonly number: number) {}

  public mark(): string {
    const text = String(this.number);
    return MARK + (Number.isInteger(this.number) && !text.includes('e') ? `${text}.0` : text);
  }
}

/** JSON text of plain data with tokens and floats. */
export function toJson(stack: Stack, value: unknown): string {
  const json = stack.toJsonString(markFloats(value));
  return Lazy.uncachedString({ produce: context => unmark(context.resolve(json)) as string });
}

function markFloats(value: unknown): unknown {
  if (value instanceof Float) return value.mark();
  if (Array.isArray(value)) return value.map(markFloats);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, markFloats(member)]));
  }
  return value;
}

function unmark(resolved: unknown): unknown {
  if (typeof resolved === 'string') return resolved.replace(new RegExp(`"${MARK}([^"]*)"`, 'g'), '$1');
  if (Array.isArray(resolved)) return resolved.map(unmark);
  if (typeof resolved === 'object' && resolved !== null) {
    return Object.fromEntries(Object.entries(resolved).map(([key, member]) => [key, unmark(member)]));
  }
  return resolved;
}
