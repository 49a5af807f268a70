import { type Duration, Token } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';

/** The latest record of each identifier, for inference. */
export interface OnlineStore {
  /**
   * Key that encrypts the store: a symmetric key of this region. `InMemory` cannot have one. Changing it replaces the group.
   *
   * @default - a key owned by AWS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * `Standard`, or `InMemory` for the lowest latency: billed by memory, and without an offline store. Changing it replaces the group.
   *
   * @default 'Standard'
   */
  readonly storageType?: 'Standard' | 'InMemory';

  /**
   * Time after its event time at which a record is deleted, in whole seconds. Changing it replaces the group.
   *
   * @default - records stay until they are deleted
   */
  readonly timeToLive?: Duration;
}

/** Every version of every record, as Parquet files, for training. */
export interface OfflineStore {
  /** Bucket that keeps the files. Changing it replaces the group. */
  readonly bucket: s3.IBucket;

  /**
   * Key prefix below which the files are written, without a slash at either end. Changing it replaces the group.
   *
   * @default - the name of the feature group
   */
  readonly prefix?: string;

  /**
   * Key that encrypts the files. Changing it replaces the group.
   *
   * @default - the key of the bucket, if it is known; else the key that S3 manages for the account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Format of the table. `Iceberg` tables can be compacted and read as of a time. Changing it replaces the group.
   *
   * @default 'Glue'
   */
  readonly tableFormat?: 'Glue' | 'Iceberg';
}

/** Database of the AWS Glue catalog in which the service creates the tables of all offline stores. */
export const GLUE_DATABASE = 'sagemaker_featurestore';

/** Units of the service, the largest first. */
const UNITS = { Weeks: 604800, Days: 86400, Hours: 3600, Minutes: 60, Seconds: 1 };

export function validateOnlineStore(path: string, online: OnlineStore, offline?: OfflineStore): void {
  if (online.storageType === 'InMemory') {
    // https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-storage-configurations-online-store.html
    if (offline) {
      throw new Error(`${path}: 'offlineStore' must be left out with storage type InMemory, got: an offline store`);
    }
    if (online.encryptionKey) {
      throw new Error(`${path}: 'onlineStore.encryptionKey' must be left out with storage type InMemory, got: a key`);
    }
  }
  const { timeToLive } = online;
  if (timeToLive && !timeToLive.isUnresolved()) {
    const seconds = timeToLive.toSeconds({ integral: false });
    if (!Number.isInteger(seconds) || seconds < 1) {
      throw new Error(`${path}: 'onlineStore.timeToLive' must be one or more whole seconds, got: ${seconds} seconds`);
    }
  }
}

export function validateOfflineStore(path: string, { prefix }: OfflineStore): void {
  if (prefix !== undefined && !Token.isUnresolved(prefix) && !/^[^/*?]+(?:\/[^/*?]+)*$/.test(prefix)) {
    throw new Error(
      `${path}: 'offlineStore.prefix' must not be empty, start or end with a slash, or contain //, * or ?, got: ${prefix}`,
    );
  }
}

/** In the words of CloudFormation: the library passes these two properties through as they are. */
export function renderOnlineStore(online: OnlineStore): object {
  return {
    EnableOnlineStore: true,
    StorageType: online.storageType,
    SecurityConfig: online.encryptionKey && { KmsKeyId: online.encryptionKey.keyArn },
    TtlDuration: online.timeToLive && renderTimeToLive(online.timeToLive),
  };
}

/** Equal durations render equally however they were written: another unit would replace the feature group. */
function renderTimeToLive(timeToLive: Duration): object {
  const seconds = timeToLive.toSeconds();
  if (timeToLive.isUnresolved()) {
    return { Unit: 'Seconds', Value: seconds };
  }
  const [unit, size] = Object.entries(UNITS).find(([, size]) => seconds % size === 0) ?? ['Seconds', 1];
  return { Unit: unit, Value: seconds / size };
}

export function renderOfflineStore({ bucket, tableFormat }: OfflineStore, prefix: string, key?: kms.IKey): object {
  return {
    S3StorageConfig: { S3Uri: bucket.s3UrlForObject(prefix), KmsKeyId: key?.keyArn },
    TableFormat: tableFormat ?? 'Glue',
    DisableGlueTableCreation: false,
  };
}
