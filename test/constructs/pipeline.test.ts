import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { App, CfnParameter, Duration, Stack, Tags, Token } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  ExecutionVariable,
  FailStep,
  join,
  Parameter,
  Pipeline,
  type PipelineProps,
  ProcessingStep,
  type Step,
} from '../../constructs/pipeline';
import { definitionOf, definitionTextOf } from '../support/definition';
import { everyKind } from '../support/every-kind-of-step';
import { allowedTo } from '../support/role-policy';

const fail = () => new FailStep('Fail', { errorMessage: 'no' });
const newStack = (name = 'Loans') => new Stack(new App(), name);
const pipelineIn = (stack: Stack, props: Partial<PipelineProps> = {}) =>
  new Pipeline(stack, 'Pipeline', { steps: [fail()], ...props });
const resourceOf = (pipeline: Pipeline) => {
  const [resource] = Object.values(Template.fromStack(pipeline.stack).findResources('AWS::SageMaker::Pipeline'));
  return resource as { Properties: Record<string, unknown>; DependsOn?: string[] };
};
const prepare = (extra: Partial<ConstructorParameters<typeof ProcessingStep<'train', never>>[1]> = {}) =>
  new ProcessingStep<'train'>('Prepare', {
    image: ContainerImage.scikitLearn('1.2-1'),
    instanceType: 'ml.m5.large',
    outputs: { train: 's3://loans/train' },
    ...extra,
  });

describe('Pipeline', () => {
  test('by default has a name from its path in lower case, a role of its own, no description and no experiment', () => {
    const pipeline = pipelineIn(newStack());
    const { Properties, DependsOn } = resourceOf(pipeline);
    expect(Properties).toEqual({
      PipelineName: 'loans-pipeline-92433c61',
      PipelineDefinition: { PipelineDefinitionBody: expect.any(String) as string },
      RoleArn: { 'Fn::GetAtt': ['PipelineRoleD68726F7', 'Arn'] },
    });
    expect(DependsOn?.length).toBeGreaterThan(0);
    expect(definitionOf(pipeline)).toEqual({
      Version: '2020-12-01',
      Metadata: {},
      Parameters: [],
      Steps: [{ Name: 'Fail', Type: 'Fail', Arguments: { ErrorMessage: 'no' } }],
    });
  });

  test('passes on name, display name, description and parallelism', () => {
    const props = { pipelineName: 'Loans', displayName: 'All-loans', description: 'x', maxParallelExecutionSteps: 3 };
    expect(resourceOf(pipelineIn(newStack(), props)).Properties).toMatchObject({
      PipelineName: 'Loans',
      PipelineDisplayName: 'All-loans',
      PipelineDescription: 'x',
      ParallelismConfiguration: { MaxParallelExecutionSteps: 3 },
    });
  });

  test('records executions in an experiment when asked to', () => {
    const experiment = {
      experimentName: ExecutionVariable.PIPELINE_NAME,
      trialName: join('-', 'run', ExecutionVariable.PIPELINE_EXECUTION_ID),
    };
    expect(definitionOf(pipelineIn(newStack(), { experiment })).PipelineExperimentConfig).toEqual({
      ExperimentName: { Get: 'Execution.PipelineName' },
      TrialName: { 'Std:Join': { On: '-', Values: ['run', { Get: 'Execution.PipelineExecutionId' }] } },
    });
  });

  test('can be tagged', () => {
    const pipeline = pipelineIn(newStack());
    Tags.of(pipeline).add('team', 'risk');
    expect(resourceOf(pipeline).Properties.Tags).toEqual([{ Key: 'team', Value: 'risk' }]);
  });

  const long = 'x'.repeat(3073);
  test.each([
    [{ steps: [] }, "'steps' must hold at least one step, got: none"],
    [
      { pipelineName: 'loans_1' },
      "'pipelineName' must be 1 to 82 letters, digits and hyphens, and start and end with a letter or digit, got: loans_1",
    ],
    [
      { pipelineName: 'x'.repeat(83) },
      `'pipelineName' must be 1 to 82 letters, digits and hyphens, and start and end with a letter or digit, got: ${'x'.repeat(83)}`,
    ],
    [
      { displayName: 'All loans' },
      "'displayName' must be 1 to 256 letters, digits and hyphens, and start and end with a letter or digit, got: All loans",
    ],
    [{ description: long }, "'description' must have at most 3072 characters, got: 3073"],
    [{ maxParallelExecutionSteps: 0 }, "'maxParallelExecutionSteps' must be a whole number of 1 or more, got: 0"],
    [
      { experiment: { experimentName: prepare().output('train'), trialName: 'a' } },
      "'experiment' must not read a step, got: Prepare",
    ],
    [
      { experiment: { experimentName: 'loans', trialName: 'x'.repeat(121) } },
      "'experiment.trialName' must have at most 120 characters, got: 121",
    ],
  ] as [Partial<PipelineProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    const stack = newStack();
    expect(() => pipelineIn(stack, props)).toThrow(new Error(`Loans/Pipeline: ${problem}`));
    expect(stack.node.findAll().filter(child => child instanceof iam.Role)).toEqual([]);
  });

  test('takes tokens for whatever a literal would be checked for', () => {
    const stack = newStack();
    const [text, number] = [Token.asString({ Ref: 'Text' }), Token.asNumber({ Ref: 'Number' })];
    const pipeline = pipelineIn(stack, {
      pipelineName: text,
      displayName: text,
      description: text,
      maxParallelExecutionSteps: number,
      experiment: { experimentName: text, trialName: text },
      steps: [
        prepare({ instanceCount: number, volumeSizeGiB: number, inputs: { raw: text }, outputs: { train: text } }),
        new FailStep('Fail', { errorMessage: text, displayName: text, description: text }),
      ],
    });
    expect(resourceOf(pipeline).Properties).toMatchObject({
      PipelineName: { Ref: 'Text' },
      ParallelismConfiguration: { MaxParallelExecutionSteps: { Ref: 'Number' } },
    });
    expect(definitionOf(pipeline).Steps[0]?.Arguments).toMatchObject({
      ProcessingResources: { ClusterConfig: { InstanceCount: '${Number}', VolumeSizeInGB: '${Number}' } },
    });
    expect(stack.resolve(pipeline.pipelineArn)).toEqual({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':sagemaker:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          ':pipeline/',
          { Ref: 'Text' },
        ],
      ],
    });
  });
});

describe('the roles of a pipeline', () => {
  const LOGS_AND_METRICS = [expect.arrayContaining(['logs:PutLogEvents']), ['cloudwatch:PutMetricData']];

  test('are one new role, which may also be a job', () => {
    const pipeline = pipelineIn(newStack(), { steps: [prepare()] });
    expect(pipeline.jobRole).toBe(pipeline.role);
    const actions = allowedTo(pipeline.role).map(({ Action }) => Action);
    expect(actions.slice(0, 2)).toEqual(LOGS_AND_METRICS);
    expect(definitionOf(pipeline).Steps[0]?.Arguments.RoleArn).toBe('${PipelineRoleD68726F7.Arn}');
  });

  test('are kept apart when a job role is given: the pipeline writes no logs', () => {
    const stack = newStack();
    const jobRole = new iam.Role(stack, 'Jobs', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const pipeline = pipelineIn(stack, { steps: [prepare()], jobRole });
    expect(allowedTo(pipeline.role)).toEqual([
      {
        Action: [
          'sagemaker:AddTags',
          'sagemaker:CreateProcessingJob',
          'sagemaker:DescribeProcessingJob',
          'sagemaker:StopProcessingJob',
        ],
        Resource: ['arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:processing-job/*'],
      },
      {
        Action: ['iam:PassRole'],
        Resource: ['${JobsDF1CC2D4.Arn}'],
        Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      },
    ]);
    expect(definitionOf(pipeline).Steps[0]?.Arguments.RoleArn).toBe('${JobsDF1CC2D4.Arn}');
  });

  test('a step may have its own role', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Own', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const pipeline = pipelineIn(stack, { steps: [prepare({ role })] });
    expect(definitionOf(pipeline).Steps[0]?.Arguments.RoleArn).toMatch(/^\$\{Own[0-9A-F]{8}\.Arn\}$/);
    expect(allowedTo(role).map(({ Action }) => Action)).toContainEqual(expect.arrayContaining(['ecr:BatchGetImage']));
    expect(allowedTo(pipeline.role).filter(({ Action }) => Action.includes('iam:PassRole'))).toEqual([
      expect.objectContaining({ Resource: [expect.stringMatching(/^\$\{Own/)] }),
    ]);
  });

  test('may be imported: the policy is attached to the imported role, and awaited', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Imported', 'arn:aws:iam::111122223333:role/Pipelines');
    const pipeline = pipelineIn(stack, { steps: [prepare()], role });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { Roles: ['Pipelines'] });
    expect(resourceOf(pipeline).DependsOn).toEqual([expect.stringMatching(/^ImportedPolicy/)]);
    expect(resourceOf(pipeline).Properties.RoleArn).toBe('arn:aws:iam::111122223333:role/Pipelines');
  });
});

describe('what others may do with a pipeline', () => {
  const readerIn = (stack: Stack) => new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
  const ARN = 'arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:pipeline';

  test.each([
    ['start', [{ Action: ['sagemaker:StartPipelineExecution'], Resource: [`${ARN}/loans`] }]],
    [
      'control',
      [
        {
          Action: ['sagemaker:RetryPipelineExecution', 'sagemaker:StopPipelineExecution'],
          Resource: [`${ARN}/loans/execution/*`],
        },
      ],
    ],
    [
      'read',
      [
        { Action: ['sagemaker:DescribePipeline', 'sagemaker:ListPipelineExecutions'], Resource: [`${ARN}/loans`] },
        {
          Action: [
            'sagemaker:DescribePipelineDefinitionForExecution',
            'sagemaker:DescribePipelineExecution',
            'sagemaker:ListPipelineExecutionSteps',
            'sagemaker:ListPipelineParametersForExecution',
          ],
          Resource: [`${ARN}/loans/execution/*`],
        },
      ],
    ],
    [
      'answer',
      [
        {
          Action: ['sagemaker:SendPipelineExecutionStepFailure', 'sagemaker:SendPipelineExecutionStepSuccess'],
          Resource: [`${ARN}/loans/execution/*`],
        },
      ],
    ],
  ] as const)('grants.%s allows its actions on the pipeline or its executions, and nothing else', (verb, expected) => {
    const stack = newStack();
    const reader = readerIn(stack);
    pipelineIn(stack, { pipelineName: 'loans' }).grants[verb](reader);
    expect(allowedTo(reader)).toEqual(expected);
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test('grants.actions allows any actions on both', () => {
    const stack = newStack();
    const reader = readerIn(stack);
    pipelineIn(stack, { pipelineName: 'loans' }).grants.actions(reader, 'sagemaker:UpdatePipelineExecution');
    expect(allowedTo(reader).flatMap(({ Resource }) => Resource)).toEqual([`${ARN}/loans`, `${ARN}/loans/execution/*`]);
  });

  test('grants and rules cover a name with capitals in both spellings', () => {
    const stack = newStack();
    const reader = readerIn(stack);
    const pipeline = pipelineIn(stack, { pipelineName: 'Loans' });
    pipeline.grants.start(reader);
    expect(allowedTo(reader)[0]?.Resource).toEqual([`${ARN}/Loans`, `${ARN}/loans`]);
    expect(pipeline.possibleArns).toHaveLength(2);
    expect(pipeline.possibleArns[0]).toBe(pipeline.pipelineArn);
  });

  test('metric and metricForStep have the namespace and dimensions of the service', () => {
    const step = fail();
    const pipeline = pipelineIn(newStack(), { pipelineName: 'loans', steps: [step] });
    expect(
      pipeline.metric('ExecutionFailed', { statistic: 'Sum', period: Duration.hours(1) }).toMetricConfig().metricStat,
    ).toMatchObject({
      namespace: 'AWS/Sagemaker/ModelBuildingPipeline',
      metricName: 'ExecutionFailed',
      dimensions: [{ name: 'PipelineName', value: 'loans' }],
      period: Duration.hours(1),
      statistic: 'Sum',
    });
    expect(pipeline.metricForStep(step, 'StepDuration').toMetricConfig().metricStat).toMatchObject({
      namespace: 'AWS/Sagemaker/ModelBuildingPipeline',
      metricName: 'StepDuration',
      dimensions: [
        { name: 'PipelineName', value: 'loans' },
        { name: 'StepName', value: 'Fail' },
      ],
    });
  });

  test('metricForStep fails when the step is not in the pipeline', () => {
    expect(() => pipelineIn(newStack()).metricForStep(fail(), 'StepFailed')).toThrow(
      new Error("Loans/Pipeline: 'step' must be one of the pipeline's steps, got: Fail"),
    );
  });

  test('onExecutionStatusChange matches the events of this pipeline, of one status where asked to', () => {
    const stack = newStack();
    const topic = new sns.Topic(stack, 'Topic');
    const rule = pipelineIn(stack, { pipelineName: 'Loans' }).onExecutionStatusChange('Failed', {
      description: 'tells us',
      target: new targets.SnsTopic(topic),
      eventPattern: { detail: { currentPipelineExecutionStatus: ['Failed'] } },
    });
    expect(rule).toBeInstanceOf(events.Rule);
    const arn = (name: string): unknown => ({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':sagemaker:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          `:pipeline/${name}`,
        ],
      ],
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Description: 'tells us',
      EventPattern: {
        source: ['aws.sagemaker'],
        'detail-type': ['SageMaker Model Building Pipeline Execution Status Change'],
        detail: { currentPipelineExecutionStatus: ['Failed'], pipelineArn: [arn('Loans'), arn('loans')] },
      },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Topic') } })],
    });
  });
});

describe('values of CloudFormation in a definition', () => {
  test('survive inside texts, inside joins and as numbers', () => {
    const app = new App();
    const data = new Stack(app, 'Data');
    const stack = new Stack(app, 'Loans');
    const bucket = new s3.Bucket(data, 'Bucket');
    const count = new CfnParameter(stack, 'Count', { type: 'Number' });
    const run = join('/', `s3://${bucket.bucketName}/runs`, ExecutionVariable.PIPELINE_EXECUTION_ID);
    const pipeline = pipelineIn(stack, {
      steps: [prepare({ instanceCount: count.valueAsNumber, outputs: { train: join('/', run, 'train') } })],
      parameters: [Parameter.string('Place', { default: `s3://${bucket.bucketName}/"quoted"` })],
    });
    app.synth();
    const { Steps, Parameters } = definitionOf(pipeline);
    expect(Parameters?.[0]?.DefaultValue).toMatch(/^s3:\/\/\$\{[^}]+\}\/"quoted"$/);
    expect(Steps[0]?.Arguments).toMatchObject({
      ProcessingResources: { ClusterConfig: { InstanceCount: '${Count}' } },
      ProcessingOutputConfig: {
        Outputs: [
          {
            S3Output: {
              S3Uri: {
                'Std:Join': {
                  On: '/',
                  Values: [
                    expect.stringMatching(/^s3:\/\/\$\{[^}]+\}\/runs$/),
                    { Get: 'Execution.PipelineExecutionId' },
                    'train',
                  ],
                },
              },
            },
          },
        ],
      },
    });
    expect(definitionTextOf(pipeline)).not.toContain('Token[');
  });
});

describe('the code of a step', () => {
  const folder = mkdtempSync(joinPath(tmpdir(), 'pipeline-code-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const templateWith = (content: string) => {
    writeFileSync(joinPath(folder, 'prepare.py'), content);
    writeFileSync(joinPath(folder, 'loans.py'), 'rows = 1000');
    const stack = newStack();
    const files = FileSet.fromDirectory(folder);
    pipelineIn(stack, { steps: [prepare({ code: { files, entry: 'prepare.py' } })] });
    return JSON.stringify(Template.fromStack(stack).toJSON());
  };
  const hashes = (template: string) => [...new Set(template.match(/[0-9a-f]{32}(?=\/)/g))];

  test('changes the place of the files when it changes, in the definition and the policy, and nothing else', () => {
    const [before, after] = [templateWith('print(1)'), templateWith('print(2)')];
    const [[old = '', ...more], [young = '']] = [hashes(before), hashes(after)];
    expect(more).toEqual([]);
    expect(old).not.toBe(young);
    expect(after).toBe(before.replaceAll(old, young));
    expect(templateWith('print(1)')).toBe(before);
  });
});

describe('one step in several pipelines', () => {
  test('is written for each of them, with its role and the place of its files', () => {
    const app = new App();
    const step = prepare({ code: { files: FileSet.fromJson('prepare.py', 1), entry: 'prepare.py' } });
    const pipelines = ['eu-west-1', 'us-east-1'].map(region => {
      const stack = new Stack(app, region, { env: { account: '111122223333', region } });
      return pipelineIn(stack, { steps: [step] });
    });
    const [european, american] = pipelines.map(pipeline => definitionOf(pipeline).Steps[0]?.Arguments);
    expect(european).not.toEqual(american);
    expect(
      JSON.parse(JSON.stringify(european).replaceAll('eu-west-1', 'us-east-1').replace('141502667606', '683313688378')),
    ).toEqual(american);
  });
});

describe('cdk-nag', () => {
  const findings = (stack: Stack) =>
    new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName }) => ruleName);

  test('finds nothing in a pipeline with every kind of step and a passed role', () => {
    const { stack } = everyKind({ mutableRole: true });
    expect(findings(stack)).toEqual([]);
  });

  test('finds nothing with the default role, keys, code, and a place that is only known at deployment', () => {
    const app = new App();
    const stack = new Stack(app, 'Loans');
    const bucket = new s3.CfnBucket(stack, 'Bucket');
    const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    const steps: Step[] = [
      new ProcessingStep('Prepare', {
        image: ContainerImage.scikitLearn('1.2-1'),
        instanceType: 'ml.m5.large',
        code: {
          files: FileSet.fromDirectory(joinPath(__dirname, '..', '..', 'constructs', 'assets')),
          entry: 'index.ts',
        },
        volumeEncryptionKey: key,
        outputEncryptionKey: key,
        outputs: { report: join('/', `s3://${bucket.ref}`, ExecutionVariable.PIPELINE_EXECUTION_ID) },
        propertyFiles: { report: { output: 'report', path: 'report.json' } },
      }),
    ];
    pipelineIn(stack, { steps });
    // The only findings are those of the bucket itself.
    expect(findings(stack).filter(name => !name.startsWith('AwsSolutions-S'))).toEqual([]);
  });

  test('still finds a wildcard that somebody adds to the role', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, { steps: [prepare()] });
    pipeline.role.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::loans/*'] }),
    );
    expect(findings(stack)).toEqual(['AwsSolutions-IAM5[Resource::arn:aws:s3:::loans/*]']);
  });
});
