import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shapes of a service that this project has no client of; see `origin` in the file. */
interface ServiceModel {
  readonly origin: string;
  readonly shapes: Readonly<Record<string, Shape>>;
}

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
  readonly member?: string;
  readonly value?: string;
}

const CODES: Readonly<Record<string, number>> = {
  string: 0,
  boolean: 2,
  timestamp: 4,
  integer: 1,
  long: 1,
  double: 1,
};

/** The shapes of a service as schemas in the form of the SDK's. `without` names members that are left out, by shape. */
export function serviceModel(
  service: string,
  without: Readonly<Record<string, readonly string[]>> = {},
): (name: string) => unknown {
  const path = join(__dirname, '..', 'fixtures', 'service-models', `${service}.json`);
  const { shapes } = JSON.parse(readFileSync(path, 'utf8')) as ServiceModel;
  const schema = (name: string): unknown => {
    const { type, members = {}, required = [], member = '', value = '' } = shapes[name] ?? { type: name };
    if (type === 'list') return [1, '', '', 0, () => schema(member)];
    if (type === 'map') return [2, '', '', 0, 0, () => schema(value)];
    if (type === 'structure' || type === 'union') {
      const kept = Object.keys(members).filter(each => !without[name]?.includes(each));
      // The required members of a schema are its first ones.
      const [first, rest] = [true, false].map(wanted => kept.filter(each => required.includes(each) === wanted));
      const names = [...(first ?? []), ...(rest ?? [])];
      const schemas = names.map(each => () => schema(members[each] ?? ''));
      return [type === 'union' ? 4 : 3, '', '', 0, names, schemas, first?.length];
    }
    const code = CODES[type];
    if (code === undefined) throw new Error(`no shape ${name} in the model of ${service}`);
    return code;
  };
  return schema;
}
