import { Duration } from 'aws-cdk-lib/core';
import { type AnalysisWindow, renderOffset, validateWindow } from './captured-data';

interface EveryHour {
  /** Run at the start of every hour. */
  readonly every: 'hour';
  readonly atHour?: never;
  readonly everyHours?: never;
  readonly cron?: never;
  readonly once?: never;
}

interface EveryDay {
  /** Run once a day. */
  readonly every: 'day';

  /**
   * Hour of the day, 0 to 23, UTC.
   *
   * @default 0
   */
  readonly atHour?: number;
  readonly everyHours?: never;
  readonly cron?: never;
  readonly once?: never;
}

interface EveryFewHours {
  /** Hours between two runs of a day, 1 to 24. */
  readonly everyHours: number;

  /**
   * Hour of the first run of a day, 0 to 23, UTC.
   *
   * @default 0
   */
  readonly fromHour?: number;
  readonly every?: never;
  readonly cron?: never;
  readonly once?: never;
}

interface Cron {
  /**
   * `cron(0 * ? * * *)`, `cron(0 <hour> ? * * *)` or `cron(0 <first hour>/<hours> ? * * *)`: the service takes no
   * other form, so none that runs on some days only, and none more often than hourly.
   */
  readonly cron: string;
  readonly every?: never;
  readonly everyHours?: never;
  readonly once?: never;
}

interface Once {
  /** Run one time, when the schedule is created, over at most 24 hours of the captured data, counted back from then. */
  readonly once: AnalysisWindow;
  readonly every?: never;
  readonly everyHours?: never;
  readonly cron?: never;
}

/**
 * When a monitor runs. Runs start up to 20 minutes late.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
 */
export type MonitorSchedule = EveryHour | EveryDay | EveryFewHours | Cron | Once;

export interface ScheduleConfig {
  readonly expression: string;
  /** Time from one run to the next; a day where there is no next one. */
  readonly interval: Duration;
  /** Part of the captured data that the only run looks at. */
  readonly once?: { readonly dataAnalysisStartTime: string; readonly dataAnalysisEndTime: string };
}

const FORM = /^cron\(0 (\*|(\d{1,2})(?:\/(\d{1,2}))?) \? \* \* \*\)$/;

/** Checks a schedule, and renders it. */
export function renderSchedule(path: string, schedule: MonitorSchedule): ScheduleConfig {
  if (schedule.cron !== undefined) {
    return parse(path, schedule.cron);
  }
  if (schedule.once !== undefined) {
    return renderOnce(path, schedule.once);
  }
  if (schedule.everyHours !== undefined) {
    const { everyHours, fromHour = 0 } = schedule;
    requireHour(path, 'schedule.everyHours', everyHours, 1, 24);
    requireHour(path, 'schedule.fromHour', fromHour, 0, 23);
    return { expression: `cron(0 ${fromHour}/${everyHours} ? * * *)`, interval: Duration.hours(everyHours) };
  }
  if (schedule.every === 'hour') {
    return { expression: 'cron(0 * ? * * *)', interval: Duration.hours(1) };
  }
  const { atHour = 0 } = schedule;
  requireHour(path, 'schedule.atHour', atHour, 0, 23);
  return { expression: `cron(0 ${atHour} ? * * *)`, interval: Duration.days(1) };
}

function renderOnce(path: string, window: AnalysisWindow): ScheduleConfig {
  validateWindow(path, window, 'schedule.once');
  const { startOffset, endOffset } = window;
  const minutes = startOffset.toMinutes() - endOffset.toMinutes();
  if (minutes > Duration.days(1).toMinutes()) {
    throw new Error(
      `${path}: 'schedule.once' must be at most 24 hours from its start to its end, got: ${minutes} minutes`,
    );
  }
  return {
    expression: 'NOW',
    interval: Duration.days(1),
    once: { dataAnalysisStartTime: renderOffset(startOffset), dataAnalysisEndTime: renderOffset(endOffset) },
  };
}

function parse(path: string, cron: string): ScheduleConfig {
  const match = FORM.exec(cron);
  const hour = Number(match?.[2] ?? 0);
  const step = Number(match?.[3] ?? 24);
  if (!match || hour > 23 || step < 1 || step > 24) {
    throw new Error(
      `${path}: 'schedule.cron' must be cron(0 * ? * * *), or cron(0 <hour> ? * * *) or cron(0 <hour>/<hours> ? * * *) with an hour from 0 to 23 and 1 to 24 hours, got: ${cron}`,
    );
  }
  return { expression: cron, interval: Duration.hours(match[1] === '*' ? 1 : step) };
}

function requireHour(path: string, prop: string, value: number, minimum: number, maximum: number): void {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new Error(`${path}: '${prop}' must be a whole number from ${minimum} to ${maximum}, got: ${value}`);
  }
}
