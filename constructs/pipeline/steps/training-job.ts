import type { CreateTrainingJobRequest, TrainingInputMode, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Arguments } from '../arguments';
import type { Value } from '../expression';
import { type ClusterProps, type JobProps, networkRules, renderVpcConfig } from '../job';
import { roleArn } from '../job';
import { count, duration, rule, type Rule, s3Uri, wholeNumber } from '../problem';
import { groupNames, type TrainingCluster, trainingClusterRules } from './training-cluster';
import { channelRules, renderChannel, type TrainingInput } from './training-io';
import { renderScriptChannel, scriptRules } from './training-script';
import { sourceRules, type TrainingSource } from './training-source';

/** Training on spare capacity that the service may take back. */
export interface SpotTraining {
  /** Time for waiting and training together, in whole seconds; at least `maxRuntime`. */
  readonly maxWait: Duration;
}

/** A folder of the container that is copied to S3 while a job runs, and back when it starts, so that it can continue. */
export interface Checkpoints {
  /** S3 URI of the prefix that the files are kept under. */
  readonly uri: Value<string>;

  /**
   * Folder in the container: an absolute path of up to 4096 characters.
   *
   * @default /opt/ml/checkpoints
   */
  readonly localPath?: string;
}

/** What one training job and the jobs of a tuning have in common, but for what trains, and on which machines. */
export interface TrainingOptions extends JobProps {
  /**
   * Channels of data by name, such as `train` and `validation`: 1 to 20, the one of `script` included. A text is the S3 URI of
   * a prefix.
   */
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

  /**
   * Checkpoints, with which an interrupted job continues: one on spot capacity, or a later one with the same `uri`.
   *
   * @default - none: an interrupted job starts again
   */
  readonly checkpoints?: Checkpoints;

  /**
   * How often the service starts a job again after an internal error: 1 to 30 times.
   *
   * @default - never; the step's `retryPolicies` start a new job
   */
  readonly maxRetryAttempts?: number;
}

/** The training jobs of a tuning. */
export type TrainingJobProps = TrainingOptions & ClusterProps<TrainingInstanceType> & TrainingSource;

/** A training job, whatever trains on whatever machines. */
export type TrainingJob = TrainingOptions & TrainingSource & TrainingCluster;

const DAY_SECONDS = 86_400;
const LONGEST_SECONDS = 2_419_200;

/** The members that CreateTrainingJob and a tuning job's definitions share. */
export function renderTrainingJob(
  props: TrainingOptions & TrainingSource,
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
    | 'RetryStrategy'
    | 'Environment'
  >
> {
  const { script, inputMode, checkpoints, maxRetryAttempts } = props;
  const channels = Object.entries(props.inputs).map(([name, input]) => renderChannel(name, input));
  return {
    RoleArn: roleArn(props),
    InputDataConfig: script ? [...channels, renderScriptChannel(script, inputMode)] : channels,
    OutputDataConfig: { S3OutputPath: props.outputPath, KmsKeyId: props.outputEncryptionKey?.keyArn },
    StoppingCondition: {
      MaxRuntimeInSeconds: props.maxRuntime?.toSeconds({ integral: false }) ?? DAY_SECONDS,
      MaxWaitTimeInSeconds: props.spot?.maxWait.toSeconds({ integral: false }),
    },
    VpcConfig: renderVpcConfig(props),
    EnableNetworkIsolation: props.isolateNetwork,
    EnableInterContainerTrafficEncryption: props.encryptInterContainerTraffic,
    EnableManagedSpotTraining: props.spot && true,
    CheckpointConfig: checkpoints && { S3Uri: checkpoints.uri, LocalPath: checkpoints.localPath },
    RetryStrategy: maxRetryAttempts === undefined ? undefined : { MaximumRetryAttempts: maxRetryAttempts },
    Environment: props.environment,
  };
}

/** Rules for a training job; `tuned` are the hyperparameters that a tuning chooses. */
export function trainingJobRules(
  props: TrainingJob,
  maxEnvironment: number,
  tuned: readonly string[] = [],
): readonly Rule[] {
  const { inputs, spot, maxRuntime, script, checkpoints } = props;
  const surroundings = { inputMode: props.inputMode, network: props.network, groups: groupNames(props) };
  const absolute = (path: string) => path.startsWith('/') && path.length <= 4096;
  return [
    ...trainingClusterRules(props, spot),
    ...networkRules(props),
    count('inputs', script ? { ...inputs, script } : inputs, 20, 1),
    ...Object.entries(inputs).flatMap(([name, input]) => channelRules(name, input, surroundings)),
    ...scriptRules(script, inputs),
    ...sourceRules(props, tuned),
    count('environment', props.environment, maxEnvironment),
    s3Uri('outputPath', props.outputPath),
    duration('maxRuntime', maxRuntime, 'seconds', 1, LONGEST_SECONDS),
    s3Uri('checkpoints.uri', checkpoints?.uri),
    rule(
      checkpoints?.localPath,
      path => absolute(path ?? ''),
      `'checkpoints.localPath' must start with / and have at most 4096 characters`,
    ),
    wholeNumber('maxRetryAttempts', props.maxRetryAttempts, 1, 30),
    spotRule(spot, maxRuntime),
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
