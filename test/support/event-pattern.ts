import { isObject } from './request-schema';

/**
 * Whether EventBridge would match an event with a pattern, after
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html: what this project uses of it.
 */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values = Array.isArray(event) ? (event as unknown[]) : [event];
    return pattern.some(each => values.some(value => matchesValue(each, value)));
  }
  if (!isObject(pattern)) throw new Error(`a pattern must be an object or a list, got: ${JSON.stringify(pattern)}`);
  return Object.entries(pattern).every(([name, part]) =>
    name === '$or'
      ? (part as unknown[]).some(each => matchesPattern(each, event))
      : matchesPattern(part, isObject(event) ? event[name] : undefined),
  );
}

function matchesValue(pattern: unknown, value: unknown): boolean {
  if (!isObject(pattern)) return pattern === value;
  const [[operator, operand] = ['', undefined]] = Object.entries(pattern);
  const text = typeof value === 'string' ? value : undefined;
  switch (operator) {
    case 'prefix':
      return text?.startsWith(String(operand)) ?? false;
    case 'suffix':
      return text?.endsWith(String(operand)) ?? false;
    case 'wildcard': {
      const parts = String(operand).split('*');
      const escaped = parts.map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
      return text !== undefined && new RegExp(`^${escaped.join('.*')}$`, 's').test(text);
    }
    case 'numeric': {
      const [sign, number] = operand as [string, number];
      if (sign !== '>') throw new Error(`unknown comparison: ${sign}`);
      return typeof value === 'number' && value > number;
    }
    case 'anything-but':
      return value !== undefined && !(operand as unknown[]).includes(value);
    case 'exists':
      return (value !== undefined) === operand;
    default:
      throw new Error(`unknown operator: ${operator}`);
  }
}
