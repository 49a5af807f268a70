import { createHash } from 'node:crypto';
import { Names, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * A name of up to 63 characters from the construct path and from what replaces the resource. A replacement is made before the old
 * resource goes, so it needs a name of its own.
 */
export function nameFor(scope: Construct, ...whatReplaces: readonly unknown[]): string {
  const text = JSON.stringify(Stack.of(scope).resolve(whatReplaces));
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${Names.uniqueResourceName(scope, { maxLength: 54, separator: '-' })}-${hash}`;
}

/** Whether text is a name of a user profile or a space: 1 to 63 letters, digits and -, a letter or digit at both ends. */
export function isName(text: string): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(text);
}
