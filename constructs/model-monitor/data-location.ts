import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Token } from 'aws-cdk-lib/core';

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
