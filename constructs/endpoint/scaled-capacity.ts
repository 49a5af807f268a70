import { Duration, Names } from 'aws-cdk-lib/core';
import * as applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type { CfnEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { type CapacitySchedule, renderSchedule } from './capacity-schedule';

/** The variant that scales. */
export interface ScaledEndpoint {
  readonly endpoint: CfnEndpoint;
  readonly endpointName: string;
  readonly variantName: string;
}

export interface Cooldowns {
  /**
   * Time between two steps down.
   *
   * @default Duration.minutes(5)
   */
  readonly scaleInCooldown?: Duration;

  /**
   * Time between two steps up.
   *
   * @default Duration.minutes(5)
   */
  readonly scaleOutCooldown?: Duration;
}

export interface ScaledCapacityProps extends ScaledEndpoint, Cooldowns {
  readonly dimension: 'DesiredInstanceCount' | 'DesiredProvisionedConcurrency';
  readonly min: number;
  readonly max: number;
  readonly schedules?: readonly CapacitySchedule[];
}

/** A metric and the value to hold it at. */
export type Target = Pick<
  applicationautoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty,
  'targetValue' | 'predefinedMetricSpecification' | 'customizedMetricSpecification'
>;

/** Registers a capacity of a variant with Application Auto Scaling, which acts through its own service-linked role. */
export class ScaledCapacity extends Construct {
  protected readonly target: applicationautoscaling.CfnScalableTarget;

  constructor(
    scope: Construct,
    id: string,
    protected readonly props: ScaledCapacityProps,
  ) {
    super(scope, id);
    const { min, max, schedules = [] } = props;
    this.target = new applicationautoscaling.CfnScalableTarget(this, 'Target', {
      serviceNamespace: applicationautoscaling.ServiceNamespace.SAGEMAKER,
      scalableDimension: `sagemaker:variant:${props.dimension}`,
      resourceId: `endpoint/${props.endpointName}/variant/${props.variantName}`,
      minCapacity: min,
      maxCapacity: max,
      scheduledActions: schedules.length > 0 ? schedules.map(renderSchedule) : undefined,
    });
    // Registered after the variant exists, and deregistered before it goes: an endpoint with a target cannot be deleted.
    this.target.addResourceDependency(props.endpoint);
  }

  /** Lets the capacity follow a metric. With several, the one that asks for most capacity decides. */
  public follow(id: string, target: Target): void {
    const { scaleInCooldown = DEFAULT_COOLDOWN, scaleOutCooldown = DEFAULT_COOLDOWN } = this.props;
    new applicationautoscaling.CfnScalingPolicy(this, id, {
      policyName: this.policyName(id),
      policyType: 'TargetTrackingScaling',
      scalingTargetId: this.target.ref,
      targetTrackingScalingPolicyConfiguration: {
        ...target,
        scaleInCooldown: scaleInCooldown.toSeconds(),
        scaleOutCooldown: scaleOutCooldown.toSeconds(),
      },
    });
  }

  /** The first policy has the name of the variant, as it had when there was only one. */
  protected policyName(id: string): string {
    const name = Names.uniqueResourceName(this, { maxLength: 200, separator: '-' });
    return id === 'Policy' ? name : `${name}-${id}`;
  }
}

const DEFAULT_COOLDOWN = Duration.minutes(5);
