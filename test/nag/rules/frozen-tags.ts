import { Aspects, type CfnResource, Tag } from 'aws-cdk-lib/core';
import { NagRuleCompliance, type NagRuleResult } from 'cdk-nag';
import { rendered } from '../rendered';

/** What a change of tags replaces: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html */
const FROZEN = /^AWS::SageMaker::(Domain|UserProfile|FeatureGroup|StudioLifecycleConfig|\w+JobDefinition)$/;

/** Tags of an app or a stack do not reach what they would replace: one finding for each that does. */
export function FrozenTags(resource: CfnResource): NagRuleResult {
  const { Type: type, Properties: properties } = rendered(resource);
  if (!FROZEN.test(type)) return NagRuleCompliance.NOT_APPLICABLE;
  const tags = (properties.Tags ?? []) as readonly { readonly Key: string }[];
  const inherited = resource.node.scopes.flatMap(scope =>
    Aspects.of(scope).all.flatMap(aspect => (aspect instanceof Tag ? [aspect.key] : [])),
  );
  const found = tags.map(({ Key: key }) => key).filter(key => inherited.includes(key));
  return found.length === 0 ? NagRuleCompliance.COMPLIANT : found;
}
