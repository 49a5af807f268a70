import { Stack, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges towards cdk-nag that the policies below a construct hold this wildcard ARN, and no other.
 *
 * A finding is named by the ARN as the template shows it. That of another stack's resource is known at synthesis only,
 * so it is acknowledged once more when the tree is validated, which comes before the rules.
 */
export function acknowledgeWildcard(scope: IConstruct, arn: string, reason: string): void {
  const known = acknowledged.get(scope) ?? new Set();
  acknowledged.set(scope, known);
  const acknowledge = () => {
    const finding = written(Stack.of(scope).resolve(arn));
    if (!known.has(finding)) {
      known.add(finding);
      Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
    }
    return [];
  };
  acknowledge();
  scope.node.addValidation({ validate: acknowledge });
}

// A role gets the same permission from every step of a kind.
const acknowledged = new WeakMap<IConstruct, Set<string>>();

/** An ARN as cdk-nag writes it: `<Bucket.Arn>/captured/*`. */
function written(value: unknown): string {
  if (typeof value === 'string') {
    return value.replaceAll('${', '<').replaceAll('}', '>');
  }
  const [[name, content] = ['', '']] = Object.entries(value as Record<string, unknown>);
  switch (name) {
    case 'Fn::Join': {
      const [separator, parts] = content as [string, unknown[]];
      return parts.map(written).join(separator);
    }
    case 'Fn::Sub':
    case 'Fn::ImportValue':
      return written(content);
    case 'Fn::GetAtt':
    case 'Ref':
      return `<${[content].flat().join('.')}>`;
    default:
      return JSON.stringify(value);
  }
}
