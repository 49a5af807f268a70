import type { DebugHookConfig } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import type { Value } from '../expression';
import { count, maxLength, type Rule, s3Uri } from '../problem';
import type { DebuggerRule } from './rule';
import { collectionRules, renderCollections, renderSaving } from './tensor-collection';
import { type SavingParameters, savingRules, type TensorCollection, type TensorCollections } from './tensor-collection';

/** How tensors are saved that no collection says otherwise about: up to 20 parameters. */
export type HookParameters = SavingParameters & {
  /**
   * All tensors are saved, which takes room and time.
   *
   * @default false
   */
  readonly save_all?: boolean;

  /**
   * Shapes of tensors are saved.
   *
   * @default false
   */
  readonly save_shape?: boolean;

  /**
   * Workers of a distributed training that save.
   *
   * @default one
   */
  readonly include_workers?: 'one' | 'all';

  /**
   * Nothing is saved.
   *
   * @default false
   */
  readonly dry_run?: boolean;
};

/**
 * Tensors that a training saves, and rules that look at them while it runs.
 *
 * Debugger is closed to new customers from 30 July 2026 (AWS documentation): accounts that never used it may be refused.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/train-debugger.html
 */
export interface TrainingDebugger {
  /**
   * S3 URI of the prefix that the tensors are saved under. The job's role reads and writes there.
   *
   * @default - the place of the model
   */
  readonly outputPath?: Value<string>;

  /**
   * Folder in the container that tensors are written to, up to 4096 characters.
   *
   * @default /opt/ml/output/tensors/
   */
  readonly localPath?: Value<string>;

  /**
   * How tensors are saved that no collection says otherwise about.
   *
   * @default - every 500 steps
   */
  readonly parameters?: HookParameters;

  /**
   * Collections of tensors to save, by name, such as `losses`, `weights` or `gradients`: up to 20 with those of the rules.
   *
   * @default - what the rules need
   */
  readonly collections?: TensorCollections;

  /**
   * Rules about the tensors: up to 20.
   *
   * @default - none
   */
  readonly rules?: readonly DebuggerRule[];
}

export function renderHook(hook: TrainingDebugger, modelPath: Value<string>): Arguments<DebugHookConfig> {
  const parameters = renderSaving(hook.parameters ?? {});
  return {
    S3OutputPath: hook.outputPath ?? modelPath,
    LocalPath: hook.localPath,
    HookParameters: Object.keys(parameters).length > 0 ? parameters : undefined,
    CollectionConfigurations: renderCollections(collectionsToSave(hook)),
  };
}

export function hookRules(hook: TrainingDebugger): readonly Rule[] {
  return [
    s3Uri('debugger.outputPath', hook.outputPath),
    maxLength('debugger.localPath', hook.localPath, 4096),
    ...savingRules('debugger.parameters', hook.parameters ?? {}),
    ...collectionRules('debugger.collections', hook.collections ?? {}),
    ...(hook.rules ?? []).flatMap(({ content: { name, collections = {} } }) =>
      collectionRules(`debugger.rules.${name}.collections`, collections),
    ),
    ...conflicts(hook),
    count('debugger.collections', collectionsToSave(hook), 20),
  ];
}

/** Those of the rules, and over them those of the hook, by name. */
function collectionsToSave({ rules = [], collections }: TrainingDebugger): TensorCollections {
  return Object.assign({}, ...rules.map(({ content }) => content.collections), collections) as TensorCollections;
}

/** Rules that want to save one collection in two ways: the service would take either. */
function conflicts({ rules = [], collections = {} }: TrainingDebugger): readonly Rule[] {
  const wishes = new Map<string, { readonly rule: string; readonly saved: string }>();
  return rules.flatMap(({ content }) =>
    Object.entries(content.collections ?? {}).flatMap(([name, collection]): Rule[] => {
      const before = wishes.get(name);
      const wish = { rule: content.name, saved: savedAs(collection) };
      wishes.set(name, before ?? wish);
      const agreed = Object.hasOwn(collections, name) || before === undefined || before.saved === wish.saved;
      return [
        [
          agreed,
          `'debugger.collections' must say how ${name} is saved, which two rules want differently, got: ${before?.rule ?? ''} ${before?.saved ?? ''}, ${wish.rule} ${wish.saved}`,
        ],
      ];
    }),
  );
}

function savedAs(collection: TensorCollection): string {
  const parts = Object.entries(renderSaving(collection)).sort(([a], [b]) => a.localeCompare(b));
  return `(${parts.map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value.render())}`).join(', ')})`;
}
