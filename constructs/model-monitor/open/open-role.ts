import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  Activity,
  ExecutionRole,
  type Permission,
  acknowledgeWildcards,
  grantReadUnder,
  grantWriteUnder,
} from '../../roles';
import { objectArn } from '../baselines/baseline';
import { type OpenAnalysis, openImage } from './open-job';
import type { OpenProps } from './open-options';

/** The role of the jobs of an open monitor: what it has with Model Monitor, less the merging of labels. */
export function createOpenRole(
  scope: Construct,
  { network, encryptionKey, capturedData, output }: OpenProps,
  { files, groundTruth }: OpenAnalysis,
  permissions: (role: Construct) => readonly Permission[] = () => [],
): iam.Role {
  const role = new ExecutionRole(scope, 'Role', {
    activities: [Activity.runJobs()],
    attachToVpc: network !== undefined,
    encryptionKeys: encryptionKey && [encryptionKey],
  });
  const resources = Object.values(files).map(objectArn);
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources }));
  grantReadUnder(role, capturedData.bucket, capturedData.prefix);
  if (groundTruth) grantReadUnder(role, groundTruth.bucket, groundTruth.prefix);
  grantWriteUnder(role, output.bucket, output.prefix);
  openImage().grantPull(scope, role);
  for (const { actions, resources: arns, conditions, wildcardReason = '' } of permissions(role)) {
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [...arns], conditions }));
    acknowledgeWildcards(role, arns, wildcardReason);
  }
  return role;
}
