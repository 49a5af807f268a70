import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hyperparameters } from '../../lib/credit-risk/hyperparameters';
import { columns, datasetHeaders, facets, favorableLabel, featureNames, label } from '../../lib/credit-risk/schema';
import type { ColumnName } from '../../lib/credit-risk/schema';

const steps = resolve(__dirname, '../../lib/credit-risk/steps');

describe('schema', () => {
  test('is that of the Python steps', () => {
    const source = readFileSync(join(steps, 'schema.py'), 'utf8');
    const pattern = /^ {4}Column\("(\w+)", "(\w+)", (\w+), ([\d_]+), ([\d_]+)\),$/gm;
    const python = [...source.matchAll(pattern)].map(([, name, origin, kind, minimum, maximum]) => ({
      name,
      source: origin,
      kind: kind?.toLowerCase(),
      minimum: Number(minimum?.replaceAll('_', '')),
      maximum: Number(maximum?.replaceAll('_', '')),
    }));
    expect(python).toEqual(columns);
    expect(source).toContain(`LABEL_NAME = "${label}"`);
  });

  test('has the names of the file and of the project, in order', () => {
    expect(columns.map(({ source }) => source).join(' ')).toBe(
      'laufkont laufzeit moral verw hoehe sparkont beszeit rate famges buerge wohnzeit verm alter weitkred wohn bishkred beruf pers telef gastarb kredit',
    );
    expect(columns.map(({ name }) => name).join(' ')).toBe(
      'status duration credit_history purpose amount savings employment_duration installment_rate personal_status_sex other_debtors present_residence property age other_installment_plans housing number_credits job people_liable telephone foreign_worker credit_risk',
    );
  });

  test('gives one feature to each column, and one to each value of a nominal column', () => {
    expect(featureNames).toHaveLength(50);
    expect(new Set(featureNames).size).toBe(50);
    expect(featureNames.slice(0, 6)).toEqual([
      'status_1',
      'status_2',
      'status_3',
      'status_4',
      'duration',
      'credit_history_0',
    ]);
    expect(featureNames.at(-1)).toBe('foreign_worker');
  });

  test('puts the label first in the data sets, and outside the features', () => {
    expect(datasetHeaders).toEqual(['credit_risk', ...featureNames]);
    expect(featureNames).not.toContain(label);
    expect(favorableLabel).toBe(1);
  });

  test('names only features as facets', () => {
    for (const { feature } of facets) {
      expect(featureNames).toContain(feature);
    }
  });

  test('knows its column names at compile time', () => {
    const known: ColumnName = 'age';
    // @ts-expect-error: not a column
    const unknown: ColumnName = 'bonus';
    expect([known, unknown]).toEqual(['age', 'bonus']);
  });
});

describe('hyperparameters', () => {
  test('make a model that answers with a probability', () => {
    expect(hyperparameters).toMatchObject({ objective: 'binary:logistic', eval_metric: 'auc' });
  });
});

describe('npm run test:steps', () => {
  const run = (python: string, realFile?: string) => {
    const env = { ...process.env, PYTHON: python, SOUTH_GERMAN_CREDIT: realFile };
    const script = resolve(__dirname, '../steps/run.ts');
    return spawnSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8', env });
  };

  test('fails without Python', () => {
    const { status, stderr } = run('/nowhere/python3');
    expect(stderr).toContain(
      'test:steps: /nowhere/python3 must run; set PYTHON to a Python 3 interpreter: spawnSync /nowhere/python3 ENOENT',
    );
    expect(status).toBe(1);
  });

  test('fails when a library is missing or of another version, and says what to install', () => {
    const folder = mkdtempSync(join(tmpdir(), 'python-'));
    const python = join(folder, 'python3');
    writeFileSync(python, `#!/bin/sh\necho '["1.3.0", null, "3.6.3", "1.5.3", null]'\n`);
    chmodSync(python, 0o755);
    const { status, stderr } = run(python);
    rmSync(folder, { recursive: true });
    expect(stderr).toBe(
      `test:steps: ${python} must have the libraries of the SageMaker containers:
  sklearn 1.2.x, got: 1.3.0
  xgboost 1.7.x, got: none
  boto3, got: none
On Debian 12: apt-get install python3-sklearn python3-xgboost python3-matplotlib python3-pandas python3-boto3
Elsewhere: pip install 'scikit-learn==1.2.*' 'xgboost==1.7.*' 'matplotlib<3.9' 'pandas<2' 'numpy<2' boto3 for Python 3.10 or 3.11, and set PYTHON
`,
    );
    expect(status).toBe(1);
  });

  test('fails when the real file is not there', () => {
    const { status, stderr } = run('/nowhere/python3', '/nowhere/SouthGermanCredit.asc');
    expect(stderr).toBe('test:steps: SOUTH_GERMAN_CREDIT must name a file, got: /nowhere/SouthGermanCredit.asc\n');
    expect(status).toBe(1);
  });
});
