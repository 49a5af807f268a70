import type { DefinedStep, Definition } from './definition';
import { withBranches } from './definition-parts';
import { isObject } from './request-schema';

/** One fault put into a definition. */
export interface Mutant {
  readonly what: string;
  readonly make: () => Definition;
}

type Path = readonly (string | number)[];

/** Maps whose keys are the user's: any key is right there. */
const MAPS = /Environment|HyperParameters|[Pp]roperties|Parameters$|^tags$/;
const FUNCTIONS = ['Get', 'Std:Join', 'Std:JsonGet'];

/** The definition with another value at a path inside one of its steps, branches included; undefined takes it away. */
export function withValue(definition: Definition, step: string, path: string, value: unknown): Definition {
  return mutated(definition, step, path.split('.'), value);
}

function put(target: object, path: Path, value: unknown): void {
  const parent = path.slice(0, -1).reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], target);
  const last = path.at(-1) ?? '';
  if (!isObject(parent) && !Array.isArray(parent)) throw new Error(`nothing is at ${path.join('.')}`);
  const members = parent as Record<string | number, unknown>;
  if (value === undefined) Reflect.deleteProperty(members, last);
  else members[last] = value;
}

/** All faults of a kind that any request can have: a misspelt member, a value of another type, a function for a list, a dangling reference. */
export function mutantsOf(definition: Definition): readonly Mutant[] {
  const steps = definition.Steps.flatMap(withBranches).filter(
    ({ Type }) => !['Condition', 'Lambda', 'Callback'].includes(Type),
  );
  return steps.flatMap(step =>
    faultsIn(step).map(([what, path, value]) => ({
      what: `${step.Name}: ${what}`,
      make: () => mutated(definition, step.Name, path, value),
    })),
  );
}

function mutated(definition: Definition, name: string, path: Path, value: unknown): Definition {
  const copy = structuredClone(definition);
  const step = copy.Steps.flatMap(withBranches).find(each => each.Name === name);
  if (!step) throw new Error(`no step ${name}`);
  put(step, path, value);
  return copy;
}

type Fault = readonly [what: string, path: Path, value: unknown];

function faultsIn(step: DefinedStep): readonly Fault[] {
  const visit = (value: unknown, path: Path): readonly Fault[] => {
    const at = path.join('.');
    if (typeof value === 'string') return [[`a number at ${at}`, path, 7]];
    if (typeof value === 'number') return [[`a text at ${at}`, path, 'seven']];
    if (typeof value === 'boolean') return [[`a text at ${at}`, path, 'true']];
    if (Array.isArray(value)) {
      const items = value.flatMap((item, index) => visit(item, [...path, index]));
      return [[`a function for the list at ${at}`, path, { Get: 'Execution.PipelineName' }], ...items];
    }
    if (!isObject(value)) return [];
    const { Get: get } = value;
    if (typeof get === 'string' && !get.startsWith('Execution.')) {
      return [[`a dangling ${get}`, path, { Get: get.replace(/\.[^.]+/, '.Nobody') }]];
    }
    if (FUNCTIONS.some(name => Object.hasOwn(value, name))) return [];
    const own = MAPS.test(String(path.at(-1)))
      ? []
      : Object.keys(value).map((name): Fault => [`a misspelt ${at}.${name}`, path, misspelt(value, name)]);
    return [...own, ...Object.entries(value).flatMap(([name, member]) => visit(member, [...path, name]))];
  };
  return visit(step.Arguments, ['Arguments']);
}

function misspelt(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key === name ? `${key}s` : key, member]));
}

/** Some of a list, always the same ones. */
export function sample<T>(all: readonly T[], size: number): readonly T[] {
  let seed = 42;
  const next = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648);
  return all
    .map(each => ({ each, order: next() }))
    .sort((one, other) => one.order - other.order)
    .slice(0, size)
    .map(({ each }) => each);
}
