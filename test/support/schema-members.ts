const [LIST, MAP, STRUCTURE, UNION] = [1, 2, 3, 4];

/** Names of the members of each structure in schemas of the AWS SDK, by the structure's name; see request-schema.ts for the form. */
export function membersIn(schemas: readonly unknown[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const visit = (schema: unknown): void => {
    if (typeof schema === 'function') visit((schema as () => unknown)());
    if (!Array.isArray(schema)) return;
    const parts = schema as unknown[];
    const [kind, , name] = parts;
    // A member with traits of its own.
    if (parts.length <= 2) visit(kind);
    else if (kind === LIST) visit(parts[4]);
    else if (kind === MAP) visit(parts[5]);
    else if ((kind === STRUCTURE || kind === UNION) && !found.has(String(name))) {
      found.set(String(name), parts[4] as string[]);
      (parts[5] as unknown[]).forEach(visit);
    }
  };
  schemas.forEach(visit);
  return found;
}
