import { Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** Acknowledges towards cdk-nag that these ARNs end in a wildcard, and no other ARN that the construct may get later. */
export function acknowledgeWildcards(scope: Construct, arns: readonly string[], reason: string): void {
  for (const arn of arns.map(arn => flatten(Stack.of(scope).resolve(arn)))) {
    if (arn.includes('*')) {
      Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${arn}]`, reason });
    }
  }
}

/** Writes an ARN the way cdk-nag names it in a finding: `arn:<AWS::Partition>:s3:::name/*`. */
function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    return String(value);
  }
  const [key, content] = Object.entries<unknown>({ ...value })[0] ?? ['', ''];
  if (key === 'Fn::Join' && Array.isArray(content)) {
    const [separator, parts] = content as [string, unknown[]];
    return parts.map(flatten).join(separator);
  }
  return `<${Array.isArray(content) ? content.join('.') : String(content)}>`;
}
