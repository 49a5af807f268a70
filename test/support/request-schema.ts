/**
 * Checks plain data against the schemas that a client of the AWS SDK carries at run time, such as `CreateModelInput$`.
 *
 * A schema is a code of a simple type, a function that returns a schema, or an array that begins with its kind:
 * `[0, namespace, name, traits, schema]` is a simple type with traits, `[1, …, item]` a list, `[2, …, key, value]` a map, and
 * `[3, …, names, schemas, required?]` a structure whose first `required` members are required; 4 is a union. 64 and 128, added
 * to a code, make a list and a map of it. A member with traits of its own is `[schema, traits]`.
 */
export type SimpleType = 'string' | 'number' | 'boolean';

export interface RequestOptions {
  /** Members of the request itself that are required by the API and may be missing here. */
  readonly optional?: readonly string[];

  /** Members of the request itself that the API takes and that are refused here. */
  readonly refused?: readonly string[];

  /**
   * Says what a function object stands for, or returns undefined for an object that is no function. A text is a problem.
   *
   * Left out, function objects are taken nowhere.
   */
  readonly evaluate?: (value: Readonly<Record<string, unknown>>) => Evaluation | undefined;
}

/** The types that a function can yield, or what is wrong with it. */
export type Evaluation = { readonly types: readonly SimpleType[] } | { readonly problem: string };

const [SIMPLE, LIST, MAP, STRUCTURE, UNION] = [0, 1, 2, 3, 4];
const [LIST_OF, MAP_OF] = [64, 128];
const SIMPLE_TYPES: ReadonlyMap<unknown, SimpleType> = new Map([
  [0, 'string'],
  [1, 'number'],
  [2, 'boolean'],
  // Timestamps and blobs are texts or numbers in JSON, by the protocol.
  [4, 'number'],
  [21, 'string'],
  // A blob that is streamed.
  [42, 'string'],
]);

type Schema =
  | { readonly kind: 'simple'; readonly type: SimpleType }
  | { readonly kind: 'list'; readonly item: unknown }
  | { readonly kind: 'map'; readonly item: unknown }
  | { readonly kind: 'structure'; readonly members: ReadonlyMap<string, unknown>; readonly required: readonly string[] }
  | { readonly kind: 'union'; readonly members: ReadonlyMap<string, unknown> };

/** What is wrong with a request; empty when nothing is. */
export function requestProblems(schema: unknown, request: unknown, options: RequestOptions = {}, at = ''): string[] {
  const { optional = [], refused = [] } = options;
  const known = schemaOf(schema);
  const names = isObject(request) ? Object.keys(request) : [];
  return [
    ...names.filter(name => refused.includes(name)).map(name => `${at}.${name}: is refused here`),
    ...problems(known, request, options, at).filter(problem => !optional.some(name => problem === missing(at, name))),
  ];
}

/** The type of the value at a path such as `Outputs['train'].S3Output.S3Uri`, or undefined where there is none. */
export function typeAt(schema: unknown, path: string): SimpleType | undefined {
  const steps = path.match(/[^.[\]']+|\['[^']*'\]|\[\d+\]/g) ?? [];
  let current: unknown = schema;
  for (const step of steps) {
    const known = schemaOf(current);
    if (step.startsWith('[')) {
      if (known.kind !== 'list' && known.kind !== 'map') return undefined;
      current = known.item;
    } else {
      if (known.kind !== 'structure' && known.kind !== 'union') return undefined;
      current = known.members.get(step);
    }
    if (current === undefined) return undefined;
  }
  const found = schemaOf(current);
  return found.kind === 'simple' ? found.type : undefined;
}

function schemaOf(schema: unknown): Schema {
  if (typeof schema === 'function') return schemaOf((schema as () => unknown)());
  if (typeof schema === 'number' && schema >= MAP_OF) return { kind: 'map', item: schema - MAP_OF };
  if (typeof schema === 'number' && schema >= LIST_OF) return { kind: 'list', item: schema - LIST_OF };
  const type = SIMPLE_TYPES.get(schema);
  if (type) return { kind: 'simple', type };
  if (!Array.isArray(schema)) throw new Error(`unknown schema: ${JSON.stringify(schema)}`);
  const [kind] = schema as unknown[];
  switch (schema.length > 2 ? kind : 'member') {
    case SIMPLE:
      return schemaOf(schema[4]);
    case LIST:
      return { kind: 'list', item: schema[4] };
    case MAP:
      return { kind: 'map', item: schema[5] };
    case STRUCTURE:
    case UNION: {
      const [names, schemas, required = 0] = schema.slice(4) as [string[], unknown[], number?];
      const members = new Map(names.map((name, index) => [name, schemas[index]]));
      return kind === UNION
        ? { kind: 'union', members }
        : { kind: 'structure', members, required: names.slice(0, required) };
    }
    default:
      return schemaOf(kind);
  }
}

function problems(schema: Schema, value: unknown, options: RequestOptions, at: string): string[] {
  const evaluation = isObject(value) ? options.evaluate?.(value) : undefined;
  if (evaluation && 'problem' in evaluation) return [`${at}: ${evaluation.problem}`];
  if (schema.kind === 'simple') {
    const types: readonly string[] = evaluation?.types ?? [typeof value];
    return types.includes(schema.type) ? [] : [`${at}: must be a ${schema.type}, got: ${JSON.stringify(value)}`];
  }
  if (evaluation) return [`${at}: must be a ${schema.kind}, which a function cannot be, got: ${JSON.stringify(value)}`];
  if (schema.kind === 'list') {
    return Array.isArray(value)
      ? value.flatMap((item, index) => problems(schemaOf(schema.item), item, options, `${at}[${index}]`))
      : [`${at}: must be a list, got: ${JSON.stringify(value)}`];
  }
  if (!isObject(value)) return [`${at}: must be a ${schema.kind}, got: ${JSON.stringify(value)}`];
  const members = Object.entries(value);
  if (schema.kind === 'map') {
    return members.flatMap(([name, member]) => problems(schemaOf(schema.item), member, options, `${at}.${name}`));
  }
  const absent = schema.kind === 'structure' ? schema.required.filter(name => !Object.hasOwn(value, name)) : [];
  const tooMany = schema.kind === 'union' && members.length !== 1;
  return [
    ...(tooMany ? [`${at}: must have exactly one member, got: ${members.map(([name]) => name).join(', ')}`] : []),
    ...absent.map(name => missing(at, name)),
    ...members.flatMap(([name, member]) =>
      schema.members.has(name)
        ? problems(schemaOf(schema.members.get(name)), member, options, `${at}.${name}`)
        : [`${at}.${name}: is unknown`],
    ),
  ];
}

function missing(at: string, name: string): string {
  return `${at}.${name}: is missing`;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
