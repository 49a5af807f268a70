import { expressionsIn, type Expression, render, type Scalar, type Value } from './expression';
import { problemsOf } from './problem';

/**
 * A statement about values that are only known when the pipeline runs.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
 */
export abstract class Condition {
  /** True when both values are the same, of the same type. */
  public static equals<T extends Scalar>(left: Value<T>, right: Value<T>): Condition {
    return new Comparison('Equals', left, right);
  }

  public static greaterThan(left: Value<number>, right: Value<number>): Condition {
    return new Comparison('GreaterThan', left, right);
  }

  public static greaterThanOrEqualTo(left: Value<number>, right: Value<number>): Condition {
    return new Comparison('GreaterThanOrEqualTo', left, right);
  }

  public static lessThan(left: Value<number>, right: Value<number>): Condition {
    return new Comparison('LessThan', left, right);
  }

  public static lessThanOrEqualTo(left: Value<number>, right: Value<number>): Condition {
    return new Comparison('LessThanOrEqualTo', left, right);
  }

  /** True when the value is one of `values`. */
  public static in<T extends Scalar>(value: Value<T>, values: readonly Value<T>[]): Condition {
    return new In(value, values);
  }

  /** True when the condition is false. */
  public static not(condition: Condition): Condition {
    return new Not(condition);
  }

  /** True when at least one of the conditions is. A step's list of conditions is the conjunction. */
  public static or(...conditions: readonly Condition[]): Condition {
    return new Or(conditions);
  }

  /** The expressions that the condition compares. */
  public abstract readonly operands: readonly Expression[];

  /** What is wrong with the condition, in the words of an error message. */
  public get problems(): readonly string[] {
    return [];
  }

  /** The condition in the form of the pipeline definition. */
  public abstract render(): object;
}

class Comparison extends Condition {
  public readonly operands: readonly Expression[];

  public constructor(
    private readonly type: string,
    private readonly left: Value,
    private readonly right: Value,
  ) {
    super();
    this.operands = expressionsIn([left, right]);
  }

  public render(): object {
    return { Type: this.type, LeftValue: render(this.left), RightValue: render(this.right) };
  }
}

class In extends Condition {
  public readonly operands: readonly Expression[];

  public constructor(
    private readonly queried: Value,
    private readonly values: readonly Value[],
  ) {
    super();
    this.operands = expressionsIn([queried, ...values]);
  }

  public override get problems(): readonly string[] {
    return problemsOf([this.values.length > 0, `'Condition.in' must have at least one value, got: none`]);
  }

  public render(): object {
    return { Type: 'In', QueryValue: render(this.queried), Values: this.values.map(value => render(value)) };
  }
}

class Not extends Condition {
  public constructor(private readonly condition: Condition) {
    super();
  }

  public get operands(): readonly Expression[] {
    return this.condition.operands;
  }

  public override get problems(): readonly string[] {
    return this.condition.problems;
  }

  public render(): object {
    return { Type: 'Not', Condition: this.condition.render() };
  }
}

class Or extends Condition {
  public constructor(private readonly conditions: readonly Condition[]) {
    super();
  }

  public get operands(): readonly Expression[] {
    return this.conditions.flatMap(condition => condition.operands);
  }

  public override get problems(): readonly string[] {
    return [
      ...problemsOf([this.conditions.length > 0, `'Condition.or' must have at least one condition, got: none`]),
      ...this.conditions.flatMap(condition => condition.problems),
    ];
  }

  public render(): object {
    return { Type: 'Or', Conditions: this.conditions.map(condition => condition.render()) };
  }
}
