import {
  ALL_BASELINES,
  baselineParameter,
  baselinePath,
  modelPackageParameter,
} from '../../constructs/approved-model/parameter-names';
import { presets } from '../../lib/settings';
import { approvedPrefix } from '../../lib/credit-risk/workload';
import { datasetHeaders, facets } from '../../lib/credit-risk/schema';
import type { Json } from '../support/pipeline-calls';
import { DRIFT_REASON, DriftLoop, wentOff } from '../support/drift-loop';
import { matchesPattern } from '../support/event-pattern';
import { PipelineAccount } from '../support/pipeline-account';
import { DeployedApp } from './deployed-app';
import { Execution } from './execution';
import { realLoans } from './loans';
import { LocalMonitor } from './local-monitor';
import { denied } from './program-calls';
import { capture, type ScoredLoan, upload } from './requests';

const PREFIX = approvedPrefix(presets.showcase);
const ENDPOINT = 'showcase-credit-risk';
const LABELS = 's3://bucket83908e77/credit-risk/labels';
const AGE = datasetHeaders.indexOf('age') - 1;

let app: DeployedApp;
let loans: ScoredLoan[];

beforeAll(async () => {
  app = new DeployedApp({ examplePipelines: false, inferenceModes: false });
  const { containers, registry } = app;
  containers.plots = false;
  const lines = realLoans ?? (await containers.generateLoans(1000, 1));
  containers.put('s3://loans/raw.asc', `${lines.join('\r\n')}\r\n`);
  const run = new Execution(app, app.pipeline('Pipeline'), 'approved00aa', { RawDataUri: 's3://loans/raw.asc' });
  expect(await run.run()).toMatchObject({ status: 'Succeeded' });
  const arn = String(run.response('Register').ModelPackageArn);
  registry.approve(arn);
  app.update({ [modelPackageParameter(PREFIX)]: arn, ...parametersOf(registry.version(arn)) });
  for (const { stack, id, resource } of app.deployment.resources('AWS::SageMaker::Model')) {
    if (!id.startsWith('Monitors')) continue;
    registry.createModel(id, modelOf(app.deployment.resolve(stack, resource.Properties) as Json));
  }
  loans = await scored(run);
}, 120_000);

afterAll(() => app.containers.stop());

/** A model of a template as CreateModel takes it. */
function modelOf({ PrimaryContainer, Containers, ExecutionRoleArn }: Json): Json {
  return { ExecutionRoleArn, ...(PrimaryContainer ? { PrimaryContainer } : { Containers }) };
}

/** SSM parameters as the workflow of approvals writes them. */
function parametersOf(version: Json): Record<string, string> {
  const valueAt = (path: string) =>
    path.split('.').reduce<unknown>((value, name) => (value as Json | undefined)?.[name], version);
  return Object.fromEntries(
    ALL_BASELINES.map(name => [baselineParameter(PREFIX, name), String(valueAt(baselinePath(name)))]),
  );
}

/** All loans with the answers of the model, half of them at random. */
async function scored(run: Execution): Promise<ScoredLoan[]> {
  const parts = ['train', 'validation', 'holdout'];
  const texts = parts.map(name => app.containers.get(`${run.outputOf('Prepare', name)}/${name}.csv`) ?? '');
  const rows = texts.flatMap(text => text.trim().split('\n')).map(line => line.split(','));
  const half = shuffled(rows).slice(0, 500);
  app.containers.put('s3://loans/requests/all.csv', half.map(([, ...features]) => `${features.join(',')}\n`).join(''));
  const model = app.registry.artifactOf(String(run.response('CreateModel').ModelName));
  await app.containers.transform(model, 's3://loans/requests', 's3://loans/answers', false);
  const answers = app.containers.get('s3://loans/answers/all.csv.out')?.trim().split('\n') ?? [];
  return half.map(([label = '', ...features], index) => {
    return { id: `loan-${index}`, label, features, answer: answers[index] ?? '' };
  });
}

/** In an order of no meaning, which is the same each time. */
function shuffled<T>(items: readonly T[]): T[] {
  let state = 7;
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  return items
    .map(item => [next(), item] as const)
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item);
}

const alarmOf = (metric: string, facet = ''): Json => {
  const alarms = app.deployment.resources('AWS::CloudWatch::Alarm');
  const found = alarms.find(
    ({ id, resource }) =>
      resource.Properties.MetricName === metric && id.includes(`Bias${facet.replaceAll('_', '')}`) === (facet !== ''),
  );
  if (!found) throw new Error(`there is no alarm on ${metric}`);
  return app.deployment.resolve(found.stack, found.resource.Properties) as Json;
};
/** Whether what a monitor has published sets an alarm off; undefined if that is nothing that the alarm looks at. */
const isAlarmed = (monitor: LocalMonitor, metric: string, facet?: string): boolean | undefined => {
  const alarm = alarmOf(metric, facet);
  const values = monitor.valuesFor(alarm);
  if (values.length === 0) return undefined;
  expect(alarm.Statistic).toBe('Maximum');
  const [value, threshold] = [Math.max(...values), alarm.Threshold as number];
  return alarm.ComparisonOperator === 'GreaterThanThreshold' ? value > threshold : value < threshold;
};
const drift = (feature: string) => `feature_baseline_drift_${feature}`;
const violationsOf = ({ output }: { readonly output?: unknown }) => {
  const { reports } = output as { reports: string };
  const text = app.containers.get(`${reports}/constraint_violations.json`) ?? '';
  return (JSON.parse(text) as { violations: Readonly<Record<string, string>>[] }).violations;
};
const after = (day: string, days: number) =>
  new Date(Date.parse(day) + days * 24 * 3600 * 1000).toISOString().slice(0, 10);

/** Requests of a day, and what came true of them within a month. */
function happen(day: string, change: (loan: ScoredLoan, index: number) => Partial<ScoredLoan> = () => ({})): void {
  const changed = loans.map((loan, index) => ({ ...loan, ...change(loan, index), id: `${day}-${index}` }));
  capture(app, ENDPOINT, day, changed);
  upload(app, LABELS, `${after(day, 20)}T12:00:00Z`, changed);
}

const MONITORS = {
  data: { path: 'MonitorsDataDataQuality', days: 1 },
  quality: { path: 'MonitorsQuality', days: 31 },
  bias: { path: 'MonitorsBias', days: 31 },
  attributions: { path: 'MonitorsAttributions', days: 1 },
} as const;
const KINDS = Object.keys(MONITORS) as (keyof typeof MONITORS)[];

/** A run of a monitor that sees the requests of a day: the next night, or a month later if it waits for what comes true. */
async function watch(kind: keyof typeof MONITORS, day: string) {
  const { path, days } = MONITORS[kind];
  const monitor = new LocalMonitor(app, path);
  const execution = await monitor.run(after(day, days));
  return { monitor, execution };
}

describe('requests like the training data', () => {
  const day = '2026-03-01';
  beforeAll(() => {
    happen(day);
  });

  test.each(KINDS)('are no drift to the monitor of %s', async kind => {
    const { monitor, execution } = await watch(kind, day);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'Completed', violations: 0 } });
    const [job] = monitor.jobs.values();
    expect(job?.exitMessage).toBe('Completed: Job completed successfully with no violations.');
    expect(await denied(app.deployment, job?.role ?? '', job?.requests ?? [])).toEqual([]);
  });

  test('reach the alarms, of which those on drift stay calm', async () => {
    const [{ monitor: data }, { monitor: quality }] = [await watch('data', day), await watch('quality', day)];
    expect(['age', 'amount', 'duration'].map(feature => isAlarmed(data, drift(feature)))).toEqual([
      false,
      false,
      false,
    ]);
    expect(isAlarmed(quality, 'auc')).toBe(false);
    const { monitor: bias } = await watch('bias', day);
    const fairness = facets.map(({ feature }) => isAlarmed(bias, 'bias_metric_DI', feature));
    expect(fairness.map(alarmed => typeof alarmed)).toEqual(facets.map(() => 'boolean'));
  });
});

test('requests of older people set off the alarm on their age alone, which starts the pipeline', async () => {
  const older = (value = '') => String(Math.min(Number(value) + 15, 75));
  happen('2026-03-03', ({ features }) => ({ features: features.with(AGE, older(features[AGE])) }));
  const { monitor, execution } = await watch('data', '2026-03-03');
  expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'CompletedWithViolations' } });
  expect(violationsOf(execution)).toEqual([
    expect.objectContaining({ feature_name: 'age', constraint_check_type: 'baseline_drift_check' }),
  ]);
  expect(['age', 'amount', 'duration'].map(feature => isAlarmed(monitor, drift(feature)))).toEqual([
    true,
    false,
    false,
  ]);

  // What CloudWatch then tells, EventBridge hands over, and the workflow sends to SageMaker.
  const loop = new DriftLoop(app.deployment);
  const event = wentOff(loop.arnOf(drift('age')));
  expect(event.detail.alarmName).toBe(alarmOf(drift('age')).AlarmName);
  expect(loop.rules.map(({ pattern }) => matchesPattern(pattern, event))).toEqual([true]);
  const account = new PipelineAccount(ENDPOINT);
  expect(await account.run(loop.definition, event)).toMatchObject({ output: { outcome: 'started' } });
  expect(account.executions.map(({ parameters }) => parameters)).toEqual([
    [{ Name: 'Reason', Value: `alarm ${event.detail.alarmName ?? ''}: ${DRIFT_REASON}` }],
  ]);
  const declared = (app.pipeline('Pipeline').Parameters ?? []).map(({ Name }) => Name);
  expect(declared).toContain('Reason');
});

test('outcomes that speak against the young are a violation of fairness to them', async () => {
  const flipped = (label: string) => String(1 - Number(label));
  happen('2026-03-05', ({ features, label }) => (Number(features[AGE]) <= 25 ? { label: flipped(label) } : {}));
  const { execution } = await watch('bias', '2026-03-05');
  expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'CompletedWithViolations' } });
  const found = violationsOf(execution);
  expect(found.map(({ constraint_check_type: type }) => type)).toContain('bias_drift_check');
  expect(found.filter(({ facet }) => facet === 'age').length).toBeGreaterThan(0);
});

test('answers that refuse the young set off the alarm on their chances', async () => {
  happen('2026-03-09', ({ features }) => ({ answer: Number(features[AGE]) <= 25 ? '0.1' : '0.9' }));
  const { monitor } = await watch('bias', '2026-03-09');
  const alarmed = facets.filter(({ feature }) => isAlarmed(monitor, 'bias_metric_DI', feature));
  expect(alarmed.map(({ feature }) => feature)).toContain('age');
});

test('outcomes that have nothing to do with the predictions set off the alarm on their quality', async () => {
  const labels = shuffled(loans.map(({ label }) => label));
  happen('2026-03-07', (_, index) => ({ label: labels[index] ?? '' }));
  const { monitor, execution } = await watch('quality', '2026-03-07');
  expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'CompletedWithViolations' } });
  expect(violationsOf(execution).map(({ metric_name: name }) => name)).toContain('auc');
  expect(isAlarmed(monitor, 'auc')).toBe(true);
});

test.each(KINDS)('a day without requests has nothing for %s', async kind => {
  const { monitor, execution } = await watch(kind, '2026-03-20');
  expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'NoData', violations: 0 } });
  expect(monitor.published).toEqual([]);
});
