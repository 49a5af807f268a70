import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcards, stateMachinePrincipal } from '../../roles';
import type { PipelineBase } from '../pipeline-base';

export interface ExecutionHistoryOptions {
  /** Pipeline whose executions are described. */
  readonly pipeline: PipelineBase;

  /**
   * How long the logs of the workflow are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

const SOURCE = 'pipeline-execution';
const DETAIL_TYPE = 'Pipeline Execution Described';

/**
 * Events that say of each execution what the service's own leave out: who started it, with which values of the parameters, and why
 * it failed.
 *
 * Creates a rule, a Step Functions state machine with its role, and a log group. An execution of the pipeline costs about a hundredth
 * of a cent.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineParametersForExecution.html
 */
export class ExecutionHistory extends Construct {
  /** State machine that reads an execution and sends the event. */
  public readonly stateMachine: sfn.StateMachine;

  /**
   * The events, on the default bus, for rules of one's own. Their detail has `outcome` (`started`, `succeeded`, `failed`, `stopped`),
   * `pipeline`, `execution`, `actor`, `parameters` by name and, of a failure, `failureReason`.
   */
  public readonly eventPattern: events.EventPattern;

  constructor(scope: Construct, id: string, { pipeline, logRetention }: ExecutionHistoryOptions) {
    super(scope, id);
    const { pipelineName } = pipeline;
    this.eventPattern = { source: [SOURCE], detailType: [DETAIL_TYPE], detail: { pipeline: [pipelineName] } };
    this.stateMachine = new sfn.StateMachine(this, 'Workflow', {
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(this).toJsonString(workflow(pipelineName))),
      role: this.createRole(pipeline),
      logs: {
        destination: new logs.LogGroup(this, 'Logs', {
          retention: logRetention ?? logs.RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: true,
      },
      tracingEnabled: true,
    });
    pipeline.onExecutionStatusChange(`${id}Changes`, {
      crossStackScope: this,
      description: `Describes executions of ${pipelineName}`,
      eventPattern: { detail: { currentPipelineExecutionStatus: Object.keys(OUTCOMES) } },
      target: new targets.SfnStateMachine(this.stateMachine, { maxEventAge: Duration.hours(12) }),
    });
  }

  private createRole(pipeline: PipelineBase): iam.Role {
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      description: `Describes executions of the pipeline ${pipeline.pipelineName}`,
      assumedBy: stateMachinePrincipal(this),
    });
    const executions = pipeline.possibleArns.map(arn => `${arn}/execution/*`);
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['sagemaker:DescribePipelineExecution', 'sagemaker:ListPipelineParametersForExecution'],
        resources: executions,
      }),
    );
    acknowledgeWildcards(role, executions, 'SageMaker makes up the ids of the executions of this one pipeline');
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
        // A call can send several events, so both keys have several values.
        conditions: { 'ForAllValues:StringEquals': { 'events:source': SOURCE, 'events:detail-type': DETAIL_TYPE } },
      }),
    );
    acknowledgeWildcards(
      role,
      ['*'],
      'Log delivery and X-Ray, which a state machine needs for logs and traces, name no resources',
    );
    return role;
  }
}

/** What the statuses are called that are worth an event. */
const OUTCOMES = { Executing: 'started', Succeeded: 'succeeded', Failed: 'failed', Stopped: 'stopped' } as const;

const jsonata = (expression: string): string => `{% ${expression} %}`;

/** The state machine in Amazon States Language. */
function workflow(pipelineName: string): object {
  const execution = { PipelineExecutionArn: jsonata('$states.input.detail.pipelineExecutionArn') };
  const read = (action: string, request: object, Assign: object, Next: string) => ({
    ...task(`aws-sdk:sagemaker:${action}`, request),
    Assign,
    Output: jsonata('$states.input'),
    Next,
  });
  const detail =
    "$merge([{ 'pipeline': $pipeline, 'execution': $states.input.detail.pipelineExecutionArn, 'actor': $actor, 'parameters': $parameters, " +
    `'outcome': $lookup($outcomes, $states.input.detail.currentPipelineExecutionStatus) }, $failure = '' ? {} : { 'failureReason': $failure }])`;
  return {
    Comment: `Says who started an execution of ${pipelineName}, and with which parameters`,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 1800,
    StartAt: 'Begin',
    States: {
      // Literals as data: in an expression they would have to be escaped, which no token could be.
      Begin: { Type: 'Pass', Assign: { pipeline: pipelineName, outcomes: OUTCOMES }, Next: 'Describe' },
      Describe: read(
        'describePipelineExecution',
        execution,
        {
          actor: jsonata(
            "($by := $states.result.CreatedBy; $who := [$by.UserProfileArn, $by.IamIdentity.Arn][0]; $exists($who) ? $who : 'unknown')",
          ),
          // A new run of a failed execution has its reason until it ends.
          failure: jsonata(
            "$states.input.detail.currentPipelineExecutionStatus = 'Failed' and $exists($states.result.FailureReason) ? $states.result.FailureReason : ''",
          ),
        },
        'ListParameters',
      ),
      ListParameters: read(
        'listPipelineParametersForExecution',
        { ...execution, MaxResults: 100 },
        { parameters: jsonata('$merge([{}, $states.result.PipelineParameters.{ Name: Value }])') },
        'Tell',
      ),
      Tell: {
        ...task('events:putEvents', {
          Entries: [{ Source: SOURCE, DetailType: DETAIL_TYPE, Detail: jsonata(`$string(${detail})`) }],
        }),
        Output: {},
        End: true,
      },
    },
  };
}

function task(action: string, request: object): object {
  return {
    Type: 'Task',
    Resource: `arn:${Aws.PARTITION}:states:::${action}`,
    Arguments: request,
    TimeoutSeconds: 60,
    Retry: [
      {
        ErrorEquals: ['States.ALL'],
        IntervalSeconds: 2,
        BackoffRate: 2,
        MaxAttempts: 6,
        MaxDelaySeconds: 60,
        JitterStrategy: 'FULL',
      },
    ],
  };
}
