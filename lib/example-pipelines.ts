import type * as s3 from 'aws-cdk-lib/aws-s3';
import { type RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ModelPackageGroup } from '../constructs/model-package-group';
import { Pipeline } from '../constructs/pipeline';
import { Activity, ExecutionRole } from '../constructs/roles';
import { challengerSteps } from './credit-risk/challenger';
import type { WorkloadPipelineProps } from './credit-risk/jobs';
import { sparkSteps } from './credit-risk/spark';
import { CREDIT_RISK } from './credit-risk/workload';

export interface ExamplePipelinesProps extends WorkloadPipelineProps {
  /** Role of the jobs. */
  readonly jobRole: ExecutionRole;

  /** Gives a role the data of the workload. */
  readonly grantData: (role: ExecutionRole) => void;

  readonly bucket: s3.IBucket;

  readonly removalPolicy: RemovalPolicy;
}
