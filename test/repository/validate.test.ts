import { Annotations, App, type Stack } from 'aws-cdk-lib/core';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { presets, type Settings } from '../../lib/settings';
import { appOf, cdkConfig } from '../support/app';

const presetNames = Object.keys(presets) as (keyof typeof presets)[];

/** Warnings, infos and errors that the command line would print. */
function messagesOf(app: App): string[] {
  return app
    .synth()
    .stacks.flatMap(({ messages }) => messages.map(({ id, level, entry }) => `${level} ${id}: ${String(entry.data)}`));
}

/** Checks templates as `cdk synth` does, with the rules of CloudFormation as errors. */
function validated(build: () => App): () => string[] {
  return () => {
    delete process.env.CDK_VALIDATION;
    try {
      return messagesOf(build());
    } finally {
      process.env.CDK_VALIDATION = 'false';
    }
  };
}

describe('templates are valid', () => {
  // What the command line adds to each template when it synthesizes without a region makes no difference here.
  test.each(presetNames)('in preset %s, without a warning', preset => {
    expect(validated(() => appOf(preset).app)()).toEqual([]);
  });

  const wrong = (change: (stack: Stack) => void) =>
    validated(() => {
      const { app, stacks } = appOf('sandbox');
      change(stacks.serving);
      return app;
    });

  test('and a wrong property is an error', () => {
    const change = (stack: Stack) => {
      const { defaultChild } = stack.node.findChild('Scoring').node.findChild('Endpoint').node;
      (defaultChild as sagemaker.CfnEndpoint).addPropertyOverride('EndpointConfig', 'none');
    };
    expect(wrong(change)).toThrow(/EndpointConfig/);
  });

  test('and a warning is seen', () => {
    const change = (stack: Stack) => Annotations.of(stack).addWarningV2('test:warning', 'take care');
    expect(wrong(change)()).toEqual([expect.stringContaining('take care')]);
  });
});

describe('one app fits all environments', () => {
  const environments: Record<string, Partial<Settings>> = {
    'an unknown account and region': {},
    ...Object.fromEntries(
      ['us-east-1', 'eu-central-1', 'ap-southeast-2', 'cn-north-1', 'us-gov-west-1'].map(region => [
        region,
        { account: '111122223333', region },
      ]),
    ),
  };
  const combinations = presetNames.flatMap(preset =>
    Object.entries(environments).map(([name, settings]) => [preset, name, settings] as const),
  );

  test.each(combinations)('preset %s in %s', (preset, _, settings) => {
    const { app } = appOf(preset, settings);
    expect(messagesOf(app)).toEqual([]);
    expect(app.synth().stacks.length).toBe(6);
  });

  test('with the feature flag that makes findings errors', () => {
    expect(cdkConfig.context['@aws-cdk/core:validateAgainstDefaultRules']).toBe(true);
  });
});
