import { Duration } from 'aws-cdk-lib/core';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { EventText } from './event-text';
import type { EventStartOptions } from './trigger';

/** Starts by an alarm, such as one on drift. */
export interface AlarmStartOptions extends EventStartOptions {
  /** Alarm, or composite alarm, of this account and region that starts the pipeline when it goes off; or several, each of which does. */
  readonly alarm: cloudwatch.IAlarm | readonly [cloudwatch.IAlarm, ...cloudwatch.IAlarm[]];

  /**
   * Least time from the last start, whoever made it and whatever became of it, to the next: 1 minute or more. Until then, a start
   * is skipped.
   *
   * @default Duration.days(1) - an alarm on drift can come again until the new model is approved and has been watched for a while
   */
  readonly cooldown?: Duration;
}

const alarmName = events.EventField.fromPath('$.detail.alarmName');
const stateReason = events.EventField.fromPath('$.detail.state.reason');

/** The alarm that starts the pipeline, for the values of parameters: its name, why it went off, and both in one text. */
export const AlarmEvent = {
  alarmName,
  stateReason,
  reason: new EventText(`alarm ${alarmName}: ${stateReason}`),
} as const;

export const ALARM_COOLDOWN = Duration.days(1);

/**
 * The events of an alarm that goes off. One that is on when the trigger is made has no event.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export function alarmPattern({ alarm }: AlarmStartOptions): events.EventPattern {
  return {
    source: ['aws.cloudwatch'],
    detailType: ['CloudWatch Alarm State Change'],
    resources: [alarm].flat().map(({ alarmArn }) => alarmArn),
    // A composite alarm whose actions are suppressed says so, and comes all the same.
    detail: { state: { value: ['ALARM'], actionsSuppressedBy: events.Match.doesNotExist() } },
  };
}
