import { Duration } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import { Algorithm, Parameter, ProcessingStep, type Step, TrainingStep } from '../../constructs/pipeline';
import { hyperparameters } from './hyperparameters';
import { clusterOf, processingOf, rawDataParameter, RETRY_JOB, stepFiles, underRun } from './jobs';
import type { WorkloadPipelineProps } from './jobs';

/** Instances of the cluster that trains: each reads a share of the files. */
const TRAINING_INSTANCES = 2;

/**
 * The workload for data that outgrows one machine: Spark encodes on several instances, and several train on their shares.
 */
export function sparkSteps(props: WorkloadPipelineProps): readonly Step[] {
  const { settings, encryptionKey, network } = props;
  const instances = Parameter.integer('SparkInstances', {
    default: 2,
    description: 'Number of instances that encode the loans',
  });
  const at = underRun(props);
  const to = at('features');

  const encode = new ProcessingStep('EncodeWithSpark', {
    ...processingOf(props),
    // The place of the result is an argument, and differs in every execution.
    cacheExpireAfter: undefined,
    description: 'Encodes the loans on a Spark cluster',
    image: ContainerImage.spark('3.3'),
    instanceCount: instances,
    // Spark's executors talk to each other, so their traffic is what the key of a VPC does not cover.
    encryptInterContainerTraffic: network !== undefined,
    code: { files: stepFiles(), entry: 'encode_with_spark.py', command: ['smspark-submit'] },
    // Spark reads and writes S3 itself: an input of the job would be copied to each instance.
    arguments: ['--input', rawDataParameter(), '--to', to, '--files', '8'],
    retryPolicies: RETRY_JOB,
  });
  const channel = (name: string) => ({
    uri: at(`features/${name}`),
    contentType: 'text/csv',
    distribution: 'ShardedByS3Key' as const,
  });
  const train = new TrainingStep('Train', {
    description: 'Trains one model on several instances',
    algorithm: Algorithm.xgboost('1.7-1', hyperparameters),
    ...clusterOf(props, settings.trainingInstanceType),
    instanceCount: TRAINING_INSTANCES,
    outputEncryptionKey: encryptionKey,
    network,
    encryptInterContainerTraffic: network !== undefined,
    inputs: { train: channel('train'), validation: channel('validation') },
    outputPath: at('models'),
    maxRuntime: Duration.hours(4),
    dependsOn: [encode],
    retryPolicies: RETRY_JOB,
  });
  return [encode, train];
}
