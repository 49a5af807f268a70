import type { CfnResource } from 'aws-cdk-lib/core';
import { NagRuleCompliance } from 'cdk-nag';
import { memberAt, rendered } from '../rendered';

/** The network access of a domain is chosen, not left to the default, which is public; in a VPC its users have security groups. */
export function DomainNetwork(resource: CfnResource): NagRuleCompliance {
  const { Type: type, Properties: properties } = rendered(resource);
  if (type !== 'AWS::SageMaker::Domain') return NagRuleCompliance.NOT_APPLICABLE;
  const groups = (memberAt(properties, 'DefaultUserSettings.SecurityGroups') ?? []) as readonly unknown[];
  const isChosen = {
    PublicInternetOnly: true,
    VpcOnly: groups.length > 0,
  }[String(properties.AppNetworkAccessType)];
  return isChosen ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
}
