import { Duration, TimeZone, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { schedulePrincipal } from '../roles';

type WeekDay = 'MON' | 'TUE' | 'WED' | 'THU' | 'FRI' | 'SAT' | 'SUN';

/** One day of the week, or all from one to another. */
export type WeekDays = WeekDay | `${WeekDay}-${WeekDay}`;

/** Hour and minute, from `00:00` to `23:59`. */
export type TimeOfDay = `${number}:${number}`;

export interface WorkingHoursOptions {
  /**
   * Days on which the model runs, such as `MON-FRI`.
   *
   * @default - every day
   */
  readonly days?: WeekDays;

  /** When the start begins, `00:00` to `23:59`; the endpoint is there some minutes later. */
  readonly start: TimeOfDay;

  /** When the stop begins, `00:01` to `23:59`, on the same day and at least an hour after the start. */
  readonly stop: TimeOfDay;

  /**
   * Time zone of the times, which follow its summer time: a name of the IANA data base.
   *
   * @default TimeZone.ETC_UTC
   */
  readonly timeZone?: TimeZone;

  /**
   * Whether the schedules are in force. Switched off while the model is stopped, they leave it stopped until it is started by hand.
   *
   * @default true
   */
  readonly enabled?: boolean;
}

interface WorkingHoursProps extends WorkingHoursOptions {
  readonly stateMachine: sfn.IStateMachine;
}

/** A stop that is this late is worth less than the risk that it meets the next start. */
const LATEST = Duration.minutes(30);

/**
 * Starts and stops what is deployed, at times of the day.
 *
 * Creates two schedules, their role, and a queue for starts and stops that could not be delivered. All of it is free at rest.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export class WorkingHours extends Construct {
  /** Starts and stops that could not be delivered. */
  public readonly deadLetters: sqs.Queue;

  private readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: WorkingHoursProps) {
    validate(`${scope.node.path}/${id}`, props);
    super(scope, id);
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'The queue is itself the dead letter queue of the schedules',
    });
    this.role = this.createRole(props.stateMachine);
    this.createSchedule('Start', 'true', props.start, props);
    this.createSchedule('Stop', 'false', props.stop, props);
  }

  private createSchedule(id: string, running: string, time: TimeOfDay, props: WorkingHoursProps): void {
    const { days = '*', timeZone = TimeZone.ETC_UTC, enabled, stateMachine } = props;
    const [hour, minute] = time.split(':').map(part => Number(part).toString());
    new scheduler.Schedule(this, id, {
      schedule: scheduler.ScheduleExpression.cron({ weekDay: days, hour, minute, timeZone }),
      description: `${id}s the approved model`,
      enabled,
      target: {
        bind: () => ({
          arn: stateMachine.stateMachineArn,
          role: this.role,
          input: scheduler.ScheduleTargetInput.fromObject({ running, reason: 'working hours', actor: 'schedule' }),
          deadLetterConfig: { arn: this.deadLetters.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: LATEST.toSeconds(), maximumRetryAttempts: 185 },
        }),
      },
    });
  }

  private createRole({ stateMachineArn }: sfn.IStateMachine): iam.Role {
    const role = new iam.Role(this, 'Role', {
      description: 'Starts and stops the approved model',
      assumedBy: schedulePrincipal(this),
    });
    const allow = (action: string, resource: string) =>
      role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));
    allow('states:StartExecution', stateMachineArn);
    allow('sqs:SendMessage', this.deadLetters.queueArn);
    return role;
  }
}

function validate(path: string, { days, start, stop, timeZone }: WorkingHoursOptions): void {
  const fail = (prop: string, rule: string, got: string) => {
    throw new Error(`${path}: '${prop}' must ${rule}, got: ${got}`);
  };
  const isDays = days === undefined || /^(MON|TUE|WED|THU|FRI|SAT|SUN)(-(MON|TUE|WED|THU|FRI|SAT|SUN))?$/.test(days);
  if (!isDays) {
    fail('days', 'be a day such as MON or days such as MON-FRI', days);
  }
  for (const [prop, time] of Object.entries({ start, stop })) {
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) {
      fail(prop, 'be a time from 00:00 to 23:59', time);
    }
  }
  // Two that come close would only wait for each other: an endpoint takes minutes to come and to go.
  if (minutesOf(stop) - minutesOf(start) < 60) {
    fail('stop', `be at least an hour after 'start' (${start}) on the same day`, stop);
  }
  const zone = timeZone?.timezoneName;
  if (zone !== undefined && !isTimeZone(zone)) {
    fail('timeZone', 'be a time zone of the IANA data base such as Europe/Berlin', zone);
  }
}

function minutesOf(time: TimeOfDay): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
