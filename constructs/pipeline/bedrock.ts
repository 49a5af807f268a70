import { Stack } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { StepContext } from './context';
import type { Value } from './expression';
import { allow, grantPassRole } from './permission';
import { count, type Rule, rule } from './problem';

/** Tags, by key: up to 200. */
export type BedrockTags = Readonly<Record<string, Value<string>>>;

/** Members of a Bedrock request beside those of the props, in PascalCase, as pipelines want them; nobody checks them. */
export type BedrockRequest = Readonly<Record<string, unknown>>;

export function renderTags(tags: BedrockTags | undefined): object[] | undefined {
  return tags && Object.entries(tags).map(([Key, value]) => ({ Key, Value: value }));
}

/** The names that Bedrock takes for models, deployments and throughputs. */
export function bedrockName(prop: string, name: Value<string>): Rule {
  return rule(
    name,
    text => /^([0-9a-zA-Z][_-]?){1,63}$/.test(String(text)) && String(text).length <= 63,
    `'${prop}' must be 1 to 63 letters, digits, - and _, which no other - or _ follows, and start with a letter or digit`,
  );
}

export function tagRule(prop: string, tags: BedrockTags | undefined): Rule {
  return count(prop, tags, 200);
}

/** Lets the pipeline do something in Bedrock, to resources given as `<resource type>/<name>`, or `*`. */
export function grantBedrock(
  { scope, pipelineRole }: StepContext,
  actions: readonly string[],
  resources: readonly string[],
  wildcardReason = 'Bedrock makes up the ids of what it creates; kind, account and region are fixed',
): void {
  const stack = Stack.of(scope);
  const arns = resources.map(resource =>
    resource === '*' || resource.startsWith('arn:') ? resource : stack.formatArn({ service: 'bedrock', resource }),
  );
  allow(pipelineRole, { actions: actions.map(action => `bedrock:${action}`), resources: arns, wildcardReason });
}

/** Lets the pipeline create something that has no ARN before it is there, watch it, and tag it where it has tags. */
export function grantBedrockCreation(
  context: StepContext,
  kind: string,
  places: { readonly created: string; readonly tagged: readonly string[] },
): void {
  grantBedrock(context, [`Create${kind}`], ['*'], 'Bedrock has no resource to limit this action to');
  grantBedrock(context, [`Get${kind}`], [places.created]);
  if (places.tagged.length > 0) grantBedrock(context, ['TagResource'], places.tagged);
}

/** Lets the pipeline give a role to Bedrock, and to no other service. */
export function grantPassToBedrock(context: StepContext, role: iam.IRole): void {
  grantPassRole(context, role, 'bedrock.amazonaws.com');
}

/**
 * Lets the pipeline use a key through Bedrock, and in no other way.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-import-model.html
 */
export function grantBedrockKey({ scope, pipelineRole }: StepContext, key: kms.IKey): void {
  const { region, urlSuffix } = Stack.of(scope);
  allow(pipelineRole, {
    actions: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `bedrock.${region}.${urlSuffix}` } },
  });
}
