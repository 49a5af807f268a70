import type { Stack } from 'aws-cdk-lib/core';
import { presets } from '../../lib/settings';
import { appOf, templateOf } from '../support/app';

/** Hashes of files change with every letter in them; what a diff should show is where they are used. */
function normalised(stack: Stack): unknown {
  const json = JSON.stringify(templateOf(stack))
    .replace(/\b[0-9a-f]{64}\b/g, '<hash>')
    .replace(/\b[0-9a-f]{32}\b/g, '<files>');
  return JSON.parse(json);
}

const presetNames = Object.keys(presets) as (keyof typeof presets)[];

describe.each(presetNames)('preset %s', preset => {
  const { stacks } = appOf(preset);

  test.each(Object.entries(stacks))('the %s stack is the one that was reviewed', (_, stack: Stack) => {
    expect(normalised(stack)).toMatchSnapshot();
  });

  describe('in an account without the managed checks', () => {
    const open = appOf(preset, { managedChecks: false }).stacks;

    test.each(['build', 'monitoring'] as const)('the %s stack is the one that was reviewed', name => {
      expect(normalised(open[name])).toMatchSnapshot();
    });

    test('the other stacks are the same', () => {
      for (const name of ['network', 'data', 'studio', 'serving'] as const) {
        expect(normalised(open[name])).toEqual(normalised(stacks[name]));
      }
    });
  });
});
