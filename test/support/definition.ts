import { Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import { isObject } from './request-schema';

export { checkDefinition } from './definition-check';

/**
 * Reads pipeline definitions out of templates, and checks them against what the service takes.
 *
 * Knows nothing of the builder: the sources are the AWS SDK's schemas of requests and responses, the developer guide's pages on
 * pipelines, and the definitions that the SageMaker Python SDK writes.
 */
export interface Definition {
  readonly Version: string;
  readonly Metadata?: object;
  readonly Parameters?: readonly DeclaredParameter[];
  readonly PipelineExperimentConfig?: Record<string, unknown> | null;
  readonly Steps: readonly DefinedStep[];
}

export interface DefinedStep {
  readonly Name: string;
  readonly Type: string;
  readonly Arguments: Record<string, unknown>;
  readonly [key: string]: unknown;
}

export interface DeclaredParameter {
  readonly Name: string;
  readonly Type: string;
  readonly DefaultValue?: unknown;
  readonly EnumValues?: readonly unknown[];
}

/** The definition of the only pipeline in a template, in a stack, or of a pipeline construct. */
export function definitionOf(source: Construct | Template): Definition {
  return JSON.parse(definitionTextOf(source)) as Definition;
}

/** The same as text; what only CloudFormation knows stands as `${Resource}`, `${Resource.Attribute}` or `${AWS::Region}`. */
export function definitionTextOf(source: Construct | Template): string {
  const template = source instanceof Template ? source : Template.fromStack(Stack.of(source));
  const own = source instanceof Template || Stack.isStack(source) ? undefined : source.node.defaultChild;
  const id = own && (Stack.of(own).resolve((own as unknown as { logicalId: string }).logicalId) as string);
  const pipelines = Object.entries(template.findResources('AWS::SageMaker::Pipeline'));
  const found = id === undefined ? pipelines : pipelines.filter(([logicalId]) => logicalId === id);
  const [[, pipeline] = []] = found;
  if (found.length !== 1 || !pipeline) throw new Error(`a template with one pipeline is needed, got: ${found.length}`);
  const { Properties } = pipeline as { Properties: { PipelineDefinition: { PipelineDefinitionBody: unknown } } };
  return textOf(Properties.PipelineDefinition.PipelineDefinitionBody);
}

/** A value of a template as text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, content] = ['', undefined]] = Object.entries(value as Record<string, unknown>);
  switch (name) {
    case 'Fn::Join': {
      const [separator, parts] = content as [string, unknown[]];
      // A token that stands for a number is not in quotes; its placeholder is.
      return parts.reduce<string>((text, part, index) => {
        const before = text + (index > 0 ? separator : '');
        const next = textOf(part);
        return before + (typeof part === 'string' || insideText(before) ? next : JSON.stringify(next));
      }, '');
    }
    case 'Fn::Sub':
      return String(content);
    case 'Ref':
      return `\${${String(content)}}`;
    case 'Fn::GetAtt':
      return `\${${(content as string[]).join('.')}}`;
    default:
      return `\${${JSON.stringify(value).replaceAll(/["{}]/g, '')}}`;
  }
}

function insideText(json: string): boolean {
  const quotes = json.replaceAll(/\\./gs, '').match(/"/g) ?? [];
  return !json.startsWith('{') || quotes.length % 2 === 1;
}

/**
 * A definition or a part of one in the form that fixtures are compared in: what differs without a meaning is gone.
 *
 * - members that are null, which the service takes like absent ones;
 * - literals beside each other in a `Std:Join`, which are joined;
 * - the places of uploaded files, `<files>/name`.
 */
export function normalised(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replace(/^s3:\/\/cdk-[a-z0-9]+-assets-[^/]+\/[0-9a-f]{32}\//, '<files>/');
  }
  if (Array.isArray(value)) return value.map(normalised);
  if (!isObject(value)) return value;
  const join = value['Std:Join'] as { On: string; Values: unknown[] } | undefined;
  if (join) return { 'Std:Join': { On: join.On, Values: mergedLiterals(join.On, join.Values.map(normalised)) } };
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, normalised(member)]));
}

function mergedLiterals(separator: string, values: readonly unknown[]): unknown[] {
  return values.reduce<unknown[]>((merged, value) => {
    const last = merged.at(-1);
    const both = typeof last === 'string' && typeof value === 'string';
    return both ? [...merged.slice(0, -1), `${last}${separator}${value}`] : [...merged, value];
  }, []);
}
