import { isObject } from './request-schema';

/**
 * Whether an EventBridge pattern of plain values matches an event.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
 */
export function matchesEvent(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    if (!pattern.every(value => typeof value === 'string')) throw new Error('only plain texts are understood here');
    // A list in the event matches when one of its elements does.
    return [event].flat().some(value => pattern.includes(value as string));
  }
  if (!isObject(pattern)) throw new Error('a pattern holds lists and objects only');
  return Object.entries(pattern).every(([key, inside]) => isObject(event) && matchesEvent(inside, event[key]));
}

/** The message of an input transformer for an event, as the target gets it. A path that finds nothing leaves nothing. */
export function transformed(transformer: InputTransformer, event: unknown): string {
  return Object.entries(transformer.InputPathsMap).reduce((text, [name, path]) => {
    const value = path
      .replace(/^\$\./, '')
      .split('.')
      .reduce<unknown>((part, key) => (isObject(part) ? part[key] : undefined), event);
    return text.replaceAll(`<${name}>`, typeof value === 'string' ? value : '');
  }, transformer.InputTemplate);
}

export interface InputTransformer {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}
