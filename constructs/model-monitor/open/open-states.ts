import type { OpenHours } from './open-hours';
import { PROBLEM, caught as caughtAs, jsonata } from '../states';

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

/** Expressions for what differs between runs. */
export const LATE = {
  job: jsonata('$job'),
  time: jsonata('$time'),
  minutes: jsonata('$string($minutes)'),
  reports: jsonata("'s3://' & $bucket & '/' & $folder"),
};

/** Error of an execution whose job failed, which SageMaker tells of too. */
export const JOB_FAILED = 'JobFailed';

export const caught = { failure: { reason: jsonata(PROBLEM) } };

export const failed = caughtAs(caught, 'Failed');
