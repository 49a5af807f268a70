import type { CollectionConfiguration } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import type { Value } from '../expression';
import { maxLength, type Rule } from '../problem';
import { ANY, parameterRules, parameterText, type Range, type RuleParameter, WHOLE } from './rule-parameter';

type Phase = 'train' | 'eval' | 'predict' | 'global';
type Reduction = 'min' | 'max' | 'median' | 'mean' | 'std' | 'variance' | 'sum' | 'prod' | 'l1' | 'l2';

type InPhase<Key extends string> = Key | `${Phase}.${Key}`;

/**
 * When tensors are saved, in steps; with a phase before it, as in `train.save_interval`, in that phase only.
 *
 * `save_interval` is every how many steps: 1 or more, 500 by default. `save_steps` are further steps, by number. `start_step`
 * is the first step, and `end_step` the one after the last: 0 or more.
 */
export type SavingTimes = Readonly<
  Partial<
    Record<InPhase<'save_interval' | 'start_step' | 'end_step'>, Value<number>> &
      Record<InPhase<'save_steps'>, Value<string> | readonly number[]>
  >
>;

/** Which tensors are saved, how and when, in the words of Debugger's own library. */
export type SavingParameters = SavingTimes & {
  /**
   * Regular expressions of names of tensors, with commas between them where it is one text.
   *
   * @default - what the collection is for, if it is a built-in one
   */
  readonly include_regex?: Value<string> | readonly string[];

  /**
   * Numbers that are saved in the place of a tensor.
   *
   * @default - the tensor is saved
   */
  readonly reductions?: readonly (Reduction | `abs_${Reduction}`)[];

  /**
   * The tensor is saved beside its reductions.
   *
   * @default false
   */
  readonly save_raw_tensor?: boolean;
};

/**
 * How one collection of tensors is saved: up to 20 parameters.
 *
 * @see https://github.com/awslabs/sagemaker-debugger/blob/master/docs/api.md#collection
 */
export type TensorCollection = SavingParameters & {
  /**
   * Histograms for TensorBoard are saved too.
   *
   * @default true
   */
  readonly save_histogram?: boolean;
};

export type TensorCollections = Readonly<Record<string, TensorCollection>>;

export function renderCollections(collections: TensorCollections): Arguments<CollectionConfiguration>[] {
  return Object.entries(collections).map(([CollectionName, collection]) => {
    const CollectionParameters = renderSaving(collection);
    return Object.keys(CollectionParameters).length > 0 ? { CollectionName, CollectionParameters } : { CollectionName };
  });
}

export function renderSaving(parameters: object): Record<string, Value<string>> {
  return Object.fromEntries(given(parameters).map(([name, value]) => [name, parameterText(value)]));
}

export function collectionRules(prop: string, collections: TensorCollections): readonly Rule[] {
  return Object.entries(collections).flatMap(([name, collection]) => [
    [name !== '', `'${prop}' must have names of 1 to 256 characters, got: an empty one`] as const,
    maxLength(`${prop}.${name}`, name, 256),
    ...savingRules(`${prop}.${name}`, collection),
  ]);
}

export function savingRules(prop: string, parameters: object): readonly Rule[] {
  const entries = given(parameters);
  return [
    [entries.length <= 20, `'${prop}' must be at most 20, got: ${entries.length}`],
    ...entries.flatMap(([name, value]) => parameterRules(`${prop}.${name}`, value, rangeOf(name))),
  ];
}

function given(parameters: object): [string, RuleParameter][] {
  const entries = Object.entries(parameters) as [string, RuleParameter | readonly number[] | undefined][];
  return entries.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.map(String) : (value as RuleParameter)]],
  );
}

function rangeOf(name: string): Range {
  if (name.endsWith('save_interval')) return { form: 'whole', min: 1 };
  return name.endsWith('_step') ? WHOLE : ANY;
}
