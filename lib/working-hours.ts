import { TimeZone } from 'aws-cdk-lib/core';
import type { TimeOfDay, WeekDays, WorkingHoursOptions } from '../constructs/approved-model';

/** Days, times and a time zone as the setting has them; what they may be is for the construct to check. */
export const WORKING_HOURS = /^(?:(?:([A-Z-]+) )?([\d:]+)-([\d:]+)(?: ([A-Za-z]\S*))?)?$/;

/** The working hours that a setting asks for; undefined for a model that always runs. */
export function workingHoursOf(setting: string): WorkingHoursOptions | undefined {
  const [, days, start, stop, zone] = WORKING_HOURS.exec(setting) ?? [];
  if (start === undefined || stop === undefined) return undefined;
  return {
    days: days as WeekDays | undefined,
    start: start as TimeOfDay,
    stop: stop as TimeOfDay,
    timeZone: zone === undefined ? undefined : TimeZone.of(zone),
  };
}
