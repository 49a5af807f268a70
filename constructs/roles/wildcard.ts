import { Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Permission } from './permission';

/**
 * Acknowledges the wildcards of a permission towards cdk-nag, one finding at a time, so that a wildcard which is added
 * to the role later is still reported.
 */
export function acknowledgeWildcards(scope: Construct, { resources, wildcardReason }: Permission): void {
  if (wildcardReason === undefined) {
    return;
  }
  for (const resource of resources) {
    const finding = flatten(Stack.of(scope).resolve(resource));
    if (finding.includes('*')) {
      Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason: wildcardReason });
    }
  }
}

/** Writes an ARN the way cdk-nag names it in a finding: `arn:<AWS::Partition>:sagemaker:…`. */
function flatten(value: unknown): string {
  if (typeof value === 'string') {
    return value.replaceAll('${', '<').replaceAll('}', '>');
  }
  if (isJoin(value)) {
    const [separator, parts] = value['Fn::Join'];
    return parts.map(flatten).join(separator);
  }
  if (isGetAtt(value)) {
    return `<${value['Fn::GetAtt'].join('.')}>`;
  }
  if (isRef(value)) {
    return `<${value.Ref}>`;
  }
  return JSON.stringify(value);
}

const has = (value: unknown, key: string): boolean => typeof value === 'object' && value !== null && key in value;
const isJoin = (value: unknown): value is { 'Fn::Join': [string, unknown[]] } => has(value, 'Fn::Join');
const isGetAtt = (value: unknown): value is { 'Fn::GetAtt': [string, string] } => has(value, 'Fn::GetAtt');
const isRef = (value: unknown): value is { Ref: string } => has(value, 'Ref');
