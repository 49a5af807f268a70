import { CfnMapping, Stack, Token } from 'aws-cdk-lib/core';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import { accountsOf } from './catalogue';
import type { SelectedRelease } from './release';

/** Where an image is, as seen from one stack. */
export interface ImageLocation {
  readonly imageUri: string;
  readonly repositoryArn: string;
}

/** The URI of a release in the region of a stack, and the ARN of its repository. */
export function locate(scope: Construct, release: SelectedRelease): ImageLocation {
  const stack = Stack.of(scope);
  const account = accountIn(scope, release);
  const suffix = Token.isUnresolved(stack.region) ? undefined : RegionInfo.get(stack.region).domainSuffix;
  const host = `${account}.dkr.ecr.${stack.region}.${suffix ?? stack.urlSuffix}`;
  const { repository, tag } = release;
  return {
    imageUri: `${host}/${repository}${tag ? `:${tag}` : ''}`,
    repositoryArn: stack.formatArn({ service: 'ecr', account, resource: 'repository', resourceName: repository }),
  };
}

function accountIn(scope: Construct, { registry, label }: SelectedRelease): string {
  const stack = Stack.of(scope);
  const accounts = accountsOf(registry);
  if (Token.isUnresolved(stack.region)) {
    return mappingIn(stack, registry).findInMap(stack.region, 'account');
  }
  const account = accounts[stack.region];
  if (account === undefined) {
    const regions = Object.keys(accounts).join(', ');
    throw new Error(
      `${scope.node.path}: 'region' must be one where ${label} exists (${regions}), got: ${stack.region}`,
    );
  }
  return account;
}

/** One mapping per registry and stack, however many images use it. */
function mappingIn(stack: Stack, registry: string): CfnMapping {
  const id = `ImageAccounts${registry.replace(/(?:^|[-/])(\w)/g, (_, first: string) => first.toUpperCase())}`;
  const existing = stack.node.tryFindChild(id);
  if (existing instanceof CfnMapping) {
    return existing;
  }
  const mapping = Object.fromEntries(
    Object.entries(accountsOf(registry)).map(([region, account]) => [region, { account }]),
  );
  return new CfnMapping(stack, id, { mapping });
}
