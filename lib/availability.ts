import type { Settings } from './settings';

/**
 * What does not exist everywhere, with the beginnings of the regions that lack it.
 *
 * The template validator of the CDK knows the resource types of each region, the tables of the SageMaker Python SDK the
 * images, and the developer guide the regions of serverless inference. A stack whose region is unknown at synthesis has all of it, and is meant for the commercial regions.
 */
const MISSING = {
  space: ['cn-', 'us-gov-'],
  featureGroup: ['us-gov-'],
  modelMonitor: ['us-gov-'],
  // The managed ones of other kinds than data quality.
  monitoringJobDefinitions: ['cn-', 'us-gov-'],
  autopilot: ['cn-'],
  inferenceExperiment: ['cn-', 'us-gov-'],
  inferenceComponents: ['cn-', 'us-gov-'],
  serverlessInference: ['cn-', 'us-gov-'],
  // Import and custom models, not Bedrock as such.
  bedrock: ['cn-', 'us-gov-'],
  // Regions without the image of SageMaker Distribution.
  notebookJob: ['cn-', 'us-gov-'],
} as const;

/** Whether the region of the stacks has a feature, as far as the region is known. */
export function isAvailable(feature: keyof typeof MISSING, { region }: Settings): boolean {
  return !MISSING[feature].some(prefix => region.startsWith(prefix));
}
