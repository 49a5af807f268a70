import { readFileSync } from 'node:fs';
import { type DefinedStep, getsIn, stepsIn } from './definition-graph';
import { isPlainObject } from './expression';
import type { DefinitionContent } from './pipeline-resource';

const VERSION = '2020-12-01';

/** A definition as the user gives it: data, or the path of a JSON file, whose text is kept as it is. */
export function readDefinition(path: string, definition: object | string): DefinitionContent {
  const fail = (problem: string): never => {
    throw new Error(`${path}: 'definition' ${problem}`);
  };
  if (typeof definition !== 'string') return { prop: 'definition', data: definition };
  let text = '';
  let data: unknown;
  try {
    text = readFileSync(definition, 'utf8');
  } catch {
    fail(`must be an object or the path of a file that can be read, got: ${definition}`);
  }
  try {
    data = JSON.parse(text);
  } catch (error) {
    fail(`must name a file that holds JSON, got: ${definition} (${error instanceof Error ? error.message : ''})`);
  }
  if (!isPlainObject(data)) return fail(`must name a file that holds a JSON object, got: ${definition}`);
  return { prop: 'definition', data, text };
}

/** What is wrong with a definition that something else made, in the words of an error message. */
export function givenProblems(definition: object): readonly string[] {
  const { Version, Steps, Parameters = [] } = definition as Readonly<Record<string, unknown>>;
  const version = Version === VERSION ? [] : [`'definition.Version' must be ${VERSION}, got: ${written(Version)}`];
  if (!Array.isArray(Steps) || Steps.length === 0) {
    const found = Array.isArray(Steps) ? 'none' : written(Steps);
    return [...version, `'definition.Steps' must be a list of at least one step, got: ${found}`];
  }
  if (!Array.isArray(Parameters)) {
    return [...version, `'definition.Parameters' must be a list, got: ${written(Parameters)}`];
  }
  const steps = stepsIn(definition);
  return [
    ...version,
    ...(Steps as unknown[]).flatMap((step, index) =>
      isPlainObject(step) ? [] : [`'definition.Steps[${index}]' must be an object, got: ${written(step)}`],
    ),
    ...nameProblems(steps),
    ...edgeProblems(steps),
    ...parameterProblems(definition, Parameters),
  ];
}

function nameProblems(steps: readonly DefinedStep[]): readonly string[] {
  const names = steps.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [
    ...steps.flatMap(({ name, type }) => [
      ...(/^[A-Za-z0-9\-_]{1,64}$/.test(name)
        ? []
        : [`a step's 'Name' must be 1 to 64 letters, digits, - and _, got: ${name === '' ? 'none' : name}`]),
      ...(type === '' ? [`step '${name}': 'Type' must name a kind of step, got: none`] : []),
    ]),
    ...[...twice].map(name => `step '${name}' must be one, branches included, got: several of that name`),
  ];
}

function edgeProblems(steps: readonly DefinedStep[]): readonly string[] {
  const names = new Set(steps.map(({ name }) => name));
  const known = [...names].join(', ');
  const problems = steps.flatMap(({ name, reads, dependsOn }) => {
    const edges = [
      ...reads.map(({ step }) => ({ verb: 'reads', step })),
      ...dependsOn.map(step => ({ verb: 'depends on', step })),
    ];
    return edges
      .filter(({ step }) => !names.has(step))
      .map(({ verb, step }) => `step '${name}' ${verb} step '${step}', which is not in the definition (${known})`);
  });
  return [...new Set(problems)];
}

function parameterProblems(definition: object, declared: readonly unknown[]): readonly string[] {
  const names = declared.map(parameter => (isPlainObject(parameter) ? parameter.Name : undefined));
  const read = getsIn(definition).flatMap(({ get }) => /^Parameters\.(.+)$/s.exec(get)?.[1] ?? []);
  return [...new Set(read)]
    .filter(name => !names.includes(name))
    .map(name => `parameter '${name}' is read, but is not in 'definition.Parameters'; declare it there`);
}

function written(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
