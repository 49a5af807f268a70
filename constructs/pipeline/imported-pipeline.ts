import { Arn, ArnFormat, type ResourceProps, Stack, Token } from 'aws-cdk-lib/core';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { namesOf } from './permission';
import { PipelineBase } from './pipeline-base';
import { arnOf } from './pipeline-resource';

/** A pipeline that was declared elsewhere. Its steps are not known, so any name is taken for one. */
export class ImportedPipeline extends PipelineBase {
  public static fromName(scope: Construct, id: string, pipelineName: string): ImportedPipeline {
    const stack = Stack.of(scope);
    return new ImportedPipeline(scope, id, pipelineName, name => arnOf(stack, name), {});
  }

  public static fromArn(scope: Construct, id: string, pipelineArn: string): ImportedPipeline {
    const parts = Stack.of(scope).splitArn(pipelineArn, ArnFormat.SLASH_RESOURCE_NAME);
    const { service, resource, resourceName = '' } = parts;
    const isPipeline = service === 'sagemaker' && resource === 'pipeline' && /^[^/]+$/.test(resourceName);
    if (!Token.isUnresolved(pipelineArn) && !isPipeline) {
      throw new Error(`${scope.node.path}/${id}: 'pipelineArn' must be the ARN of a pipeline, got: ${pipelineArn}`);
    }
    const withName = (name: string) =>
      name === resourceName ? pipelineArn : Arn.format({ ...parts, resourceName: name });
    return new ImportedPipeline(scope, id, resourceName, withName, { environmentFromArn: pipelineArn });
  }

  public readonly pipelineRef: refs.PipelineReference;
  public readonly pipelineArn: string;
  public readonly possibleArns: readonly string[];
  protected readonly watchableSteps = undefined;

  private constructor(
    scope: Construct,
    id: string,
    public readonly pipelineName: string,
    withName: (name: string) => string,
    props: ResourceProps,
  ) {
    super(scope, id, props);
    this.pipelineRef = { pipelineName };
    this.pipelineArn = withName(pipelineName);
    this.possibleArns = namesOf(pipelineName).map(withName);
  }
}
