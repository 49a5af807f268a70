/**
 * How long synthesis takes, beside an app of one resource that runs in the same way.
 *
 * Prints medians and ratios of whole processes, all measured in turn in one run, because machines differ and drift.
 * Use: npm run bench [-- rounds], or npm run bench -- analyzer [rows] for the checks of the analyzer
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Command {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;

  /**
   * How much the app holds.
   *
   * @default - the number of resources in its templates
   */
  readonly size?: number;
}

interface Sample {
  readonly wall: number;
  readonly cpu: number;
  readonly size: number;
}

if (process.argv[2] === 'analyzer') {
  const python = process.env.PYTHON ?? '/usr/bin/python3';
  const script = join(__dirname, 'analyzer.py');
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  process.exit(spawnSync(python, [script, ...process.argv.slice(3)], { stdio: 'inherit', env }).status ?? 1);
}

const root = join(__dirname, '..', '..');
const config = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { app: string; context: object };
const runner = config.app.split(' ').slice(1, -1);
const presets = ['sandbox', 'production', 'showcase'];
const rounds = Number(process.argv[2] ?? 5);
const work = mkdtempSync(join(tmpdir(), 'bench-'));

/** The app as `cdk synth` runs it. */
function throughCli(name: string, app: string, environment: string): Command {
  const cdk = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const command = `node ${[...runner, app].join(' ')}`;
  return { name, args: [cdk, 'synth', '--quiet', '--app', command, '-c', `environment=${environment}`], env: {} };
}

/** The app alone, without the command line and without validation of the templates. */
function alone(name: string, app: string, context: object = {}, env: Record<string, string> = {}): Command {
  const json = JSON.stringify({ ...config.context, ...context });
  return { name, args: [...runner, app], env: { CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: json, ...env } };
}

function run(command: Command): Sample {
  const folder = mkdtempSync(join(work, 'run-'));
  const usage = join(folder, 'usage');
  const output = join(folder, 'out');
  writeFileSync(usage, '');
  const cli = command.args.includes('synth');
  const start = process.hrtime.bigint();
  const result = spawnSync(process.execPath, cli ? [...command.args, '--output', output] : command.args, {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...command.env,
      ...(!cli && { CDK_OUTDIR: output }),
      NODE_OPTIONS: `--require ${join(__dirname, 'usage.cjs')}`,
      BENCH_USAGE: usage,
    },
  });
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  if (result.status !== 0) {
    throw new Error(`${command.name} failed:\n${result.stdout}${result.stderr}`);
  }
  const cpu = readFileSync(usage, 'utf8').trim().split('\n').map(Number);
  const sample = { wall, cpu: cpu.reduce((sum, part) => sum + part, 0), size: command.size ?? countResources(output) };
  rmSync(folder, { recursive: true });
  return sample;
}

function countResources(output: string): number {
  const templates = readdirSync(output).filter(file => file.endsWith('.template.json'));
  return templates.reduce((sum, file) => {
    const { Resources = {} } = JSON.parse(readFileSync(join(output, file), 'utf8')) as { Resources?: object };
    return sum + Object.keys(Resources).length;
  }, 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs the commands in turn, so that a slow minute of the machine hits all of them, and compares each with the first. */
function table(
  title: string,
  commands: readonly Command[],
  bars: Readonly<Record<string, number>> = {},
  further: 'than the first row' | 'than the row above' = 'than the first row',
  unit: 'resource' | 'step' = 'resource',
): void {
  const samples = new Map(commands.map(command => [command, [] as Sample[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const command of commands) {
      const sample = run(command);
      // The first round fills caches.
      if (round > 0) samples.get(command)?.push(sample);
    }
  }
  const [first] = commands;
  const base = (first && samples.get(first)) ?? [];
  console.log(`\n${title}`);
  print('app', `${unit}s`, 'wall ms', 'CPU ms', 'wall x', 'CPU x', `CPU ms per further ${unit} ${further}`);
  let above = base;
  for (const [{ name }, own] of samples) {
    const medianOf = (rows: readonly Sample[], pick: (sample: Sample) => number) => median(rows.map(pick));
    const ratio = (pick: (sample: Sample) => number) =>
      median(own.map((sample, round) => pick(sample) / pick(base[round] ?? sample))).toFixed(2);
    const other = further === 'than the first row' ? base : above;
    const size = own[0]?.size ?? 0;
    const more = size - (other[0]?.size ?? 0);
    const cpu = medianOf(own, sample => sample.cpu) - medianOf(other, sample => sample.cpu);
    above = own;
    print(
      name,
      String(size),
      medianOf(own, sample => sample.wall).toFixed(0),
      medianOf(own, sample => sample.cpu).toFixed(0),
      ratio(sample => sample.wall),
      ratio(sample => sample.cpu),
      more > 0 ? (cpu / more).toFixed(2) : '-',
      bars[name] === undefined ? '' : `(to reach: wall x ${bars[name]})`,
    );
  }
}

function print(name: string, ...cells: readonly string[]): void {
  console.log(name.padEnd(12), ...cells.map(cell => cell.padStart(9)));
}

const empty = 'test/bench/empty.ts';
table(
  'cdk synth, validated',
  [throughCli('empty', empty, 'sandbox'), ...presets.map(preset => throughCli(preset, 'bin/app.ts', preset))],
  { sandbox: 1.6, showcase: 2.2 },
);
table(
  'the app alone, not validated',
  [alone('empty', empty), ...presets.map(preset => alone(preset, 'bin/app.ts', { environment: preset }))],
  { sandbox: 4, production: 4, showcase: 4 },
);
table(
  'growth: the sandbox several times in one app, not validated (to reach: 3 ms CPU per further resource, not rising)',
  [
    alone('empty', empty),
    ...[1, 5, 20].map(count => alone(`${count} x`, 'test/bench/workloads.ts', {}, { WORKLOADS: String(count) })),
  ],
  {},
  'than the row above',
);
table(
  'one pipeline of several steps, not validated (to reach: CPU per further step not rising)',
  [
    { ...alone('empty', empty), size: 0 },
    ...[50, 100, 200, 400].map(steps => ({
      ...alone(`${steps} steps`, 'test/bench/pipeline.ts', {}, { STEPS: String(steps) }),
      size: steps,
    })),
  ],
  { '200 steps': 4 },
  'than the row above',
  'step',
);
rmSync(work, { recursive: true });
