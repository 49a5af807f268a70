import { Duration, type Stack, TimeZone } from 'aws-cdk-lib/core';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { CapacitySchedule, InstanceVariant, VariantScaling } from '../../constructs/endpoint';
import { endpointIn, newStack, pairIn } from '../support/endpoints';

const CONFIG = 'AWS::SageMaker::EndpointConfig';
const ENDPOINT = 'AWS::SageMaker::Endpoint';

describe('Scaling of an Endpoint', () => {
  const scaling: VariantScaling = { minInstances: 1, maxInstances: 4, invocationsPerInstance: 600 };

  test('follows the requests per instance, from after the endpoint to before its end', () => {
    const stack = newStack();
    endpointIn(stack, { variant: { scaling } });
    const template = Template.fromStack(stack);
    template.hasResource('AWS::ApplicationAutoScaling::ScalableTarget', {
      Properties: {
        ServiceNamespace: 'sagemaker',
        ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
        ResourceId: 'endpoint/loans/variant/Champion',
        MinCapacity: 1,
        MaxCapacity: 4,
        RoleARN: Match.absent(),
      },
      DependsOn: ['Loans06669F46'],
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      PolicyType: 'TargetTrackingScaling',
      ScalingTargetId: { Ref: Match.stringLikeRegexp('^LoansScalingChampionTarget') },
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
        TargetValue: 600,
        ScaleInCooldown: 300,
        ScaleOutCooldown: 300,
      },
    });
  });

  test('survives updates: the running count is kept, and the weights follow the template', () => {
    const stack = newStack();
    endpointIn(stack, { variant: { scaling } });
    Template.fromStack(stack).hasResourceProperties(ENDPOINT, {
      RetainAllVariantProperties: true,
      ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredWeight' }],
    });
  });

  test('does not show in the configuration, so that a change of limits deploys no new fleet', () => {
    const configOf = (limits: VariantScaling) => {
      const stack = newStack();
      endpointIn(stack, { variant: { scaling: limits } });
      return Template.fromStack(stack).findResources(CONFIG);
    };
    expect(configOf({ ...scaling, minInstances: 3 })).toEqual(configOf(scaling));
  });

  test('takes cooldowns', () => {
    const stack = newStack();
    const cooldowns = { scaleInCooldown: Duration.minutes(10), scaleOutCooldown: Duration.minutes(1) };
    endpointIn(stack, { variant: { scaling: { ...scaling, ...cooldowns } } });
    Template.fromStack(stack).hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: { ScaleInCooldown: 600, ScaleOutCooldown: 60 },
    });
  });

  test('holds a variant at a fixed size beside a scaled one', () => {
    const stack = newStack();
    pairIn(stack, { scaling }, { scaling: { minInstances: 1, maxInstances: 1 } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      ResourceId: 'endpoint/loans/variant/Challenger',
      MinCapacity: 1,
      MaxCapacity: 1,
    });
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 1);
  });

  test.each<[Partial<VariantScaling>, string]>([
    [
      { minInstances: 0 },
      ".minInstances' must be a whole number of at least 1 (only asynchronous endpoints go to zero), got: 0",
    ],
    [
      { minInstances: 1.5 },
      ".minInstances' must be a whole number of at least 1 (only asynchronous endpoints go to zero), got: 1.5",
    ],
    [{ minInstances: 5 }, ".maxInstances' must be a whole number of at least 'minInstances' (5), got: 4"],
    [{ maxInstances: 0 }, ".maxInstances' must be a whole number of at least 1, got: 0"],
    [
      { invocationsPerInstance: undefined },
      `' must have a target or a schedule if 'minInstances' is below 'maxInstances', and no target if they are equal without a schedule, got: neither`,
    ],
    [
      { minInstances: 4, cpuUtilization: 50 },
      `' must have a target or a schedule if 'minInstances' is below 'maxInstances', and no target if they are equal without a schedule, got: invocationsPerInstance, cpuUtilization`,
    ],
    [{ cpuUtilization: 0 }, ".cpuUtilization' must be above 0, got: 0"],
    [{ gpuUtilization: -1 }, ".gpuUtilization' must be above 0, got: -1"],
    [{ concurrentRequestsPerModel: 0 }, ".concurrentRequestsPerModel' must be above 0, got: 0"],
    [
      { backlogPerInstance: 5 },
      ".backlogPerInstance' must be left out, since only asynchronous endpoints have a backlog, got: 5",
    ],
    [{ invocationsPerInstance: 0 }, ".invocationsPerInstance' must be above 0, got: 0"],
  ])('fails with %j', (overrides, message) => {
    expect(() => endpointIn(newStack(), { variant: { scaling: { ...scaling, ...overrides } } })).toThrow(
      new Error(`Serving/Loans: 'variants[0].scaling${message}`),
    );
  });

  test('fails with more instances than the most', () => {
    expect(() => endpointIn(newStack(), { variant: { instanceCount: 5, scaling } })).toThrow(
      new Error("Serving/Loans: 'variants[0].scaling.maxInstances' must be at least 'instanceCount' (5), got: 4"),
    );
  });

  test('fails when only some variants have it', () => {
    expect(() => pairIn(newStack(), { scaling }, {})).toThrow(
      new Error(
        "Serving/Loans: 'variants' must all have 'scaling' or none of them; for a fixed size let 'minInstances' equal 'maxInstances', got: 1 of 2 with 'scaling'",
      ),
    );
  });

  describe('by several metrics', () => {
    const policies = (stack: Stack) =>
      Object.values(Template.fromStack(stack).findResources('AWS::ApplicationAutoScaling::ScalingPolicy')).map(
        ({ Properties }) => Properties as { TargetTrackingScalingPolicyConfiguration: unknown; PolicyName: string },
      );

    test('makes a policy for each, with a name of its own', () => {
      const stack = newStack();
      const targets = { concurrentRequestsPerModel: 5, cpuUtilization: 120, gpuUtilization: 70 };
      endpointIn(stack, { variant: { scaling: { ...scaling, ...targets } } });
      const dimensions = [
        { Name: 'EndpointName', Value: 'loans' },
        { Name: 'VariantName', Value: 'Champion' },
      ];
      const cooldowns = { ScaleInCooldown: 300, ScaleOutCooldown: 300 };
      const predefined = (PredefinedMetricType: string, TargetValue: number) => ({
        ...cooldowns,
        PredefinedMetricSpecification: { PredefinedMetricType },
        TargetValue,
      });
      const customized = (MetricName: string, TargetValue: number) => ({
        ...cooldowns,
        CustomizedMetricSpecification: {
          Namespace: '/aws/sagemaker/Endpoints',
          MetricName,
          Dimensions: dimensions,
          Statistic: 'Average',
        },
        TargetValue,
      });
      expect(policies(stack).map(each => each.TargetTrackingScalingPolicyConfiguration)).toEqual([
        predefined('SageMakerVariantInvocationsPerInstance', 600),
        predefined('SageMakerVariantConcurrentRequestsPerModelHighResolution', 5),
        customized('CPUUtilization', 120),
        customized('GPUUtilization', 70),
      ]);
      expect(new Set(policies(stack).map(({ PolicyName }) => PolicyName)).size).toBe(4);
    });
  });

  describe('by the clock', () => {
    const morning = {
      name: 'Morning',
      schedule: Schedule.cron({ minute: '30', hour: '7', weekDay: 'MON-FRI' }),
      timeZone: TimeZone.EUROPE_BERLIN,
      min: 3,
      max: 9,
    };
    const night: CapacitySchedule = {
      name: 'Night',
      schedule: Schedule.rate(Duration.days(1)),
      min: 1,
      startTime: new Date('2026-12-01T20:00:00Z'),
      endTime: new Date('2027-12-01T20:00:00Z'),
    };

    test('changes the limits', () => {
      const stack = newStack();
      endpointIn(stack, { variant: { scaling: { ...scaling, schedules: [morning, night] } } });
      Template.fromStack(stack).hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
        ScheduledActions: [
          {
            ScheduledActionName: 'Morning',
            Schedule: 'cron(30 7 ? * MON-FRI *)',
            Timezone: 'Europe/Berlin',
            StartTime: Match.absent(),
            EndTime: Match.absent(),
            ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 9 },
          },
          {
            ScheduledActionName: 'Night',
            Schedule: 'rate(1 day)',
            Timezone: Match.absent(),
            StartTime: '2026-12-01T20:00:00Z',
            EndTime: '2027-12-01T20:00:00Z',
            ScalableTargetAction: { MinCapacity: 1, MaxCapacity: Match.absent() },
          },
        ],
      });
    });

    test('needs no metric, and suits a fixed size', () => {
      for (const limits of [
        { minInstances: 1, maxInstances: 4 },
        { minInstances: 2, maxInstances: 2 },
      ]) {
        const stack = newStack();
        endpointIn(stack, { variant: { scaling: { ...limits, schedules: [morning] } } });
        Template.fromStack(stack).resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 0);
      }
    });

    test('counts for the size of a step of a deployment', () => {
      const deployment = { type: 'CANARY', canarySize: { instances: 2 } } as const;
      const limits = { ...scaling, minInstances: 4, maxInstances: 8 };
      expect(() => endpointIn(newStack(), { deployment, variant: { scaling: limits } })).not.toThrow();
      expect(() =>
        endpointIn(newStack(), { deployment, variant: { scaling: { ...limits, schedules: [night] } } }),
      ).toThrow(
        new Error(
          "Serving/Loans: 'deployment.canarySize.instances' must be at least 1 and at most half of the smallest variant (0), got: 2",
        ),
      );
    });

    test.each<[CapacitySchedule[], string]>([
      [[morning, morning], "' must have different names, got: Morning"],
      [[{ ...morning, name: '' }], "[0].name' must have 1 to 256 characters, got: "],
      [[{ ...morning, min: undefined, max: undefined }], "[0]' must have 'min', 'max' or both, got: neither"],
      [[{ ...morning, min: 0 }], "[0].min' must be a whole number of at least 1, got: 0"],
      [[{ ...morning, max: 0 }], "[0].max' must be a whole number of at least 1, got: 0"],
      [[night, { ...morning, max: 2 }], "[1].max' must be at least 'min' (3), got: 2"],
      [
        [{ ...night, timeZone: TimeZone.EUROPE_BERLIN }],
        "[0].timeZone' must be left out for a rate, which has no time of day, got: Europe/Berlin",
      ],
      [
        [{ ...night, startTime: night.endTime }],
        "[0].endTime' must be after 'startTime', got: 2027-12-01T20:00:00.000Z",
      ],
    ])('fails with %j', (schedules, message) => {
      expect(() => endpointIn(newStack(), { variant: { scaling: { ...scaling, schedules } } })).toThrow(
        new Error(`Serving/Loans: 'variants[0].scaling.schedules${message}`),
      );
    });
  });

  describe('by SageMaker itself', () => {
    const managedInstanceScaling = { minInstances: 1, maxInstances: 3 };

    test('is part of the configuration, without a scalable target, and warned about', () => {
      const stack = newStack();
      endpointIn(stack, { variant: { managedInstanceScaling } });
      const template = Template.fromStack(stack);
      template.hasResourceProperties(CONFIG, {
        ProductionVariants: [
          Match.objectLike({
            ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 1, MaxInstanceCount: 3 },
          }),
        ],
      });
      template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
      Annotations.fromStack(stack).hasWarning(
        '/Serving/Loans',
        'AWS describes managed instance scaling for inference components, and not for variants with a model of their own [ack: sagemaker-cdk:managed-instance-scaling]',
      );
    });

    test.each<[Partial<InstanceVariant>, string]>([
      [
        { managedInstanceScaling, scaling },
        "managedInstanceScaling' must be left out with 'scaling': only one of them can choose the number, got: both",
      ],
      [
        { managedInstanceScaling: { minInstances: 0, maxInstances: 3 } },
        "managedInstanceScaling.minInstances' must be a whole number of at least 1, got: 0",
      ],
      [
        { managedInstanceScaling: { minInstances: 4, maxInstances: 3 } },
        "managedInstanceScaling.maxInstances' must be a whole number of at least 'minInstances' (4), got: 3",
      ],
    ])('fails with %j', (variant, message) => {
      expect(() => endpointIn(newStack(), { variant })).toThrow(new Error(`Serving/Loans: 'variants[0].${message}`));
    });
  });
});
