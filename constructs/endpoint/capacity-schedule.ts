import { type TimeZone, Token } from 'aws-cdk-lib/core';
import type * as applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type { Check } from './check';
import { isCount } from './check';

/** New limits of scaling at certain times: more before the morning, fewer in the night. */
export interface CapacitySchedule {
  /** Name, 1 to 256 characters, different from those of the other schedules of the variant. */
  readonly name: string;

  /** When the limits change, such as `Schedule.cron({ hour: '7', minute: '30', weekDay: 'MON-FRI' })`. */
  readonly schedule: applicationautoscaling.Schedule;

  /**
   * Time zone of `schedule`. Not for a rate, which has none.
   *
   * @default - UTC
   */
  readonly timeZone?: TimeZone;

  /**
   * Fewest from then on, in the unit of the limits that it changes: instances, or provisioned concurrency.
   *
   * @default - as before
   */
  readonly min?: number;

  /**
   * Most from then on.
   *
   * @default - as before
   */
  readonly max?: number;

  /**
   * Start of the schedule.
   *
   * @default - at once
   */
  readonly startTime?: Date;

  /**
   * End of the schedule, after its start.
   *
   * @default - never
   */
  readonly endTime?: Date;
}

export function renderSchedule(
  schedule: CapacitySchedule,
): applicationautoscaling.CfnScalableTarget.ScheduledActionProperty {
  return {
    scheduledActionName: schedule.name,
    schedule: schedule.schedule.expressionString,
    timezone: schedule.timeZone?.timezoneName,
    startTime: schedule.startTime,
    endTime: schedule.endTime,
    scalableTargetAction: { minCapacity: schedule.min, maxCapacity: schedule.max },
  };
}

/** Checks the schedules of a target whose capacity goes from `floor` to `ceiling` at most. */
export function checkSchedules(
  checkProp: Check,
  schedules: readonly CapacitySchedule[],
  floor: number,
  ceiling?: number,
): void {
  const names = schedules.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  checkProp('schedules', repeated === undefined, 'have different names', repeated);
  schedules.forEach((each, index) => {
    const { name, schedule, timeZone, min, max, startTime, endTime } = each;
    const checkMember: Check = (member, ...rest) => {
      checkProp(`schedules[${index}]${member && `.${member}`}`, ...rest);
    };
    checkMember('name', Token.isUnresolved(name) || /^.{1,256}$/.test(name), 'have 1 to 256 characters', name);
    checkMember('', min !== undefined || max !== undefined, "have 'min', 'max' or both", 'neither');
    const range = `be a whole number of at least ${floor}${ceiling === undefined ? '' : ` and at most ${ceiling}`}`;
    checkMember('min', min === undefined || isCount(min, floor, ceiling), range, min);
    checkMember('max', max === undefined || isCount(max, floor, ceiling), range, max);
    checkMember(
      'max',
      min === undefined || max === undefined || isCount(max, Token.isUnresolved(min) ? floor : min),
      `be at least 'min' (${String(min)})`,
      max,
    );
    checkMember(
      'timeZone',
      timeZone === undefined || !schedule.expressionString.startsWith('rate('),
      'be left out for a rate, which has no time of day',
      timeZone?.timezoneName,
    );
    checkMember(
      'endTime',
      startTime === undefined || endTime === undefined || endTime > startTime,
      "be after 'startTime'",
      endTime?.toISOString(),
    );
  });
}
