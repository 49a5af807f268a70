import * as iam from 'aws-cdk-lib/aws-iam';
import { App, CfnParameter, Fn, Lazy, Stack } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import { join, Parameter, Pipeline, type PipelineProps, ProcessingStep, RawStep } from '../../constructs/pipeline';
import { expectProblem, fixtureOf, newStack, pipelineOf, withExpressions } from '../support/steps';

const ROLE = 'arn:aws:iam::111122223333:role/Jobs';

/** The least that a training job needs. */
const valid = {
  RoleArn: ROLE,
  AlgorithmSpecification: { TrainingImage: 'loans', TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: 's3://loans/models' },
  ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
};

const raw = (type: string, args: object) =>
  new RawStep('Step', { type, arguments: args as Readonly<Record<string, unknown>> });
const training = (args: object) => raw('Training', { ...valid, ...args });
const resources = (more: object) => training({ ResourceConfig: { ...valid.ResourceConfig, ...more } });

describe('the limits of requests', () => {
  test('let a valid step pass', () => {
    expect(() => pipelineOf(training({}))).not.toThrow();
  });

  test.each([
    ['a missing member', { RoleArn: undefined }, `'Arguments.RoleArn' must be given, got: nothing`],
    [
      'an unknown member among few',
      { OutputDataConfig: { S3OutputPath: 's3://loans', Kms: 'k' } },
      `'Arguments.OutputDataConfig.Kms' must be one of KmsKeyId, S3OutputPath, CompressionType, got: Kms`,
    ],
    [
      'an unknown member among many, like another',
      { Hyperparameters: {} },
      `'Arguments.Hyperparameters' must be a member that the API has, such as HyperParameters, got: Hyperparameters`,
    ],
    ['an unknown member', { Colour: 1 }, `'Arguments.Colour' must be a member that the API has, got: Colour`],
    [
      'a member that pipelines refuse',
      { ExperimentConfig: { TrialName: 'a' } },
      `'Arguments.ExperimentConfig.TrialName' must be left out, because the experiment of the pipeline decides it, got: a value`,
    ],
    [
      'a name of the wrong form',
      { TrainingJobName: '-a' },
      /must be 1 to 63 letters, digits and hyphens, .*, got: -a$/,
    ],
    [
      'a number for a text',
      { HyperParameters: { rounds: 50 } },
      `'Arguments.HyperParameters['rounds']' must be a text, got: 50`,
    ],
    [
      'a text for a flag',
      { EnableNetworkIsolation: 'yes' },
      `'Arguments.EnableNetworkIsolation' must be true or false, got: the text 'yes'`,
    ],
    ['null', { Environment: null }, `'Arguments.Environment' must be a map, got: null`],
    ['a map for a list', { InputDataConfig: {} }, `'Arguments.InputDataConfig' must be a list, got: a structure`],
    ['a list for a structure', { VpcConfig: [] }, `'Arguments.VpcConfig' must be a structure, got: a list`],
    ['an expression for a list', { Tags: join('', 'a') }, `'Arguments.Tags' must be a list, got: an expression`],
    [
      'a value that the API does not know',
      { OutputDataConfig: { S3OutputPath: 's3://loans', CompressionType: 'ZIP' } },
      `'Arguments.OutputDataConfig.CompressionType' must be one of GZIP, NONE, got: ZIP`,
    ],
    [
      'a text without the form of a URI',
      { OutputDataConfig: { S3OutputPath: 'loans/models' } },
      `'Arguments.OutputDataConfig.S3OutputPath' must be a URI that starts with s3:// or https://, got: loans/models`,
    ],
    [
      'text in several lines',
      { HyperParameters: { note: 'a\nb' } },
      `'Arguments.HyperParameters['note']' must be text in one line, got: a\\nb`,
    ],
    [
      'a long text, cut short in the message',
      { HyperParameters: { note: `a\n${'b'.repeat(200)}` } },
      `'Arguments.HyperParameters['note']' must be text in one line, got: a\\n${'b'.repeat(97)}…`,
    ],
    [
      'too long a text',
      { Environment: { NOTE: 'x'.repeat(513) } },
      `'Arguments.Environment['NOTE']' must have at most 512 characters, got: 513`,
    ],
    [
      'a wrong name in a map',
      { Environment: { 'log-level': 'info' } },
      `names in 'Arguments.Environment' must be letters, digits and _, with no digit first, got: log-level`,
    ],
    [
      'too many members of a map',
      { Environment: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`V${n}`, ''])) },
      `'Arguments.Environment' must have at most 100 elements, got: 101`,
    ],
    ['too short a list', { InputDataConfig: [] }, `'Arguments.InputDataConfig' must have 1 to 20 elements, got: 0`],
    [
      'too long a list',
      { VpcConfig: { Subnets: ['a'], SecurityGroupIds: Array.from({ length: 6 }, (_, n) => `sg-${n}`) } },
      `'Arguments.VpcConfig.SecurityGroupIds' must have 1 to 5 elements, got: 6`,
    ],
    [
      'a number out of range',
      { RetryStrategy: { MaximumRetryAttempts: 31 } },
      `'Arguments.RetryStrategy.MaximumRetryAttempts' must be a whole number from 1 to 30, got: 31`,
    ],
    [
      'a number that is too small',
      { StoppingCondition: { MaxRuntimeInSeconds: 0 } },
      `'Arguments.StoppingCondition.MaxRuntimeInSeconds' must be a whole number of 1 or more, got: 0`,
    ],
    [
      'half a second',
      { StoppingCondition: { MaxRuntimeInSeconds: 0.5 } },
      `'Arguments.StoppingCondition.MaxRuntimeInSeconds' must be a whole number of 1 or more, got: 0.5`,
    ],
    [
      'members that exclude each other',
      { AlgorithmSpecification: { TrainingImage: 'a', AlgorithmName: 'b', TrainingInputMode: 'File' } },
      `'Arguments.AlgorithmSpecification' must have exactly one of AlgorithmName, TrainingImage, got: AlgorithmName and TrainingImage`,
    ],
  ])('find %s', (_, args, problem) => {
    const message = (text: string) => `Loans/Pipeline: step 'Step': ${text}`;
    expect(() => pipelineOf(training(args))).toThrow(
      typeof problem === 'string' ? new Error(message(problem)) : problem,
    );
  });

  test.each([
    ['ml.m9.xlarge', undefined],
    ['ml.p9-gb200.metal-48xl', undefined],
    ['ml.m5.xlage', 'ml.m5.xlage'],
    ['m5.xlarge', 'm5.xlarge'],
  ])('take instance types of the form of %s that are newer than the tables, and no others', (InstanceType, got) => {
    const step = resources({ InstanceType });
    if (got === undefined) expect(() => pipelineOf(step)).not.toThrow();
    else {
      expectProblem(
        step,
        `'Arguments.ResourceConfig.InstanceType' must be an instance type such as ml.m5.xlarge, got: ${got}`,
      );
    }
  });

  test('are told all at once, of every step', () => {
    const one = raw('Endpoint', { EndpointName: 'a_b', EndpointConfigName: 5 });
    const two = new RawStep('Other', { type: 'Model', arguments: {} });
    expect(() => pipelineOf(one, two)).toThrow(
      new Error(
        [
          `Loans/Pipeline: step 'Step': 'Arguments.EndpointName' must be 1 to 63 letters, digits and hyphens, with a letter or digit at both ends, got: a_b`,
          `Loans/Pipeline: step 'Step': 'Arguments.EndpointConfigName' must be a text, got: 5`,
          `Loans/Pipeline: step 'Other': 'Arguments' must have exactly one of PrimaryContainer, Containers, got: none`,
        ].join('\n'),
      ),
    );
  });

  test('follow those in the words of the props, and do not repeat them', () => {
    const props = { image: ContainerImage.xgboost(), instanceType: 'ml.m5.xlarge', volumeSizeGiB: 0 } as const;
    expectProblem(
      new ProcessingStep('Prepare', props),
      `'volumeSizeGiB' must be a whole number from 1 to 16384, got: 0`,
    );
  });

  test('hold for what `request` adds to the props', () => {
    const step = new ProcessingStep('Prepare', {
      image: ContainerImage.xgboost(),
      instanceType: 'ml.m5.xlarge',
      request: { Tags: [{ Key: 'a'.repeat(129), Value: '' }] },
    });
    expectProblem(step, `'Arguments.Tags[0].Key' must have 1 to 128 characters, got: 129`);
  });

  test('count characters as the service does', () => {
    expect(() => pipelineOf(training({ Environment: { NOTE: '🙂'.repeat(512) } }))).not.toThrow();
  });

  test('are unknown for kinds that take free arguments or that nobody knows here', () => {
    for (const type of ['Lambda', 'Callback', 'Job']) {
      expect(() => pipelineOf(raw(type, { Anything: [null] }))).not.toThrow();
    }
  });
});

describe('values that are not known yet', () => {
  test('pass: tokens of every kind, and expressions', () => {
    const stack = new Stack(new App(), 'Loans');
    const parameter = new CfnParameter(stack, 'Value', { type: 'String' });
    const numbers = new CfnParameter(stack, 'Number', { type: 'Number' });
    const step = training({
      TrainingJobName: join('', '-', Parameter.string('Name', { default: 'a' })),
      OutputDataConfig: { S3OutputPath: `not a URI ${parameter.valueAsString}` },
      StoppingCondition: { MaxRuntimeInSeconds: numbers.valueAsNumber, MaxWaitTimeInSeconds: 1 },
      VpcConfig: {
        Subnets: Fn.split(',', parameter.valueAsString),
        SecurityGroupIds: Lazy.list({ produce: () => [] }),
      },
      Tags: Lazy.any({ produce: () => [] }),
      Environment: { [Lazy.string({ produce: () => 'log-level' })]: 'a' },
      EnableManagedSpotTraining: Lazy.any({ produce: () => true }),
    });
    expect(() => new Pipeline(stack, 'Pipeline', { steps: [step] })).not.toThrow();
  });

  test('are checked where a pipeline makes them known', () => {
    const stack = newStack();
    const jobRole = iam.Role.fromRoleArn(stack, 'Jobs', 'arn:aws:iam::1111:role/Jobs');
    const step = new ProcessingStep('Prepare', { image: ContainerImage.xgboost(), instanceType: 'ml.m5.xlarge' });
    expect(() => new Pipeline(stack, 'Pipeline', { steps: [step], jobRole })).toThrow(
      new Error(
        `Loans/Pipeline: step 'Prepare': 'Arguments.RoleArn' must be the ARN of a role, got: arn:aws:iam::1111:role/Jobs`,
      ),
    );
  });
});

describe('allowUnknownMembers', () => {
  const pipeline = (step: RawStep, props: Partial<PipelineProps>) =>
    new Pipeline(newStack(), 'Pipeline', { steps: [step], ...props });

  test.each([
    ['members', { Colour: 1 }],
    ['values', { OutputDataConfig: { S3OutputPath: 's3://loans', CompressionType: 'ZSTD' } }],
  ])('lets new %s pass, which are errors otherwise', (_, args) => {
    expect(() => pipeline(training(args), { allowUnknownMembers: true })).not.toThrow();
    expect(() => pipeline(training(args), { allowUnknownMembers: false })).toThrow(/must be (a member|one of)/);
    expect(() => pipeline(training(args), {})).toThrow(/must be (a member|one of)/);
  });

  test('lets nothing else pass', () => {
    const step = training({ StoppingCondition: { MaxRuntimeInSeconds: 0 } });
    expect(() => pipeline(step, { allowUnknownMembers: true })).toThrow(/must be a whole number of 1 or more, got: 0$/);
  });
});

describe('what a pipeline takes other than the API', () => {
  const argumentsOf = (fixture: string, type: string) => {
    const step = fixtureOf(fixture).find(({ Type }) => Type === type);
    const text = JSON.stringify(step?.Arguments).replaceAll('"<files>/', '"s3://files/');
    return withExpressions(JSON.parse(text) as Record<string, unknown>);
  };

  test.each([
    ['Processing', 'processing', 'ProcessingJobName'],
    ['Training', 'training', 'TrainingJobName'],
    ['Tuning', 'tuning', 'HyperParameterTuningJobName'],
    ['AutoML', 'automl', 'AutoMLJobName'],
    ['Transform', 'transform', 'TransformJobName'],
    ['Model', 'model', 'ModelName'],
  ])('a %s step may have a name and needs none', (type, fixture, name) => {
    const args: Record<string, unknown> = { ...argumentsOf(fixture, type), [name]: undefined };
    expect(() => pipelineOf(raw(type, args))).not.toThrow();
    expect(() => pipelineOf(raw(type, { ...args, [name]: 'loans' }))).not.toThrow();
    expect(() => pipelineOf(raw(type, { ...args, [name]: 'a_b' }))).toThrow(new RegExp(`'Arguments.${name}' must be`));
  });

  test.each([
    ['RegisterModel', { CertifyForMarketplace: true }, 'CertifyForMarketplace', 'SageMaker Pipelines refuses it'],
    [
      'Endpoint',
      { EndpointConfigName: 'a', DeploymentConfig: {} },
      'DeploymentConfig',
      'SageMaker Pipelines refuses it',
    ],
    [
      'EMR',
      { ClusterId: 'j-1', StepConfig: { HadoopJarStep: { Jar: 'a', Colour: 1 } } },
      'StepConfig.HadoopJarStep.Colour',
      undefined,
    ],
  ])('a %s step has members of its own', (type, args, member, reason) => {
    expect(() => pipelineOf(raw(type, args))).toThrow(
      reason === undefined
        ? new Error(
            `Loans/Pipeline: step 'Step': 'Arguments.${member}' must be one of Properties, Jar, MainClass, Args, got: Colour`,
          )
        : new Error(
            `Loans/Pipeline: step 'Step': 'Arguments.${member}' must be left out, because ${reason}, got: a value`,
          ),
    );
  });
});
