import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { GuardedStart } from './guarded-start';
import {
  createDeadLetters,
  DEFAULT_EVENT_AGE,
  RETRY_ATTEMPTS,
  type StartOptions,
  type TriggeredPipeline,
  validateStart,
} from './start-options';
import { startValues } from './start-parameters';

export interface EventStartOptions extends StartOptions {
  /**
   * Stack or construct that the trigger is made in, when what it listens to is in a stack that depends on the pipeline's.
   *
   * @default - the pipeline
   */
  readonly crossStackScope?: Construct;
}

/** Starts by events that match a pattern. */
export interface PatternStartOptions extends EventStartOptions {
  /** Events that start the pipeline. */
  readonly eventPattern: events.EventPattern;

  /**
   * Bus that the events come from.
   *
   * @default - the default bus of the account
   */
  readonly eventBus?: events.IEventBus;
}

/** Starts by the events of a rule that exists; the rule decides whether it is on. */
export interface RuleStartOptions extends Omit<EventStartOptions, 'enabled' | 'description'> {
  /** Rule whose events start the pipeline. It gets one more target. */
  readonly rule: events.Rule;

  /** Belongs to the rule. */
  readonly enabled?: never;

  /** Belongs to the rule. */
  readonly description?: never;

  /** Belongs to the rule. */
  readonly eventPattern?: never;

  /** Belongs to the rule. */
  readonly eventBus?: never;
}

/**
 * Starts a pipeline when an event comes, unless it has just been started.
 *
 * Creates a rule, a Step Functions state machine, a queue for events that could not be delivered and a log group. At rest nothing
 * of it costs anything; an event costs about a hundredth of a cent.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipeline-eventbridge.html
 */
export class PipelineTrigger extends Construct {
  /** Rule that the events match. */
  public readonly rule: events.Rule;

  /** State machine that starts the pipeline; its output says what was started, or why not. */
  public readonly stateMachine: sfn.StateMachine;

  /** Events that could not be given to the state machine. */
  public readonly deadLetters: sqs.Queue;

  constructor(
    scope: Construct,
    id: string,
    pipeline: TriggeredPipeline,
    options: PatternStartOptions | RuleStartOptions,
    problems: readonly string[] = [],
  ) {
    const values = startValues(options.parameters ?? {});
    validateStart(`${scope.node.path}/${id}`, pipeline, options, 'event', problems);
    super(scope, id);
    this.deadLetters = createDeadLetters(this);
    this.stateMachine = new GuardedStart(this, 'Start', {
      pipeline,
      values,
      maxConcurrentExecutions: options.maxConcurrentExecutions ?? 1,
      cooldown: options.cooldown,
      logRetention: options.logRetention,
    });
    this.rule = options.eventPattern === undefined ? options.rule : this.createRule(pipeline, options);
    this.rule.addTarget(
      new targets.SfnStateMachine(this.stateMachine, {
        deadLetterQueue: this.deadLetters,
        maxEventAge: options.maxEventAge ?? DEFAULT_EVENT_AGE,
        retryAttempts: RETRY_ATTEMPTS,
      }),
    );
  }

  private createRule({ pipelineName }: TriggeredPipeline, options: PatternStartOptions): events.Rule {
    return new events.Rule(this, 'Rule', {
      description: options.description ?? `Starts the pipeline ${pipelineName}`,
      enabled: options.enabled,
      eventPattern: options.eventPattern,
      eventBus: options.eventBus,
    });
  }
}
