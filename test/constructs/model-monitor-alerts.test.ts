import { runSimulation } from '@cloud-copilot/iam-simulate';
import aslValidator from 'asl-validator';
import { DescribeProcessingJobRequest$, DescribeProcessingJobResponse$ } from '@aws-sdk/client-sagemaker';
import { PublishInput$ } from '@aws-sdk/client-sns';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { App, CfnCondition, CfnResource, Fn, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import {
  AttributionConstraints,
  AttributionDriftMonitor,
  BaselineConstraints,
  BaselineStatistics,
  BiasConstraints,
  BiasDriftMonitor,
  CustomMonitor,
  DataQualityMonitor,
  ModelQualityConstraints,
  ModelQualityMonitor,
  MonitorAlerts,
  type MonitorAlertsProps,
} from '../../constructs/model-monitor';
import { textOf } from '../support/definition';
import { matchesPattern } from '../support/event-pattern';
import { requestProblems } from '../support/request-schema';
import { allowedTo } from '../support/role-policy';
import { serviceModel } from '../support/service-model';
import { workflowOf } from '../support/start-workflow';
import { type Call, type Execution, runStateMachine, TaskError } from '../support/state-machine';

const ACCOUNT = '111122223333';
const newStack = () => new Stack(new App(), 'Monitoring', { env: { account: ACCOUNT, region: 'eu-west-1' } });
const uri = 's3://baselines/file.json';
const dataset = { datasetType: 'text/csv', headers: ['good', 'age'], label: 'good' } as const;
const predictor = { instanceType: 'ml.m5.large', contentType: 'text/csv' } as const;
const bucketIn = (stack: Stack) =>
  (stack.node.tryFindChild('Data') as s3.IBucket | undefined) ?? s3.Bucket.fromBucketName(stack, 'Data', 'loans');
const common = (stack: Stack) => ({
  endpointName: 'loans',
  capturedData: { bucket: bucketIn(stack), prefix: 'captured' },
  output: { bucket: bucketIn(stack), prefix: 'reports' },
});
const labelled = (stack: Stack) => ({
  ...common(stack),
  groundTruth: { bucket: bucketIn(stack), prefix: 'labels' },
  inferenceAttribute: '0',
});
const data = (stack: Stack, managed = true) =>
  new DataQualityMonitor(stack, 'Data quality', {
    managed,
    ...common(stack),
    baselineStatistics: BaselineStatistics.fromS3Uri(uri),
    baselineConstraints: BaselineConstraints.fromS3Uri(uri),
  });
const alertsIn = (stack: Stack, overrides: Partial<MonitorAlertsProps> = {}) =>
  new MonitorAlerts(stack, 'Alerts', {
    ...(overrides.monitors ? {} : { monitors: [data(stack)] }),
    ...('topic' in overrides ? {} : { topic: new sns.Topic(stack, 'Topic') }),
    ...overrides,
  } as MonitorAlertsProps);

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'sagemaker:describeProcessingJob': DescribeProcessingJobRequest$,
  'eventbridge:putEvents': serviceModel('events')('PutEventsRequest'),
  'sns:publish': PublishInput$,
};
const REPORT = 's3://loans/reports/loans/monitor/2026/01/01/06';
const completed = (ExitMessage?: string) => ({
  ProcessingJobName: 'job-1',
  ProcessingJobArn: `arn:aws:sagemaker:eu-west-1:${ACCOUNT}:processing-job/job-1`,
  ProcessingJobStatus: 'Completed',
  ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.xlarge', VolumeSizeInGB: 30 } },
  AppSpecification: { ImageUri: 'image' },
  CreationTime: 1767250800,
  ProcessingOutputConfig: {
    Outputs: [
      {
        OutputName: 'result',
        S3Output: { S3Uri: REPORT, LocalPath: '/opt/ml/processing/output', S3UploadMode: 'EndOfJob' },
      },
    ],
  },
  ...(ExitMessage !== undefined && { ExitMessage }),
});
type Answer = ReturnType<typeof completed> | TaskError;

/** SageMaker with one job, the default bus and the topic. */
class Account {
  public readonly events: { Source: string; DetailType: string; Detail: Record<string, unknown> }[] = [];
  public readonly messages: Record<string, string>[] = [];
  public jobs: Answer[] = [completed('Completed: Job completed successfully with no violations.')];
  public bus: 'ok' | 'refuses' | TaskError = 'ok';
  public topic: 'ok' | TaskError = 'ok';

  public async run(definition: object, event: object, monitor: object = MONITOR): Promise<Execution> {
    return runStateMachine(definition, { input: { monitor, event }, onCall: call => this.answer(call) });
  }

  private answer({ action, arguments: request }: Call): unknown {
    expect(requestProblems(SCHEMAS[action], request, {}, action)).toEqual([]);
    if (action === 'sagemaker:describeProcessingJob') {
      const job = this.jobs.length > 1 ? this.jobs.shift() : this.jobs[0];
      if (job instanceof TaskError) throw job;
      expect(requestProblems(DescribeProcessingJobResponse$, job, {}, 'response')).toEqual([]);
      return job;
    }
    if (action === 'eventbridge:putEvents') {
      if (this.bus instanceof TaskError) throw this.bus;
      if (this.bus === 'refuses') return { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] };
      const [entry] = request.Entries as { Source: string; DetailType: string; Detail: string }[];
      if (entry) this.events.push({ ...entry, Detail: JSON.parse(entry.Detail) as Record<string, unknown> });
      return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
    }
    if (this.topic instanceof TaskError) throw this.topic;
    this.messages.push(request as Record<string, string>);
    return { MessageId: '1' };
  }
}

const COMPARES = 'It compares the requests to endpoint loans with the training data.';
const MONITOR = { name: 'Loans-1', compares: COMPARES, endpoint: 'loans' };
const jobEvent = (ProcessingJobStatus = 'Completed') => ({
  time: '2026-01-01T06:10:00Z',
  detail: { ProcessingJobName: 'job-1', ProcessingJobStatus },
});
const denied = new TaskError('SageMaker.SageMakerException', 'User is not authorized');
const throttled = new TaskError('SageMaker.ThrottlingException', 'Rate exceeded');
const definition = workflowOf(alertsIn(newStack()).stateMachine);
const quiet = workflowOf(alertsIn(newStack(), { topic: undefined }).stateMachine);

describe('the workflow', () => {
  test.each(Object.entries({ definition, quiet }))('%s is Amazon States Language', (_, machine) => {
    const { isValid, errorsText } = aslValidator(structuredClone(machine));
    expect({ isValid, errors: errorsText('\n') }).toEqual({ isValid: true, errors: '' });
  });

  test.each([
    [3, '3 violations'],
    [1, '1 violation'],
  ])('tells of %i violations, on the bus and in words', async (count, words) => {
    const account = new Account();
    account.jobs = [completed(`CompletedWithViolations: Job completed successfully with ${count} violations.`)];
    expect(await account.run(definition, jobEvent())).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.events).toEqual([
      {
        Source: 'sagemaker-cdk.model-monitor',
        DetailType: 'Model Monitor Violations',
        Detail: {
          monitor: 'Loans-1',
          endpoint: 'loans',
          time: '2026-01-01T06:10:00Z',
          job: 'job-1',
          report: REPORT,
          violations: count,
        },
      },
    ]);
    expect(account.messages).toEqual([
      {
        TopicArn: expect.stringContaining('Topic') as string,
        Subject: 'Model monitor found violations: Loans-1',
        Message: `The monitor Loans-1 found ${words} in the run that ended at 2026-01-01T06:10:00Z. ${COMPARES} What it found is listed in ${REPORT}/constraint_violations.json.`,
      },
    ]);
  });

  test('says nothing of a number that a container of your own does not give', async () => {
    const account = new Account();
    account.jobs = [completed('CompletedWithViolations')];
    await account.run(definition, jobEvent());
    expect(account.events[0]?.Detail).not.toHaveProperty('violations');
    expect(account.messages[0]?.Message).toContain('found violations in the run');
  });

  test.each([
    ['Completed: Job completed successfully with no violations.'],
    [undefined],
    ['Merged 5 records'],
    ['NotCompletedWithViolations: ours'],
  ])('tells nothing of a job that ended with %j', async message => {
    const account = new Account();
    account.jobs = [completed(message)];
    expect(await account.run(definition, jobEvent())).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'nothing to tell' },
    });
    expect([account.events, account.messages]).toEqual([[], []]);
  });

  test.each([
    ['Failed', { FailureReason: 'AlgorithmError: no such column' }, 'AlgorithmError: no such column'],
    ['Failed', { ExitMessage: 'no rows' }, 'no rows'],
    ['Stopped', {}, 'the job ended as Stopped'],
  ])('tells that a job %s, and why (%#)', async (ProcessingJobStatus, why, reason) => {
    const account = new Account();
    account.jobs = [{ ...completed(), ProcessingJobStatus, ...why }];
    expect(await account.run(definition, jobEvent(ProcessingJobStatus))).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.events).toMatchObject([
      {
        DetailType: 'Model Monitor Failure',
        Detail: { monitor: 'Loans-1', endpoint: 'loans', time: '2026-01-01T06:10:00Z', job: 'job-1', reason },
      },
    ]);
    expect(account.messages).toMatchObject([
      {
        Subject: 'Model monitor failed: Loans-1',
        Message: `The monitor Loans-1 could not do its check at 2026-01-01T06:10:00Z, so nobody knows whether there are violations. ${COMPARES} The reason: ${reason}`,
      },
    ]);
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
  test.each([
    [{ status: 'FAILED', cause: 'no summary.json', error: 'MonitorFailed' }, 'no summary.json'],
    [{ status: 'TIMED_OUT', cause: null, error: null }, 'its workflow ended as TIMED_OUT'],
    [{}, 'there is no reason in the event'],
  ])('tells of a workflow that failed without a job (%#)', async (detail, reason) => {
    const account = new Account();
    const execution = await account.run(definition, { time: '2026-01-01T06:10:00Z', detail });
    expect(execution.calls.map(({ action }) => action)).toEqual(['eventbridge:putEvents', 'sns:publish']);
    expect(account.events[0]?.Detail).toEqual({
      monitor: 'Loans-1',
      endpoint: 'loans',
      time: '2026-01-01T06:10:00Z',
      reason,
    });
  });

  test('of batch transform names no endpoint', async () => {
    const account = new Account();
    account.jobs = [completed('CompletedWithViolations: Job completed successfully with 2 violations.')];
    await account.run(definition, jobEvent(), { name: 'Loans-1', compares: 'It compares.' });
    expect(account.events[0]?.Detail).not.toHaveProperty('endpoint');
  });

  test('gets through throttling', async () => {
    const account = new Account();
    account.jobs = [throttled, throttled, completed('CompletedWithViolations: x with 2 violations.')];
    expect(await account.run(definition, jobEvent())).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.events).toMatchObject([{ Detail: { violations: 2 } }]);
  });

  test('waits for a result that is not there yet, and reports one that never comes', async () => {
    const running = { ...completed(), ProcessingJobStatus: 'InProgress' };
    const late = new Account();
    late.jobs = [running, running, completed('CompletedWithViolations: x with 2 violations.')];
    expect((await late.run(definition, jobEvent())).seconds).toBe(120);
    expect(late.events).toMatchObject([{ DetailType: 'Model Monitor Violations' }]);
    const never = new Account();
    never.jobs = [running];
    expect((await never.run(definition, jobEvent())).seconds).toBe(540);
    expect(never.events).toMatchObject([{ DetailType: 'Model Monitor Failure' }]);
  });

  test('tells that a result could not be read', async () => {
    const account = new Account();
    account.jobs = [denied];
    expect(await account.run(definition, jobEvent())).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.events[0]?.Detail.reason).toBe(
      'its result could not be read: SageMaker.SageMakerException: User is not authorized',
    );
  });

  test.each([
    ['refuses', 'the bus refused the event: InternalFailure'],
    [new TaskError('EventBridge.EventBridgeException', 'no'), 'EventBridge.EventBridgeException: no'],
  ] as const)('tells the topic even if the bus does not take the event, and fails then (%#)', async (bus, cause) => {
    const account = new Account();
    account.jobs = [completed('CompletedWithViolations: x with 2 violations.')];
    account.bus = bus;
    expect(await account.run(definition, jobEvent())).toMatchObject({
      status: 'FAILED',
      error: 'MonitorAlertFailed',
      cause,
    });
    expect(account.messages).toHaveLength(1);
  });

  test('fails if the topic does not take the message', async () => {
    const account = new Account();
    account.jobs = [completed('CompletedWithViolations: x with 2 violations.')];
    account.topic = new TaskError('Sns.SnsException', 'no');
    expect(await account.run(definition, jobEvent())).toMatchObject({
      status: 'FAILED',
      cause: 'Sns.SnsException: no',
    });
    expect(account.events).toHaveLength(1);
  });

  test('without a topic tells the bus only', async () => {
    const account = new Account();
    account.jobs = [completed('CompletedWithViolations: x with 2 violations.')];
    const execution = await account.run(quiet, jobEvent());
    expect(execution.calls.map(({ action }) => action)).toEqual([
      'sagemaker:describeProcessingJob',
      'eventbridge:putEvents',
    ]);
    expect(execution.status).toBe('SUCCEEDED');
  });

  test('writes a subject that SNS takes, however long the name is', async () => {
    const account = new Account();
    account.jobs = [completed('CompletedWithViolations: x with 2 violations.')];
    await account.run(definition, jobEvent(), { ...MONITOR, name: 'a'.repeat(80) });
    expect(account.messages[0]?.Subject).toBe(`Model monitor found violations: ${'a'.repeat(67)}`);
  });
});

describe('MonitorAlerts', () => {
  interface Rule {
    Properties: {
      EventPattern: { detail: { RoleArn: unknown; ProcessingJobStatus: string[] } };
      Targets: {
        InputTransformer: { InputPathsMap: Record<string, string>; InputTemplate: string };
        DeadLetterConfig: unknown;
        RetryPolicy: unknown;
        RoleArn: unknown;
      }[];
    };
  }
  const rulesIn = (stack: Stack) =>
    Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')) as unknown as Rule[];

  test('hands each job of a monitor that ends over to the workflow, with what is known of the monitor', async () => {
    const stack = newStack();
    const monitor = data(stack);
    const { deadLetters } = alertsIn(stack, { monitors: [monitor] });
    const rules = rulesIn(stack);
    expect(rules.map(({ Properties }) => Properties.EventPattern.detail)).toEqual([
      { RoleArn: [stack.resolve(monitor.role.roleArn)], ProcessingJobStatus: ['Completed'] },
      { RoleArn: [stack.resolve(monitor.role.roleArn)], ProcessingJobStatus: ['Failed', 'Stopped'] },
    ]);
    for (const { Properties } of rules) {
      const [target] = Properties.Targets;
      expect(target).toMatchObject({
        DeadLetterConfig: { Arn: stack.resolve(deadLetters.queueArn) as unknown },
        RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 },
      });
      const { InputPathsMap = {}, InputTemplate = '' } = target?.InputTransformer ?? {};
      const event = jobEvent();
      const values: Record<string, unknown> = { '$.time': event.time, '$.detail': event.detail };
      const input = Object.entries(InputPathsMap).reduce((text, [name, path]) => {
        // EventBridge writes any value without quotes around its name as JSON.
        return text.replace(`<${name}>`, JSON.stringify(values[path]));
      }, InputTemplate);
      const given = JSON.parse(input) as { monitor: object; event: object };
      expect(given).toEqual({ monitor: { ...MONITOR, name: monitor.scheduleName }, event });
      const account = new Account();
      account.jobs = [completed('CompletedWithViolations: x with 2 violations.')];
      await account.run(definition, given.event, given.monitor);
      expect(account.events).toMatchObject([{ Detail: { monitor: monitor.scheduleName, violations: 2 } }]);
    }
  });

  test('hears of a workflow that failed without a job, where there is no Model Monitor', () => {
    const stack = newStack();
    const monitor = data(stack, false);
    alertsIn(stack, { monitors: [monitor] });
    const patterns = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')).map(
      rule => (rule as { Properties: { EventPattern: unknown } }).Properties.EventPattern,
    );
    expect(patterns).toHaveLength(2);
    const arn = stack.resolve(monitor.openSchedule?.stateMachine.stateMachineArn) as object;
    expect(JSON.stringify(patterns[1])).toContain(JSON.stringify(arn));
    expect(JSON.stringify(patterns[0])).not.toContain(JSON.stringify(arn));
  });

  test('watches several monitors of all kinds with one workflow, each in its words', () => {
    const stack = newStack();
    const { endpointName, ...batch } = common(stack);
    const where = `endpoint ${endpointName}`;
    const shap = { baseline: [[30]], numSamples: 50, aggMethod: 'mean_abs' } as const;
    const monitors = [
      data(stack),
      new ModelQualityMonitor(stack, 'Quality', {
        ...labelled(stack),
        problemType: 'Regression',
        baselineConstraints: ModelQualityConstraints.fromS3Uri(uri),
      }),
      new BiasDriftMonitor(stack, 'Bias', {
        ...labelled(stack),
        analysis: new ModelBiasAnalysis({
          ...{ dataset, predictor },
          bias: { facets: [{ nameOrIndex: 'age', threshold: 25 }], labelValues: [1] },
        }),
        baselineConstraints: BiasConstraints.fromS3Uri(uri),
      }),
      new AttributionDriftMonitor(stack, 'Attribution', {
        ...common(stack),
        modelName: 'loans',
        analysis: new ModelExplainabilityAnalysis({ dataset, predictor, shap }),
        baselineConstraints: AttributionConstraints.fromS3Uri(uri),
      }),
      new CustomMonitor(stack, 'Custom', {
        ...batch,
        transformFormat: 'csv',
        checks: 'that amounts are round',
        recordPreprocessorUri: 's3://scripts/pre.py',
      }),
    ] as const;
    alertsIn(stack, { monitors });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    template.resourceCountIs('AWS::Events::Rule', 10);
    const words = rulesIn(stack).flatMap(({ Properties }) =>
      Properties.Targets.map(
        ({ InputTransformer }) => /"compares":"([^"]*)"/.exec(InputTransformer.InputTemplate)?.[1],
      ),
    );
    expect([...new Set(words)].sort()).toEqual([
      'It checks that amounts are round, at batch transform.',
      `It compares how ${where} treats groups of people with how the model did at the time of training.`,
      `It compares the predictions of ${where} with what came true.`,
      `It compares the requests to ${where} with the training data.`,
      `It compares which features decide at ${where} with which did at the time of training.`,
    ]);
  });

  test('outlives monitors that are there under a condition: only their rules know them', () => {
    const stack = newStack();
    const monitor = data(stack);
    alertsIn(stack, { monitors: [monitor] });
    const condition = new CfnCondition(stack, 'Approved', { expression: Fn.conditionEquals('a', 'b') });
    const conditional = new Set(
      monitor.node
        .findAll()
        .filter(CfnResource.isCfnResource)
        .map(resource => {
          resource.cfnOptions.condition = condition;
          return stack.resolve(resource.logicalId) as string;
        }),
    );
    const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, object> };
    for (const [id, resource] of Object.entries(Resources)) {
      const referred = [...conditional].filter(each => JSON.stringify(resource).includes(`"${each}"`));
      if (!conditional.has(id)) expect([id, referred]).toEqual([id, []]);
    }
  });

  test.each([
    ['onViolations', 'Model Monitor Violations'],
    ['onFailures', 'Model Monitor Failure'],
  ] as const)('%s reacts to what the workflow puts on the bus', async (method, detailType) => {
    const stack = newStack();
    const topic = new sns.Topic(stack, 'Other');
    const monitor = data(stack);
    const { scheduleName: name } = monitor;
    const rule = alertsIn(stack, { monitors: [monitor] })[method]('Rule', {
      target: new targets.SnsTopic(topic),
      description: 'react',
    });
    const id = stack.resolve((rule.node.defaultChild as CfnResource).logicalId) as string;
    const found = Template.fromStack(stack).findResources('AWS::Events::Rule')[id] as {
      Properties: { EventPattern: unknown; Description: string; Targets: unknown[] };
    };
    expect(found.Properties).toMatchObject({
      Description: 'react',
      Targets: [{ Arn: stack.resolve(topic.topicArn) as unknown }],
    });
    const account = new Account();
    account.jobs = [completed('CompletedWithViolations: x with 2 violations.')];
    await account.run(definition, jobEvent(), { ...MONITOR, name });
    await account.run(definition, jobEvent(), { ...MONITOR, name: 'of-somebody-else' });
    account.jobs = [{ ...completed(), ProcessingJobStatus: 'Failed' }];
    await account.run(definition, jobEvent('Failed'), { ...MONITOR, name });
    const matches = (source: string) =>
      account.events.filter(({ DetailType, Detail }) =>
        matchesPattern(found.Properties.EventPattern, { source, 'detail-type': DetailType, detail: Detail }),
      );
    expect(account.events.map(({ Source }) => Source)).toEqual(Array(3).fill('sagemaker-cdk.model-monitor'));
    expect(matches('sagemaker-cdk.model-monitor')).toMatchObject([
      { DetailType: detailType, Detail: { monitor: name } },
    ]);
    expect(matches('somebody.else')).toEqual([]);
  });

  test('reacts to some of its monitors, if it is asked to', () => {
    const stack = newStack();
    const eventPattern = { detail: { monitor: ['one'] } };
    alertsIn(stack).onViolations('Rule', { eventPattern });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['sagemaker-cdk.model-monitor'],
        'detail-type': ['Model Monitor Violations'],
        detail: { monitor: ['one'] },
      },
    });
  });

  test('keeps logs for three months, or as long as it is told', () => {
    const stack = newStack();
    alertsIn(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    const other = newStack();
    alertsIn(other, { logRetention: logs.RetentionDays.ONE_YEAR });
    Template.fromStack(other).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('starts from rules of this account only, and so are its dead letters', () => {
    const stack = newStack();
    alertsIn(stack);
    const template = Template.fromStack(stack);
    const Condition = {
      StringEquals: { 'aws:SourceAccount': ACCOUNT },
      ArnLike: {
        'aws:SourceArn': {
          'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:events:eu-west-1:${ACCOUNT}:rule/*`]],
        },
      },
    };
    const Principal = { Service: 'events.amazonaws.com' };
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Statement: [{ Action: 'sts:AssumeRole', Condition, Effect: 'Allow', Principal }] },
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: 'sqs:SendMessage', Condition, Principal })]),
      },
    });
  });

  test('fails with a monitor that is named twice', () => {
    const stack = newStack();
    const monitor = data(stack);
    expect(() => alertsIn(stack, { monitors: [monitor, monitor] })).toThrow(
      new Error("Monitoring/Alerts: 'monitors' must name each monitor once, got: Monitoring/Data quality"),
    );
    // @ts-expect-error -- at least one.
    expect(() => alertsIn(newStack(), { monitors: [] })).not.toThrow();
  });

  test('leaves cdk-nag nothing to say', () => {
    const app = new App();
    const stack = new Stack(app, 'Monitoring');
    const topic = new sns.Topic(stack, 'Topic', {
      enforceSSL: true,
      masterKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    });
    alertsIn(stack, { topic }).onViolations('Rule');
    app.synth();
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });
});

describe('the role of the workflow', () => {
  const stack = newStack();
  const { stateMachine } = alertsIn(stack);
  const job = `arn:aws:sagemaker:eu-west-1:${ACCOUNT}:processing-job/model-monitoring-1`;
  const bus = `arn:aws:events:eu-west-1:${ACCOUNT}:event-bus/default`;
  const topic = `arn:aws:sns:eu-west-1:${ACCOUNT}:Topic`;
  const ours = { 'events:source': ['sagemaker-cdk.model-monitor'] };

  const simulate = async (
    action: string,
    resource: string,
    contextVariables: Record<string, string | string[]> = {},
  ) => {
    const policy = {
      Version: '2012-10-17',
      Statement: allowedTo(stateMachine.role).map(statement => ({
        Effect: 'Allow',
        ...statement,
        Resource: statement.Resource.map(arn =>
          textOf(arn)
            .replaceAll('${AWS::Partition}', 'aws')
            .replace(/^\$\{Topic\w+\}$/, topic),
        ),
      })),
    };
    const response = await runSimulation(
      {
        identityPolicies: [{ name: 'workflow', policy }],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        request: {
          action,
          principal: `arn:aws:iam::${ACCOUNT}:role/Workflow`,
          resource: { resource, accountId: ACCOUNT },
          contextVariables,
        },
      },
      {},
    );
    if (response.resultType === 'error') throw new Error(JSON.stringify(response.errors));
    return response.overallResult;
  };

  test.each([
    ['sagemaker:DescribeProcessingJob', job, {}],
    ['events:PutEvents', bus, ours],
    ['sns:Publish', topic, {}],
  ])('may %s', async (action, resource, context) => {
    expect(await simulate(action, resource, context)).toBe('Allowed');
  });

  test.each([
    ['events:PutEvents', bus, { 'events:source': ['somebody.else'] }],
    ['events:PutEvents', bus, {}],
    ['events:PutEvents', `${bus}-other`, ours],
    ['sns:Publish', `${topic}-other`, {}],
    ['sagemaker:StopProcessingJob', job, {}],
    ['sagemaker:CreateProcessingJob', job, {}],
    ['sagemaker:DescribeTrainingJob', job.replace('processing', 'training'), {}],
    ['s3:GetObject', 'arn:aws:s3:::loans/reports/a', {}],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/any`, {}],
  ])('may not %s on %s (%#)', async (action, resource, context) => {
    expect(await simulate(action, resource, context)).toBe('ImplicitlyDenied');
  });
});
