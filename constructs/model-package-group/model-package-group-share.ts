import { Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import { modelPackageGroupArns, type NamedModelPackageGroupRef } from './model-package-group-grants';

/**
 * What another account may do: look at the versions, make models of them, add versions, or approve and reject them.
 * `Deploy`, `Register` and `Approve` do not include `Read`.
 */
export type ModelPackageGroupAccess = 'Read' | 'Deploy' | 'Register' | 'Approve';

export interface ModelPackageGroupShare {
  /** Id of another account, 12 digits. Its administrator hands the access on to roles there. */
  readonly account: string;

  /** What the account may do, at least one. */
  readonly access: readonly ModelPackageGroupAccess[];
}

// https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html#model-registry-deploy-xaccount
// https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html#model-registry-version-xaccount
const ACTIONS: Readonly<Record<ModelPackageGroupAccess, readonly string[]>> = {
  Read: ['sagemaker:DescribeModelPackage', 'sagemaker:DescribeModelPackageGroup', 'sagemaker:ListModelPackages'],
  Deploy: ['sagemaker:CreateModel'],
  Register: ['sagemaker:CreateModelPackage'],
  Approve: ['sagemaker:UpdateModelPackage'],
};

/**
 * Resource policy that shares a group.
 *
 * The registry rejects duplicate principals, so accounts with equal access share a statement and each account occurs once.
 * Principals are whole accounts: with a role as principal, AWS RAM could not make the group discoverable.
 */
export function sharePolicy(
  group: NamedModelPackageGroupRef,
  shares: readonly ModelPackageGroupShare[],
): iam.PolicyDocument {
  const accountsByActions = new Map<string, string[]>();
  for (const { account, access } of shares) {
    const actions = [...new Set(access.flatMap(kind => ACTIONS[kind]))].sort().join();
    accountsByActions.set(actions, [...(accountsByActions.get(actions) ?? []), account]);
  }
  return new iam.PolicyDocument({
    statements: [...accountsByActions].map(
      ([actions, accounts]) =>
        new iam.PolicyStatement({
          principals: accounts.map(account => new iam.AccountPrincipal(account)),
          actions: actions.split(','),
          resources: modelPackageGroupArns(group),
        }),
    ),
  });
}

export function validateShares(group: NamedModelPackageGroupRef, shares: readonly ModelPackageGroupShare[]): void {
  const fail = (rule: string, got: string): never => {
    throw new Error(`${group.node.path}: 'sharedWith' must ${rule}, got: ${got}`);
  };
  const seen = new Set<string>();
  for (const { account, access } of shares) {
    if (access.length === 0) {
      fail('give each account some access', `[] for ${account}`);
    }
    if (seen.has(account)) {
      fail("name each account once; join its 'access'", account);
    }
    seen.add(account);
    if (!Token.isUnresolved(account) && !/^\d{12}$/.test(account)) {
      fail('hold account ids of 12 digits', account);
    }
    if (account === Stack.of(group).account) {
      fail('hold other accounts only', account);
    }
  }
}
