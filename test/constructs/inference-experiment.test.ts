import {
  CreateInferenceExperimentRequest$,
  DescribeInferenceExperimentRequest$,
  StopInferenceExperimentRequest$,
} from '@aws-sdk/client-sagemaker';
import { App, Stack } from 'aws-cdk-lib/core';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import aslValidator from 'asl-validator';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  type ExperimentVariant,
  InferenceExperiment,
  type InferenceExperimentProps,
  VariantComparison,
  type VariantComparisonProps,
} from '../../constructs/inference-experiment';
import { requestProblems } from '../support/request-schema';
import { type Call, runStateMachine, TaskError } from '../support/state-machine';

const EXPERIMENT = 'AWS::SageMaker::InferenceExperiment';
const variant = (name: string, overrides: Partial<ExperimentVariant> = {}): ExperimentVariant => ({
  name,
  model: { modelName: `model-of-${name}` },
  instanceType: 'ml.m5.xlarge',
  ...overrides,
});
const valid: InferenceExperimentProps = {
  endpointName: 'loans',
  production: variant('Champion'),
  shadow: variant('Challenger'),
};
const env = { account: '111122223333', region: 'eu-central-1' };
const arn = (resource: string) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:sagemaker:eu-central-1:111122223333:${resource}`]],
});

const newStack = () => new Stack(new App(), 'Serving', { env });
const experimentIn = (stack: Stack, overrides: Partial<InferenceExperimentProps> = {}) =>
  new InferenceExperiment(stack, 'Challenge', { ...valid, ...overrides });
const propertiesWith = (overrides: Partial<InferenceExperimentProps> = {}) => {
  const stack = newStack();
  experimentIn(stack, overrides);
  const [found] = Object.values(Template.fromStack(stack).findResources(EXPERIMENT));
  return (found as { Properties: Record<string, unknown> }).Properties;
};

describe('InferenceExperiment', () => {
  test('copies every request to the shadow for as long as the service likes', () => {
    const fleet = { RealTimeInferenceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1 } };
    const infrastructure = { InfrastructureType: 'RealTimeInference', ...fleet };
    const properties = propertiesWith();
    expect(properties).toEqual({
      Name: expect.stringMatching(/^serving-challenge-[0-9a-f]{8}-[0-9a-f]{8}$/) as string,
      Type: 'ShadowMode',
      EndpointName: 'loans',
      RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^ChallengeRole/) as string, 'Arn'] },
      ModelVariants: [
        { VariantName: 'Champion', ModelName: 'model-of-Champion', InfrastructureConfig: infrastructure },
        { VariantName: 'Challenger', ModelName: 'model-of-Challenger', InfrastructureConfig: infrastructure },
      ],
      ShadowModeConfig: {
        SourceModelVariantName: 'Champion',
        ShadowModelVariants: [{ ShadowModelVariantName: 'Challenger', SamplingPercentage: 100 }],
      },
    });
    expect(requestProblems(CreateInferenceExperimentRequest$, { ...properties, RoleArn: 'role' })).toEqual([]);
  });

  test('takes schedule, sampling, state, description and fleets', () => {
    const properties = propertiesWith({
      start: new Date('2026-12-01T08:00:00Z'),
      end: new Date('2026-12-31T08:00:00Z'),
      samplingPercentage: 10,
      desiredState: 'Completed',
      description: 'A larger tree',
      shadow: variant('Challenger', { instanceType: 'ml.c6i.large', instanceCount: 3 }),
    });
    expect(properties).toMatchObject({
      Schedule: { StartTime: '2026-12-01T08:00:00.000Z', EndTime: '2026-12-31T08:00:00.000Z' },
      ShadowModeConfig: { ShadowModelVariants: [{ SamplingPercentage: 10 }] },
      DesiredState: 'Completed',
      Description: 'A larger tree',
      ModelVariants: [
        {},
        { InfrastructureConfig: { RealTimeInferenceConfig: { InstanceType: 'ml.c6i.large', InstanceCount: 3 } } },
      ],
    });
    expect(propertiesWith({ end: new Date('2026-12-31T08:00:00Z') }).Schedule).toEqual({
      EndTime: '2026-12-31T08:00:00.000Z',
    });
  });

  test('has another name where CloudFormation would replace it, and the same one otherwise', () => {
    const name = (overrides?: Partial<InferenceExperimentProps>) => propertiesWith(overrides).Name;
    expect(name({ samplingPercentage: 5, description: 'x' })).toBe(name());
    expect(name({ endpointName: 'other' })).not.toBe(name());
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    expect(experimentIn(stack, { encryptionKey: key }).experimentName).not.toBe(name());
  });

  test('the role moves one endpoint and reads two models', () => {
    const stack = newStack();
    experimentIn(stack);
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const { Statement } = (policy as { Properties: { PolicyDocument: { Statement: { Action: unknown }[] } } })
      .Properties.PolicyDocument;
    const sagemaker = Statement.filter(({ Action }) => JSON.stringify(Action).includes('sagemaker:'));
    const Effect = 'Allow';
    expect(sagemaker).toEqual([
      {
        Action: ['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'],
        Effect,
        Resource: arn('endpoint/loans'),
      },
      { Action: 'sagemaker:UpdateEndpoint', Effect, Resource: [arn('endpoint/loans'), arn('endpoint-config/*')] },
      {
        Action: [
          'sagemaker:CreateEndpointConfig',
          'sagemaker:DeleteEndpointConfig',
          'sagemaker:DescribeEndpointConfig',
        ],
        Effect,
        Resource: arn('endpoint-config/*'),
      },
      {
        Action: 'sagemaker:DescribeModel',
        Effect,
        Resource: [arn('model/model-of-Champion'), arn('model/model-of-Challenger')],
      },
    ]);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  });

  test('dataStorage is under a prefix that the role and those of the models may write', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: new kms.Key(stack, 'Key') });
    const role = new iam.Role(stack, 'Model', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const model = { modelName: 'loans-1', role };
    experimentIn(stack, {
      production: variant('Champion', { model }),
      shadow: variant('Challenger', { model }),
      dataStorage: { bucket, prefix: 'shadow', csvContentTypes: ['text/plain'], jsonContentTypes: ['application/x'] },
    });
    const template = Template.fromStack(stack);
    const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };
    template.hasResourceProperties(EXPERIMENT, {
      DataStorageConfig: {
        Destination: { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('^Bucket') }, '/shadow']] },
        KmsKey: key,
        ContentType: { CsvContentTypes: ['text/plain'], JsonContentTypes: ['application/x'] },
      },
    });
    template.hasResource(EXPERIMENT, {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ChallengeHostingPolicy')]),
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Action: 's3:PutObject',
            Effect: 'Allow',
            Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Bucket'), 'Arn'] }, '/shadow/*']] },
          },
          { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow', Resource: key },
        ],
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^ChallengeRole') }, { Ref: Match.stringLikeRegexp('^Model') }],
    });
  });

  test('dataStorage stores CSV and JSON by default', () => {
    const bucket = s3.Bucket.fromBucketName(newStack(), 'Bucket', 'loans');
    expect(propertiesWith({ dataStorage: { bucket, prefix: 'shadow' } }).DataStorageConfig).toEqual({
      Destination: 's3://loans/shadow',
      ContentType: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
    });
  });

  test('encryptionKey is for the volumes, through a grant', () => {
    const stack = newStack();
    experimentIn(stack, { encryptionKey: new kms.Key(stack, 'Key') });
    const Resource = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };
    const template = Template.fromStack(stack);
    template.hasResourceProperties(EXPERIMENT, { KmsKey: Resource });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'],
            Effect: 'Allow',
            Resource,
          },
          {
            Action: 'kms:CreateGrant',
            Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
            Effect: 'Allow',
            Resource,
          },
        ],
      },
    });
  });

  test('warns of the instance type that CloudFormation does not list', () => {
    const stack = newStack();
    experimentIn(stack, { shadow: variant('Challenger', { instanceType: 'ml.m5.large' }) });
    Annotations.fromStack(stack).hasWarning(
      '/Serving/Challenge',
      Match.stringLikeRegexp("^'shadow.instanceType' is ml.m5.large, which CloudFormation's list"),
    );
  });

  test('types refuse what is no instance type and no state', () => {
    // @ts-expect-error not an instance type for SageMaker
    const instanceType: ExperimentVariant['instanceType'] = 'm5.large';
    // @ts-expect-error an experiment cannot be paused
    const desiredState: InferenceExperimentProps['desiredState'] = 'Stopped';
    expect([instanceType, desiredState]).toHaveLength(2);
  });

  const bucket = () => s3.Bucket.fromBucketName(newStack(), 'Bucket', 'loans');
  test.each<[Partial<InferenceExperimentProps>, string]>([
    [
      { endpointName: 'a_b' },
      "'endpointName' must be 1 to 63 letters, digits and -, with no - at either end, got: a_b",
    ],
    [
      { production: variant('-') },
      "'production.name' must be 1 to 63 letters, digits and -, with no - at either end, got: -",
    ],
    [{ shadow: variant('Champion') }, "'shadow.name' must differ from the production variant's, got: Champion"],
    [
      { shadow: variant('B', { instanceCount: 0 }) },
      "'shadow.instanceCount' must be a whole number of at least 1, got: 0",
    ],
    [
      { shadow: variant('B', { instanceType: 'ml.inf1.xlarge' }) },
      "'shadow.instanceType' must be another than ml.inf1, which has no shadow tests, got: ml.inf1.xlarge",
    ],
    [{ samplingPercentage: 0 }, "'samplingPercentage' must be a whole number from 1 to 100, got: 0"],
    [{ samplingPercentage: 100.5 }, "'samplingPercentage' must be a whole number from 1 to 100, got: 100.5"],
    [
      { start: new Date('2026-12-01T00:00:00Z'), end: new Date('2026-12-31T00:00:01Z') },
      "'end' must be after 'start' (2026-12-01T00:00:00.000Z) by at most 30 days, got: 2026-12-31T00:00:01.000Z",
    ],
    [
      { start: new Date('2026-12-01T00:00:00Z'), end: new Date('2026-12-01T00:00:00Z') },
      "'end' must be after 'start' (2026-12-01T00:00:00.000Z) by at most 30 days, got: 2026-12-01T00:00:00.000Z",
    ],
    [{ description: 'x'.repeat(1025) }, "'description' must have at most 1024 characters, got: 1025 characters"],
    [
      { dataStorage: { bucket: bucket(), prefix: 'a/' } },
      "'dataStorage.prefix' must have no slash at its ends and not be empty, got: a/",
    ],
    [
      { dataStorage: { bucket: bucket(), prefix: 'a', csvContentTypes: [] } },
      "'dataStorage.csvContentTypes' must hold 1 to 10 content types, got: 0",
    ],
    [
      { dataStorage: { bucket: bucket(), prefix: 'a', jsonContentTypes: Array<string>(11).fill('a/b') } },
      "'dataStorage.jsonContentTypes' must hold 1 to 10 content types, got: 11",
    ],
  ])('fails for %#', (overrides, message) => {
    const stack = newStack();
    expect(() => experimentIn(stack, overrides)).toThrow(new Error(`Serving/Challenge: ${message}`));
    expect(stack.node.findChild('Challenge').node.children).toEqual([]);
  });

  test('fails for a key beside local storage', () => {
    const stack = newStack();
    const shadow = variant('Challenger', { instanceType: 'ml.g5.xlarge' });
    expect(() => experimentIn(stack, { shadow, encryptionKey: new kms.Key(stack, 'Key') })).toThrow(
      new Error(
        "Serving/Challenge: 'encryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.g5.xlarge",
      ),
    );
  });

  test('has no unacknowledged finding of AwsSolutions', () => {
    const app = new App();
    const stack = new Stack(app, 'Serving');
    const dataStorage = { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'loans'), prefix: 'shadow' };
    const experiment = experimentIn(stack, { dataStorage });
    experiment.addComparison('Comparison');
    experiment.addConclusion('Conclusion');
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });
});

describe('addConclusion', () => {
  const stack = newStack();
  const experiment = experimentIn(stack);
  experiment.addConclusion('Conclusion');
  const template = Template.fromStack(stack);
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const rendered = (machine as { Properties: { DefinitionString: { 'Fn::Join': [string, unknown[]] } } }).Properties;
  const parts = rendered.DefinitionString['Fn::Join'][1].map(part => (typeof part === 'string' ? part : 'aws'));
  const definition = JSON.parse(parts.join('')) as object;

  /** Ends an experiment that has these states, one for each look, the last one for good. */
  const run = async (input: object, statuses: string[], beforeCall: (call: Call) => void = () => undefined) => {
    const stops: unknown[] = [];
    const execution = await runStateMachine(definition, {
      input,
      onCall: call => {
        const [, action = ''] = call.action.split(':');
        const isStop = action === 'stopInferenceExperiment';
        const schema = isStop ? StopInferenceExperimentRequest$ : DescribeInferenceExperimentRequest$;
        expect(requestProblems(schema, call.arguments, {}, action)).toEqual([]);
        expect(call.arguments.Name).toBe(experiment.experimentName);
        beforeCall(call);
        if (isStop) {
          stops.push(call.arguments);
          return { InferenceExperimentArn: 'arn' };
        }
        const Status = statuses.length > 1 ? statuses.shift() : statuses[0];
        return { Status, StatusReason: 'because' };
      },
    });
    return { ...execution, stops };
  };

  test('is Amazon States Language in a form that the validator accepts', () => {
    const { isValid, errorsText } = aslValidator(structuredClone(definition));
    expect({ isValid, errors: errorsText('\n') }).toEqual({ isValid: true, errors: '' });
  });

  test.each([
    ['shadow', { Champion: 'Remove', Challenger: 'Promote' }],
    ['production', { Champion: 'Retain', Challenger: 'Remove' }],
  ])('ends the experiment with the winner %s, and waits for the endpoint', async (winner, ModelVariantActions) => {
    const execution = await run({ winner, reason: 'better' }, ['Running', 'Stopping', 'Stopping', 'Completed']);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { experiment: experiment.experimentName, winner } });
    expect(execution.stops).toEqual([
      { Name: experiment.experimentName, ModelVariantActions, DesiredState: 'Completed', Reason: 'better' },
    ]);
    expect(execution.seconds).toBe(90);
  });

  test('waits for an experiment that is being started or updated', async () => {
    const execution = await run({ winner: 'shadow' }, ['Creating', 'Starting', 'Updating', 'Running', 'Completed']);
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.stops).toMatchObject([{ Reason: 'concluded by a workflow' }]);
  });

  test('sits out a conflict with an update, and stops once', async () => {
    let conflicts = 2;
    const execution = await run({ winner: 'shadow' }, ['Running', 'Completed'], ({ action }) => {
      if (action === 'sagemaker:stopInferenceExperiment' && conflicts-- > 0) {
        throw new TaskError('SageMaker.ConflictException', 'The experiment is being updated');
      }
    });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', stops: [{}] });
  });

  test('does not stop again while the experiment still says that it runs', async () => {
    const execution = await run({ winner: 'shadow' }, ['Running', 'Running', 'Stopping', 'Completed']);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', stops: [{}], seconds: 90 });
    expect(execution.stops).toHaveLength(1);
  });

  test('cuts a long reason to what the API takes', async () => {
    const { stops } = await run({ winner: 'shadow', reason: 'x'.repeat(2000) }, ['Running', 'Completed']);
    expect(stops).toMatchObject([{ Reason: 'x'.repeat(1024) }]);
  });

  test.each([
    [{ winner: 'challenger' }, ['Running'], 'WinnerUnknown', 'winner must be shadow or production, got: challenger'],
    [{}, ['Running'], 'WinnerUnknown', 'winner must be shadow or production, got: '],
    [{ winner: 'shadow' }, ['Created'], 'NotStarted', 'the experiment has not started'],
    [{ winner: 'shadow' }, ['Completed'], 'AlreadyEnded', 'the experiment has already ended: Completed'],
    [{ winner: 'shadow' }, ['Cancelled'], 'AlreadyEnded', 'the experiment has already ended: Cancelled'],
  ])('fails for %j of an experiment that is %j, and stops nothing', async (input, statuses, error, cause) => {
    expect(await run(input, statuses)).toMatchObject({ status: 'FAILED', error, cause, stops: [] });
  });

  test('fails when the stop goes wrong', async () => {
    const cancelled = await run({ winner: 'shadow' }, ['Running', 'Stopping', 'Cancelled']);
    expect(cancelled).toMatchObject({ error: 'Cancelled', cause: 'the experiment was cancelled: because' });
    const endless = await run({ winner: 'shadow' }, ['Running', 'Stopping']);
    expect(endless).toMatchObject({
      error: 'TimedOut',
      cause: 'the experiment did not end in time, and is Stopping',
      seconds: 7200,
    });
  });

  test('may describe and stop this experiment, for state machines of this account', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: ['sagemaker:DescribeInferenceExperiment', 'sagemaker:StopInferenceExperiment'],
            Effect: 'Allow',
            Resource: arn(`inference-experiment/${experiment.experimentName}`),
          },
        ]),
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^ChallengeConclusionRole') }],
    });
    template.hasResourceProperties('AWS::IAM::Role', {
      Description: 'Ends an inference experiment',
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({ Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': env.account } }) }),
        ],
      },
    });
  });
});

describe('VariantComparison', () => {
  const comparisonWith = (overrides: Partial<VariantComparisonProps> = {}) => {
    const stack = newStack();
    const names = { endpointName: 'loans', productionVariant: 'Champion', shadowVariant: 'Challenger' };
    const { alarms } = new VariantComparison(stack, 'Comparison', { ...names, ...overrides });
    return { alarms, template: Template.fromStack(stack) };
  };
  const query = (Id: string, VariantName: string, MetricName: string, Stat: string) => ({
    Id,
    Label: VariantName,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/SageMaker',
        MetricName,
        Dimensions: [
          { Name: 'EndpointName', Value: 'loans' },
          { Name: 'VariantName', Value: VariantName },
        ],
      },
      Period: 300,
      Stat,
    },
    ReturnData: false,
  });

  test.each([
    ['Invocation5XXErrors', 'Average', 'shadow - production', 0.01],
    ['ModelLatency', 'p99', 'shadow / production', 1.2],
  ])('alarms on %s', (metric, statistic, Expression, Threshold) => {
    const { alarms, template } = comparisonWith();
    expect(alarms).toHaveLength(2);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 3,
      TreatMissingData: 'notBreaching',
      Threshold,
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression }),
        query('production', 'Champion', metric, statistic),
        query('shadow', 'Challenger', metric, statistic),
      ]),
    });
  });

  test('serverErrorMargin and modelLatencyFactor', () => {
    const { template } = comparisonWith({ serverErrorMargin: 0, modelLatencyFactor: 2 });
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.map(({ Properties }) => (Properties as { Threshold: number }).Threshold)).toEqual([0, 2]);
  });

  test('shows six metrics of both variants, in the namespaces that they have', () => {
    const { template } = comparisonWith();
    const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const text = JSON.stringify(dashboard).replaceAll('\\', '');
    for (const [namespace, metric] of [
      ['AWS/SageMaker', 'Invocations'],
      ['AWS/SageMaker', 'Invocation4XXErrors'],
      ['AWS/SageMaker', 'Invocation5XXErrors'],
      ['AWS/SageMaker', 'ModelLatency'],
      ['/aws/sagemaker/Endpoints', 'CPUUtilization'],
      ['/aws/sagemaker/Endpoints', 'MemoryUtilization'],
    ]) {
      for (const name of ['Champion', 'Challenger']) {
        expect(text).toContain(`["${namespace}","${metric}","EndpointName","loans","VariantName","${name}"`);
      }
    }
  });

  test('an experiment names its endpoint and variants', () => {
    const stack = newStack();
    experimentIn(stack).addComparison('Comparison', { modelLatencyFactor: 3 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 3,
      AlarmDescription:
        'Endpoint loans, shadow variant Challenger: 99th percentile of model latency as a multiple of that of production',
    });
  });

  test.each([
    [{ serverErrorMargin: 1 }, "'serverErrorMargin' must be from 0 to below 1, got: 1"],
    [{ serverErrorMargin: -0.1 }, "'serverErrorMargin' must be from 0 to below 1, got: -0.1"],
    [{ modelLatencyFactor: 0.9 }, "'modelLatencyFactor' must be at least 1, got: 0.9"],
  ])('fails for %j', (overrides, message) => {
    expect(() => comparisonWith(overrides)).toThrow(new Error(`Serving/Comparison: ${message}`));
  });
});
