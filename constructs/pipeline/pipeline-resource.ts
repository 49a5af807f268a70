import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Names, type Stack, Stage } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { mermaid } from './mermaid';
import { namesOf } from './permission';
import type { PipelineBase } from './pipeline-base';
import { maxLength, problemsOf, rule, wholeNumber } from './problem';
import { definitionProperty } from './stored-definition';

/** What a pipeline is called and how it runs, whoever wrote its definition. */
export interface PipelineOptions {
  /**
   * Name of the pipeline: 1 to 82 letters, digits and hyphens, a letter or digit at both ends.
   *
   * @default - made from the construct's path, in lower case
   */
  readonly pipelineName?: string;

  /**
   * Name shown in Studio: 1 to 256 letters, digits and hyphens, a letter or digit at both ends.
   *
   * @default - the pipeline's name
   */
  readonly displayName?: string;

  /**
   * What the pipeline does, up to 3072 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Number of steps that run at the same time: 1 or more.
   *
   * @default - as many as are ready
   */
  readonly maxParallelExecutionSteps?: number;
}

/** A definition as data, and as the text of the file that it was read from. */
export interface DefinitionContent {
  /** The prop that it comes from. */
  readonly prop: 'steps' | 'definition';
  readonly data: object;
  readonly text?: string;
}

/** What is wrong with the options, in the words of an error message. */
export function optionProblems(options: PipelineOptions): readonly string[] {
  const { pipelineName, displayName, description, maxParallelExecutionSteps } = options;
  const name = (text: string | undefined) => /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(text ?? '');
  return problemsOf(
    rule(
      pipelineName,
      text => name(text) && (text ?? '').length <= 82,
      `'pipelineName' must be 1 to 82 letters, digits and hyphens, and start and end with a letter or digit`,
    ),
    rule(
      displayName,
      text => name(text) && (text ?? '').length <= 256,
      `'displayName' must be 1 to 256 letters, digits and hyphens, and start and end with a letter or digit`,
    ),
    maxLength('description', description, 3072),
    wholeNumber('maxParallelExecutionSteps', maxParallelExecutionSteps, 1),
  );
}

export function defaultName(pipeline: PipelineBase): string {
  return Names.uniqueResourceName(pipeline, { maxLength: 82, separator: '-' }).toLowerCase();
}

export function arnOf(stack: Stack, resourceName: string): string {
  return stack.formatArn({ service: 'sagemaker', resource: 'pipeline', resourceName });
}

/** The ARN with the name as it is, and that with the name in lower case. */
export function possibleArnsOf(stack: Stack, pipelineName: string): readonly string[] {
  return namesOf(pipelineName).map(name => arnOf(stack, name));
}

/** Declares the pipeline, and draws it beside the template. */
export function declarePipeline(
  pipeline: PipelineBase,
  definition: DefinitionContent,
  role: iam.IRole,
  options: PipelineOptions,
): sagemaker.CfnPipeline {
  const resource = new sagemaker.CfnPipeline(pipeline, 'Resource', {
    pipelineName: pipeline.pipelineName,
    pipelineDisplayName: options.displayName,
    pipelineDescription: options.description,
    pipelineDefinition: definitionProperty(pipeline, definition),
    roleArn: role.roleArn,
    parallelismConfiguration: options.maxParallelExecutionSteps && {
      MaxParallelExecutionSteps: options.maxParallelExecutionSteps,
    },
  });
  // No execution can start before its role has its policy.
  resource.node.addDependency(role);
  draw(pipeline, definition.data);
  return resource;
}

/** Writes `<stack>.<path of the pipeline>.mmd` into the cloud assembly. */
function draw({ node, stack }: PipelineBase, definition: object): void {
  const outdir = Stage.of(stack)?.outdir;
  if (outdir === undefined) return;
  const path = node.path.slice(stack.node.path.length).replaceAll(/[^A-Za-z0-9-]+/g, '.');
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, `${stack.artifactId}${path}.mmd`), mermaid(definition));
}
