import type { Construct } from 'constructs';
import type { ApprovedVersion } from '../../constructs/approved-model';
import { Model } from '../../constructs/endpoint';
import { ContainerImage } from '../../constructs/images';
import { grantReadUnder } from '../../constructs/roles';
import type { DataStack } from '../data-stack';
import { CREDIT_RISK, type WorkloadNetwork } from './workload';

export interface ApprovedScorerProps {
  readonly approved: ApprovedVersion;
  readonly data: DataStack;

  /**
   * VPC of the model.
   *
   * @default - a network of the service
   */
  readonly network?: WorkloadNetwork;
}

/** The model of the approved version. */
export class ApprovedScorer extends Model {
  constructor(scope: Construct, id: string, { approved, data, network }: ApprovedScorerProps) {
    super(scope, id, {
      modelPackageArn: approved.modelPackageArn,
      vpc: network?.vpc,
      vpcSubnets: network?.subnets,
      securityGroups: network?.securityGroups,
    });
    ContainerImage.xgboost('1.7-1').grantPull(scope, this.role);
    grantReadUnder(this.role, data.bucket, `${CREDIT_RISK}/runs`);
  }
}
