import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, stateMachinePrincipal } from '../roles';
import { conclusionWorkflow } from './conclusion-workflow';

interface ExperimentConclusionProps {
  readonly experimentName: string;
  readonly productionVariant: string;
  readonly shadowVariant: string;
}

/**
 * The workflow that ends an experiment. Started by hand with `{ "winner": "shadow" }`, it puts the shadow in the place of
 * production; with `{ "winner": "production" }` it takes the shadow away. A `reason` may be given, too.
 *
 * Creates a state machine, its role and a log group; a run costs less than a cent.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-complete.html
 */
export class ExperimentConclusion extends sfn.StateMachine {
  constructor(scope: Construct, id: string, props: ExperimentConclusionProps) {
    const definition = conclusionWorkflow({ ...props, partition: Aws.PARTITION, timeout: Duration.hours(2) });
    super(scope, id, {
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
      role: createRole(scope, `${id}Role`, props.experimentName),
      logs: {
        destination: new logs.LogGroup(scope, `${id}Logs`, {
          retention: logs.RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: true,
      },
      tracingEnabled: true,
    });
  }
}

function createRole(scope: Construct, id: string, resourceName: string): iam.Role {
  const stack = Stack.of(scope);
  const role = new iam.Role(scope, id, {
    description: 'Ends an inference experiment',
    assumedBy: stateMachinePrincipal(scope),
  });
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['sagemaker:DescribeInferenceExperiment', 'sagemaker:StopInferenceExperiment'],
      resources: [stack.formatArn({ service: 'sagemaker', resource: 'inference-experiment', resourceName })],
    }),
  );
  acknowledgeWildcards(
    role,
    ['*'],
    'Log delivery and X-Ray, which a state machine needs for logs and traces, name no resources',
  );
  return role;
}
