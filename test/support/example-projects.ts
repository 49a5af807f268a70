import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { moduleOf } from './readme';
import { ROOT } from './source-files';

export interface ExampleProject {
  /** Name of the project's directory. */
  readonly name: string;

  /** Folders of this repository to copy, such as `constructs/roles`. */
  readonly folders: readonly string[];

  /** Packages to install: nothing else resolves. */
  readonly packages: readonly string[];

  /** Code blocks by a name that tells where they come from. */
  readonly examples: Readonly<Record<string, string>>;

  /** The examples are only compiled. */
  readonly compileOnly?: boolean;
}

/** What became of one example's template. */
export interface SynthesizedExample {
  readonly example: string;
  readonly resources: number;
  readonly problem?: string;
}

/** The tsconfig.json of `cdk init`; jest is left out, as no project here has it installed. */
const { compilerOptions } = JSON.parse(
  readFileSync(
    join(ROOT, 'node_modules', 'aws-cdk', 'lib', 'init-templates', 'app', 'typescript', 'tsconfig.json'),
    'utf8',
  ),
) as { compilerOptions: object };

const run = (args: readonly string[], cwd: string) =>
  promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 64 * 1024 * 1024 });

/**
 * CDK projects as `cdk init` makes them, in a directory of their own, with copies of folders and with examples.
 *
 * Module resolution walks up from each file, so that one compiler run checks all of them, each against its own packages.
 */
export class ExampleProjects {
  private readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'examples-')));

  /** Where the code of each example file comes from. */
  private readonly sources = new Map<string, string>();

  constructor(private readonly projects: readonly ExampleProject[]) {
    this.install(this.root, ['@types/node']);
    const settings = { ...compilerOptions, types: ['node'] };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions: settings, include: ['*/**/*.ts'] }));
    projects.forEach(project => this.create(project));
  }

  /** What the compiler says about each example, in its own words, with the line of code. Nothing where it is content. */
  public async compilerErrors(): Promise<string[]> {
    const tsc = join(ROOT, 'node_modules', 'typescript7', 'bin', 'tsc');
    const said = await run([tsc, '--project', this.root, '--pretty', 'false'], this.root).then(
      ({ stdout }) => stdout,
      (error: unknown) => String((error as { stdout?: string }).stdout ?? error),
    );
    return said.split('\n').flatMap(line => {
      const [, file = '', row = '0', words = line] = /^(\S+)\((\d+),\d+\): (?:error )?(.*)$/.exec(line) ?? [];
      const code = this.sources.has(file)
        ? readFileSync(join(this.root, file), 'utf8').split('\n')[Number(row) - 1]
        : '';
      const where = this.sources.get(file) ?? file;
      return words === '' ? [] : [[where, words, code?.trim()].filter(Boolean).join(': ')];
    });
  }

  /** Runs all examples in one process: once with feature flags and validated, and once without flags. */
  public async synthesize(flags: object): Promise<SynthesizedExample[]> {
    const isCompiledOnly = new Set(this.projects.filter(project => project.compileOnly).map(({ name }) => name));
    const examples = [...this.sources]
      .filter(([path]) => !isCompiledOnly.has(dirname(path)))
      .map(([path, example]) => ({ path: join(this.root, path), example }));
    const output = join(this.root, 'synthesized.json');
    const request = JSON.stringify({ examples, flags, output, outdir: join(this.root, 'cdk.out') });
    await run(['--v8-pool-size=1', '--import', 'tsx', join(__dirname, 'synthesize-examples.ts'), request], ROOT);
    return JSON.parse(readFileSync(output, 'utf8')) as SynthesizedExample[];
  }

  public delete(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private create({ name, folders, packages, examples }: ExampleProject): void {
    this.write(join(name, 'package.json'), JSON.stringify({ name, version: '0.1.0' }));
    this.install(join(this.root, name), packages);
    for (const folder of folders) {
      cpSync(join(ROOT, folder), join(this.root, name, folder), { recursive: true });
    }
    Object.entries(examples).forEach(([example, code], index) => {
      const path = `${name}/example-${index + 1}.ts`;
      this.write(path, moduleOf(code));
      this.sources.set(path, example);
    });
  }

  private install(project: string, packages: readonly string[]): void {
    for (const name of packages) {
      const link = join(project, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), link, 'junction');
    }
  }

  private write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }
}
