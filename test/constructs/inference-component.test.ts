import { App, CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ComponentEndpoint, Model } from '../../constructs/endpoint';
import { ContainerImage } from '../../constructs/images';
import {
  InferenceComponent,
  type CopyScaling,
  type InferenceComponentProps,
} from '../../constructs/inference-component';
import { dependenciesOf } from '../support/dependencies';
import { templateOf } from '../support/app';
import { roleIn } from '../support/endpoints';

const TYPE = 'AWS::SageMaker::InferenceComponent';
const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-central-1.amazonaws.com/loans:1');
const newStack = () => new Stack(new App(), 'Serving');
const bucketIn = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Bucket', 'models');

const hostIn = (stack: Stack) =>
  new ComponentEndpoint(stack, 'Shared', {
    endpointName: 'shared',
    instanceType: 'ml.m5.large',
    minInstances: 0,
    maxInstances: 2,
  });

/** Props as a test gives them; the compiler cannot tell which kind of model the overrides make. */
type Overrides = Partial<Record<keyof InferenceComponentProps, unknown>>;
const componentIn = (stack: Stack, overrides: Overrides = {}, host = hostIn(stack)) =>
  new InferenceComponent(stack, 'Loans', {
    host,
    image,
    resources: { minMemory: Size.mebibytes(512) },
    inferenceComponentName: 'loans',
    ...overrides,
  } as InferenceComponentProps);

type Statement = Readonly<Record<string, unknown>>;
function statementsOf(stack: Stack, id: string): Statement[] {
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policies
    .filter(([name]) => name.startsWith(id))
    .flatMap(
      ([, policy]) =>
        (policy as { Properties: { PolicyDocument: { Statement: Statement[] } } }).Properties.PolicyDocument.Statement,
    );
}

const sagemakerArn = (resource: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':sagemaker:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:${resource}`,
    ],
  ],
});

describe('InferenceComponent', () => {
  test('of an image has one copy with its memory, and nothing that is not asked for', () => {
    const stack = newStack();
    const { inferenceComponentName, endpointName, wakeAlarm } = componentIn(stack);
    expect([inferenceComponentName, endpointName, wakeAlarm]).toEqual(['loans', 'shared', undefined]);
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      InferenceComponentName: 'loans',
      EndpointName: 'shared',
      VariantName: 'AllTraffic',
      Specification: {
        Container: {
          Image: Match.stringLikeRegexp('/loans:1$'),
          ArtifactUrl: Match.absent(),
          Environment: Match.absent(),
        },
        ComputeResourceRequirements: { MinMemoryRequiredInMb: 512 },
        StartupParameters: Match.absent(),
        SchedulingConfig: Match.absent(),
        DataCacheConfig: Match.absent(),
        ModelName: Match.absent(),
      },
      RuntimeConfig: { CopyCount: 1 },
      DeploymentConfig: Match.absent(),
    });
    Template.fromStack(stack).resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
  });

  test('of a model names it, and grants nothing more', () => {
    const stack = newStack();
    const host = hostIn(stack);
    const model = new Model(stack, 'Model', { image, role: host.role });
    componentIn(stack, { model, image: undefined }, host);
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      Specification: {
        ModelName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Model'), 'ModelName'] },
        Container: Match.absent(),
      },
    });
    // Logs and metrics, and what the model itself asked for: its image, and the way to log in.
    expect(statementsOf(stack, 'SharedRole')).toHaveLength(4);
  });

  test('takes everything else', () => {
    const stack = newStack();
    componentIn(stack, {
      artifact: { bucket: bucketIn(stack), key: 'loans/model.tar.gz' },
      environment: { LOG_LEVEL: 'info' },
      resources: { minMemory: Size.gibibytes(1), maxMemory: Size.gibibytes(2), cpuCores: 0.25, accelerators: 1 },
      copies: 2,
      placement: { strategy: 'SPREAD', maxZoneImbalance: 1 },
      cacheData: true,
      modelDownloadTimeout: Duration.minutes(10),
      containerStartupTimeout: Duration.minutes(5),
    });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      Specification: {
        Container: { ArtifactUrl: 's3://models/loans/model.tar.gz', Environment: { LOG_LEVEL: 'info' } },
        ComputeResourceRequirements: {
          MinMemoryRequiredInMb: 1024,
          MaxMemoryRequiredInMb: 2048,
          NumberOfCpuCoresRequired: 0.25,
          NumberOfAcceleratorDevicesRequired: 1,
        },
        StartupParameters: {
          ModelDataDownloadTimeoutInSeconds: 600,
          ContainerStartupHealthCheckTimeoutInSeconds: 300,
        },
        SchedulingConfig: {
          PlacementStrategy: 'SPREAD',
          AvailabilityZoneBalance: { EnforcementMode: 'PERMISSIVE', MaxImbalance: 1 },
        },
        DataCacheConfig: { EnableCaching: true },
      },
      RuntimeConfig: { CopyCount: 2 },
    });
  });

  test('lets the role of its host pull the image, read the archive and use its key', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Encrypted', { encryptionKey: new kms.Key(stack, 'Key') });
    componentIn(stack, { artifact: { bucket, key: 'model.tar.gz' } });
    const statements = statementsOf(stack, 'SharedRole').filter(({ Action }) => /^(s3|kms):/.test(String(Action)));
    expect(statements).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: expect.anything() as unknown },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } },
    ]);
    expect(JSON.stringify(statements[0]?.Resource)).toMatch(/Encrypted\w+","Arn"\]\},"\/model\.tar\.gz"/);
    expect(JSON.stringify(statementsOf(stack, 'SharedRole'))).toContain('ecr:BatchGetImage');
  });

  test('comes after its endpoint and the policies of its role, and goes before them', () => {
    const stack = newStack();
    componentIn(stack);
    const component = Object.keys(Template.fromStack(stack).findResources(TYPE))[0] ?? '';
    expect(dependenciesOf(templateOf(stack), component)).toEqual([
      expect.stringMatching(/^SharedConfig/),
      expect.stringMatching(/^Shared[0-9A-F]{8}$/),
      expect.stringMatching(/^SharedRole[0-9A-F]{8}$/),
      expect.stringMatching(/^SharedRoleDefaultPolicy/),
    ]);
  });

  test('has a name of its own, in lower case', () => {
    expect(componentIn(newStack(), { inferenceComponentName: undefined }).inferenceComponentName).toMatch(
      /^serving-?loans-?[0-9a-z]*$/,
    );
  });

  test('updates in batches, watched by alarms that its host may read', () => {
    const stack = newStack();
    const names = { endpointName: 'shared', inferenceComponentName: 'loans' };
    const metric = InferenceComponent.fromNames(stack, 'Same', names).metricInvocation5XXErrors();
    const alarm = new cloudwatch.Alarm(stack, 'Errors', { metric, threshold: 1, evaluationPeriods: 1 });
    componentIn(stack, {
      copies: 4,
      update: {
        maximumBatchSize: { copies: 2 },
        waitInterval: Duration.minutes(2),
        rollbackMaximumBatchSize: { percent: 100 },
        maximumExecutionTimeout: Duration.hours(1),
        alarms: [alarm],
      },
    });
    Template.fromStack(stack).hasResource(TYPE, {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^LoansRollbackPolicy')]),
      Properties: {
        DeploymentConfig: {
          RollingUpdatePolicy: {
            MaximumBatchSize: { Type: 'COPY_COUNT', Value: 2 },
            WaitIntervalInSeconds: 120,
            RollbackMaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 100 },
            MaximumExecutionTimeoutInSeconds: 3600,
          },
          AutoRollbackConfiguration: { Alarms: [{ AlarmName: { Ref: Match.stringLikeRegexp('^Errors') } }] },
        },
      },
    });
    expect(statementsOf(stack, 'LoansRollbackPolicy')).toEqual([
      {
        Effect: 'Allow',
        Action: 'cloudwatch:DescribeAlarms',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Errors/), 'Arn'] },
      },
    ]);
  });

  test('updates without alarms need no policy', () => {
    const stack = newStack();
    componentIn(stack, { update: { maximumBatchSize: { percent: 50 }, waitInterval: Duration.seconds(0) } });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      DeploymentConfig: {
        RollingUpdatePolicy: { MaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 50 }, WaitIntervalInSeconds: 0 },
        AutoRollbackConfiguration: Match.absent(),
      },
    });
    expect(statementsOf(stack, 'LoansRollbackPolicy')).toEqual([]);
  });

  const two = { percent: 50 };
  const wait = Duration.minutes(1);
  test.each<[string, Overrides, string]>([
    [
      'a name with capitals',
      { inferenceComponentName: 'Loans' },
      "'inferenceComponentName' must be 1 to 63 lower-case letters, digits and -, with no - at either end, got: Loans",
    ],
    ['no archive', { artifact: { key: 'model.pkl' } }, "'artifact.key' must end in .tar.gz, got: model.pkl"],
    [
      '17 variables',
      { environment: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`V${i}`, ''])) },
      "'environment' must hold at most 16 variables, got: 17 variables",
    ],
    [
      'a wrong variable',
      { environment: { 'A-B': '' } },
      "'environment' must name variables with letters, digits and _, not starting with a digit, got: A-B",
    ],
    [
      'a long variable',
      { environment: { A: 'x'.repeat(1025) } },
      "'environment.A' must have at most 1024 characters, got: 1025 characters",
    ],
    [
      'little memory',
      { resources: { minMemory: Size.mebibytes(127) } },
      "'resources.minMemory' must be at least 128 MiB, got: 127 MiB",
    ],
    [
      'less memory at most than at least',
      { resources: { minMemory: Size.mebibytes(256), maxMemory: Size.mebibytes(255) } },
      "'resources.maxMemory' must be at least 'minMemory' (256 MiB), got: 255 MiB",
    ],
    [
      'little of a core',
      { resources: { minMemory: Size.gibibytes(1), cpuCores: 0.2 } },
      "'resources.cpuCores' must be at least 0.25, got: 0.2",
    ],
    [
      'half an accelerator',
      { resources: { minMemory: Size.gibibytes(1), accelerators: 0.5 } },
      "'resources.accelerators' must be a whole number of at least 1, got: 0.5",
    ],
    ['no copies', { copies: 0 }, "'copies' must be a whole number of at least 1, got: 0"],
    [
      'a short download',
      { modelDownloadTimeout: Duration.seconds(59) },
      "'modelDownloadTimeout' must last 60 to 3600 seconds, got: 59 seconds",
    ],
    [
      'a long start',
      { containerStartupTimeout: Duration.seconds(3601) },
      "'containerStartupTimeout' must last 60 to 3600 seconds, got: 3601 seconds",
    ],
    [
      'a large imbalance',
      { placement: { strategy: 'BINPACK', maxZoneImbalance: 101 } },
      "'placement.maxZoneImbalance' must be a whole number from 0 to 100, got: 101",
    ],
    [
      'a large batch',
      { update: { maximumBatchSize: { percent: 51 }, waitInterval: wait } },
      "'update.maximumBatchSize.percent' must be a whole number from 5 to 50, got: 51",
    ],
    [
      'more than half of the copies',
      { copies: 4, update: { maximumBatchSize: { copies: 3 }, waitInterval: wait } },
      "'update.maximumBatchSize.copies' must be a whole number of 1 to 2, as there are 4 copies, got: 3",
    ],
    [
      'no copy of a scaled component',
      {
        scaling: { minCopies: 1, maxCopies: 2, invocationsPerCopy: 1 },
        update: { maximumBatchSize: { copies: 0 }, waitInterval: wait },
      },
      "'update.maximumBatchSize.copies' must be a whole number of at least 1, got: 0",
    ],
    [
      'a small batch on the way back',
      { update: { maximumBatchSize: two, waitInterval: wait, rollbackMaximumBatchSize: { percent: 4 } } },
      "'update.rollbackMaximumBatchSize.percent' must be a whole number from 5 to 100, got: 4",
    ],
    [
      'a long wait',
      { update: { maximumBatchSize: two, waitInterval: Duration.seconds(3601) } },
      "'update.waitInterval' must last 0 to 3600 seconds, got: 3601 seconds",
    ],
    [
      'a short update',
      { update: { maximumBatchSize: two, waitInterval: wait, maximumExecutionTimeout: Duration.minutes(9) } },
      "'update.maximumExecutionTimeout' must last 600 to 28800 seconds, got: 540 seconds",
    ],
    [
      'many alarms',
      { update: { maximumBatchSize: two, waitInterval: wait, alarms: Array.from({ length: 11 }) } },
      "'update.alarms' must hold at most 10 alarms, got: 11",
    ],
  ])('fails with %s', (_, overrides, message) => {
    const stack = newStack();
    const host = hostIn(stack);
    expect(() => componentIn(stack, overrides, host)).toThrow(new Error(`Serving/Loans: ${message}`));
    Template.fromStack(stack).resourceCountIs(TYPE, 0);
  });

  test('is made of a model or an image', () => {
    const make = () => {
      const stack = newStack();
      const host = hostIn(stack);
      const resources = { minMemory: Size.gibibytes(1) };
      const model = new Model(stack, 'Model', { image });
      // @ts-expect-error: both at once
      new InferenceComponent(stack, 'Both', { host, resources, model, image });
      // @ts-expect-error: a model has its own variables
      new InferenceComponent(stack, 'Variables', { host, resources, model, environment: {} });
      // @ts-expect-error: neither of them
      new InferenceComponent(stack, 'Neither', { host, resources });
    };
    expect(make).toThrow();
  });
});

describe('Use of an InferenceComponent', () => {
  test.each([
    ['invoke', 'sagemaker:InvokeEndpoint'],
    ['invokeWithResponseStream', 'sagemaker:InvokeEndpointWithResponseStream'],
  ] as const)('grants.%s allows its action on the endpoint and the component', (grant, Action) => {
    const stack = newStack();
    componentIn(stack).grants[grant](roleIn(stack));
    expect(statementsOf(stack, 'Caller')).toEqual([
      {
        Effect: 'Allow',
        Action,
        Resource: [sagemakerArn('endpoint/shared'), sagemakerArn('inference-component/loans')],
      },
    ]);
  });

  test('grants.actions names the component alone, in both forms of an imported name', () => {
    const stack = newStack();
    const names = { endpointName: 'Shared', inferenceComponentName: 'Loans' };
    const imported = InferenceComponent.fromNames(stack, 'Theirs', names);
    imported.grants.actions(roleIn(stack), 'sagemaker:DescribeInferenceComponent');
    expect(statementsOf(stack, 'Caller')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sagemaker:DescribeInferenceComponent',
        Resource: [sagemakerArn('inference-component/Loans'), sagemakerArn('inference-component/loans')],
      },
    ]);
    expect(stack.resolve(imported.inferenceComponentRef)).toEqual({
      inferenceComponentArn: sagemakerArn('inference-component/Loans'),
    });
  });

  test.each([
    ['metricInvocations', 'Invocations', 'AWS/SageMaker', 'Sum'],
    ['metricInvocationsPerCopy', 'InvocationsPerCopy', 'AWS/SageMaker', 'Sum'],
    ['metricConcurrentRequestsPerCopy', 'ConcurrentRequestsPerCopy', 'AWS/SageMaker', 'Maximum'],
    ['metricNoCapacityInvocationFailures', 'NoCapacityInvocationFailures', 'AWS/SageMaker', 'Sum'],
    ['metricInvocation4XXErrors', 'Invocation4XXErrors', 'AWS/SageMaker', 'Sum'],
    ['metricInvocation5XXErrors', 'Invocation5XXErrors', 'AWS/SageMaker', 'Sum'],
    ['metricModelLatency', 'ModelLatency', 'AWS/SageMaker', 'p99'],
    ['metricCpuUtilization', 'CPUUtilizationNormalized', '/aws/sagemaker/InferenceComponents', 'Average'],
    ['metricMemoryUtilization', 'MemoryUtilizationNormalized', '/aws/sagemaker/InferenceComponents', 'Average'],
    ['metricGpuUtilization', 'GPUUtilizationNormalized', '/aws/sagemaker/InferenceComponents', 'Average'],
    ['metricGpuMemoryUtilization', 'GPUMemoryUtilizationNormalized', '/aws/sagemaker/InferenceComponents', 'Average'],
  ] as const)('%s', (method, metricName, namespace, statistic) => {
    const names = { endpointName: 'shared', inferenceComponentName: 'loans' };
    const metric = InferenceComponent.fromNames(newStack(), 'Theirs', names)[method]({ period: Duration.minutes(1) });
    expect(metric).toMatchObject({ metricName, namespace, statistic, dimensions: { InferenceComponentName: 'loans' } });
    expect(metric.period.toSeconds()).toBe(60);
  });
});

describe('Scaling of an InferenceComponent', () => {
  const scaledIn = (stack: Stack, overrides: Partial<CopyScaling> = {}, copies = 1) =>
    componentIn(stack, { copies, scaling: { minCopies: 1, maxCopies: 4, invocationsPerCopy: 300, ...overrides } });
  const policiesOf = (stack: Stack) =>
    Object.values(templateOf(stack).Resources)
      .filter(({ Type }) => Type === 'AWS::ApplicationAutoScaling::ScalingPolicy')
      .map(({ Properties }) => Properties);

  test('follows requests per copy, and needs no alarm above 0', () => {
    const stack = newStack();
    expect(scaledIn(stack).wakeAlarm).toBeUndefined();
    Template.fromStack(stack).hasResource('AWS::ApplicationAutoScaling::ScalableTarget', {
      DependsOn: [Match.stringLikeRegexp('^Loans')],
      Properties: {
        ServiceNamespace: 'sagemaker',
        ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
        ResourceId: 'inference-component/loans',
        MinCapacity: 1,
        MaxCapacity: 4,
      },
    });
    expect(policiesOf(stack)).toEqual([
      expect.objectContaining({
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerInferenceComponentInvocationsPerCopy' },
          TargetValue: 300,
          ScaleInCooldown: 300,
          ScaleOutCooldown: 300,
        },
      }),
    ]);
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test('follows both metrics, each with a policy of its own', () => {
    const stack = newStack();
    scaledIn(stack, {
      concurrentRequestsPerCopy: 5,
      scaleInCooldown: Duration.minutes(10),
      scaleOutCooldown: Duration.minutes(1),
    });
    const policies = policiesOf(stack);
    expect(new Set(policies.map(({ PolicyName }) => PolicyName)).size).toBe(2);
    expect(policies[1]).toMatchObject({
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: {
          PredefinedMetricType: 'SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution',
        },
        TargetValue: 5,
        ScaleInCooldown: 600,
        ScaleOutCooldown: 60,
      },
    });
  });

  test('from 0 wakes with the first request that finds no copy', () => {
    const stack = newStack();
    expect(scaledIn(stack, { minCopies: 0 }).wakeAlarm).toBeInstanceOf(cloudwatch.Alarm);
    expect(policiesOf(stack)).toContainEqual(
      expect.objectContaining({
        PolicyType: 'StepScaling',
        StepScalingPolicyConfiguration: {
          AdjustmentType: 'ChangeInCapacity',
          MetricAggregationType: 'Maximum',
          Cooldown: 300,
          StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
        },
      }),
    );
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/SageMaker',
      MetricName: 'NoCapacityInvocationFailures',
      Dimensions: [{ Name: 'InferenceComponentName', Value: 'loans' }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^LoansScalingWake'), 'Arn'] }],
    });
  });

  test('may be a fixed size, and takes numbers from tokens', () => {
    const stack = newStack();
    scaledIn(stack, { minCopies: 2, maxCopies: 2, invocationsPerCopy: undefined }, 2);
    const other = newStack();
    scaledIn(other, { maxCopies: new CfnParameter(other, 'Most', { type: 'Number' }).valueAsNumber });
    expect(policiesOf(stack)).toEqual([]);
    expect(policiesOf(other)).toHaveLength(1);
  });

  test.each<[Partial<CopyScaling>, number, string]>([
    [{ minCopies: -1 }, 1, "'scaling.minCopies' must be a whole number of at least 0, got: -1"],
    [
      { minCopies: 0, maxCopies: 0 },
      1,
      "'scaling.maxCopies' must be a whole number of at least 1 and 'minCopies' (0), got: 0",
    ],
    [{ minCopies: 5 }, 1, "'scaling.maxCopies' must be a whole number of at least 1 and 'minCopies' (5), got: 4"],
    [{}, 5, "'scaling.maxCopies' must be at least 'copies' (5), got: 4"],
    [{ invocationsPerCopy: 0 }, 1, "'scaling.invocationsPerCopy' must be above 0, got: 0"],
    [{ concurrentRequestsPerCopy: -1 }, 1, "'scaling.concurrentRequestsPerCopy' must be above 0, got: -1"],
    [
      { invocationsPerCopy: undefined },
      1,
      "'scaling' must have 'invocationsPerCopy' or 'concurrentRequestsPerCopy' if 'minCopies' is below 'maxCopies', and none if they are equal, got: none",
    ],
    [
      { maxCopies: 1 },
      1,
      "'scaling' must have 'invocationsPerCopy' or 'concurrentRequestsPerCopy' if 'minCopies' is below 'maxCopies', and none if they are equal, got: 300",
    ],
  ])('fails with %o and %i copies', (overrides, copies, message) => {
    expect(() => scaledIn(newStack(), overrides, copies)).toThrow(new Error(`Serving/Loans: ${message}`));
  });
});
