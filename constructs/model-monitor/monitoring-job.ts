import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Duration, Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib/core';
import { hasLocalStorage } from '../instances';

/** Where a job is attached to a VPC. */
export interface MonitorNetwork {
  /** VPC from which the job reaches S3, CloudWatch and ECR. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the job's instances, 1 to 16.
   *
   * @default - the private subnets of the VPC
   */
  readonly subnets?: ec2.SubnetSelection;

  /** Security groups of the job's instances, 1 to 5. */
  readonly securityGroups: readonly [ec2.ISecurityGroup, ...ec2.ISecurityGroup[]];
}

/** How the jobs of a monitor run, whatever they look at. */
export interface MonitoringJobOptions {
  /**
   * Instance type of the job.
   *
   * @default ml.m5.xlarge
   */
  readonly instanceType?: string;

  /**
   * Number of instances, 1 to 100, with `managed: false` 1; several share the data through Spark and encrypt what they send each other.
   *
   * @default 1
   */
  readonly instanceCount?: number;

  /**
   * Volume of each instance, 1 GiB to 16 TiB; has to hold the data captured between two runs.
   *
   * @default Size.gibibytes(30)
   */
  readonly volumeSize?: Size;

  /**
   * Time after which a job is stopped, 1 second to 24 hours, and no longer than the time between two runs; half of that for a
   * monitor with ground truth, each of whose runs has two jobs.
   *
   * @default - 1 hour, or 30 minutes for an hourly monitor with ground truth
   */
  readonly maxRuntime?: Duration;

  /**
   * Attach the job to a VPC.
   *
   * @default - the job runs in a VPC of the service
   */
  readonly network?: MonitorNetwork;

  /**
   * Cut the container off from all network calls, S3 included; the service moves the data in and out.
   *
   * @default false
   */
  readonly isolateNetwork?: boolean;

  /**
   * Key that encrypts the reports and the volumes; of instances with local storage, the reports only. The role may also decrypt
   * with it.
   *
   * @default - a key of the service for the volumes, the encryption of the bucket for the reports
   */
  readonly encryptionKey?: kms.IKey;
}

export function renderResources(
  options: MonitoringJobOptions,
): sagemaker.CfnMonitoringSchedule.MonitoringResourcesProperty {
  const { instanceType = 'ml.m5.xlarge', instanceCount = 1, volumeSize = Size.gibibytes(30), encryptionKey } = options;
  // The hardware encrypts local storage, and the service refuses a key for it.
  const volumeKmsKeyId = hasLocalStorage(instanceType) ? undefined : encryptionKey?.keyArn;
  return { clusterConfig: { instanceType, instanceCount, volumeSizeInGb: volumeSize.toGibibytes(), volumeKmsKeyId } };
}

export function renderNetwork(
  options: MonitoringJobOptions,
): sagemaker.CfnMonitoringSchedule.NetworkConfigProperty | undefined {
  const { network, isolateNetwork = false, instanceCount = 1 } = options;
  const distributed = Token.isUnresolved(instanceCount) || instanceCount > 1;
  if (!network && !isolateNetwork && !distributed) {
    return undefined;
  }
  return {
    enableNetworkIsolation: isolateNetwork,
    enableInterContainerTrafficEncryption: distributed,
    vpcConfig: network && {
      subnets: network.vpc.selectSubnets(network.subnets).subnetIds,
      securityGroupIds: network.securityGroups.map(group => group.securityGroupId),
    },
  };
}

/** Stops a job that is one of `jobs` in a row, all of which have to end within `interval`. */
export function renderStopping(
  options: MonitoringJobOptions,
  interval: Duration,
  jobs: JobsPerRun = 1,
): sagemaker.CfnMonitoringSchedule.StoppingConditionProperty {
  const shortest = Math.min(Duration.hours(1).toSeconds(), interval.toSeconds() / jobs);
  return { maxRuntimeInSeconds: options.maxRuntime?.toSeconds() ?? shortest };
}

/** Jobs that a run consists of: two if labels are merged with the captured data first. */
export type JobsPerRun = 1 | 2;

/** Checks the settings of a job that runs once per `interval`, as one of `jobs` in a row. */
export function validateJob(
  path: string,
  options: MonitoringJobOptions,
  interval: Duration,
  jobs: JobsPerRun = 1,
): void {
  const { instanceType, instanceCount, volumeSize, maxRuntime, network } = options;
  if (instanceType !== undefined && !Token.isUnresolved(instanceType) && !instanceType.startsWith('ml.')) {
    throw new Error(`${path}: 'instanceType' must start with 'ml.', got: ${instanceType}`);
  }
  requireRange(path, 'instanceCount', instanceCount, 1, 100);
  if (volumeSize && !volumeSize.isUnresolved()) {
    const size = volumeSize.toGibibytes({ rounding: SizeRoundingBehavior.NONE });
    requireRange(path, 'volumeSize', size, 1, 16384, ' GiB');
  }
  if (maxRuntime && !maxRuntime.isUnresolved()) {
    const longest = Math.min(interval.toSeconds(), Duration.hours(24).toSeconds()) / jobs;
    const share = jobs === 1 ? 'the time between two runs' : 'half the time between two runs of two jobs each';
    requireRange(path, 'maxRuntime', maxRuntime.toSeconds({ integral: false }), 1, longest, ` seconds, ${share}`);
  }
  if (network && network.securityGroups.length > 5) {
    throw new Error(`${path}: 'network.securityGroups' must hold 1 to 5 groups, got: ${network.securityGroups.length}`);
  }
  const subnets = network?.vpc.selectSubnets(network.subnets).subnetIds;
  if (subnets && !Token.isUnresolved(subnets) && (subnets.length < 1 || subnets.length > 16)) {
    throw new Error(`${path}: 'network.subnets' must select 1 to 16 subnets, got: ${subnets.length}`);
  }
}

export function requireRange(
  path: string,
  prop: string,
  value: number | undefined,
  minimum: number,
  maximum: number,
  unit = '',
): void {
  if (value === undefined || Token.isUnresolved(value)) {
    return;
  }
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new Error(`${path}: '${prop}' must be a whole number from ${minimum} to ${maximum}${unit}, got: ${value}`);
  }
}
