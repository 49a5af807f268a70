import { Duration } from 'aws-cdk-lib/core';
import * as applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface WakeUpProps {
  readonly target: applicationautoscaling.CfnScalableTarget;
  readonly policyName: string;
  readonly endpointName: string;
  readonly scaleOutCooldown?: Duration;
}

/**
 * Brings the first instance back when requests wait and there is none: a backlog per instance, which target tracking
 * follows, has no value then.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
 */
export function wakeOnBacklog(scope: Construct, props: WakeUpProps): void {
  const policy = new applicationautoscaling.CfnScalingPolicy(scope, 'WakeUp', {
    policyName: props.policyName,
    policyType: 'StepScaling',
    scalingTargetId: props.target.ref,
    stepScalingPolicyConfiguration: {
      adjustmentType: 'ChangeInCapacity',
      metricAggregationType: 'Average',
      cooldown: props.scaleOutCooldown?.toSeconds() ?? 300,
      stepAdjustments: [{ metricIntervalLowerBound: 0, scalingAdjustment: 1 }],
    },
  });
  const alarm = new cloudwatch.Alarm(scope, 'BacklogWithoutCapacity', {
    alarmDescription: `Endpoint ${props.endpointName}: requests wait and there is no instance; starts one`,
    metric: new cloudwatch.Metric({
      namespace: 'AWS/SageMaker',
      metricName: 'HasBacklogWithoutCapacity',
      dimensionsMap: { EndpointName: props.endpointName },
      statistic: cloudwatch.Stats.AVERAGE,
      period: Duration.minutes(1),
    }),
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    evaluationPeriods: 2,
    datapointsToAlarm: 2,
    treatMissingData: cloudwatch.TreatMissingData.MISSING,
  });
  alarm.addAlarmAction({ bind: () => ({ alarmActionArn: policy.ref }) });
}
