import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appOf } from '../support/app';
import { ROOT } from '../support/source-files';

describe('the graph of the credit risk pipeline', () => {
  const { app, stacks } = appOf('sandbox');
  const drawn = stacks.build.pipeline.toMermaid();

  // After a change of the pipeline, copy the drawing from cdk.out into the README.
  test('in the README is that of the definition', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const [, section = ''] = readme.split('\n### The pipeline\n');
    const [, shown] = /```mermaid\n(.*?)```/s.exec(section) ?? [];
    expect(shown).toBe(drawn);
  });

  test('lies where the README says', () => {
    expect(readFileSync(join(app.outdir, 'Sandbox-Build.Pipeline.mmd'), 'utf8')).toBe(drawn);
  });
});
