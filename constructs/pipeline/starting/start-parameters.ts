import * as events from 'aws-cdk-lib/aws-events';
import { Token, Tokenization } from 'aws-cdk-lib/core';
import type { Scalar } from '../expression';
import type { Parameter } from '../parameter';
import { EventText } from './event-text';

/**
 * Values of parameters of the pipeline, by name: literals of the parameter's type, or texts with fields of the event, such as
 * `events.EventField.fromPath('$.detail.object.key')`. What the schedule has is only `events.EventField.time`, alone. An
 * `EventText` is cut where it would be too long.
 */
export type StartParameters = Readonly<Record<string, Scalar | EventText>>;

/** Where the values come from: any field of an event, or the time of a schedule. */
export type StartSource = 'event' | 'schedule';

/** A field of the event that starts the pipeline. */
export class Field {
  public constructor(public readonly path: string) {}

  /** The field as an expression of a state machine that the event was given to. */
  public get jsonata(): string {
    const members = this.path.slice(1).match(/\.[^.[]+|\[\d+\]/g) ?? [];
    const quoted = members.map(member => (member.startsWith('.') ? `.\`${member.slice(1)}\`` : member));
    return `$string($states.input${quoted.join('')})`;
  }
}

/** Name of a parameter, and its value in pieces, of which some are only known when the event comes. */
export interface StartValue {
  readonly name: string;
  readonly pieces: readonly (string | Field)[];

  /** Characters after which the value is cut; undefined for a value that has to be whole. */
  readonly maxLength?: number;
}

/** The schedule's time: also the path in what a schedule gives to a state machine. */
const TIME_PATH = '$.time';

/** The values in the order in which they were given; all of them are sent as text, whatever the parameter's type. */
export function startValues(given: StartParameters): readonly StartValue[] {
  return Object.entries(given).map(([name, value]) =>
    value instanceof EventText
      ? { name, pieces: piecesOf(value.text), maxLength: value.maxLength }
      : { name, pieces: piecesOf(value) },
  );
}

/** What is wrong with the values for these declared parameters, in the words of an error message. */
export function startProblems(
  declared: readonly Parameter[],
  given: StartParameters,
  source: StartSource,
): readonly string[] {
  const names = declared.map(({ name }) => name);
  const unknown = Object.keys(given).filter(name => !names.includes(name));
  const missing = declared.filter(({ name, isRequired }) => isRequired && !Object.hasOwn(given, name));
  return [
    ...unknown.map(
      name => `'parameters' must name parameters of the pipeline (${names.join(', ') || 'it has none'}), got: ${name}`,
    ),
    ...missing.map(({ name }) => `'parameters' must give '${name}' a value, because it has no default, got: none`),
    ...declared.flatMap(parameter => {
      const { name } = parameter;
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      return value === undefined
        ? []
        : valueProblems(parameter, value, source).map(text => `'parameters.${name}' ${text}`);
    }),
  ];
}

function valueProblems(parameter: Parameter, value: Scalar | EventText, source: StartSource): readonly string[] {
  if (value instanceof EventText) return [...value.problems, ...valueProblems(parameter, value.text, source)];
  const pieces = piecesOf(value);
  const paths = pieces.flatMap(piece => (piece instanceof Field ? [piece.path] : []));
  if (paths.length > 0 && source === 'schedule') {
    const isTime = pieces.length === 1 && paths[0] === TIME_PATH;
    return isTime
      ? []
      : [`must be a literal or EventField.time, for a schedule has no event, got: ${paths.join(', ')}`];
  }
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html, less the wildcards.
  const odd = paths.filter(path => !/^\$(\.[A-Za-z0-9_-]+(\[\d+\])*)+$/.test(path));
  const [begin = ''] = pieces;
  return [
    ...odd.map(path => `must take fields by paths such as $.detail.object.key or $.resources[0], got: ${path}`),
    // Step Functions evaluates a text in these brackets.
    ...(typeof begin === 'string' && begin.startsWith('{%') ? [`must not begin with {%, got: ${begin}`] : []),
    ...(paths.length > 0 || Token.isUnresolved(value) ? [] : literalProblems(parameter, value)),
  ];
}

function literalProblems({ type, enumValues }: Parameter, value: Scalar): readonly string[] {
  const rules = {
    String: [
      typeof value === 'string' && value.length >= 1 && value.length <= 1024,
      'be a text of 1 to 1024 characters',
    ],
    Integer: [Number.isInteger(value), 'be a whole number'],
    Float: [Number.isFinite(value), 'be a finite number'],
    Boolean: [typeof value === 'boolean', 'be true or false'],
  } as const;
  const [holds, words] = rules[type];
  if (!holds) return [`must ${words}, got: ${String(value) || 'an empty text'}`];
  const allowed = enumValues?.some(known => known === value || Token.isUnresolved(known)) ?? true;
  return allowed ? [] : [`must be one of ${enumValues?.join(', ') ?? ''}, got: ${String(value)}`];
}

function piecesOf(value: Scalar): readonly (string | Field)[] {
  // As the Python SDK sends them.
  if (typeof value === 'boolean') return [value ? 'True' : 'False'];
  if (typeof value === 'number') return [Tokenization.stringifyNumber(value)];
  if (value === '') return [value];
  const concatenate = (left: unknown, right: unknown): unknown[] => [...[left].flat(), right];
  const parts = [Tokenization.reverseString(value).join({ join: concatenate }) as string | string[]].flat();
  return parts.map(part => {
    const token = Tokenization.reverseString(part).firstToken;
    return token instanceof events.EventField ? new Field(token.path) : part;
  });
}
