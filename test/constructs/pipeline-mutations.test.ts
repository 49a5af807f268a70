import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDefinition, type Definition, definitionOf } from '../support/definition';
import { everyKind } from '../support/every-kind-of-step';
import { FAULTS, type DefinitionFault } from '../support/definition-faults';
import { mutantsOf, sample, withValue } from '../support/mutations';

// The checks that all definitions of this project pass must find these faults, or passing them proves nothing.

const fixture = (name: string) => {
  const path = join(__dirname, '..', 'fixtures', 'pipeline-definitions', `${name}.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { definition: Definition }).definition;
};
describe('the checks of a definition', () => {
  const definitions = new Map(['deploy', 'retrain', 'tune'].map(name => [name, fixture(name)]));

  beforeAll(() => {
    definitions.set('everyKind', definitionOf(everyKind()));
  });

  const expectFound = (name: string, [, step, path, value, finding]: DefinitionFault) => {
    const good = definitions.get(name) ?? fixture(name);
    expect(checkDefinition(withValue(good, step, path, value))).toContainEqual(expect.stringMatching(finding));
  };

  test('find nothing where nothing is wrong', () => {
    expect([...definitions].map(([name, good]) => [name, checkDefinition(good)])).toEqual(
      [...definitions.keys()].map(name => [name, []]),
    );
  });

  test.each(FAULTS.everyKind)('find %s', (...fault) => expectFound('everyKind', fault));
  test.each(FAULTS.deploy)('find %s', (...fault) => expectFound('deploy', fault));
  test.each(FAULTS.retrain)('find %s', (...fault) => expectFound('retrain', fault));

  test('find a condition inside a branch', () => {
    const good = fixture('retrain');
    const [gate] = good.Steps.slice(-1);
    const branch = [{ ...gate, Name: 'Inner', Arguments: { ...gate?.Arguments, IfSteps: [], ElseSteps: [] } }];
    const bad = withValue(good, 'GoodEnough', 'Arguments.IfSteps', branch);
    expect(checkDefinition(bad)).toContainEqual('Inner: is a condition inside a branch');
  });

  test('find every misspelt member, wrong type, function for a list and dangling reference of a seeded sample', () => {
    const mutants = [...definitions.values()].flatMap(mutantsOf);
    expect(mutants.length).toBeGreaterThan(1000);
    const missed = sample(mutants, 120).filter(({ make }) => checkDefinition(make()).length === 0);
    expect(missed.map(({ what }) => what)).toEqual([]);
  }, 30_000);
});
