import type { CfnResource } from 'aws-cdk-lib/core';
import { NagRuleCompliance } from 'cdk-nag';
import { rendered } from '../rendered';

/** What almost every change replaces: a fixed name makes the new one collide with the old one. */
const REPLACED = /^AWS::SageMaker::(Model|EndpointConfig|\w+JobDefinition|ProcessingJob)$/;

/** Resources that CloudFormation replaces have no name of their own. */
export function NoPhysicalName(resource: CfnResource): NagRuleCompliance {
  const { Type: type, Properties: properties } = rendered(resource);
  const [, kind = ''] = REPLACED.exec(type) ?? [];
  if (kind === '') return NagRuleCompliance.NOT_APPLICABLE;
  const name = kind.endsWith('JobDefinition') ? 'JobDefinitionName' : `${kind}Name`;
  return properties[name] === undefined ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
}
