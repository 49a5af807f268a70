import { DefaultStackSynthesizer, Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, stateMachinePrincipal } from '../roles';
import { CHANGE_SOURCE, CHANGE_TYPE } from './record-change';

export interface WorkflowRoleProps {
  readonly modelPackageGroupName: string;
  readonly parameterArns: readonly string[];
  readonly stackNames: readonly string[];
  readonly topic: sns.ITopic;
}

/** The role of the deployment workflow: exactly the calls of its states, on exactly what they are about. */
export class WorkflowRole extends iam.Role {
  constructor(
    private readonly scope: Construct,
    id: string,
    props: WorkflowRoleProps,
  ) {
    const stack = Stack.of(scope);
    super(scope, id, {
      description: 'Updates the stacks that use the approved model',
      assumedBy: stateMachinePrincipal(scope),
    });
    const allow = (actions: string[], resources: string[]) =>
      this.addToPolicy(new iam.PolicyStatement({ actions, resources }));

    const versions = spellings(props.modelPackageGroupName).map(name =>
      stack.formatArn({ service: 'sagemaker', resource: 'model-package', resourceName: `${name}/*` }),
    );
    allow(['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages'], versions);
    acknowledgeWildcards(this, versions, 'SageMaker numbers the versions of a group at run time');

    allow(['ssm:GetParameters', 'ssm:PutParameter'], [...props.parameterArns]);
    // CloudFormation reads the SSM parameters of a template for the caller, also the one that the CDK puts into each of its stacks.
    const qualifier = stack.synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    const bootstrapVersion = `cdk-bootstrap/${qualifier}/version`;
    allow(
      ['ssm:GetParameters'],
      [stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: bootstrapVersion })],
    );

    // No iam:PassRole: CloudFormation goes on with the role that deployed the stack.
    const stacks = props.stackNames.map(name =>
      stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${name}/*` }),
    );
    allow(['cloudformation:DescribeStacks', 'cloudformation:UpdateStack'], stacks);
    acknowledgeWildcards(this, stacks, 'CloudFormation gives a stack its id at run time');

    props.topic.grantPublish(this);
    acknowledgeWildcards(
      this,
      ['kms:GenerateDataKey*'],
      'A topic with a key needs it for publishing; it is that one key',
    );
    this.addToPolicy(
      new iam.PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
        // A call can send several events, so both keys have several values.
        conditions: {
          'ForAllValues:StringEquals': { 'events:source': CHANGE_SOURCE, 'events:detail-type': CHANGE_TYPE },
        },
      }),
    );
    acknowledgeWildcards(
      this,
      ['*'],
      'Log delivery and X-Ray, which a state machine needs for logs and traces, name no resources',
    );
  }

  /**
   * Lets the workflow see its other executions, in a policy of its own: the state machine waits for the role's first policy, which
   * therefore cannot name it.
   */
  public allowQueueing({ stateMachineArn }: sfn.IStateMachine): void {
    const statement = new iam.PolicyStatement({ actions: ['states:ListExecutions'], resources: [stateMachineArn] });
    new iam.Policy(this.scope, 'QueuePolicy', { roles: [this], statements: [statement] });
  }
}

/** SageMaker writes names in lower case in the ARNs it returns, but checks a call against the name as the caller wrote it. */
function spellings(name: string): string[] {
  return Token.isUnresolved(name) ? [name] : [...new Set([name, name.toLowerCase()])];
}
