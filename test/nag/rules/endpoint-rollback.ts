import { type CfnResource, Stack } from 'aws-cdk-lib/core';
import { CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import { NagRuleCompliance } from 'cdk-nag';
import { memberAt, rendered } from '../rendered';

/** A new version of an endpoint is rolled back by alarms; one that hosts components has no versions of its own. */
export function EndpointRollback(resource: CfnResource): NagRuleCompliance {
  const { Type: type, Properties: properties } = rendered(resource);
  if (type !== 'AWS::SageMaker::Endpoint') return NagRuleCompliance.NOT_APPLICABLE;
  if (hostsComponents(resource, properties.EndpointConfigName)) return NagRuleCompliance.NOT_APPLICABLE;
  const alarms = memberAt(properties, 'DeploymentConfig.AutoRollbackConfiguration.Alarms') as
    readonly unknown[] | undefined;
  return alarms?.length ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
}

/** Whether the variants of an endpoint's configuration, which is made in the same stack, name no model. */
function hostsComponents(endpoint: CfnResource, reference: unknown): boolean {
  const stack = Stack.of(endpoint);
  const name = JSON.stringify(reference ?? '');
  const configs = stack.node.findAll().filter(construct => construct instanceof CfnEndpointConfig);
  const config = configs.find(each => name.includes(`"${stack.resolve(each.logicalId) as string}"`));
  const variants = (config && rendered(config).Properties.ProductionVariants) as readonly object[] | undefined;
  return variants?.every(variant => memberAt(variant, 'ModelName') === undefined) ?? false;
}
