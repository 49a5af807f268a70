import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { CreateMonitoringScheduleRequest$ } from '@aws-sdk/client-sagemaker';
import { ContainerImage } from '../../constructs/images';
import {
  BaselineConstraints,
  BaselineStatistics,
  CustomMonitor,
  type CustomMonitorProps,
} from '../../constructs/model-monitor';
import { textOf } from '../support/definition';
import { requestProblems } from '../support/request-schema';
import { allowedTo } from '../support/role-policy';

type OfContainer = Extract<CustomMonitorProps, { endpointName: string; image: ContainerImage }>;

const newStack = () => new Stack(new App(), 'Monitoring', { env: { account: '111122223333', region: 'eu-west-1' } });
const bucketIn = (stack: Stack) =>
  (stack.node.tryFindChild('Data') as s3.IBucket | undefined) ?? s3.Bucket.fromBucketName(stack, 'Data', 'loans');
const valid = (stack: Stack): OfContainer => ({
  endpointName: 'loans',
  capturedData: { bucket: bucketIn(stack), prefix: 'captured' },
  output: { bucket: bucketIn(stack), prefix: 'reports' },
  image: ContainerImage.fromRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'checks'), '1'),
  checks: 'that amounts are round',
});
const monitorIn = (stack: Stack, overrides: Partial<OfContainer> = {}) =>
  new CustomMonitor(stack, 'Amounts', { ...valid(stack), ...overrides });
const scriptsIn = (stack: Stack, overrides: object = {}) => {
  const { endpointName, capturedData, output, checks } = valid(stack);
  return new CustomMonitor(stack, 'Amounts', {
    ...{ endpointName, capturedData, output, checks },
    recordPreprocessorUri: 's3://scripts/pre.py',
    ...overrides,
  });
};
const SCHEDULE = 'AWS::SageMaker::MonitoringSchedule';
const jobIn = (stack: Stack) => {
  const [schedule] = Object.values(Template.fromStack(stack).findResources(SCHEDULE)) as [
    { Properties: { MonitoringScheduleConfig: { MonitoringJobDefinition: Record<string, unknown> } } },
  ];
  return schedule.Properties.MonitoringScheduleConfig.MonitoringJobDefinition;
};
const PATH = 'Monitoring/Amounts';

describe('a container of your own', () => {
  test('runs with the defaults, without a baseline', () => {
    const stack = newStack();
    const { role } = monitorIn(stack);
    expect(jobIn(stack)).toEqual({
      MonitoringAppSpecification: { ImageUri: expect.anything() as unknown },
      Environment: { publish_cloudwatch_metrics: 'Enabled' },
      MonitoringInputs: [{ EndpointInput: { EndpointName: 'loans', LocalPath: '/opt/ml/processing/input/endpoint' } }],
      MonitoringOutputConfig: {
        MonitoringOutputs: [
          {
            S3Output: {
              S3Uri: 's3://loans/reports',
              LocalPath: '/opt/ml/processing/output',
              S3UploadMode: 'EndOfJob',
            },
          },
        ],
      },
      MonitoringResources: { ClusterConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 } },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      RoleArn: stack.resolve(role.roleArn) as unknown,
    });
  });

  test('takes its command, arguments, environment and baseline', () => {
    const stack = newStack();
    monitorIn(stack, {
      entrypoint: ['python3', '/check.py'],
      arguments: ['--strict', 'yes'],
      environment: { CURRENCY: 'EUR' },
      baselineStatistics: BaselineStatistics.fromS3Uri('s3://baselines/statistics.json'),
      baselineConstraints: BaselineConstraints.fromS3Uri('s3://baselines/constraints.json'),
      metrics: 'Disabled',
    });
    expect(jobIn(stack)).toMatchObject({
      MonitoringAppSpecification: {
        ContainerEntrypoint: ['python3', '/check.py'],
        ContainerArguments: ['--strict', 'yes'],
      },
      Environment: { CURRENCY: 'EUR', publish_cloudwatch_metrics: 'Disabled' },
      BaselineConfig: {
        StatisticsResource: { S3Uri: 's3://baselines/statistics.json' },
        ConstraintsResource: { S3Uri: 's3://baselines/constraints.json' },
      },
    });
  });

  test('may have half a baseline', () => {
    const stack = newStack();
    monitorIn(stack, { baselineConstraints: BaselineConstraints.fromS3Uri('s3://baselines/constraints.json') });
    expect(jobIn(stack).BaselineConfig).toEqual({
      ConstraintsResource: { S3Uri: 's3://baselines/constraints.json' },
    });
  });

  test('is what CreateMonitoringSchedule takes', () => {
    const stack = newStack();
    const monitor = monitorIn(stack, { entrypoint: ['a'], arguments: ['b'], environment: { C: 'd' } });
    const job = jobIn(stack);
    const request = {
      MonitoringScheduleName: monitor.scheduleName,
      MonitoringScheduleConfig: {
        ScheduleConfig: { ScheduleExpression: 'cron(0 0 ? * * *)' },
        MonitoringJobDefinition: {
          ...job,
          MonitoringAppSpecification: {
            ...(job.MonitoringAppSpecification as object),
            ImageUri: textOf((job.MonitoringAppSpecification as { ImageUri: unknown }).ImageUri),
          },
          RoleArn: textOf(job.RoleArn),
        },
      },
    };
    expect(requestProblems(CreateMonitoringScheduleRequest$, request, {}, 'CreateMonitoringSchedule')).toEqual([]);
  });

  test('watches batch transform', () => {
    const stack = newStack();
    const { endpointName, ...rest } = valid(stack);
    expect(endpointName).toBe('loans');
    const monitor = new CustomMonitor(stack, 'Amounts', { ...rest, transformFormat: 'csv' });
    expect(jobIn(stack).MonitoringInputs).toEqual([
      {
        BatchTransformInput: expect.objectContaining({
          DataCapturedDestinationS3Uri: 's3://loans/captured',
        }) as unknown,
      },
    ]);
    expect(monitor.endpointName).toBeUndefined();
  });

  test('has a role that reads the captured data, writes reports, and pulls one image', () => {
    const stack = newStack();
    const { role, grantPrincipal } = monitorIn(stack);
    expect(grantPrincipal).toBe(role);
    const statements = allowedTo(role).map(({ Action, Resource }) => [Action, Resource]);
    const object = (path: string) => [`arn:\${AWS::Partition}:s3:::loans${path}`];
    expect(statements.filter(([action]) => action?.[0]?.startsWith('s3:'))).toEqual([
      [['s3:GetObject'], object('/captured/*')],
      [['s3:ListBucket'], object('')],
      [['s3:AbortMultipartUpload', 's3:PutObject'], object('/reports/*')],
    ]);
    expect(JSON.stringify(statements)).toContain('repository/checks');
    expect(JSON.stringify(statements)).not.toContain('model-monitor-analyzer');
  });

  test('has a role that reads its files', () => {
    const stack = newStack();
    const { role } = monitorIn(stack, {
      baselineStatistics: BaselineStatistics.fromS3Uri('s3://baselines/statistics.json'),
    });
    expect(allowedTo(role)).toContainEqual({
      Action: ['s3:GetObject'],
      Resource: ['arn:${AWS::Partition}:s3:::baselines/statistics.json'],
    });
  });

  test('is the monitor of data quality with scripts of your own, if there is no image', () => {
    const stack = newStack();
    const { role } = scriptsIn(stack, { postAnalyticsProcessorUri: 's3://scripts/post.py' });
    expect(jobIn(stack).MonitoringAppSpecification).toEqual({
      ImageUri: '468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer',
      RecordPreprocessorSourceUri: 's3://scripts/pre.py',
      PostAnalyticsProcessorSourceUri: 's3://scripts/post.py',
    });
    expect(allowedTo(role)).toContainEqual({
      Action: ['s3:GetObject'],
      Resource: ['arn:${AWS::Partition}:s3:::scripts/pre.py', 'arn:${AWS::Partition}:s3:::scripts/post.py'],
    });
  });

  test('cannot be given what belongs to the other program', () => {
    const { image, ...rest } = valid(newStack());
    // @ts-expect-error -- scripts are for the analyzer of Model Monitor, not for a container of your own.
    const both: CustomMonitorProps = { ...rest, image, recordPreprocessorUri: 's3://scripts/pre.py' };
    // @ts-expect-error -- neither a container nor a script.
    const neither: CustomMonitorProps = rest;
    // @ts-expect-error -- a list of nothing.
    const nothing: CustomMonitorProps = { ...rest, image, arguments: [] };
    expect([both, neither, nothing]).toHaveLength(3);
  });
});

describe('metrics', () => {
  test('are in the namespace of data quality, with the dimensions of the schedule', () => {
    const monitor = monitorIn(newStack());
    expect(monitor.metric('odd_amounts').toMetricConfig().metricStat).toMatchObject({
      namespace: 'aws/sagemaker/Endpoints/data-metrics',
      metricName: 'odd_amounts',
      dimensions: [
        { name: 'Endpoint', value: 'loans' },
        { name: 'MonitoringSchedule', value: monitor.scheduleName },
      ],
      period: Duration.days(1),
      statistic: 'Maximum',
    });
  });

  test('may be in a namespace of your own, which the role may publish in', () => {
    const stack = newStack();
    const monitor = monitorIn(stack, { metricNamespace: 'Loans/Checks' });
    const options = { dimensionsMap: { Currency: 'EUR' }, statistic: 'Sum', period: Duration.hours(1) };
    expect(monitor.metric('odd_amounts', options).toMetricConfig().metricStat).toMatchObject({
      namespace: 'Loans/Checks',
      dimensions: [
        { name: 'Currency', value: 'EUR' },
        { name: 'Endpoint', value: 'loans' },
        { name: 'MonitoringSchedule', value: monitor.scheduleName },
      ],
      statistic: 'Sum',
      period: Duration.hours(1),
    });
    expect(allowedTo(monitor.role)).toContainEqual({
      Action: ['cloudwatch:PutMetricData'],
      Resource: ['*'],
      Condition: { StringEquals: { 'cloudwatch:namespace': 'Loans/Checks' } },
    });
  });

  test('addAlarm watches any metric, and says what it means', () => {
    const stack = newStack();
    const monitor = monitorIn(stack);
    monitor.addAlarm('Odd', monitor.metric('odd_amounts'), 'Amounts are odd', { above: 5, evaluationPeriods: 2 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'Amounts are odd',
      MetricName: 'odd_amounts',
      Threshold: 5,
      EvaluationPeriods: 2,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    });
  });

  test('addAlarm fails without metrics', () => {
    const monitor = monitorIn(newStack(), { metrics: 'Disabled' });
    expect(() => monitor.addAlarm('Odd', monitor.metric('odd'), 'odd', { above: 5 })).toThrow(
      new Error(`${PATH}: 'metrics' must be Enabled for an alarm, got: Disabled`),
    );
  });
});

describe('validation', () => {
  const many = (count: number) => Array.from({ length: count }, () => 'a') as [string, ...string[]];

  test.each<[string, Partial<OfContainer>, string]>([
    ['no words', { checks: '' }, "'checks' must have 1 to 200 characters, got: 0"],
    ['many words', { checks: 'a'.repeat(201) }, "'checks' must have 1 to 200 characters, got: 201"],
    ['a long command', { entrypoint: many(101) }, "'entrypoint' must have 1 to 100 parts, got: 101"],
    ['many arguments', { arguments: many(51) }, "'arguments' must have 1 to 50 arguments, got: 51"],
    [
      'a large environment',
      { environment: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`V${index}`, 'x'])) },
      "'environment' must hold at most 49 variables, got: 50",
    ],
    [
      'a variable of the service',
      { environment: { end_time: 'now' } },
      "'environment' must leave out what the service sets, got: end_time",
    ],
    [
      'a variable that is no name',
      { environment: { '1st': 'x' } },
      "'environment' must have names of 1 to 256 letters, digits and _, the first no digit, got: 1st",
    ],
    [
      'a namespace of AWS',
      { metricNamespace: 'AWS/SageMaker' },
      "'metricNamespace' must be 1 to 255 characters that do not begin with AWS/ or a colon, got: AWS/SageMaker",
    ],
    [
      'a namespace that begins with a colon',
      { metricNamespace: ':Mine' },
      "'metricNamespace' must be 1 to 255 characters that do not begin with AWS/ or a colon, got: :Mine",
    ],
    [
      'a namespace of 256 characters',
      { metricNamespace: 'n'.repeat(256) },
      `'metricNamespace' must be 1 to 255 characters that do not begin with AWS/ or a colon, got: ${'n'.repeat(256)}`,
    ],
    [
      'no namespace',
      { metricNamespace: '' },
      "'metricNamespace' must be 1 to 255 characters that do not begin with AWS/ or a colon, got: ",
    ],
    [
      'a folder as a baseline',
      { baselineConstraints: BaselineConstraints.fromS3Uri('s3://baselines/7/') },
      "'baselineConstraints' must be the S3 URI of a file, got: s3://baselines/7/",
    ],
    ['no instance', { instanceCount: 0 }, "'instanceCount' must be a whole number from 1 to 100, got: 0"],
  ])('fails with %s', (_, overrides, message) => {
    expect(() => monitorIn(newStack(), overrides)).toThrow(new Error(`${PATH}: ${message}`));
  });

  test('creates nothing before it fails', () => {
    const stack = newStack();
    expect(() => monitorIn(stack, { checks: '' })).toThrow(Error);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 0);
  });
});
