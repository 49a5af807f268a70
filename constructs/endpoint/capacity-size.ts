import { Token } from 'aws-cdk-lib/core';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { isServerless, type Variant } from './instance-variant';
import { fewest } from './variant-scaling';

/** A part of each variant's instances: 1 to 50 percent of them, or a number that is at most half of them. */
export type CapacitySize =
  { readonly percent: number; readonly instances?: never } | { readonly instances: number; readonly percent?: never };

export function renderSize({ percent, instances }: CapacitySize): sagemaker.CfnEndpoint.CapacitySizeProperty {
  return percent === undefined
    ? { type: 'INSTANCE_COUNT', value: instances }
    : { type: 'CAPACITY_PERCENT', value: percent };
}

/**
 * Instances of the smallest fleet. Of a scaled variant the size at the time of the deployment counts, which nobody knows yet
 * but which has a minimum.
 */
export function smallestFleet(variants: readonly Variant[]): number {
  const sizes = variants.map(each =>
    isServerless(each) || each.scaling === undefined
      ? (each.instanceCount ?? each.managedInstanceScaling?.minInstances ?? 1)
      : fewest(each.scaling),
  );
  return Math.min(...sizes.filter(size => !Token.isUnresolved(size)));
}

/** Instances of the largest fleet, at most. */
export function largestFleet(variants: readonly Variant[]): number {
  const sizes = variants.flatMap(each =>
    each.scaling
      ? [each.scaling.maxInstances, ...(each.scaling.schedules ?? []).flatMap(({ max }) => max ?? [])]
      : (each.managedInstanceScaling?.maxInstances ?? each.instanceCount ?? 1),
  );
  return Math.max(1, ...sizes.filter(size => !Token.isUnresolved(size)));
}
