import { Aws, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, stateMachinePrincipal } from '../../roles';
import type { StartValue } from './start-parameters';
import { startWorkflow } from './start-workflow';

/** What a trigger has to know of the pipeline. */
export interface StartablePipeline {
  readonly pipelineName: string;
  readonly possibleArns: readonly string[];
}

/** The ARN that the service itself uses: in lower case. */
export function arnOf({ possibleArns }: StartablePipeline): string {
  return possibleArns.at(-1) ?? '';
}

export interface GuardedStartProps {
  readonly pipeline: StartablePipeline;
  readonly values: readonly StartValue[];
  readonly maxConcurrentExecutions?: number;
  readonly cooldown?: Duration;
  readonly logRetention?: logs.RetentionDays;
}

/** The state machine that starts a pipeline, unless it has just been started, with its role and its logs. */
export class GuardedStart extends sfn.StateMachine {
  constructor(scope: Construct, id: string, props: GuardedStartProps) {
    const { pipeline, values, maxConcurrentExecutions, cooldown, logRetention } = props;
    const definition = startWorkflow({
      partition: Aws.PARTITION,
      pipelineName: pipeline.pipelineName,
      values,
      maxConcurrentExecutions,
      cooldownSeconds: cooldown?.toSeconds(),
    });
    super(scope, id, {
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
      role: createRole(scope, pipeline),
      logs: {
        destination: new logs.LogGroup(scope, 'Logs', {
          retention: logRetention ?? logs.RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: true,
      },
      tracingEnabled: true,
    });
  }
}

function createRole(scope: Construct, { pipelineName, possibleArns }: StartablePipeline): iam.Role {
  const role = new iam.Role(scope, 'StartRole', {
    description: `Starts the pipeline ${pipelineName}`,
    assumedBy: stateMachinePrincipal(scope),
  });
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['sagemaker:DescribePipeline', 'sagemaker:ListPipelineExecutions', 'sagemaker:StartPipelineExecution'],
      resources: [...possibleArns],
    }),
  );
  acknowledgeWildcards(
    role,
    ['*'],
    'Log delivery and X-Ray, which a state machine needs for logs and traces, name no resources',
  );
  return role;
}
