import { Annotations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * How requests reach a model: one model; one of many, which the client names with `TargetModel`; containers one after the
 * other; or one of the containers, which the client names with `TargetContainerHostname`.
 */
export type ModelKind = 'SingleModel' | 'MultiModel' | 'Serial' | 'Direct';

/** Warns of captured data that Model Monitor cannot tell apart. */
export function warnOfSharedCapture(scope: Construct, models: readonly { readonly kind?: ModelKind }[]): void {
  if (models.some(({ kind }) => kind === 'MultiModel')) {
    Annotations.of(scope).addWarningV2(
      'endpoint:multi-model-capture',
      'Model Monitor does not support multi-model endpoints: nothing can watch the captured data of this one',
    );
  }
}
