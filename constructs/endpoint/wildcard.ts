import { Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * Acknowledges one wildcard ARN in the policies below a construct towards cdk-nag, and no other.
 *
 * A finding is named by the ARN as it stands in the template. For a resource of another stack that is settled only at
 * synthesis, just before validation.
 */
export function acknowledgeWildcard(scope: Construct, arn: string, reason: string): void {
  const acknowledge = () => {
    const id = `AwsSolutions-IAM5[Resource::${shown(Stack.of(scope).resolve(arn))}]`;
    Validations.of(scope).acknowledge({ id, reason });
    return [];
  };
  acknowledge();
  scope.node.addValidation({ validate: acknowledge });
}

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::ImportValue'?: unknown;
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
}

function shown(value: unknown): string {
  if (typeof value === 'string') {
    return value.replaceAll('${', '<').replaceAll('}', '>');
  }
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported, 'Fn::Join': join } = value as Intrinsic;
  if (join) {
    return join[1].map(shown).join(join[0]);
  }
  if (attribute) {
    return `<${attribute.join('.')}>`;
  }
  if (imported !== undefined) {
    return shown(imported);
  }
  return ref === undefined ? JSON.stringify(value) : `<${ref}>`;
}
