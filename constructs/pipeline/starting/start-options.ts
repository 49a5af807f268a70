import { Duration, Validations } from 'aws-cdk-lib/core';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Parameter } from '../parameter';
import { duration, maxLength, problemsOf, wholeNumber } from '../problem';
import type { StartablePipeline } from './guarded-start';
import { startProblems, type StartParameters, type StartSource } from './start-parameters';
import { EXECUTIONS_LOOKED_AT } from './start-workflow';

/** What all ways to start a pipeline have in common. */
export interface StartOptions {
  /**
   * Values of the pipeline's parameters, by name.
   *
   * @default - none: every parameter has its default
   */
  readonly parameters?: StartParameters;

  /**
   * Most executions that may run at the same time, 1 to 20, those that anybody else started included. While as many are running
   * or stopping, a start is skipped; nothing makes up for it.
   *
   * @default 1
   */
  readonly maxConcurrentExecutions?: number;

  /**
   * Least time from the last start, whoever made it and whatever became of it, to the next: 1 minute or more. Until then, a start
   * is skipped.
   *
   * @default - none
   */
  readonly cooldown?: Duration;

  /**
   * What the trigger is for, up to 512 characters.
   *
   * @default - says which pipeline is started
   */
  readonly description?: string;

  /**
   * Whether the trigger is on.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long a start that cannot be delivered is tried again, 1 minute to 24 hours, before it goes to the queue of dead letters.
   *
   * @default Duration.hours(1)
   */
  readonly maxEventAge?: Duration;

  /**
   * How long the logs are kept that say what was started and what was skipped.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/** The pipeline as its triggers see it. */
export interface TriggeredPipeline extends StartablePipeline {
  /** Parameters of the definition. */
  readonly parameters: readonly Parameter[];
}

/** How often a start is tried again until `maxEventAge` ends it: as often as the services can. */
export const RETRY_ATTEMPTS = 185;

export const DEFAULT_EVENT_AGE = Duration.hours(1);

/** Fails with everything that is wrong with the options of a trigger. */
export function validateStart(
  path: string,
  { parameters }: TriggeredPipeline,
  options: StartOptions,
  source: StartSource,
  more: readonly string[] = [],
): void {
  const { maxConcurrentExecutions, cooldown, maxEventAge, description } = options;
  const problems = [
    ...startProblems(parameters, options.parameters ?? {}, source),
    ...problemsOf(
      wholeNumber('maxConcurrentExecutions', maxConcurrentExecutions, 1, EXECUTIONS_LOOKED_AT),
      duration('cooldown', cooldown, 'seconds', 60),
      duration('maxEventAge', maxEventAge, 'seconds', 60, 86_400),
      maxLength('description', description, 512),
    ),
    ...more,
  ];
  if (problems.length > 0) {
    throw new Error(problems.map(problem => `${path}: ${problem}`).join('\n'));
  }
}

/** A queue for the starts that could not be delivered. */
export function createDeadLetters(scope: Construct): sqs.Queue {
  const queue = new sqs.Queue(scope, 'DeadLetters', {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'This is a queue of dead letters itself: what comes here has been tried again already',
  });
  return queue;
}
