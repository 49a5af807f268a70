import { DeployedApp } from './deployed-app';
import { type Ending, Execution } from './execution';
import { changed, realLoans } from './loans';
import { denied } from './program-calls';

const CHECKED = { SkipChecks: false, RegisterNewBaselines: false };
const CHECKS = ['CheckDataQuality', 'CheckDataBias', 'CheckModelQuality', 'CheckModelBias', 'Explain'];
const DATA_STEPS = ['Prepare', 'CheckDataQuality', 'CheckDataBias'];
const MODEL_STEPS = ['TrainOrTune', 'CreateModel', 'Transform', 'Evaluate', ...CHECKS.slice(2), 'GoodEnough'];
const BEFORE_EVALUATION = [...DATA_STEPS, 'TrainOrTune', 'CreateModel', 'Transform'];
const UNTIL_GATE = [...DATA_STEPS, ...MODEL_STEPS];
const SCORING_STEPS = ['Encode', 'CreateModel', 'Score-monitoring', 'Score-transform', 'Decide'];
const HAND_OVER_STEPS = ['DescribeKnownAnswers', 'CheckAnswers', 'CheckDecisionBias', 'HandOver'];
const VIOLATIONS = expect.stringMatching(
  /^CompletedWithViolations: Job completed successfully with \d+ violations\.$/,
) as string;

let app: DeployedApp;
let first: Execution;
let second: Execution;
let ending: Ending;
let others: string[];

const execution = (id: string, parameters: object, pipeline = 'Pipeline') =>
  new Execution(app, app.pipeline(pipeline), id, { ...parameters });
const put = (name: string, lines: readonly string[]) => {
  const uri = `s3://loans/raw/${name}.asc`;
  app.containers.put(uri, `${lines.join('\r\n')}\r\n`);
  return uri;
};
const read = (uri: string) => JSON.parse(app.containers.get(uri) ?? 'null') as Readonly<Record<string, unknown>>;
const outcomesOf = (run: Execution) => CHECKS.map(step => read(`${run.outputOf(step, 'result')}/summary.json`).outcome);
const urisIn = (value: unknown) => [...JSON.stringify(value).matchAll(/"(s3:[^"]+)"/g)].map(([, uri = '']) => uri);
const older = (lines: readonly string[]) => changed(lines, ({ alter = 0 }) => ({ alter: Math.min(alter + 15, 75) }));
const expectPermitted = async ({ asked }: Execution) => {
  for (const { step, role, requests } of asked) {
    expect({ step, denied: await denied(app.deployment, role, requests) }).toEqual({ step, denied: [] });
  }
};

beforeAll(async () => {
  app = new DeployedApp();
  first = execution('first00000aa', { RawDataUri: put('first', await app.containers.generateLoans(1000, 1)) });
  ending = await first.run();
  app.containers.plots = false;
  app.registry.approve(String(first.response('Register').ModelPackageArn));
  others = await app.containers.generateLoans(1000, 2);
}, 120_000);

afterAll(() => app.containers.stop());

describe('the first execution, which checks nothing', () => {
  test('registers a version', () => {
    expect(ending).toEqual({ status: 'Succeeded', steps: [...UNTIL_GATE, 'Register'] });
    expect(outcomesOf(first)).toEqual(CHECKS.map(() => 'Skipped'));
  });

  test.each(['ModelMetrics', 'DriftCheckBaselines'])('leaves each file that %s names', name => {
    const uris = urisIn(first.response('Register')[name]);
    expect(uris.length).toBeGreaterThanOrEqual(7);
    expect(uris.filter(uri => !app.containers.has(uri))).toEqual([]);
  });

  test('makes baselines of what it computes', () => {
    const { ModelMetrics, DriftCheckBaselines } = first.response('Register');
    const computed = urisIn(ModelMetrics).map(uri => [uri.replace(/\/([^/]+)$/, '/baseline/$1'), read(uri)] as const);
    const baselines = urisIn(DriftCheckBaselines).filter(uri => uri.includes('/baseline/'));
    expect(computed).toEqual(baselines.map(uri => [uri, read(uri)]));
  });

  test('asks only for what it may read', () => expectPermitted(first));
});

const withReal = realLoans ? test : test.skip;
withReal(
  'an execution with the real loans registers a version',
  async () => {
    const run = execution('real000000bb', { RawDataUri: put('real', realLoans ?? []) });
    expect(await run.run()).toEqual({ status: 'Succeeded', steps: [...UNTIL_GATE, 'Register'] });
  },
  60_000,
);

describe('an execution with checks', () => {
  test('passes with other loans of the same kind, and keeps the baselines of the approved version', async () => {
    const run = (second = execution('second0000cc', { ...CHECKED, RawDataUri: put('others', others) }));
    expect(await run.run()).toEqual({ status: 'Succeeded', steps: [...UNTIL_GATE, 'Register'] });
    expect(outcomesOf(run)).toEqual(CHECKS.map(() => 'Completed'));
    const [kept, before] = [run, first].map(each => urisIn(each.response('Register').DriftCheckBaselines));
    expect(kept?.map(read)).toEqual(before?.map(read));
    expect(kept).not.toEqual(before);
    await expectPermitted(run);
  }, 60_000);

  test('fails with loans of older people, before a model is made of them', async () => {
    const run = execution('older00000dd', { ...CHECKED, RawDataUri: put('older', older(others)) });
    const failed = { failed: 'CheckDataQuality', reason: VIOLATIONS };
    expect(await run.run()).toEqual({ status: 'Failed', steps: ['Prepare'], ...failed });
  }, 60_000);

  test('registers no version that the outcomes of the young speak against', async () => {
    flipOutcomesOfTheYoung(second);
    const run = execution('unfair0000ee', { ...CHECKED, MinimumAuc: 0 }).reuse(second, ...BEFORE_EVALUATION);
    const reason = expect.stringMatching(
      /^The area under the ROC curve was 0\.\d+ and must be at least 0 without violations in the reports below s3:\S+\/unfair0000ee\/$/,
    ) as string;
    const steps = UNTIL_GATE.slice(BEFORE_EVALUATION.length);
    expect(await run.run()).toEqual({ status: 'Failed', steps, failed: 'TooWeak', reason });
    const [, , quality, bias] = outcomesOf(run);
    expect([quality, bias]).toEqual(['CompletedWithViolations', 'CompletedWithViolations']);
  }, 60_000);
});

/** Of the held-out loans only: those that the model has learned from stay as they are. */
function flipOutcomesOfTheYoung(run: Execution): void {
  const at = (name: string) => `${run.outputOf('Prepare', name)}/${name}.csv`;
  const { features } = read(`${run.outputOf('Prepare', 'encoder')}/encoder.json`) as { features: string[] };
  const lines = app.containers.get(at('holdout'))?.trim().split('\n') ?? [];
  const rows = lines.map(line => {
    const [label = '', ...values] = line.split(',');
    return Number(values[features.indexOf('age')]) <= 25 ? [String(1 - Number(label)), ...values] : [label, ...values];
  });
  app.containers.put(at('holdout'), rows.map(row => `${row.join(',')}\n`).join(''));
  app.containers.put(at('labels'), rows.map(([label]) => `${label ?? ''}\n`).join(''));
}

describe('batch scoring', () => {
  const scoring = (id: string, applications: readonly string[]) =>
    execution(
      id,
      {
        ModelPackageArn: first.response('Register').ModelPackageArn,
        ApplicationsUri: put(id, applications),
        KnownAnswersUri: `${first.outputOf('Evaluate', 'answers')}/answers.csv`,
      },
      'ExamplePipelinesBatchScoring',
    );
  const handedOver = (id: string) => app.containers.list(`s3://bucket83908e77/credit-risk/decisions/${id}/`);

  test('hands decisions over that passed all checks', async () => {
    const run = scoring('scored0000ff', others);
    expect(await run.run()).toEqual({ status: 'Succeeded', steps: [...SCORING_STEPS, ...HAND_OVER_STEPS] });
    const files = handedOver('scored0000ff');
    expect(files.map(uri => uri.split('/').at(-1))).toEqual(['decisions.csv', 'manifest.json']);
    expect(
      app.containers
        .get(files[0] ?? '')
        ?.trim()
        .split('\n'),
    ).toHaveLength(1 + 1000);
    await expectPermitted(run);
  }, 60_000);

  test('gives no score to applications of another kind', async () => {
    const run = scoring('strange000gg', older(others));
    const failed = { failed: 'Score-monitoring', reason: VIOLATIONS };
    expect(await run.run()).toEqual({ status: 'Failed', steps: ['Encode', 'CreateModel'], ...failed });
    expect(handedOver('strange000gg')).toEqual([]);
  }, 60_000);

  test('hands no decisions over to which the answers have changed', async () => {
    const run = scoring('refused000hh', others);
    const result = await run.run(step => {
      if (step !== 'Decide') return;
      const { S3OutputPath } = run.response('Score-transform').TransformOutput as { S3OutputPath: string };
      const scores = `${S3OutputPath}/features.csv.out`;
      const lines = app.containers.get(scores)?.trim().split('\n') ?? [];
      app.containers.put(scores, lines.map(line => line.replace(/,[^,]+$/, ',0.9\n')).join(''));
    });
    const steps = [...SCORING_STEPS, 'DescribeKnownAnswers'];
    expect(result).toEqual({ status: 'Failed', steps, failed: 'CheckAnswers', reason: VIOLATIONS });
    expect(handedOver('refused000hh')).toEqual([]);
  }, 60_000);
});
