import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../roles';

/** A pipeline of which the ARNs are known that the service may use for it. */
export interface NamedPipeline {
  readonly possibleArns: readonly string[];
}

/** Permissions on a pipeline. */
export class PipelineGrants {
  public static fromPipeline(pipeline: NamedPipeline): PipelineGrants {
    return new PipelineGrants(pipeline);
  }

  private constructor(private readonly pipeline: NamedPipeline) {}

  /** Start executions. */
  public start(grantee: iam.IGrantable): iam.Grant {
    return this.onPipeline(grantee, ['sagemaker:StartPipelineExecution']);
  }

  /** See the pipeline, its executions and their steps. */
  public read(grantee: iam.IGrantable): iam.Grant {
    const pipeline = this.onPipeline(grantee, ['sagemaker:DescribePipeline', 'sagemaker:ListPipelineExecutions']);
    return pipeline.combine(
      this.onExecutions(grantee, [
        'sagemaker:DescribePipelineDefinitionForExecution',
        'sagemaker:DescribePipelineExecution',
        'sagemaker:ListPipelineExecutionSteps',
        'sagemaker:ListPipelineParametersForExecution',
      ]),
    );
  }

  /** Stop and retry executions. */
  public control(grantee: iam.IGrantable): iam.Grant {
    return this.onExecutions(grantee, ['sagemaker:RetryPipelineExecution', 'sagemaker:StopPipelineExecution']);
  }

  /** Answer the messages of callback steps. */
  public answer(grantee: iam.IGrantable): iam.Grant {
    return this.onExecutions(grantee, [
      'sagemaker:SendPipelineExecutionStepFailure',
      'sagemaker:SendPipelineExecutionStepSuccess',
    ]);
  }

  /** Any actions on the pipeline and its executions. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    return this.onPipeline(grantee, actions).combine(this.onExecutions(grantee, actions));
  }

  private onPipeline(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [...this.pipeline.possibleArns] });
  }

  private onExecutions(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    const resourceArns = this.pipeline.possibleArns.map(arn => `${arn}/execution/*`);
    const { grantPrincipal } = grantee;
    if (Construct.isConstruct(grantPrincipal)) {
      const reason = 'SageMaker makes up the ids of the executions of this one pipeline';
      acknowledgeWildcards(grantPrincipal, resourceArns, reason);
    }
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}
