import { Expression } from '../expression';
import { patternOf } from './pattern';
import type { Shape } from './table';

const FEW = 12;
const LONG = 100;

/** Instance types come faster than tables are made: of these only the form is checked. */
const INSTANCE_TYPE = /^ml\.[a-z0-9-]+\.(?:nano|micro|small|medium|large|\d*xlarge|metal(?:-\d+xl)?)$/;

export function missing(at: string): string {
  return `'${at}' must be given, got: nothing`;
}

export function typeProblem(at: string, shape: Shape, value: unknown): string {
  return `'${at}' must be ${kindOf(shape)}, got: ${described(value)}`;
}

export function numberProblem(subject: string, shape: Shape, value: number): readonly string[] {
  const { min = -Infinity, max = Infinity } = shape;
  return value >= min && value <= max ? [] : [`${subject} must be ${kindOf(shape)}, got: ${value}`];
}

/** The number of elements of a list, or of members of a map. */
export function sizeProblem(at: string, { min = 0, max = Infinity }: Shape, size: number): readonly string[] {
  return size >= min && size <= max ? [] : [`'${at}' must have ${range(min, max)} elements, got: ${size}`];
}

export function textProblem(
  subject: string,
  { min = 0, max = Infinity, pattern }: Shape,
  text: string,
): readonly string[] {
  // The service counts characters, of which some take two places in a text of JavaScript.
  const length = text.length > max ? Array.from(text).length : text.length;
  if (length < min || length > max) return [`${subject} must have ${range(min, max)} characters, got: ${length}`];
  const meaning = pattern === undefined ? undefined : patternOf(pattern);
  return !meaning || meaning.matches(text) ? [] : [`${subject} must ${meaning.words}, got: ${shortened(text)}`];
}

export function enumProblem(
  subject: string,
  allowed: readonly string[],
  text: string,
  allowUnknown = false,
): readonly string[] {
  if (allowed.includes(text)) return [];
  if (allowed[0]?.startsWith('ml.')) {
    return INSTANCE_TYPE.test(text) ? [] : [`${subject} must be an instance type such as ml.m5.xlarge, got: ${text}`];
  }
  return allowUnknown ? [] : [`${subject} must be ${oneOf(allowed, text, 'a value')}, got: ${shortened(text)}`];
}

export function unknownMember(at: string, name: string, known: readonly string[]): string {
  return `'${at}.${name}' must be ${oneOf(known, name, 'a member')}, got: ${shortened(name)}`;
}

/** The choice where it is small, else what comes near. */
function oneOf(allowed: readonly string[], text: string, thing: string): string {
  if (allowed.length <= FEW) return `one of ${allowed.join(', ')}`;
  const near = allowed.filter(each => isNear(each.toLowerCase(), text.toLowerCase()));
  const such = near.length > 0 ? `, such as ${near.slice(0, FEW).join(', ')}` : '';
  return `${thing} that the API has${such}`;
}

function isNear(one: string, other: string): boolean {
  return other.length > 2 && (one.startsWith(other) || other.startsWith(one) || distance(one, other) <= 2);
}

/** The number of letters that must be changed, put in or taken out. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [above, letter] of Array.from(one).entries()) {
    const next = [above + 1];
    for (const [index, each] of Array.from(other).entries()) {
      const [before = 0, here = 0, left = 0] = [row[index], row[index + 1], next[index]];
      next.push(Math.min(here + 1, left + 1, before + (letter === each ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function kindOf({ type, min = -Infinity, max = Infinity }: Shape): string {
  const limits =
    min === -Infinity ? `of at most ${max}` : max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
  const unlimited = min === -Infinity && max === Infinity;
  switch (type) {
    case 'integer':
      return unlimited ? 'a whole number' : `a whole number ${limits}`;
    case 'number':
      return unlimited ? 'a number' : `a number ${limits}`;
    case 'string':
      return 'a text';
    case 'boolean':
      return 'true or false';
    case 'union':
      return 'a structure';
    default:
      return `a ${type}`;
  }
}

function range(min: number, max: number): string {
  if (max === Infinity) return `at least ${min}`;
  if (min === max) return `exactly ${min}`;
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}

function described(value: unknown): string {
  if (value instanceof Expression) return 'an expression';
  if (typeof value === 'string') return `the text '${shortened(value)}'`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'a structure' : String(value);
}

function shortened(text: string): string {
  const line = text.replaceAll('\n', '\\n');
  return line.length > LONG ? `${line.slice(0, LONG)}…` : line;
}
