import type { Stack } from 'aws-cdk-lib/core';
import { presets } from '../../lib/settings';
import { appOf } from '../support/app';
import { normalised } from '../support/normalised-template';

describe.each(Object.keys(presets) as (keyof typeof presets)[])('preset %s', preset => {
  const { stacks } = appOf(preset);

  test.each(Object.entries(stacks))('the %s stack is the one that was reviewed', (_, stack: Stack) => {
    expect(normalised(stack)).toMatchSnapshot();
  });
});
