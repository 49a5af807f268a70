import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BatchTransform, type BatchTransformProps } from '../../constructs/batch-transform';
import { matchesPattern } from '../support/event-pattern';
import { allowedTo } from '../support/role-policy';

const newStack = () => new Stack(new App(), 'Loans');
const bucketIn = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');

type Overrides = Partial<BatchTransformProps> & {
  readonly inputs?: Partial<BatchTransformProps['input']>;
  readonly outputs?: Partial<BatchTransformProps['output']>;
};

function transformIn(stack: Stack, { inputs, outputs, ...overrides }: Overrides = {}): BatchTransform {
  const bucket = inputs?.bucket ?? bucketIn(stack);
  return new BatchTransform(stack, 'Scoring', {
    model: { modelName: 'credit-risk' },
    input: { bucket, prefix: 'new', ...inputs },
    output: { bucket, prefix: 'scored', ...outputs },
    instanceType: 'ml.m5.large',
    ...overrides,
  });
}

const schedule = scheduler.ScheduleExpression.rate(Duration.days(1));
const JOBS = 'arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:transform-job/loans-scoring-1831b180-*';
const propertiesOf = (stack: Stack, type: string) =>
  Object.values(Template.fromStack(stack).findResources(type)).map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );

describe('what is created', () => {
  test('by hand only: a workflow with logs and traces, and two topics', () => {
    const stack = newStack();
    const made = transformIn(stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Scheduler::Schedule', 0);
    template.resourceCountIs('AWS::Events::Rule', 0);
    template.resourceCountIs('AWS::SQS::Queue', 0);
    template.resourceCountIs('AWS::SNS::Topic', 2);
    template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: 'alias/aws/sns' });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
    });
    expect([made.schedule, made.uploadRule, made.deadLetters]).toEqual([undefined, undefined, undefined]);
    expect(made.successes).not.toBe(made.failures);
  });

  test('logs are kept as long as is asked for', () => {
    const stack = newStack();
    transformIn(stack, { logRetention: logs.RetentionDays.ONE_WEEK });
    Template.fromStack(stack).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('no topics where both are given, which then have the messages of their kind', () => {
    const stack = newStack();
    const [successTopic, failureTopic] = [new sns.Topic(stack, 'Good'), new sns.Topic(stack, 'Bad')];
    const { successes, failures } = transformIn(stack, { successTopic, failureTopic });
    expect([successes, failures]).toEqual([successTopic, failureTopic]);
    Template.fromStack(stack).resourceCountIs('AWS::SNS::Topic', 2);
    const [machine] = propertiesOf(stack, 'AWS::StepFunctions::StateMachine');
    const text = JSON.stringify(machine?.DefinitionString);
    expect(text.split('NotifyFailure\\":{')[0]).toContain('Good');
    expect(text.split('NotifyFailure\\":{')[1]).toContain('Bad');
  });

  test('topics with a key', () => {
    const stack = newStack();
    const topicEncryptionKey = new kms.Key(stack, 'Key');
    const made = transformIn(stack, { topicEncryptionKey });
    const key = { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] };
    Template.fromStack(stack).allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: key });
    expect(allowedTo(made.stateMachine.role)).toContainEqual({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: ['${Key961B73FD.Arn}'],
    });
  });
});

describe('permissions of the workflow', () => {
  const basic = [
    {
      Action: ['AddTags', 'CreateTransformJob', 'DescribeTransformJob', 'ListTags', 'StopTransformJob'].map(
        action => `sagemaker:${action}`,
      ),
      Resource: [JOBS],
    },
    {
      Action: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      Resource: [
        'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForSageMakerTransformJobsRule',
      ],
    },
  ];
  const logsAndTraces = [
    expect.objectContaining({ Resource: ['*'], Action: expect.arrayContaining(['logs:CreateLogDelivery']) as unknown }),
    expect.objectContaining({ Resource: ['*'], Action: expect.arrayContaining(['xray:PutTraceSegments']) as unknown }),
  ] as unknown[];

  test('are its jobs, the rule of Step Functions and the topics', () => {
    const stack = newStack();
    const { stateMachine } = transformIn(stack);
    const publish = ['Successes', 'Failures'].map(topic => ({
      Action: ['sns:Publish'],
      Resource: [expect.stringContaining(topic) as string],
    }));
    expect(allowedTo(stateMachine.role)).toEqual([...basic, ...publish, ...logsAndTraces]);
  });

  test('and the parameter with the name of the model', () => {
    const { stateMachine } = transformIn(newStack(), { model: { modelNameParameter: '/credit-risk/batch-model' } });
    expect(allowedTo(stateMachine.role)).toContainEqual({
      Action: ['ssm:GetParameter'],
      Resource: ['arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/credit-risk/batch-model'],
    });
  });

  test('and the key of the volumes', () => {
    const stack = newStack();
    const volumeEncryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/k');
    const { stateMachine } = transformIn(stack, { volumeEncryptionKey });
    const Resource = ['arn:aws:kms:eu-central-1:111122223333:key/k'];
    expect(allowedTo(stateMachine.role)).toEqual(
      expect.arrayContaining([
        { Action: ['kms:DescribeKey'], Resource },
        { Action: ['kms:CreateGrant'], Resource, Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
      ]),
    );
  });

  test('are for this account only', () => {
    const stack = newStack();
    transformIn(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Principal: { Service: 'states.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': Match.anyValue() },
            },
          },
        ],
      },
    });
  });
});

describe('modelRole', () => {
  test('reads the input, writes results and records, and uses their keys', () => {
    const stack = newStack();
    const modelRole = new iam.Role(stack, 'Model', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const keyOf = (name: string) =>
      kms.Key.fromKeyArn(stack, name, `arn:aws:kms:eu-central-1:111122223333:key/${name}`);
    const bucket = bucketIn(stack);
    transformIn(stack, {
      inputs: { bucket },
      outputs: { encryptionKey: keyOf('results') },
      dataCapture: { bucket, prefix: 'captured', encryptionKey: keyOf('records') },
      volumeEncryptionKey: keyOf('volumes'),
      modelRole,
    });
    const loans = 'arn:${AWS::Partition}:s3:::loans';
    const key = (name: string) => [`arn:aws:kms:eu-central-1:111122223333:key/${name}`];
    const use = ['kms:Decrypt', 'kms:GenerateDataKey'];
    expect(allowedTo(modelRole)).toEqual([
      { Action: ['s3:GetObject'], Resource: [`${loans}/new/*`] },
      { Action: ['s3:ListBucket'], Resource: [loans], Condition: { StringLike: { 's3:prefix': ['new', 'new/*'] } } },
      { Action: ['s3:AbortMultipartUpload', 's3:PutObject'], Resource: [`${loans}/scored/*`] },
      { Action: use, Resource: key('results') },
      { Action: ['s3:AbortMultipartUpload', 's3:PutObject'], Resource: [`${loans}/captured/*`] },
      { Action: use, Resource: key('records') },
      { Action: ['kms:DescribeKey'], Resource: key('volumes') },
      {
        Action: ['kms:CreateGrant'],
        Resource: key('volumes'),
        Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      },
    ]);
  });
});

describe('starts', () => {
  test('by the clock: a schedule whose role can start this workflow and report what it cannot deliver', () => {
    const stack = newStack();
    transformIn(stack, { schedule });
    const template = Template.fromStack(stack);
    const [machine] = Object.keys(template.findResources('AWS::StepFunctions::StateMachine'));
    const [queue] = Object.keys(template.findResources('AWS::SQS::Queue'));
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 day)',
      State: 'ENABLED',
      Target: {
        Arn: { Ref: machine },
        Input: '{"time":"<aws.scheduler.scheduled-time>"}',
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queue, 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
      },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: machine } },
          { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [queue, 'Arn'] } },
        ],
      },
    });
  });

  const patternWith = (overrides: Overrides) => {
    const stack = newStack();
    transformIn(stack, { onUpload: {}, ...overrides });
    const [rule] = propertiesOf(stack, 'AWS::Events::Rule');
    return rule?.EventPattern;
  };
  const arrival = (key: string, size = 5, name = 'loans') => ({
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name }, object: { key, size } },
  });

  test.each<[string, Overrides, object, boolean]>([
    ['an object under the prefix', {}, arrival('new/a.csv'), true],
    ['an object beside the prefix', {}, arrival('newer/a.csv'), false],
    ['a result', {}, arrival('scored/job/a.csv.out'), false],
    ['an object of another bucket', {}, arrival('new/a.csv', 5, 'other'), false],
    ['a folder of the console', {}, arrival('new/may/', 0), false],
    ['an object with the suffix', { onUpload: { suffix: '.csv' } }, arrival('new/a.csv'), true],
    ['an object with another suffix', { onUpload: { suffix: '.csv' } }, arrival('new/a.json'), false],
    ['the manifest', { inputs: { manifest: 'new/a.manifest' } }, arrival('new/a.manifest'), true],
    ['an object of the manifest', { inputs: { manifest: 'new/a.manifest' } }, arrival('new/a.csv'), false],
  ])('by upload: %s', (_, overrides, event, starts) => {
    expect(matchesPattern(patternWith(overrides), event)).toBe(starts);
  });

  test('by upload: the target has the queue, too', () => {
    const stack = newStack();
    transformIn(stack, { onUpload: {} });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      Targets: [
        Match.objectLike({
          DeadLetterConfig: { Arn: Match.anyValue() },
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
          InputTransformer: Match.absent(),
        }),
      ],
    });
  });

  test('can all be switched off, apart from those by hand', () => {
    const stack = newStack();
    transformIn(stack, { schedule, onUpload: {}, enabled: false });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Scheduler::Schedule', { State: 'DISABLED' });
    template.hasResourceProperties('AWS::Events::Rule', { State: 'DISABLED' });
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
  });

  test('by hand can be granted', () => {
    const stack = newStack();
    const user = new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() });
    transformIn(stack).grantStart(user);
    expect(allowedTo(user)).toEqual([
      { Action: ['states:StartExecution'], Resource: [expect.stringMatching(/^\$\{ScoringWorkflow/) as string] },
    ]);
  });

  test('by upload fail for a bucket that sends no events', () => {
    const stack = newStack();
    transformIn(stack, { onUpload: {}, inputs: { bucket: new s3.Bucket(stack, 'Silent') } });
    expect(() => Template.fromStack(stack)).toThrow(
      "Loans/Scoring: 'input.bucket' must send its events to EventBridge (eventBridgeEnabled: true), got: Loans/Silent",
    );
  });
});

describe('wrong props', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));

  test.each<[Overrides, string]>([
    [
      { model: { modelName: 'a_b' } },
      "'model.modelName' must be 1 to 63 letters, digits and hyphens, none at its ends, got: a_b",
    ],
    [
      { model: { modelNameParameter: 'model' } },
      "'model.modelNameParameter' must be a path such as /credit-risk/batch-model, got: model",
    ],
    [
      { inputs: { prefix: '/new' } },
      "'input.prefix' must be 1 to 512 letters, digits and !._()-=, with slashes between and none at its ends, got: /new",
    ],
    [
      { outputs: { prefix: "it's" } },
      "'output.prefix' must be 1 to 512 letters, digits and !._()-=, with slashes between and none at its ends, got: it's",
    ],
    [
      { inputs: { manifest: 'old/a' } },
      "'input.manifest' must be the key of an object under 'input.prefix' (new), got: old/a",
    ],
    [
      { inputs: { contentType: 'csv' } },
      "'input.contentType' must be a MIME type such as text/csv, of at most 256 characters, got: csv",
    ],
    [
      { outputs: { accept: '' } },
      "'output.accept' must be a MIME type such as text/csv, of at most 256 characters, got: ",
    ],
    [
      { outputs: { prefix: 'new/out' } },
      "'output.prefix' must not be under 'input.prefix' (new) of the same bucket, got: new/out",
    ],
    [
      { outputs: { prefix: 'new' } },
      "'output.prefix' must not be under 'input.prefix' (new) of the same bucket, got: new",
    ],
    [{ instanceCount: 0 }, "'instanceCount' must be a whole number of 1 or more, got: 0"],
    [{ maxPayloadMB: 101 }, "'maxPayloadMB' must be a whole number from 0 to 100, got: 101"],
    [{ maxConcurrentTransforms: -1 }, "'maxConcurrentTransforms' must be a whole number of 0 or more, got: -1"],
    [
      { maxPayloadMB: 50, maxConcurrentTransforms: 3 },
      "'maxConcurrentTransforms' must be at most 100 MB when multiplied by 'maxPayloadMB' (50), got: 3",
    ],
    [
      { maxConcurrentTransforms: 17 },
      "'maxConcurrentTransforms' must be at most 100 MB when multiplied by 'maxPayloadMB' (6), got: 17",
    ],
    [
      { batchStrategy: 'SingleRecord' },
      "'batchStrategy' must come with 'input.splitType', without which each object is one request, got: SingleRecord",
    ],
    [{ inputFilter: '[1:]' }, "'inputFilter' must be a JSONPath of 1 to 63 characters that begins with $, got: [1:]"],
    [
      { outputFilter: `$${'1'.repeat(63)}` },
      `'outputFilter' must be a JSONPath of 1 to 63 characters that begins with $, got: $${'1'.repeat(63)}`,
    ],
    [{ invocationMaxRetries: 4 }, "'invocationMaxRetries' must be a whole number from 0 to 3, got: 4"],
    [{ invocationTimeout: Duration.hours(2) }, "'invocationTimeout' must be 1 to 3600 whole seconds, got: 2 hours"],
    [{ environment: many(17) }, "'environment' must hold at most 16 variables, got: 17 variables"],
    [
      { environment: { '1a': 'b' } },
      "'environment' must name variables with up to 1024 letters, digits and _, not starting with a digit, got: 1a",
    ],
    [
      { environment: { a: 'b'.repeat(10_241) } },
      "'environment.a' must have at most 10240 characters, got: 10241 characters",
    ],
    [{ tags: many(50) }, "'tags' must hold at most 49 tags, for Step Functions adds one, got: 50 tags"],
    [
      { tags: { 'aws:a': 'b' } },
      "'tags' must have keys of 1 to 128 letters, digits, blanks and _.:/=+-@, not beginning with aws:, got: aws:a",
    ],
    [{ tags: { a: '#' } }, "'tags.a' must be at most 256 letters, digits, blanks and _.:/=+-@, got: #"],
    [
      { jobNamePrefix: 'Scoring' },
      "'jobNamePrefix' must be 1 to 40 lower-case letters, digits and hyphens, none at its ends, and no token, got: Scoring",
    ],
    [{ timeout: Duration.minutes(4) }, "'timeout' must be 5 minutes to 28 days, got: 4 minutes"],
    [{ maxAttempts: 11 }, "'maxAttempts' must be a whole number from 1 to 10, got: 11"],
    [{ onUpload: { suffix: '*.csv' } }, "'onUpload.suffix' must be a text without * and \\, got: *.csv"],
    [
      { onUpload: { suffix: '.csv' }, inputs: { manifest: 'new/a' } },
      "'onUpload.suffix' must be left out with 'input.manifest', whose arrival starts the transform, got: .csv",
    ],
  ])('%j', (overrides, problem) => {
    expect(() => transformIn(newStack(), overrides)).toThrow(new Error(`Loans/Scoring: ${problem}`));
  });

  test('records under the input, one topic for both, a key that nothing uses, a key for local storage', () => {
    const stack = newStack();
    const bucket = bucketIn(stack);
    const [successTopic, failureTopic] = [new sns.Topic(stack, 'Topic'), new sns.Topic(stack, 'Other')];
    const key = new kms.Key(stack, 'Key');
    let count = 0;
    const problemOf = (overrides: Overrides) => () =>
      transformIn(new Stack(stack, `${count++}`), { inputs: { bucket }, ...overrides });
    expect(problemOf({ dataCapture: { bucket, prefix: 'new/captured' } })).toThrow(
      new Error(
        "Loans/0/Scoring: 'dataCapture.prefix' must not be under 'input.prefix' (new) of the same bucket, got: new/captured",
      ),
    );
    expect(problemOf({ successTopic, failureTopic: successTopic })).toThrow(
      new Error("Loans/1/Scoring: 'failureTopic' must be another topic than 'successTopic', got: Loans/Topic"),
    );
    expect(problemOf({ successTopic, failureTopic, topicEncryptionKey: key })).toThrow(
      new Error(
        "Loans/2/Scoring: 'topicEncryptionKey' must be left out when 'successTopic' and 'failureTopic' are given, got: Loans/Key",
      ),
    );
    expect(problemOf({ instanceType: 'ml.g5.xlarge', volumeEncryptionKey: key })).toThrow(
      new Error(
        "Loans/3/Scoring: 'volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: a key for ml.g5.xlarge",
      ),
    );
  });

  test('results may be under the same prefix of another bucket', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Results', 'results');
    expect(() => transformIn(stack, { outputs: { bucket, prefix: 'new/out' } })).not.toThrow();
  });

  test('do not compile', () => {
    // @ts-expect-error -- a model has a name or a parameter
    const model: Overrides = { model: {} };
    // @ts-expect-error -- no such way to split
    const split: Overrides = { inputs: { splitType: 'Word' } };
    // @ts-expect-error -- an instance type begins with ml.
    const type: Overrides = { instanceType: 'm5.large' };
    expect([model, split, type]).toHaveLength(3);
  });
});

test('cdk-nag finds nothing', () => {
  const app = new App();
  const stack = new Stack(app, 'Loans');
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');
  const modelRole = new iam.Role(stack, 'Model', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
  transformIn(stack, {
    inputs: { bucket },
    schedule,
    onUpload: {},
    modelRole,
    topicEncryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
  });
  app.synth();
  const found = new AwsSolutionsChecks().validateScope(app).violations;
  expect(
    found.map(({ ruleName, violatingResources }) => [
      ruleName,
      violatingResources.map(({ constructPath }) => constructPath),
    ]),
  ).toEqual([]);
});
