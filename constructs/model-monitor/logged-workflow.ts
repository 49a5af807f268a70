import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

export interface LoggedWorkflowProps {
  /** In Amazon States Language; it may hold tokens. */
  readonly definition: object;
  readonly role: iam.IRole;

  /**
   * How long the logs are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/** The logs of a workflow or of what it calls, which go with it. */
export function newLogs(scope: Construct, id: string, retention = logs.RetentionDays.THREE_MONTHS): logs.LogGroup {
  return new logs.LogGroup(scope, id, { retention, removalPolicy: RemovalPolicy.DESTROY });
}

/** A state machine that logs all it does. */
export function loggedWorkflow(
  scope: Construct,
  id: string,
  { definition, role, logRetention }: LoggedWorkflowProps,
): sfn.StateMachine {
  return new sfn.StateMachine(scope, id, {
    definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    role,
    logs: {
      destination: newLogs(scope, 'Logs', logRetention),
      level: sfn.LogLevel.ALL,
      includeExecutionData: true,
    },
    tracingEnabled: true,
  });
}
