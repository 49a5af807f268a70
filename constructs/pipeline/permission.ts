import { Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Value } from './expression';
import { literalPrefix } from './expression';
import type { StepContext } from './context';

const JOBS = {
  ProcessingJob: 'processing-job',
  TrainingJob: 'training-job',
  HyperParameterTuningJob: 'hyper-parameter-tuning-job',
  TransformJob: 'transform-job',
} as const;

/** Lets the pipeline start, watch and stop one kind of job, and give it its role. The service names the jobs. */
export function grantJob(context: StepContext, job: keyof typeof JOBS, role?: iam.IRole): void {
  const verbs = ['Create', 'Describe', 'Stop'].map(verb => `sagemaker:${verb}${job}`);
  const more = job === 'HyperParameterTuningJob' ? ['sagemaker:ListTrainingJobsForHyperParameterTuningJob'] : [];
  grant(context, [...verbs, ...more, 'sagemaker:AddTags'], [`${JOBS[job]}/*`]);
  if (role) grantPassRole(context, role);
}

/** Lets the pipeline do something to resources of SageMaker, given as `<resource type>/<name>`. */
export function grant(context: StepContext, actions: readonly string[], resources: readonly string[]): void {
  const stack = Stack.of(context.scope);
  const resourceArns = resources.map(resource => stack.formatArn({ service: 'sagemaker', resource }));
  iam.Grant.addToPrincipal({ grantee: context.pipelineRole, actions: [...actions], resourceArns });
}

/** Lets the pipeline give a role to SageMaker, and to no other service. */
export function grantPassRole({ pipelineRole }: StepContext, role: iam.IRole): void {
  iam.Grant.addToPrincipal({
    grantee: pipelineRole,
    actions: ['iam:PassRole'],
    resourceArns: [role.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
  });
}

/** Lets the pipeline itself read what a job wrote, as far as the place is known at synthesis. */
export function grantReadOutput({ scope, pipelineRole }: StepContext, uri: Value<string>): void {
  const prefix = literalPrefix(uri);
  if (!prefix.startsWith('s3://')) return;
  const [bucket = '', ...key] = prefix.slice('s3://'.length).split('/');
  const objects = `${bucket}/${key.join('/')}*`;
  const resourceArns = [Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: objects })];
  iam.Grant.addToPrincipal({ grantee: pipelineRole, actions: ['s3:GetObject'], resourceArns });
}
