import type { CreateTrainingJobRequest, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type { Arguments } from '../arguments';
import type { Value } from '../expression';
import { type ClusterProps, clusterRules, renderCluster, volumeKeyRule } from '../job';
import { count, duration, isUnknown, maxLength, type Rule, wholeNumber } from '../problem';

/** Instances of one type in a cluster of several types. */
export interface TrainingInstanceGroup {
  /** Name by which channels and the distribution refer to the group: 1 to 64 characters. */
  readonly name: string;

  /** Type of the instances, such as `ml.c5.2xlarge`. */
  readonly instanceType: ClusterProps<TrainingInstanceType>['instanceType'];

  /**
   * Number of instances: 1 or more.
   *
   * @default 1
   */
  readonly instanceCount?: Value<number>;
}

/** Machines of one type. */
export interface UniformCluster extends ClusterProps<TrainingInstanceType> {
  /**
   * Time that the instances are kept, and paid for, after the job, so that a later job with the same role, machines and network
   * starts at once: 1 second to 1 hour, in whole seconds. Not with `spot`.
   *
   * @default - the instances end with the job
   */
  readonly keepAlivePeriod?: Duration;
  readonly instanceGroups?: undefined;
}

/** Machines of several types, such as some that prepare data for those with a GPU. */
export interface GroupedCluster extends Omit<ClusterProps, 'instanceType' | 'instanceCount'> {
  /**
   * Groups of instances: 1 to 5. All run the same container, which asks the training toolkit for the group that it is in.
   *
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/train-heterogeneous-cluster.html
   */
  readonly instanceGroups: readonly TrainingInstanceGroup[];
  readonly instanceType?: undefined;
  readonly instanceCount?: undefined;

  /** Warm pools keep no clusters of several types. */
  readonly keepAlivePeriod?: undefined;
}

/** Machines of a training job. */
export type TrainingCluster = UniformCluster | GroupedCluster;

type ResourceConfig = Arguments<NonNullable<CreateTrainingJobRequest['ResourceConfig']>>;

export function renderTrainingCluster(props: TrainingCluster): ResourceConfig {
  if (props.instanceGroups) {
    const { VolumeSizeInGB, VolumeKmsKeyId } = renderCluster({ ...props, instanceType: '', instanceCount: undefined });
    const InstanceGroups = props.instanceGroups.map(({ name, instanceType, instanceCount = 1 }) => ({
      InstanceGroupName: name,
      InstanceType: instanceType,
      InstanceCount: instanceCount,
    }));
    return { InstanceGroups, VolumeSizeInGB, VolumeKmsKeyId };
  }
  return {
    ...renderCluster(props),
    KeepAlivePeriodInSeconds: props.keepAlivePeriod?.toSeconds({ integral: false }),
  };
}

export function groupNames({ instanceGroups = [] }: TrainingCluster): readonly string[] {
  return instanceGroups.map(({ name }) => name);
}

const HOUR_SECONDS = 3600;

export function trainingClusterRules(props: TrainingCluster, spot: object | undefined): readonly Rule[] {
  if (!props.instanceGroups) {
    return [
      ...clusterRules(props),
      duration('keepAlivePeriod', props.keepAlivePeriod, 'seconds', 1, HOUR_SECONDS),
      [
        props.keepAlivePeriod === undefined || spot === undefined,
        `'keepAlivePeriod' must be left out with 'spot', whose instances are not kept, got: ${props.keepAlivePeriod?.toHumanString() ?? ''}`,
      ],
    ];
  }
  const { instanceGroups, volumeEncryptionKey } = props;
  const names = groupNames(props);
  const twice = names.filter((name, index) => !isUnknown(name) && names.indexOf(name) !== index);
  return [
    count('instanceGroups', instanceGroups, 5, 1),
    [twice.length === 0, `'instanceGroups' must have different names, got: ${twice.join(', ')} twice`],
    ...instanceGroups.flatMap(({ name, instanceType, instanceCount }): Rule[] => [
      [name !== '', `'instanceGroups' must have names of 1 to 64 characters, got: none`],
      maxLength(`instanceGroups.${name}.name`, name, 64),
      wholeNumber(`instanceGroups.${name}.instanceCount`, instanceCount, 1),
      volumeKeyRule({ instanceType, volumeEncryptionKey }),
    ]),
    wholeNumber('volumeSizeGiB', props.volumeSizeGiB, 1, 16_384),
  ];
}
