import { Template } from 'aws-cdk-lib/assertions';
import { Stack } from 'aws-cdk-lib/core';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { textOf } from './definition';

/** The definition of a state machine, with what only CloudFormation knows as `${Resource}`. */
export function workflowOf(stateMachine: sfn.StateMachine | undefined): object {
  if (stateMachine === undefined) throw new Error('a state machine is needed');
  const stack = Stack.of(stateMachine);
  const id = stack.resolve((stateMachine.node.defaultChild as sfn.CfnStateMachine).logicalId) as string;
  const machine = Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine')[id];
  const { DefinitionString } = (machine as { Properties: { DefinitionString: unknown } }).Properties;
  return JSON.parse(textOf(DefinitionString).replaceAll('${AWS::Partition}', 'aws')) as object;
}
