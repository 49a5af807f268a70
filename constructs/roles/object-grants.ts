import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { acknowledgeWildcards } from './wildcard';

const REASON = 'Jobs make up the names of their objects at run time; the wildcard covers one prefix of one bucket';

/** Lets a role read and list what is under a prefix, and nothing else in the bucket. No slash first or last in the prefix. */
export function grantReadUnder(role: iam.IRole, bucket: s3.IBucket, prefix: string): void {
  grantObjects(role, bucket, prefix, ['s3:GetObject']);
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [prefix, `${prefix}/*`] } },
    }),
  );
  bucket.encryptionKey?.grant(role, 'kms:Decrypt');
}

/** Lets a role write under a prefix; it can replace objects, but not delete them. No slash first or last in the prefix. */
export function grantWriteUnder(role: iam.IRole, bucket: s3.IBucket, prefix: string): void {
  grantObjects(role, bucket, prefix, ['s3:AbortMultipartUpload', 's3:PutObject']);
  // The parts of a large upload are read back, hence the decryption.
  bucket.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
}

function grantObjects(role: iam.IRole, bucket: s3.IBucket, prefix: string, actions: string[]): void {
  const resource = bucket.arnForObjects(`${prefix}/*`);
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
  acknowledgeWildcards(role, [resource], REASON);
}
