import type { CreateTrainingJobRequest, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { ContainerImage } from '../../images';
import type { Arguments } from '../arguments';
import type { Expression, Late, Value } from '../expression';
import { type ClusterProps, clusterRules, imageUri, type JobProps, networkRules } from '../job';
import { renderCluster, renderVpcConfig, roleArn } from '../job';
import { duration, type Rule, s3Uri } from '../problem';

/** What training jobs that run a program instead of an algorithm have in common: one instance, and one output. */
export interface ProgramJobProps extends Pick<JobProps, 'role' | 'network'> {
  /**
   * Type of the instance.
   *
   * @default ml.m5.large
   */
  readonly instanceType?: TrainingInstanceType | Expression<string>;

  /**
   * Size of the storage volume, in GiB: 1 to 16,384.
   *
   * @default 30
   */
  readonly volumeSizeGiB?: Value<number>;

  /**
   * Key that encrypts the storage volume. Not for instances with local storage, which the hardware encrypts.
   *
   * @default - a key that the service owns
   */
  readonly volumeEncryptionKey?: kms.IKey;

  /** S3 URI of the prefix for the results; each job writes below its own name. */
  readonly outputPath: Value<string>;

  /**
   * Key that encrypts the results in S3.
   *
   * @default - the default encryption of the bucket
   */
  readonly outputEncryptionKey?: kms.IKey;
}

/** A program and its data. */
export interface Program {
  readonly image: ContainerImage;
  readonly entrypoint: readonly string[];
  readonly arguments?: readonly string[];

  /** Places in S3, by the name of their folder below `/opt/ml/input/data`. */
  readonly channels: Readonly<Record<string, Value<string> | Late>>;
  readonly maxRuntime: number;
}

const LONGEST_SECONDS = 2_419_200;

export function renderProgramJob(
  props: ProgramJobProps,
  program: Program,
): Arguments<Omit<CreateTrainingJobRequest, 'TrainingJobName'>> {
  return {
    AlgorithmSpecification: {
      TrainingImage: imageUri(program.image),
      TrainingInputMode: 'File',
      ContainerEntrypoint: program.entrypoint,
      ContainerArguments: program.arguments,
    },
    RoleArn: roleArn(props),
    InputDataConfig: Object.entries(program.channels).map(([name, uri]) => ({
      ChannelName: name,
      DataSource: {
        S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' },
      },
    })),
    OutputDataConfig: { S3OutputPath: props.outputPath, KmsKeyId: props.outputEncryptionKey?.keyArn },
    ResourceConfig: renderCluster(clusterOf(props)),
    StoppingCondition: { MaxRuntimeInSeconds: program.maxRuntime },
    VpcConfig: renderVpcConfig(props),
  };
}

export function programJobRules(props: ProgramJobProps & { readonly maxRuntime?: Duration }): readonly Rule[] {
  return [
    ...clusterRules(clusterOf(props)),
    ...networkRules(props),
    s3Uri('outputPath', props.outputPath),
    duration('maxRuntime', props.maxRuntime, 'seconds', 1, LONGEST_SECONDS),
  ];
}

function clusterOf(props: ProgramJobProps): ClusterProps<TrainingInstanceType> {
  return { ...props, instanceType: props.instanceType ?? 'ml.m5.large', instanceCount: 1 };
}
