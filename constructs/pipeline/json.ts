import { Lazy, type Stack, Token } from 'aws-cdk-lib/core';
import { isPlainObject } from './expression';

// A control character that no name, path or description holds; in JSON text it is written as an escape.
const MARK = '\u0001float:';
const MARKED = /"\\u0001float:([^"]*)"/g;

/** A number that keeps its decimal point: JSON.stringify(2.0) is `2`, but the service wants a float where the API has one. */
export class Float {
  public constructor(public readonly number: number) {}

  /** The number as a text that `toJson` finds again; a token stays a token. */
  public mark(): string | number {
    if (Token.isUnresolved(this.number)) return this.number;
    const digits = String(this.number);
    return MARK + (Number.isInteger(this.number) && !digits.includes('e') ? `${digits}.0` : digits);
  }
}

/** The same data with the literal numbers of some members, at any depth, as floats. */
export function keepFloats<T>(value: T, members: readonly string[]): T {
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    if (!isPlainObject(part)) return part;
    const float = (name: string, member: unknown) => typeof member === 'number' && members.includes(name);
    return Object.fromEntries(
      Object.entries(part).map(([name, member]) => [
        name,
        float(name, member) ? new Float(Number(member)) : walk(member),
      ]),
    );
  };
  return walk(value) as T;
}

/** JSON text of plain data with tokens and floats. */
export function toJson(stack: Stack, value: unknown): string {
  const json = stack.toJsonString(markFloats(value));
  return Lazy.uncachedString({ produce: context => unmark(context.resolve(json)) as string });
}

/** JSON text of plain data with floats and without tokens. */
export function toText(value: unknown): string {
  return unmark(JSON.stringify(markFloats(value))) as string;
}

function markFloats(value: unknown): unknown {
  if (value instanceof Float) return value.mark();
  if (Array.isArray(value)) return value.map(markFloats);
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, markFloats(member)]));
  }
  return value;
}

/** Takes the quotes and the mark off, in a text or in the parts of an `Fn::Join`. */
function unmark(resolved: unknown): unknown {
  if (typeof resolved === 'string') return resolved.replace(MARKED, '$1');
  if (Array.isArray(resolved)) return resolved.map(unmark);
  if (isPlainObject(resolved)) {
    return Object.fromEntries(Object.entries(resolved).map(([key, member]) => [key, unmark(member)]));
  }
  return resolved;
}
