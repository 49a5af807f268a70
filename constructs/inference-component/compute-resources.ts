import { type Size, Token } from 'aws-cdk-lib/core';
import type { CfnInferenceComponent } from 'aws-cdk-lib/aws-sagemaker';
import { isCount, type Check } from './check';

/** What each copy of a component gets of an instance. */
export interface ComputeResources {
  /** Memory that is reserved, at least 128 MiB. */
  readonly minMemory: Size;

  /**
   * Memory that it may use, at least `minMemory`.
   *
   * @default - what the instance has to spare
   */
  readonly maxMemory?: Size;

  /**
   * CPU cores that are reserved, at least 0.25; parts of a core are allowed.
   *
   * @default - none
   */
  readonly cpuCores?: number;

  /**
   * GPUs or Inferentia and Trainium devices that are reserved, at least 1.
   *
   * @default - none
   */
  readonly accelerators?: number;
}

export function renderResources(
  resources: ComputeResources,
): CfnInferenceComponent.InferenceComponentComputeResourceRequirementsProperty {
  return {
    minMemoryRequiredInMb: resources.minMemory.toMebibytes(),
    maxMemoryRequiredInMb: resources.maxMemory?.toMebibytes(),
    numberOfCpuCoresRequired: resources.cpuCores,
    numberOfAcceleratorDevicesRequired: resources.accelerators,
  };
}

export function checkResources(checkProp: Check, resources: ComputeResources): void {
  const { minMemory, maxMemory, cpuCores = 1, accelerators = 1 } = resources;
  const least = minMemory.toMebibytes();
  checkProp('resources.minMemory', isCount(least, 128), 'be at least 128 MiB', `${least} MiB`);
  if (maxMemory !== undefined) {
    const most = maxMemory.toMebibytes();
    const known = Token.isUnresolved(least) ? 128 : least;
    checkProp('resources.maxMemory', isCount(most, known), `be at least 'minMemory' (${known} MiB)`, `${most} MiB`);
  }
  checkProp('resources.cpuCores', Token.isUnresolved(cpuCores) || cpuCores >= 0.25, 'be at least 0.25', cpuCores);
  checkProp('resources.accelerators', isCount(accelerators, 1), 'be a whole number of at least 1', accelerators);
}
