import { Annotations } from 'aws-cdk-lib/core';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { ContainerImage } from '../images';
import { hasLocalStorage } from '../instances';
import { grantNetworkInterfaces, grantVolumes } from '../roles';
import type { StepContext } from './context';
import { Expression, Late, type Value } from './expression';
import { count, isUnknown, type Rule, wholeNumber } from './problem';

/** Where a job's containers reach the network. */
export interface JobNetwork {
  /** VPC of the containers. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the containers: 1 to 16.
   *
   * @default - the private subnets, or the isolated ones where there are no private ones
   */
  readonly subnets?: ec2.SubnetSelection;

  /** Security groups of the containers: 1 to 5. */
  readonly securityGroups: readonly ec2.ISecurityGroup[];
}

/** What all jobs have in common. */
export interface JobProps {
  /**
   * Role that the containers assume.
   *
   * @default - the pipeline's `jobRole`
   */
  readonly role?: iam.IRole;

  /**
   * VPC that the containers are attached to.
   *
   * @default - a network of the service, with access to the internet unless `isolateNetwork`
   */
  readonly network?: JobNetwork;

  /**
   * The containers can make no network calls; the service still moves their inputs and outputs.
   *
   * @default false
   */
  readonly isolateNetwork?: boolean;

  /**
   * Traffic between the containers of one job is encrypted, which can slow distributed training down.
   *
   * @default false
   */
  readonly encryptInterContainerTraffic?: boolean;
}

/** Machines of a job. */
export interface ClusterProps<InstanceType extends string = string> {
  /** Type of the instances, such as `ml.m5.xlarge`. */
  readonly instanceType: InstanceType | Expression<string>;

  /**
   * Number of instances: 1 or more; at most 100 for a processing job.
   *
   * @default 1
   */
  readonly instanceCount?: Value<number>;

  /**
   * Size of each instance's storage volume, in GiB: 1 to 16,384.
   *
   * @default 30
   */
  readonly volumeSizeGiB?: Value<number>;

  /**
   * Key that encrypts the storage volumes. Not for instances with local storage, which the hardware encrypts.
   *
   * @default - a key that the service owns
   */
  readonly volumeEncryptionKey?: kms.IKey;
}

export function jobRole({ role }: JobProps, context: StepContext): iam.IRole {
  return role ?? context.jobRole;
}

export function roleArn(props: JobProps): Late {
  return new Late(context => jobRole(props, context).roleArn);
}

/** A container image, or the URI of one that is only known when the pipeline runs, such as that of the best AutoML candidate. */
export type Image = ContainerImage | Expression<string>;

export function imageUri(image: Image): Late | Expression<string> {
  return image instanceof Expression ? image : new Late(({ scope }) => image.bind(scope).imageUri);
}

/** Lets a role pull an image, or says that somebody else must. */
export function grantPull(image: Image, { scope }: StepContext, role: iam.IRole): void {
  if (!(image instanceof Expression)) {
    image.grantPull(scope, role);
    return;
  }
  Annotations.of(scope).addWarningV2(
    'sagemaker-cdk:pull-not-granted',
    `the image ${JSON.stringify(image.render())} is only known when the pipeline runs, so pulling it is not granted; grant the pull from its repository to ${role.node.path}`,
  );
}

export function renderVpcConfig({ network }: JobProps): { Subnets: string[]; SecurityGroupIds: string[] } | undefined {
  return (
    network && {
      Subnets: network.vpc.selectSubnets(network.subnets).subnetIds,
      SecurityGroupIds: network.securityGroups.map(group => group.securityGroupId),
    }
  );
}

export function renderCluster<InstanceType extends string>(
  props: ClusterProps<InstanceType>,
): {
  InstanceType: InstanceType | Expression<string>;
  InstanceCount: Value<number>;
  VolumeSizeInGB: Value<number>;
  VolumeKmsKeyId: string | undefined;
} {
  return {
    InstanceType: props.instanceType,
    InstanceCount: props.instanceCount ?? 1,
    VolumeSizeInGB: props.volumeSizeGiB ?? 30,
    VolumeKmsKeyId: props.volumeEncryptionKey?.keyArn,
  };
}

export function clusterRules(props: ClusterProps, maxInstances?: number): readonly Rule[] {
  return [
    wholeNumber('instanceCount', props.instanceCount, 1, maxInstances),
    wholeNumber('volumeSizeGiB', props.volumeSizeGiB, 1, 16_384),
    volumeKeyRule(props),
  ];
}

export function volumeKeyRule({ instanceType, volumeEncryptionKey }: ClusterProps): Rule {
  const type = isUnknown(instanceType) ? '' : String(instanceType);
  return [
    volumeEncryptionKey === undefined || !hasLocalStorage(type),
    `'volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ${type}`,
  ];
}

export function networkRules({ network }: JobProps): readonly Rule[] {
  if (!network) return [];
  return [
    count('network.subnets', network.vpc.selectSubnets(network.subnets).subnetIds, 16, 1),
    count('network.securityGroups', network.securityGroups, 5, 1),
  ];
}

/** Props of a job that need permissions of its role. */
export interface JobNeeds extends JobProps {
  readonly volumeEncryptionKey?: kms.IKey;
  readonly outputEncryptionKey?: kms.IKey;
}

/** Lets the role of a job read its image, reach its network and use its keys; returns the role. */
export function grantContainer(props: JobNeeds, image: Image, context: StepContext): iam.IRole {
  const role = jobRole(props, context);
  grantPull(image, context, role);
  grantNeeds(props, role);
  return role;
}

/** Lets a role reach the network and use the keys that it is given. */
export function grantNeeds(props: Omit<JobNeeds, 'role'>, role: iam.IRole): void {
  if (props.network) grantNetworkInterfaces(role);
  if (props.volumeEncryptionKey) grantVolumeKey(role, props.volumeEncryptionKey);
  props.outputEncryptionKey?.grant(role, 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey');
}

/** Lets a role see a key, and give SageMaker the use of it for storage volumes. */
export function grantVolumeKey(role: iam.IRole, key: kms.IKey): void {
  key.grant(role, 'kms:DescribeKey');
  grantVolumes(role, key);
}
