import type { Duration } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { schedulePrincipal } from '../../roles';
import { duration, problemsOf, type Rule } from '../problem';
import { arnOf, GuardedStart } from './guarded-start';
import {
  createDeadLetters,
  DEFAULT_EVENT_AGE,
  RETRY_ATTEMPTS,
  type StartOptions,
  type TriggeredPipeline,
  validateStart,
} from './start-options';
import { Field, startValues, type StartValue } from './start-parameters';

/** Starts at certain times. */
export interface ScheduleStartOptions extends Omit<StartOptions, 'maxConcurrentExecutions'> {
  /** When the pipeline starts, once (`at`) or again and again (`rate`, `cron`), with the time zone. */
  readonly schedule: scheduler.ScheduleExpression;

  /**
   * Most executions that may run at the same time, 1 to 20, those that anybody else started included; or any number. While as
   * many are running or stopping, a start is skipped. Without this limit and a `cooldown`, the scheduler itself starts the
   * pipeline, with no state machine in between.
   *
   * @default 1
   */
  readonly maxConcurrentExecutions?: number | 'unlimited';

  /**
   * How late a start may be, 1 minute to 24 hours: the scheduler chooses a time in this window.
   *
   * @default - none: within the minute
   */
  readonly flexibleWindow?: Duration;

  /**
   * Time before which nothing starts. A schedule that runs once ignores it.
   *
   * @default - none
   */
  readonly start?: Date;

  /**
   * Time after which nothing starts. A schedule that runs once ignores it.
   *
   * @default - none
   */
  readonly end?: Date;
}

const SCHEDULED_TIME = scheduler.ContextAttribute.scheduledTime;

/**
 * Starts a pipeline at certain times, unless it has just been started.
 *
 * Creates a schedule, its role, a Step Functions state machine, a queue for starts that could not be delivered and a log group. At
 * rest nothing of it costs anything; a start costs about a hundredth of a cent.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html
 */
export class PipelineSchedule extends Construct {
  public readonly schedule: scheduler.Schedule;

  /** State machine that starts the pipeline; none where the scheduler does it. */
  public readonly stateMachine?: sfn.StateMachine;

  /** Starts that could not be delivered. */
  public readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, pipeline: TriggeredPipeline, options: ScheduleStartOptions) {
    const { maxConcurrentExecutions = 1, cooldown, flexibleWindow, ...others } = options;
    const max = maxConcurrentExecutions === 'unlimited' ? undefined : maxConcurrentExecutions;
    const values = startValues(options.parameters ?? {});
    const guard = { cooldown, maxConcurrentExecutions: max };
    validateStart(`${scope.node.path}/${id}`, pipeline, { ...others, ...guard }, 'schedule', scheduleProblems(options));
    super(scope, id);

    this.deadLetters = createDeadLetters(this);
    const isGuarded = max !== undefined || cooldown !== undefined;
    this.stateMachine = isGuarded
      ? new GuardedStart(this, 'Start', { pipeline, values, ...guard, logRetention: options.logRetention })
      : undefined;
    this.schedule = new scheduler.Schedule(this, 'Schedule', {
      schedule: options.schedule,
      description: options.description ?? `Starts the pipeline ${pipeline.pipelineName}`,
      enabled: options.enabled,
      start: options.start,
      end: options.end,
      timeWindow: flexibleWindow && scheduler.TimeWindow.flexible(flexibleWindow),
      target: { bind: () => this.target(pipeline, values, options.maxEventAge ?? DEFAULT_EVENT_AGE) },
    });
  }

  /** A target of our own: those of the CDK put a role into the stack that all schedules of the stack can take. */
  private target(
    pipeline: TriggeredPipeline,
    values: readonly StartValue[],
    maxEventAge: Duration,
  ): scheduler.ScheduleTargetConfig {
    const role = new iam.Role(this, 'Role', {
      description: `Starts the pipeline ${pipeline.pipelineName}`,
      assumedBy: schedulePrincipal(this),
    });
    const allow = (action: string, ...resources: string[]) =>
      role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources }));
    allow('sqs:SendMessage', this.deadLetters.queueArn);
    const common = {
      role,
      deadLetterConfig: { arn: this.deadLetters.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: maxEventAge.toSeconds(), maximumRetryAttempts: RETRY_ATTEMPTS },
    };
    if (this.stateMachine) {
      allow('states:StartExecution', this.stateMachine.stateMachineArn);
      const input = scheduler.ScheduleTargetInput.fromObject({ time: SCHEDULED_TIME });
      return { ...common, arn: this.stateMachine.stateMachineArn, input };
    }
    allow('sagemaker:StartPipelineExecution', ...pipeline.possibleArns);
    const parameters = values.length > 0 ? { pipelineParameterList: values.map(render) } : undefined;
    return { ...common, arn: arnOf(pipeline), sageMakerPipelineParameters: parameters };
  }
}

function scheduleProblems({ flexibleWindow, start, end }: ScheduleStartOptions): readonly string[] {
  const order: Rule = [
    !start || !end || start < end,
    `'end' must be after 'start' (${start?.toISOString() ?? ''}), got: ${end?.toISOString() ?? ''}`,
  ];
  return problemsOf(duration('flexibleWindow', flexibleWindow, 'minutes', 1, 1440), order);
}

function render({ name, pieces, maxLength }: StartValue): { name: string; value: string } {
  const isLate = pieces.some(piece => piece instanceof Field);
  const value = pieces.map(piece => (piece instanceof Field ? SCHEDULED_TIME : piece)).join('');
  // The time is put in later, in place of a longer name.
  return { name, value: isLate ? value : value.slice(0, maxLength) };
}
