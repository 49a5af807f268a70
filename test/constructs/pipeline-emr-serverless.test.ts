import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  EmrServerlessStep,
  type EmrServerlessStepProps,
  Parameter,
  Pipeline,
  type Step,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf } from '../support/definition';
import { Deployment } from '../support/deployment';
import { callsOf } from '../support/pipeline-calls';
import { allowedTo, type Statement } from '../support/role-policy';
import { simulate } from '../support/simulate';

const env = { account: '111122223333', region: 'eu-central-1' };
const newStack = () => new Stack(new App(), 'Loans', { env });
const roleIn = (stack: Stack, id: string, service: string) =>
  new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal(service) });
const pipelineIn = (stack: Stack, ...steps: Step[]) => {
  const jobRole = roleIn(stack, 'Jobs', 'sagemaker.amazonaws.com');
  const pipeline = new Pipeline(stack, 'Pipeline', { steps, jobRole });
  expect(checkDefinition(definitionOf(pipeline))).toEqual([]);
  return pipeline;
};
const applicationId = '00f1abcdefgh2j09';
const application = { releaseLabel: 'emr-7.5.0', type: 'SPARK' } as const;
const jobDriver = { sparkSubmit: { entryPoint: 's3://loans/code/features.py' } } as const;
const validIn = (stack: Stack) => ({
  executionRole: roleIn(stack, 'Spark', 'emr-serverless.amazonaws.com'),
  jobDriver,
});
const stepIn = (stack: Stack, props: Partial<EmrServerlessStepProps> = {}) =>
  new EmrServerlessStep('Features', { ...validIn(stack), applicationId, ...props } as EmrServerlessStepProps);
const ownIn = (stack: Stack, props: Readonly<Record<string, unknown>> = {}) =>
  stepIn(stack, { applicationId: undefined, application, ...props });
const argumentsOf = (stack: Stack, step: Step) => definitionOf(pipelineIn(stack, step)).Steps[0]?.Arguments;

const SPARK = expect.stringMatching(/^\$\{Spark[0-9A-F]{8}\.Arn\}$/) as string;
const APPLICATIONS = 'arn:${AWS::Partition}:emr-serverless:eu-central-1:111122223333:/applications';
const emr = (...verbs: string[]) => verbs.map(verb => `emr-serverless:${verb}`);
const passes: Statement = {
  Action: ['iam:PassRole'],
  Resource: [SPARK],
  Condition: { StringLike: { 'iam:PassedToService': 'emr-serverless.amazonaws.com*' } },
};

describe('EmrServerlessStep', () => {
  test('names role and application twice, and writes nothing that was not asked for', () => {
    const stack = newStack();
    expect(argumentsOf(stack, stepIn(stack))).toEqual({
      ExecutionRoleArn: SPARK,
      ApplicationId: applicationId,
      JobConfig: { applicationId, executionRoleArn: SPARK, jobDriver },
    });
  });

  test('makes an application, whose id is not known before', () => {
    const stack = newStack();
    expect(argumentsOf(stack, ownIn(stack))).toEqual({
      ExecutionRoleArn: SPARK,
      ApplicationConfig: application,
      JobConfig: { executionRoleArn: SPARK, jobDriver },
    });
  });

  test('takes other members of the request', () => {
    const stack = newStack();
    const request = { retryPolicy: { maxAttempts: Parameter.integer('Attempts') }, mode: 'BATCH' } as const;
    expect(argumentsOf(stack, stepIn(stack, { request, executionTimeout: Duration.minutes(0) }))).toMatchObject({
      JobConfig: {
        retryPolicy: { maxAttempts: { Get: 'Parameters.Attempts' } },
        mode: 'BATCH',
        executionTimeoutMinutes: 0,
      },
    });
  });

  test('reads what EMR tells of the job', () => {
    const step = stepIn(newStack());
    expect(step.property('jobRun.jobRunId').render()).toEqual({ Get: 'Steps.Features.jobRun.jobRunId' });
    expect(step.property('jobRun.state').reads).toEqual([step]);
  });

  test('may run jobs in its application, and give them their role', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, stepIn(stack));
    expect(allowedTo(pipeline.role)).toEqual([
      {
        Action: emr('GetApplication', 'StartApplication', 'StartJobRun'),
        Resource: [`${APPLICATIONS}/${applicationId}`],
      },
      { Action: emr('CancelJobRun', 'GetJobRun'), Resource: [`${APPLICATIONS}/${applicationId}/jobruns/*`] },
      passes,
    ]);
    expect(allowedTo(pipeline.jobRole)).toEqual([]);
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test('may make an application, and tag what has tags', () => {
    const stack = newStack();
    const tags = { team: 'risk' };
    const pipeline = pipelineIn(stack, ownIn(stack, { application: { ...application, tags }, tags }));
    expect(allowedTo(pipeline.role)).toEqual([
      { Action: emr('CreateApplication'), Resource: ['*'] },
      {
        Action: emr('GetApplication', 'StartApplication', 'StartJobRun', 'TagResource'),
        Resource: [`${APPLICATIONS}/*`],
      },
      { Action: emr('CancelJobRun', 'GetJobRun', 'TagResource'), Resource: [`${APPLICATIONS}/*/jobruns/*`] },
      passes,
    ]);
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test('may use any application where the id is a parameter', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, stepIn(stack, { applicationId: Parameter.string('Application') }));
    expect(allowedTo(pipeline.role)[0]?.Resource).toEqual([`${APPLICATIONS}/*`]);
  });

  const many = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`name${index}`, 'a']));
  const words = Array.from({ length: 1025 }, () => 'a');
  test.each([
    [{ applicationId: 'Loans' }, "'applicationId' must be 1 to 64 digits and lower-case letters, got: Loans"],
    [{ jobName: ' ' }, "'jobName' must be 1 to 256 characters, and not only blanks, got:  "],
    [
      { jobName: 'x'.repeat(257) },
      `'jobName' must be 1 to 256 characters, and not only blanks, got: ${'x'.repeat(257)}`,
    ],
    [
      { jobDriver: { sparkSubmit: { entryPoint: 'a', entryPointArguments: words } } },
      "'jobDriver.sparkSubmit.entryPointArguments' must be at most 1024, got: 1025",
    ],
    [
      { executionTimeout: Duration.seconds(90) },
      "'executionTimeout' must be 0 to 1000000 whole minutes, got: 1.5 minutes",
    ],
    [{ tags: many(201) }, "'tags' must be at most 200, got: 201"],
  ])('fails when a prop breaks a rule: %#', (props, problem) => {
    const stack = newStack();
    expect(() => new Pipeline(stack, 'Pipeline', { steps: [stepIn(stack, props)] })).toThrow(
      new Error(`Loans/Pipeline: step 'Features': ${problem}`),
    );
  });

  test.each([stepIn, ownIn])('lets its role do what its definition asks for: %#', async make => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, make(stack, { tags: { team: 'risk' } }));
    const deployment = new Deployment({ Loans: Template.fromStack(stack).toJSON() as never });
    const calls = callsOf(deployment).flatMap(step => step.pipeline);
    expect(calls.length).toBeGreaterThan(6);
    const role = deployment.arn('Loans', stack.getLogicalId(pipeline.role.node.defaultChild as iam.CfnRole));
    for (const call of calls) {
      expect([call, await simulate(deployment, role, call)]).toEqual([call, 'Allowed']);
    }
    const others = [
      ...calls.filter(({ context }) => context).map(call => ({ ...call, context: {} })),
      {
        action: 'emr-serverless:DeleteApplication',
        resource: `arn:aws:emr-serverless:${env.region}:${env.account}:/applications/${applicationId}`,
      },
      {
        action: 'emr-serverless:StartJobRun',
        resource: `arn:aws:emr-serverless:eu-west-1:${env.account}:/applications/${applicationId}`,
      },
    ];
    for (const call of others) {
      expect([call, await simulate(deployment, role, call)]).toEqual([call, 'ImplicitlyDenied']);
    }
  });
});
