/**
 * Checks a request against the schema that an AWS SDK client carries at run time, such as `UpdateStackInput$`.
 *
 * A structure is `[3, namespace, name, traits, member names, member schemas, number of required members]`, the required members being the
 * first ones; a list is `[1, namespace, name, traits, item]` or 64 plus the code of its item; a map `[2, namespace, name, traits, key, value]`;
 * a simple type is a code, or `[0, namespace, name, traits, code]`.
 */
export function requestProblems(schema: unknown, value: unknown, path = ''): string[] {
  const target: unknown = typeof schema === 'function' ? (schema as () => unknown)() : schema;
  if (Array.isArray(target)) {
    const parts = target as unknown[];
    switch (parts[0]) {
      case 0:
        return requestProblems(parts[4], value, path);
      case 1:
        return listProblems(parts[4], value, path);
      case 3:
        return structureProblems(parts, value, path);
      default:
        // A member with traits of its own: [schema, traits].
        return requestProblems(parts[0], value, path);
    }
  }
  if (typeof target === 'number' && target >= LIST_MODIFIER && target < 2 * LIST_MODIFIER) {
    return listProblems(target - LIST_MODIFIER, value, path);
  }
  const expected = typeof target === 'number' ? SIMPLE_TYPES[target] : undefined;
  if (expected === undefined) {
    throw new Error(`${path}: unknown schema ${JSON.stringify(target)}`);
  }
  return typeof value === expected ? [] : [`${path}: must be a ${expected}, got: ${JSON.stringify(value)}`];
}

const LIST_MODIFIER = 64;
const SIMPLE_TYPES: Readonly<Record<number, string>> = { 0: 'string', 1: 'number', 2: 'boolean' };

function listProblems(item: unknown, value: unknown, path: string): string[] {
  return Array.isArray(value)
    ? value.flatMap((entry, i) => requestProblems(item, entry, `${path}[${i.toString()}]`))
    : [`${path}: must be a list, got: ${JSON.stringify(value)}`];
}

function structureProblems(schema: readonly unknown[], value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${path}: must be an object, got: ${JSON.stringify(value)}`];
  }
  const [names, schemas, required = 0] = schema.slice(4) as [string[], unknown[], number?];
  const missing = names.slice(0, required).filter(name => !Object.hasOwn(value, name));
  return [
    ...missing.map(name => `${path}.${name}: is required`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const at = names.indexOf(name);
      return at < 0 ? [`${path}.${name}: is unknown`] : requestProblems(schemas[at], member, `${path}.${name}`);
    }),
  ];
}
