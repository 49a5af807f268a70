import type { ProcessingInstanceType } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { ContainerImage } from '../../images';
import type { Late, Value } from '../expression';
import { type ClusterProps, clusterRules, imageUri, type JobProps, networkRules } from '../job';
import { renderCluster, renderVpcConfig, roleArn } from '../job';
import { duration, type Rule } from '../problem';
import { type LateInput, type ProcessingArguments, type ProcessingOutput, renderInput } from './processing-io';
import { renderOutput } from './processing-io';

/** What all processing jobs have in common: those of processing steps and of checks. */
export interface ProcessingJobProps extends JobProps, ClusterProps<ProcessingInstanceType> {
  /**
   * Time after which the job is stopped: 1 second to 9 days, in whole seconds.
   *
   * @default - one day, by the service
   */
  readonly maxRuntime?: Duration;

  /**
   * Key that encrypts the results in S3.
   *
   * @default - the default encryption of the bucket
   */
  readonly outputEncryptionKey?: kms.IKey;
}

/** What runs in a processing job. */
export interface ProcessingJob {
  readonly image: ContainerImage;
  readonly entrypoint?: readonly string[];
  readonly arguments?: readonly Value<string>[];
  readonly inputs: Readonly<Record<string, Value<string> | Late | LateInput>>;
  readonly outputs: Readonly<Record<string, Value<string> | ProcessingOutput>>;
  readonly environment?: Readonly<Record<string, Value<string>>>;
}

export function renderProcessingJob(props: ProcessingJobProps, job: ProcessingJob): ProcessingArguments {
  const inputs = Object.entries(job.inputs);
  const outputs = Object.entries(job.outputs);
  const network = {
    EnableInterContainerTrafficEncryption: props.encryptInterContainerTraffic,
    EnableNetworkIsolation: props.isolateNetwork,
    VpcConfig: renderVpcConfig(props),
  };
  return {
    ProcessingResources: { ClusterConfig: renderCluster(props) },
    AppSpecification: {
      ImageUri: imageUri(job.image),
      ContainerEntrypoint: job.entrypoint,
      ContainerArguments: job.arguments,
    },
    RoleArn: roleArn(props),
    ProcessingInputs: inputs.length > 0 ? inputs.map(([name, input]) => renderInput(name, input)) : undefined,
    ProcessingOutputConfig:
      outputs.length > 0
        ? {
            Outputs: outputs.map(([name, output]) => renderOutput(name, output)),
            KmsKeyId: props.outputEncryptionKey?.keyArn,
          }
        : undefined,
    Environment: job.environment,
    StoppingCondition: props.maxRuntime && { MaxRuntimeInSeconds: props.maxRuntime.toSeconds({ integral: false }) },
    NetworkConfig: Object.values(network).some(value => value !== undefined) ? network : undefined,
  };
}

const MAX_INSTANCES = 100;
const NINE_DAYS = 777_600;

export function processingJobRules(props: ProcessingJobProps): readonly Rule[] {
  return [
    ...clusterRules(props, MAX_INSTANCES),
    ...networkRules(props),
    duration('maxRuntime', props.maxRuntime, 'seconds', 1, NINE_DAYS),
  ];
}
