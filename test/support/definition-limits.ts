import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from './request-schema';

/** What botocore's model of SageMaker says of one shape; see `origin` in the file. The AWS SDK's schemas do not have it. */
interface Shape {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: string;
  readonly members?: Readonly<Record<string, string>>;
  readonly item?: string;
  readonly key?: string;
  readonly value?: string;
}

const PATH = join(__dirname, '..', '..', 'constructs', 'pipeline', 'limits', 'sagemaker.json');
const FUNCTIONS = ['Get', 'Std:Join', 'Std:JsonGet'];
let shapes: Readonly<Record<string, Shape>> | undefined;

/** Texts, numbers and sizes in a request of SageMaker that are out of their limits, by the name of the request's shape. */
export function limitFindings(name: string, value: unknown, at: string): string[] {
  shapes ??= (JSON.parse(readFileSync(PATH, 'utf8')) as { shapes: Readonly<Record<string, Shape>> }).shapes;
  const shape = shapes[name];
  // Of the wrong type: the schemas tell.
  if (!shape || value === null || (isObject(value) && FUNCTIONS.some(each => Object.hasOwn(value, each)))) return [];
  if (typeof value === 'string') return textFindings(shape, value, at);
  const size = typeof value === 'number' ? value : Object.keys(value as object).length;
  const { min = -Infinity, max = Infinity } = shape;
  const own = shape.type === 'structure' || (size >= min && size <= max) ? [] : [`${at}: is out of range: ${size}`];
  const inner = Object.entries(isObject(value) || Array.isArray(value) ? value : {}).flatMap(([key, member]) => [
    ...(shape.key === undefined ? [] : limitFindings(shape.key, key, `${at}.${key}`)),
    ...limitFindings(shape.members?.[key] ?? shape.item ?? shape.value ?? '', member, `${at}.${key}`),
  ]);
  return [...own, ...inner];
}

function textFindings({ min = 0, max = Infinity, pattern, enum: allowed }: Shape, text: string, at: string): string[] {
  // What only CloudFormation knows, and the places of uploaded files, as tests write them.
  if (text.includes('${') || text.startsWith('<files>/')) return [];
  if (text.length < min || text.length > max) return [`${at}: is ${text.length} characters long`];
  if (allowed !== undefined) return allowed.split(' ').includes(text) ? [] : [`${at}: is no value: ${text}`];
  return pattern === undefined || matches(pattern, text) ? [] : [`${at}: has a wrong form: ${text}`];
}

const expressions = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  // Java's classes of characters are no JavaScript.
  if (pattern.includes('{Alnum}')) return true;
  const expression = expressions.get(pattern) ?? new RegExp(`^(?:${pattern})$`, 'u');
  expressions.set(pattern, expression);
  return expression.test(text);
}
