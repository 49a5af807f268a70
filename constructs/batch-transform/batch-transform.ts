import { Aws, Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { ModelParameter, NamedModel } from './batch-data';
import { checkOf } from './check';
import { checkProps, jobNamePrefixOf } from './batch-rules';
import { grantData } from './data-grants';
import { createDeadLetters, createSchedule, createUploadRule, type StartTarget, type UploadStart } from './starts';
import { type TransformData, type TransformOptions, transformRequest } from './transform-options';
import { batchWorkflow } from './workflow';
import { WorkflowRole } from './workflow-role';

export interface BatchTransformProps extends TransformOptions, TransformData {
  /** Model that the data goes through, or the SSM parameter that names it. */
  readonly model: NamedModel | ModelParameter;

  /**
   * Role that the model runs under. It is allowed to read the input, to write the results and the captured data, and to use their keys.
   *
   * @default - none: whoever owns the role lets it
   */
  readonly modelRole?: iam.IRole;

  /**
   * When everything under the input's prefix, or its manifest, is transformed.
   *
   * @default - not by the clock
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * An object that arrives is transformed, one job for each. The bucket must send its events to EventBridge (`eventBridgeEnabled: true`).
   *
   * @default - uploads start nothing
   */
  readonly onUpload?: UploadStart;

  /**
   * Whether the clock and uploads start jobs. By hand it is always possible.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * What the names of jobs begin with: 1 to 40 lower-case letters, digits and hyphens. The execution and the attempt make them unique.
   *
   * @default - made from the path of the construct
   */
  readonly jobNamePrefix?: string;

  /**
   * Longest time that a job may take before it is stopped: 5 minutes to 28 days.
   *
   * @default Duration.hours(12)
   */
  readonly timeout?: Duration;

  /**
   * Jobs that are tried, 1 to 10, when SageMaker throttles, has no instances or fails by itself: after 1 minute, 2 minutes, and so on to
   * half an hour. What fails for another reason is not tried again.
   *
   * @default 5
   */
  readonly maxAttempts?: number;

  /**
   * Topic that hears of every transform that is done.
   *
   * @default - a new encrypted topic
   */
  readonly successTopic?: sns.ITopic;

  /**
   * Topic that hears of every transform that failed; not the one of successes.
   *
   * @default - a new encrypted topic
   */
  readonly failureTopic?: sns.ITopic;

  /**
   * Key that encrypts the new topics.
   *
   * @default - the key that AWS manages for SNS in the account
   */
  readonly topicEncryptionKey?: kms.IKey;

  /**
   * How long the logs of the workflow are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Sends whole data sets through a model: by the clock, when an object arrives, or by hand.
 *
 * Creates a Step Functions state machine with its role and its logs, up to two topics, and a schedule, a rule and a queue for starts
 * that could not be delivered. At rest only the logs cost anything; a job costs the time of its instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
 */
export class BatchTransform extends Construct {
  /** State machine that runs a job; started by hand it wants `{}`, or `{ "uri": "s3://…" }` with data under the input's prefix. */
  public readonly stateMachine: sfn.StateMachine;

  /** Topic that hears of every transform that is done, with the job and the S3 URI of its results. */
  public readonly successes: sns.ITopic;

  /** Topic that hears of every transform that failed, with the reason. */
  public readonly failures: sns.ITopic;

  /** Schedule; none unless `schedule` is given. */
  public readonly schedule?: scheduler.Schedule;

  /** Rule for objects that arrive; none unless `onUpload` is given. */
  public readonly uploadRule?: events.Rule;

  /** Starts that could not be delivered; none where all starts are by hand. */
  public readonly deadLetters?: sqs.Queue;

  constructor(scope: Construct, id: string, props: BatchTransformProps) {
    super(scope, id);
    checkProps(checkOf(this.node.path), props);
    const { model, input, output, schedule, onUpload } = props;
    const jobNamePrefix =
      props.jobNamePrefix ?? jobNamePrefixOf(Names.uniqueResourceName(this, { maxLength: 40, separator: '-' }));
    this.successes = props.successTopic ?? this.createTopic('Successes', props.topicEncryptionKey);
    this.failures = props.failureTopic ?? this.createTopic('Failures', props.topicEncryptionKey);

    const definition = batchWorkflow({
      partition: Aws.PARTITION,
      jobNamePrefix,
      request: transformRequest(props, props),
      model,
      inputRoot: `${input.bucket.s3UrlForObject(input.prefix)}/`,
      input:
        input.manifest === undefined
          ? { uri: `${input.bucket.s3UrlForObject(input.prefix)}/`, dataType: 'S3Prefix' }
          : { uri: input.bucket.s3UrlForObject(input.manifest), dataType: 'ManifestFile' },
      outputRoot: output.bucket.s3UrlForObject(output.prefix),
      successTopicArn: this.successes.topicArn,
      failureTopicArn: this.failures.topicArn,
      timeout: props.timeout ?? Duration.hours(12),
      maxAttempts: props.maxAttempts ?? 5,
    });
    this.stateMachine = new sfn.StateMachine(this, 'Workflow', {
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(this).toJsonString(definition)),
      role: new WorkflowRole(this, 'Role', {
        jobNamePrefix,
        modelNameParameter: 'modelNameParameter' in model ? model.modelNameParameter : undefined,
        topics: [this.successes, this.failures],
        volumeEncryptionKey: props.volumeEncryptionKey,
      }),
      logs: {
        destination: new logs.LogGroup(this, 'Logs', {
          retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: true,
      },
      tracingEnabled: true,
    });
    if (props.modelRole) grantData(props.modelRole, props, props.volumeEncryptionKey);

    if (schedule || onUpload) {
      this.deadLetters = createDeadLetters(this);
      const target: StartTarget = {
        stateMachine: this.stateMachine,
        deadLetters: this.deadLetters,
        enabled: props.enabled ?? true,
        description: `Starts the batch transform ${jobNamePrefix}`,
      };
      this.schedule = schedule && createSchedule(this, schedule, target);
      this.uploadRule = onUpload && createUploadRule(this, input, onUpload, target);
    }
  }

  /** Lets somebody start a transform by hand. */
  public grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  private createTopic(id: string, encryptionKey?: kms.IKey): sns.Topic {
    const topic = new sns.Topic(this, id, { masterKey: encryptionKey, enforceSSL: true });
    if (!encryptionKey && topic.node.defaultChild instanceof sns.CfnTopic) {
      topic.node.defaultChild.kmsMasterKeyId = 'alias/aws/sns';
    }
    return topic;
  }
}
