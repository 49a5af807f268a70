import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import {
  Endpoint,
  Model,
  type BlueGreenDeployment,
  type EndpointProps,
  type InstanceVariant,
} from '../../constructs/endpoint';

const ENDPOINT = 'AWS::SageMaker::Endpoint';
const ALARM = 'AWS::CloudWatch::Alarm';

const valid: Pick<EndpointProps, 'endpointName'> & { readonly variant: Omit<InstanceVariant, 'model'> } = {
  endpointName: 'loans',
  variant: { name: 'Champion', instanceType: 'ml.m5.large', instanceCount: 4 },
};

describe('Deployment of an Endpoint', () => {
  const newStack = () => new Stack(new App(), 'Serving');
  const endpointIn = (
    stack: Stack,
    overrides: Partial<EndpointProps> = {},
    variant: Partial<InstanceVariant> = {},
  ): Endpoint => {
    const model = new Model(stack, 'Model', {
      modelPackageArn: 'arn:aws:sagemaker:eu-central-1:111122223333:model-package/loans/3',
    });
    const variants = [{ ...valid.variant, model, ...variant }];
    return new Endpoint(stack, 'Loans', { endpointName: valid.endpointName, variants, ...overrides });
  };
  const deployedWith = (stack: Stack, config: unknown) =>
    Template.fromStack(stack).hasResourceProperties(ENDPOINT, { DeploymentConfig: config });
  const alarmIn = (stack: Stack, id = 'Custom') =>
    new cloudwatch.Alarm(stack, id, {
      metric: new cloudwatch.Metric({ namespace: 'Custom', metricName: 'Complaints' }),
      threshold: 1,
      evaluationPeriods: 1,
    });

  test('has no configuration and no alarm by default', () => {
    const stack = newStack();
    expect(endpointIn(stack).alarms).toEqual([]);
    deployedWith(stack, Match.absent());
    Template.fromStack(stack).resourceCountIs(ALARM, 0);
  });

  test('is all at once and watched for 5 minutes with alarms alone', () => {
    const stack = newStack();
    endpointIn(stack, { alarms: {} });
    deployedWith(stack, {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: {
          Type: 'ALL_AT_ONCE',
          WaitIntervalInSeconds: 300,
          CanarySize: Match.absent(),
          LinearStepSize: Match.absent(),
        },
        TerminationWaitInSeconds: Match.absent(),
        MaximumExecutionTimeoutInSeconds: Match.absent(),
      },
      AutoRollbackConfiguration: {
        Alarms: [
          { AlarmName: { Ref: Match.stringLikeRegexp('^LoansAlarmsChampionServerErrors') } },
          { AlarmName: { Ref: Match.stringLikeRegexp('^LoansAlarmsChampionModelLatency') } },
        ],
      },
    });
  });

  test('waits for nothing without alarms', () => {
    const stack = newStack();
    endpointIn(stack, { deployment: { type: 'ALL_AT_ONCE' } });
    deployedWith(stack, {
      BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 } },
      AutoRollbackConfiguration: Match.absent(),
    });
  });

  test.each<[BlueGreenDeployment, Record<string, unknown>]>([
    [
      { type: 'CANARY', canarySize: { percent: 10 } },
      { Type: 'CANARY', CanarySize: { Type: 'CAPACITY_PERCENT', Value: 10 }, LinearStepSize: Match.absent() },
    ],
    [
      { type: 'CANARY', canarySize: { instances: 2 } },
      { Type: 'CANARY', CanarySize: { Type: 'INSTANCE_COUNT', Value: 2 } },
    ],
    [
      { type: 'LINEAR', linearStepSize: { percent: 25 } },
      { Type: 'LINEAR', LinearStepSize: { Type: 'CAPACITY_PERCENT', Value: 25 }, CanarySize: Match.absent() },
    ],
    [
      { type: 'LINEAR', linearStepSize: { instances: 1 } },
      { Type: 'LINEAR', LinearStepSize: { Type: 'INSTANCE_COUNT', Value: 1 } },
    ],
  ])('shifts traffic as in %j', (shift, routing) => {
    const stack = newStack();
    endpointIn(stack, {
      deployment: {
        ...shift,
        waitInterval: Duration.minutes(10),
        terminationWait: Duration.minutes(5),
        maximumExecutionTimeout: Duration.hours(2),
      },
    });
    deployedWith(stack, {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: { ...routing, WaitIntervalInSeconds: 600 },
        TerminationWaitInSeconds: 300,
        MaximumExecutionTimeoutInSeconds: 7200,
      },
    });
  });

  describe('alarms', () => {
    test('watch the error rate and the 99th percentile, by the literal name of the endpoint', () => {
      const stack = newStack();
      const { alarms } = endpointIn(stack, { alarms: {} });
      const common = {
        Namespace: 'AWS/SageMaker',
        Dimensions: [
          { Name: 'EndpointName', Value: 'loans' },
          { Name: 'VariantName', Value: 'Champion' },
        ],
        Period: 60,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
      };
      const template = Template.fromStack(stack);
      template.hasResourceProperties(ALARM, {
        ...common,
        // Known at synthesis, so that what outlasts the endpoint can name it.
        AlarmName: Match.stringLikeRegexp('^Serving-Loans-Alarms-Champion-[0-9A-F]{8}-ServerErrors$'),
        AlarmDescription: 'Endpoint loans, variant Champion: share of answers with a 5xx code',
        MetricName: 'Invocation5XXErrors',
        Statistic: 'Average',
        Threshold: 0.01,
      });
      template.hasResourceProperties(ALARM, {
        ...common,
        AlarmName: Match.stringLikeRegexp('^Serving-Loans-Alarms-Champion-[0-9A-F]{8}-ModelLatency$'),
        AlarmDescription: 'Endpoint loans, variant Champion: 99th percentile in microseconds',
        MetricName: 'ModelLatency',
        ExtendedStatistic: 'p99',
        Threshold: 1_000_000,
      });
      expect(alarms).toHaveLength(2);
    });

    test('take thresholds', () => {
      const stack = newStack();
      endpointIn(stack, { alarms: { serverErrorRate: 0, modelLatency: Duration.millis(50) } });
      const template = Template.fromStack(stack);
      template.hasResourceProperties(ALARM, { MetricName: 'Invocation5XXErrors', Threshold: 0 });
      template.hasResourceProperties(ALARM, { MetricName: 'ModelLatency', Threshold: 50_000 });
    });

    test('are joined by those of the user, and the role may read exactly them', () => {
      const stack = newStack();
      endpointIn(stack, { rollbackAlarms: [alarmIn(stack)] });
      deployedWith(stack, {
        AutoRollbackConfiguration: { Alarms: [{ AlarmName: { Ref: 'Custom8166710A' } }] },
      });
      Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
        PolicyName: Match.stringLikeRegexp('^LoansHostingPolicy'),
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Action: 'cloudwatch:DescribeAlarms',
              Resource: { 'Fn::GetAtt': ['Custom8166710A', 'Arn'] },
            },
          ],
        },
        Roles: [{ Ref: Match.stringLikeRegexp('^ModelRole') }],
      });
    });

    test('exist before the endpoint', () => {
      const stack = newStack();
      endpointIn(stack, { alarms: {} });
      const resources = Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string }> };
      const alarms = Object.values(resources.Resources).filter(({ Type }) => Type === ALARM);
      expect(alarms).toHaveLength(2);
      expect(JSON.stringify(alarms)).not.toMatch(/Ref|Fn::|DependsOn/);
    });

    test.each<[Partial<EndpointProps>, string]>([
      [{ alarms: { serverErrorRate: 1 } }, "'alarms.serverErrorRate' must be from 0 to below 1, got: 1"],
      [{ alarms: { serverErrorRate: -0.1 } }, "'alarms.serverErrorRate' must be from 0 to below 1, got: -0.1"],
      [{ alarms: { modelLatency: Duration.millis(0) } }, "'alarms.modelLatency' must be above 0, got: 0 milliseconds"],
    ])('fail with %j', (props, message) => {
      expect(() => endpointIn(newStack(), props)).toThrow(new Error(`Serving/Loans: ${message}`));
    });

    test('fails with more than 10 alarms', () => {
      const stack = newStack();
      const rollbackAlarms = Array.from({ length: 9 }, (_, i) => alarmIn(stack, `Custom${i}`));
      expect(() => endpointIn(stack, { alarms: {}, rollbackAlarms })).toThrow(
        new Error(
          "Serving/Loans: 'rollbackAlarms' must hold at most 10 alarms, with the two that 'alarms' makes for each variant, got: 11",
        ),
      );
    });
  });

  describe('validation', () => {
    const canary = { type: 'CANARY', canarySize: { percent: 10 } } as const;

    test.each<[BlueGreenDeployment, string]>([
      [{ ...canary, canarySize: { percent: 51 } }, "canarySize.percent' must be a whole number from 1 to 50, got: 51"],
      [{ ...canary, canarySize: { percent: 0 } }, "canarySize.percent' must be a whole number from 1 to 50, got: 0"],
      [
        { ...canary, canarySize: { instances: 3 } },
        "canarySize.instances' must be at least 1 and at most half of the smallest variant (2), got: 3",
      ],
      [
        { type: 'LINEAR', linearStepSize: { percent: 9 } },
        "linearStepSize.percent' must be a whole number from 10 to 50, got: 9",
      ],
      [
        { type: 'LINEAR', linearStepSize: { instances: 0 } },
        "linearStepSize.instances' must be at least 1 and at most half of the smallest variant (2), got: 0",
      ],
      [{ ...canary, waitInterval: Duration.hours(2) }, "waitInterval' must last 0 to 3600 seconds, got: 7200 seconds"],
      [
        { ...canary, terminationWait: Duration.hours(2) },
        "terminationWait' must last 0 to 3600 seconds, got: 7200 seconds",
      ],
      [
        { ...canary, maximumExecutionTimeout: Duration.minutes(9) },
        "maximumExecutionTimeout' must last 600 to 28800 seconds, got: 540 seconds",
      ],
      [
        { ...canary, maximumExecutionTimeout: Duration.hours(9) },
        "maximumExecutionTimeout' must last 600 to 28800 seconds, got: 32400 seconds",
      ],
      [
        { type: 'ALL_AT_ONCE', waitInterval: Duration.minutes(10), maximumExecutionTimeout: Duration.minutes(10) },
        "maximumExecutionTimeout' must be longer than all waits together (600 seconds), got: 600 seconds",
      ],
      [
        {
          ...canary,
          waitInterval: Duration.minutes(10),
          terminationWait: Duration.minutes(5),
          maximumExecutionTimeout: Duration.minutes(25),
        },
        "maximumExecutionTimeout' must be longer than all waits together (1500 seconds), got: 1500 seconds",
      ],
      [
        {
          type: 'LINEAR',
          linearStepSize: { percent: 30 },
          waitInterval: Duration.minutes(10),
          maximumExecutionTimeout: Duration.minutes(40),
        },
        "maximumExecutionTimeout' must be longer than all waits together (2400 seconds), got: 2400 seconds",
      ],
    ])('fails with %j', (deployment, message) => {
      expect(() => endpointIn(newStack(), { deployment })).toThrow(new Error(`Serving/Loans: 'deployment.${message}`));
    });

    test('fails with a wait that ends before the alarms can go off', () => {
      const deployment = { ...canary, waitInterval: Duration.minutes(1) };
      expect(() => endpointIn(newStack(), { deployment, alarms: {} })).toThrow(
        new Error(
          "Serving/Loans: 'deployment.waitInterval' must last at least 180 seconds, which the alarms take to go off, got: 60 seconds",
        ),
      );
      expect(() => endpointIn(newStack(), { deployment })).not.toThrow();
    });

    test('measures instances against the fewest of a scaled variant', () => {
      const scaling = { minInstances: 2, maxInstances: 8, invocationsPerInstance: 60 };
      const deployment: BlueGreenDeployment = { type: 'CANARY', canarySize: { instances: 2 } };
      expect(() => endpointIn(newStack(), { deployment }, { scaling })).toThrow(
        new Error(
          "Serving/Loans: 'deployment.canarySize.instances' must be at least 1 and at most half of the smallest variant (1), got: 2",
        ),
      );
    });

    test('fails for Inferentia 1, where SageMaker would ignore it', () => {
      expect(() => endpointIn(newStack(), { deployment: canary }, { instanceType: 'ml.inf1.xlarge' })).toThrow(
        new Error("Serving/Loans: 'deployment' must be left out for ml.inf1, where SageMaker ignores it, got: CANARY"),
      );
    });

    test('takes a size where there is one, as a part or as a number', () => {
      const deployments: BlueGreenDeployment[] = [
        // @ts-expect-error: a canary needs its size
        { type: 'CANARY' },
        // @ts-expect-error: all at once has no steps
        { type: 'ALL_AT_ONCE', canarySize: { percent: 10 } },
        // @ts-expect-error: percent or instances, not both
        { type: 'LINEAR', linearStepSize: { percent: 10, instances: 1 } },
      ];
      expect(deployments).toHaveLength(3);
    });
  });
});
