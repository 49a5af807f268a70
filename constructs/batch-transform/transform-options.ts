import { Duration, Token } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { hasLocalStorage } from '../instances';
import type { BatchCapture, BatchInput, BatchOutput } from './batch-data';
import type { Check } from './check';

/** Instance type of a transform job, such as `ml.m5.large`. */
export type InstanceType = `ml.${string}.${string}`;

/** What a transform job does, wherever its data is. */
export interface TransformOptions {
  /** Type of the instances. */
  readonly instanceType: InstanceType;

  /**
   * Number of instances: 1 or more. The objects are shared out between them.
   *
   * @default 1
   */
  readonly instanceCount?: number;

  /**
   * Number of records in a request; needs `input.splitType`. `MultiRecord` fits in as many as `maxPayloadMB` allows.
   *
   * @default 'MultiRecord'
   */
  readonly batchStrategy?: 'MultiRecord' | 'SingleRecord';

  /**
   * Largest payload of a request, in MB: 0 to 100, where 0 streams the input without a limit, if the container can.
   *
   * @default 6
   */
  readonly maxPayloadMB?: number;

  /**
   * Number of requests to an instance at the same time: 0 or more, where 0 asks the container. Times `maxPayloadMB` at most 100 MB.
   *
   * @default - as the container says, or 1
   */
  readonly maxConcurrentTransforms?: number;

  /**
   * JSONPath of the part of each record that is sent to the model, such as `$[1:]`: up to 63 characters. For CSV and JSON.
   *
   * @default '$'
   */
  readonly inputFilter?: string;

  /**
   * JSONPath of the part of each result, joined with its input or not, that is kept: up to 63 characters. For CSV and JSON.
   *
   * @default '$'
   */
  readonly outputFilter?: string;

  /**
   * Whether each result is put behind its input record. For CSV and JSON.
   *
   * @default 'None'
   */
  readonly joinSource?: 'None' | 'Input';

  /**
   * Time that a request may take: 1 to 3600 seconds.
   *
   * @default Duration.minutes(10)
   */
  readonly invocationTimeout?: Duration;

  /**
   * Number of times that a failed request is repeated: 0 to 3.
   *
   * @default 3
   */
  readonly invocationMaxRetries?: number;

  /**
   * Environment variables of the container: at most 16, values of at most 10240 characters, no secrets.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;

  /**
   * Key that encrypts the storage volumes. Not for instances with local storage, which the hardware encrypts.
   *
   * @default - a key that the service owns
   */
  readonly volumeEncryptionKey?: kms.IKey;

  /**
   * Tags of the jobs: at most 49, for Step Functions adds one. The same for all jobs, unlike those of the stack they cost nobody a
   * replacement.
   *
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface TransformData {
  readonly input: BatchInput;
  readonly output: BatchOutput;
  readonly dataCapture?: BatchCapture;
}

/** The CreateTransformJob request without what differs between executions: the name, the model, the input and the path of the output. */
export function transformRequest(options: TransformOptions, { input, output, dataCapture }: TransformData) {
  const { environment, tags, invocationTimeout } = options;
  return withoutUndefined({
    TransformInput: { ContentType: input.contentType, SplitType: input.splitType, CompressionType: input.compression },
    TransformOutput: {
      Accept: output.accept,
      AssembleWith: output.assembleWith,
      KmsKeyId: output.encryptionKey?.keyArn,
    },
    TransformResources: {
      InstanceType: options.instanceType,
      InstanceCount: options.instanceCount ?? 1,
      VolumeKmsKeyId: options.volumeEncryptionKey?.keyArn,
    },
    BatchStrategy: options.batchStrategy,
    MaxPayloadInMB: options.maxPayloadMB,
    MaxConcurrentTransforms: options.maxConcurrentTransforms,
    Environment: environment,
    DataProcessing: unlessEmpty({
      InputFilter: options.inputFilter,
      OutputFilter: options.outputFilter,
      JoinSource: options.joinSource,
    }),
    ModelClientConfig: unlessEmpty({
      InvocationsTimeoutInSeconds: invocationTimeout?.toSeconds(),
      InvocationsMaxRetries: options.invocationMaxRetries,
    }),
    DataCaptureConfig: dataCapture && {
      DestinationS3Uri: dataCapture.bucket.s3UrlForObject(dataCapture.prefix),
      KmsKeyId: dataCapture.encryptionKey?.keyArn,
      GenerateInferenceId: dataCapture.generateInferenceId,
    },
    Tags: tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
}

export function checkOptions(check: Check, options: TransformOptions, splitType: BatchInput['splitType']): void {
  const { maxPayloadMB = DEFAULT_PAYLOAD_MB, maxConcurrentTransforms, batchStrategy, invocationTimeout } = options;
  const count = (prop: string, value: number | undefined, min: number, max: number, rule: string) => {
    const known = value !== undefined && !Token.isUnresolved(value);
    check(prop, !known || (Number.isInteger(value) && value >= min && value <= max), rule, value);
  };
  count('instanceCount', options.instanceCount, 1, Infinity, 'be a whole number of 1 or more');
  count('maxPayloadMB', options.maxPayloadMB, 0, 100, 'be a whole number from 0 to 100');
  count('maxConcurrentTransforms', maxConcurrentTransforms, 0, Infinity, 'be a whole number of 0 or more');
  if (!Token.isUnresolved(maxPayloadMB) && !Token.isUnresolved(maxConcurrentTransforms)) {
    const total = maxPayloadMB * (maxConcurrentTransforms ?? 1);
    const rule = `be at most 100 MB when multiplied by 'maxPayloadMB' (${maxPayloadMB})`;
    check('maxConcurrentTransforms', total <= 100, rule, maxConcurrentTransforms);
  }
  const canBatch = batchStrategy === undefined || splitType !== undefined;
  check(
    'batchStrategy',
    canBatch,
    "come with 'input.splitType', without which each object is one request",
    batchStrategy,
  );
  for (const prop of ['inputFilter', 'outputFilter'] as const) {
    const filter = options[prop];
    const valid = filter === undefined || Token.isUnresolved(filter) || /^\$.{0,62}$/.test(filter);
    check(prop, valid, 'be a JSONPath of 1 to 63 characters that begins with $', filter);
  }
  count('invocationMaxRetries', options.invocationMaxRetries, 0, 3, 'be a whole number from 0 to 3');
  if (invocationTimeout && !invocationTimeout.isUnresolved()) {
    const seconds = invocationTimeout.toMilliseconds() / 1000;
    const valid = Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600;
    check('invocationTimeout', valid, 'be 1 to 3600 whole seconds', invocationTimeout.toHumanString());
  }
  const volumeFits = !options.volumeEncryptionKey || !hasLocalStorage(options.instanceType);
  const rule = 'be left out for instances with local storage, which the hardware encrypts';
  check('volumeEncryptionKey', volumeFits, rule, `a key for ${options.instanceType}`);
  checkEntries(check, options);
}

function checkEntries(check: Check, { environment = {}, tags = {} }: TransformOptions): void {
  const variables = Object.entries(environment);
  check('environment', variables.length <= 16, 'hold at most 16 variables', `${variables.length} variables`);
  for (const [name, value] of variables) {
    const rule = 'name variables with up to 1024 letters, digits and _, not starting with a digit';
    check('environment', /^[A-Za-z_]\w{0,1023}$/.test(name), rule, name);
    const fits = Token.isUnresolved(value) || value.length <= 10_240;
    check(`environment.${name}`, fits, 'have at most 10240 characters', `${value.length} characters`);
  }
  const count = Object.keys(tags).length;
  check('tags', count <= 49, 'hold at most 49 tags, for Step Functions adds one', `${count} tags`);
  for (const [key, value] of Object.entries(tags)) {
    const valid = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu.test(key);
    check('tags', valid, 'have keys of 1 to 128 letters, digits, blanks and _.:/=+-@, not beginning with aws:', key);
    const fits = Token.isUnresolved(value) || /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value);
    check(`tags.${key}`, fits, 'be at most 256 letters, digits, blanks and _.:/=+-@', value);
  }
}

const DEFAULT_PAYLOAD_MB = 6;

function unlessEmpty<T extends object>(members: T): T | undefined {
  return Object.values(members).some(member => member !== undefined) ? members : undefined;
}

/** State machines are JSON text: a member that is undefined must not be there. */
function withoutUndefined<T extends object>(members: T): T {
  const kept = Object.entries(members).flatMap(([name, member]: [string, unknown]) => {
    if (member === undefined) return [];
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member);
    return [[name, isObject ? withoutUndefined(member) : member] as const];
  });
  return Object.fromEntries(kept) as T;
}
