import type { CfnResource } from 'aws-cdk-lib/core';
import { type IApplyRule, NagMessageLevel, NagPack } from 'cdk-nag';
import { CustomerKey } from './rules/customer-key';
import { DomainNetwork } from './rules/domain-network';
import { EndpointRollback } from './rules/endpoint-rollback';
import { FrozenTags } from './rules/frozen-tags';
import { IdleShutdown } from './rules/idle-shutdown';
import { LogRetention } from './rules/log-retention';
import { NoPhysicalName } from './rules/no-physical-name';
import { PoliciesFirst } from './rules/policies-first';
import { RemovalDecided } from './rules/removal-decided';
import { RoleTrust } from './rules/role-trust';

/** Each rule with what a finding says. */
export const RULES: readonly (readonly [rule: IApplyRule['rule'], info: string])[] = [
  [CustomerKey, 'The app has a key, and this is not encrypted with it.'],
  [DomainNetwork, 'The domain does not choose its network access, or has no security group in its VPC.'],
  [EndpointRollback, 'The endpoint has no alarm that rolls a deployment back.'],
  [FrozenTags, 'A tag of the app or stack reaches a resource that a change of tags replaces.'],
  [IdleShutdown, 'Apps that nobody uses are not shut down.'],
  [LogRetention, 'The log group has no retention.'],
  [NoPhysicalName, 'A resource that CloudFormation replaces has a fixed name.'],
  [PoliciesFirst, 'The resource does not wait for the policies of its role.'],
  [RemovalDecided, 'Nobody has decided what happens to this state when its stack goes.'],
  [RoleTrust, 'SageMaker may assume the role on behalf of other accounts.'],
];

/** What AwsSolutions does not see: its SageMaker rules are about notebook instances alone. */
export class SageMakerChecks extends NagPack {
  public override readonly name = 'SageMaker';
  public override readonly ruleIds = RULES.map(([{ name }]) => `SageMaker-${name}`);
  protected override packName = 'SageMaker';

  protected checkResource(node: CfnResource): void {
    for (const [rule, info] of RULES) {
      this.applyRule({ rule, info, explanation: info, level: NagMessageLevel.ERROR, node });
    }
  }
}
