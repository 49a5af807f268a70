import { Aws, Duration, Names } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { schedulePrincipal } from '../../roles';
import { DeadLetters, RETRY_ATTEMPTS } from '../dead-letters';
import { loggedWorkflow } from '../logged-workflow';
import { hoursOf } from './open-hours';
import { type OpenAnalysis, renderOpenJob } from './open-job';
import type { OpenProps } from './open-options';
import { LATE } from './open-states';
import { openWorkflow } from './open-workflow';
import { OpenWorkflowRole } from './open-workflow-role';
import type { ScheduleConfig } from '../schedule';

export interface OpenScheduleProps {
  readonly props: OpenProps;
  readonly analysis: OpenAnalysis;
  readonly scheduleName: string;
  readonly schedule: ScheduleConfig;
  readonly namespace: string;
  readonly role: iam.IRole;
}

/** Age at which a start is given up. */
const MAX_AGE = Duration.minutes(30);

/** Longest time for which a job waits until the account has an instance for it. */
const LONGEST_QUEUE = Duration.hours(6);

/**
 * Runs the job of a monitor at its times, where there is no Model Monitor to do so, and publishes its metrics.
 *
 * Creates a Step Functions state machine with its role and its logs, and a schedule with its role and a queue for starts that could not
 * be delivered. At rest only logs cost anything; a run costs the time of its instance, and less than a cent for its states.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/processing-job.html
 */
export class OpenSchedule extends Construct {
  /**
   * State machine that runs the job. Started by hand with `{}`, or with a time such as `{ "time": "2026-01-01T06:00:00Z" }`, it looks at
   * what came before that time; its reports are in a folder below that of the hour.
   */
  public readonly stateMachine: sfn.StateMachine;

  /** Schedule; none for a monitor that runs on demand only. */
  public readonly schedule?: scheduler.Schedule;

  /** Starts that could not be delivered; none for a monitor that runs on demand only. */
  public readonly deadLetters?: sqs.Queue;

  constructor(scope: Construct, id: string, parts: OpenScheduleProps) {
    super(scope, id);
    const { props, scheduleName, schedule, role } = parts;
    const { bucket, prefix } = props.output;
    const root = `${prefix}/${props.endpointName ?? 'batch-transform'}/${scheduleName}`;
    const namespace = props.metrics === 'Disabled' ? undefined : parts.namespace;
    const hours = hoursOf(schedule.expression);
    // SageMaker writes names in lower case in ARNs, and policies tell case apart.
    const uniqueName = Names.uniqueResourceName(scope, { maxLength: 42, separator: '-' });
    const jobNamePrefix = uniqueName.toLowerCase();

    const { maxRuntime = Duration.hours(1) } = props;
    const definition = openWorkflow({
      partition: Aws.PARTITION,
      request: renderOpenJob(this, { ...parts, interval: schedule.interval, late: LATE }),
      jobNamePrefix,
      bucket: bucket.bucketName,
      root,
      minutesSince: hours?.minutesSince ?? { other: schedule.interval.toMinutes() },
      namespace,
      maxRuntimeSeconds: maxRuntime.isUnresolved() ? Duration.hours(24).toSeconds() : maxRuntime.toSeconds(),
      queueSeconds: Math.min(schedule.interval.toSeconds() / 2, LONGEST_QUEUE.toSeconds()),
    });
    this.stateMachine = loggedWorkflow(this, 'Workflow', {
      definition,
      role: new OpenWorkflowRole(this, 'Role', { jobNamePrefix, jobRole: role, bucket, root, namespace, props }),
    });
    // The policy has to exist before a job uses the role.
    this.stateMachine.node.addDependency(role);

    if (hours) {
      this.deadLetters = new DeadLetters(this, 'DeadLetters');
      this.schedule = this.createSchedule(hours.expression, scheduleName, this.deadLetters);
    }
  }

  private createSchedule(expression: string, scheduleName: string, deadLetters: sqs.Queue): scheduler.Schedule {
    const description = `Runs the monitor ${scheduleName}`;
    // A role of its own: those of the CDK can be taken by all schedules of the stack.
    const role = new iam.Role(this, 'ScheduleRole', { description, assumedBy: schedulePrincipal(this) });
    const { stateMachineArn } = this.stateMachine;
    for (const [action, resource] of [
      ['states:StartExecution', stateMachineArn],
      ['sqs:SendMessage', deadLetters.queueArn],
    ] as const) {
      role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));
    }
    const { scheduledTime } = scheduler.ContextAttribute;
    return new scheduler.Schedule(this, 'Schedule', {
      schedule: scheduler.ScheduleExpression.expression(expression),
      description,
      target: {
        bind: () => ({
          arn: stateMachineArn,
          role,
          input: scheduler.ScheduleTargetInput.fromObject({ scheduledTime }),
          deadLetterConfig: { arn: deadLetters.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: MAX_AGE.toSeconds(), maximumRetryAttempts: RETRY_ATTEMPTS },
        }),
      },
    });
  }
}
