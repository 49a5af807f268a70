import { Duration, Stack, Validations } from 'aws-cdk-lib/core';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { schedulePrincipal } from '../roles';
import type { BatchInput } from './batch-data';

/** Which objects start a transform when they arrive. */
export interface UploadStart {
  /**
   * What the key of the object ends with, such as `.csv`. With `input.manifest` it is the manifest that starts, and this must be left out.
   *
   * @default - anything under `input.prefix`
   */
  readonly suffix?: string;
}

/** How often a start is tried again until `MAX_AGE` ends it: as often as the services can. */
const RETRY_ATTEMPTS = 185;
const MAX_AGE = Duration.hours(1);

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

export interface StartTarget {
  readonly stateMachine: sfn.StateMachine;
  readonly deadLetters: sqs.Queue;
  readonly enabled: boolean;
  readonly description: string;
}

/** A schedule with a role of its own: those of the CDK put a role into the stack that all schedules of the stack can take. */
export function createSchedule(
  scope: Construct,
  schedule: scheduler.ScheduleExpression,
  { stateMachine, deadLetters, enabled, description }: StartTarget,
): scheduler.Schedule {
  const role = new iam.Role(scope, 'ScheduleRole', {
    description,
    assumedBy: schedulePrincipal(scope),
  });
  const allow = (action: string, resource: string) =>
    role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));
  allow('states:StartExecution', stateMachine.stateMachineArn);
  allow('sqs:SendMessage', deadLetters.queueArn);
  return new scheduler.Schedule(scope, 'Schedule', {
    schedule,
    description,
    enabled,
    target: {
      bind: () => ({
        arn: stateMachine.stateMachineArn,
        role,
        input: scheduler.ScheduleTargetInput.fromObject({ time: scheduler.ContextAttribute.scheduledTime }),
        deadLetterConfig: { arn: deadLetters.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: MAX_AGE.toSeconds(), maximumRetryAttempts: RETRY_ATTEMPTS },
      }),
    },
  });
}

/** A rule for objects that arrive under the input's prefix. The workflow reads the object from the event. */
export function createUploadRule(
  scope: Construct,
  { bucket, prefix, manifest }: BatchInput,
  { suffix }: UploadStart,
  { stateMachine, deadLetters, enabled, description }: StartTarget,
): events.Rule {
  const underPrefix = `${prefix}/`;
  const anyKey =
    suffix === undefined ? events.Match.prefix(underPrefix) : events.Match.wildcard(`${underPrefix}*${suffix}`);
  const rule = new events.Rule(scope, 'Upload', {
    description,
    enabled,
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: {
        bucket: { name: [bucket.bucketName] },
        // The folders that the S3 console makes are empty objects.
        object: { key: manifest === undefined ? anyKey : [manifest], size: events.Match.greaterThan(0) },
      },
    },
    targets: [
      new targets.SfnStateMachine(stateMachine, {
        deadLetterQueue: deadLetters,
        maxEventAge: MAX_AGE,
        retryAttempts: RETRY_ATTEMPTS,
      }),
    ],
  });
  rule.node.addValidation({ validate: () => bucketProblems(scope, bucket) });
  return rule;
}

/** What is wrong with the bucket: without events, nothing would ever start, and nothing would say so. */
function bucketProblems(scope: Construct, bucket: s3.IBucket): string[] {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof s3.CfnBucket)) return [];
  const native = Stack.of(bucket).resolve(resource.notificationConfiguration) as
    { readonly eventBridgeConfiguration?: unknown } | undefined;
  // The CDK's way is a custom resource of this name.
  const sends =
    native?.eventBridgeConfiguration !== undefined || bucket.node.tryFindChild('Notifications') !== undefined;
  const rule = 'must send its events to EventBridge (eventBridgeEnabled: true)';
  return sends ? [] : [`${scope.node.path}: 'input.bucket' ${rule}, got: ${bucket.node.path}`];
}
