import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { App, Duration, Stack, TimeZone } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  FailStep,
  join,
  Parameter,
  Pipeline,
  type ScheduleStartOptions,
  type StartOptions,
  UploadedObject,
} from '../../constructs/pipeline';
import alarmEvents from '../fixtures/events/cloudwatch-alarm-state-change.json';
import uploadEvents from '../fixtures/events/s3-object-created.json';
import { matchesPattern } from '../support/event-pattern';
import { allowedTo } from '../support/role-policy';
import { newStack, SAGEMAKER } from '../support/steps';

const parameters = [
  Parameter.string('Kind', { default: 'a', enumValues: ['a', 'b'] }),
  Parameter.integer('Jobs', { default: 1 }),
  Parameter.float('Auc', { default: 0.5 }),
  Parameter.boolean('Skip', { default: true }),
];
const pipelineIn = (stack = newStack(), declared: readonly Parameter[] = parameters, pipelineName = 'loans') =>
  new Pipeline(stack, 'Pipeline', {
    pipelineName,
    parameters: declared,
    steps: [new FailStep('Fail', { errorMessage: 'no' })],
  });

const eventPattern = { source: ['loans'] };
const schedule = scheduler.ScheduleExpression.rate(Duration.days(7));
const role = (trigger: { node: { findChild(id: string): unknown } }, id: string) =>
  trigger.node.findChild(id) as Parameters<typeof allowedTo>[0];
const resources = (stack: Stack, type: string) =>
  Object.values(Template.fromStack(stack).findResources(type)).map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );
const PIPELINE_ARN = `${SAGEMAKER}:pipeline/loans`;

describe('startOn', () => {
  test('makes a rule whose events go to a state machine, and to a queue when that cannot be reached for an hour', () => {
    const stack = newStack();
    const { rule, stateMachine, deadLetters } = pipelineIn(stack).startOn('Event', { eventPattern });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      Description: 'Starts the pipeline loans',
      EventBusName: Match.absent(),
      EventPattern: { source: ['loans'] },
      State: 'ENABLED',
      Targets: [
        {
          Arn: stack.resolve(stateMachine.stateMachineArn) as unknown,
          DeadLetterConfig: { Arn: stack.resolve(deadLetters.queueArn) as unknown },
          Input: Match.absent(),
          InputTransformer: Match.absent(),
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
        },
      ],
    });
    template.resourceCountIs('AWS::Events::Rule', 1);
    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 24 * 3600,
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': stack.resolve(rule.ruleArn) as unknown } },
          }),
        ],
      },
    });
  });

  test('logs and traces what the state machine does, for three months', () => {
    const stack = newStack();
    pipelineIn(stack).startOn('Event', { eventPattern });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
    });
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 90 }, DeletionPolicy: 'Delete' });
  });

  test('takes a description, a bus, an age, a retention, and can be off', () => {
    const stack = newStack();
    pipelineIn(stack).startOn('Event', {
      eventPattern,
      eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'loans'),
      description: 'New loans',
      enabled: false,
      maxEventAge: Duration.minutes(5),
      logRetention: logs.RetentionDays.ONE_WEEK,
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      Description: 'New loans',
      EventBusName: 'loans',
      State: 'DISABLED',
      Targets: [Match.objectLike({ RetryPolicy: Match.objectLike({ MaximumEventAgeInSeconds: 300 }) })],
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('takes a rule that exists', () => {
    const stack = newStack();
    const rule = new events.Rule(stack, 'Rule', { eventPattern, enabled: false });
    const trigger = pipelineIn(stack).startOn('Event', { rule });
    expect(trigger.rule).toBe(rule);
    expect(resources(stack, 'AWS::Events::Rule')).toEqual([
      expect.objectContaining({ State: 'DISABLED', Targets: [expect.anything()] }),
    ]);
  });

  test('refuses at compilation what would have no effect', () => {
    const refused = (pipeline: Pipeline, rule: events.Rule) => {
      // @ts-expect-error the rule says whether it is on
      pipeline.startOn('Event', { rule, enabled: false });
      // @ts-expect-error a rule has a pattern already
      pipeline.startOn('Event', { rule, eventPattern });
      // @ts-expect-error without a limit, only the scheduler may start the pipeline
      pipeline.startOn('Event', { eventPattern, maxConcurrentExecutions: 'unlimited' });
    };
    expect(refused).toHaveLength(2);
  });

  test('can be made in another stack, without a dependency', () => {
    const app = new App();
    const [build, monitoring] = ['Build', 'Monitoring'].map(id => new Stack(app, id));
    if (!build || !monitoring) throw new Error('two stacks are needed');
    pipelineIn(build).startOn('Event', { eventPattern, crossStackScope: monitoring });
    Template.fromStack(build).resourceCountIs('AWS::Events::Rule', 0);
    Template.fromStack(monitoring).resourceCountIs('AWS::Events::Rule', 1);
    expect(monitoring.dependencies).toEqual([]);
  });

  test('lets the state machine look at and start this pipeline, and the rule start this state machine', () => {
    const stack = newStack();
    const trigger = pipelineIn(stack, [], 'Loans').startOn('Event', { eventPattern });
    const arns = [`${SAGEMAKER}:pipeline/Loans`, PIPELINE_ARN];
    const [calls, ...telemetry] = allowedTo(role(trigger, 'StartRole'));
    expect(calls).toEqual({
      Action: ['sagemaker:DescribePipeline', 'sagemaker:ListPipelineExecutions', 'sagemaker:StartPipelineExecution'],
      Resource: arns,
    });
    expect(telemetry.flatMap(({ Action }) => Action).filter(action => !/^(logs|xray):/.test(action))).toEqual([]);
    expect(allowedTo(role(trigger.stateMachine, 'EventsRole'))).toEqual([
      { Action: ['states:StartExecution'], Resource: [expect.stringMatching(/^\$\{PipelineEventStart[0-9A-F]{8}\}$/)] },
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'states.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': '111122223333' },
              ArnLike: { 'aws:SourceArn': Match.objectLike({}) },
            },
          },
        ],
      },
    });
  });
});

describe('onUpload', () => {
  const patternWith = (where: { prefix?: string; suffix?: string } = {}) => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'amzn-s3-demo-bucket1');
    pipelineIn(stack).onUpload('Upload', { bucket, ...where });
    return resources(stack, 'AWS::Events::Rule')[0]?.EventPattern;
  };
  const uploaded = (change: object, bucket = 'amzn-s3-demo-bucket1') => {
    const { detail } = uploadEvents.event;
    return {
      ...uploadEvents.event,
      detail: { ...detail, bucket: { name: bucket }, object: { ...detail.object, ...change } },
    };
  };

  test('matches the event that S3 sends, for this bucket only', () => {
    expect(matchesPattern(patternWith(), uploadEvents.event)).toBe(true);
    expect(matchesPattern(patternWith(), uploaded({}, 'other'))).toBe(false);
    expect(matchesPattern(patternWith(), { ...uploadEvents.event, 'detail-type': 'Object Deleted' })).toBe(false);
    expect(matchesPattern(patternWith(), alarmEvents.event)).toBe(false);
  });

  test('passes over the empty objects that stand for folders', () => {
    expect(matchesPattern(patternWith(), uploaded({ key: 'raw/', size: 0 }))).toBe(false);
  });

  test.each([
    [{ prefix: 'raw/' }, ['raw/a.csv', 'raw/b/a'], ['a.csv', 'other/raw/a']],
    [{ suffix: '.csv' }, ['raw/a.csv', '.csv'], ['a.csv.gz', 'a.CSV']],
    [{ prefix: 'raw/', suffix: '.csv' }, ['raw/a.csv', 'raw/b/a.csv'], ['a.csv', 'raw/a', 'raw/a.csv.gz', 'raw.csv']],
  ])('with %j takes %j, and not %j', (where, taken, passed) => {
    const pattern = patternWith(where);
    expect([...taken, ...passed].filter(key => matchesPattern(pattern, uploaded({ key })))).toEqual(taken);
  });

  test.each([
    ['prefix', ''],
    ['prefix', 'raw/*'],
    ['suffix', 'a\\b'],
  ])("fails when %s is '%s'", (prop, got) => {
    expect(() => patternWith({ [prop]: got })).toThrow(
      new Error(`Loans/Pipeline/Upload: '${prop}' must be a text without * and \\, got: ${got}`),
    );
  });

  describe('of a bucket of the app', () => {
    const synthesizeWith = (props: s3.BucketProps, native = false) => {
      const app = new App();
      const stack = new Stack(app, 'Loans');
      const bucket = new s3.Bucket(stack, 'Data', props);
      if (native) {
        (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = {
          eventBridgeConfiguration: { eventBridgeEnabled: true },
        };
      }
      pipelineIn(stack).onUpload('Upload', { bucket });
      return () => app.synth();
    };

    test('fails at synthesis when the bucket sends no events, because nothing would ever start', () => {
      const problem = "'bucket' must send its events to EventBridge (eventBridgeEnabled: true), got: Loans/Data";
      expect(synthesizeWith({})).toThrow(`Loans/Pipeline/Upload: ${problem}`);
    });

    test.each([
      ['by the CDK', { eventBridgeEnabled: true }, false],
      ['by CloudFormation', {}, true],
    ])('takes one that sends them %s', (_, props, native) => {
      expect(synthesizeWith(props, native)).not.toThrow();
    });
  });
});

describe('onAlarm', () => {
  const patternFor = (alarmArn: string) => {
    const stack = newStack();
    const alarm = cloudwatch.Alarm.fromAlarmArn(stack, 'Alarm', alarmArn);
    pipelineIn(stack).onAlarm('Drift', { alarm });
    return resources(stack, 'AWS::Events::Rule')[0]?.EventPattern;
  };
  const { event, suppressed } = alarmEvents;

  test('matches the event of this alarm, when it goes off', () => {
    const pattern = patternFor(event.resources[0] ?? '');
    expect(matchesPattern(pattern, event)).toBe(true);
    expect(matchesPattern(pattern, { ...event, resources: ['arn:aws:cloudwatch:us-east-1:1:alarm:Other'] })).toBe(
      false,
    );
    expect(matchesPattern(pattern, { ...event, detail: { ...event.detail, state: { value: 'OK' } } })).toBe(false);
  });

  test('passes over a composite alarm whose actions are suppressed', () => {
    const pattern = patternFor(suppressed.resources[0] ?? '');
    expect(matchesPattern(pattern, suppressed)).toBe(false);
    expect(matchesPattern(pattern, { ...suppressed, detail: { state: { value: 'ALARM' } } })).toBe(true);
  });

  test.each([
    [undefined, 86_400_000],
    [Duration.hours(2), 7_200_000],
  ])('starts nothing within a day of the last start, or within cooldown (%s)', (cooldown, milliseconds) => {
    const stack = newStack();
    const alarm = cloudwatch.Alarm.fromAlarmArn(stack, 'Alarm', event.resources[0] ?? '');
    pipelineIn(stack).onAlarm('Drift', { alarm, cooldown });
    expect(JSON.stringify(resources(stack, 'AWS::StepFunctions::StateMachine'))).toContain(` < ${milliseconds} %}`);
  });
});

describe('schedule', () => {
  test('makes a schedule that starts the state machine, with a role of its own', () => {
    const stack = newStack();
    const trigger = pipelineIn(stack).schedule('Weekly', { schedule });
    const { stateMachine, deadLetters } = trigger;
    Template.fromStack(stack).hasResourceProperties('AWS::Scheduler::Schedule', {
      Description: 'Starts the pipeline loans',
      ScheduleExpression: 'rate(7 days)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      StartDate: Match.absent(),
      EndDate: Match.absent(),
      State: 'ENABLED',
      Target: {
        Arn: stack.resolve(stateMachine?.stateMachineArn) as unknown,
        Input: '{"time":"<aws.scheduler.scheduled-time>"}',
        DeadLetterConfig: { Arn: stack.resolve(deadLetters.queueArn) as unknown },
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
        SageMakerPipelineParameters: Match.absent(),
      },
    });
    const id = (name: string) => expect.stringMatching(new RegExp(`^\\$\\{PipelineWeekly${name}[0-9A-F]{8}`)) as string;
    expect(allowedTo(role(trigger, 'Role'))).toEqual([
      { Action: ['sqs:SendMessage'], Resource: [id('DeadLetters')] },
      { Action: ['states:StartExecution'], Resource: [id('Start')] },
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': '111122223333',
                'aws:SourceArn': {
                  'Fn::Join': [
                    '',
                    ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:eu-west-1:111122223333:schedule-group/default'],
                  ],
                },
              },
            },
          },
        ],
      },
    });
  });

  test('takes a time zone, a window, a beginning and an end, and can be off', () => {
    const stack = newStack();
    pipelineIn(stack).schedule('Weekly', {
      schedule: scheduler.ScheduleExpression.cron({
        weekDay: 'MON',
        hour: '3',
        minute: '0',
        timeZone: TimeZone.EUROPE_BERLIN,
      }),
      description: 'Every Monday',
      flexibleWindow: Duration.hours(2),
      start: new Date('2027-01-01T00:00:00Z'),
      end: new Date('2028-01-01T00:00:00Z'),
      enabled: false,
      maxEventAge: Duration.hours(6),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Scheduler::Schedule', {
      Description: 'Every Monday',
      ScheduleExpression: 'cron(0 3 ? * MON *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 120 },
      StartDate: '2027-01-01T00:00:00.000Z',
      EndDate: '2028-01-01T00:00:00.000Z',
      State: 'DISABLED',
      Target: Match.objectLike({ RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 185 } }),
    });
  });

  test('without a limit starts the pipeline itself, and makes no state machine', () => {
    const stack = newStack();
    const trigger = pipelineIn(stack, parameters, 'Loans').schedule('Weekly', {
      schedule,
      maxConcurrentExecutions: 'unlimited',
      parameters: { Kind: events.EventField.time, Jobs: 3 },
    });
    expect(trigger.stateMachine).toBeUndefined();
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 0);
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: {
        Arn: {
          'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sagemaker:eu-west-1:111122223333:pipeline/loans']],
        },
        Input: Match.absent(),
        SageMakerPipelineParameters: {
          PipelineParameterList: [
            { Name: 'Kind', Value: '<aws.scheduler.scheduled-time>' },
            { Name: 'Jobs', Value: '3' },
          ],
        },
      },
    });
    expect(allowedTo(role(trigger, 'Role'))).toEqual([
      { Action: ['sqs:SendMessage'], Resource: [expect.anything()] },
      { Action: ['sagemaker:StartPipelineExecution'], Resource: [`${SAGEMAKER}:pipeline/Loans`, PIPELINE_ARN] },
    ]);
  });

  test.each<[Partial<ScheduleStartOptions>, string]>([
    [{ flexibleWindow: Duration.hours(25) }, "'flexibleWindow' must be 1 to 1440 whole minutes, got: 1500 minutes"],
    [
      { start: new Date('2027-01-01T00:00:00Z'), end: new Date('2026-01-01T00:00:00Z') },
      "'end' must be after 'start' (2027-01-01T00:00:00.000Z), got: 2026-01-01T00:00:00.000Z",
    ],
    [
      { parameters: { Kind: UploadedObject.key } },
      "'parameters.Kind' must be a literal or EventField.time, for a schedule has no event, got: $.detail.object.key",
    ],
    [
      { parameters: { Kind: `at ${events.EventField.time}` } },
      "'parameters.Kind' must be a literal or EventField.time, for a schedule has no event, got: $.time",
    ],
  ])('fails for %j', (options, problem) => {
    expect(() => pipelineIn().schedule('Weekly', { schedule, ...options })).toThrow(
      new Error(`Loans/Pipeline/Weekly: ${problem}`),
    );
  });
});

describe('values and limits', () => {
  test.each<[StartOptions, string]>([
    [
      { parameters: { Knid: 'a' } },
      "'parameters' must name parameters of the pipeline (Kind, Jobs, Auc, Skip), got: Knid",
    ],
    [
      { parameters: { toString: 'a' } },
      "'parameters' must name parameters of the pipeline (Kind, Jobs, Auc, Skip), got: toString",
    ],
    [{ parameters: { Kind: 'c' } }, "'parameters.Kind' must be one of a, b, got: c"],
    [{ parameters: { Kind: 3 } }, "'parameters.Kind' must be a text of 1 to 1024 characters, got: 3"],
    [{ parameters: { Kind: '' } }, "'parameters.Kind' must be a text of 1 to 1024 characters, got: an empty text"],
    [
      { parameters: { Kind: 'a'.repeat(1025) } },
      `'parameters.Kind' must be a text of 1 to 1024 characters, got: ${'a'.repeat(1025)}`,
    ],
    [{ parameters: { Kind: `{% ${UploadedObject.key}` } }, `'parameters.Kind' must not begin with {%, got: {% `],
    [{ parameters: { Jobs: 1.5 } }, "'parameters.Jobs' must be a whole number, got: 1.5"],
    [{ parameters: { Jobs: '2' } }, "'parameters.Jobs' must be a whole number, got: 2"],
    [{ parameters: { Auc: NaN } }, "'parameters.Auc' must be a finite number, got: NaN"],
    [{ parameters: { Skip: 'true' } }, "'parameters.Skip' must be true or false, got: true"],
    [
      { parameters: { Kind: events.EventField.fromPath('$.detail.*') } },
      "'parameters.Kind' must take fields by paths such as $.detail.object.key or $.resources[0], got: $.detail.*",
    ],
    [{ maxConcurrentExecutions: 0 }, "'maxConcurrentExecutions' must be a whole number from 1 to 20, got: 0"],
    [{ maxConcurrentExecutions: 21 }, "'maxConcurrentExecutions' must be a whole number from 1 to 20, got: 21"],
    [{ cooldown: Duration.seconds(5) }, "'cooldown' must be 60 or more whole seconds, got: 5 seconds"],
    [{ maxEventAge: Duration.days(2) }, "'maxEventAge' must be 60 to 86400 whole seconds, got: 172800 seconds"],
    [{ description: 'a'.repeat(513) }, "'description' must have at most 512 characters, got: 513"],
  ])('fail for %j', (options, problem) => {
    const stack = newStack();
    expect(() => pipelineIn(stack).startOn('Event', { eventPattern, ...options })).toThrow(
      new Error(`Loans/Pipeline/Event: ${problem}`),
    );
    expect(resources(stack, 'AWS::Events::Rule')).toEqual([]);
  });

  test('fail when a parameter without a default gets no value, and all at once', () => {
    const declared = [Parameter.string('RawDataUri'), Parameter.integer('Jobs', { default: 1 })];
    expect(() => pipelineIn(newStack(), declared).schedule('Weekly', { schedule, parameters: { Jobs: 0.5 } })).toThrow(
      new Error(
        "Loans/Pipeline/Weekly: 'parameters' must give 'RawDataUri' a value, because it has no default, got: none\n" +
          "Loans/Pipeline/Weekly: 'parameters.Jobs' must be a whole number, got: 0.5",
      ),
    );
  });

  test('fail when the pipeline has no parameter', () => {
    expect(() => pipelineIn(newStack(), []).startOn('Event', { eventPattern, parameters: { Kind: 'a' } })).toThrow(
      new Error("Loans/Pipeline/Event: 'parameters' must name parameters of the pipeline (it has none), got: Kind"),
    );
  });

  test('know the parameters that steps read, and take what is only known at deployment', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Data');
    const raw = Parameter.string('RawDataUri');
    const pipeline = new Pipeline(stack, 'Pipeline', {
      steps: [new FailStep('Fail', { errorMessage: join(' ', 'no', raw) })],
    });
    expect(pipeline.parameters).toEqual([raw]);
    pipeline.startOn('Event', { eventPattern, parameters: { RawDataUri: `s3://${bucket.bucketName}/raw` } });
    const [machine] = resources(stack, 'AWS::StepFunctions::StateMachine');
    const {
      'Fn::Join': [, parts],
    } = machine?.DefinitionString as { 'Fn::Join': [string, unknown[]] };
    const at = parts.findIndex(part => typeof part === 'string' && part.endsWith('"Value":"s3://'));
    expect(parts.slice(at + 1, at + 3)).toEqual([
      stack.resolve(bucket.bucketName),
      expect.stringMatching(/^\/raw"\}\]\}/),
    ]);
  });
});

describe('share', () => {
  const shareWith = (options: Partial<Parameters<Pipeline['share']>[1]> = {}) => {
    const stack = newStack();
    pipelineIn(stack, [], 'Loans').share('Share', { accounts: ['444455556666'], ...options });
    return stack;
  };
  const permission = (name: string) => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ram::aws:permission/${name}`]],
  });

  test.each([
    [undefined, 'AWSRAMDefaultPermissionSageMakerPipeline'],
    [true, 'AWSRAMPermissionSageMakerPipelineAllowExecution'],
  ])('with allowExecution %s gives the accounts %s, once the pipeline exists', (allowExecution, name) => {
    Template.fromStack(shareWith({ allowExecution })).hasResource('AWS::RAM::ResourceShare', {
      Properties: {
        Name: Match.stringLikeRegexp('^Loans-Pipeline-Share-[0-9A-F]{8}$'),
        Principals: ['444455556666'],
        PermissionArns: [permission(name)],
        ResourceArns: [
          { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sagemaker:eu-west-1:111122223333:pipeline/loans']] },
        ],
        AllowExternalPrincipals: false,
      },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^Pipeline[0-9A-F]{8}$')]),
    });
  });

  test('can go beyond the organization', () => {
    Template.fromStack(shareWith({ allowExternalAccounts: true })).hasResourceProperties('AWS::RAM::ResourceShare', {
      AllowExternalPrincipals: true,
    });
  });

  test.each([
    [[], "'accounts' must hold at least one account, got: none"],
    [['444455556666', 'prod'], "'accounts' must hold ids of 12 digits, got: prod"],
  ])('fails for the accounts %j', (accounts, problem) => {
    expect(() => shareWith({ accounts })).toThrow(new Error(`Loans/Pipeline/Share: ${problem}`));
  });
});

test('all triggers together have no finding of AwsSolutions', () => {
  const stack = newStack();
  const pipeline = pipelineIn(stack);
  pipeline.startOn('Event', { eventPattern });
  pipeline.schedule('Weekly', { schedule });
  pipeline.schedule('Direct', { schedule, maxConcurrentExecutions: 'unlimited' });
  pipeline.share('Share', { accounts: ['444455556666'] });
  expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
});
