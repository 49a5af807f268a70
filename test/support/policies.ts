import type { Deployment } from './deployment';

/** What a policy is attached to decides what it may say. */
export type PolicyKind = 'identity' | 'trust' | 'resource' | 'endpoint';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Policy {
  /** Stack, logical id and property. */
  readonly path: string;
  readonly kind: PolicyKind;
  readonly document: { readonly Version?: string; readonly Statement: readonly Statement[] };
}

export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** Every policy document in the templates, wherever it stands, also as text. */
export function policiesIn(deployment: Deployment): readonly Policy[] {
  const known = found.get(deployment) ?? findPolicies(deployment);
  found.set(deployment, known);
  return known;
}

const found = new WeakMap<Deployment, readonly Policy[]>();

function findPolicies(deployment: Deployment): Policy[] {
  return deployment.resources().flatMap(({ stack, id, resource }) =>
    documentsIn(resource.Properties, `${stack}/${id}`, value => deployment.resolve(stack, value)).map(policy => ({
      ...policy,
      kind: kindOf(resource.Type, policy.path),
    })),
  );
}

/** Policies attached to a role: inline, and as resources of their own. */
export function policiesOfRole(deployment: Deployment, roleArn: string): Policy['document'][] {
  const name = roleArn.split('/').at(-1) ?? '';
  const isOf = ({ path }: Policy) => {
    const [stack = '', id = ''] = path.split('/');
    const attached = deployment.resources().find(resource => resource.stack === stack && resource.id === id);
    const roles = deployment.resolve(stack, attached?.resource.Properties.Roles ?? []) as string[];
    return roles.includes(name) || id === name;
  };
  return policiesIn(deployment).flatMap(policy =>
    policy.kind === 'identity' && isOf(policy) ? [policy.document] : [],
  );
}

type Found = Pick<Policy, 'path' | 'document'>;

function documentsIn(value: unknown, path: string, resolve: (value: unknown) => unknown): Found[] {
  if (typeof value === 'string' && value.startsWith('{') && value.includes('"Statement"')) {
    return documentsIn(JSON.parse(value), path, resolve);
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  if ('Statement' in value) {
    const document = resolve({ ...value, Statement: listOf(value.Statement) });
    return [{ path, document: document as Policy['document'] }];
  }
  if (('Fn::Join' in value || 'Fn::Sub' in value) && JSON.stringify(value).includes('Statement')) {
    return documentsIn(resolve(value), path, resolve);
  }
  return Object.entries(value).flatMap(([name, member]) => documentsIn(member, `${path}/${name}`, resolve));
}

function kindOf(type: string, path: string): PolicyKind {
  if (path.endsWith('/AssumeRolePolicyDocument')) return 'trust';
  if (type === 'AWS::EC2::VPCEndpoint') return 'endpoint';
  return type.startsWith('AWS::IAM::') ? 'identity' : 'resource';
}
