import { Match, Template } from 'aws-cdk-lib/assertions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { App, CfnParameter, Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { GroundTruthLanding, type GroundTruthLandingProps } from '../../constructs/model-monitor';
import uploadEvents from '../fixtures/events/s3-object-created.json';
import { Deployment } from '../support/deployment';
import { matchesPattern } from '../support/event-pattern';
import { allowedTo } from '../support/role-policy';
import { simulate } from '../support/simulate';

const newStack = () => new Stack(new App(), 'Loans');
const valid = (stack: Stack): GroundTruthLandingProps => ({
  inbox: { bucket: s3.Bucket.fromBucketName(stack, 'Uploads', 'uploads'), prefix: 'loans/inbox' },
  groundTruth: { bucket: s3.Bucket.fromBucketName(stack, 'Data', 'data'), prefix: 'loans/labels' },
});
const landingIn = (stack: Stack, overrides: Partial<GroundTruthLandingProps> = {}) =>
  new GroundTruthLanding(stack, 'Labels', { ...valid(stack), ...overrides });
const templateWith = (overrides: Partial<GroundTruthLandingProps> = {}) => {
  const stack = newStack();
  landingIn(stack, overrides);
  return Template.fromStack(stack);
};

describe('what is created', () => {
  test('a workflow with traces and logs, and a function with a processor and a quarter of an hour', () => {
    const template = templateWith();
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'labels.land',
      MemorySize: 1769,
      Timeout: 900,
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
    template.resourceCountIs('AWS::Logs::LogGroup', 2);
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  test('logs that are kept as long as is asked for', () => {
    const template = templateWith({ logRetention: logs.RetentionDays.ONE_WEEK });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('logs that go with it', () => {
    const stack = newStack();
    landingIn(stack);
    Template.fromStack(stack).allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });

  test('a queue for events that cannot be delivered for a day', () => {
    const template = templateWith();
    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [
        Match.objectLike({
          Arn: { Ref: Match.stringLikeRegexp('Workflow') },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ],
    });
  });

  test('nothing that cdk-nag objects to', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    landingIn(stack, { encryptionKey: key });
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });
});

describe('the rule', () => {
  const pattern = () => {
    const [rule] = Object.values(templateWith().findResources('AWS::Events::Rule'));
    const { EventPattern } = (rule as { Properties: { EventPattern: Record<string, unknown> } }).Properties;
    return EventPattern;
  };
  const arrived = (object: object, bucket = 'uploads') => ({
    ...uploadEvents.event,
    detail: {
      ...uploadEvents.event.detail,
      bucket: { name: bucket },
      object: { ...uploadEvents.event.detail.object, ...object },
    },
  });

  test.each([
    [{ key: 'loans/inbox/monday.csv' }, 'uploads', true],
    [{ key: 'loans/inbox/bank/monday.jsonl' }, 'uploads', true],
    [{ key: 'loans/inbox/monday.xlsx' }, 'uploads', true],
    [{ key: 'loans/inbox/', size: 0 }, 'uploads', false],
    [{ key: 'loans/inbox-2/monday.csv' }, 'uploads', false],
    [{ key: 'loans/labels/2026/01/02/03/a.jsonl' }, 'uploads', false],
    [{ key: 'loans/inbox/monday.csv' }, 'data', false],
  ])('takes %j in %s: %p', (object, bucket, taken) => {
    expect(matchesPattern(pattern(), arrived(object, bucket))).toBe(taken);
  });

  test('takes no other event of the object', () => {
    const event = { ...arrived({ key: 'loans/inbox/monday.csv' }), 'detail-type': 'Object Deleted' };
    expect(matchesPattern(pattern(), event)).toBe(false);
  });
});

describe('who hears of failures', () => {
  test('is told of every execution that did not end well', () => {
    const stack = newStack();
    const queue = new sqs.Queue(stack, 'Queue');
    landingIn(stack).onFailed('Failed', { target: new targets.SqsQueue(queue) });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [{ Ref: Match.stringLikeRegexp('Workflow') }],
          status: ['ABORTED', 'FAILED', 'TIMED_OUT'],
        },
      },
    });
  });

  test('can look at the metric', () => {
    const stack = newStack();
    const landing = landingIn(stack);
    const metric = landing.metricFailed({ label: 'Labels' });
    expect(metric).toMatchObject({ namespace: 'AWS/States', metricName: 'ExecutionsFailed', label: 'Labels' });
    expect(metric.dimensions).toEqual({ StateMachineArn: landing.stateMachine.stateMachineArn });
  });
});

describe('permissions', () => {
  const objects = (path: string) => `arn:\${AWS::Partition}:s3:::${path}`;
  const onFiles = [
    { Action: ['s3:GetObject'], Resource: [objects('uploads/loans/inbox/*')] },
    {
      Action: ['s3:ListBucket'],
      Resource: [objects('uploads')],
      Condition: { StringLike: { 's3:prefix': ['loans/inbox', 'loans/inbox/*'] } },
    },
    {
      Action: ['s3:AbortMultipartUpload', 's3:PutObject'],
      Resource: [objects('uploads/loans/inbox/rejected/*')],
    },
    { Action: ['s3:AbortMultipartUpload', 's3:PutObject'], Resource: [objects('data/loans/labels/*')] },
  ];

  test('of the function are on the files, and its logs', () => {
    const statements = allowedTo(landingIn(newStack()).readerRole);
    expect(statements).toEqual(expect.arrayContaining(onFiles));
    expect(statements).toHaveLength(5);
    expect(statements.flatMap(({ Action }) => Action).filter(action => action.startsWith('logs:'))).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
  });

  test('of the workflow are on the files, the function, and what logs and traces take', () => {
    const statements = allowedTo(landingIn(newStack()).workflowRole);
    expect(statements).toEqual(expect.arrayContaining(onFiles));
    expect(statements).toContainEqual({
      Action: ['lambda:InvokeFunction'],
      Resource: [expect.stringMatching(/^\$\{LabelsReader.*Arn\}$/) as string],
    });
    const others = statements.flatMap(({ Action }) => Action).filter(action => !/^(s3|lambda|logs|xray):/.test(action));
    expect(others).toEqual([]);
  });

  test('are on the key of what lands, where there is one', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const landing = landingIn(stack, { encryptionKey: key });
    for (const role of [landing.readerRole, landing.workflowRole]) {
      expect(allowedTo(role)).toContainEqual({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: [expect.stringMatching(/^\$\{Key/) as string],
      });
    }
  });

  test('are as wide as the work and no wider, says the simulator', async () => {
    const app = new App();
    const stack = new Stack(app, 'Loans');
    landingIn(stack);
    const deployment = new Deployment({ Loans: Template.fromStack(stack).toJSON() } as never);
    const roleNamed = (part: string) => {
      const found = deployment.resources('AWS::IAM::Role').find(({ id }) => id.includes(part));
      return deployment.arn(found?.stack ?? '', found?.id ?? '');
    };
    const verdict = (role: string, action: string, resource: string, context = {}) =>
      simulate(deployment, roleNamed(role), { action, resource, context });
    for (const role of ['ReaderRole', 'WorkflowRole']) {
      const expected: [string, string, string][] = [
        ['s3:GetObject', 'arn:aws:s3:::uploads/loans/inbox/a.csv', 'Allowed'],
        ['s3:PutObject', 'arn:aws:s3:::uploads/loans/inbox/rejected/a.csv', 'Allowed'],
        ['s3:PutObject', 'arn:aws:s3:::data/loans/labels/2026/01/02/03/a.jsonl', 'Allowed'],
        ['s3:PutObject', 'arn:aws:s3:::uploads/loans/inbox/a.csv', 'ImplicitlyDenied'],
        ['s3:DeleteObject', 'arn:aws:s3:::uploads/loans/inbox/a.csv', 'ImplicitlyDenied'],
        ['s3:GetObject', 'arn:aws:s3:::data/loans/labels/2026/01/02/03/a.jsonl', 'ImplicitlyDenied'],
        ['s3:GetObject', 'arn:aws:s3:::uploads/other/a.csv', 'ImplicitlyDenied'],
        ['s3:PutObject', 'arn:aws:s3:::data/other/a.jsonl', 'ImplicitlyDenied'],
      ];
      for (const [action, resource, outcome] of expected) {
        expect([role, action, resource, await verdict(role, action, resource)]).toEqual([
          role,
          action,
          resource,
          outcome,
        ]);
      }
    }
  });

  test('to take on the role of the workflow is for state machines of the account', () => {
    templateWith().hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: 'states.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ],
      },
    });
  });
});

describe('what is refused', () => {
  const at = (prefix: string) => (stack: Stack) => ({
    bucket: s3.Bucket.fromBucketName(stack, 'Other', 'other'),
    prefix,
  });
  const COLUMN = 'must be a text without commas, quotes and line breaks and with no blank at its ends, got:';
  const CHARACTERS = 'must be letters, digits, slashes and !._()-=, got:';

  test.each(['inbox', 'groundTruth'] as const)('a wrong prefix of %s', prop => {
    const stack = newStack();
    expect(() => landingIn(stack, { [prop]: at('a/')(stack) })).toThrow(
      new Error(`Loans/Labels: '${prop}.prefix' must not be empty and have no slash first or last, got: a/`),
    );
    const other = newStack();
    expect(() => landingIn(other, { [prop]: at('a*')(other) })).toThrow(
      new Error(`Loans/Labels: '${prop}.prefix' ${CHARACTERS} a*`),
    );
  });

  test.each([
    ['labels', 'labels'],
    ['labels', 'labels/landed'],
    ['labels/inbox', 'labels'],
  ])('an inbox %s with labels in %s', (inbox, groundTruth) => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'one');
    expect(() =>
      landingIn(stack, { inbox: { bucket, prefix: inbox }, groundTruth: { bucket, prefix: groundTruth } }),
    ).toThrow(
      new Error(
        `Loans/Labels: 'groundTruth.prefix' must be neither under nor above 'inbox.prefix' (${inbox}) of the same bucket, got: ${groundTruth}`,
      ),
    );
  });

  test('nothing of prefixes beside each other, nor of the same one in two buckets', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'one');
    const inbox = { bucket, prefix: 'labels-inbox' };
    expect(() => landingIn(stack, { inbox, groundTruth: { bucket, prefix: 'labels' } })).not.toThrow();
    const other = newStack();
    const { groundTruth } = valid(other);
    expect(
      () =>
        new GroundTruthLanding(other, 'Other', {
          inbox: { bucket: s3.Bucket.fromBucketName(other, 'Bucket', 'one'), prefix: groundTruth.prefix },
          groundTruth,
        }),
    ).not.toThrow();
  });

  test.each(['idColumn', 'labelColumn'] as const)('%s that no header can have', prop => {
    for (const column of ['', ' a', 'a,b', '"a"']) {
      expect(() => templateWith({ [prop]: column })).toThrow(new Error(`Loans/Labels: '${prop}' ${COLUMN} ${column}`));
    }
  });

  test.each([
    [{ idColumn: 'label' }, 'label'],
    [{ labelColumn: 'inference_id' }, 'inference_id'],
    [{ idColumn: 'a', labelColumn: 'a' }, 'a'],
  ])('the columns %j', (columns, got) => {
    expect(() => templateWith(columns)).toThrow(
      new Error(`Loans/Labels: 'labelColumn' must be another column than 'idColumn', got: ${got}`),
    );
  });

  test('nothing that is only known at deployment', () => {
    const stack = newStack();
    const prefix = new CfnParameter(stack, 'Prefix').valueAsString;
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'one');
    const location = { bucket, prefix };
    expect(() => landingIn(stack, { inbox: location, groundTruth: location, idColumn: prefix })).not.toThrow();
  });

  test('a bucket that sends no events, when the tree is complete', () => {
    const problems = (props?: s3.BucketProps, change?: (bucket: s3.CfnBucket) => void) => {
      const stack = newStack();
      const bucket = new s3.Bucket(stack, 'Inbox', props);
      change?.(bucket.node.defaultChild as s3.CfnBucket);
      return landingIn(stack, { inbox: { bucket, prefix: 'inbox' } }).rule.node.validate();
    };
    expect(problems()).toEqual([
      "Loans/Labels: 'inbox.bucket' must send its events to EventBridge (eventBridgeEnabled: true), got: Loans/Inbox",
    ]);
    expect(problems({ eventBridgeEnabled: true })).toEqual([]);
    const native = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    expect(problems({}, bucket => (bucket.notificationConfiguration = native))).toEqual([]);
  });
});
