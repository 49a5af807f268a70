import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { JobNetwork } from '../../constructs/pipeline';
import type { SageMakerNetwork } from '../../constructs/network';
import { isAvailable } from '../availability';
import type { Settings } from '../settings';

/** Name of the workload, in names of its resources and in keys of its objects. */
export const CREDIT_RISK = 'credit-risk';

/** Prefix of the data set in the bucket of examples that AWS publishes in each commercial region. */
export const EXAMPLE_DATA = 'datasets/tabular/uci_statlog_german_credit_data';

/** Prefix of decisions about applications that passed their checks, for whoever acts on them. */
export const DECISIONS = `${CREDIT_RISK}/decisions`;

/** Path of the SSM parameters with the approved version. */
export function approvedPrefix({ prefix }: Settings): string {
  return `/${prefix.toLowerCase()}/${CREDIT_RISK}/approved`;
}

/** Name of the endpoint that versions are tried on. */
export function trialEndpointName({ prefix }: Settings): string {
  return `${prefix.toLowerCase()}-${CREDIT_RISK}-trial`;
}

/** A network with one security group, as jobs, models and monitors take it. */
export interface WorkloadNetwork extends JobNetwork {
  readonly securityGroups: readonly [ec2.ISecurityGroup];
}

/** Where jobs and models reach the network: the VPC, or the service's own. */
export function networkOf({ vpcOnly }: Settings, network: SageMakerNetwork): WorkloadNetwork | undefined {
  return vpcOnly
    ? {
        vpc: network.vpc,
        subnets: { subnets: [...network.subnets] },
        securityGroups: [network.securityGroup],
      }
    : undefined;
}

/** Whether the account and the region have the services behind quality checks, bias checks and monitors; `managed` of each. */
export function hasManagedChecks(settings: Settings): boolean {
  return settings.managedChecks && isAvailable('modelMonitor', settings);
}
