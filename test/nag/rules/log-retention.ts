import type { CfnResource } from 'aws-cdk-lib/core';
import { NagRuleCompliance } from 'cdk-nag';
import { rendered } from '../rendered';

/** Log groups forget: without a retention they keep, and bill, everything for ever. */
export function LogRetention(resource: CfnResource): NagRuleCompliance {
  const { Type: type, Properties: properties } = rendered(resource);
  if (type !== 'AWS::Logs::LogGroup') return NagRuleCompliance.NOT_APPLICABLE;
  return properties.RetentionInDays === undefined ? NagRuleCompliance.NON_COMPLIANT : NagRuleCompliance.COMPLIANT;
}
