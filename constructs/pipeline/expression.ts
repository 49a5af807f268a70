import { Tokenization } from 'aws-cdk-lib/core';
import type { StepContext } from './context';
import type { Step } from './step';

/** What a function of the pipeline definition can stand for; lists and structures are never functions. */
export type Scalar = string | number | boolean;

/** A literal, or an expression that the service evaluates when the pipeline runs. */
export type Value<T extends Scalar = Scalar> = T | Expression<T>;

/**
 * A value of type `T` that is only known when the pipeline runs.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
 */
export abstract class Expression<T extends Scalar = Scalar> {
  /** Where the expression may stand; makes `Expression<string>` and `Expression<number>` different types. */
  declare protected readonly place: Value<T>;

  /** The steps whose results are read. */
  public abstract readonly reads: readonly Step[];

  /** The expressions inside this one, itself included. */
  public get parts(): readonly Expression[] {
    return [this];
  }

  /** The function in the form of the pipeline definition. */
  public abstract render(): unknown;

  /** Fails: an expression has no text before the pipeline runs. */
  public toString(): string {
    const form = JSON.stringify(this.render());
    throw new Error(
      `a pipeline expression has no text at synthesis; use join() instead of a template string, got: ${form}`,
    );
  }
}

/** A property of a step, a parameter's value, or an execution variable. */
export class Get<T extends Scalar> extends Expression<T> {
  public constructor(
    private readonly path: string,
    public readonly reads: readonly Step[] = [],
    /** What the text begins with, where that is known from the step's props. */
    public readonly beginning?: Value<string>,
  ) {
    super();
  }

  public render(): unknown {
    return { Get: this.path };
  }
}

/** A value inside a JSON file that a processing step wrote. */
export class JsonGet<T extends Scalar> extends Expression<T> {
  public readonly reads: readonly Step[];

  public constructor(
    private readonly step: Step,
    /** Name of the property file. */
    public readonly propertyFile: string,
    /** Path of the value inside the file, such as `metrics.auc.value` or `folds[0].auc`. */
    public readonly path: string,
  ) {
    super();
    this.reads = [step];
  }

  public render(): unknown {
    const file = { Get: `Steps.${this.step.name}.PropertyFiles.${this.propertyFile}` };
    return { 'Std:JsonGet': { PropertyFile: file, Path: this.path } };
  }
}

/** Values with a separator between them; made by `join`. */
export class Join extends Expression<string> {
  public constructor(
    public readonly separator: string,
    public readonly values: readonly Value[],
  ) {
    super();
  }

  public get reads(): readonly Step[] {
    return this.values.flatMap(part => (part instanceof Expression ? part.reads : []));
  }

  public override get parts(): readonly Expression[] {
    return [this, ...this.values.flatMap(part => (part instanceof Expression ? part.parts : []))];
  }

  public render(): unknown {
    return { 'Std:Join': { On: this.separator, Values: this.values.map(part => render(part)) } };
  }
}

/**
 * One text made of several values.
 *
 * Also the way to use a number where the service wants a text: `join('', count)`.
 */
export function join(separator: string, ...values: readonly Value[]): Expression<string> {
  const flat = values.flatMap(part => (part instanceof Join && part.separator === separator ? part.values : [part]));
  return new Join(separator, flat);
}

/** A value as text, for the places where the service takes only strings, such as hyperparameters. */
export function text(value: Value): Value<string> {
  if (value instanceof Expression) return join('', value);
  return typeof value === 'number' ? Tokenization.stringifyNumber(value) : String(value);
}

/** The literal beginning of a text, and whether that is the whole of it. */
export function literalBeginning(value: Value): { readonly text: string; readonly complete: boolean } {
  if (!(value instanceof Expression)) return { text: String(value), complete: true };
  if (value instanceof Get) return { text: literalBeginning(value.beginning ?? '').text, complete: false };
  if (!(value instanceof Join)) return { text: '', complete: false };
  let beginning = '';
  for (const [index, part] of value.values.entries()) {
    const { text, complete } = literalBeginning(part);
    beginning += (index > 0 ? value.separator : '') + text;
    if (!complete) return { text: beginning, complete };
  }
  return { text: beginning, complete: true };
}

/** A text that is known at synthesis, but only inside a pipeline: the role of its jobs, an image, the place of a file. */
export class Late {
  public constructor(public readonly resolve: (context: StepContext) => string) {}
}

/** All expressions inside a value, found in plain objects and arrays. */
export function expressionsIn(value: unknown): readonly Expression[] {
  if (value instanceof Expression) return value.parts;
  if (Array.isArray(value)) return value.flatMap(expressionsIn);
  if (isPlainObject(value)) return Object.values(value).flatMap(expressionsIn);
  return [];
}

/** Plain data out of literals and expressions; members that are undefined are left out. */
export function render(value: unknown, context?: StepContext): unknown {
  if (value instanceof Expression) return value.render();
  if (value instanceof Late) {
    if (context === undefined) throw new Error('this value is only known inside a pipeline');
    return value.resolve(context);
  }
  if (Array.isArray(value)) return value.map(item => render(item, context));
  if (isPlainObject(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([name, member]) => [name, render(member, context)]));
  }
  return value;
}

/** The same data in arrays and plain objects of its own. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)])) as T;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of plain objects has none itself, also where they come from another global scope.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
