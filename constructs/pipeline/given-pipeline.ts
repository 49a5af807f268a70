import type * as iam from 'aws-cdk-lib/aws-iam';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { stepsIn } from './definition-graph';
import { givenProblems, readDefinition } from './given-definition';
import { mermaid } from './mermaid';
import { PipelineBase } from './pipeline-base';
import { arnOf, declarePipeline, defaultName, optionProblems, type PipelineOptions } from './pipeline-resource';
import { possibleArnsOf } from './pipeline-resource';
import { logGroupNamesOf } from './watching/log-groups';

export interface GivenPipelineProps extends PipelineOptions {
  /**
   * The definition as data, or the path of a JSON file with it, such as what `pipeline.definition()` of the Python SDK returns.
   * At most 1,048,576 characters.
   */
  readonly definition: object | string;

  /**
   * Role that the service runs the pipeline with. What the steps need is yours to grant: to start, watch and stop their jobs, and
   * to pass the roles that the definition names.
   */
  readonly role: iam.IRole;
}

/**
 * A pipeline with a definition in JSON that something else made.
 *
 * Creates the pipeline, which is free; the steps cost what their jobs cost.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html
 */
export class GivenPipeline extends PipelineBase {
  public readonly pipelineRef: refs.PipelineReference;
  public readonly pipelineName: string;
  public readonly pipelineArn: string;
  public readonly possibleArns: readonly string[];

  /** Role that the service runs the pipeline with. */
  public readonly role: iam.IRole;

  /** Log groups that the jobs of the steps write to. A Lambda step's function has its own. */
  public readonly logGroupNames: readonly string[];

  protected readonly watchableSteps: readonly string[];

  private readonly definition: object;

  constructor(scope: Construct, id: string, props: GivenPipelineProps) {
    super(scope, id);
    const content = readDefinition(this.node.path, props.definition);
    const problems = [...optionProblems(props), ...givenProblems(content.data)];
    if (problems.length > 0) {
      throw new Error(problems.map(problem => `${this.node.path}: ${problem}`).join('\n'));
    }
    this.definition = content.data;
    this.role = props.role;
    this.pipelineName = props.pipelineName ?? defaultName(this);
    this.possibleArns = possibleArnsOf(this.stack, this.pipelineName);
    this.pipelineArn = arnOf(this.stack, this.pipelineName);
    this.watchableSteps = stepsIn(this.definition).map(({ name }) => name);
    this.logGroupNames = logGroupNamesOf(this.definition);
    this.pipelineRef = declarePipeline(this, content, this.role, props).pipelineRef;
  }

  /** The steps and what they read of each other, in the language of Mermaid. */
  public toMermaid(): string {
    return mermaid(this.definition);
  }
}
