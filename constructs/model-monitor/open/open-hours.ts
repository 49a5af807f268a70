/** When an open monitor runs. */
export interface OpenHours {
  /** Expression for EventBridge Scheduler. */
  readonly expression: string;

  /** Minutes since the run before, by the hour of a run such as `06`; `other` for runs by hand at another time. */
  readonly minutesSince: Readonly<Record<string, number>>;
}

const HOURS = /^cron\(0 (\d+)(?:\/(\d+))? \? \* \* \*\)$/;

/**
 * The hours of a monitoring schedule, or undefined for one that does not recur.
 *
 * To Model Monitor `17/12` is every 12 hours from 17:00 on, hence 5:00 too; to EventBridge Scheduler the hours of the day end at 23.
 */
export function hoursOf(expression: string): OpenHours | undefined {
  if (expression === 'cron(0 * ? * * *)') return { expression, minutesSince: { other: 60 } };
  const match = HOURS.exec(expression);
  if (!match) return undefined;
  const first = Number(match[1]);
  const step = Number(match[2] ?? 24);
  const hours = Array.from({ length: Math.ceil(24 / step) }, (_, index) => (first + index * step) % 24);
  hours.sort((one, other) => one - other);
  const since = hours.map((hour, index) => {
    const before = hours[index - 1] ?? (hours.at(-1) ?? hour) - 24;
    return [String(hour).padStart(2, '0'), (hour - before) * 60] as const;
  });
  return {
    expression: `cron(0 ${hours.join(',')} ? * * *)`,
    minutesSince: { ...Object.fromEntries(since), other: step * 60 },
  };
}
