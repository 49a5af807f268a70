import type { Duration } from 'aws-cdk-lib/core';
import type { StepContext } from './context';
import {
  copyOf,
  type Expression,
  expressionsIn,
  Get,
  isPlainObject,
  render,
  type Scalar,
  type Value,
} from './expression';
import type { PropertyPath, PropertyType } from './property';
import { maxLength, problemsOf, type Rule } from './problem';
import { type JobException, renderRetryPolicy, type RetryPolicy, retryRules } from './retry';

export interface StepProps {
  /**
   * Name shown in Studio, up to 256 characters.
   *
   * @default - the step's name
   */
  readonly displayName?: string;

  /**
   * What the step does, up to 3072 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Steps that must end before this one starts, although it reads none of their results.
   *
   * @default - the step waits for the steps whose results it reads, and for nothing else
   */
  readonly dependsOn?: readonly AwaitableStep[];
}

/** Of steps whose result the service can reuse. */
export interface CacheableProps {
  /**
   * How long a result is reused by later executions with the same inputs, code, environment and hyperparameters: one minute
   * or more, in whole minutes.
   *
   * @default - the step runs in every execution
   */
  readonly cacheExpireAfter?: Duration;
}

/** Of steps that the service can try again. */
export interface RetryableProps<E extends JobException> {
  /**
   * When and how often the step is tried again after a failure.
   *
   * @default - only failures of the call that starts the step (`Step.*`) are retried
   */
  readonly retryPolicies?: readonly RetryPolicy<E>[];
}

/** What a kind of step gives to the base class. */
export interface StepContent {
  readonly type: string;
  readonly props: StepProps & CacheableProps & RetryableProps<JobException>;

  /** The step's `Arguments`, with expressions and late values in the place of scalars. */
  readonly arguments: object;

  /** Keys that stand beside `Arguments`. */
  readonly members?: object;

  /** Expressions that are read other than through `arguments` and `members`. */
  readonly reads?: readonly Expression[];

  /** The members and arguments that decide whether a cached result is reused, with dots between the levels. */
  readonly cacheKeys?: readonly string[];

  /** Names of the files whose JSON other steps may read. */
  readonly propertyFiles?: readonly string[];

  /** What is wrong with the props, in the words of an error message. */
  readonly problems?: readonly string[];
}

/** One step of a pipeline: an immutable value that can be used in several pipelines. */
export abstract class Step {
  public readonly type: string;
  public readonly dependsOn: readonly Step[];

  /** The expressions that the step's arguments hold. */
  public readonly expressions: readonly Expression[];

  /** Names of the files whose JSON other steps may read. */
  public readonly propertyFiles: readonly string[];

  private readonly content: StepContent;

  public constructor(
    /** Name of the step, unique in the pipeline. */
    public readonly name: string,
    content: StepContent,
  ) {
    // What the props were made of may change later; a step does not.
    this.content = { ...content, arguments: copyOf(content.arguments), members: copyOf(content.members) };
    this.type = content.type;
    this.dependsOn = Object.freeze([...(content.props.dependsOn ?? [])]);
    this.propertyFiles = content.propertyFiles ?? [];
    this.expressions = [...expressionsIn([content.arguments, content.members]), ...(content.reads ?? [])];
  }

  /** The steps inside this one, by branch. */
  public readonly branches: Readonly<Record<string, readonly Step[]>> = {};

  /** The step's arguments, with expressions and late values in them. */
  public get arguments(): object {
    return this.content.arguments;
  }

  /** What is wrong with the step, in the words of an error message. */
  public get problems(): readonly string[] {
    const { props, problems = [] } = this.content;
    const own = problemsOf(
      [/^[A-Za-z0-9\-_]{1,64}$/.test(this.name), `'name' must be 1 to 64 letters, digits, - and _, got: ${this.name}`],
      maxLength('displayName', props.displayName, 256),
      maxLength('description', props.description, 3072),
      cacheRule(props.cacheExpireAfter),
      ...(props.retryPolicies ?? []).flatMap(retryRules),
    );
    return [...own, ...problems];
  }

  /**
   * The expressions that decide whether a result of the step is reused; none when it is not cached.
   *
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
   */
  public get cacheKeys(): readonly Expression[] {
    if (this.content.props.cacheExpireAfter === undefined) return [];
    const all: unknown = { ...this.content.members, ...this.content.arguments };
    return (this.content.cacheKeys ?? []).flatMap(path => expressionsIn(path.split('.').reduce(memberOf, all)));
  }

  /** Gives the roles of a pipeline what this step needs. */
  public abstract bind(context: StepContext): void;

  /** The step in the form of the pipeline definition. */
  public render(context: StepContext): object {
    const { props, members } = this.content;
    const { retryPolicies = [] } = props;
    return render(
      {
        Name: this.name,
        Type: this.type,
        DisplayName: props.displayName,
        Description: props.description,
        DependsOn: this.dependsOn.length > 0 ? this.dependsOn.map(step => step.name) : undefined,
        CacheConfig: props.cacheExpireAfter && { Enabled: true, ExpireAfter: props.cacheExpireAfter.toIsoString() },
        RetryPolicies: retryPolicies.length > 0 ? retryPolicies.map(renderRetryPolicy) : undefined,
        ...members,
        Arguments: this.content.arguments,
      },
      context,
    ) as object;
  }
}

/** A step that other steps can wait for: any but a condition, which the service refuses, and a failure, which ends all. */
export abstract class AwaitableStep extends Step {
  /** Keeps steps that cannot be awaited out for the compiler. */
  declare protected readonly awaitable: true;
}

/** A step whose results other steps can read. */
export abstract class StepWithProperties<Properties> extends AwaitableStep {
  /**
   * A value that the service knows once the step has run, by its path in the answer of the API's Describe call, such as
   * `ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri`. Reading it makes this step run first.
   */
  public property<Path extends string>(
    path: PropertyPath<Properties, Path>,
  ): Expression<PropertyType<Properties, Path>> {
    return this.get(path);
  }

  /** The same with a path that nobody checks, and with what the text begins with, where the props say so. */
  protected get<T extends Scalar>(path: string, beginning?: Value<string>): Expression<T> {
    return new Get<T>(`Steps.${this.name}.${path}`, [this], beginning);
  }
}

function cacheRule(expireAfter: Duration | undefined): Rule {
  if (expireAfter === undefined) return [true, ''];
  if (expireAfter.isUnresolved()) return [false, `'cacheExpireAfter' must be known at synthesis, got: a token`];
  const minutes = expireAfter.toMinutes({ integral: false });
  const holds = Number.isInteger(minutes) && minutes >= 1;
  return [holds, `'cacheExpireAfter' must be 1 or more whole minutes, got: ${minutes} minutes`];
}

function memberOf(value: unknown, name: string): unknown {
  return isPlainObject(value) ? value[name] : undefined;
}
