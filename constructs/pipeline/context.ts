import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** What a step gets from the pipeline that it is rendered for. */
export interface StepContext {
  /** The pipeline: where images are looked up and files are uploaded from. */
  readonly scope: Construct;

  /** Role that the pipeline starts jobs with. */
  readonly pipelineRole: iam.IRole;

  /** Role of the jobs whose step names none. */
  readonly jobRole: iam.IRole;
}
