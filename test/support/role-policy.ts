import { Template } from 'aws-cdk-lib/assertions';
import { Stack } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { textOf } from './definition';

/** A statement of a policy, with its ARNs as text and without the version and effect that all have. */
export interface Statement {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: unknown;
}

/** What the policies below a role allow, as the template of the role's stack says. */
export function allowedTo(role: iam.IRole): Statement[] {
  const stack = Stack.of(role);
  const names = role.node
    .findAll()
    .map(child => (child as { logicalId?: string }).logicalId)
    .map(id => (id === undefined ? '' : (stack.resolve(id) as string)));
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policies
    .filter(([id]) => names.includes(id))
    .flatMap(([, policy]) => (policy as Policy).Properties.PolicyDocument.Statement)
    .map(({ Action, Resource, Condition }) => ({
      Action: [Action].flat().sort(),
      Resource: [Resource].flat().map(textOf),
      ...(Condition !== undefined && { Condition }),
    }));
}

interface Policy {
  readonly Properties: {
    readonly PolicyDocument: {
      readonly Statement: readonly {
        readonly Effect: string;
        readonly Action: string | string[];
        readonly Resource: unknown;
        readonly Condition?: unknown;
      }[];
    };
  };
}
