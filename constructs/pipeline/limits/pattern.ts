import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What patterns of the service models mean. */
interface Entry {
  readonly patterns: readonly string[];

  /** The rule, in words that follow "must"; absent where `unchecked` says why there is none. */
  readonly words?: string;

  /** The rule as a regular expression of JavaScript, where the service's own form is none or is too strict. */
  readonly check?: string;
}

interface Pattern {
  readonly words: string;
  readonly matches: (text: string) => boolean;
}

let known: ReadonlyMap<string, Pattern> | undefined;

/** The meaning of a pattern; undefined where nobody has put it in words. The service compares whole texts. */
export function patternOf(pattern: string): Pattern | undefined {
  known ??= new Map(read().flatMap(entry => entry.patterns.flatMap(each => meaningOf(each, entry))));
  return known.get(pattern);
}

function read(): readonly Entry[] {
  return JSON.parse(readFileSync(join(__dirname, 'patterns.json'), 'utf8')) as readonly Entry[];
}

function meaningOf(pattern: string, { words, check = pattern }: Entry): readonly [string, Pattern][] {
  if (words === undefined) return [];
  let expression: RegExp | undefined;
  const matches = (text: string) => (expression ??= new RegExp(`^(?:${check})$`, 'u')).test(text);
  return [[pattern, { words, matches }]];
}
