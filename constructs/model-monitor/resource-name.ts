import { Token } from 'aws-cdk-lib/core';

/** Checks the name of an endpoint or a model. */
export function validateResourceName(path: string, prop: string, name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name) || /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name)) return;
  throw new Error(
    `${path}: '${prop}' must be 1 to 63 letters, digits and hyphens, with no hyphen first or last, got: ${name}`,
  );
}
