import { App } from 'aws-cdk-lib/core';
import { presets, settingsFromContext } from '../../lib/settings';
import { cdkConfig } from '../support/app';

const settings = (context: Record<string, unknown> = {}) =>
  settingsFromContext(new App({ context: { ...cdkConfig.context, ...context } }).node);

const names = Object.keys(presets.sandbox).join(', ');

describe('settingsFromContext', () => {
  test('takes the sandbox without being asked', () => {
    expect(settings()).toEqual(presets.sandbox);
  });

  test.each(['sandbox', 'production', 'showcase'] as const)('takes the preset %s', environment => {
    expect(settings({ environment })).toEqual(presets[environment]);
  });

  test('lays single settings over the preset, with the types that they have there', () => {
    const given = { environment: 'production', vpcOnly: 'false', zones: '2', minimumAuc: '0.8', prefix: 'Loans' };
    expect(settings(given)).toEqual({
      ...presets.production,
      vpcOnly: false,
      zones: 2,
      minimumAuc: 0.8,
      prefix: 'Loans',
    });
  });

  test('takes values of cdk.json, which are not texts', () => {
    expect(settings({ vpcOnly: true, zones: 3 })).toEqual({ ...presets.sandbox, vpcOnly: true, zones: 3 });
  });

  test.each([
    ['processingInstanceType', 'ml.m5.24xlarge'],
    ['trainingInstanceType', 'ml.g5.xlarge'],
    ['transformInstanceType', 'ml.c5.xlarge'],
    ['endpointInstanceType', 'ml.t2.medium'],
  ])('takes an instance type that the service has for %s', (name, type) => {
    expect(settings({ [name]: type })).toEqual({ ...presets.sandbox, [name]: type });
  });

  test('lists all instance types where the family is unknown', () => {
    expect(() => settings({ trainingInstanceType: 'm5.large' })).toThrow(
      /^'trainingInstanceType' must be one of ml\.c4.*ml\.p4d/,
    );
  });

  test('leaves keys of the CDK alone', () => {
    expect(settings({ '@aws-cdk/core:someFlag': true, 'availability-zones:account=1:region=2': ['a'] })).toEqual(
      presets.sandbox,
    );
  });

  test.each([
    [{ environment: 'staging' }, `'environment' must be one of sandbox, production, showcase, got: staging`],
    [{ vpconly: 'true' }, `unknown setting 'vpconly'; settings are environment, ${names}`],
    [{ 'vpc-only': 'true' }, `unknown setting 'vpc-only'; settings are environment, ${names}`],
    [{ min_auc: '0.9' }, `unknown setting 'min_auc'; settings are environment, ${names}`],
    [{ endpoint1: 'x' }, `unknown setting 'endpoint1'; settings are environment, ${names}`],
    [{ toString: 'x' }, `unknown setting 'toString'; settings are environment, ${names}`],
    [{ vpcOnly: 'yes' }, `'vpcOnly' must be one of true, false, got: yes`],
    [{ trafficShift: 'ROLLING' }, `'trafficShift' must be one of ALL_AT_ONCE, CANARY, LINEAR, got: ROLLING`],
    [{ prefix: 'my-loans' }, `'prefix' must be 1 to 20 letters and digits, beginning with a letter, got: my-loans`],
    [{ account: '123' }, `'account' must be 12 digits, got: 123`],
    [{ region: 'Frankfurt' }, `'region' must be a region such as eu-central-1, got: Frankfurt`],
    [{ zones: '7' }, `'zones' must be a whole number from 1 to 6, got: 7`],
    [{ studioUser: 'a b' }, `'studioUser' must be 1 to 63 letters, digits and hyphens, got: a b`],
    [{ alertEmail: 'nobody' }, `'alertEmail' must be an e-mail address, got: nobody`],
    [{ minimumAuc: '1.5' }, `'minimumAuc' must be a number from 0 to 1, got: 1.5`],
    [
      { endpointInstanceType: 'ml.m5.huge' },
      `'endpointInstanceType' must be one of ml.m5.12xlarge, ml.m5.24xlarge, ml.m5.2xlarge, ml.m5.4xlarge, ml.m5.large, ml.m5.xlarge, got: ml.m5.huge`,
    ],
    [
      { workingHours: '9 to 5' },
      `'workingHours' must be empty or times such as MON-FRI 08:00-18:00 Europe/Berlin, got: 9 to 5`,
    ],
    [{ retrainCooldownDays: '0' }, `'retrainCooldownDays' must be a whole number from 1 to 90, got: 0`],
    [{ retrainCooldownDays: '91' }, `'retrainCooldownDays' must be a whole number from 1 to 90, got: 91`],
    [{ endpointMinInstances: '0' }, `'endpointMinInstances' must be a whole number of 1 or more, got: 0`],
    [{ endpointMinInstances: '3' }, `'endpointMaxInstances' must be at least 'endpointMinInstances' (3), got: 1`],
  ])('fails for %j', (context, message) => {
    expect(() => settings(context)).toThrow(new Error(message));
  });
});
