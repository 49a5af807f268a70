import { join } from 'node:path';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Aws, Duration, Stack, Token } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledgeWildcards, grantReadUnder, grantWriteUnder, stateMachinePrincipal } from '../../roles';
import { type DataLocation, validateLocation } from '../data-location';
import { DeadLetters, RETRY_ATTEMPTS } from '../dead-letters';
import { landingWorkflow, READ_TIMEOUT_SECONDS, REJECTED } from './landing-workflow';
import { loggedWorkflow, newLogs } from '../logged-workflow';

export interface GroundTruthLandingProps {
  /**
   * Where files of labels are uploaded to: `.jsonl` in the upload format or `.csv` with a header, up to 5 million labels each. The
   * bucket must send its events to EventBridge (`eventBridgeEnabled: true`).
   */
  readonly inbox: DataLocation;

  /** Where the monitors look for labels: their `groundTruth`. Neither under the inbox nor above it. */
  readonly groundTruth: DataLocation;

  /**
   * Column of a `.csv` file that holds the `InferenceId` of the request, or else the `eventId` of its captured record.
   *
   * @default 'inference_id'
   */
  readonly idColumn?: string;

  /**
   * Column of a `.csv` file that holds what came true.
   *
   * @default 'label'
   */
  readonly labelColumn?: string;

  /**
   * Key that encrypts the labels that land.
   *
   * @default - they are encrypted as their bucket does by default
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long the logs are kept that say what has landed and what was rejected.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Lands labels that are uploaded to an inbox where the monitors look for them, under the hour in which they arrived.
 *
 * Creates a rule, a Step Functions state machine, a function that reads the files, a queue for events that could not be delivered,
 * two roles and two log groups. At rest only the logs cost anything; a million labels cost about a hundredth of a cent.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
 */
export class GroundTruthLanding extends Construct {
  /** State machine that lands one file; started by hand, its input is the event of S3. */
  public readonly stateMachine: sfn.StateMachine;

  /** Rule for files that arrive. */
  public readonly rule: events.Rule;

  /** Events that could not be given to the state machine. */
  public readonly deadLetters: sqs.Queue;

  /** Role that reads the inbox, and writes what CSV files hold. */
  public readonly readerRole: iam.Role;

  /** Role that copies files of the upload format, and those that are rejected. */
  public readonly workflowRole: iam.Role;

  constructor(scope: Construct, id: string, props: GroundTruthLandingProps) {
    super(scope, id);
    validate(this.node.path, props);
    const { inbox, groundTruth, encryptionKey, logRetention } = props;

    this.readerRole = this.createRole('ReaderRole', new iam.ServicePrincipal('lambda.amazonaws.com'), props);
    const readerLogs = newLogs(this, 'ReaderLogs', logRetention);
    readerLogs.grantWrite(this.readerRole);
    const reader = new lambda.Function(this, 'Reader', {
      description: `Reads labels under ${inbox.prefix}`,
      runtime: lambda.determineLatestNodeRuntime(this),
      code: lambda.Code.fromAsset(join(__dirname, '..', 'handler'), { exclude: ['*.d.ts'] }),
      handler: 'labels.land',
      timeout: Duration.seconds(READ_TIMEOUT_SECONDS),
      // One whole processor, and room for the hashes of the most labels a file may have.
      memorySize: 1769,
      role: this.readerRole,
      logGroup: readerLogs,
    });

    this.workflowRole = this.createRole('WorkflowRole', stateMachinePrincipal(this), props);
    this.workflowRole.addToPolicy(
      new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [reader.functionArn] }),
    );
    const definition = landingWorkflow({
      partition: Aws.PARTITION,
      functionArn: reader.functionArn,
      inboxPrefix: inbox.prefix,
      landingBucket: groundTruth.bucket.bucketName,
      landingPrefix: groundTruth.prefix,
      idColumn: props.idColumn ?? 'inference_id',
      labelColumn: props.labelColumn ?? 'label',
      kmsKeyArn: encryptionKey?.keyArn,
    });
    this.stateMachine = loggedWorkflow(this, 'Workflow', { definition, role: this.workflowRole, logRetention });
    acknowledgeWildcards(
      this.workflowRole,
      ['*'],
      'Log delivery and X-Ray, which a state machine needs for logs and traces, name no resources',
    );
    this.deadLetters = new DeadLetters(this, 'DeadLetters');
    this.rule = this.createRule(inbox);
  }

  /** Reacts to a file that was rejected or could not be landed; the execution says why. */
  public onFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    const rule = new events.Rule(this, id, options);
    rule.addEventPattern({
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [this.stateMachine.stateMachineArn],
        status: ['ABORTED', 'FAILED', 'TIMED_OUT'],
      },
    });
    rule.addTarget(options.target);
    return rule;
  }

  /** Files that were rejected or could not be landed. */
  public metricFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricFailed(options);
  }

  private createRole(id: string, assumedBy: iam.IPrincipal, props: GroundTruthLandingProps): iam.Role {
    const { inbox, groundTruth, encryptionKey } = props;
    const role = new iam.Role(this, id, { description: `Lands labels under ${groundTruth.prefix}`, assumedBy });
    grantReadUnder(role, inbox.bucket, inbox.prefix);
    grantWriteUnder(role, inbox.bucket, `${inbox.prefix}/${REJECTED}`);
    grantWriteUnder(role, groundTruth.bucket, groundTruth.prefix);
    encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
    return role;
  }

  private createRule({ bucket, prefix }: DataLocation): events.Rule {
    const rule = new events.Rule(this, 'Rule', {
      description: `Labels arrive under ${prefix}`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [bucket.bucketName] },
          // The folders that the S3 console makes are empty objects.
          object: { key: events.Match.prefix(`${prefix}/`), size: events.Match.greaterThan(0) },
        },
      },
      targets: [
        new targets.SfnStateMachine(this.stateMachine, {
          deadLetterQueue: this.deadLetters,
          maxEventAge: Duration.hours(24),
          retryAttempts: RETRY_ATTEMPTS,
        }),
      ],
    });
    rule.node.addValidation({ validate: () => bucketProblems(this.node.path, bucket) });
    return rule;
  }
}

function validate(path: string, { inbox, groundTruth, idColumn, labelColumn }: GroundTruthLandingProps): void {
  for (const [prop, location] of Object.entries({ inbox, groundTruth })) {
    validateLocation(path, prop, location);
    // Prefixes stand in policies, where other characters have a meaning.
    if (!Token.isUnresolved(location.prefix) && !/^[\w!.()=/-]+$/.test(location.prefix)) {
      throw new Error(
        `${path}: '${prop}.prefix' must be letters, digits, slashes and !._()-=, got: ${location.prefix}`,
      );
    }
  }
  const [from, to] = [`${inbox.prefix}/`, `${groundTruth.prefix}/`];
  const apart = inbox.bucket !== groundTruth.bucket || !(from.startsWith(to) || to.startsWith(from));
  if (!apart && !Token.isUnresolved(inbox.prefix) && !Token.isUnresolved(groundTruth.prefix)) {
    throw new Error(
      `${path}: 'groundTruth.prefix' must be neither under nor above 'inbox.prefix' (${inbox.prefix}) of the same bucket, got: ${groundTruth.prefix}`,
    );
  }
  for (const [prop, column] of Object.entries({ idColumn, labelColumn })) {
    if (column !== undefined && !Token.isUnresolved(column) && !/^[^\s,"](?:[^,"\r\n]*[^\s,"])?$/.test(column)) {
      throw new Error(
        `${path}: '${prop}' must be a text without commas, quotes and line breaks and with no blank at its ends, got: ${column}`,
      );
    }
  }
  if ((idColumn ?? 'inference_id') === (labelColumn ?? 'label')) {
    throw new Error(`${path}: 'labelColumn' must be another column than 'idColumn', got: ${labelColumn ?? 'label'}`);
  }
}

/** What is wrong with the bucket: without events, nothing would ever land, and nothing would say so. */
function bucketProblems(path: string, bucket: s3.IBucket): string[] {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof s3.CfnBucket)) return [];
  const native = Stack.of(bucket).resolve(resource.notificationConfiguration) as
    { readonly eventBridgeConfiguration?: unknown } | undefined;
  // The CDK's way is a custom resource of this name.
  const sends =
    native?.eventBridgeConfiguration !== undefined || bucket.node.tryFindChild('Notifications') !== undefined;
  const rule = 'must send its events to EventBridge (eventBridgeEnabled: true)';
  return sends ? [] : [`${path}: 'inbox.bucket' ${rule}, got: ${bucket.node.path}`];
}
