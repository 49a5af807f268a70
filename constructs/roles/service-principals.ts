import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** Step Functions, for roles that the state machines of this account and region may assume, and no others. */
export function stateMachinePrincipal(scope: Construct): iam.ServicePrincipal {
  const stack = Stack.of(scope);
  const stateMachines = stack.formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const conditions = {
    StringEquals: { 'aws:SourceAccount': stack.account },
    ArnLike: { 'aws:SourceArn': stateMachines },
  };
  return new iam.ServicePrincipal('states.amazonaws.com', { conditions });
}

/** EventBridge Scheduler, for roles that the schedules of this account's default group may assume, and no others. */
export function schedulePrincipal(scope: Construct): iam.ServicePrincipal {
  const stack = Stack.of(scope);
  // The service checks the group of a schedule, not the schedule.
  const group = stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' });
  const conditions = { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': group } };
  return new iam.ServicePrincipal('scheduler.amazonaws.com', { conditions });
}
