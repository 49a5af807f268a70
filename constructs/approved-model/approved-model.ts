import { Aws, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib/core';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { createApprovedParameters } from './approved-parameters';
import { History } from './history';
import {
  ALL_BASELINES,
  type Baseline,
  NONE,
  parameterNames,
  runningParameter,
  validatePrefix,
} from './parameter-names';
import { deploymentWorkflow } from './workflow';
import { WorkflowRole } from './workflow-role';
import { WorkingHours, type WorkingHoursOptions } from './working-hours';

/** A group whose name is known, such as a `CfnModelPackageGroup`. */
export interface NamedModelPackageGroupRef extends refs.IModelPackageGroupRef {
  readonly modelPackageGroupName: string;
}

export interface ApprovedModelProps {
  /** Group whose approvals are followed. */
  readonly modelPackageGroup: NamedModelPackageGroupRef;

  /**
   * Path of the SSM parameters, such as `/credit-risk/approved`: a literal, 1 to 14 parts of letters, digits, `.`, `-` and `_`.
   * The stacks that deploy the model name the same prefix.
   */
  readonly parameterPrefix: string;

  /**
   * Names of the stacks to update, in order, 1 to 5; each starts when the one before has finished. When no approved version is
   * left they are updated, and empty themselves, in reverse order. The first one serves the model: when its update fails, the
   * previous version becomes the approved one again. A stack that is not deployed is passed over.
   */
  readonly stackNames: readonly string[];

  /**
   * Drift check baselines of the model package that get a parameter.
   *
   * @default - all nine
   */
  readonly baselines?: readonly Baseline[];

  /**
   * Longest time that one stack may take, 15 minutes to 6 hours, with the wait for a deployment by someone else. Must be longer
   * than the endpoint's blue/green deployment.
   *
   * @default Duration.hours(2)
   */
  readonly updateTimeout?: Duration;

  /**
   * Key that encrypts the failure topic.
   *
   * @default - the key that AWS manages for SNS in the account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long the logs of the workflow and of the parameters are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * How long the history of versions is kept.
   *
   * @default logs.RetentionDays.TWO_YEARS
   */
  readonly historyRetention?: logs.RetentionDays;

  /**
   * What happens to the parameters, the logs and the history when they leave the stack. `RETAIN` also keeps the approved version when the
   * construct moves in the tree.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
}

const APPROVED = 'Approved version of a model; written by the workflow that deploys it';
const RUNNING = 'Whether the approved version runs; written by the workflow that starts and stops it';

/**
 * The approved version of a model package group, in SSM parameters that other stacks read, and the workflow that deploys it there.
 *
 * Creates a parameter for the model package, one for each baseline and one that says whether the model runs, a state machine that an EventBridge rule starts, a topic for
 * failures, two log groups and the history. Costs about a cent for each deployment.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html
 */
export class ApprovedModel extends Construct {
  /**
   * State machine that deploys a version. Started by hand, it wants `{ "detail": { "ModelPackageArn": "…" } }`; or `{ "running": "false" }` to
   * stop what is deployed, and `{ "running": "true" }` to start it again.
   */
  public readonly stateMachine: sfn.StateMachine;

  /** Topic that hears of every deployment that failed. */
  public readonly failures: sns.Topic;

  /** What was deployed, rolled back, taken out of service, started, stopped, or failed: when, why and by whom. */
  public readonly history: History;

  constructor(scope: Construct, id: string, props: ApprovedModelProps) {
    super(scope, id);
    const { parameterPrefix, stackNames, baselines = ALL_BASELINES, updateTimeout = Duration.hours(2) } = props;
    validatePrefix(this, parameterPrefix);
    this.validate({ ...props, baselines, updateTimeout });

    const names = parameterNames(parameterPrefix, baselines);
    const parameters = {
      ...Object.fromEntries(names.map(name => [name, { value: NONE, description: APPROVED }])),
      [runningParameter(parameterPrefix)]: { value: 'true', description: RUNNING },
    };
    const parameterArns = Object.keys(parameters).map(name => this.parameterArn(name));
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const retention = props.logRetention ?? logs.RetentionDays.THREE_MONTHS;
    const logGroup = new logs.LogGroup(this, 'ParameterLogs', { retention, removalPolicy });
    createApprovedParameters(this, { parameters, arns: parameterArns, logGroup, removalPolicy });

    this.failures = this.createTopic(props.encryptionKey);
    const { modelPackageGroupName } = props.modelPackageGroup;
    const role = new WorkflowRole(this, 'Role', {
      modelPackageGroupName,
      parameterArns,
      stackNames,
      topic: this.failures,
    });
    const definition = deploymentWorkflow({
      partition: Aws.PARTITION,
      modelPackageGroupName,
      parameterPrefix,
      baselines,
      stackNames,
      topicArn: this.failures.topicArn,
      updateTimeout,
      queueTimeout: Duration.hours(12),
    });
    this.stateMachine = new sfn.StateMachine(this, 'Workflow', {
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(this).toJsonString(definition)),
      role,
      logs: {
        destination: new logs.LogGroup(this, 'WorkflowLogs', { retention, removalPolicy }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: true,
      },
      tracingEnabled: true,
    });
    role.allowQueueing(this.stateMachine);
    this.history = new History(this, 'History', {
      parameterPrefix,
      retention: props.historyRetention ?? logs.RetentionDays.TWO_YEARS,
      removalPolicy,
    });

    new events.Rule(this, 'StateChange', {
      description: `Deploys the approved version of ${modelPackageGroupName}`,
      eventPattern: {
        source: ['aws.sagemaker'],
        detailType: ['SageMaker Model Package State Change'],
        // SageMaker writes some names in lower case, whatever the case in which they were given.
        detail: { ModelPackageGroupName: events.Match.equalsIgnoreCase(modelPackageGroupName) },
      },
      targets: [new targets.SfnStateMachine(this.stateMachine)],
    });
  }

  /** Stops what the stacks hold `whenRunning` outside working hours, and starts it again. */
  public addWorkingHours(id: string, options: WorkingHoursOptions): WorkingHours {
    return new WorkingHours(this, id, { ...options, stateMachine: this.stateMachine });
  }

  private validate({ stackNames, baselines = [], updateTimeout = Duration.hours(2) }: ApprovedModelProps): void {
    const fail = (prop: string, rule: string, got: string) => {
      throw new Error(`${this.node.path}: '${prop}' must ${rule}, got: ${got}`);
    };
    if (stackNames.length < 1 || stackNames.length > 5 || new Set(stackNames).size < stackNames.length) {
      fail('stackNames', 'list 1 to 5 different stacks', `[${stackNames.join(', ')}]`);
    }
    for (const name of stackNames) {
      if (!Token.isUnresolved(name) && !/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(name)) {
        fail('stackNames', 'hold names of 1 to 128 letters, digits and -, beginning with a letter', name);
      }
    }
    if (new Set(baselines).size < baselines.length) {
      fail('baselines', 'name each baseline once', `[${baselines.join(', ')}]`);
    }
    if (!updateTimeout.isUnresolved() && (updateTimeout.toSeconds() < 900 || updateTimeout.toSeconds() > 21_600)) {
      fail('updateTimeout', 'be 15 minutes to 6 hours', updateTimeout.toHumanString());
    }
  }

  private createTopic(encryptionKey?: kms.IKey): sns.Topic {
    const topic = new sns.Topic(this, 'Failures', { masterKey: encryptionKey, enforceSSL: true });
    if (!encryptionKey && topic.node.defaultChild instanceof sns.CfnTopic) {
      topic.node.defaultChild.kmsMasterKeyId = 'alias/aws/sns';
    }
    return topic;
  }

  private parameterArn(name: string): string {
    return Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
  }
}
