import * as s3 from 'aws-cdk-lib/aws-s3';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import {
  type AnalysisWindow,
  BaselineConstraints,
  BaselineStatistics,
  DataQualityMonitor,
  ModelQualityConstraints,
  ModelQualityMonitor,
  type MonitorSchedule,
} from '../../constructs/model-monitor';
import { workflowOf } from '../support/start-workflow';

const newStack = () => new Stack(new App(), 'Monitoring', { env: { account: '111122223333', region: 'eu-west-1' } });
const places = (stack: Stack) => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'loans');
  return {
    endpointName: 'loans',
    capturedData: { bucket, prefix: 'captured' },
    output: { bucket, prefix: 'reports' },
  };
};
const valid: AnalysisWindow = { startOffset: Duration.hours(6), endOffset: Duration.hours(1) };
const monitorIn = (stack: Stack, once: AnalysisWindow = valid, maxRuntime?: Duration, managed = true) =>
  new DataQualityMonitor(stack, 'Loans', {
    ...places(stack),
    schedule: { once },
    maxRuntime,
    managed,
    baselineStatistics: BaselineStatistics.fromS3Uri('s3://baselines/statistics.json'),
    baselineConstraints: BaselineConstraints.fromS3Uri('s3://baselines/constraints.json'),
  });
const PATH = 'Monitoring/Loans';

describe('a monitor that runs once', () => {
  test.each([
    [valid, '-PT6H', '-PT1H'],
    [{ startOffset: Duration.days(1), endOffset: Duration.minutes(0) }, '-P1D', '-PT0H'],
    [{ startOffset: Duration.minutes(90), endOffset: Duration.minutes(30) }, '-PT90M', '-PT30M'],
    [{ startOffset: Duration.days(31), endOffset: Duration.days(30) }, '-P31D', '-P30D'],
  ])('runs at once over its part of the data (%#)', (window, DataAnalysisStartTime, DataAnalysisEndTime) => {
    const stack = newStack();
    monitorIn(stack, window);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::MonitoringSchedule', {
      MonitoringScheduleConfig: {
        ScheduleConfig: { ScheduleExpression: 'NOW', DataAnalysisStartTime, DataAnalysisEndTime },
      },
    });
  });

  test('is started by hand without Model Monitor, over the same part of the data', () => {
    const stack = newStack();
    const { openSchedule } = monitorIn(stack, valid, undefined, false);
    expect(openSchedule?.schedule).toBeUndefined();
    expect(JSON.stringify(workflowOf(openSchedule?.stateMachine))).toContain(
      '"--start-offset-minutes","360","--end-offset-minutes","60"',
    );
  });

  test('has up to a day of time', () => {
    const stack = newStack();
    monitorIn(stack, valid, Duration.hours(24));
    expect(() => monitorIn(newStack(), valid, Duration.hours(25))).toThrow(
      new Error(
        `${PATH}: 'maxRuntime' must be a whole number from 1 to 86400 seconds, the time between two runs, got: 90000`,
      ),
    );
  });

  test('has alarms that one run sets off', () => {
    const stack = newStack();
    const monitor = monitorIn(stack);
    monitor.addDriftAlarm('Age', 'age');
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { EvaluationPeriods: 1, Period: 86400 });
    expect(() => monitor.addDriftAlarm('Twice', 'age', { evaluationPeriods: 2 })).toThrow(
      new Error(`${PATH}: 'evaluationPeriods' must be a whole number from 1 to 1, as there is one run, got: 2`),
    );
  });

  test('of labels looks where its schedule says, and nowhere else', () => {
    const create = (stack: Stack, analysisWindow?: AnalysisWindow) =>
      new ModelQualityMonitor(stack, 'Loans', {
        ...places(stack),
        groundTruth: { bucket: s3.Bucket.fromBucketName(stack, 'Labels', 'loans'), prefix: 'labels' },
        problemType: 'Regression',
        inferenceAttribute: '0',
        schedule: { once: valid },
        analysisWindow,
        baselineConstraints: ModelQualityConstraints.fromS3Uri('s3://baselines/constraints.json'),
      });
    const stack = newStack();
    create(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::MonitoringSchedule', {
      MonitoringScheduleConfig: { MonitoringType: 'ModelQuality', ScheduleConfig: { ScheduleExpression: 'NOW' } },
    });
    expect(() => create(newStack(), valid)).toThrow(
      new Error(
        `${PATH}: 'analysisWindow' must be left out with 'schedule.once', which says what the run looks at, got: 360 to 60 minutes`,
      ),
    );
  });

  test.each<[AnalysisWindow, string]>([
    [
      { startOffset: Duration.minutes(1441), endOffset: Duration.minutes(0) },
      "'schedule.once' must be at most 24 hours from its start to its end, got: 1441 minutes",
    ],
    [
      { startOffset: Duration.hours(1), endOffset: Duration.hours(1) },
      "'schedule.once.startOffset' must be longer than 'endOffset', 60 minutes, got: 60 minutes",
    ],
    [
      { startOffset: Duration.seconds(90), endOffset: Duration.minutes(0) },
      "'schedule.once.startOffset' must be a literal time of whole minutes, got: Duration.seconds(90)",
    ],
  ])('fails with %j', (window, message) => {
    expect(() => monitorIn(newStack(), window)).toThrow(new Error(`${PATH}: ${message}`));
  });

  test('cannot be scheduled too, nor a scheduled one be given its window', () => {
    const schedules = (): MonitorSchedule[] => [
      { once: valid },
      // @ts-expect-error -- once, or every hour.
      { once: valid, every: 'hour' },
      // @ts-expect-error -- a window has a start and an end.
      { once: { startOffset: Duration.hours(1) } },
      // @ts-expect-error -- only one run has a window in its schedule.
      { every: 'day', startOffset: Duration.hours(6), endOffset: Duration.hours(1) },
    ];
    expect(schedules()).toHaveLength(4);
  });
});
