import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { App, Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { join, Parameter, Pipeline, type Step } from '../../constructs/pipeline';
import { checkDefinition, type DefinedStep, type Definition, definitionOf } from './definition';
import { Deployment } from './deployment';
import { type Call, callsOf } from './pipeline-calls';
import { allowedTo, type Statement } from './role-policy';
import { simulate } from './simulate';

const env = { account: '111122223333', region: 'eu-west-1' };

/** ARN of everything of SageMaker in the account and region of these tests, up to the kind of resource. */
export const SAGEMAKER = 'arn:${AWS::Partition}:sagemaker:eu-west-1:111122223333';

/** What the steps of fixtures are given. */
export const given = {
  cached: { Enabled: true, ExpireAfter: 'P30D' },
  rawData: Parameter.string('RawDataUri', { default: 's3://loans/raw/loans.csv' }),
  count: Parameter.integer('InstanceCount', { default: 2 }),
  role: (stack: Stack, name = 'Jobs') => iam.Role.fromRoleArn(stack, name, `arn:aws:iam::111122223333:role/${name}`),
  key: (stack: Stack, name: string) =>
    kms.Key.fromKeyArn(stack, name, `arn:aws:kms:eu-west-1:111122223333:key/${name}`),
  network: (stack: Stack) => ({
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      isolatedSubnetIds: ['subnet-1', 'subnet-2'],
    }),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
  }),
};

export const newStack = () => new Stack(new App(), 'Loans', { env });

/** The steps that the Python SDK writes; see `origin` in the file. */
export function fixtureOf(name: string): readonly DefinedStep[] {
  const path = joinPath(__dirname, '..', 'fixtures', 'pipeline', `${name}.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { steps: DefinedStep[] }).steps;
}

/** What the oracle says about steps as the Python SDK writes them, where all that they read is there too. */
export function findingsIn(steps: readonly DefinedStep[]): string[] {
  const parameters = [given.rawData, given.count].map(each => each.renderDeclaration());
  const Parameters = parameters as unknown as Definition['Parameters'];
  return checkDefinition({ Version: '2020-12-01', Metadata: {}, Parameters, Steps: steps });
}

/** Arguments as they are written, with some expression in the place of each function. */
export function withExpressions(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    const isFunction = ['Get', 'Std:Join', 'Std:JsonGet'].some(name => Object.hasOwn(part, name));
    if (isFunction) return join('', JSON.stringify(part));
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, walk(member)]));
  };
  return walk(args) as Record<string, unknown>;
}

export function pipelineOf(...steps: readonly Step[]): Pipeline {
  return new Pipeline(newStack(), 'Pipeline', { steps });
}

/** The last step as it is written, after the oracle has found nothing wrong in all of them. */
export function written(...steps: readonly Step[]): DefinedStep {
  const definition = definitionOf(pipelineOf(...steps));
  expect(checkDefinition(definition)).toEqual([]);
  const step = definition.Steps.at(-1);
  if (!step) throw new Error('a step is needed');
  return step;
}

export function expectProblem(step: Step, problem: string): void {
  expect(() => pipelineOf(step)).toThrow(new Error(`Loans/Pipeline: step '${step.name}': ${problem}`));
}

/** What a pipeline of these steps lets its own role and that of its jobs do. */
export function allowedFor(...steps: readonly Step[]): { pipeline: Statement[]; job: Statement[]; stack: Stack } {
  const stack = newStack();
  const assumedBy = new iam.ServicePrincipal('sagemaker.amazonaws.com');
  const [role, jobRole] = ['Runs', 'Jobs'].map(id => new iam.Role(stack, id, { assumedBy }));
  const pipeline = new Pipeline(stack, 'Pipeline', { steps, role, jobRole });
  expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  return { pipeline: allowedTo(pipeline.role), job: allowedTo(pipeline.jobRole), stack };
}

/** That the pipeline's role may give the role of the jobs to a service, as `allowedFor` shows it. */
export function passes(service = 'sagemaker.amazonaws.com', role = 'Jobs'): Statement {
  return {
    Action: ['iam:PassRole'],
    Resource: [expect.stringMatching(new RegExp(`^(\\$\\{${role}[0-9A-F]{8}\\.Arn\\}|arn:.*/${role})$`)) as string],
    Condition: { StringEquals: { 'iam:PassedToService': service } },
  };
}

/** The calls that the role of a pipeline must be able to make for its steps, and cannot. */
export async function refusedCalls(pipeline: Pipeline): Promise<Call[]> {
  const { region } = new Deployment({});
  const template = JSON.stringify(Template.fromStack(Stack.of(pipeline)).toJSON()).replaceAll(env.region, region);
  const deployment = new Deployment({ Loans: JSON.parse(template) as never });
  const role = deployment.resolve('Loans', Stack.of(pipeline).resolve(pipeline.role.roleArn)) as string;
  const calls = callsOf(deployment).flatMap(each => each.pipeline);
  expect(calls.length).toBeGreaterThan(0);
  const verdicts = await Promise.all(calls.map(call => simulate(deployment, role, call)));
  return calls.filter((_, index) => verdicts[index] !== 'Allowed');
}
