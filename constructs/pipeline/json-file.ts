import { Annotations, Token } from 'aws-cdk-lib/core';
import type { StepContext } from './context';
import { Expression, Get, Join, literalBeginning, render, type Scalar, type Value } from './expression';
import { Parameter } from './parameter';
import { grantReadOutput } from './permission';
import type { Step } from './step';

/**
 * A JSON file in S3 that is read when the pipeline runs, for files that no property file can name: those of a training or EMR
 * step, or of an earlier pipeline. A step that writes it must be read or awaited, or the file may not be there yet.
 */
export class JsonFile {
  /** A file by its S3 URI: a literal, or joined of literals, parameters, execution variables and properties of steps. */
  public static at(uri: Value<string>): JsonFile {
    const place = uri instanceof Join ? uri : new Join('', [uri]);
    const known = (part: Value) => !(part instanceof Expression) || part instanceof Get || part instanceof Parameter;
    const other = place.values.filter(part => !known(part)).map(part => JSON.stringify(render(part)));
    if (other.length > 0) {
      throw new Error(
        `JsonFile: 'uri' must be joined of literals, parameters, execution variables and properties, got: ${other.join(', ')}`,
      );
    }
    const { text, complete } = literalBeginning(place);
    if (!text.startsWith('s3://') && !Token.isUnresolved(text) && (complete || !'s3://'.startsWith(text))) {
      throw new Error(`JsonFile: 'uri' must be an S3 URI, which starts with s3://, got: ${text}`);
    }
    return new JsonFile(place);
  }

  private constructor(private readonly uri: Expression<string>) {}

  /** A number in the file, by its path, such as `metrics.auc.value` or `folds[0].auc`. */
  public number(path: string): Expression<number> {
    return this.read(path);
  }

  /** A text in the file, by its path. */
  public text(path: string): Expression<string> {
    return this.read(path);
  }

  /** A boolean in the file, by its path. */
  public boolean(path: string): Expression<boolean> {
    return this.read(path);
  }

  private read<T extends Scalar>(path: string): Expression<T> {
    if (path === '') throw new Error(`JsonFile: 'path' must name a value, such as metrics.auc.value, got: none`);
    return new JsonFileGet<T>(this.uri, path);
  }
}

/** A value inside a file. */
class JsonFileGet<T extends Scalar> extends Expression<T> {
  public readonly reads: readonly Step[];

  public constructor(
    public readonly uri: Expression<string>,
    private readonly path: string,
  ) {
    super();
    this.reads = uri.reads;
  }

  public override get parts(): readonly Expression[] {
    return [this, ...this.uri.parts];
  }

  public render(): unknown {
    return { 'Std:JsonGet': { S3Uri: this.uri.render(), Path: this.path } };
  }
}

/**
 * Lets the pipeline read the files that its steps name by place, or says that somebody else must.
 *
 * The Python SDK reads files so in conditions, and nobody is known to have done it elsewhere.
 */
export function grantJsonFiles(steps: readonly Step[], context: StepContext): void {
  for (const step of steps) {
    const files = step.expressions.filter(expression => expression instanceof JsonFileGet);
    const uris = new Map(files.map(({ uri }) => [JSON.stringify(uri.render()), uri]));
    for (const [form, uri] of uris) grantReadOutput(context, step.name, uri, '', form);
    if (uris.size > 0 && step.type !== 'Condition') {
      Annotations.of(context.scope).addWarningV2(
        `sagemaker-cdk:json-file-${step.name}`,
        `step '${step.name}' reads ${[...uris.keys()].join(', ')}, which is only known to work in the conditions of a condition step; try it before you rely on it`,
      );
    }
  }
}

/** Whether an expression is a value inside a JSON file, by the place of the file. */
export function readsJsonFile(expression: Expression): boolean {
  return expression instanceof JsonFileGet;
}
