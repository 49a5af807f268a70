import { Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Check } from './check';

/** A model archive (`model.tar.gz`) in S3. */
export interface ModelArtifact {
  readonly bucket: s3.IBucket;

  /** Key of the archive, ending in `.tar.gz`. */
  readonly key: string;
  readonly prefix?: never;
}

/**
 * A model as files in S3, without an archive, which saves unpacking large ones. Not for batch transform and not for serverless
 * endpoints.
 */
export interface UncompressedArtifact {
  readonly bucket: s3.IBucket;

  /** What the keys of the files begin with, up to the slash that follows: no slash at its ends. */
  readonly prefix: string;
  readonly key?: never;
}

/** Archives in S3 that share a container, each by the rest of its key: `a.tar.gz` is `<prefix>/a.tar.gz`. */
export interface ModelCollection {
  readonly bucket: s3.IBucket;

  /** What the keys of the archives begin with, up to the slash that follows: no slash at its ends. */
  readonly prefix: string;
}

/** Lets a role read one archive, with the key of its bucket, and gives the archive's address. */
export function readableArchive(role: iam.IRole, { bucket, key }: ModelArtifact): string {
  const allow = (action: string, resource: string) =>
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));
  allow('s3:GetObject', bucket.arnForObjects(key));
  if (bucket.encryptionKey) {
    allow('kms:Decrypt', bucket.encryptionKey.keyArn);
  }
  return bucket.s3UrlForObject(key);
}

export function checkArchive(checkProp: Check, prop: string, { key }: ModelArtifact): void {
  checkProp(`${prop}.key`, Token.isUnresolved(key) || key.endsWith('.tar.gz'), 'end in .tar.gz', key);
}

export function checkPrefix(checkProp: Check, prop: string, { prefix }: ModelCollection): void {
  const isPrefix = Token.isUnresolved(prefix) || /^[^/].*[^/]$|^[^/]$/.test(prefix);
  checkProp(`${prop}.prefix`, isPrefix, 'have no slash at its ends and not be empty', prefix);
}
