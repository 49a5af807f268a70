import { Aws, Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { join as joinPath } from 'node:path';
import { FileSet } from '../../constructs/assets';
import { hasLocalStorage } from '../../constructs/instances';
import {
  ExecutionVariable,
  type Expression,
  join,
  type JobNetwork,
  Parameter,
  type RetryPolicy,
  TransformStep,
} from '../../constructs/pipeline';
import type { Settings } from '../settings';

/** What the pipelines of the workload have in common. */
export interface WorkloadPipelineProps {
  readonly settings: Settings;

  /** S3 URI below which each execution gets a prefix of its own. */
  readonly runsUri: string;

  /** Group that versions are registered in. */
  readonly modelPackageGroupName: string;

  /**
   * Key that encrypts volumes and results.
   *
   * @default - keys of the service, and the default encryption of the bucket
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * VPC of the jobs.
   *
   * @default - a network of the service
   */
  readonly network?: JobNetwork;
}

const WAIT_FOR_CAPACITY = {
  exceptionTypes: ['SageMaker.CAPACITY_ERROR'],
  interval: Duration.minutes(2),
  expireAfter: Duration.hours(4),
} as const satisfies RetryPolicy;
const TRY_CALL_AGAIN = {
  exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
  interval: Duration.seconds(10),
  maxAttempts: 5,
} as const satisfies RetryPolicy;

export const RETRY_JOB: readonly RetryPolicy[] = [
  WAIT_FOR_CAPACITY,
  { ...TRY_CALL_AGAIN, exceptionTypes: [...TRY_CALL_AGAIN.exceptionTypes, 'SageMaker.JOB_INTERNAL_ERROR'] },
];

/** Tuning and AutoML jobs try their own jobs again. */
export const RETRY_SEARCH = [WAIT_FOR_CAPACITY, TRY_CALL_AGAIN] as const;

export const RETRY_CALL = [TRY_CALL_AGAIN] as const;

/** How long results are reused by executions with the same inputs and code. */
export const CACHE = Duration.days(30);

/** The Python steps of the workload. */
export function stepFiles(): FileSet {
  return FileSet.fromDirectory(joinPath(__dirname, 'steps'));
}

/** Where the loans come from: a parameter of each pipeline that reads them. */
export function rawDataParameter(): Parameter<string> {
  return Parameter.string('RawDataUri', {
    default: `s3://sagemaker-example-files-prod-${Aws.REGION}/datasets/tabular/uci_statlog_german_credit_data/SouthGermanCredit.asc`,
    description: 'S3 URI of the file of loans',
  });
}

/** Why an execution was started: a parameter that becomes the description of the version. */
export function reasonParameter(): Parameter<string> {
  return Parameter.string('Reason', {
    default: 'started by hand',
    description: 'Why the pipeline was started, in up to 1024 characters: the description of the version',
  });
}

/** Below the execution's own prefix. */
export function underRun({ runsUri }: WorkloadPipelineProps): (name: string) => Expression<string> {
  const run = join('/', runsUri, ExecutionVariable.PIPELINE_EXECUTION_ID);
  return name => join('/', run, name);
}

/** Instances with the key of the workload. The hardware encrypts local storage, and the service refuses a key for it. */
export function clusterOf<InstanceType extends string>(
  { encryptionKey }: WorkloadPipelineProps,
  instanceType: InstanceType,
): { readonly instanceType: InstanceType; readonly volumeEncryptionKey: kms.IKey | undefined } {
  return { instanceType, volumeEncryptionKey: hasLocalStorage(instanceType) ? undefined : encryptionKey };
}

/** What all processing jobs have in common. */
export function processingOf(props: WorkloadPipelineProps): ProcessingDefaults {
  return {
    ...clusterOf(props, props.settings.processingInstanceType),
    outputEncryptionKey: props.encryptionKey,
    network: props.network,
    cacheExpireAfter: CACHE,
  };
}

export interface ProcessingDefaults {
  readonly instanceType: Settings['processingInstanceType'];
  readonly volumeEncryptionKey: kms.IKey | undefined;
  readonly outputEncryptionKey: kms.IKey | undefined;
  readonly network: JobNetwork | undefined;
  readonly cacheExpireAfter: Duration;
}

/** Answers of a model for held-out rows of CSV, one line each. */
export function predictionsOf(
  props: WorkloadPipelineProps,
  modelName: Expression<string>,
  uri: Expression<string>,
): TransformStep {
  return new TransformStep('Transform', {
    modelName,
    input: { uri, contentType: 'text/csv', splitType: 'Line' },
    outputPath: underRun(props)('predictions'),
    accept: 'text/csv',
    assembleWith: 'Line',
    ...clusterOf(props, props.settings.transformInstanceType),
    outputEncryptionKey: props.encryptionKey,
    cacheExpireAfter: CACHE,
    retryPolicies: RETRY_JOB,
  });
}
