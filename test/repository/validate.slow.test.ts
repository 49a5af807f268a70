import nodeConsole from 'node:console';
import { Annotations, App, Stack } from 'aws-cdk-lib/core';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { presets } from '../../lib/settings';
import { appOf, cdkConfig } from '../support/app';
import { env } from '../support/node-environment';
import { AWS_ONLY, partitionLiterals } from '../support/policy-rules';

const presetNames = Object.keys(presets) as (keyof typeof presets)[];

/** Warnings, infos and errors that the command line would print. */
function messagesOf(app: App): string[] {
  const { stacks } = app.synth();
  return stacks.flatMap(({ messages }) =>
    messages.map(({ level, entry }) => `${level}: ${JSON.stringify(entry.data)}`),
  );
}

describe('templates are valid', () => {
  const printed = jest.spyOn(nodeConsole, 'error').mockImplementation();
  // Everywhere else it is off: the rules of CloudFormation take more than a second to load.
  beforeAll(() => delete env.CDK_VALIDATION);
  beforeEach(() => printed.mockClear());
  afterAll(() => {
    env.CDK_VALIDATION = 'false';
    printed.mockRestore();
  });

  test.each(presetNames.flatMap(preset => [true, false].map(managedChecks => [preset, managedChecks] as const)))(
    'in preset %s with managedChecks %s, without a warning',
    (preset, managedChecks) => {
      expect(messagesOf(appOf(preset, { managedChecks }).app)).toEqual([]);
      expect(printed).not.toHaveBeenCalled();
    },
    60_000,
  );

  const appWith = (change: (model: sagemaker.CfnModel) => void) => {
    const app = new App({ context: cdkConfig.context });
    change(
      new sagemaker.CfnModel(new Stack(app, 'Stack'), 'Model', {
        executionRoleArn: 'arn:aws:iam::111122223333:role/model',
      }),
    );
    return app;
  };

  test('and a wrong property would be an error', () => {
    const app = appWith(model => model.addPropertyOverride('Nmae', 'loans'));
    expect(() => messagesOf(app)).toThrow("Additional properties are not allowed ('Nmae' was unexpected)");
  });

  test('and a warning would be seen', () => {
    const app = appWith(model => Annotations.of(model).addWarningV2('test:warning', 'take care'));
    expect(messagesOf(app)).toEqual([expect.stringContaining('take care')]);
    expect(printed).toHaveBeenCalledWith(expect.stringContaining('take care'));
  });
});

describe('one app fits all environments', () => {
  /** Regions, and what must not stand in their templates; GovCloud has the host names of the partition `aws`. */
  const regions: readonly (readonly [string, RegExp?])[] = [
    ['us-east-1'],
    ['eu-central-1'],
    ['ap-southeast-2'],
    ['cn-north-1', AWS_ONLY],
    ['us-gov-west-1', /arn:aws:/],
  ];

  // Unknown account and region are the default, which the tests above synthesize.
  // The showcase is production with other settings: the partitions that differ are enough for it.
  const managed = presetNames.flatMap(preset =>
    regions
      .filter(([, foreign]) => preset !== 'showcase' || foreign !== undefined)
      .map(([region, foreign]) => [preset, region, true, foreign] as const),
  );
  // One region of each partition; GovCloud never has the managed checks.
  const open = managed
    .filter(([, region]) => ['eu-central-1', 'cn-north-1'].includes(region))
    .map(([preset, region, , foreign]) => [preset, region, false, foreign] as const);

  test.each([...managed, ...open])(
    'preset %s in %s with managedChecks %s',
    (preset, region, managedChecks, foreign) => {
      const { app } = appOf(preset, { account: '111122223333', region, managedChecks });
      expect(messagesOf(app)).toEqual([]);
      const { stacks } = app.synth();
      expect(stacks.map(({ environment }) => environment.region)).toEqual(Array(6).fill(region));
      const templates = stacks.map(({ template }) => template as unknown);
      expect(foreign ? partitionLiterals(templates, foreign) : []).toEqual([]);
    },
  );
});
