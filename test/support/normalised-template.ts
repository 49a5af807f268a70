import type { Stack } from 'aws-cdk-lib/core';
import { templateOf } from './app';

/** Hashes of files change with every letter in them; what a diff should show is where they are used. */
export function normalised(stack: Stack): unknown {
  const json = JSON.stringify(templateOf(stack))
    .replace(/\b[0-9a-f]{64}\b/g, '<hash>')
    .replace(/\b[0-9a-f]{32}\b/g, '<files>');
  return JSON.parse(json);
}
