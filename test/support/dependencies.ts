import type { TemplateJson } from './app';

/** Logical ids of all resources that a resource depends on, itself left out: they are made before it and deleted after it. */
export function dependenciesOf({ Resources }: TemplateJson, id: string): string[] {
  const found = new Set([id]);
  for (const each of found) {
    const { DependsOn = [], Properties } = Resources[each] ?? {};
    const named = [...[DependsOn].flat(), ...referencesIn(Properties)];
    named.filter(name => Object.hasOwn(Resources, name)).forEach(name => found.add(name));
  }
  return [...found].filter(name => name !== id).sort();
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, content]: [string, unknown]) => {
    if (key === 'Ref') return [String(content)];
    if (key === 'Fn::GetAtt') return [String([content].flat()[0])];
    if (key === 'Fn::Sub') return [...JSON.stringify(content).matchAll(/\$\{([A-Za-z0-9]+)/g)].map(([, id = '']) => id);
    return referencesIn(content);
  });
}
