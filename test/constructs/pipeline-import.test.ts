import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { App, Duration, Stack, Token } from 'aws-cdk-lib/core';
import { FailStep, Pipeline, type GivenPipelineProps } from '../../constructs/pipeline';
import { definitionTextOf, textOf } from '../support/definition';
import { allowedTo } from '../support/role-policy';

const env = { account: '111122223333', region: 'eu-west-1' };
const newStack = (where: object = env) => new Stack(new App(), 'Loans', { env: where });
const ARN = 'arn:${AWS::Partition}:sagemaker:eu-west-1:111122223333:pipeline';
const readerIn = (stack: Stack) => new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });

describe('an imported pipeline', () => {
  test('by name is of this account and region, in both spellings', () => {
    const stack = newStack();
    const reader = readerIn(stack);
    const pipeline = Pipeline.fromPipelineName(stack, 'Imported', 'Loans');
    pipeline.grants.start(reader);
    expect(allowedTo(reader)).toEqual([
      { Action: ['sagemaker:StartPipelineExecution'], Resource: [`${ARN}/Loans`, `${ARN}/loans`] },
    ]);
    expect(pipeline.pipelineRef).toEqual({ pipelineName: 'Loans' });
    expect(textOf(stack.resolve(pipeline.pipelineArn))).toBe(`${ARN}/Loans`);
    Template.fromStack(stack).resourceCountIs('AWS::SageMaker::Pipeline', 0);
  });

  test('by ARN is of the account and region of the ARN', () => {
    const stack = newStack();
    const reader = readerIn(stack);
    const arn = 'arn:aws:sagemaker:us-east-1:444455556666:pipeline/Loans';
    const pipeline = Pipeline.fromPipelineArn(stack, 'Imported', arn);
    pipeline.grants.start(reader);
    expect(allowedTo(reader)[0]?.Resource).toEqual([arn, arn.replace('Loans', 'loans')]);
    expect([pipeline.pipelineName, pipeline.pipelineArn]).toEqual(['Loans', arn]);
    expect(pipeline.metricFailed().toMetricConfig().metricStat).toMatchObject({
      account: '444455556666',
      region: 'us-east-1',
      dimensions: [{ name: 'PipelineName', value: 'Loans' }],
    });
  });

  test('by an ARN that only the deployment knows has its name from there', () => {
    const stack = newStack();
    const pipeline = Pipeline.fromPipelineArn(stack, 'Imported', Token.asString({ Ref: 'Arn' }));
    pipeline.onFailed('Failed');
    expect(stack.resolve(pipeline.pipelineArn)).toEqual({ Ref: 'Arn' });
    expect(JSON.stringify(stack.resolve(pipeline.pipelineName))).toContain('Fn::Split');
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ pipelineArn: [{ Ref: 'Arn' }] }) }),
    });
  });

  test('has the rules and alarms of any pipeline, for any name of a step', () => {
    const stack = newStack();
    const pipeline = Pipeline.fromPipelineName(stack, 'Imported', 'loans');
    pipeline.onStepFailed('Failed', { step: 'Train' });
    pipeline.addDurationAlarm('Slow', {
      step: new FailStep('Train', { errorMessage: 'no' }),
      longerThan: Duration.hours(1),
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { stepName: ['Train'], currentStepStatus: ['Failed'] } },
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Dimensions: [
        { Name: 'PipelineName', Value: 'loans' },
        { Name: 'StepName', Value: 'Train' },
      ],
    });
  });

  test('fails when the ARN is not that of a pipeline', () => {
    const arns = ['arn:aws:sagemaker:us-east-1:444455556666:endpoint/loans', 'arn:aws:s3:::pipeline/loans'];
    arns.push('arn:aws:sagemaker:us-east-1:444455556666:pipeline/loans/execution/abc');
    for (const arn of arns) {
      expect(() => Pipeline.fromPipelineArn(newStack(), 'Imported', arn)).toThrow(
        new Error(`Loans/Imported: 'pipelineArn' must be the ARN of a pipeline, got: ${arn}`),
      );
    }
  });

  test.each([
    ['account', 'arn:aws:sagemaker:eu-west-1:444455556666:pipeline/loans', '444455556666', '111122223333'],
    ['region', 'arn:aws:sagemaker:us-east-1:111122223333:pipeline/loans', 'us-east-1', 'eu-west-1'],
  ])('fails when a rule is made in another %s, where its events do not arrive', (prop, arn, there, here) => {
    expect(() => Pipeline.fromPipelineArn(newStack(), 'Imported', arn).onFailed('Failed')).toThrow(
      new Error(
        `Loans/Imported: a rule must be in the ${prop} of the pipeline, which gets the events (${there}), got: ${here}`,
      ),
    );
  });
});

describe('Pipeline.fromDefinition', () => {
  const step = (Name: string, more: object = {}) => ({ Name, Type: 'Processing', Arguments: {}, ...more });
  const valid = {
    Version: '2020-12-01',
    Parameters: [{ Name: 'Data', Type: 'String', DefaultValue: 's3://loans' }],
    Steps: [
      step('Prepare', { Arguments: { Environment: { DATA: { Get: 'Parameters.Data' } } } }),
      {
        Name: 'Gate',
        Type: 'Condition',
        DependsOn: ['Prepare'],
        Arguments: {
          Conditions: [{ Type: 'Equals', LeftValue: { Get: 'Steps.Prepare.ExitMessage' }, RightValue: 'ok' }],
          IfSteps: [{ Name: 'Train', Type: 'Training', Arguments: {} }],
          ElseSteps: [{ Name: 'Stop', Type: 'Fail', Arguments: { ErrorMessage: 'no' } }],
        },
      },
    ],
  };
  const given = (stack: Stack, definition: object | string, props: Partial<GivenPipelineProps> = {}) =>
    Pipeline.fromDefinition(stack, 'Given', {
      definition,
      role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/Pipelines'),
      ...props,
    });
  let folder: string;
  const fileWith = (text: string) => {
    const path = join(folder, 'definition.json');
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'given-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('declares a pipeline with the definition and the role, and grants the role nothing', () => {
    const stack = newStack();
    const pipeline = given(stack, valid);
    expect(JSON.parse(definitionTextOf(pipeline))).toEqual(valid);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SageMaker::Pipeline', {
      PipelineName: 'loans-given-5d7d74e3',
      RoleArn: 'arn:aws:iam::111122223333:role/Pipelines',
      PipelineDisplayName: Match.absent(),
    });
    template.resourceCountIs('AWS::IAM::Policy', 0);
  });

  test('passes on name, display name, description and parallelism', () => {
    const stack = newStack();
    const options = { pipelineName: 'Loans', displayName: 'All-loans', description: 'x', maxParallelExecutionSteps: 3 };
    given(stack, valid, options);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Pipeline', {
      PipelineName: 'Loans',
      PipelineDisplayName: 'All-loans',
      PipelineDescription: 'x',
      ParallelismConfiguration: { MaxParallelExecutionSteps: 3 },
    });
  });

  test('takes the path of a file, and its text letter for letter', () => {
    const text = JSON.stringify(valid, undefined, 1).replace(
      '"Parameters"',
      '"Metadata": { "rate": 2.0 }, "Parameters"',
    );
    expect(definitionTextOf(given(newStack(), fileWith(text)))).toBe(text);
  });

  test('takes values of the deployment', () => {
    const stack = newStack();
    const steps = [step('Prepare', { Arguments: { RoleArn: Token.asString({ Ref: 'JobRole' }) } })];
    const pipeline = given(stack, { ...valid, Steps: steps });
    expect(JSON.parse(definitionTextOf(pipeline))).toMatchObject({ Steps: [{ Arguments: { RoleArn: '${JobRole}' } }] });
  });

  test('knows its steps, log groups and graph', () => {
    const pipeline = given(newStack(), valid, { pipelineName: 'loans' });
    expect(pipeline.logGroupNames).toEqual(['/aws/sagemaker/ProcessingJobs', '/aws/sagemaker/TrainingJobs']);
    expect(pipeline.toMermaid()).toContain('step_Gate -->|"if"| step_Train');
    expect(() => pipeline.metricStepFailed('Train')).not.toThrow();
    expect(() => pipeline.metricStepFailed('Trian')).toThrow(
      new Error("Loans/Given: 'step' must be one of the pipeline's steps, got: Trian"),
    );
  });

  test('is stored in S3 when it is large', () => {
    const stack = newStack();
    given(stack, fileWith(JSON.stringify({ ...valid, Metadata: { long: 'x'.repeat(400_000) } })));
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Pipeline', {
      PipelineDefinition: {
        PipelineDefinitionS3Location: { Key: Match.stringLikeRegexp('pipeline-definition.json$') },
      },
    });
  });

  const withSteps = (...Steps: unknown[]) => ({ ...valid, Steps });
  test.each([
    [{ ...valid, Version: '2021-01-01' }, `'definition.Version' must be 2020-12-01, got: "2021-01-01"`],
    [{ Steps: [step('Prepare')] }, "'definition.Version' must be 2020-12-01, got: none"],
    [{ Version: '2020-12-01' }, "'definition.Steps' must be a list of at least one step, got: none"],
    [withSteps(), "'definition.Steps' must be a list of at least one step, got: none"],
    [{ ...valid, Steps: { a: 1 } }, `'definition.Steps' must be a list of at least one step, got: {"a":1}`],
    [{ ...valid, Parameters: {} }, "'definition.Parameters' must be a list, got: {}"],
    [withSteps(step('Prepare'), 'Train'), `'definition.Steps[1]' must be an object, got: "Train"`],
    [withSteps(step('Prepare it')), "a step's 'Name' must be 1 to 64 letters, digits, - and _, got: Prepare it"],
    [withSteps({ Type: 'Fail' }), "a step's 'Name' must be 1 to 64 letters, digits, - and _, got: none"],
    [withSteps({ Name: 'Prepare' }), "step 'Prepare': 'Type' must name a kind of step, got: none"],
    [
      withSteps(...valid.Steps, step('Train')),
      "step 'Train' must be one, branches included, got: several of that name",
    ],
    [
      withSteps(step('Prepare', { DependsOn: ['Fetch'] }), step('Train')),
      "step 'Prepare' depends on step 'Fetch', which is not in the definition (Prepare, Train)",
    ],
    [
      withSteps(step('Train', { Arguments: { a: [{ Get: 'Steps.Prepare.X' }, { Get: 'Steps.Prepare.Y' }] } })),
      "step 'Train' reads step 'Prepare', which is not in the definition (Train)",
    ],
    [
      withSteps(step('Train', { Arguments: { a: { 'Std:Join': { On: '', Values: [{ Get: 'Parameters.Rate' }] } } } })),
      "parameter 'Rate' is read, but is not in 'definition.Parameters'; declare it there",
    ],
    [
      { ...valid, Metadata: { long: 'x'.repeat(1_048_576) } },
      "'definition' must make a definition of at most 1048576 characters, got: 1049122",
    ],
  ])('fails when the definition breaks a rule: %#', (definition, problem) => {
    expect(() => given(newStack(), definition)).toThrow(new Error(`Loans/Given: ${problem}`));
  });

  test('fails with all that is wrong at once', () => {
    const definition = withSteps(step('Prepare', { DependsOn: ['Fetch'] }));
    expect(() => given(newStack(), definition, { pipelineName: '-', description: 'x'.repeat(3073) })).toThrow(
      new Error(
        [
          "Loans/Given: 'pipelineName' must be 1 to 82 letters, digits and hyphens, and start and end with a letter or digit, got: -",
          "Loans/Given: 'description' must have at most 3072 characters, got: 3073",
          "Loans/Given: step 'Prepare' depends on step 'Fetch', which is not in the definition (Prepare)",
        ].join('\n'),
      ),
    );
  });

  test('fails when a file cannot be read or holds no JSON object', () => {
    const failing = (path: string) => () => given(newStack(), path);
    const missing = join(folder, 'missing.json');
    expect(failing(missing)).toThrow(
      new Error(`Loans/Given: 'definition' must be an object or the path of a file that can be read, got: ${missing}`),
    );
    const list = fileWith('[]');
    expect(failing(list)).toThrow(
      new Error(`Loans/Given: 'definition' must name a file that holds a JSON object, got: ${list}`),
    );
    const broken = fileWith('{"Steps": ');
    expect(failing(broken)).toThrow(
      new Error(
        `Loans/Given: 'definition' must name a file that holds JSON, got: ${broken} (Unexpected end of JSON input)`,
      ),
    );
  });

  test('needs a role, which the compiler asks for', () => {
    // @ts-expect-error: what the steps need cannot be derived from JSON
    const props: GivenPipelineProps = { definition: valid };
    expect(props.role).toBeUndefined();
  });
});
