import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { checkDefinition, type DefinedStep, type Definition, definitionOf, normalised } from '../support/definition';
import { withBranches } from '../support/definition-parts';
import { everyKind } from '../support/every-kind-of-step';

/** What the Python SDK writes for a step or for parameters; see `origin` in the file. */
interface Fixture {
  readonly origin: string;
  readonly steps?: readonly DefinedStep[];
  readonly parameters?: readonly object[];
}

const KINDS = [
  'processing',
  'training',
  'tuning',
  'model',
  'transform',
  'quality-check',
  'clarify-check',
  'register-model',
  'condition',
  'fail',
  'raw',
  'lambda',
  'callback',
  'emr',
  'emr-serverless',
];
const fixture = (name: string) =>
  JSON.parse(readFileSync(joinPath(__dirname, '..', 'fixtures', 'pipeline', `${name}.json`), 'utf8')) as Fixture;

describe('the definition of a pipeline with every kind of step', () => {
  let definition: Definition;

  beforeAll(() => {
    definition = definitionOf(everyKind());
  });

  test.each(KINDS)('writes the %s step as the Python SDK does', kind => {
    const { steps = [] } = fixture(kind);
    expect(steps.length).toBeGreaterThan(0);
    for (const expected of steps) {
      const actual = definition.Steps.flatMap(withBranches).find(({ Name }) => Name === expected.Name);
      expect(normalised(actual)).toEqual(normalised(expected));
    }
  });

  test('writes parameters as the Python SDK does', () => {
    const byName = (parameters: readonly object[]) =>
      Object.fromEntries((parameters as { Name: string }[]).map(parameter => [parameter.Name, parameter]));
    expect(byName(definition.Parameters ?? [])).toEqual(byName(fixture('parameters').parameters ?? []));
  });

  test('fits the requests of the API, and refers only to what exists', () => {
    expect(checkDefinition(definition)).toEqual([]);
  });

  test('fits as the Python SDK writes it, so that the check accepts what the service accepts', () => {
    const Steps = KINDS.filter(kind => kind !== 'fail').flatMap(kind => fixture(kind).steps ?? []);
    const Parameters = fixture('parameters').parameters as Definition['Parameters'];
    expect(checkDefinition({ Version: '2020-12-01', Metadata: {}, Parameters, Steps })).toEqual([]);
  });
});
