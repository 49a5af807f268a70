import type { Duration } from 'aws-cdk-lib/core';
import type { StepContext } from './context';
import { type Expression, expressionsIn, Get, render } from './expression';
import type { PropertyPath, PropertyType } from './property';
import { type JobException, renderRetryPolicy, type RetryPolicy, retryPolicyProblems } from './retry';

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
   * How long a result is reused by later executions with the same inputs, code, environment and hyperparameters.
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

  /** The arguments that decide whether a cached result is reused. */
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
    this.content = content;
    this.type = content.type;
    this.dependsOn = [...(content.props.dependsOn ?? [])];
    this.propertyFiles = content.propertyFiles ?? [];
    this.expressions = [...expressionsIn([content.arguments, content.members]), ...(content.reads ?? [])];
  }

  /** The steps inside this one, by branch. */
  public get branches(): Readonly<Record<string, readonly Step[]>> {
    return {};
  }

  /** What is wrong with the step, in the words of an error message. */
  public get problems(): readonly string[] {
    const { props, problems = [] } = this.content;
    const { displayName = '', description = '' } = props;
    const common: [boolean, string][] = [
      [/^[A-Za-z0-9\-_]{1,64}$/.test(this.name), `'name' must be 1 to 64 letters, digits, - and _, got: ${this.name}`],
      [displayName.length <= 256, `'displayName' must have at most 256 characters, got: ${displayName.length}`],
      [description.length <= 3072, `'description' must have at most 3072 characters, got: ${description.length}`],
    ];
    return [
      ...common.flatMap(([holds, problem]) => (holds ? [] : [problem])),
      ...(props.retryPolicies ?? []).flatMap(retryPolicyProblems),
      ...problems,
    ];
  }

  /**
   * The expressions that decide whether a result of the step is reused; none when it is not cached.
   *
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
   */
  public get cacheKeys(): readonly Expression[] {
    if (this.content.props.cacheExpireAfter === undefined) return [];
    const keys = this.content.cacheKeys ?? [];
    return expressionsIn(
      Object.entries(this.content.arguments).flatMap(([key, value]) => (keys.includes(key) ? [value] : [])),
    );
  }

  /** Gives the roles of a pipeline what this step needs. */
  public abstract bind(context: StepContext): void;

  /** The step in the form of the pipeline definition. */
  public render(context: StepContext): object {
    const { props, members } = this.content;
    return render(
      {
        Name: this.name,
        Type: this.type,
        DisplayName: props.displayName,
        Description: props.description,
        DependsOn: this.dependsOn.length > 0 ? this.dependsOn.map(step => step.name) : undefined,
        CacheConfig: props.cacheExpireAfter && { Enabled: true, ExpireAfter: props.cacheExpireAfter.toIsoString() },
        RetryPolicies: props.retryPolicies?.map(renderRetryPolicy),
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
    return new Get(`Steps.${this.name}.${path}`, [this]);
  }
}
