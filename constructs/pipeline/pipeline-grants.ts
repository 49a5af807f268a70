import * as iam from 'aws-cdk-lib/aws-iam';
import { Stack } from 'aws-cdk-lib/core';
import type { Pipeline } from './pipeline';

/** Permissions on a pipeline. */
export class PipelineGrants {
  public static fromPipeline(pipeline: Pipeline): PipelineGrants {
    return new PipelineGrants(pipeline);
  }

  private constructor(private readonly pipeline: Pipeline) {}

  /** Start executions. */
  public start(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, 'sagemaker:StartPipelineExecution');
  }

  /** See the pipeline, its executions and their steps. */
  public read(grantee: iam.IGrantable): iam.Grant {
    return this.actions(
      grantee,
      'sagemaker:DescribePipeline',
      'sagemaker:DescribePipelineDefinitionForExecution',
      'sagemaker:DescribePipelineExecution',
      'sagemaker:ListPipelineExecutions',
      'sagemaker:ListPipelineExecutionSteps',
      'sagemaker:ListPipelineParametersForExecution',
    );
  }

  /** Stop and retry executions. */
  public control(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, 'sagemaker:StopPipelineExecution', 'sagemaker:RetryPipelineExecution');
  }

  /** Any actions on the pipeline and its executions. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const { pipelineArn } = this.pipeline;
    return iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: [pipelineArn, `${pipelineArn}/execution/*`],
      scope: Stack.of(this.pipeline),
    });
  }
}
