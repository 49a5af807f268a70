import { type Duration, Names, Token } from 'aws-cdk-lib/core';
import * as applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type { CfnEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import type { Check } from './check';

/** Target tracking of a variant: the number of instances follows the number of requests. */
export interface VariantScaling {
  /** Fewest instances, at least 1. */
  readonly minInstances: number;

  /** Most instances, at least `minInstances`. */
  readonly maxInstances: number;

  /**
   * Requests per instance and minute to hold, above 0. Required, unless `minInstances` equals `maxInstances`.
   *
   * @default - the size is fixed
   */
  readonly invocationsPerInstance?: number;

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

export interface ScaledVariantProps extends VariantScaling {
  readonly endpoint: CfnEndpoint;
  readonly endpointName: string;
  readonly variantName: string;
}

/** Registers a variant with Application Auto Scaling, which acts through its own service-linked role. */
export class ScaledVariant extends Construct {
  constructor(scope: Construct, id: string, props: ScaledVariantProps) {
    super(scope, id);
    const target = new applicationautoscaling.CfnScalableTarget(this, 'Target', {
      serviceNamespace: applicationautoscaling.ServiceNamespace.SAGEMAKER,
      scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      resourceId: `endpoint/${props.endpointName}/variant/${props.variantName}`,
      minCapacity: props.minInstances,
      maxCapacity: props.maxInstances,
    });
    // Registered after the variant exists, and deregistered before it goes: an endpoint with a target cannot be deleted.
    target.addResourceDependency(props.endpoint);

    if (props.invocationsPerInstance !== undefined) {
      new applicationautoscaling.CfnScalingPolicy(this, 'Policy', {
        policyName: Names.uniqueResourceName(this, { maxLength: 256, separator: '-' }),
        policyType: 'TargetTrackingScaling',
        scalingTargetId: target.ref,
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: {
            predefinedMetricType: applicationautoscaling.PredefinedMetric.SAGEMAKER_VARIANT_INVOCATIONS_PER_INSTANCE,
          },
          targetValue: props.invocationsPerInstance,
          scaleInCooldown: props.scaleInCooldown?.toSeconds() ?? 300,
          scaleOutCooldown: props.scaleOutCooldown?.toSeconds() ?? 300,
        },
      });
    }
  }
}

export function checkScaling(checkProp: Check, scaling: VariantScaling, instanceCount: number): void {
  const { minInstances: min, maxInstances: max, invocationsPerInstance: target } = scaling;
  const check = (prop: string, holds: boolean, rule: string, got: unknown) =>
    checkProp(`scaling.${prop}`, holds, rule, got);
  const known = !Token.isUnresolved(min) && !Token.isUnresolved(max);
  check(
    'minInstances',
    Token.isUnresolved(min) || (Number.isInteger(min) && min >= 1),
    'be a whole number of at least 1',
    min,
  );
  check(
    'maxInstances',
    !known || (Number.isInteger(max) && max >= min),
    `be a whole number of at least 'minInstances' (${min})`,
    max,
  );
  check(
    'maxInstances',
    Token.isUnresolved(max) || Token.isUnresolved(instanceCount) || instanceCount <= max,
    `be at least 'instanceCount' (${instanceCount})`,
    max,
  );
  check(
    'invocationsPerInstance',
    !known || (target === undefined) === (min === max),
    "be set if 'minInstances' is below 'maxInstances', and left out if they are equal",
    target,
  );
  check(
    'invocationsPerInstance',
    target === undefined || Token.isUnresolved(target) || target > 0,
    'be above 0',
    target,
  );
}
