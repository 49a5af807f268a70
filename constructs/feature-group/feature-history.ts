import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Features } from './features';

/** Environment variable that lets a synthesis write new features into the history files. */
const RECORD = 'RECORD_FEATURES';

/**
 * Compares features with the committed list of those that were declared before.
 *
 * A feature group only ever gains features: the service can neither remove nor retype one, and CloudFormation finds out in
 * the middle of a deployment. The file makes it known on a laptop, without an account. Only additions can be recorded.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-update-feature-group.html
 */
export function checkHistory(path: string, file: string, features: Features): void {
  const recorded = readHistory(path, file);
  const name = basename(file);
  const current = Object.entries(features);

  for (const [feature, type] of Object.entries(recorded ?? {})) {
    if (!Object.hasOwn(features, feature)) {
      throw new Error(
        `${path}: 'features' must keep ${feature} (${type}), which is in ${name}: a feature group cannot lose a feature, got: ${Object.keys(features).join(', ')}`,
      );
    }
    if (features[feature] !== type) {
      throw new Error(
        `${path}: 'features' must keep ${feature} a ${type}, as in ${name}: a feature cannot change its type; add one of another name, got: ${String(features[feature])}`,
      );
    }
  }
  for (const [index, feature] of Object.keys(recorded ?? {}).entries()) {
    if (current[index]?.[0] !== feature) {
      throw new Error(
        `${path}: 'features' must keep the order of ${name} and add at the end: feature ${index + 1} is ${feature}, got: ${String(current[index]?.[0])}`,
      );
    }
  }

  const added = current.slice(Object.keys(recorded ?? {}).length);
  if (added.length === 0) {
    return;
  }
  if (process.env[RECORD] === 'true') {
    writeFileSync(file, `${JSON.stringify(features, undefined, 2)}\n`);
    return;
  }
  const lines = added.map(([feature, type]) => `"${feature}": "${type}"`).join(', ');
  throw new Error(
    `${path}: 'features' must be recorded in ${name} before they are deployed; synthesize once with ${RECORD}=true and commit the file, got new: ${lines}`,
  );
}

function readHistory(path: string, file: string): Record<string, string> | undefined {
  if (!existsSync(file)) {
    return undefined;
  }
  const text = readFileSync(file, 'utf8');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    content = undefined;
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    const entries = Object.entries(content);
    if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
      return Object.fromEntries(entries);
    }
  }
  throw new Error(
    `${path}: 'history' must name a JSON file with one object of feature types by name, got: ${basename(file)} with ${text.slice(0, 40).trim()}`,
  );
}
