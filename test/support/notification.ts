import { isObject } from './request-schema';

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
