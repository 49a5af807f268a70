import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cdkConfig } from '../support/app';
import { foldersOf } from '../support/copy-rule';
import { ExampleProjects, type ExampleProject, type SynthesizedExample } from '../support/example-projects';
import { examplesIn, foldersNamedIn, moduleOf, packagesNamedIn } from '../support/readme';
import { ROOT, sourceFilesIn } from '../support/source-files';

const constructs = sourceFilesIn(['constructs'], ['.ts', '.md']);
const folders = foldersOf(constructs);
const readmeOf = (folder: string) => constructs[`constructs/${folder}/README.md`] ?? '';

function numbered(path: string, markdown: string): Record<string, string> {
  return Object.fromEntries(examplesIn(markdown).map((code, index) => [`${path}, example ${index + 1}`, code]));
}

/** Reads a file that is no code beside the folder's code. */
const script = `import { FileSet } from './constructs/assets';
import { Pipeline, RepackModelStep } from './constructs/pipeline';
const code = { files: FileSet.fromJson('inference.py', 1), entry: 'inference.py' };
const repack = new RepackModelStep('Repack', { modelData: 's3://loans/model.tar.gz', code, outputPath: 's3://loans' });
new Pipeline(this, 'Pipeline', { steps: [repack] });`;

/** Reads the program of another folder. */
const program = `import { Pipeline, QualityCheckStep } from './constructs/pipeline';
const check = new QualityCheckStep('Check', {
  managed: false, checkType: 'DATA_QUALITY', instanceType: 'ml.m5.large', dataset: 's3://loans/in', outputPath: 's3://loans/out', skipCheck: true,
});
new Pipeline(this, 'Pipeline', { steps: [check] });`;

/** A folder with what its README says, and nothing else. */
const copies: ExampleProject[] = folders.map(folder => ({
  name: folder,
  folders: foldersNamedIn(readmeOf(folder)).map(each => `constructs/${each}`),
  packages: Object.keys(packagesNamedIn(readmeOf(folder))),
  examples: {
    ...numbered(`constructs/${folder}/README.md`, readmeOf(folder)),
    ...(folder === 'pipeline' && { 'the script of a step': script, 'the program of a check': program }),
  },
}));

/** The whole project, for the documents that show it. */
const repository: ExampleProject = {
  name: 'repository',
  folders: ['constructs', 'lib'],
  packages: ['aws-cdk-lib', 'constructs', '@aws-sdk/client-sagemaker'],
  examples: Object.fromEntries(
    [['README.md', rootReadme()], ...Object.entries(sourceFilesIn(['docs'], ['.md']))].flatMap(
      ([path = '', markdown = '']) => Object.entries(numbered(path, markdown)),
    ),
  ),
  compileOnly: true,
};

/** What must not work, so that the rest means something. */
const broken: ExampleProject = {
  name: 'broken',
  folders: ['constructs/pipeline', 'constructs/network'],
  packages: ['aws-cdk-lib', 'constructs'],
  examples: {
    'wrong prop': `import { SageMakerNetwork } from './constructs/network';\nnew SageMakerNetwork(this, 'Network', { colour: 2 });`,
    'missing statement': 'new SageMakerNetwork(this);',
  },
  compileOnly: true,
};

/** Compiles, and fails at synthesis. */
const failing: ExampleProject = {
  name: 'failing',
  folders: [],
  packages: ['aws-cdk-lib', 'constructs'],
  examples: { 'an error': `throw new Error('out of luck');`, 'no resource': 'void this.region;' },
};

function rootReadme(): string {
  const path = join(ROOT, 'README.md');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

describe('examples', () => {
  const projects = new ExampleProjects([...copies, repository, broken, failing]);
  let errors: readonly string[];
  let outcomes: readonly SynthesizedExample[];

  beforeAll(async () => {
    [errors, outcomes] = await Promise.all([projects.compilerErrors(), projects.synthesize(cdkConfig.context)]);
  }, 120_000);
  afterAll(() => projects.delete());

  const isExpected = (line: string) => /^(broken\/|wrong prop|missing statement|an error|no resource)/.test(line);

  test('the project has a README', () => {
    expect(rootReadme()).not.toBe('');
  });

  test.each(folders)('constructs/%s has an example', folder => {
    expect(examplesIn(readmeOf(folder))).not.toEqual([]);
  });

  test('compile in an empty project, with the folders and packages that the README names', () => {
    expect(errors.filter(line => !isExpected(line))).toEqual([]);
  });

  test('give a template with resources and without findings, and need no feature flags', () => {
    expect(outcomes.filter(({ problem, example }) => problem && !isExpected(example))).toEqual([]);
    expect(outcomes.filter(({ resources, example }) => resources === 0 && !isExpected(example))).toEqual([]);
    expect(outcomes.length).toBe(2 + copies.flatMap(({ examples }) => Object.keys(examples)).length);
  });

  test('fail to compile with a wrong prop, a lost import, a folder or a package that the README does not name', () => {
    const found = errors.filter(isExpected);
    expect(found).toContainEqual(
      expect.stringMatching(/^wrong prop: TS2353: .*'colour' does not exist.*: new SageMaker/),
    );
    expect(found).toContainEqual(
      "missing statement: TS2304: Cannot find name 'SageMakerNetwork'.: new SageMakerNetwork(this);",
    );
    expect(found).toContainEqual(expect.stringContaining("Cannot find module '@aws-sdk/client-sagemaker'"));
    expect(found).toContainEqual(expect.stringContaining("Cannot find module '../images'"));
  });

  test('fail to synthesize with an error or without a resource', () => {
    expect(outcomes.filter(({ example }) => isExpected(example))).toEqual([
      { example: 'an error', resources: 0, problem: 'Error: out of luck' },
      {
        example: 'no resource',
        resources: 0,
        problem: expect.stringContaining('CloudFormation-Validate::F0001') as string,
      },
    ]);
  });
});

describe('moduleOf', () => {
  test('puts imports first and everything else into the constructor of a stack', () => {
    const example = ["import * as s3 from 'aws-cdk-lib/aws-s3';", '// Why.', 'const a = 1;', 'new s3.Bucket(this);'];
    expect(
      moduleOf(example.join('\n'))
        .split('\n')
        .map(line => line.trim())
        .filter(Boolean),
    ).toEqual([
      "import { Stack as ExampleStack } from 'aws-cdk-lib/core';",
      "import type { Construct as ExampleScope } from 'constructs';",
      "import * as s3 from 'aws-cdk-lib/aws-s3';",
      'export class Example extends ExampleStack {',
      'constructor(scope: ExampleScope, id: string) {',
      'super(scope, id);',
      '// Why.',
      'const a = 1;',
      'new s3.Bucket(this);',
      '}',
      '}',
    ]);
  });
});
