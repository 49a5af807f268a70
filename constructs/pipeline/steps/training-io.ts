import type { Channel, TrainingInputMode } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import { Expression, type Value } from '../expression';

/** One channel of training data. */
export interface TrainingInput {
  /** S3 URI of a prefix, an object, or a manifest. */
  readonly uri: Value<string>;

  /**
   * MIME type of the data, such as `text/csv`.
   *
   * @default - none: the algorithm decides
   */
  readonly contentType?: Value<string>;

  /**
   * What `uri` names.
   *
   * @default S3Prefix
   */
  readonly dataType?: 'S3Prefix' | 'ManifestFile' | 'AugmentedManifestFile';

  /**
   * Whether every instance gets all objects, or each a share of them.
   *
   * @default FullyReplicated
   */
  readonly distribution?: 'FullyReplicated' | 'ShardedByS3Key';

  /**
   * How the container sees the data: copied to disk, as a stream, or as files that are fetched when they are read.
   *
   * @default - the step's `inputMode`
   */
  readonly inputMode?: TrainingInputMode;

  /**
   * Compression of the objects.
   *
   * @default None
   */
  readonly compression?: 'None' | 'Gzip';

  /**
   * Wraps each object in a record, for algorithms that read RecordIO.
   *
   * @default None
   */
  readonly recordWrapper?: 'None' | 'RecordIO';

  /**
   * Attributes that are read from an augmented manifest: up to 16.
   *
   * @default - none
   */
  readonly attributeNames?: readonly string[];
}

/** A channel as the Python SDK writes it. */
export function renderChannel(name: string, input: Value<string> | TrainingInput): Arguments<Channel> {
  const options = channelOptions(input);
  return {
    ChannelName: name,
    ContentType: options.contentType,
    CompressionType: options.compression,
    RecordWrapperType: options.recordWrapper,
    InputMode: options.inputMode,
    DataSource: {
      S3DataSource: {
        S3DataType: options.dataType ?? 'S3Prefix',
        S3Uri: options.uri,
        S3DataDistributionType: options.distribution ?? 'FullyReplicated',
        AttributeNames: options.attributeNames,
      },
    },
  };
}

export function channelOptions(input: Value<string> | TrainingInput): TrainingInput {
  return typeof input === 'string' || input instanceof Expression ? { uri: input } : input;
}
