import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Match, Template } from 'aws-cdk-lib/assertions';
import {
  AlarmEvent,
  EventText,
  FailStep,
  Parameter,
  Pipeline,
  type StartParameters,
  UploadedObject,
} from '../../constructs/pipeline';
import alarmEvents from '../fixtures/events/cloudwatch-alarm-state-change.json';
import uploadEvents from '../fixtures/events/s3-object-created.json';
import { matchesPattern } from '../support/event-pattern';
import { PipelineAccount } from '../support/pipeline-account';
import { workflowOf } from '../support/start-workflow';
import { newStack } from '../support/steps';

const { event } = alarmEvents;
// The reason of the single metric alarm in the CloudWatch User Guide, "Alarm events and EventBridge".
const REASON =
  'Threshold Crossed: 1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).';

const alarmEvent = (alarmName = 'Drift-age', reason = REASON) => ({
  ...event,
  resources: [`arn:aws:cloudwatch:us-east-1:123456789012:alarm:${alarmName}`],
  detail: { ...event.detail, alarmName, state: { ...event.detail.state, reason } },
});

const pipelineIn = (stack = newStack()) =>
  new Pipeline(stack, 'Pipeline', {
    pipelineName: 'loans',
    parameters: [Parameter.string('Reason', { default: 'started by hand' })],
    steps: [new FailStep('Fail', { errorMessage: 'no' })],
  });
const alarmsIn = (stack = newStack()): [cloudwatch.IAlarm, cloudwatch.IAlarm] => [
  cloudwatch.Alarm.fromAlarmArn(stack, 'Age', alarmEvent('Drift-age').resources[0] ?? ''),
  cloudwatch.Alarm.fromAlarmArn(stack, 'Amount', alarmEvent('Drift-amount').resources[0] ?? ''),
];

async function sent(definition: object, given: unknown): Promise<unknown> {
  const account = new PipelineAccount();
  expect(await account.run(definition, given)).toMatchObject({ output: { outcome: 'started' } });
  return account.executions[0]?.parameters;
}

describe('the reason of a start', () => {
  const reasonOf = (parameters: StartParameters, given: unknown) => {
    const stack = newStack();
    const { stateMachine } = pipelineIn(stack).onAlarm('Drift', { alarm: alarmsIn(stack), parameters });
    return sent(workflowOf(stateMachine), given);
  };

  test('by an alarm is its name and the reason of its state', async () => {
    expect(await reasonOf({ Reason: AlarmEvent.reason }, alarmEvent())).toEqual([
      { Name: 'Reason', Value: `alarm Drift-age: ${REASON}` },
    ]);
  });

  test('by an alarm whose name and reason are as long as they can be is cut to what a parameter holds', async () => {
    const [name, reason] = ['n'.repeat(255), 'r'.repeat(1023)];
    const whole = `alarm ${name}: ${reason}`;
    expect(whole.length).toBeGreaterThan(1024);
    expect(await reasonOf({ Reason: AlarmEvent.reason }, alarmEvent(name, reason))).toEqual([
      { Name: 'Reason', Value: whole.slice(0, 1024) },
    ]);
  });

  test.each([`a 'b' "c"`, 'a\\b\n', '{% $states %}', '${Data}'])('takes the words %j as they are', async reason => {
    expect(await reasonOf({ Reason: AlarmEvent.reason }, alarmEvent('A', reason))).toEqual([
      { Name: 'Reason', Value: `alarm A: ${reason}` },
    ]);
  });

  test('can be made of one of the two alone', async () => {
    expect(await reasonOf({ Reason: AlarmEvent.alarmName }, alarmEvent())).toEqual([
      { Name: 'Reason', Value: 'Drift-age' },
    ]);
    expect(await reasonOf({ Reason: AlarmEvent.stateReason }, alarmEvent())).toEqual([
      { Name: 'Reason', Value: REASON },
    ]);
  });

  test('by an upload is cut too, to the length that it is given', async () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'amzn-s3-demo-bucket1');
    const Reason = new EventText(`upload of ${UploadedObject.uri}`, 20);
    const { stateMachine } = pipelineIn(stack).onUpload('Upload', { bucket, parameters: { Reason } });
    expect(await sent(workflowOf(stateMachine), uploadEvents.event)).toEqual([
      { Name: 'Reason', Value: 'upload of s3://amzn-' },
    ]);
  });

  test.each(['unlimited', 1] as const)('by the clock is a literal, cut at synthesis (%s at once)', max => {
    const stack = newStack();
    const trigger = pipelineIn(stack).schedule('Weekly', {
      schedule: scheduler.ScheduleExpression.expression('rate(7 days)'),
      maxConcurrentExecutions: max,
      parameters: { Reason: new EventText('every week', 5) },
    });
    if (trigger.stateMachine) {
      expect(JSON.stringify(workflowOf(trigger.stateMachine))).toContain('{"Name":"Reason","Value":"every"}');
    } else {
      Template.fromStack(stack).hasResourceProperties('AWS::Scheduler::Schedule', {
        Target: Match.objectLike({
          SageMakerPipelineParameters: { PipelineParameterList: [{ Name: 'Reason', Value: 'every' }] },
        }),
      });
    }
  });

  test.each([0, 1025, 1.5])('fails for a text that is cut to %d characters', maxLength => {
    const parameters = { Reason: new EventText('why', maxLength) };
    expect(() => pipelineIn().startOn('Event', { eventPattern: { source: ['loans'] }, parameters })).toThrow(
      new Error(
        `Loans/Pipeline/Event: 'parameters.Reason' must be cut to 1 to 1024 characters, got: ${maxLength.toString()}`,
      ),
    );
  });

  test('fails for a schedule with fields of an event', () => {
    const schedule = scheduler.ScheduleExpression.expression('rate(7 days)');
    expect(() =>
      pipelineIn().schedule('Weekly', { schedule, parameters: { Reason: new EventText(UploadedObject.uri) } }),
    ).toThrow(
      new Error(
        "Loans/Pipeline/Weekly: 'parameters.Reason' must be a literal or EventField.time, for a schedule has no event, got: $.detail.bucket.name, $.detail.object.key",
      ),
    );
  });
});

describe('several alarms', () => {
  const patternOf = (stack = newStack()) => {
    pipelineIn(stack).onAlarm('Drift', { alarm: alarmsIn(stack) });
    const [rule] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')) as {
      Properties: { EventPattern: unknown };
    }[];
    return rule?.Properties.EventPattern;
  };

  test('each start the pipeline, and no other does', () => {
    const matches = (name: string) => matchesPattern(patternOf(), alarmEvent(name));
    expect(['Drift-age', 'Drift-amount', 'Drift-a'].map(matches)).toEqual([true, true, false]);
  });

  test('are one at least', () => {
    // @ts-expect-error a trigger without an alarm would never start anything
    expect(() => pipelineIn().onAlarm('Drift', { alarm: [] })).not.toThrow();
  });
});
