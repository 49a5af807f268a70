import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';

/** A model by its name, such as a `CfnModel`'s `attrModelName`. */
export interface NamedModel {
  /** Name of the model: 1 to 63 letters, digits and hyphens, or a token. */
  readonly modelName: string;
}

/** A model whose name stands in an SSM parameter, which is read at each start. */
export interface ModelParameter {
  /** Name of the SSM parameter, such as `/credit-risk/batch-model`. While its value is `none`, starts do nothing. */
  readonly modelNameParameter: string;
}

/** Data that is sent to the model. */
export interface BatchInput {
  /** Bucket that holds the data. */
  readonly bucket: s3.IBucket;

  /** Start of the keys of the data, without slashes at its ends: everything under it is transformed, and nothing else is read. */
  readonly prefix: string;

  /**
   * Key, under `prefix`, of a manifest that lists the objects to transform instead of everything. They are under `prefix` too.
   *
   * @default - everything under the prefix
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformS3DataSource.html
   */
  readonly manifest?: string;

  /**
   * MIME type of the data, such as `text/csv`: at most 256 characters.
   *
   * @default - none is sent
   */
  readonly contentType?: string;

  /**
   * How objects are split into records.
   *
   * @default - each object is one request
   */
  readonly splitType?: 'Line' | 'RecordIO' | 'TFRecord';

  /**
   * Compression of the objects.
   *
   * @default 'None'
   */
  readonly compression?: 'None' | 'Gzip';
}

/** Where results are written. */
export interface BatchOutput {
  /** Bucket for the results. */
  readonly bucket: s3.IBucket;

  /**
   * Start of the keys of the results, without slashes at its ends and not under the input: those of an object are
   * `<prefix>/<job>/<name of the object>.out`.
   */
  readonly prefix: string;

  /**
   * MIME type that is asked of the model: at most 256 characters.
   *
   * @default - none is asked for
   */
  readonly accept?: string;

  /**
   * How results are put together.
   *
   * @default 'None'
   */
  readonly assembleWith?: 'None' | 'Line';

  /**
   * Key that encrypts the results.
   *
   * @default - the default encryption of the bucket
   */
  readonly encryptionKey?: kms.IKey;
}

/** Records of what goes through a transform, for a monitor of batch transform. */
export interface BatchCapture {
  /** Bucket for the records. */
  readonly bucket: s3.IBucket;

  /** Start of the keys of the records, without slashes at its ends. */
  readonly prefix: string;

  /**
   * Key that encrypts the records.
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
