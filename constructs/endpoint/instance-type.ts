/** Instance type of a hosting fleet, such as `ml.m5.large`. */
export type InstanceType = `ml.${string}.${string}`;

/** Families for hosting whose EC2 description has instance storage: no EBS volume is attached to them. */
const WITH_LOCAL_STORAGE: ReadonlySet<string> = new Set([
  ...['c5d', 'c6gd', 'dl1', 'g4dn', 'g5', 'g6', 'g6e', 'g7e', 'm5d', 'm6gd', 'p4d', 'p4de', 'p5', 'p5e', 'p5en'],
  ...['p6-b200', 'p6-b300', 'p6e-gb200', 'r5d', 'r6gd', 'r7gd', 'trn1', 'trn1n', 'trn2'],
]);

function family(instanceType: InstanceType): string {
  return instanceType.split('.')[1] ?? '';
}

/**
 * Whether instances hold models on local NVMe disks, which the hardware encrypts. SageMaker refuses a key or a size for
 * the volume of such an instance.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html
 */
export function hasLocalStorage(instanceType: InstanceType): boolean {
  return WITH_LOCAL_STORAGE.has(family(instanceType));
}

/**
 * Whether deployment guardrails work. On the others SageMaker shifts all traffic at once, without a word and without a bake.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
 */
export function supportsGuardrails(instanceType: InstanceType): boolean {
  return family(instanceType) !== 'inf1';
}
