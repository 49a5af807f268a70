import type {
  CreateTransformJobRequest,
  DescribeTransformJobResponse,
  TransformInstanceType,
} from '@aws-sdk/client-sagemaker';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Duration } from 'aws-cdk-lib/core';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { Expression, type Value } from '../expression';
import { grantVolumeKey, volumeKeyRule } from '../job';
import { grantJob } from '../permission';
import { count, duration, isUnknown, maxLength, problemsOf, s3Uri, wholeNumber } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';

/** Data that is sent to the model. */
export interface TransformInput {
  /** S3 URI of a prefix or a manifest. */
  readonly uri: Value<string>;

  /**
   * MIME type of the data, such as `text/csv`.
   *
   * @default - none is sent
   */
  readonly contentType?: Value<string>;

  /**
   * What `uri` names.
   *
   * @default S3Prefix
   */
  readonly dataType?: 'S3Prefix' | 'ManifestFile';

  /**
   * How objects are split into records.
   *
   * @default - each object is one request
   */
  readonly splitType?: 'Line' | 'RecordIO' | 'TFRecord';

  /**
   * Compression of the objects.
   *
   * @default None
   */
  readonly compression?: 'None' | 'Gzip';
}

/** Where what goes through a transform is recorded, such as for a later monitor. */
export interface TransformCapture {
  /** S3 URI of the prefix for the records. */
  readonly uri: Value<string>;

  /**
   * Key that encrypts the records; the model's role must be allowed to use it.
   *
   * @default - the default encryption of the bucket
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Each result gets an id, by which it is matched with what turned out to be true.
   *
   * @default false
   */
  readonly generateInferenceId?: boolean;
}

export interface TransformStepProps extends StepProps, CacheableProps, RetryableProps<JobException> {
  /** Name of the model, such as `ModelStep.modelName`. */
  readonly modelName: Value<string>;

  /** Data to transform. */
  readonly input: Value<string> | TransformInput;

  /** S3 URI of the prefix for the results: each object's name with `.out` at its end. */
  readonly outputPath: Value<string>;

  /**
   * Key that encrypts the results in S3; the model's role must be allowed to use it.
   *
   * @default - the default encryption of the bucket
   */
  readonly outputEncryptionKey?: kms.IKey;

  /**
   * MIME type that is asked of the model.
   *
   * @default - none is asked for
   */
  readonly accept?: Value<string>;

  /**
   * How results are put together.
   *
   * @default None
   */
  readonly assembleWith?: 'None' | 'Line';

  /** Type of the instances. */
  readonly instanceType: TransformInstanceType | Expression<string>;

  /**
   * Number of instances: 1 or more.
   *
   * @default 1
   */
  readonly instanceCount?: Value<number>;

  /**
   * Key that encrypts the storage volumes; the model's role must be allowed to use it too. Not for instances with local storage,
   * which the hardware encrypts.
   *
   * @default - a key that the service owns
   */
  readonly volumeEncryptionKey?: kms.IKey;

  /**
   * Number of records in a request; needs `input.splitType`.
   *
   * @default - by the service
   */
  readonly batchStrategy?: 'MultiRecord' | 'SingleRecord';

  /**
   * Largest payload of a request, in MB: 0 to 100, where 0 streams the input without a limit.
   *
   * @default 6
   */
  readonly maxPayloadMB?: Value<number>;

  /**
   * Number of requests to an instance at the same time: 0 or more. Together with `maxPayloadMB` at most 100 MB.
   *
   * @default - as the container says, or 1
   */
  readonly maxConcurrentTransforms?: Value<number>;

  /**
   * JSONPath of the part of each record that is sent to the model, such as `$[1:]`: up to 63 characters.
   *
   * @default $
   */
  readonly inputFilter?: Value<string>;

  /**
   * JSONPath of the part of each result that is kept: up to 63 characters.
   *
   * @default $
   */
  readonly outputFilter?: Value<string>;

  /**
   * Whether each result is put behind its input record.
   *
   * @default None
   */
  readonly joinSource?: 'None' | 'Input';

  /**
   * Records what goes in and comes out.
   *
   * @default - nothing is recorded
   */
  readonly dataCapture?: TransformCapture;

  /**
   * Time that a request may take: 1 to 3600 seconds, in whole seconds.
   *
   * @default Duration.minutes(10)
   */
  readonly invocationTimeout?: Duration;

  /**
   * Number of times that a failed request is repeated: 0 to 3.
   *
   * @default 3
   */
  readonly invocationMaxRetries?: Value<number>;

  /**
   * Environment variables of the container: up to 16.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, Value<string>>>;

  /**
   * Any part of the CreateTransformJob request, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateTransformJobRequest, 'TransformJobName'>;
}

/**
 * Sends a whole data set through a model.
 *
 * Costs the time of its instances. A result is only reused when the model is the same, so never after a `ModelStep` of the
 * same pipeline, which makes a new model in each execution.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
 */
export class TransformStep extends StepWithProperties<DescribeTransformJobResponse> {
  /** S3 URI of the prefix for the results; reading it makes the transform run first. */
  public readonly results: Expression<string>;

  private readonly props: TransformStepProps;

  public constructor(name: string, props: TransformStepProps) {
    super(name, {
      type: 'Transform',
      props,
      arguments: mergeArguments(renderArguments(props), props.request),
      cacheKeys: ['DataProcessing', 'Environment', 'ModelName', 'TransformInput'],
      problems: problemsIn(props),
    });
    this.props = props;
    this.results = this.get('TransformOutput.S3OutputPath', props.outputPath);
  }

  public override bind(context: StepContext): void {
    grantJob(context, 'TransformJob');
    const { volumeEncryptionKey } = this.props;
    if (volumeEncryptionKey) grantVolumeKey(context.pipelineRole, volumeEncryptionKey);
  }
}

function renderArguments(props: TransformStepProps): NonNullable<TransformStepProps['request']> {
  const { dataCapture } = props;
  const input = inputOptions(props.input);
  const processing = {
    InputFilter: props.inputFilter,
    OutputFilter: props.outputFilter,
    JoinSource: props.joinSource,
  };
  return {
    ModelName: props.modelName,
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: input.dataType ?? 'S3Prefix', S3Uri: input.uri } },
      ContentType: input.contentType,
      SplitType: input.splitType,
      CompressionType: input.compression,
    },
    TransformOutput: {
      S3OutputPath: props.outputPath,
      Accept: props.accept,
      AssembleWith: props.assembleWith,
      KmsKeyId: props.outputEncryptionKey?.keyArn,
    },
    TransformResources: {
      InstanceType: props.instanceType,
      InstanceCount: props.instanceCount ?? 1,
      VolumeKmsKeyId: props.volumeEncryptionKey?.keyArn,
    },
    BatchStrategy: props.batchStrategy,
    MaxPayloadInMB: props.maxPayloadMB,
    MaxConcurrentTransforms: props.maxConcurrentTransforms,
    Environment: props.environment,
    DataProcessing: unlessEmpty(processing),
    DataCaptureConfig: dataCapture && {
      DestinationS3Uri: dataCapture.uri,
      KmsKeyId: dataCapture.encryptionKey?.keyArn,
      GenerateInferenceId: dataCapture.generateInferenceId,
    },
    ModelClientConfig: unlessEmpty({
      InvocationsTimeoutInSeconds: props.invocationTimeout?.toSeconds({ integral: false }),
      InvocationsMaxRetries: props.invocationMaxRetries,
    }),
  };
}

function unlessEmpty<T extends object>(members: T): T | undefined {
  return Object.values(members).some(member => member !== undefined) ? members : undefined;
}

function inputOptions(input: Value<string> | TransformInput): TransformInput {
  return typeof input === 'string' || input instanceof Expression ? { uri: input } : input;
}

function problemsIn(props: TransformStepProps): readonly string[] {
  const { batchStrategy, maxPayloadMB, maxConcurrentTransforms } = props;
  const { uri, splitType } = inputOptions(props.input);
  const known = !isUnknown(maxPayloadMB) && !isUnknown(maxConcurrentTransforms);
  const total = known ? Number(maxPayloadMB) * Number(maxConcurrentTransforms) : 0;
  return problemsOf(
    s3Uri('input', uri),
    s3Uri('outputPath', props.outputPath),
    wholeNumber('instanceCount', props.instanceCount, 1),
    volumeKeyRule(props),
    wholeNumber('maxPayloadMB', maxPayloadMB, 0, 100),
    wholeNumber('maxConcurrentTransforms', maxConcurrentTransforms, 0),
    s3Uri('dataCapture.uri', props.dataCapture?.uri),
    duration('invocationTimeout', props.invocationTimeout, 'seconds', 1, 3600),
    wholeNumber('invocationMaxRetries', props.invocationMaxRetries, 0, 3),
    count('environment', props.environment, 16),
    maxLength('inputFilter', props.inputFilter, 63),
    maxLength('outputFilter', props.outputFilter, 63),
    [total <= 100, `'maxConcurrentTransforms' times 'maxPayloadMB' must be at most 100 MB, got: ${total}`],
    [
      batchStrategy === undefined || splitType !== undefined,
      `'batchStrategy' must come with 'input.splitType', got: ${batchStrategy ?? ''}`,
    ],
  );
}
