import { CreateProcessingJobRequest$ } from '@aws-sdk/client-sagemaker';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { App, CfnParameter, Duration, Size, Stack, Token } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Analyzer } from '../../constructs/analyzer';
import { ContainerImage } from '../../constructs/images';
import type { ModelMonitor, MonitorSchedule } from '../../constructs/model-monitor';
import { hoursOf } from '../../constructs/model-monitor/open/open-hours';
import { matchesPattern } from '../support/event-pattern';
import { baselineUri, explanation, MonitoringAccount, OPEN, OPEN_KINDS, type OpenKind } from '../support/open-monitor';
import { requestProblems } from '../support/request-schema';
import { workflowOf } from '../support/start-workflow';

const newStack = (region = 'eu-central-1') =>
  new Stack(new App(), 'Monitoring', { env: { account: '111122223333', region } });
const PATH = 'Monitoring/Loans';

/** The request that a monitor creates its job of 1 January 2026, 6:00, with. */
const requestOf = async (monitor: ModelMonitor) => {
  const account = new MonitoringAccount();
  await account.run(workflowOf(monitor.openSchedule?.stateMachine), { scheduledTime: '2026-01-01T06:00:00Z' });
  const [job] = Object.values(account.jobs);
  return job?.request ?? {};
};
const requestWith = (kind: OpenKind, overrides: object = {}, stack = newStack()) =>
  requestOf(OPEN[kind](stack, overrides));
const pairs = (list: readonly string[]) =>
  Object.fromEntries(list.slice(1).flatMap((name, index, all) => (index % 2 === 0 ? [[name, all[index + 1]]] : [])));
const argumentsWith = async (kind: OpenKind, overrides: object = {}) => {
  const { AppSpecification } = (await requestWith(kind, overrides)) as {
    AppSpecification: { ContainerArguments: string[] };
  };
  return [AppSpecification.ContainerArguments[0], pairs(AppSpecification.ContainerArguments)] as const;
};
const inputsWith = async (kind: OpenKind, overrides: object = {}) => {
  const { ProcessingInputs } = (await requestWith(kind, overrides)) as {
    ProcessingInputs: { InputName: string; S3Input: { S3Uri: string; LocalPath: string } }[];
  };
  return Object.fromEntries(ProcessingInputs.map(({ S3Input }) => [S3Input.LocalPath, S3Input.S3Uri]));
};
const CODE = expect.stringMatching(/^s3:\/\/cdk-hnb659fds-assets-111122223333-eu-central-1\/[0-9a-f]{32}\/$/) as string;
const CONFIG = expect.stringMatching(/\/[0-9a-f]{32}\/analysis_config\.json$/) as string;
const { inputs } = Analyzer;

describe('without the managed service', () => {
  test.each(OPEN_KINDS)('%s has a schedule, a workflow and a role, and nothing of Model Monitor', kind => {
    const stack = newStack();
    const monitor = OPEN[kind](stack);
    const types = Object.values(Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string }>)
      .map(({ Type }) => Type)
      .sort();
    expect(types).toEqual([
      ...Array<string>(3).fill('AWS::IAM::Policy'),
      ...Array<string>(3).fill('AWS::IAM::Role'),
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::Scheduler::Schedule',
      'AWS::StepFunctions::StateMachine',
    ]);
    expect(monitor.monitoringSchedule).toBeUndefined();
  });

  test.each(OPEN_KINDS)('%s keeps its name and the id of its role', kind => {
    const [open, managed] = [newStack(), newStack()];
    const names = [OPEN[kind](open), OPEN[kind](managed, { managed: true })].map(({ scheduleName }) => scheduleName);
    expect(names[0]).toBe(names[1]);
    const roles = Object.keys(Template.fromStack(open).findResources('AWS::IAM::Role'));
    expect(roles).toEqual(
      expect.arrayContaining(Object.keys(Template.fromStack(managed).findResources('AWS::IAM::Role'))),
    );
  });

  test.each(['us-gov-west-1', 'cn-north-1'])('is there in %s', region => {
    for (const kind of OPEN_KINDS) expect(() => OPEN[kind](newStack(region))).not.toThrow();
  });

  test('finds nothing with cdk-nag that is not acknowledged', () => {
    for (const kind of OPEN_KINDS) {
      const stack = newStack();
      OPEN[kind](stack, { encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }) });
      expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
    }
  });
});

describe('the schedule', () => {
  test('starts the workflow with the time, and keeps what could not be delivered', () => {
    const stack = newStack();
    const monitor = OPEN['data-quality'](stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 0 ? * * *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Description: `Runs the monitor ${monitor.scheduleName}`,
      Target: {
        Arn: { Ref: Match.stringLikeRegexp('^LoansOpenWorkflow') },
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LoansOpenDeadLetters'), 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 1800, MaximumRetryAttempts: 185 },
        RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LoansOpenScheduleRole'), 'Arn'] },
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1209600 });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: Match.objectLike({ Level: 'ALL', IncludeExecutionData: true }),
      TracingConfiguration: { Enabled: true },
    });
  });

  test.each<[MonitorSchedule, string]>([
    [{ every: 'hour' }, 'cron(0 * ? * * *)'],
    [{ every: 'day', atHour: 23 }, 'cron(0 23 ? * * *)'],
    [{ everyHours: 6 }, 'cron(0 0,6,12,18 ? * * *)'],
    [{ everyHours: 7 }, 'cron(0 0,7,14,21 ? * * *)'],
    [{ everyHours: 24, fromHour: 5 }, 'cron(0 5 ? * * *)'],
    // The hours that the developer guide means by this: every 12 hours from 17:00 on.
    [{ cron: 'cron(0 17/12 ? * * *)' }, 'cron(0 5,17 ? * * *)'],
  ])('runs at %j', (schedule, ScheduleExpression) => {
    const stack = newStack();
    OPEN['data-quality'](stack, { schedule });
    Template.fromStack(stack).hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression });
  });

  test('is none for what does not recur', () => {
    expect(hoursOf('NOW')).toBeUndefined();
  });
});

describe('the job', () => {
  test('runs the program with the defaults', async () => {
    const stack = newStack();
    const monitor = OPEN['data-quality'](stack);
    const request = await requestOf(monitor);
    const reports = `s3://loans/reports/loans/${monitor.scheduleName}/2026/01/01/06`;
    expect(request).toEqual({
      ProcessingJobName: expect.stringMatching(/^monitoring-loans-[a-f0-9]{8}-202601010600$/) as string,
      AppSpecification: {
        ImageUri: '492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1',
        ContainerEntrypoint: ['python3', '/opt/ml/processing/input/code/analyze.py'],
        ContainerArguments: expect.arrayContaining(['data-quality', '--captured-data']) as string[],
      },
      Environment: { AWS_DEFAULT_REGION: 'eu-central-1' },
      ProcessingInputs: expect.arrayContaining([
        {
          InputName: 'code',
          S3Input: { S3Uri: CODE, LocalPath: inputs.code, S3DataType: 'S3Prefix', S3InputMode: 'File' },
        },
      ]) as object[],
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: 'reports',
            S3Output: { S3Uri: reports, LocalPath: '/opt/ml/processing/output', S3UploadMode: 'EndOfJob' },
          },
        ],
      },
      ProcessingResources: {
        ClusterConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
      },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      RoleArn: expect.stringContaining('LoansRole') as string,
    });
  });

  test('takes every setting', async () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/k');
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-central-1a'],
      privateSubnetIds: ['subnet-1'],
    });
    const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')];
    const request = await requestWith(
      'data-quality',
      {
        instanceType: 'ml.m5.4xlarge',
        volumeSize: Size.gibibytes(100),
        maxRuntime: Duration.minutes(90),
        encryptionKey,
        network: { vpc, securityGroups },
      },
      stack,
    );
    const key = 'arn:aws:kms:eu-central-1:111122223333:key/k';
    expect(requestProblems(CreateProcessingJobRequest$, request)).toEqual([]);
    expect(request).toMatchObject({
      ProcessingOutputConfig: { KmsKeyId: key },
      ProcessingResources: {
        ClusterConfig: { InstanceType: 'ml.m5.4xlarge', InstanceCount: 1, VolumeSizeInGB: 100, VolumeKmsKeyId: key },
      },
      NetworkConfig: { VpcConfig: { Subnets: ['subnet-1'], SecurityGroupIds: ['sg-1'] } },
      StoppingCondition: { MaxRuntimeInSeconds: 5400 },
    });
    const local = await requestWith('data-quality', { instanceType: 'ml.g5.xlarge', encryptionKey });
    expect(JSON.stringify(local)).not.toContain('VolumeKmsKeyId');
  });

  test('of an hour ends within it, labels or not', async () => {
    for (const kind of OPEN_KINDS) {
      expect(await requestWith(kind, { schedule: { every: 'hour' }, maxRuntime: Duration.minutes(50) })).toMatchObject({
        StoppingCondition: { MaxRuntimeInSeconds: 3000 },
      });
    }
  });

  const captured = {
    '--captured-data': 's3://loans/captured/loans',
    '--run-time': '2026-01-01T06:00:00Z',
    '--start-offset-minutes': '1440',
    '--end-offset-minutes': '0',
    '--schedule-name': expect.stringMatching(/^Monitoring-Loans-[A-F0-9]{8}$/) as string,
    '--endpoint-name': 'loans',
  };
  const scored = { '--probability-attribute': '0', '--probability-threshold': '0.5' };
  const labels = { '--ground-truth': 's3://loans/labels' };

  test.each([
    ['data-quality', {}, {}],
    ['model-quality', {}, { ...labels, ...scored, '--problem-type': 'BinaryClassification' }],
    [
      'model-quality',
      { inferenceAttribute: '1' },
      { ...labels, ...scored, '--problem-type': 'BinaryClassification', '--inference-attribute': '1' },
    ],
    ['bias', { featuresAttribute: 'features' }, { ...labels, ...scored, '--features-attribute': 'features' }],
    ['attribution', {}, { '--model-name': 'Loans-7' }],
    [
      'attribution',
      { featuresAttribute: 'f', inferenceAttribute: 'l', probabilityAttribute: 's' },
      {
        '--model-name': 'Loans-7',
        '--features-attribute': 'f',
        '--inference-attribute': 'l',
        '--probability-attribute': 's',
      },
    ],
  ] as const)('of %s with %j has its arguments', async (kind, overrides, own) => {
    expect(await argumentsWith(kind, overrides)).toEqual([kind, { ...captured, ...own }]);
  });

  test.each(OPEN_KINDS)('of %s looks at batch transform', async kind => {
    const [, given] = await argumentsWith(kind, { endpointName: undefined, transformFormat: 'json-lines' });
    expect(given).toMatchObject({ '--captured-data': 's3://loans/captured', '--transform-format': 'json-lines' });
    expect(given).not.toHaveProperty('--endpoint-name');
    const request = await requestWith(kind, { endpointName: undefined, transformFormat: 'csv' });
    expect(JSON.stringify(request)).toMatch(/s3:\/\/loans\/reports\/batch-transform\/Monitoring-Loans-\w+\/2026/);
  });

  test('has the files of its kind', async () => {
    const scripts = { recordPreprocessorUri: 's3://scripts/pre.py', postAnalyticsProcessorUri: 's3://scripts/post.py' };
    const preAndPost = {
      [inputs.recordPreprocessor]: 's3://scripts/pre.py',
      [inputs.postAnalyticsProcessor]: 's3://scripts/post.py',
    };
    expect(await inputsWith('data-quality', scripts)).toEqual({
      [inputs.code]: CODE,
      [inputs.baselineStatistics]: baselineUri('statistics'),
      [inputs.baselineConstraints]: baselineUri('constraints'),
      ...preAndPost,
    });
    expect(await inputsWith('model-quality', scripts)).toEqual({
      [inputs.code]: CODE,
      [inputs.baselineConstraints]: baselineUri('quality'),
      ...preAndPost,
    });
    for (const [kind, baseline] of [
      ['bias', 'bias'],
      ['attribution', 'explainability'],
    ] as const) {
      expect(await inputsWith(kind)).toEqual({
        [inputs.code]: CODE,
        [inputs.analysisConfig]: CONFIG,
        [inputs.baselineConstraints]: baselineUri(baseline),
      });
    }
  });

  test('watches an endpoint whose name only the deployment knows', async () => {
    const stack = newStack();
    const endpointName = new CfnParameter(stack, 'EndpointName').valueAsString;
    const request = await requestWith('attribution', { endpointName }, stack);
    expect(JSON.stringify(request)).toContain('s3://loans/captured/${EndpointName}');
    expect(JSON.stringify(request)).toContain('s3://loans/reports/${EndpointName}/Monitoring-Loans');
  });

  test('leaves a number of instances alone that only the deployment knows', () => {
    const instanceCount = Token.asNumber({ Ref: 'Count' });
    expect(() => OPEN['data-quality'](newStack(), { instanceCount })).not.toThrow();
  });
});

describe('events', () => {
  const ruleOf = (method: 'onFailed' | 'onCompleted' | 'onStateChange') => {
    const stack = newStack();
    const monitor = OPEN['model-quality'](stack);
    monitor[method]('Rule', { target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')) });
    const resolved = (value: unknown) => JSON.stringify(stack.resolve(value));
    const [rule] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
    const text = JSON.stringify((rule as { Properties: { EventPattern: unknown } }).Properties.EventPattern);
    const pattern = text
      .replaceAll(resolved(monitor.role.roleArn), '"the-role"')
      .replaceAll(resolved(monitor.openSchedule?.stateMachine.stateMachineArn), '"the-workflow"');
    return JSON.parse(pattern) as unknown;
  };
  const job = (ProcessingJobStatus: string, RoleArn = 'the-role') => ({
    source: 'aws.sagemaker',
    'detail-type': 'SageMaker Processing Job State Change',
    detail: { RoleArn, ProcessingJobStatus },
  });
  const workflow = (detail: object) => ({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: { stateMachineArn: 'the-workflow', ...detail },
  });

  test.each([
    [job('Failed'), true],
    [job('Stopped'), true],
    [job('Completed'), false],
    [job('Failed', 'another-role'), false],
    [workflow({ status: 'FAILED', error: 'MonitorFailed' }), true],
    [workflow({ status: 'FAILED', error: 'States.Runtime' }), true],
    [workflow({ status: 'FAILED', error: null }), true],
    [workflow({ status: 'FAILED' }), true],
    [workflow({ status: 'FAILED', error: 'JobFailed' }), false],
    [workflow({ status: 'TIMED_OUT' }), true],
    [workflow({ status: 'ABORTED', error: null }), true],
    [workflow({ status: 'SUCCEEDED' }), false],
    [workflow({ status: 'FAILED', stateMachineArn: 'another' }), false],
  ])('onFailed: %j is heard: %s', (event, heard) => {
    expect(matchesPattern(ruleOf('onFailed'), event)).toBe(heard);
  });

  test('onCompleted and onStateChange follow the jobs', () => {
    const heard = (method: 'onCompleted' | 'onStateChange') =>
      [job('Completed'), job('Failed'), job('Completed', 'another-role'), workflow({ status: 'FAILED' })].map(event =>
        matchesPattern(ruleOf(method), event),
      );
    expect(heard('onCompleted')).toEqual([true, false, false, false]);
    expect(heard('onStateChange')).toEqual([true, true, false, false]);
  });
});

describe('validation', () => {
  const image = ContainerImage.fromRepository(ecr.Repository.fromRepositoryName(newStack(), 'Repository', 'a'), '1');
  const place = (length: number) => ({
    bucket: s3.Bucket.fromBucketName(newStack(), 'Bucket', 'loans'),
    prefix: 'x'.repeat(length),
  });
  const TABLES =
    "'analysis' must have SHAP values of tables, with their baseline in it, and nothing else with 'managed: false', got:";

  test.each<[OpenKind, object, string]>([
    ...(['data-quality', 'model-quality'] as const).map((kind): [OpenKind, object, string] => [
      kind,
      { image },
      "'image' must be left out with 'managed: false', which has an image of its own, got: an image",
    ]),
    ...OPEN_KINDS.flatMap((kind): [OpenKind, object, string][] => [
      [kind, { instanceCount: 2 }, "'instanceCount' must be 1 with 'managed: false', whose job is one process, got: 2"],
      [
        kind,
        { endpointName: undefined, transformFormat: 'parquet' },
        "'transformFormat' must be csv, csv-with-header, json or json-lines with 'managed: false', got: parquet",
      ],
    ]),
    ...(['data-quality', 'model-quality', 'bias'] as const).map((kind): [OpenKind, object, string] => [
      kind,
      { isolateNetwork: true },
      "'isolateNetwork' must be false with 'managed: false', whose job reads captured data from S3 itself, got: true",
    ]),
    [
      'data-quality',
      { capturedData: place(182) },
      "'capturedData.prefix' must have at most 181 characters with 'managed: false', got: 182",
    ],
    [
      'bias',
      { groundTruth: place(188) },
      "'groundTruth.prefix' must have at most 187 characters with 'managed: false', got: 188",
    ],
    [
      'data-quality',
      { endpointName: undefined, transformFormat: 'csv', capturedData: place(188) },
      "'capturedData.prefix' must have at most 187 characters with 'managed: false', got: 188",
    ],
    ['attribution', { analysis: explanation({ pdp: { features: ['age'] } }) }, `${TABLES} partial dependence plots`],
    [
      'attribution',
      { analysis: explanation({ shap: { baseline: 's3://b/baseline.csv', numSamples: 5, aggMethod: 'mean_abs' } }) },
      `${TABLES} a SHAP baseline at s3://b/baseline.csv`,
    ],
    [
      'attribution',
      {
        analysis: explanation({
          shap: {
            baseline: [[1, 2]],
            numSamples: 5,
            aggMethod: 'mean_abs',
            textConfig: { granularity: 'token', language: 'english' },
          },
        }),
      },
      `${TABLES} texts`,
    ],
    [
      'attribution',
      {
        analysis: explanation({
          dataset: { datasetType: 'application/x-image' },
          predictor: { instanceType: 'ml.m5.large', contentType: 'image/jpeg' },
          shap: { imageConfig: { modelType: 'IMAGE_CLASSIFICATION' } },
        }),
      },
      `${TABLES} images`,
    ],
  ])('fails for %s (%#)', (kind, overrides, message) => {
    const stack = newStack();
    expect(() => OPEN[kind](stack, overrides)).toThrow(new Error(`${PATH}: ${message}`));
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Resources');
  });

  test('takes what is just short enough', async () => {
    const [, given] = await argumentsWith('data-quality', { capturedData: place(181) });
    expect(given['--captured-data']).toHaveLength(256 - 63 + 'loans'.length);
  });
});
