import { type Expression, Get, type Value } from '../expression';
import { count, type Rule } from '../problem';
import { AwaitableStep, type CacheableProps, type StepProps } from '../step';

/** Type of a value that a function or a callback answers with. */
export type OutputType = 'String' | 'Integer' | 'Boolean' | 'Float';

/** Types of values by their names. */
export type OutputTypes = Readonly<Record<string, OutputType>>;

/** Of a step that declares none. */
export type NoOutputs = Readonly<Record<string, never>>;

/** Names of the outputs that can be read. */
type OutputName<Outputs> = [Outputs[keyof Outputs]] extends [never] ? never : keyof Outputs & string;

/** What an output of a type is read as. */
export type OutputValue<Type extends OutputType> = Type extends 'String'
  ? string
  : Type extends 'Boolean'
    ? boolean
    : number;

/** What steps that call something outside SageMaker have in common. */
export interface ExchangeProps<Outputs extends OutputTypes> extends StepProps, CacheableProps {
  /**
   * Values that are sent, by name. They are flat: a structure would arrive as one text.
   *
   * @default - none
   */
  readonly inputs?: Readonly<Record<string, Value>>;

  /**
   * Types of the values that are answered, by name: up to 50, with names of 1 to 256 characters. A text that is answered has
   * up to 1024 characters.
   *
   * @default - none
   */
  readonly outputs?: Outputs;
}

/** A step that sends values to something outside SageMaker, and whose answer other steps can read. */
export abstract class ExchangeStep<Outputs extends OutputTypes> extends AwaitableStep {
  /** Keeps steps with different outputs apart for the compiler. */
  declare protected readonly outputs: Outputs;

  /** A value of the answer, by its name. Reading it makes this step run first. */
  public output<Name extends OutputName<Outputs>>(name: Name): Expression<OutputValue<Outputs[Name]>> {
    return new Get<OutputValue<Outputs[Name]>>(`Steps.${this.name}.OutputParameters['${name}']`, [this]);
  }
}

export function renderOutputs(outputs: OutputTypes = {}): object[] {
  return Object.entries(outputs).map(([OutputName, OutputType]) => ({ OutputName, OutputType }));
}

export function exchangeRules({ outputs = {} }: ExchangeProps<OutputTypes>): readonly Rule[] {
  return [
    count('outputs', outputs, 50),
    ...Object.keys(outputs).map((name): Rule => [
      // The name stands in quotes where the output is read.
      /^[^']{1,256}$/s.test(name),
      `'outputs' must have names of 1 to 256 characters without quotes, got: ${name}`,
    ]),
  ];
}
