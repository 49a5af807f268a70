import { Duration, Names, Token } from 'aws-cdk-lib/core';
import * as applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnInferenceComponent } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { isCount, type Check } from './check';
import type { InferenceComponentBase } from './inference-component-base';

/** The number of copies follows the requests, down to none and back if `minCopies` is 0. */
export interface CopyScaling {
  /** Fewest copies, 0 or more. From 0, the first request wakes the component: it fails, and so do others for some minutes. */
  readonly minCopies: number;

  /** Most copies, at least 1 and `minCopies`. */
  readonly maxCopies: number;

  /**
   * Requests per copy and minute to hold, above 0. With `concurrentRequestsPerCopy` too, the higher number of copies wins.
   *
   * @default - not followed; one of the two must be, unless `minCopies` equals `maxCopies`
   */
  readonly invocationsPerCopy?: number;

  /**
   * Requests at the same time per copy to hold, above 0; measured every 10 seconds, so that it acts faster.
   *
   * @default - not followed
   */
  readonly concurrentRequestsPerCopy?: number;

  /**
   * Time between two steps down.
   *
   * @default Duration.minutes(5)
   */
  readonly scaleInCooldown?: Duration;

  /**
   * Time between two steps up, also from 0.
   *
   * @default Duration.minutes(5)
   */
  readonly scaleOutCooldown?: Duration;
}

const { PredefinedMetric, ServiceNamespace } = applicationautoscaling;

/** Registers a component with Application Auto Scaling, which acts through its own service-linked role. */
export class ScaledCopies extends Construct {
  /** Alarm on requests without capacity, which starts the first copy; only with `minCopies` 0. */
  public readonly wakeAlarm?: cloudwatch.Alarm;

  constructor(component: InferenceComponentBase, id: string, resource: CfnInferenceComponent, scaling: CopyScaling) {
    super(component, id);
    const target = new applicationautoscaling.CfnScalableTarget(this, 'Target', {
      serviceNamespace: ServiceNamespace.SAGEMAKER,
      scalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
      resourceId: `inference-component/${component.inferenceComponentName}`,
      minCapacity: scaling.minCopies,
      maxCapacity: scaling.maxCopies,
    });
    // Registered after the component exists, and deregistered before it goes.
    target.addResourceDependency(resource);

    const cooldown = (duration = Duration.minutes(5)) => duration.toSeconds();
    const track = (name: string, predefinedMetricType: string, targetValue: number | undefined) => {
      if (targetValue === undefined) {
        return;
      }
      new applicationautoscaling.CfnScalingPolicy(this, name, {
        policyName: `${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}-${name}`,
        policyType: 'TargetTrackingScaling',
        scalingTargetId: target.ref,
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType },
          targetValue,
          scaleInCooldown: cooldown(scaling.scaleInCooldown),
          scaleOutCooldown: cooldown(scaling.scaleOutCooldown),
        },
      });
    };
    track(
      'Invocations',
      PredefinedMetric.SAGEMAKER_INFERENCE_COMPONENT_INVOCATIONS_PER_COPY,
      scaling.invocationsPerCopy,
    );
    track(
      'Concurrency',
      PredefinedMetric.SAGEMAKER_INFERENCE_COMPONENT_CONCURRENT_REQUESTS_PER_COPY_HIGH_RESOLUTION,
      scaling.concurrentRequestsPerCopy,
    );
    if (scaling.minCopies === 0) {
      this.wakeAlarm = this.wake(component, target, cooldown(scaling.scaleOutCooldown));
    }
  }

  /**
   * Target tracking counts requests per copy, which says nothing without copies: the way up from 0 is a step of its own.
   *
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
   */
  private wake(
    component: InferenceComponentBase,
    target: applicationautoscaling.CfnScalableTarget,
    cooldown: number,
  ): cloudwatch.Alarm {
    const policy = new applicationautoscaling.CfnScalingPolicy(this, 'Wake', {
      policyName: `${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}-Wake`,
      policyType: 'StepScaling',
      scalingTargetId: target.ref,
      stepScalingPolicyConfiguration: {
        adjustmentType: 'ChangeInCapacity',
        metricAggregationType: 'Maximum',
        // Requests keep failing while the first copy starts; without a wait of minutes each would ask for one more.
        cooldown,
        stepAdjustments: [{ metricIntervalLowerBound: 0, scalingAdjustment: 1 }],
      },
    });
    const alarm = new cloudwatch.Alarm(this, 'NoCapacity', {
      alarmDescription: `Inference component ${component.inferenceComponentName}: a request found no copy, one starts`,
      metric: component.metricNoCapacityInvocationFailures({ period: Duration.minutes(1) }),
      // The documentation's example is above 1, which a single request would never wake.
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      // Minutes without failures have no data; the alarm must come back to fire again.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction({ bind: () => ({ alarmActionArn: policy.attrArn }) });
    return alarm;
  }
}

export function checkScaling(checkProp: Check, scaling: CopyScaling, copies: number): void {
  const { minCopies: min, maxCopies: max, invocationsPerCopy, concurrentRequestsPerCopy } = scaling;
  checkProp('scaling.minCopies', isCount(min, 0), 'be a whole number of at least 0', min);
  const least = Token.isUnresolved(min) ? 1 : Math.max(min, 1);
  checkProp('scaling.maxCopies', isCount(max, least), `be a whole number of at least 1 and 'minCopies' (${min})`, max);
  const isEnough = Token.isUnresolved(max) || isCount(copies, 1, max);
  checkProp('scaling.maxCopies', isEnough, `be at least 'copies' (${copies})`, max);
  for (const [prop, target] of Object.entries({ invocationsPerCopy, concurrentRequestsPerCopy })) {
    const isTarget = target === undefined || Token.isUnresolved(target) || target > 0;
    checkProp(`scaling.${prop}`, isTarget, 'be above 0', target);
  }
  const followed = invocationsPerCopy ?? concurrentRequestsPerCopy;
  const known = !Token.isUnresolved(min) && !Token.isUnresolved(max);
  checkProp(
    'scaling',
    !known || (followed === undefined) === (min === max),
    "have 'invocationsPerCopy' or 'concurrentRequestsPerCopy' if 'minCopies' is below 'maxCopies', and none if they are equal",
    followed ?? 'none',
  );
}
