/** Instance type of a hosting fleet, such as `ml.m5.large`. */
export type InstanceType = `ml.${string}.${string}`;

/**
 * Whether deployment guardrails work. On the others SageMaker shifts all traffic at once, without a word and without a bake.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
 */
export function supportsGuardrails(instanceType: InstanceType): boolean {
  return !instanceType.startsWith('ml.inf1.');
}
