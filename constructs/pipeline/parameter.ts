import { Token } from 'aws-cdk-lib/core';
import { Expression, type Scalar } from './expression';
import { Float } from './json';
import { count, maxLength, problemsOf, rule, type Rule } from './problem';
import type { Step } from './step';

export interface ParameterOptions<T extends Scalar> {
  /**
   * Value when none is given at the start of an execution.
   *
   * @default - a value must be given at every start
   */
  readonly default?: T;

  /**
   * What the parameter is for, shown in Studio: up to 4096 characters.
   *
   * @default - none
   */
  readonly description?: string;
}

export interface StringParameterOptions extends ParameterOptions<string> {
  /**
   * The only values that a start may give: 1 to 16, all different, each of up to 1024 characters.
   *
   * @default - any text of up to 1024 characters
   */
  readonly enumValues?: readonly string[];
}

// https://github.com/aws/sagemaker-python-sdk/issues/2314
const MAX_ENUM_VALUES = 16;
/** What a start may give, by the API. */
const MAX_VALUE_LENGTH = 1024;
/** What a definition may hold, by its published schema. */
const MAX_DEFAULT_LENGTH = 4096;

/**
 * A value that is given when an execution starts.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
 */
export class Parameter<T extends Scalar = Scalar> extends Expression<T> {
  public static string(name: string, options: StringParameterOptions = {}): Parameter<string> {
    return new Parameter(name, 'String', options, options.default, options.enumValues);
  }

  public static integer(name: string, options: ParameterOptions<number> = {}): Parameter<number> {
    return new Parameter(name, 'Integer', options, options.default);
  }

  public static float(name: string, options: ParameterOptions<number> = {}): Parameter<number> {
    return new Parameter(name, 'Float', options, options.default);
  }

  public static boolean(name: string, options: ParameterOptions<boolean> = {}): Parameter<boolean> {
    return new Parameter(name, 'Boolean', options, options.default);
  }

  public readonly reads: readonly Step[] = [];

  private constructor(
    public readonly name: string,
    public readonly type: 'String' | 'Integer' | 'Float' | 'Boolean',
    private readonly options: ParameterOptions<T>,
    private readonly defaultValue?: T,
    public readonly enumValues?: readonly string[],
  ) {
    super();
  }

  /** Whether every start must give a value. */
  public get isRequired(): boolean {
    return this.defaultValue === undefined;
  }

  public render(): unknown {
    return { Get: `Parameters.${this.name}` };
  }

  /** The entry of the definition's list of parameters. */
  public renderDeclaration(): object {
    const { defaultValue, options } = this;
    const float = this.type === 'Float' && typeof defaultValue === 'number';
    return {
      Name: this.name,
      Type: this.type,
      ...(defaultValue !== undefined && { DefaultValue: float ? new Float(defaultValue) : defaultValue }),
      ...(this.enumValues && { EnumValues: this.enumValues }),
      ...(options.description !== undefined && { Description: options.description }),
    };
  }

  /** What is wrong with the declaration, in the words of an error message. */
  public get problems(): readonly string[] {
    const { name, type, defaultValue, enumValues, options } = this;
    const rules: Rule[] = [
      rule(name, text => /^[A-Za-z0-9\-_]{1,64}$/.test(text), `'name' must be 1 to 64 letters, digits, - and _`),
      maxLength('description', options.description, 4096),
    ];
    if (type === 'String') {
      rules.push(
        maxLength('default', defaultValue === undefined ? undefined : String(defaultValue), MAX_DEFAULT_LENGTH),
      );
    }
    if (type === 'Integer') {
      rules.push(rule(defaultValue, Number.isInteger, `'default' must be a whole number`));
    }
    if (type === 'Float') {
      rules.push(rule(defaultValue, Number.isFinite, `'default' must be a finite number`));
    }
    if (enumValues) {
      const allowed = (value: unknown) => enumValues.some(known => known === value || Token.isUnresolved(known));
      const twice = enumValues.filter(
        (value, index) => !Token.isUnresolved(value) && enumValues.indexOf(value) < index,
      );
      rules.push([enumValues.length > 0, `'enumValues' must hold at least one value, got: none`]);
      rules.push(count('enumValues', enumValues, MAX_ENUM_VALUES));
      rules.push([twice.length === 0, `'enumValues' must be different, got: ${twice.join(', ')} twice`]);
      rules.push(...enumValues.map(value => maxLength('enumValues', value, MAX_VALUE_LENGTH)));
      rules.push(rule(defaultValue, allowed, `'default' must be one of ${enumValues.join(', ')}`));
    }
    return problemsOf(...rules).map(problem => `parameter '${name}': ${problem}`);
  }
}
