import { Token } from 'aws-cdk-lib/core';

/** Type of a feature: text, a whole number of 64 bits, or a double. CloudFormation cannot declare lists, sets and vectors. */
export type FeatureType = 'String' | 'Integral' | 'Fractional';

/** Types by feature name, in the order of the definitions. */
export type Features = Readonly<Record<string, FeatureType>>;

/** The service adds these columns to the offline store itself. */
const RESERVED = ['is_deleted', 'write_time', 'api_invocation_time'];
const MAX_FEATURES = 2500;

/** Whether text is a name of a feature or a feature group: 1 to 64 letters, digits, - and _, a letter or digit at both ends. */
export function isName(text: string): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?$/.test(text);
}

/**
 * Refuses what the service would refuse.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
 */
export function validateFeatures(path: string, features: Features, recordIdentifier: string, eventTime: string): void {
  const names = Object.keys(features);
  if (names.length === 0 || names.length > MAX_FEATURES) {
    throw new Error(`${path}: 'features' must name 1 to ${MAX_FEATURES} features, got: ${names.length}`);
  }
  for (const name of names.filter(name => !Token.isUnresolved(name))) {
    validateName(path, name);
  }
  for (const [prop, name] of Object.entries({ recordIdentifier, eventTime })) {
    if (!Token.isUnresolved(name) && !Object.hasOwn(features, name)) {
      throw new Error(`${path}: '${prop}' must name one of the features (${names.join(', ')}), got: ${name}`);
    }
  }
  if (recordIdentifier === eventTime) {
    throw new Error(`${path}: 'eventTime' must be another feature than 'recordIdentifier', got: ${eventTime}`);
  }
  const eventTimeType = features[eventTime];
  if (eventTimeType === 'Integral') {
    throw new Error(
      `${path}: 'eventTime' must name a String or Fractional feature, got: ${eventTime} (${eventTimeType})`,
    );
  }
}

function validateName(path: string, name: string): void {
  if (!isName(name)) {
    throw new Error(
      `${path}: 'features' must have names of 1 to 64 letters, digits, - and _ that start and end with a letter or digit, got: ${name}`,
    );
  }
  if (RESERVED.includes(name)) {
    throw new Error(`${path}: 'features' must not use the reserved names ${RESERVED.join(', ')}, got: ${name}`);
  }
  // JavaScript moves such keys before all others, so the order of the definitions would not be the order written.
  if (/^(?:0|[1-9]\d*)$/.test(name)) {
    throw new Error(`${path}: 'features' must have names that are not whole numbers, got: ${name}`);
  }
}
