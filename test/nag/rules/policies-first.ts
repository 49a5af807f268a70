import { CfnResource, Stack } from 'aws-cdk-lib/core';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import { NagRuleCompliance, type NagRuleResult } from 'cdk-nag';
import { rendered } from '../rendered';

/**
 * A SageMaker resource waits for the policies of its role: CloudFormation sees no dependency between them, and creation fails now
 * and then. One finding for each policy.
 */
export function PoliciesFirst(resource: CfnResource): NagRuleResult {
  const { Type: type, Properties: properties, DependsOn: dependsOn } = rendered(resource);
  const stack = Stack.of(resource);
  const roles = type.startsWith('AWS::SageMaker::') ? rolesIn(properties) : [];
  if (roles.length === 0) return NagRuleCompliance.NOT_APPLICABLE;
  const own = stack.resolve(resource.logicalId) as string;
  const late = stack.node.findAll().flatMap(policy => {
    if (!(policy instanceof CfnPolicy) || Stack.of(policy) !== stack) return [];
    const id = stack.resolve(policy.logicalId) as string;
    const { Roles: attached } = rendered(policy).Properties;
    const isOfRole = roles.some(role => JSON.stringify(attached ?? []).includes(`{"Ref":"${role}"}`));
    // A policy about the resource itself cannot come first.
    const isAboutIt = JSON.stringify(rendered(policy).Properties).includes(`"${own}"`);
    return isOfRole && !isAboutIt && !dependsOn.includes(id) ? [id] : [];
  });
  return late.length === 0 ? NagRuleCompliance.COMPLIANT : late;
}

/** Logical ids of the roles of this stack that properties hand over. */
function rolesIn(value: unknown, key = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { 'Fn::GetAtt': attribute } = value as { 'Fn::GetAtt'?: readonly [string, string] };
  if (attribute) return /Role(Arn)?$/.test(key) ? [attribute[0]] : [];
  return Object.entries(value).flatMap(([name, member]) => rolesIn(member, name));
}
