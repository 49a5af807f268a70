import { Stack, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges towards cdk-nag that the policies below a construct hold these wildcards, and no others: a wildcard that is
 * added later is still reported.
 *
 * A wildcard is an ARN or an action such as `s3:GetObject*`; what has no `*` in it is passed over. A finding is named by the
 * ARN as the template shows it. That of another stack's resource is known at synthesis only, so it is acknowledged once more
 * when the tree is validated, which comes before the rules.
 */
export function acknowledgeWildcards(scope: IConstruct, wildcards: readonly string[], reason: string): void {
  const known = acknowledged.get(scope) ?? new Set<string>();
  acknowledged.set(scope, known);
  const acknowledge = () => {
    const written = wildcards.map(wildcard => writeArn(scope, wildcard));
    for (const finding of written.filter(text => text.includes('*') && !known.has(text))) {
      known.add(finding);
      const kind = /^[a-z0-9-]+:[^:]+$/.test(finding) ? 'Action' : 'Resource';
      Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[${kind}::${finding}]`, reason });
    }
    return [];
  };
  acknowledge();
  scope.node.addValidation({ validate: acknowledge });
}

// A role gets the same permission from several sides.
const acknowledged = new WeakMap<IConstruct, Set<string>>();

/** An ARN as cdk-nag writes it in a finding: `arn:<AWS::Partition>:sagemaker:…`, `<Bucket.Arn>/captured/*`. */
export function writeArn(scope: IConstruct, arn: string): string {
  return write(Stack.of(scope).resolve(arn));
}

function write(value: unknown): string {
  if (typeof value === 'string') {
    return value.replaceAll('${', '<').replaceAll('}', '>');
  }
  const [[name, content] = ['', '']] = Object.entries(value as Record<string, unknown>);
  switch (name) {
    case 'Fn::Join': {
      const [separator, parts] = content as [string, unknown[]];
      return parts.map(write).join(separator);
    }
    case 'Fn::Sub':
    case 'Fn::ImportValue':
      return write(content);
    case 'Fn::GetAtt':
    case 'Ref':
      return `<${[content].flat().join('.')}>`;
    default:
      return JSON.stringify(value);
  }
}
