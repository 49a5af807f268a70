import { isPlainObject } from './expression';

/** What a step reads of another: `Steps.Train.ModelArtifacts.S3ModelArtifacts`, and where in the JSON file that is. */
export interface DefinedRead {
  readonly step: string;
  /** Path behind the name of the step. */
  readonly path: string;
  /** Path inside a property file. */
  readonly inFile?: string;
}

/** A step of a definition in JSON, whoever wrote it. */
export interface DefinedStep {
  readonly name: string;
  readonly type: string;
  readonly reads: readonly DefinedRead[];
  readonly dependsOn: readonly string[];
  readonly branches: Readonly<Record<'if' | 'else', readonly DefinedStep[]>>;
}

/** Steps of a definition; those in branches are inside their condition. */
export function graphIn(definition: object): readonly DefinedStep[] {
  return stepList((definition as { Steps?: unknown }).Steps);
}

/** All steps of a definition, those in branches included. */
export function stepsIn(definition: object): readonly DefinedStep[] {
  return graphIn(definition).flatMap(withBranches);
}

/** What stands behind `Get` anywhere in a value, such as `Parameters.Rate`, and inside property files. */
export function getsIn(value: unknown): readonly { readonly get: string; readonly inFile?: string }[] {
  if (Array.isArray(value)) return value.flatMap(getsIn);
  if (!isPlainObject(value)) return [];
  const { Get: get, 'Std:JsonGet': json } = value;
  if (typeof get === 'string' && Object.keys(value).length === 1) return [{ get }];
  if (isPlainObject(json)) {
    const inFile = typeof json.Path === 'string' ? json.Path : undefined;
    return getsIn([json.PropertyFile, json.S3Uri]).map(({ get: file }) => ({ get: file, inFile }));
  }
  return Object.values(value).flatMap(getsIn);
}

function withBranches(step: DefinedStep): readonly DefinedStep[] {
  return [step, ...[...step.branches.if, ...step.branches.else].flatMap(withBranches)];
}

function stepList(value: unknown): readonly DefinedStep[] {
  return Array.isArray(value) ? value.filter(isPlainObject).map(stepOf) : [];
}

function stepOf(step: Readonly<Record<string, unknown>>): DefinedStep {
  const { Name, Type, DependsOn, Arguments, ...members } = step;
  const { IfSteps, ElseSteps, ...own } =
    Type === 'Condition' && isPlainObject(Arguments) ? Arguments : { own: Arguments, IfSteps: [], ElseSteps: [] };
  return {
    name: typeof Name === 'string' ? Name : '',
    type: typeof Type === 'string' ? Type : '',
    reads: getsIn([own, members]).flatMap(({ get, inFile }) => {
      const [, name, path = ''] = /^Steps\.([^.]+)\.(.+)$/s.exec(get) ?? [];
      return name === undefined ? [] : [{ step: name, path, ...(inFile !== undefined && { inFile }) }];
    }),
    dependsOn: Array.isArray(DependsOn) ? DependsOn.filter(name => typeof name === 'string') : [],
    branches: { if: stepList(IfSteps), else: stepList(ElseSteps) },
  };
}
