import type { CfnResource } from 'aws-cdk-lib/core';
import { NagRuleCompliance } from 'cdk-nag';
import { memberAt, rendered } from '../rendered';

/** A new version of an endpoint is rolled back by alarms. */
export function EndpointRollback(resource: CfnResource): NagRuleCompliance {
  const { Type: type, Properties: properties } = rendered(resource);
  if (type !== 'AWS::SageMaker::Endpoint') return NagRuleCompliance.NOT_APPLICABLE;
  const alarms = memberAt(properties, 'DeploymentConfig.AutoRollbackConfiguration.Alarms') as
    readonly unknown[] | undefined;
  return alarms?.length ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
}
