/**
 * Runs the tests of the Python steps, and then the tests that execute what the app renders for them: `npm run test:steps`.
 *
 * PYTHON names the interpreter, SOUTH_GERMAN_CREDIT the real file of loans (without it, those tests are left out).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Analyzer, type AnalyzerOptions } from '../../constructs/analyzer';
import * as evaluation from '../../lib/credit-risk/evaluation';
import { hyperparameters, searchRanges } from '../../lib/credit-risk/hyperparameters';
import * as schema from '../../lib/credit-risk/schema';
import * as stepFiles from '../../lib/credit-risk/step-files';

/** Versions of the SageMaker containers; pandas is only the tests' second opinion, and boto3 checks requests. */
const libraries = [
  { module: 'sklearn', version: '1.2.' },
  { module: 'xgboost', version: '1.7.' },
  { module: 'matplotlib', version: '3.' },
  { module: 'pandas', version: '' },
  { module: 'boto3', version: '' },
];

const python = process.env.PYTHON ?? '/usr/bin/python3';
const realFile = process.env.SOUTH_GERMAN_CREDIT;

function fail(message: string): never {
  console.error(`test:steps: ${message}`);
  process.exit(1);
}

function checkLibraries(): void {
  const names = JSON.stringify(libraries.map(({ module }) => module));
  const script = [
    'import importlib, json',
    'def version(name):',
    '    try: return importlib.import_module(name).__version__',
    '    except ImportError: return None',
    `print(json.dumps([version(name) for name in ${names}]))`,
  ].join('\n');
  const { error, status, stdout, stderr } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  if (error || status !== 0) {
    fail(`${python} must run; set PYTHON to a Python 3 interpreter: ${error?.message ?? stderr}`);
  }
  const versions = JSON.parse(stdout) as (string | null)[];
  const problems = libraries.flatMap(({ module, version }, index) => {
    const found = versions[index] ?? undefined;
    const wanted = version ? `${module} ${version}x` : module;
    return found?.startsWith(version) ? [] : [`  ${wanted}, got: ${found ?? 'none'}`];
  });
  if (problems.length > 0) {
    fail(
      [
        `${python} must have the libraries of the SageMaker containers:`,
        ...problems,
        'On Debian 12: apt-get install python3-sklearn python3-xgboost python3-matplotlib python3-pandas python3-boto3',
        "Elsewhere: pip install 'scikit-learn==1.2.*' 'xgboost==1.7.*' 'matplotlib<3.9' 'pandas<2' 'numpy<2' boto3 for Python 3.10 or 3.11, and set PYTHON",
      ].join('\n'),
    );
  }
  console.log(libraries.map(({ module }, index) => `${module} ${versions[index] ?? ''}`).join(', '));
}

/** Every option, so that the program can be asked whether it knows each. */
const everyOption: Required<AnalyzerOptions> = {
  datasetFormat: 'csv-with-header',
  capturedData: 's3://bucket/captured',
  transformFormat: 'json-lines',
  groundTruth: 's3://bucket/labels',
  runTime: '2026-03-02T00:00:00Z',
  startOffsetMinutes: 60,
  endOffsetMinutes: 0,
  scheduleName: 'monitor',
  endpointName: 'endpoint',
  problemType: 'BinaryClassification',
  groundTruthAttribute: 'label',
  inferenceAttribute: '0',
  probabilityAttribute: '1',
  probabilityThreshold: 0.25,
  featuresAttribute: 'features',
  modelName: 'model',
  modelPackageGroupName: 'models',
  skipCheck: true,
  failOnViolation: false,
  registerNewBaseline: true,
};

const analyzer = {
  analyzerArguments: Analyzer.arguments('model-quality', everyOption),
  analyzerInputs: Analyzer.inputs,
  analyzerOutput: Analyzer.output,
  analyzerEntrypoint: Analyzer.entrypoint,
};

const realLoans = realFile ? { SOUTH_GERMAN_CREDIT: resolve(realFile) } : {};

/** The tests in TypeScript that need Python, one file after the other. */
function runExecutions(): number {
  const jest = ['--v8-pool-size=1', 'node_modules/jest/bin/jest.js', '--runInBand'];
  const only = ['--testPathIgnorePatterns', 'node_modules', '--testPathPatterns', 'test/steps/'];
  const { status } = spawnSync(process.execPath, [...jest, ...only], {
    cwd: join(__dirname, '..', '..'),
    stdio: 'inherit',
    env: { ...process.env, PYTHON: python, ...realLoans },
  });
  return status ?? 1;
}

function runTests(): number {
  const folder = mkdtempSync(join(tmpdir(), 'credit-risk-'));
  try {
    const contract = join(folder, 'contract.json');
    const facts = { ...schema, ...stepFiles, ...evaluation, ...analyzer, hyperparameters, searchRanges };
    writeFileSync(contract, JSON.stringify(facts));
    const { status } = spawnSync(python, ['-m', 'unittest', 'discover', '--start-directory', __dirname], {
      stdio: 'inherit',
      env: {
        ...process.env,
        CREDIT_RISK_CONTRACT: contract,
        // A __pycache__ folder would become part of the uploaded steps.
        PYTHONDONTWRITEBYTECODE: '1',
        // On so little data more threads only wait for each other.
        OMP_NUM_THREADS: '1',
        ...realLoans,
      },
    });
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (realFile && !existsSync(realFile)) {
  fail(`SOUTH_GERMAN_CREDIT must name a file, got: ${realFile}`);
}
checkLibraries();
const status = runTests() || runExecutions();
console.log(
  realFile
    ? `Real loans: ${realFile}`
    : 'Real loans: none (set SOUTH_GERMAN_CREDIT to the path of SouthGermanCredit.asc)',
);
process.exit(status);
