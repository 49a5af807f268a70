import { Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * Acknowledges towards cdk-nag that the policies below a construct hold this wildcard ARN, and no other.
 *
 * A finding is named by the ARN as the template shows it. That of another stack's resource is known at synthesis only,
 * so it is acknowledged once more when the tree is validated, which comes before the rules.
 */
export function acknowledgeWildcard(scope: Construct, arn: string, reason: string): void {
  const acknowledge = () => {
    const finding = written(Stack.of(scope).resolve(arn));
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
    return [];
  };
  acknowledge();
  scope.node.addValidation({ validate: acknowledge });
}

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
    case 'Fn::ImportValue':
      return written(content);
    case 'Fn::GetAtt':
    case 'Ref':
      return `<${[content].flat().join('.')}>`;
    default:
      return JSON.stringify(value);
  }
}
