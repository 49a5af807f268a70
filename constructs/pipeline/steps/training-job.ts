import type { CreateTrainingJobRequest, TrainingInputMode, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Arguments } from '../arguments';
import type { Value } from '../expression';
import { type ClusterProps, clusterRules, type JobProps, networkRules, renderVpcConfig } from '../job';
import { roleArn } from '../job';
import { count, duration, type Rule, s3Uri } from '../problem';
import { channelOptions, renderChannel, type TrainingInput } from './training-io';
import { renderSource, sourceRules, type TrainingSource } from './training-source';

/** Training on spare capacity that the service may take back. */
export interface SpotTraining {
  /** Time for waiting and training together, in whole seconds; at least `maxRuntime`. */
  readonly maxWait: Duration;

  /**
   * S3 URI where the container's `/opt/ml/checkpoints` is kept, so that an interrupted job can continue.
   *
   * @default - an interrupted job starts again
   */
  readonly checkpointUri?: Value<string>;
}

/** What one training job and the jobs of a tuning have in common. */
export type TrainingJobProps = TrainingJobOptions & TrainingSource;

/** The same, whatever trains. */
export interface TrainingJobOptions extends JobProps, ClusterProps<TrainingInstanceType> {
  /** Channels of data by name, such as `train` and `validation`: 1 to 20. A text is the S3 URI of a prefix. */
  readonly inputs: Readonly<Record<string, Value<string> | TrainingInput>>;

  /** S3 URI of the prefix that the model artifacts are uploaded to. */
  readonly outputPath: Value<string>;

  /**
   * Key that encrypts the artifacts in S3.
   *
   * @default - the default encryption of the bucket
   */
  readonly outputEncryptionKey?: kms.IKey;

  /**
   * How containers see the channels that do not say otherwise.
   *
   * @default File
   */
  readonly inputMode?: TrainingInputMode;

  /**
   * Environment variables: up to 100, of a tuning up to 48.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, Value<string>>>;

  /**
   * Time after which a job is stopped: 1 second to 28 days, in whole seconds.
   *
   * @default Duration.days(1)
   */
  readonly maxRuntime?: Duration;

  /**
   * Trains on spot capacity.
   *
   * @default - on-demand capacity
   */
  readonly spot?: SpotTraining;
}

const DAY_SECONDS = 86_400;
const LONGEST_SECONDS = 2_419_200;

/** The members that CreateTrainingJob and a tuning job's definitions share. */
export function renderTrainingJob(
  props: TrainingJobProps,
): Arguments<
  Pick<
    CreateTrainingJobRequest,
    | 'RoleArn'
    | 'InputDataConfig'
    | 'OutputDataConfig'
    | 'StoppingCondition'
    | 'VpcConfig'
    | 'EnableNetworkIsolation'
    | 'EnableInterContainerTrafficEncryption'
    | 'EnableManagedSpotTraining'
    | 'CheckpointConfig'
    | 'Environment'
  >
> {
  return {
    RoleArn: roleArn(props),
    InputDataConfig: Object.entries(props.inputs).map(([name, input]) => renderChannel(name, input)),
    OutputDataConfig: { S3OutputPath: props.outputPath, KmsKeyId: props.outputEncryptionKey?.keyArn },
    StoppingCondition: {
      MaxRuntimeInSeconds: props.maxRuntime?.toSeconds({ integral: false }) ?? DAY_SECONDS,
      MaxWaitTimeInSeconds: props.spot?.maxWait.toSeconds({ integral: false }),
    },
    VpcConfig: renderVpcConfig(props),
    EnableNetworkIsolation: props.isolateNetwork,
    EnableInterContainerTrafficEncryption: props.encryptInterContainerTraffic,
    EnableManagedSpotTraining: props.spot && true,
    CheckpointConfig: props.spot?.checkpointUri === undefined ? undefined : { S3Uri: props.spot.checkpointUri },
    Environment: props.environment,
  };
}

export function renderAlgorithm(
  props: TrainingJobProps,
): ReturnType<typeof renderSource> & { TrainingInputMode: TrainingInputMode } {
  return { ...renderSource(props), TrainingInputMode: props.inputMode ?? 'File' };
}

export function trainingJobRules(
  props: TrainingJobProps,
  maxEnvironment: number,
  tuned: readonly string[] = [],
): readonly Rule[] {
  const { inputs, spot, maxRuntime } = props;
  return [
    ...clusterRules(props),
    ...networkRules(props),
    count('inputs', inputs, 20, 1),
    ...Object.entries(inputs).flatMap(([name, input]) => channelRules(name, input)),
    ...sourceRules(props, tuned),
    count('environment', props.environment, maxEnvironment),
    s3Uri('outputPath', props.outputPath),
    duration('maxRuntime', maxRuntime, 'seconds', 1, LONGEST_SECONDS),
    s3Uri('spot.checkpointUri', spot?.checkpointUri),
    spotRule(spot, maxRuntime),
  ];
}

function channelRules(name: string, input: Value<string> | TrainingInput): readonly Rule[] {
  const { uri, attributeNames } = channelOptions(input);
  return [
    [
      /^[A-Za-z0-9.\-_]{1,64}$/.test(name),
      `'inputs' must have names of 1 to 64 letters, digits, ., - and _, got: ${name}`,
    ],
    s3Uri(`inputs.${name}`, uri),
    count(`inputs.${name}.attributeNames`, attributeNames, 16),
  ];
}

function spotRule(spot: SpotTraining | undefined, maxRuntime: Duration | undefined): Rule {
  if (!spot || spot.maxWait.isUnresolved() || maxRuntime?.isUnresolved()) return [true, ''];
  const exact = { integral: false };
  const wait = spot.maxWait.toSeconds(exact);
  const runtime = maxRuntime?.toSeconds(exact) ?? DAY_SECONDS;
  return [
    Number.isInteger(wait) && wait >= runtime,
    `'spot.maxWait' must be whole seconds, at least 'maxRuntime' (${runtime} seconds), got: ${wait} seconds`,
  ];
}
