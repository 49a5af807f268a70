import type { OpenHours } from './open-hours';

export interface OpenWorkflowOptions {
  readonly partition: string;

  /** Request that creates the job, with `LATE` in the places of what differs between runs. */
  readonly request: Readonly<Record<string, unknown>>;

  /** What the names of jobs begin with: up to 42 characters, in lower case. */
  readonly jobNamePrefix: string;

  /** Bucket of the reports, and start of their keys, which folders by hour follow. */
  readonly bucket: string;
  readonly root: string;
  readonly minutesSince: OpenHours['minutesSince'];

  /** Namespace of the metrics; none where none are published. */
  readonly namespace?: string;

  /** Longest time of a job, and time within which it has to be created, in seconds. */
  readonly maxRuntimeSeconds: number;
  readonly queueSeconds: number;
}

export type State = Readonly<Record<string, unknown>>;

export const jsonata = (expression: string): string => `{% ${expression} %}`;

/** Expressions for what differs between runs. */
export const LATE = {
  job: jsonata('$job'),
  time: jsonata('$time'),
  minutes: jsonata('$string($minutes)'),
  reports: jsonata("'s3://' & $bucket & '/' & $folder"),
};

/** Error of an execution whose job failed, which SageMaker tells of too. */
export const JOB_FAILED = 'JobFailed';

const PROBLEM = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause";

export const retry = (MaxAttempts: number): State => ({
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
});

export const caught = { failure: { reason: jsonata(PROBLEM) } };

export const failed = { ErrorEquals: ['States.ALL'], Assign: caught, Output: {}, Next: 'Failed' };

export function task(partition: string, action: string, request: State, attempts = 5): State {
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::aws-sdk:${action}`,
    Arguments: request,
    TimeoutSeconds: 60,
    Retry: [retry(attempts)],
    Output: {},
  };
}

type Rule = readonly [condition: string, next: string];

export function choice(otherwise: string, ...rules: readonly Rule[]): State {
  return {
    Type: 'Choice',
    Choices: rules.map(([condition, Next]) => ({ Condition: jsonata(condition), Next })),
    Default: otherwise,
  };
}
