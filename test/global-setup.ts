import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each synthesis leaves a folder behind: all of them go into one, which is deleted at the end. */
export default function setUp(): void {
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'jest-'));
}
