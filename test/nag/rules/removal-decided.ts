import type { CfnResource } from 'aws-cdk-lib/core';
import { NagRuleCompliance } from 'cdk-nag';
import { rendered } from '../rendered';

/** What holds work of people or of pipelines. */
const STATEFUL = /^AWS::SageMaker::(Domain|FeatureGroup|ModelPackageGroup|Space|UserProfile)$/;

/** Somebody has decided whether state stays or goes with its stack. */
export function RemovalDecided(resource: CfnResource): NagRuleCompliance {
  const { Type: type, DeletionPolicy: deletion, UpdateReplacePolicy: replacement } = rendered(resource);
  if (!STATEFUL.test(type)) return NagRuleCompliance.NOT_APPLICABLE;
  return deletion && replacement ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
}
