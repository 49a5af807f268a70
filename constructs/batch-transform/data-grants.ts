import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { grantReadUnder, grantVolumes, grantWriteUnder } from '../roles';
import type { TransformData } from './transform-options';

/** Lets the role of a model read the input, write results and records, and use their keys. */
export function grantData(role: iam.IRole, { input, output, dataCapture }: TransformData, volumes?: kms.IKey): void {
  grantReadUnder(role, input.bucket, input.prefix);
  for (const target of dataCapture ? [output, dataCapture] : [output]) {
    grantWriteUnder(role, target.bucket, target.prefix);
    target.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
  if (volumes) {
    volumes.grant(role, 'kms:DescribeKey');
    grantVolumes(role, volumes);
  }
}
