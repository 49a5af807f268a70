import type { ExperimentConfig } from '@aws-sdk/client-sagemaker';
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

/**
 * What a step takes as its `request`: any part of the API's request but those that a prop decides, with which permissions
 * are granted. Of the experiment, a pipeline lets its steps choose the display name only.
 */
export type RequestOverride<Request, Decided extends keyof Request> = PartialArguments<
  Omit<Request, Decided | 'ExperimentConfig'> &
    ('ExperimentConfig' extends keyof Request
      ? { readonly ExperimentConfig?: Pick<ExperimentConfig, 'TrialComponentDisplayName'> }
      : unknown)
>;

/** Members of `extra` laid over `base`: structures are merged, everything else is replaced, undefined changes nothing. */
export function mergeArguments<T extends object>(base: T, extra: object | undefined): T {
  const merged = { ...base } as Record<string, unknown>;
  for (const [name, value] of Object.entries(extra ?? {}) as [string, unknown][]) {
    const before = merged[name];
    if (value !== undefined) {
      merged[name] = isPlainObject(before) && isPlainObject(value) ? mergeArguments(before, value) : value;
    }
  }
  return merged as T;
}
