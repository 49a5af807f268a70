import { type CfnResource, Stack } from 'aws-cdk-lib/core';

/** A resource as it stands in the template. */
export interface Rendered {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Renders a resource, so that a rule sees overrides of the template too. Dependencies between constructs are in it after synthesis. */
export function rendered(resource: CfnResource): Rendered {
  // Internal, and what Stack itself calls: there is no public way to see what overrides make of the properties.
  const internal = resource as unknown as { _toCloudFormation(): object };
  const template = Stack.of(resource).resolve(internal._toCloudFormation()) as {
    Resources: Record<string, Partial<Rendered>>;
  };
  const [found] = Object.values(template.Resources);
  const dependsOn = (found?.DependsOn ?? []) as readonly string[] | string;
  return {
    ...found,
    Type: resource.cfnResourceType,
    Properties: found?.Properties ?? {},
    DependsOn: typeof dependsOn === 'string' ? [dependsOn] : dependsOn,
  };
}

/** A member of nested data, by a path with dots; nothing where a part of the way is missing. */
export function memberAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}
