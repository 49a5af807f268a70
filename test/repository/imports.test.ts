import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyRuleProblems, foldersOf, GROUND_FLOOR } from '../support/copy-rule';
import { importsOf } from '../support/imports';
import { packagesNamedIn, README_HEADINGS } from '../support/readme';
import { ROOT, sourceFilesIn, type SourceFiles } from '../support/source-files';

const files = sourceFilesIn(['bin', 'lib', 'constructs'], ['.ts', '.js', '.md', '.py']);

describe('the sources', () => {
  test('keep the copy rule', () => {
    expect(copyRuleProblems(files)).toEqual([]);
  });

  test('are all of them, and the ground floor is there', () => {
    expect(foldersOf(files).sort()).toEqual(readdirSync(join(ROOT, 'constructs')).sort());
    expect(foldersOf(files)).toEqual(expect.arrayContaining(GROUND_FLOOR));
    expect(Object.keys(files).length).toBeGreaterThan(100);
  });

  test.each(foldersOf(files))('constructs/%s asks for versions of packages that fit together', folder => {
    const stated = packagesNamedIn(files[`constructs/${folder}/README.md`] ?? '');
    const manifest = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest;
    const installed = { ...manifest('package.json').dependencies, ...manifest('package.json').devDependencies };
    const { constructs } = manifest('node_modules/aws-cdk-lib/package.json').peerDependencies;
    for (const [name, version] of Object.entries(stated)) {
      expect([name, version.localeCompare(installed[name] ?? '', 'en', { numeric: true })]).not.toEqual([name, 1]);
    }
    expect(`^${stated.constructs ?? ''}`).toBe(constructs);
  });

  test('bin/app.ts stays an entry point', () => {
    expect(files['bin/app.ts']?.split('\n').length).toBeLessThan(60);
  });
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

describe('importsOf', () => {
  test.each([
    ["import a from 'm';", 'm', false],
    ["import 'm';", 'm', false],
    ["import { type A } from 'm';", 'm', false],
    ["import type { A } from 'm';", 'm', true],
    ["import type * as a from 'm';", 'm', true],
    ["export * from 'm';", 'm', false],
    ["export { a } from 'm';", 'm', false],
    ["export type { A } from 'm';", 'm', true],
    ["import a = require('m');", 'm', false],
    ["const f = async () => await import('m');", 'm', false],
    ["function f() { return require('m'); }", 'm', false],
    ["const path = require.resolve('m');", 'm', false],
    ['const a = await import(`m`);', 'm', false],
    ['const a = require(name);', undefined, false],
    ["let a: import('m').A;", 'm', true],
    ["/// <reference path='m' />", 'm', true],
    ["/// <reference types='m' />", 'm', true],
  ])('%s', (text, module, typeOnly) => {
    expect(importsOf('a.ts', text)).toEqual([{ module, typeOnly }]);
  });

  test('finds nothing in texts and comments', () => {
    expect(importsOf('a.ts', `// import 'a'\nconst text = "import 'b'; require('c')"; export { text };`)).toEqual([]);
  });
});

describe('copyRuleProblems', () => {
  const packages = { 'aws-cdk-lib': '2.275.0', constructs: '10.5.0' };
  const readme = (folders: string[], named: Record<string, string> = packages, headings = README_HEADINGS) =>
    [
      ...headings.map(heading => `## ${heading}\n\n\`\`\`ts\n## not a heading\n\`\`\`\n`),
      `- Folders: ${folders.map(folder => `\`constructs/${folder}\``).join(', ')}`,
      `- Packages: ${Object.entries(named)
        .map(([name, version]) => `\`${name}\` ${version} or later`)
        .join(', ')}`,
    ].join('\n');
  const folder = (name: string, ...needs: string[]): SourceFiles => ({
    [`constructs/${name}/index.ts`]: `export { a } from './${name}';`,
    [`constructs/${name}/${name}.ts`]: needs.map(need => `import '../${need}';`).join('\n'),
    [`constructs/${name}/README.md`]: readme([name, ...needs]),
  });
  const house = { ...folder('images'), ...folder('roles'), ...folder('endpoint', 'images'), ...folder('pipeline') };
  const problems = (changes: SourceFiles) => copyRuleProblems({ ...house, ...changes });

  test('accepts a house in order', () => {
    const more = {
      'constructs/endpoint/more.ts':
        "import 'node:fs'; import 'aws-cdk-lib/core'; import 'constructs'; import './endpoint';",
      'constructs/endpoint/handler/index.js': "require('@aws-sdk/client-s3');",
      'lib/loans/handler/index.js': "require('@aws-sdk/client-s3');",
      'lib/app.ts': "import '../constructs/endpoint'; import type { A } from '@aws-sdk/client-sagemaker';",
      'bin/app.ts': "import '../lib/app'; import 'cdk-nag';",
    };
    expect(problems(more)).toEqual([]);
  });

  test.each([
    ['constructs/endpoint/a.ts', 'aws-cdk-lib', 'take aws-cdk-lib/core instead of the barrel'],
    ['lib/a.ts', 'aws-cdk-lib', 'take aws-cdk-lib/core instead of the barrel'],
    [
      'constructs/endpoint/a.ts',
      '../pipeline',
      'take ground-floor folders only (analyzer, assets, clarify, cleanup, images, instances, roles)',
    ],
    ['constructs/endpoint/a.ts', '../images/images', 'take another folder through its index'],
    ['constructs/endpoint/steps/a.ts', '../../images/index', 'take another folder through its index'],
    ['constructs/images/a.ts', '../roles', 'stay within its folder, which is on the ground floor'],
    ['constructs/endpoint/a.ts', '../../lib/settings', 'stay within constructs/'],
    ['constructs/endpoint/a.ts', '../../test/support/app', 'stay within constructs/'],
    ['constructs/endpoint/a.ts', 'lodash', 'be of aws-cdk-lib, constructs, Node.js or the project'],
    [
      'constructs/endpoint/a.ts',
      'aws-cdk-lib/aws-s3/lib/bucket',
      'be of aws-cdk-lib, constructs, Node.js or the project',
    ],
    ['constructs/endpoint/a.ts', '@aws-sdk/client-sagemaker', 'be of aws-cdk-lib, constructs, Node.js or the project'],
    ['constructs/endpoint/handler/a.js', 'lodash', 'be of aws-cdk-lib, constructs, Node.js or the project'],
    ['lib/a.ts', '../constructs/images/images', 'take another folder through its index'],
    ['lib/a.ts', '../test/support/app', 'compose constructs/'],
    ['lib/a.ts', 'cdk-nag', 'be of aws-cdk-lib, constructs, Node.js or the project'],
    ['bin/a.ts', '../constructs/images', 'call lib/'],
  ])('fails when %s imports %s', (path, module, rule) => {
    expect(problems({ [path]: `import '${module}';` })).toContain(`${path}: an import must ${rule}, got: ${module}`);
  });

  test('fails when the pipeline takes more than types from the SDK', () => {
    const sdk = '@aws-sdk/client-sagemaker';
    const rule = 'must be an `import type` as a whole for a package that is used for its types';
    const readmeToo = { 'constructs/pipeline/README.md': readme(['pipeline'], { [sdk]: '3.0.0', ...packages }) };
    const taking = (text: string) => problems({ ...readmeToo, 'constructs/pipeline/a.ts': text });
    expect(taking(`import type { A } from '${sdk}';`)).toEqual([]);
    expect(taking(`import { type A } from '${sdk}';`)).toEqual([
      `constructs/pipeline/a.ts: an import ${rule}, got: ${sdk}`,
    ]);
  });

  test('fails when a module is computed', () => {
    expect(problems({ 'constructs/endpoint/a.ts': 'require(name);' })).toEqual([
      'constructs/endpoint/a.ts: an import must name its module, got: a computed name',
    ]);
  });

  test('fails when a file is long, unless it is generated', () => {
    const long = 'export {};\n'.repeat(351);
    expect(problems({ 'lib/a.ts': long, 'constructs/images/versions.ts': long })).toEqual([
      'lib/a.ts: must have at most 350 lines, got: 351',
    ]);
  });

  test.each([
    "export * from './a';",
    "export * as a from './a';",
    'export default 1;',
    'const a = 1;',
    "export const a = '1';",
    "console.log('hello');",
  ])('fails when an index has %s', got => {
    expect(problems({ 'constructs/roles/index.ts': got })).toEqual([
      `constructs/roles/index.ts: must have named exports only, got: ${got}`,
    ]);
  });

  test('fails when a folder lacks its index or its README', () => {
    expect(copyRuleProblems({ 'constructs/new/new.ts': '' })).toEqual([
      'constructs/new: must have an index.ts',
      'constructs/new: must have a README.md',
    ]);
  });

  test('fails when a README has other headings', () => {
    const reversed = README_HEADINGS.toReversed();
    expect(problems({ 'constructs/roles/README.md': readme(['roles'], packages, reversed) })).toEqual([
      `constructs/roles/README.md: must have the headings '${README_HEADINGS.join(', ')}', in this order, got: ${reversed.join(', ')}`,
    ]);
  });

  test('fails when a README names too few or too many folders', () => {
    expect(problems({ 'constructs/endpoint/README.md': readme(['endpoint']) })).toEqual([
      "constructs/endpoint/README.md: 'Folders' must be exactly endpoint, images, got: endpoint",
    ]);
    expect(problems({ 'constructs/roles/README.md': readme(['images', 'roles']) })).toEqual([
      "constructs/roles/README.md: 'Folders' must be exactly roles, got: images, roles",
    ]);
  });

  test('fails when a README names other packages', () => {
    expect(problems({ 'constructs/roles/README.md': readme(['roles'], { ...packages, lodash: '4.0.0' }) })).toEqual([
      "constructs/roles/README.md: 'Packages' must be exactly aws-cdk-lib, constructs, got: aws-cdk-lib, constructs, lodash",
    ]);
  });
});
