/** Throws unless `holds`, with the construct path, the prop, the rule in words and the value. */
export type Check = (prop: string, holds: boolean, rule: string, got: unknown) => void;

/** Checks of the members of one prop; an empty member name means the prop itself. */
export function check(path: string, prop?: string): Check {
  return (member, holds, rule, got) => {
    if (!holds) {
      const name = [prop, member].filter(part => part).join('.');
      throw new Error(`${path}: '${name}' must ${rule}, got: ${String(got)}`);
    }
  };
}
