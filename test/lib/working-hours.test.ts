import { Template } from 'aws-cdk-lib/assertions';
import { TimeZone } from 'aws-cdk-lib/core';
import { presets } from '../../lib/settings';
import { workingHoursOf } from '../../lib/working-hours';
import { appOf, sharedAppOf, templateOf } from '../support/app';

describe('the setting workingHours', () => {
  test.each([
    ['', undefined],
    ['08:00-18:00', { start: '08:00', stop: '18:00' }],
    ['MON-FRI 08:00-18:00', { days: 'MON-FRI', start: '08:00', stop: '18:00' }],
    ['08:00-18:00 Asia/Tokyo', { start: '08:00', stop: '18:00', timeZone: TimeZone.ASIA_TOKYO }],
    [
      'SAT 10:30-16:00 America/Argentina/Buenos_Aires',
      { days: 'SAT', start: '10:30', stop: '16:00', timeZone: TimeZone.of('America/Argentina/Buenos_Aires') },
    ],
  ])('%j', (setting, hours) => {
    expect(workingHoursOf(setting)).toEqual(hours);
  });

  test('is empty in the sandbox and in production, where nothing is stopped by the clock', () => {
    expect([presets.sandbox.workingHours, presets.production.workingHours]).toEqual(['', '']);
    const schedules = Template.fromStack(sharedAppOf('sandbox').stacks.build).findResources('AWS::Scheduler::Schedule');
    expect(JSON.stringify(schedules)).not.toContain('running');
  });

  test('becomes the schedules of the Build stack', () => {
    const { stacks } = appOf('sandbox', { workingHours: 'MON-FRI 08:00-18:00 Europe/Berlin' });
    Template.fromStack(stacks.build).hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 18 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      Target: { Input: '{"running":"false","reason":"working hours","actor":"schedule"}' },
    });
  });

  test('fails where the construct knows better', () => {
    expect(() => appOf('sandbox', { workingHours: 'MON-SOM 08:00-18:00' })).toThrow(
      new Error(
        "Sandbox-Build/Approved/WorkingHours: 'days' must be a day such as MON or days such as MON-FRI, got: MON-SOM",
      ),
    );
  });
});

describe('a stopped endpoint', () => {
  const { stacks } = sharedAppOf('sandbox');
  const conditionsOf = (stack: keyof typeof stacks) => {
    const { Conditions = {}, Parameters = {}, Resources } = templateOf(stacks[stack]);
    const running = Object.keys(Parameters).find(name => String(Parameters[name]?.Default).endsWith('/running')) ?? '';
    const asks = (condition: unknown): boolean => {
      const and = (condition as { 'Fn::And'?: { Condition: string }[] })['Fn::And'];
      return and
        ? and.some(({ Condition }) => asks(Conditions[Condition]))
        : JSON.stringify(condition).includes(`{"Ref":"${running}"}`);
    };
    return Object.values(Resources).map(
      ({ Type, Condition }) => [Type, asks(Conditions[Condition ?? ''] ?? {})] as const,
    );
  };

  test('leaves nothing in Serving', () => {
    expect(conditionsOf('serving').filter(([, stopped]) => !stopped)).toEqual([]);
  });

  test('leaves the dashboard in Monitoring, with what has been, and the workflow that tells of monitors', () => {
    const left = conditionsOf('monitoring').filter(([, stopped]) => !stopped);
    const types = new Set(left.map(([type]) => type));
    const workflow = ['IAM::Role', 'IAM::Policy', 'Logs::LogGroup', 'StepFunctions::StateMachine', 'SQS::Queue'];
    expect([...types].sort()).toEqual(
      [...workflow, 'SQS::QueuePolicy', 'CloudWatch::Dashboard'].map(type => `AWS::${type}`).sort(),
    );
  });
});
