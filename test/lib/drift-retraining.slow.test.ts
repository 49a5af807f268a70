import { App, Stack } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { lastingAlarm } from '../../lib/lasting-alarm';
import { presets, type Settings } from '../../lib/settings';
import { Deployment, templatesOf } from '../support/deployment';
import { DRIFT_REASON, DriftLoop, wentOff } from '../support/drift-loop';
import { matchesPattern } from '../support/event-pattern';
import { PipelineAccount } from '../support/pipeline-account';
import { policiesOfRole } from '../support/policies';
import { simulate } from '../support/simulate';

type Preset = keyof typeof presets;

const DAY = 24 * 3600;
const loopOf = (preset: Preset, overrides: Partial<Settings> = {}) =>
  new DriftLoop(new Deployment(templatesOf(preset, overrides)));

describe('drift', () => {
  const showcase = loopOf('showcase');

  test('starts the pipeline by the alarms on data and on the quality of predictions, and by no other', () => {
    expect(showcase.rules).toHaveLength(1);
    expect(showcase.starting).toEqual([
      'Showcase-Monitoring auc',
      'Showcase-Monitoring feature_baseline_drift_age',
      'Showcase-Monitoring feature_baseline_drift_amount',
      'Showcase-Monitoring feature_baseline_drift_duration',
    ]);
    // There are others, on errors, on latency, and on the pipeline itself.
    const metrics = Object.keys(showcase.alarms).map(name => name.split(' ')[1]);
    expect(metrics).toEqual(expect.arrayContaining(['Invocation5XXErrors', 'ModelLatency', 'ExecutionFailed']));
  });

  test('that is over starts nothing', () => {
    const event = wentOff(showcase.arnOf('baseline_drift_age'));
    const over = { ...event, detail: { ...event.detail, state: { ...event.detail.state, value: 'OK' } } };
    expect(showcase.rules.map(({ pattern }) => matchesPattern(pattern, over))).toEqual([false]);
  });

  test('is the reason of the run, with the name of the alarm', async () => {
    const arn = showcase.arnOf('baseline_drift_age');
    const account = new PipelineAccount('showcase-credit-risk');
    expect(await account.run(showcase.definition, wentOff(arn))).toMatchObject({ output: { outcome: 'started' } });
    const name = arn.split(':').at(-1) ?? '';
    expect(name).toMatch(/^ShowcaseMonitoring-Monitors-Data-DataQuality-.*-Drift-age$/);
    expect(account.executions.map(({ parameters }) => parameters)).toEqual([
      [{ Name: 'Reason', Value: `alarm ${name}: ${DRIFT_REASON}` }],
    ]);
  });

  test('starts one run however many features drift at once, and none while one is running', async () => {
    const account = new PipelineAccount('showcase-credit-risk');
    account.duration = 10 * DAY;
    account.add(-30 * DAY);
    const events = ['age', 'amount', 'duration'].map(feature => wentOff(showcase.arnOf(`baseline_drift_${feature}`)));
    await Promise.all(events.map(event => account.run(showcase.definition, event)));
    expect(account.executions).toHaveLength(2);
    expect(await account.run(showcase.definition, events[0], 9 * DAY)).toMatchObject({
      output: { outcome: 'skipped', reason: 'executions are running: 1 or more' },
    });
  });

  test.each([
    [3, 3 * DAY - 1, 'skipped'],
    [3, 3 * DAY, 'started'],
    [10, 10 * DAY - 1, 'skipped'],
    [10, 10 * DAY, 'started'],
  ])('with a cooldown of %d days, %d seconds after the last start, is %s', async (days, seconds, outcome) => {
    const { definition } = days === 3 ? showcase : loopOf('showcase', { retrainCooldownDays: days });
    const account = new PipelineAccount('showcase-credit-risk');
    account.add(0);
    expect(await account.run(definition, wentOff('arn'), seconds)).toMatchObject({ output: { outcome } });
  });

  test.each<[Preset, Partial<Settings>, number]>([
    ['sandbox', {}, 0],
    ['sandbox', { retrainOnDrift: true }, 3],
    ['production', {}, 3],
    ['showcase', { retrainOnDrift: false }, 0],
  ])('in preset %s with %j has %d alarms that start the pipeline', (preset, overrides, count) => {
    expect(loopOf(preset, overrides).starting).toHaveLength(count);
  });

  test('is listened to only while a version is approved, whatever baselines it has', () => {
    const [rule] = showcase.rules;
    expect(rule?.found.resource.Condition).toMatch(/IsApproved[0-9A-F]*$/);
  });
});

describe('violations of attributions, which no metric shows,', () => {
  const { deployment } = loopOf('showcase');
  const rules = deployment.resources('AWS::Events::Rule').flatMap(found => {
    const pattern = deployment.resolve(found.stack, found.resource.Properties.EventPattern);
    return JSON.stringify(pattern).includes('Model Monitor Violations') ? [{ pattern, found }] : [];
  });
  const scheduleOf = (beginning: string) =>
    deployment
      .resources('AWS::SageMaker::MonitoringSchedule')
      .filter(({ id }) => id.startsWith(beginning))
      .map(({ resource }) => String(resource.Properties.MonitoringScheduleName))[0];
  const told = (monitor?: string) => ({
    source: 'sagemaker-cdk.model-monitor',
    'detail-type': 'Model Monitor Violations',
    detail: { monitor, time: '2026-03-02T02:00:00Z', violations: 1, job: 'job', report: 's3://loans/report' },
  });

  test('start the pipeline, and name the monitor', async () => {
    expect(rules).toHaveLength(1);
    const monitor = scheduleOf('MonitorsAttributions');
    expect(monitor).toMatch(/Attributions/);
    expect(rules.map(({ pattern }) => matchesPattern(pattern, told(monitor)))).toEqual([true]);
    const account = new PipelineAccount('showcase-credit-risk');
    const machine = new DriftLoop(deployment).startedBy(rules[0]?.found);
    expect(await account.run(machine, told(monitor))).toMatchObject({ output: { outcome: 'started' } });
    expect(account.executions.map(({ parameters }) => parameters)).toEqual([
      [{ Name: 'Reason', Value: `violations found by ${monitor ?? ''}` }],
    ]);
  });

  test.each(['MonitorsData', 'MonitorsQuality', 'MonitorsBias'])('are not those of %s', beginning => {
    const monitor = scheduleOf(beginning);
    expect(monitor).not.toBe(scheduleOf('MonitorsAttributions'));
    expect(rules.map(({ pattern }) => matchesPattern(pattern, told(monitor)))).toEqual([false]);
  });
});

describe('a new version', () => {
  test.each(['production', 'showcase'] as const)(
    'in preset %s takes over step by step, and alarms on its errors and latency bring the old one back',
    preset => {
      const { deployment } = loopOf(preset);
      const [endpoint] = deployment
        .resources('AWS::SageMaker::Endpoint')
        .filter(({ resource }) => resource.Properties.EndpointName === `${preset}-credit-risk`);
      const { BlueGreenUpdatePolicy: update, AutoRollbackConfiguration: rollback } = endpoint?.resource.Properties
        .DeploymentConfig as {
        BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: string } };
        AutoRollbackConfiguration: { Alarms: { AlarmName: { Ref: string } }[] };
      };
      expect(update.TrafficRoutingConfiguration.Type).toBe(presets[preset].trafficShift);
      const watched = rollback.Alarms.map(
        ({ AlarmName: { Ref: id } }) =>
          deployment.resources('AWS::CloudWatch::Alarm').find(alarm => alarm.id === id)?.resource.Properties.MetricName,
      );
      expect(watched).toEqual(['Invocation5XXErrors', 'ModelLatency']);
    },
  );
});

describe('the role that starts the pipeline', () => {
  const { deployment } = loopOf('production');
  const roles = deployment
    .resources('AWS::IAM::Role')
    .filter(({ id }) => /Retraining.*StartRole/.test(id))
    .map(({ stack, id }) => deployment.arn(stack, id));
  const pipeline = `arn:aws:sagemaker:eu-central-1:111122223333:pipeline/production-credit-risk`;
  const may = (action: string, resource: string) => simulate(deployment, roles[0] ?? '', { action, resource });

  test('is one', () => {
    expect(roles).toHaveLength(1);
    expect(policiesOfRole(deployment, roles[0] ?? '').length).toBeGreaterThan(0);
  });

  test.each(['DescribePipeline', 'ListPipelineExecutions', 'StartPipelineExecution'])('may %s', async name => {
    expect(await may(`sagemaker:${name}`, pipeline)).toBe('Allowed');
  });

  test.each([
    ['sagemaker:StartPipelineExecution', `${pipeline}-other`],
    ['sagemaker:UpdatePipeline', pipeline],
    ['sagemaker:DeletePipeline', pipeline],
    ['sagemaker:StopPipelineExecution', `${pipeline}/execution/abc`],
    [
      'sagemaker:UpdateModelPackage',
      'arn:aws:sagemaker:eu-central-1:111122223333:model-package/production-credit-risk/1',
    ],
  ])('may not %s on %s', async (action, resource) => {
    expect(await may(action, resource)).toBe('ImplicitlyDenied');
  });
});

describe('lastingAlarm', () => {
  const metric = new cloudwatch.Metric({ namespace: 'loans', metricName: 'age' });

  test('refers to nothing that may be gone', () => {
    const stack = new Stack(new App(), 'Loans');
    const alarm = new cloudwatch.Alarm(stack, 'Alarm', {
      alarmName: 'drift',
      metric,
      threshold: 1,
      evaluationPeriods: 1,
    });
    expect(JSON.stringify(stack.resolve(alarm.alarmArn))).toContain('GetAtt');
    const arn: unknown = stack.resolve(lastingAlarm(stack, 'Lasting', alarm).alarmArn);
    expect(JSON.stringify(arn)).toContain(':alarm:drift');
    expect(JSON.stringify(arn)).not.toContain('GetAtt');
  });

  test('fails for an alarm that CloudFormation names', () => {
    const stack = new Stack(new App(), 'Loans');
    const alarm = new cloudwatch.Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
    expect(() => lastingAlarm(stack, 'Lasting', alarm)).toThrow(
      new Error("Loans: 'alarm' must have a name of its own, got: Loans/Alarm"),
    );
  });
});
