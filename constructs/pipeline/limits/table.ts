import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { departureOf, STEP_SHAPES } from './departure';

/** A service whose requests steps make. */
export type Service = 'sagemaker' | 'bedrock' | 'emr' | 'emr-serverless';

export type SimpleType = 'string' | 'integer' | 'number' | 'boolean';

/** What the service takes in one place. `min` and `max` are of the value, of a text's length, or of a number of elements. */
export interface Shape {
  readonly type: SimpleType | 'list' | 'map' | 'structure' | 'union' | 'any';
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  /** Allowed texts, with blanks between them. */
  readonly enum?: string;
  /** Members that must be there, with blanks between them. */
  readonly required?: string;
  /** Name of the shape of each member. */
  readonly members?: Readonly<Record<string, string>>;
  readonly item?: string;
  readonly key?: string;
  readonly value?: string;
}

interface Table {
  readonly origin: string;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const tables = new Map<Service, Table>();

/** The table of a service. Nothing is read before a step needs it. */
export function tableOf(service: Service): Table {
  const known = tables.get(service);
  if (known) return known;
  const table = JSON.parse(readFileSync(join(__dirname, `${service}.json`), 'utf8')) as Table;
  tables.set(service, table);
  return table;
}

/** What pipelines take where the API has a shape of this name; the name of a type stands for that type without limits. */
export function shapeOf(service: Service, name: string): Shape {
  const { shapes } = tableOf(service);
  const shape = STEP_SHAPES[name] ?? (Object.hasOwn(shapes, name) ? shapes[name] : undefined);
  if (!shape) return { type: name as SimpleType };
  const { optional = [] } = departureOf(name);
  return optional.length > 0
    ? {
        ...shape,
        required: words(shape.required)
          .filter(member => !optional.includes(member))
          .join(' '),
      }
    : shape;
}

export function words(list: string | undefined): readonly string[] {
  return list ? list.split(' ') : [];
}
