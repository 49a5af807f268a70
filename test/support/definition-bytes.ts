import { normalised } from './definition';
import { isObject } from './request-schema';

const STRINGS_AND_NUMBERS = /"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The text of a definition in the one form that two of them are compared in, byte by byte: keys in order, numbers as they are
 * written (2.0 is not 2), and without what `normalised` takes away and empty maps, which the service takes like absent ones.
 */
export function definitionBytes(json: string): string {
  const withNumbers = json.replaceAll(STRINGS_AND_NUMBERS, part => (part.startsWith('"') ? part : `"number ${part}"`));
  return JSON.stringify(inOrder(normalised(JSON.parse(withNumbers))), undefined, 1);
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const members = Object.entries(value)
    .map(([name, member]): [string, unknown] => [name, inOrder(member)])
    .filter(([, member]) => !isObject(member) || Object.keys(member).length > 0);
  return Object.fromEntries(members.sort(([one], [other]) => (one < other ? -1 : 1)));
}
