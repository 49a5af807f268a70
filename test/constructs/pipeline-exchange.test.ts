import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { App, Duration, Stack, Token } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  CallbackStep,
  Condition,
  ConditionStep,
  ExecutionVariable,
  FailStep,
  LambdaStep,
  Parameter,
  Pipeline,
  type Step,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf } from '../support/definition';
import { Deployment } from '../support/deployment';
import { callsOf } from '../support/pipeline-calls';
import { allowedTo } from '../support/role-policy';
import { simulate } from '../support/simulate';

const env = { account: '111122223333', region: 'eu-central-1' };
const newStack = () => new Stack(new App(), 'Loans', { env });
const functionIn = (stack: Stack) =>
  new lambda.Function(stack, 'Price', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = () => ({})'),
  });
const queueIn = (stack: Stack, props?: sqs.QueueProps) => new sqs.Queue(stack, 'Approvals', props);
const pipelineIn = (stack: Stack, ...steps: Step[]) => {
  const pipeline = new Pipeline(stack, 'Pipeline', { steps, jobRole: jobRoleIn(stack) });
  expect(checkDefinition(definitionOf(pipeline))).toEqual([]);
  return pipeline;
};
const jobRoleIn = (stack: Stack) =>
  new iam.Role(stack, 'Jobs', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
const written = (stack: Stack, ...steps: Step[]) => definitionOf(pipelineIn(stack, ...steps)).Steps.at(-1);
const expectProblem = (stack: Stack, step: Step, problem: string) => {
  expect(() => new Pipeline(stack, 'Pipeline', { steps: [step] })).toThrow(
    new Error(`Loans/Pipeline: step '${step.name}': ${problem}`),
  );
};
const outputsNamed = (...names: string[]) => Object.fromEntries(names.map(name => [name, 'String'] as const));
const many = (length: number) => outputsNamed(...Array.from({ length }, (_, index) => `name${index}`));
const refusals = [
  [many(51), "'outputs' must be at most 50, got: 51"],
  [outputsNamed(''), "'outputs' must have names of 1 to 256 characters without quotes, got: "],
  [
    outputsNamed('x'.repeat(257)),
    `'outputs' must have names of 1 to 256 characters without quotes, got: ${'x'.repeat(257)}`,
  ],
  [outputsNamed("a'b"), "'outputs' must have names of 1 to 256 characters without quotes, got: a'b"],
] as const;

describe('LambdaStep', () => {
  test('needs a function only', () => {
    const stack = newStack();
    expect(written(stack, new LambdaStep('Ask', { lambdaFunction: functionIn(stack) }))).toEqual({
      Name: 'Ask',
      Type: 'Lambda',
      Arguments: {},
      FunctionArn: expect.stringMatching(/^\$\{Price[0-9A-F]{8}\.Arn\}$/) as string,
      OutputParameters: [],
    });
  });

  test('takes an alias, an imported function and the L1', () => {
    const stack = newStack();
    const alias = functionIn(stack).addAlias('live');
    expect(written(stack, new LambdaStep('Ask', { lambdaFunction: alias }))?.FunctionArn).toMatch(/^\$\{PriceAlias/);
    const imported = lambda.Function.fromFunctionName(stack, 'Imported', 'price');
    expect(new LambdaStep('Ask', { lambdaFunction: imported }).problems).toEqual([]);
    const resource = stack.node.findChild('Price').node.defaultChild as lambda.CfnFunction;
    expect(new LambdaStep('Ask', { lambdaFunction: resource }).problems).toEqual([]);
  });

  test('reads its outputs, which makes an edge', () => {
    const stack = newStack();
    const step = new LambdaStep('Ask', { lambdaFunction: functionIn(stack), outputs: { rows: 'Integer' } });
    expect(step.output('rows').render()).toEqual({ Get: "Steps.Ask.OutputParameters['rows']" });
    expect(step.output('rows').reads).toEqual([step]);
    const gate = new ConditionStep('Gate', {
      conditions: [Condition.lessThan(step.output('rows'), 1)],
      ifSteps: [new FailStep('Empty', { errorMessage: 'no rows' })],
    });
    expect(() => new Pipeline(stack, 'Wrong', { steps: [gate] })).toThrow(
      new Error(`Loans/Wrong: step 'Gate' reads step 'Ask', which is not in the pipeline; add it to 'steps'`),
    );
    expect(() => pipelineIn(stack, step, gate)).not.toThrow();
  });

  test('keeps tokens among its inputs', () => {
    const stack = newStack();
    const inputs = { region: Token.asString({ Ref: 'AWS::Region' }), size: Token.asNumber({ Ref: 'Size' }) };
    const pipeline = new Pipeline(stack, 'Pipeline', {
      steps: [new LambdaStep('Ask', { lambdaFunction: functionIn(stack), inputs })],
    });
    expect(definitionOf(pipeline).Steps[0]?.Arguments).toEqual({ region: '${AWS::Region}', size: '${Size}' });
  });

  test('warns when a cached step sends what differs in each execution', () => {
    const stack = newStack();
    const inputs = { run: ExecutionVariable.PIPELINE_EXECUTION_ID };
    pipelineIn(
      stack,
      new LambdaStep('Ask', { lambdaFunction: functionIn(stack), inputs, cacheExpireAfter: Duration.days(1) }),
    );
    Annotations.fromStack(stack).hasWarning('/Loans/Pipeline', Match.stringLikeRegexp('no result is ever reused'));
  });

  test.each(refusals)('fails when outputs break a rule: %#', (outputs, problem) => {
    const stack = newStack();
    expectProblem(stack, new LambdaStep('Ask', { lambdaFunction: functionIn(stack), outputs }), problem);
    expect(new LambdaStep('Ask', { lambdaFunction: functionIn(newStack()), outputs: many(50) }).problems).toEqual([]);
  });

  test('may call exactly its function', () => {
    const stack = newStack();
    const lambdaFunction = functionIn(stack);
    const pipeline = pipelineIn(
      stack,
      new LambdaStep('Ask', { lambdaFunction }),
      new LambdaStep('AskLive', { lambdaFunction: lambdaFunction.addAlias('live') }),
    );
    expect(allowedTo(pipeline.role)).toEqual([
      { Action: ['lambda:InvokeFunction'], Resource: [expect.stringMatching(/^\$\{Price[0-9A-F]{8}\.Arn\}$/)] },
      { Action: ['lambda:InvokeFunction'], Resource: [expect.stringMatching(/^\$\{PriceAliaslive[0-9A-F]{8}\}$/)] },
    ]);
    expect(allowedTo(pipeline.jobRole)).toEqual([]);
  });
});

describe('CallbackStep', () => {
  test('needs a queue only', () => {
    const stack = newStack();
    expect(written(stack, new CallbackStep('Approve', { queue: queueIn(stack) }))).toEqual({
      Name: 'Approve',
      Type: 'Callback',
      Arguments: {},
      SqsQueueUrl: expect.stringMatching(/^\$\{Approvals[0-9A-F]{8}\}$/) as string,
      OutputParameters: [],
    });
  });

  test('reads its outputs with their types', () => {
    const step = new CallbackStep('Approve', { queue: queueIn(newStack()), outputs: { approved: 'Boolean' } });
    expect(step.output('approved').render()).toEqual({ Get: "Steps.Approve.OutputParameters['approved']" });
    expect(step.output('approved').reads).toEqual([step]);
  });

  test('warns when a cached step sends what differs in each execution', () => {
    const stack = newStack();
    const inputs = { run: ExecutionVariable.PIPELINE_EXECUTION_ID };
    pipelineIn(
      stack,
      new CallbackStep('Approve', { queue: queueIn(stack), inputs, cacheExpireAfter: Duration.days(1) }),
    );
    Annotations.fromStack(stack).hasWarning('/Loans/Pipeline', Match.stringLikeRegexp('no result is ever reused'));
  });

  test.each(refusals)('fails when outputs break a rule: %#', (outputs, problem) => {
    const stack = newStack();
    expectProblem(stack, new CallbackStep('Approve', { queue: queueIn(stack), outputs }), problem);
  });

  test('may send to exactly its queue', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, new CallbackStep('Approve', { queue: queueIn(stack) }));
    expect(allowedTo(pipeline.role)).toEqual([
      { Action: ['sqs:SendMessage'], Resource: [expect.stringMatching(/^\$\{Approvals[0-9A-F]{8}\.Arn\}$/)] },
    ]);
    expect(allowedTo(pipeline.jobRole)).toEqual([]);
  });

  test('may use the key of its queue', () => {
    const stack = newStack();
    const encryptionMasterKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    const pipeline = pipelineIn(stack, new CallbackStep('Approve', { queue: queueIn(stack, { encryptionMasterKey }) }));
    expect(allowedTo(pipeline.role)).toEqual([
      expect.objectContaining({ Action: ['sqs:SendMessage'] }),
      {
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: [expect.stringMatching(/^\$\{Key[0-9A-F]{8}\.Arn\}$/)],
      },
    ]);
  });
});

describe('a pipeline with both', () => {
  const newPipeline = () => {
    const stack = newStack();
    const lambdaFunction = functionIn(stack);
    const encryptionMasterKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    const queue = queueIn(stack, { encryptionMasterKey, enforceSSL: true });
    return pipelineIn(
      stack,
      new LambdaStep('Ask', { lambdaFunction, inputs: { data: Parameter.string('Data', { default: 'a' }) } }),
      new CallbackStep('Approve', { queue }),
    );
  };

  test('lets its role do what its definition asks for, and nothing else', async () => {
    const pipeline = newPipeline();
    const deployment = new Deployment({ Loans: Template.fromStack(pipeline.stack).toJSON() as never });
    const calls = callsOf(deployment).flatMap(step => step.pipeline);
    expect(calls.map(({ action }) => action)).toEqual([
      'lambda:InvokeFunction',
      'sqs:SendMessage',
      'kms:Decrypt',
      'kms:GenerateDataKey',
    ]);
    const role = deployment.arn('Loans', pipeline.stack.getLogicalId(pipeline.role.node.defaultChild as iam.CfnRole));
    const verdicts = await Promise.all(calls.map(call => simulate(deployment, role, call)));
    expect(verdicts).toEqual(calls.map(() => 'Allowed'));
    const others = calls.map(({ action, resource }) => ({ action, resource: `${resource}2` }));
    expect(new Set(await Promise.all(others.map(call => simulate(deployment, role, call))))).toEqual(
      new Set(['ImplicitlyDenied']),
    );
  });

  test('has nothing to report', () => {
    const { role } = newPipeline();
    expect(new AwsSolutionsChecks().validateScope(role).violations).toEqual([]);
  });
});
