import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Json } from '../support/pipeline-calls';

/** An answer of SageMaker to requests with these members. */
export interface ServiceAnswer {
  readonly operation: string;
  readonly request: Json;
  readonly answer: Json;
}

/** A request that a program has made. */
export type ProgramRequest = readonly [operation: string, given: Json];

export interface JobResult {
  readonly code: number;

  /** What the program leaves for DescribeProcessingJob. */
  readonly exitMessage?: string;
  readonly requests: readonly ProgramRequest[];
  readonly log: string;
}

/** CreateProcessingJob, as far as it is played here. */
interface ProcessingRequest {
  readonly AppSpecification: { readonly ContainerEntrypoint: string[]; readonly ContainerArguments?: string[] };
  readonly Environment?: Readonly<Record<string, string>>;
  readonly ProcessingInputs: readonly { readonly S3Input: { readonly S3Uri: string; readonly LocalPath: string } }[];
  readonly ProcessingOutputConfig: {
    readonly Outputs: readonly { readonly S3Output: { readonly S3Uri: string; readonly LocalPath: string } }[];
  };
}

const ROOT = '/opt/ml';

/** S3 and the containers of jobs on this machine: buckets are folders, and the programs are run by the real Python. */
export class Containers {
  /** What the programs are answered by SageMaker. */
  public answers: readonly ServiceAnswer[] = [];

  /** Whether reports have plots. */
  public plots = true;

  private readonly folder = mkdtempSync(join(tmpdir(), 'containers-'));
  private readonly storage = join(this.folder, 's3');
  private readonly python: ChildProcess;
  private readonly lines: AsyncIterator<string, undefined>;
  private readonly reader: Interface;
  private readonly errors: string[] = [];
  private jobs = 0;

  constructor(private readonly region: string) {
    const python = process.env.PYTHON ?? '/usr/bin/python3';
    this.python = spawn(python, [join(__dirname, 'containers.py')], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.python.on('error', error => this.errors.push(`${python} must run: ${error.message}`));
    this.python.stderr?.on('data', data => this.errors.push(String(data)));
    if (!this.python.stdout) throw new Error('no output');
    this.reader = createInterface({ input: this.python.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  public async stop(): Promise<void> {
    const ended = new Promise(resolve => this.python.once('close', resolve));
    this.python.stdin?.end();
    if (this.python.exitCode === null && this.python.pid !== undefined) await ended;
    this.reader.close();
    rmSync(this.folder, { recursive: true });
  }

  public put(uri: string, content: string): void {
    const path = this.pathOf(uri);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  public get(uri: string): string | undefined {
    return this.has(uri) ? readFileSync(this.pathOf(uri), 'utf8') : undefined;
  }

  public has(uri: string): boolean {
    return statSync(this.pathOf(uri), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  /** URIs below a prefix that ends with a slash, in the order of their keys. */
  public list(prefix: string): string[] {
    const path = this.pathOf(prefix);
    if (!existsSync(path)) return [];
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map(name => `${prefix}${name}`)
      .filter(uri => this.has(uri))
      .sort();
  }

  /** Copies a file or a folder of this machine. */
  public upload(path: string, uri: string): void {
    cpSync(path, this.pathOf(uri), { recursive: true });
  }

  /** Runs the program of a processing job with its inputs at their places, and stores its outputs if it ends well. */
  public async process(name: string, request: object): Promise<JobResult> {
    const {
      AppSpecification,
      Environment = {},
      ProcessingInputs,
      ProcessingOutputConfig,
    } = request as ProcessingRequest;
    const job = this.newFolder(name);
    const inside = (path: string) => path.replaceAll(ROOT, join(job, ROOT));
    for (const folder of ['config', 'output', 'processing/output'])
      mkdirSync(join(job, ROOT, folder), { recursive: true });
    const ProcessingJobArn = `arn:aws:sagemaker:${this.region}:111122223333:processing-job/${name}`;
    writeFileSync(join(job, ROOT, 'config/processingjobconfig.json'), JSON.stringify({ ProcessingJobArn }));
    for (const { S3Input } of ProcessingInputs) this.download(S3Input.S3Uri, inside(S3Input.LocalPath));
    containRoot(job);
    const { ContainerEntrypoint, ContainerArguments = [] } = AppSpecification;
    const result = await this.run(job, 'program', {
      command: [...ContainerEntrypoint, ...ContainerArguments].map(inside),
      environment: Environment,
      storage: this.storage,
      plots: this.plots,
      requests: join(job, 'requests.json'),
      answers: this.answers,
    });
    if (result.code === 0) {
      for (const { S3Output } of ProcessingOutputConfig.Outputs) {
        this.upload(inside(S3Output.LocalPath), S3Output.S3Uri);
      }
    }
    return result;
  }

  /** Trains by XGBoost with channels of S3, and stores the model. */
  public async train(channels: Readonly<Record<string, string>>, hyperparameters: Json, model: string): Promise<void> {
    const job = this.newFolder('training');
    for (const [name, uri] of Object.entries(channels)) this.download(uri, join(job, 'channels', name));
    mkdirSync(dirname(this.pathOf(model)), { recursive: true });
    await this.must(job, 'training', { channels: join(job, 'channels'), hyperparameters, model: this.pathOf(model) });
  }

  /** Predicts for files of S3 as a batch transform job does. */
  public async transform(model: string, input: string, output: string, joined: boolean): Promise<void> {
    const job = this.newFolder('transform');
    const [from, to] = [this.pathOf(input), this.pathOf(output)];
    await this.must(job, 'transform', { model: this.pathOf(model), input: from, output: to, join: joined });
  }

  /** Generates loans in the form of the file of loans: the header, and a line for each. */
  public async generateLoans(count: number, seed: number): Promise<string[]> {
    const job = this.newFolder('loans');
    const path = join(job, 'loans.asc');
    await this.must(job, 'loans', { count, seed, path });
    return readFileSync(path, 'utf8').trim().split(/\r?\n/);
  }

  private async must(...job: Parameters<Containers['run']>): Promise<void> {
    const { code, log } = await this.run(...job);
    if (code !== 0) throw new Error(log);
  }

  private async run(job: string, kind: string, given: Json): Promise<JobResult> {
    const log = join(job, 'log');
    this.python.stdin?.write(`${JSON.stringify({ kind, log, ...given })}\n`);
    const next = await this.lines.next();
    if (next.done) {
      throw new Error(
        `the tests of the steps need Python with the libraries of \`npm run test:steps\`: ${this.errors.join('')}`,
      );
    }
    const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
    const made = JSON.parse(read(join(job, 'requests.json')) ?? '{"requests":[]}') as Pick<JobResult, 'requests'>;
    const { code } = JSON.parse(next.value) as { code: number };
    return {
      code,
      exitMessage: read(join(job, ROOT, 'output/message')),
      requests: made.requests,
      log: read(log) ?? '',
    };
  }

  /** All objects whose keys begin like this, named by what follows the last slash of the beginning. */
  private download(uri: string, place: string): void {
    const path = this.pathOf(uri);
    if (!existsSync(path)) throw new Error(`there is nothing at ${uri}`);
    mkdirSync(place, { recursive: true });
    cpSync(path, this.has(uri) ? join(place, basename(path)) : place, { recursive: true });
  }

  private newFolder(name: string): string {
    this.jobs += 1;
    const path = join(this.folder, `${this.jobs}-${name}`);
    mkdirSync(path);
    return path;
  }

  private pathOf(uri: string): string {
    if (!uri.startsWith('s3://')) throw new Error(`a place in S3 is needed, got: ${uri}`);
    return join(this.storage, uri.slice('s3://'.length));
  }
}

/** A job has no root of its own here: the programs are told of another place. */
function containRoot(job: string): void {
  for (const name of readdirSync(job, { recursive: true, encoding: 'utf8' }).filter(each => each.endsWith('.py'))) {
    const path = join(job, name);
    const text = readFileSync(path, 'utf8');
    if (text.includes(ROOT)) writeFileSync(path, text.replaceAll(ROOT, join(job, ROOT)));
  }
}
