import { Annotations, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import { acknowledgeWildcards, type Permission } from '../roles';
import type { StepContext } from './context';
import { literalBeginning, type Value } from './expression';
import { isUnknown } from './problem';

const JOBS = {
  ProcessingJob: 'processing-job',
  TrainingJob: 'training-job',
  HyperParameterTuningJob: 'hyper-parameter-tuning-job',
  TransformJob: 'transform-job',
  AutoMLJob: 'automl-job',
} as const;

const NAMED_BY_SERVICE =
  'The service makes up the names of what a pipeline creates; kind, account and region are fixed';

/** Allows something to a role, and says in the tree why its wildcards are needed. */
export function allow(role: iam.IRole, { actions, resources, conditions, wildcardReason }: Permission): void {
  iam.Grant.addToPrincipal({ grantee: role, actions: [...actions], resourceArns: [...resources], conditions });
  if (wildcardReason !== undefined) acknowledgeWildcards(role, resources, wildcardReason);
}

/** Lets the pipeline start, watch and stop one kind of job, and give it its role. */
export function grantJob(context: StepContext, job: keyof typeof JOBS, role?: iam.IRole): void {
  const verbs = ['Create', 'Describe', 'Stop'].map(verb => `sagemaker:${verb}${job}`);
  const more = job === 'HyperParameterTuningJob' ? ['sagemaker:ListTrainingJobsForHyperParameterTuningJob'] : [];
  grant(context, [...verbs, ...more, 'sagemaker:AddTags'], [`${JOBS[job]}/*`]);
  if (role) grantPassRole(context, role);
}

/** Lets the pipeline do something to resources of SageMaker, given as `<resource type>/<name>`. */
export function grant(
  { scope, pipelineRole }: StepContext,
  actions: readonly string[],
  resources: readonly string[],
  wildcardReason = NAMED_BY_SERVICE,
): void {
  const stack = Stack.of(scope);
  const arns = resources.map(resource => stack.formatArn({ service: 'sagemaker', resource }));
  allow(pipelineRole, { actions, resources: arns, wildcardReason });
}

/** Lets the pipeline do something to the versions of a model package group. */
export function grantModelPackages(context: StepContext, group: Value<string>, actions: readonly string[]): void {
  grant(
    context,
    actions,
    namesOf(group).flatMap(name => [`model-package-group/${name}`, `model-package/${name}/*`]),
    'SageMaker numbers the versions of a group at run time',
  );
}

/**
 * SageMaker writes names in lower case in the ARNs it returns, but checks a call against the name as the caller wrote it,
 * and policies tell case apart: a name with capitals is allowed in both forms.
 */
export function namesOf(name: Value<string>): readonly string[] {
  if (typeof name !== 'string') return ['*'];
  return isUnknown(name) ? [name] : [...new Set([name, name.toLowerCase()])];
}

/** Lets the pipeline give a role to one service, and to no other. */
export function grantPassRole(
  { pipelineRole }: StepContext,
  role: iam.IRole,
  principal = 'sagemaker.amazonaws.com',
): void {
  const service = iam.ServicePrincipal.servicePrincipalName(principal);
  allow(pipelineRole, {
    actions: ['iam:PassRole'],
    resources: [role.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': service } },
  });
}

/** Lets the pipeline give a role to a service outside SageMaker. In China, some of them have names with `.cn` at the end. */
export function grantPassRoleTo({ pipelineRole }: StepContext, role: iam.IRole, service: string): void {
  allow(pipelineRole, {
    actions: ['iam:PassRole'],
    resources: [role.roleArn],
    conditions: { StringLike: { 'iam:PassedToService': `${service}.amazonaws.com*` } },
  });
}

/**
 * Lets the pipeline itself read what lies at a place in S3, as far as the place is known at synthesis.
 *
 * Returns whether its bucket is known.
 */
export function grantRead({ scope, pipelineRole }: StepContext, uri: Value<string>, file = ''): boolean {
  const place = placeOf(uri);
  if (place === undefined) return false;
  const { bucket, key, complete } = place;
  const path = complete ? [key.replace(/\/$/, ''), file].filter(part => part !== '').join('/') : `${key}*`;
  const stack = Stack.of(scope);
  const arn = stack.formatArn({ service: 's3', region: '', account: '', resource: bucket, resourceName: path });
  allow(pipelineRole, {
    actions: ['s3:GetObject'],
    resources: [arn],
    wildcardReason: 'The rest of the place is only known when the pipeline runs',
  });
  return true;
}

/** Lets a role list what begins like a place in S3, as the download of a job's input does, as far as the place is known at synthesis. */
export function grantList({ scope }: StepContext, role: iam.IRole, uri: Value<string>): void {
  const place = placeOf(uri);
  if (place === undefined) return;
  const { bucket, key } = place;
  allow(role, {
    actions: ['s3:ListBucket'],
    resources: [Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucket })],
    conditions: { StringLike: { 's3:prefix': [`${key}*`] } },
  });
}

/** Bucket and beginning of the key, where at least the bucket is known; `complete` where all of the key is. */
function placeOf(uri: Value<string>): { bucket: string; key: string; complete: boolean } | undefined {
  const { text, complete } = literalBeginning(uri);
  // Without a slash behind it, the name of the bucket may go on in the part that is not known.
  const [, bucket, key = ''] = (complete ? /^s3:\/\/([^/]+)(?:\/(.*))?$/s : /^s3:\/\/([^/]+)\/(.*)$/s).exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, key, complete };
}

/** Lets the pipeline read a JSON file that a job wrote, or says that somebody else must. */
export function grantReadOutput(
  context: StepContext,
  step: string,
  uri: Value<string>,
  file: string,
  shown = file,
): void {
  if (!grantRead(context, uri, file)) {
    Annotations.of(context.scope).addWarningV2(
      `sagemaker-cdk:read-not-granted-${step}`,
      `step '${step}': the bucket of '${shown}' is only known when the pipeline runs, so reading it is not granted; grant s3:GetObject to the pipeline's role`,
    );
  }
}
