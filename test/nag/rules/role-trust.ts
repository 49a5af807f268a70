import type { CfnResource } from 'aws-cdk-lib/core';
import { NagRuleCompliance } from 'cdk-nag';
import { memberAt, rendered } from '../rendered';

interface Trust {
  readonly Effect: string;
  readonly Principal: { readonly Service?: unknown };
  readonly Condition?: object;
}

/** SageMaker assumes a role only on behalf of resources of the account: the guard against the confused deputy. */
export function RoleTrust(resource: CfnResource): NagRuleCompliance {
  const { Type: type, Properties: properties } = rendered(resource);
  const statements = memberAt(properties, 'AssumeRolePolicyDocument.Statement') as readonly Trust[] | undefined;
  const trusted = statements?.filter(({ Effect: effect, Principal: principal }) => {
    return effect === 'Allow' && [principal.Service].flat().includes('sagemaker.amazonaws.com');
  });
  if (type !== 'AWS::IAM::Role' || !trusted?.length) return NagRuleCompliance.NOT_APPLICABLE;
  const isGuarded = ({ Condition: condition }: Trust) =>
    Object.hasOwn(Object(memberAt(condition, 'StringEquals')) as object, 'aws:SourceAccount') &&
    Object.hasOwn(Object(memberAt(condition, 'ArnLike')) as object, 'aws:SourceArn');
  return trusted.every(isGuarded) ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
}
