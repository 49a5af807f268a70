import { type Expression, isPlainObject, type Late, type Scalar } from './expression';
import type { Widen } from './property';

/** A request of the SageMaker API with expressions allowed in the place of every text, number and boolean. */
export type Arguments<T> = T extends Scalar
  ? T | Expression<Widen<T>> | (T extends string ? Late : never)
  : T extends readonly (infer Item)[]
    ? readonly Arguments<Item>[]
    : T extends object
      ? { readonly [Member in keyof T]: Arguments<T[Member]> }
      : T;

/** Any part of a request, at any depth. */
export type PartialArguments<T> = T extends Scalar
  ? Arguments<T>
  : T extends readonly (infer Item)[]
    ? readonly Arguments<Item>[]
    : T extends object
      ? { readonly [Member in keyof T]?: PartialArguments<T[Member]> }
      : T;

/** Members of `extra` laid over `base`: structures are merged, everything else is replaced. */
export function mergeArguments<T extends object>(base: T, extra: object | undefined): T {
  if (extra === undefined) return base;
  const merged = { ...base } as Record<string, unknown>;
  for (const [name, value] of Object.entries(extra)) {
    const before = merged[name];
    merged[name] = isPlainObject(before) && isPlainObject(value) ? mergeArguments(before, value) : value;
  }
  return merged as T;
}
