import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from './wildcard';

/** A prefix of a bucket. */
export interface DataLocation {
  /** The bucket. */
  readonly bucket: s3.IBucket;

  /** Prefix of the objects, with no slash first or last. */
  readonly prefix: string;
}

export function validateLocation(path: string, prop: string, { prefix }: DataLocation): void {
  if (!Token.isUnresolved(prefix) && (prefix === '' || prefix.startsWith('/') || prefix.endsWith('/'))) {
    throw new Error(`${path}: '${prop}.prefix' must not be empty and have no slash first or last, got: ${prefix}`);
  }
}

/** Reads and lists what is under the prefix, and nothing else in the bucket. */
export function grantReadUnder(scope: Construct, role: iam.IRole, { bucket, prefix }: DataLocation): void {
  grantObjects(scope, role, bucket, `${prefix}/*`, ['s3:GetObject']);
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [prefix, `${prefix}/*`] } },
    }),
  );
  bucket.encryptionKey?.grant(role, 'kms:Decrypt');
}

/** Writes under the prefix. */
export function grantWriteUnder(scope: Construct, role: iam.IRole, { bucket, prefix }: DataLocation): void {
  grantObjects(scope, role, bucket, `${prefix}/*`, ['s3:AbortMultipartUpload', 's3:PutObject']);
  // The parts of a large upload are read back, hence the decryption.
  bucket.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
}

function grantObjects(scope: Construct, role: iam.IRole, bucket: s3.IBucket, pattern: string, actions: string[]): void {
  const resource = bucket.arnForObjects(pattern);
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
  acknowledgeWildcard(
    scope,
    resource,
    'The service makes up the names of the objects at run time; the prefix is that of this monitor only',
  );
}
