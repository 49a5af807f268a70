import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Pipeline, type Step } from '../../constructs/pipeline';
import { checkDefinition, type DefinedStep, definitionOf, normalised } from './definition';
import { allowedTo, type Statement } from './role-policy';

/** Role of the jobs in all fixtures. */
export const JOBS = 'arn:aws:iam::111122223333:role/Jobs';

export const newStack = (region = 'eu-west-1') =>
  new Stack(new App(), 'Loans', { env: { account: '111122223333', region } });

/** A pipeline of these steps with a role that exists. */
export function pipelineOf(steps: readonly Step[], stack = newStack()): Pipeline {
  return new Pipeline(stack, 'Pipeline', { steps, role: iam.Role.fromRoleArn(stack, 'Jobs', JOBS) });
}

/** The steps by name, in the form that fixtures are compared in; checked against the requests of the API. */
export function written(steps: readonly Step[], stack = newStack()): Record<string, DefinedStep> {
  const definition = definitionOf(pipelineOf(steps, stack));
  expect(checkDefinition(definition)).toEqual([]);
  return Object.fromEntries(definition.Steps.map(step => [step.Name, normalised(step) as DefinedStep]));
}

/** What another program wrote; see `origin` in the file. */
export function fixtureSteps(name: string): Record<string, DefinedStep> {
  const text = readFileSync(join(__dirname, '..', 'fixtures', 'pipeline', `${name}.json`), 'utf8');
  const { steps } = JSON.parse(text) as { steps: DefinedStep[] };
  return Object.fromEntries(steps.map(step => [step.Name, normalised(step) as DefinedStep]));
}

/** The step of that name. */
export function stepNamed(steps: Readonly<Record<string, DefinedStep>>, name: string): DefinedStep {
  const step = steps[name];
  if (!step) throw new Error(`a step ${name} is needed, got: ${Object.keys(steps).join(', ')}`);
  return step;
}

/** What a pipeline of these steps lets its own role and that of its jobs do. */
export function allowedFor(
  steps: readonly Step[],
  stack = newStack(),
): { pipeline: Statement[]; job: Statement[]; warnings: string[] } {
  const assumedBy = new iam.ServicePrincipal('sagemaker.amazonaws.com');
  const [role, jobRole] = ['Runs', 'Jobs'].map(id => new iam.Role(stack, id, { assumedBy }));
  const pipeline = new Pipeline(stack, 'Pipeline', { steps, role, jobRole });
  expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
  return {
    pipeline: allowedTo(pipeline.role),
    job: allowedTo(pipeline.jobRole),
    warnings: warnings.map(({ entry }) => entry.data as string),
  };
}

/** A pipeline of these steps, or of one, fails with this problem of the last one. */
export function expectProblem(steps: Step | readonly Step[], problem: string): void {
  const all = [steps].flat() as readonly Step[];
  expect(() => pipelineOf(all)).toThrow(new Error(`Loans/Pipeline: step '${all.at(-1)?.name ?? ''}': ${problem}`));
}
