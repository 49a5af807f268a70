import { Duration } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type VariantScaling } from '../../constructs/endpoint';
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
    [{ minInstances: 0 }, "minInstances' must be a whole number of at least 1, got: 0"],
    [{ minInstances: 1.5 }, "minInstances' must be a whole number of at least 1, got: 1.5"],
    [{ minInstances: 5 }, "maxInstances' must be a whole number of at least 'minInstances' (5), got: 4"],
    [
      { invocationsPerInstance: undefined },
      "invocationsPerInstance' must be set if 'minInstances' is below 'maxInstances', and left out if they are equal, got: undefined",
    ],
    [
      { minInstances: 4 },
      "invocationsPerInstance' must be set if 'minInstances' is below 'maxInstances', and left out if they are equal, got: 600",
    ],
    [{ invocationsPerInstance: 0 }, "invocationsPerInstance' must be above 0, got: 0"],
  ])('fails with %j', (overrides, message) => {
    expect(() => endpointIn(newStack(), { variant: { scaling: { ...scaling, ...overrides } } })).toThrow(
      new Error(`Serving/Loans: 'variants[0].scaling.${message}`),
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
});
