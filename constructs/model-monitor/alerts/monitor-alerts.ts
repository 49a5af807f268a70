import { ArnFormat, Aws, Duration, Stack } from 'aws-cdk-lib/core';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcards, stateMachinePrincipal } from '../../roles';
import { ALERT_SOURCE, FAILURE, VIOLATIONS, alertWorkflow } from './alert-workflow';
import { DeadLetters, RETRY_ATTEMPTS } from '../dead-letters';
import { loggedWorkflow } from '../logged-workflow';
import type { ModelMonitor } from '../model-monitor';
import { comparisonOf } from './monitor-words';

export interface MonitorAlertsProps {
  /** Monitors to tell of, at least one, each once, in this stack or others of the same account and region. */
  readonly monitors: readonly [ModelMonitor, ...ModelMonitor[]];

  /**
   * Topic that hears of violations and failures, in words.
   *
   * @default - none: only events tell of them
   */
  readonly topic?: sns.ITopic;

  /**
   * How long the logs of the workflow are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Tells of violations that monitors found, and of runs that failed: on the default event bus and, in words, to a topic.
 *
 * Creates one state machine with its role and its logs, two rules for each monitor with a role that starts it, and a queue for events that
 * could not be delivered. At rest only the logs cost anything.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-results.html
 */
export class MonitorAlerts extends Construct {
  /** State machine that looks at each job that ends. */
  public readonly stateMachine: sfn.StateMachine;

  /** Events of jobs that could not be delivered to the state machine. */
  public readonly deadLetters: sqs.Queue;

  private readonly monitors: readonly ModelMonitor[];

  constructor(scope: Construct, id: string, props: MonitorAlertsProps) {
    super(scope, id);
    const { monitors, topic } = props;
    this.monitors = monitors;
    const twice = monitors.find((monitor, index) => monitors.indexOf(monitor) !== index);
    if (twice) {
      throw new Error(`${this.node.path}: 'monitors' must name each monitor once, got: ${twice.node.path}`);
    }
    this.stateMachine = loggedWorkflow(this, 'Workflow', {
      definition: alertWorkflow({ partition: Aws.PARTITION, topicArn: topic?.topicArn }),
      role: this.createRole(topic),
      logRetention: props.logRetention,
    });
    this.deadLetters = this.createDeadLetters();
    const startRole = this.createStartRole();
    for (const monitor of monitors) {
      this.watch(monitor, startRole);
    }
  }

  /**
   * Reacts to violations that one of these monitors found: the event's `detail` has `monitor`, `time`, `job`, `report` and, where they are known, `endpoint` and the number
   * of `violations`.
   */
  public onViolations(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onAlert(id, VIOLATIONS, options);
  }

  /**
   * Reacts to runs of these monitors that failed or were stopped: the event's `detail` has `monitor`, `time`, `reason` and, where they are
   * known, `endpoint` and `job`.
   */
  public onFailures(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onAlert(id, FAILURE, options);
  }

  private onAlert(id: string, detailType: string, options: events.OnEventOptions): events.Rule {
    const { crossStackScope = this, target, ...rest } = options;
    const rule = new events.Rule(crossStackScope, id, { ...rest, targets: target && [target] });
    rule.addEventPattern({ source: [ALERT_SOURCE], detailType: [detailType] });
    // Patterns are merged to what any of them takes, and a narrower one may be given.
    if (options.eventPattern?.detail?.monitor === undefined) {
      rule.addEventPattern({ detail: { monitor: this.monitors.map(({ scheduleName }) => scheduleName) } });
    }
    return rule;
  }

  /** The rules belong to the monitor, so they come and go with it. They tell what is known of it: the workflow is the same for all. */
  private watch(monitor: ModelMonitor, role: iam.IRole): void {
    const { scheduleName: name, endpointName: endpoint } = monitor;
    const input = {
      monitor: { name, compares: comparisonOf(monitor), endpoint },
      event: { time: events.EventField.fromPath('$.time'), detail: events.EventField.fromPath('$.detail') },
    };
    const target: events.IRuleTarget = {
      bind: () => ({
        arn: this.stateMachine.stateMachineArn,
        role,
        input: events.RuleTargetInput.fromObject(input),
        deadLetterConfig: { arn: this.deadLetters.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: MAX_AGE.toSeconds(), maximumRetryAttempts: RETRY_ATTEMPTS },
      }),
    };
    const { addr } = this.node;
    monitor.onCompleted(`AlertCompleted${addr.slice(-8)}`, { target });
    monitor.onFailed(`AlertFailed${addr.slice(-8)}`, { target });
  }

  private createRole(topic?: sns.ITopic): iam.Role {
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      description: 'Reads how jobs of monitors ended, and tells of it',
      assumedBy: stateMachinePrincipal(this),
    });
    const allow = (action: string, resource: string, conditions?: Record<string, Record<string, string>>) =>
      role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource], conditions }));
    const jobs = stack.formatArn({ service: 'sagemaker', resource: 'processing-job', resourceName: '*' });
    allow('sagemaker:DescribeProcessingJob', jobs);
    acknowledgeWildcards(role, [jobs], 'Model Monitor makes up the names of its jobs; reading one shows no data');
    // The key has several values in a request with several events; it must be there, and hold nothing else.
    allow('events:PutEvents', stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }), {
      'ForAllValues:StringEquals': { 'events:source': ALERT_SOURCE },
      Null: { 'events:source': 'false' },
    });
    topic?.grantPublish(role);
    acknowledgeWildcards(
      role,
      ['kms:GenerateDataKey*'],
      'A topic with a key needs it for publishing; it is that one key',
    );
    acknowledgeWildcards(
      role,
      ['*'],
      'Log delivery and X-Ray, which a state machine needs for logs and traces, name no resources',
    );
    return role;
  }

  private createStartRole(): iam.Role {
    const role = new iam.Role(this, 'StartRole', {
      description: 'Starts the workflow that tells of monitors',
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', { conditions: this.fromRules() }),
    });
    const { stateMachineArn } = this.stateMachine;
    role.addToPolicy(new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }));
    return role;
  }

  private createDeadLetters(): sqs.Queue {
    const queue = new DeadLetters(this, 'DeadLetters');
    // Of all rules of the account, for those of the monitors may not exist.
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('events.amazonaws.com', { conditions: this.fromRules() })],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
      }),
    );
    return queue;
  }

  /** Rules of this account and region, and no others. */
  private fromRules(): Record<string, Record<string, string>> {
    const stack = Stack.of(this);
    const rules = stack.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return { StringEquals: { 'aws:SourceAccount': stack.account }, ArnLike: { 'aws:SourceArn': rules } };
  }
}

/** Age at which an event is given up. */
const MAX_AGE = Duration.hours(24);
