import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { App, CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ContainerImage } from '../../constructs/images';
import {
  BaselineConstraints,
  BaselineStatistics,
  DataQualityMonitor,
  type DataQualityMonitorProps,
  type MonitorSchedule,
} from '../../constructs/model-monitor';

type Watching = Extract<DataQualityMonitorProps, { endpointName: string }>;
type Overrides = Partial<Watching>;

const baseline = {
  baselineStatistics: BaselineStatistics.fromS3Uri('s3://baselines/7/statistics.json'),
  baselineConstraints: BaselineConstraints.fromS3Uri('s3://baselines/7/constraints.json'),
};
const newStack = () => new Stack(new App(), 'Monitoring', { env: { account: '111122223333', region: 'eu-west-1' } });
const valid = (stack: Stack): Watching => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'loans');
  return {
    endpointName: 'loans',
    capturedData: { bucket, prefix: 'captured' },
    output: { bucket, prefix: 'reports' },
    ...baseline,
  };
};
const monitorIn = (stack: Stack, overrides: Overrides = {}) =>
  new DataQualityMonitor(stack, 'Loans', { ...valid(stack), ...overrides });
const templateWith = (overrides: Overrides = {}) => {
  const stack = newStack();
  monitorIn(stack, overrides);
  return Template.fromStack(stack);
};

const SCHEDULE = 'AWS::SageMaker::MonitoringSchedule';
const PATH = 'Monitoring/Loans';
const job = (definition: object) => ({ MonitoringScheduleConfig: { MonitoringJobDefinition: definition } });

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}
const statements = (template: Template) =>
  Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    policy =>
      (policy as { Properties: { PolicyDocument: { Statement: Statement[] } } }).Properties.PolicyDocument.Statement,
  );
const objects = (arn: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::${arn}`]] });

describe('DataQualityMonitor', () => {
  test('schedules a job with the defaults', () => {
    const template = templateWith();
    const [role] = Object.keys(template.findResources('AWS::IAM::Role'));
    const [schedule] = Object.values(template.findResources(SCHEDULE)) as [{ Properties: unknown }];
    expect(schedule.Properties).toEqual({
      MonitoringScheduleName: expect.stringMatching(/^Monitoring-Loans-[A-F0-9]{8}$/) as string,
      MonitoringScheduleConfig: {
        ScheduleConfig: { ScheduleExpression: 'cron(0 0 ? * * *)' },
        MonitoringJobDefinition: {
          MonitoringAppSpecification: {
            ImageUri: '468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer',
          },
          Environment: { publish_cloudwatch_metrics: 'Enabled' },
          BaselineConfig: {
            StatisticsResource: { S3Uri: 's3://baselines/7/statistics.json' },
            ConstraintsResource: { S3Uri: 's3://baselines/7/constraints.json' },
          },
          MonitoringInputs: [
            { EndpointInput: { EndpointName: 'loans', LocalPath: '/opt/ml/processing/input/endpoint' } },
          ],
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
          MonitoringResources: {
            ClusterConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
          },
          StoppingCondition: { MaxRuntimeInSeconds: 3600 },
          RoleArn: { 'Fn::GetAtt': [role, 'Arn'] },
        },
      },
    });
  });

  test('waits for the policy of its role', () => {
    const template = templateWith();
    const [role] = Object.keys(template.findResources('AWS::IAM::Role'));
    const [policy] = Object.keys(template.findResources('AWS::IAM::Policy'));
    template.hasResource(SCHEDULE, { DependsOn: [policy, role] });
  });

  test('takes every setting of the job', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    monitorIn(stack, {
      instanceType: 'ml.m5.4xlarge',
      instanceCount: 2,
      volumeSize: Size.gibibytes(100),
      maxRuntime: Duration.minutes(90),
      isolateNetwork: true,
      encryptionKey,
      metrics: 'Disabled',
      recordPreprocessorUri: 's3://scripts/pre.py',
      postAnalyticsProcessorUri: 's3://scripts/post.py',
    });
    const keyArn = stack.resolve(encryptionKey.keyArn) as unknown;
    Template.fromStack(stack).hasResourceProperties(
      SCHEDULE,
      job({
        MonitoringAppSpecification: {
          RecordPreprocessorSourceUri: 's3://scripts/pre.py',
          PostAnalyticsProcessorSourceUri: 's3://scripts/post.py',
        },
        Environment: { publish_cloudwatch_metrics: 'Disabled' },
        MonitoringOutputConfig: { KmsKeyId: keyArn },
        MonitoringResources: {
          ClusterConfig: {
            InstanceType: 'ml.m5.4xlarge',
            InstanceCount: 2,
            VolumeSizeInGB: 100,
            VolumeKmsKeyId: keyArn,
          },
        },
        NetworkConfig: {
          EnableNetworkIsolation: true,
          EnableInterContainerTrafficEncryption: true,
          VpcConfig: Match.absent(),
        },
        StoppingCondition: { MaxRuntimeInSeconds: 5400 },
      }),
    );
  });

  test.each(['ml.r5d.large', 'ml.g4dn.xlarge', 'ml.g5.xlarge', 'ml.g7.2xlarge'])(
    'gives no volume key to %s, whose storage is local',
    instanceType => {
      const stack = newStack();
      monitorIn(stack, { instanceType, encryptionKey: new kms.Key(stack, 'Key') });
      Template.fromStack(stack).hasResourceProperties(
        SCHEDULE,
        job({
          MonitoringOutputConfig: { KmsKeyId: Match.anyValue() },
          MonitoringResources: { ClusterConfig: { VolumeKmsKeyId: Match.absent() } },
        }),
      );
    },
  );

  test('runs another image, and may pull that one only', () => {
    const stack = newStack();
    const repository = ecr.Repository.fromRepositoryName(stack, 'Repository', 'analyzer');
    monitorIn(stack, { image: ContainerImage.fromRepository(repository, '1') });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(SCHEDULE, job({ MonitoringAppSpecification: { ImageUri: Match.anyValue() } }));
    const pulls = statements(template).filter(({ Action }) => Action.includes('ecr:BatchGetImage'));
    expect(pulls.map(({ Resource }) => Resource)).toEqual([stack.resolve(repository.repositoryArn)]);
  });

  test('fails in a region without the image, unless another is given', () => {
    const gov = () => new Stack(new App(), 'Monitoring', { env: { account: '111122223333', region: 'us-gov-west-1' } });
    expect(() => monitorIn(gov())).toThrow(/^Monitoring\/Loans: 'region' must be one where model-monitor-analyzer/);
    const stack = gov();
    const repository = ecr.Repository.fromRepositoryName(stack, 'Repository', 'analyzer');
    expect(() => monitorIn(stack, { image: ContainerImage.fromRepository(repository, '1') })).not.toThrow();
  });

  test('attaches to a VPC', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2 });
    const group = new ec2.SecurityGroup(stack, 'Group', { vpc });
    const subnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    monitorIn(stack, { network: { vpc, subnets, securityGroups: [group] } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(
      SCHEDULE,
      job({
        NetworkConfig: {
          EnableNetworkIsolation: false,
          EnableInterContainerTrafficEncryption: false,
          VpcConfig: {
            Subnets: stack.resolve(vpc.isolatedSubnets.map(subnet => subnet.subnetId)) as unknown[],
            SecurityGroupIds: [stack.resolve(group.securityGroupId)],
          },
        },
      }),
    );
    expect(JSON.stringify(statements(template))).toContain('ec2:CreateNetworkInterface');
  });

  test.each<[MonitorSchedule, string]>([
    [{ every: 'hour' }, 'cron(0 * ? * * *)'],
    [{ every: 'day' }, 'cron(0 0 ? * * *)'],
    [{ every: 'day', atHour: 23 }, 'cron(0 23 ? * * *)'],
    [{ everyHours: 6 }, 'cron(0 0/6 ? * * *)'],
    [{ everyHours: 12, fromHour: 17 }, 'cron(0 17/12 ? * * *)'],
    [{ cron: 'cron(0 * ? * * *)' }, 'cron(0 * ? * * *)'],
    [{ cron: 'cron(0 17/12 ? * * *)' }, 'cron(0 17/12 ? * * *)'],
  ])('runs at %j', (schedule, expression) => {
    templateWith({ schedule }).hasResourceProperties(SCHEDULE, {
      MonitoringScheduleConfig: { ScheduleConfig: { ScheduleExpression: expression } },
    });
  });

  test('creates nothing that would survive the conditions set on its resources', () => {
    const template = templateWith().toJSON() as { Outputs?: unknown; Resources: Record<string, { Type: string }> };
    expect(template.Outputs).toBeUndefined();
    expect(
      Object.values(template.Resources)
        .map(({ Type }) => Type)
        .sort(),
    ).toEqual(['AWS::IAM::Policy', 'AWS::IAM::Role', SCHEDULE]);
  });

  test('gives a schedule reference', () => {
    const stack = newStack();
    const monitor = monitorIn(stack);
    const [schedule] = Object.keys(Template.fromStack(stack).findResources(SCHEDULE));
    expect(stack.resolve(monitor.monitoringSchedule?.monitoringScheduleRef.monitoringScheduleArn)).toEqual({
      Ref: schedule,
    });
    expect(monitor.openSchedule).toBeUndefined();
  });
});

describe('the role', () => {
  const data = (template: Template) =>
    statements(template).filter(({ Action }) => JSON.stringify(Action).includes('s3:'));

  test('reads captured data and the baseline, and writes reports, and nothing else in S3', () => {
    expect(data(templateWith())).toEqual([
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: [objects('baselines/7/statistics.json'), objects('baselines/7/constraints.json')],
      },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: objects('loans/captured/*') },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: objects('loans'),
        Condition: { StringLike: { 's3:prefix': ['captured', 'captured/*'] } },
      },
      { Effect: 'Allow', Action: ['s3:AbortMultipartUpload', 's3:PutObject'], Resource: objects('loans/reports/*') },
    ]);
  });

  test('reads the scripts', () => {
    const template = templateWith({
      recordPreprocessorUri: 's3://scripts/pre.py',
      postAnalyticsProcessorUri: 's3://scripts/post.py',
    });
    expect(data(template)[0]?.Resource).toEqual(
      expect.arrayContaining([objects('scripts/pre.py'), objects('scripts/post.py')]),
    );
  });

  test('reads a baseline whose place is known at deployment only', () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'Statistics', {
      type: 'AWS::SSM::Parameter::Value<String>',
      default: '/loans/statistics',
    });
    monitorIn(stack, { baselineStatistics: BaselineStatistics.fromS3Uri(parameter.valueAsString) });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(
      SCHEDULE,
      job({ BaselineConfig: { StatisticsResource: { S3Uri: { Ref: 'Statistics' } } } }),
    );
    // With the separator once more, 'none', which stands for no baseline, does not break the template.
    const padded = { 'Fn::Join': ['', [{ Ref: 'Statistics' }, 's3://']] };
    const place = { 'Fn::Select': [1, { 'Fn::Split': ['s3://', padded] }] };
    expect(data(template)[0]?.Resource).toContainEqual({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', place]],
    });
  });

  test('uses the keys of the buckets and of the monitor', () => {
    const stack = newStack();
    const captured = new s3.Bucket(stack, 'Captured', { encryptionKey: new kms.Key(stack, 'CapturedKey') });
    const reports = new s3.Bucket(stack, 'Reports', { encryptionKey: new kms.Key(stack, 'ReportsKey') });
    monitorIn(stack, {
      capturedData: { bucket: captured, prefix: 'in' },
      output: { bucket: reports, prefix: 'out' },
      encryptionKey: new kms.Key(stack, 'MonitorKey'),
    });
    const keys = statements(Template.fromStack(stack)).filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
    const actionsOn = (key: string) =>
      keys.filter(({ Resource }) => JSON.stringify(Resource).includes(key)).flatMap(({ Action }) => Action);
    expect(actionsOn('CapturedKey')).toEqual(['kms:Decrypt']);
    expect(actionsOn('ReportsKey')).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
    expect(actionsOn('MonitorKey')).toEqual(
      expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey', 'kms:CreateGrant']),
    );
  });

  test('is the principal of further grants', () => {
    const stack = newStack();
    const monitor = monitorIn(stack);
    expect(monitor.grantPrincipal).toBe(monitor.role);
  });
});

describe('metrics and events', () => {
  test('name the endpoint and the schedule', () => {
    const monitor = monitorIn(newStack());
    expect(monitor.metric('anything').toMetricConfig().metricStat).toMatchObject({
      namespace: 'aws/sagemaker/Endpoints/data-metrics',
      metricName: 'anything',
      dimensions: [
        { name: 'Endpoint', value: 'loans' },
        { name: 'MonitoringSchedule', value: monitor.scheduleName },
      ],
      period: Duration.days(1),
      statistic: 'Maximum',
    });
  });

  test.each([
    ['baseline_drift', 'feature_baseline_drift_age'],
    ['non_null', 'feature_non_null_age'],
    ['data', 'feature_data_age'],
  ] as const)('%s of a feature is %s', (metric, name) => {
    const options = { statistic: 'Sum', period: Duration.hours(6) };
    expect(monitorIn(newStack()).metricForFeature('age', metric, options).toMetricConfig().metricStat).toMatchObject({
      metricName: name,
      ...options,
    });
  });

  test('addDriftAlarm watches one feature, once per run', () => {
    const stack = newStack();
    const monitor = monitorIn(stack, { schedule: { everyHours: 6 } });
    monitor.addDriftAlarm('AgeDrift', 'age');
    monitor.addDriftAlarm('AmountDrift', 'amount', { threshold: 0.25, evaluationPeriods: 28 });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'Requests have drifted from the training data in age',
      Namespace: 'aws/sagemaker/Endpoints/data-metrics',
      MetricName: 'feature_baseline_drift_age',
      Dimensions: [
        { Name: 'Endpoint', Value: 'loans' },
        { Name: 'MonitoringSchedule', Value: monitor.scheduleName },
      ],
      Period: 21600,
      Statistic: 'Maximum',
      Threshold: 0.1,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'feature_baseline_drift_amount',
      Threshold: 0.25,
      EvaluationPeriods: 28,
    });
  });

  test.each([
    ['onStateChange', Match.absent()],
    ['onCompleted', ['Completed']],
    ['onFailed', ['Failed', 'Stopped']],
  ] as const)('%s follows the jobs of this monitor by their role', (method, statuses) => {
    const stack = newStack();
    const target = new targets.SnsTopic(new sns.Topic(stack, 'Topic'));
    monitorIn(stack)[method]('Rule', { target, description: 'tell' });
    const template = Template.fromStack(stack);
    const [role] = Object.keys(template.findResources('AWS::IAM::Role'));
    template.hasResourceProperties('AWS::Events::Rule', {
      Description: 'tell',
      EventPattern: {
        source: ['aws.sagemaker'],
        'detail-type': ['SageMaker Processing Job State Change'],
        detail: { RoleArn: [{ 'Fn::GetAtt': [role, 'Arn'] }], ProcessingJobStatus: statuses },
      },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Topic') } })],
    });
  });
});

describe('validation', () => {
  const many = (stack: Stack) => {
    const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0 });
    const groups = Array.from({ length: 6 }, (_, index) => new ec2.SecurityGroup(stack, `Group${index}`, { vpc }));
    return { vpc, securityGroups: groups as [ec2.SecurityGroup, ...ec2.SecurityGroup[]] };
  };

  test.each<[string, Overrides, string]>([
    [
      'an endpoint name',
      { endpointName: '-loans' },
      "'endpointName' must be 1 to 63 letters, digits and hyphens, with no hyphen first or last, got: -loans",
    ],
    ['an instance type', { instanceType: 'm5.large' }, "'instanceType' must start with 'ml.', got: m5.large"],
    ['no instance', { instanceCount: 0 }, "'instanceCount' must be a whole number from 1 to 100, got: 0"],
    ['too many instances', { instanceCount: 101 }, "'instanceCount' must be a whole number from 1 to 100, got: 101"],
    [
      'a large volume',
      { volumeSize: Size.tebibytes(17) },
      "'volumeSize' must be a whole number from 1 to 16384 GiB, got: 17408",
    ],
    [
      'a long run',
      { maxRuntime: Duration.hours(25) },
      "'maxRuntime' must be a whole number from 1 to 86400 seconds, the time between two runs, got: 90000",
    ],
    [
      'a run longer than the interval',
      { maxRuntime: Duration.minutes(61), schedule: { every: 'hour' } },
      "'maxRuntime' must be a whole number from 1 to 3600 seconds, the time between two runs, got: 3660",
    ],
    [
      'a bad statistics URI',
      { baselineStatistics: BaselineStatistics.fromS3Uri('https://b/s.json') },
      "'baselineStatistics' must be the S3 URI of a file, got: https://b/s.json",
    ],
    [
      'a constraints prefix',
      { baselineConstraints: BaselineConstraints.fromS3Uri('s3://b/c/') },
      "'baselineConstraints' must be the S3 URI of a file, got: s3://b/c/",
    ],
    [
      'a bad preprocessor',
      { recordPreprocessorUri: 'pre.py' },
      "'recordPreprocessorUri' must be the S3 URI of a file, got: pre.py",
    ],
    [
      'a bad postprocessor',
      { postAnalyticsProcessorUri: 's3://b' },
      "'postAnalyticsProcessorUri' must be the S3 URI of a file, got: s3://b",
    ],
    [
      'a late hour',
      { schedule: { every: 'day', atHour: 24 } },
      "'schedule.atHour' must be a whole number from 0 to 23, got: 24",
    ],
    ['no hours', { schedule: { everyHours: 0 } }, "'schedule.everyHours' must be a whole number from 1 to 24, got: 0"],
    [
      'a half hour',
      { schedule: { everyHours: 6, fromHour: 0.5 } },
      "'schedule.fromHour' must be a whole number from 0 to 23, got: 0.5",
    ],
    ...[
      'rate(1 hour)',
      'cron(*/5 * ? * * *)',
      'cron(0 24 ? * * *)',
      'cron(0 0/25 ? * * *)',
      'cron(0 0/0 ? * * *)',
      'cron(0 8 ? * MON *)',
    ].map((cron): [string, Overrides, string] => [
      cron,
      { schedule: { cron } },
      `'schedule.cron' must be cron(0 * ? * * *), or cron(0 <hour> ? * * *) or cron(0 <hour>/<hours> ? * * *) with an hour from 0 to 23 and 1 to 24 hours, got: ${cron}`,
    ]),
  ])('fails with %s', (_, overrides, message) => {
    const stack = newStack();
    expect(() => monitorIn(stack, overrides)).toThrow(new Error(`${PATH}: ${message}`));
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Resources');
  });

  test.each(['', '/captured', 'captured/'])('fails when a prefix is "%s"', prefix => {
    const bucket = s3.Bucket.fromBucketName(newStack(), 'Bucket', 'loans');
    for (const prop of ['capturedData', 'output'] as const) {
      expect(() => monitorIn(newStack(), { [prop]: { bucket, prefix } })).toThrow(
        new Error(`${PATH}: '${prop}.prefix' must not be empty and have no slash first or last, got: ${prefix}`),
      );
    }
  });

  test('fails when the network is too wide', () => {
    const stack = newStack();
    const network = many(stack);
    const subnets = {
      subnets: Array.from({ length: 17 }, (_, index) => ec2.Subnet.fromSubnetId(stack, `S${index}`, `subnet-${index}`)),
    };
    const [securityGroup] = network.securityGroups;
    expect(() => monitorIn(stack, { network })).toThrow(
      new Error(`${PATH}: 'network.securityGroups' must hold 1 to 5 groups, got: 6`),
    );
    expect(
      () =>
        new DataQualityMonitor(stack, 'Wide', {
          ...valid(new Stack()),
          network: { ...network, subnets, securityGroups: [securityGroup] },
        }),
    ).toThrow(new Error("Monitoring/Wide: 'network.subnets' must select 1 to 16 subnets, got: 17"));
  });

  test('fails when an alarm cannot go off', () => {
    const disabled = monitorIn(newStack(), { metrics: 'Disabled' });
    expect(() => disabled.addDriftAlarm('Drift', 'age')).toThrow(
      new Error(`${PATH}: 'metrics' must be Enabled for an alarm, got: Disabled`),
    );
    const monitor = monitorIn(newStack());
    expect(() => monitor.addDriftAlarm('Drift', 'age', { threshold: 0 })).toThrow(
      new Error(`${PATH}: 'threshold' must be more than 0, got: 0`),
    );
    expect(() => monitor.addDriftAlarm('Drift', 'age', { evaluationPeriods: 8 })).toThrow(
      new Error(`${PATH}: 'evaluationPeriods' must be a whole number from 1 to 7, the runs of 7 days, got: 8`),
    );
  });

  test('leaves tokens alone', () => {
    const stack = newStack();
    const text = new CfnParameter(stack, 'Text').valueAsString;
    const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
    const bucket = s3.Bucket.fromBucketName(stack, 'Named', text);
    monitorIn(stack, {
      endpointName: text,
      instanceType: text,
      instanceCount: number,
      capturedData: { bucket, prefix: text },
      baselineConstraints: BaselineConstraints.fromS3Uri(text),
    });
    Template.fromStack(stack).hasResourceProperties(
      SCHEDULE,
      job({
        MonitoringResources: { ClusterConfig: { InstanceCount: { Ref: 'Number' } } },
        NetworkConfig: { EnableInterContainerTrafficEncryption: true },
      }),
    );
  });

  test('the compiler refuses swapped baselines and contradictory schedules', () => {
    type Fits<Given, Wanted> = Given extends Wanted ? true : false;
    const swapped: [Fits<BaselineConstraints, BaselineStatistics>, Fits<BaselineStatistics, BaselineConstraints>] = [
      false,
      false,
    ];
    expect(swapped).toEqual([false, false]);
    // @ts-expect-error a day has no step
    const schedule: MonitorSchedule = { every: 'day', everyHours: 6 };
    // @ts-expect-error an hour has no hour
    const hourly: MonitorSchedule = { every: 'hour', atHour: 6 };
    expect([schedule, hourly]).toHaveLength(2);
  });
});

describe('cdk-nag finds nothing that is not acknowledged', () => {
  const bucketIn = (stack: Stack) =>
    new s3.Bucket(stack, 'Loans-Data', {
      enforceSSL: true,
      serverAccessLogsPrefix: 'logs',
      encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    });

  test('with a bucket of the stack, one known by name, and a baseline from a parameter', () => {
    const stack = new Stack(new App(), 'Anywhere');
    const type = 'AWS::SSM::Parameter::Value<String>';
    const statistics = new CfnParameter(stack, 'Statistics', { type, default: '/statistics' });
    monitorIn(stack, {
      capturedData: { bucket: bucketIn(stack), prefix: 'captured' },
      output: { bucket: s3.Bucket.fromBucketName(stack, 'Reports', 'reports'), prefix: 'a/b' },
      baselineStatistics: BaselineStatistics.fromS3Uri(statistics.valueAsString),
    });
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test('with a bucket of another stack', () => {
    const app = new App();
    const bucket = bucketIn(new Stack(app, 'Data'));
    const stack = new Stack(app, 'Monitors');
    monitorIn(stack, { capturedData: { bucket, prefix: 'captured' }, output: { bucket, prefix: 'reports' } });
    app.synth();
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });
});
