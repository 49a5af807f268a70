import { presets } from '../../lib/settings';
import { appOf } from '../support/app';
import { normalised } from '../support/normalised-template';

describe.each(Object.keys(presets) as (keyof typeof presets)[])(
  'preset %s in an account without the managed checks',
  preset => {
    const { stacks } = appOf(preset, { managedChecks: false });

    test.each(['build', 'monitoring'] as const)('the %s stack is the one that was reviewed', name => {
      expect(normalised(stacks[name])).toMatchSnapshot();
    });

    test('the other stacks are those of an account that has them', () => {
      const managed = appOf(preset).stacks;
      for (const name of ['network', 'data', 'studio', 'serving'] as const) {
        expect(normalised(stacks[name])).toEqual(normalised(managed[name]));
      }
    });
  },
);
