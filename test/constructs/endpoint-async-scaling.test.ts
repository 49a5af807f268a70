import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { type ResourceJson, templateOf } from '../support/app';
import { AsyncFleet } from '../support/async-fleet';
import { endpointIn, newStack } from '../support/endpoints';

const scaling = { minInstances: 0, maxInstances: 4, backlogPerInstance: 5 };

const stackWith = (limits = scaling) => {
  const stack = newStack();
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');
  const async = { input: { bucket, prefix: 'in' }, output: { bucket, prefix: 'out' } };
  endpointIn(stack, { async, variant: { scaling: limits } });
  return stack;
};

describe('Scaling of an asynchronous Endpoint', () => {
  test('is what AWS documents: by the backlog per instance, and awake as soon as requests wait without any', () => {
    const template = Template.fromStack(stackWith());
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 0, MaxCapacity: 4 });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 5,
        CustomizedMetricSpecification: {
          MetricName: 'ApproximateBacklogSizePerInstance',
          Namespace: 'AWS/SageMaker',
          Dimensions: [{ Name: 'EndpointName', Value: 'loans' }],
          Statistic: 'Average',
        },
      },
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity',
        MetricAggregationType: 'Average',
        Cooldown: 300,
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      },
    });
    const [[wakeUp] = []] = Object.entries(
      template.findResources('AWS::ApplicationAutoScaling::ScalingPolicy', {
        Properties: { PolicyType: 'StepScaling' },
      }),
    );
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'HasBacklogWithoutCapacity',
      Namespace: 'AWS/SageMaker',
      Dimensions: [{ Name: 'EndpointName', Value: 'loans' }],
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 2,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'missing',
      AlarmActions: [{ Ref: wakeUp }],
    });
  });

  test('needs no alarm where one instance stays', () => {
    Template.fromStack(stackWith({ ...scaling, minInstances: 1 })).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  describe('played minute by minute', () => {
    const fleetOf = (resources: Readonly<Record<string, ResourceJson>>, instances?: number) =>
      new AsyncFleet(resources, { perMinute: 2, startMinutes: 4 }, instances);
    const { Resources: resources } = templateOf(stackWith());
    const pass = (fleet: AsyncFleet, minutes: number, arriving = 0) => {
      const sizes = Array.from({ length: minutes }, () => {
        fleet.pass(arriving);
        return fleet.instances;
      });
      return { most: Math.max(...sizes), least: Math.min(...sizes), last: sizes.at(-1) };
    };

    test('goes to sleep without requests, and stays asleep', () => {
      const fleet = fleetOf(resources);
      expect(pass(fleet, 20).last).toBe(0);
      expect(pass(fleet, 600).most).toBe(0);
    });

    test('wakes for a single request, answers it, and goes back to sleep', () => {
      const fleet = fleetOf(resources, 0);
      fleet.pass(1);
      expect(pass(fleet, 10)).toEqual({ most: 1, least: 0, last: 1 });
      expect(fleet.backlog).toBe(0);
      expect(pass(fleet, 30).last).toBe(0);
    });

    test('grows with the backlog to its limit, drains it, and shrinks to zero', () => {
      const fleet = fleetOf(resources, 0);
      fleet.pass(200);
      expect(pass(fleet, 25).most).toBe(4);
      expect(pass(fleet, 120)).toEqual({ most: 4, least: 0, last: 0 });
      expect(fleet.backlog).toBe(0);
    });

    test('does so day after day', () => {
      const fleet = fleetOf(resources, 0);
      for (let day = 0; day < 3; day += 1) {
        expect(pass(fleet, 60, 3).most).toBeGreaterThan(0);
        expect(pass(fleet, 240)).toMatchObject({ last: 0 });
        expect(fleet.backlog).toBe(0);
      }
    });

    test('would never wake without the alarm', () => {
      const others = Object.entries(resources).filter(([, { Type }]) => Type !== 'AWS::CloudWatch::Alarm');
      const fleet = fleetOf(Object.fromEntries(others), 0);
      fleet.pass(200);
      expect(pass(fleet, 600).most).toBe(0);
      expect(fleet.backlog).toBe(200);
    });
  });
});
