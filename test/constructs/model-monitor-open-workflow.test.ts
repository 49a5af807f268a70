import aslValidator from 'asl-validator';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import type { ModelMonitor } from '../../constructs/model-monitor';
import { SETTLE_SECONDS } from '../../constructs/model-monitor/open/open-run';
import { COMPLETED, type Datum, MonitoringAccount, OPEN, OPEN_KINDS } from '../support/open-monitor';
import { workflowOf } from '../support/start-workflow';
import { type Execution, TaskError } from '../support/state-machine';

const newStack = () => new Stack(new App(), 'Monitoring', { env: { account: '111122223333', region: 'eu-west-1' } });
const definitionWith = (overrides: object = {}, kind: keyof typeof OPEN = 'data-quality') =>
  workflowOf(OPEN[kind](newStack(), overrides).openSchedule?.stateMachine);

const daily = definitionWith();
const hourly = definitionWith({ schedule: { every: 'hour' } });
const AT_SIX = { scheduledTime: '2026-01-01T06:00:00Z' };
const JOB = /^monitoring-loans-[a-f0-9]{8}-202601010600$/;
const dimensions = [
  { Name: 'Endpoint', Value: 'loans' },
  { Name: 'MonitoringSchedule', Value: OPEN['data-quality'](newStack()).scheduleName },
];
const datum = (feature: string, Value = 0.2): Datum => ({
  MetricName: `feature_baseline_drift_${feature}`,
  Dimensions: dimensions,
  Value,
  Timestamp: '2026-01-01T06:00:00Z',
});
const values: Datum = {
  MetricName: 'feature_data_age',
  Dimensions: dimensions,
  StatisticValues: { SampleCount: 90, Sum: 3200.5, Minimum: 19, Maximum: 75 },
  Timestamp: '2026-01-01T06:00:00Z',
};
const callsOf = ({ calls }: Execution, action: string) => calls.filter(call => call.action === action);
const argumentsOf = (account: MonitoringAccount) => {
  const [job] = Object.values(account.jobs);
  return (job?.request.AppSpecification as { ContainerArguments: string[] }).ContainerArguments;
};
const optionOf = (account: MonitoringAccount, name: string) => {
  const given = argumentsOf(account);
  return given.includes(name) ? given[given.indexOf(name) + 1] : undefined;
};

describe('the definition', () => {
  test.each(OPEN_KINDS)('of %s is Amazon States Language', kind => {
    const { isValid, errorsText } = aslValidator(structuredClone(definitionWith({}, kind)));
    expect({ isValid, errors: errorsText('\n') }).toEqual({ isValid: true, errors: '' });
  });

  test('has a time limit above the sum of its own', () => {
    const seconds = ({ TimeoutSeconds }: { TimeoutSeconds?: number }) => TimeoutSeconds;
    expect(seconds(daily)).toBe(600 + 6 * 3600 + 3600 + 4 * 3600);
    expect(seconds(hourly)).toBe(600 + 1800 + 3600 + 4 * 3600);
    expect(seconds(definitionWith({ maxRuntime: Duration.hours(3) }))).toBe(600 + 6 * 3600 + 3 * 3600 + 4 * 3600);
  });
});

describe('a run', () => {
  test('without violations says so, and publishes the metrics', async () => {
    const account = new MonitoringAccount();
    account.parts = [[datum('age'), values]];
    const execution = await account.run(daily, AT_SIX);
    const [job = ''] = Object.keys(account.jobs);
    expect(job).toMatch(JOB);
    const reports = expect.stringMatching(
      /^s3:\/\/loans\/reports\/loans\/Monitoring-Loans-[A-F0-9]{8}\/2026\/01\/01\/06$/,
    ) as string;
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'Completed', violations: 0, job, reports },
    });
    expect(account.published).toEqual([
      { namespace: 'aws/sagemaker/Endpoints/data-metrics', data: [datum('age'), values] },
    ]);
  });

  test('with violations is a success too', async () => {
    const account = new MonitoringAccount();
    account.summary = { violation_count: 3, item_count: 90, outcome: 'CompletedWithViolations' };
    expect(await account.run(daily, AT_SIX)).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'CompletedWithViolations', violations: 3 },
    });
  });

  test('without data publishes nothing', async () => {
    const account = new MonitoringAccount();
    account.summary = { violation_count: 0, item_count: 0, outcome: 'NoData' };
    expect(await account.run(daily, AT_SIX)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'NoData' } });
    expect(account.published).toEqual([]);
  });

  test('publishes all parts of the metrics, each in one call', async () => {
    const account = new MonitoringAccount();
    account.parts = [Array.from({ length: 500 }, (_, index) => datum(`f${index}`)), [datum('last')]];
    expect(await account.run(daily, AT_SIX)).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.published.map(({ data }) => data.length)).toEqual([500, 1]);
  });

  test('looks for no metrics where they are disabled', async () => {
    const account = new MonitoringAccount();
    const execution = await account.run(definitionWith({ metrics: 'Disabled' }), AT_SIX);
    expect(execution.path.slice(-2)).toEqual(['ReadSummary', 'Done']);
    expect(optionOf(account, '--schedule-name')).toBeUndefined();
  });

  test('waits until requests of the last minutes are there, and for the job, less and less often', async () => {
    const account = new MonitoringAccount();
    account.answers = [...Array.from({ length: 4 }, () => ({ ProcessingJobStatus: 'InProgress' })), COMPLETED];
    const execution = await account.run(daily, AT_SIX);
    expect(callsOf(execution, 'sagemaker:createProcessingJob').map(({ seconds }) => seconds)).toEqual([
      SETTLE_SECONDS + 6,
    ]);
    const looks = callsOf(execution, 'sagemaker:describeProcessingJob').slice(3);
    expect(looks.map(({ seconds }) => seconds - SETTLE_SECONDS - 6)).toEqual([30, 90, 210, 330, 450]);
  });

  test('looks at what came since the run before', async () => {
    for (const [schedule, hour, minutes] of [
      [{ every: 'hour' }, '06', '60'],
      [{ every: 'day', atHour: 6 }, '06', '1440'],
      [{ everyHours: 6 }, '06', '360'],
      [{ everyHours: 12, fromHour: 17 }, '05', '720'],
      [{ everyHours: 7, fromHour: 3 }, '10', '420'],
      [{ everyHours: 7, fromHour: 3 }, '03', '180'],
    ] as const) {
      const account = new MonitoringAccount();
      await account.run(definitionWith({ schedule }), { scheduledTime: `2026-01-01T${hour}:00:00Z` });
      expect([optionOf(account, '--start-offset-minutes'), optionOf(account, '--end-offset-minutes')]).toEqual([
        minutes,
        '0',
      ]);
      expect(optionOf(account, '--run-time')).toBe(`2026-01-01T${hour}:00:00Z`);
    }
  });

  test('looks at the window of labels that come late', async () => {
    const analysisWindow = { startOffset: Duration.days(8), endOffset: Duration.days(7) };
    const account = new MonitoringAccount();
    await account.run(definitionWith({ analysisWindow }, 'bias'), AT_SIX);
    expect([optionOf(account, '--start-offset-minutes'), optionOf(account, '--end-offset-minutes')]).toEqual([
      '11520',
      '10080',
    ]);
  });
});

describe('a run by hand', () => {
  test('starts at once, now, with a job and a folder of its own', async () => {
    const account = new MonitoringAccount();
    const execution = await account.run(hourly, {}, 'e1', 6 * 3600 + 90);
    expect(callsOf(execution, 'sagemaker:createProcessingJob')).toMatchObject([{ seconds: 0 }]);
    expect(Object.keys(account.jobs)[0]).toMatch(/-[a-f0-9]{16}$/);
    expect(optionOf(account, '--run-time')).toBe('2026-01-01T06:01:30.123Z');
    expect(optionOf(account, '--start-offset-minutes')).toBe('60');
    expect(execution.output).toMatchObject({
      reports: expect.stringMatching(/2026\/01\/01\/06\/[a-f0-9]{16}$/) as string,
    });
  });

  test('repeats the run of another time, as often as wanted', async () => {
    const account = new MonitoringAccount();
    const again = { time: '2025-12-24T18:00:00Z' };
    for (const id of ['e1', 'e2']) {
      expect(await account.run(daily, again, id)).toMatchObject({ status: 'SUCCEEDED' });
    }
    expect(Object.keys(account.jobs)).toHaveLength(2);
    expect(optionOf(account, '--run-time')).toBe('2025-12-24T18:00:00Z');
    expect(optionOf(account, '--start-offset-minutes')).toBe('1440');
  });

  test.each([{ time: 'yesterday' }, { time: '2026-01-01T06:00:00+02:00' }, { scheduledTime: 7 }])(
    'at %j is refused',
    async input => {
      const account = new MonitoringAccount();
      expect(await account.run(daily, input)).toMatchObject({
        status: 'FAILED',
        error: 'MonitorFailed',
        cause: `the time must be in UTC such as 2026-01-01T06:00:00Z, got: ${JSON.stringify(input)}`,
      });
      expect(account.jobs).toEqual({});
    },
  );
});

describe('a start', () => {
  test('that comes twice has one job, and the same metrics', async () => {
    const account = new MonitoringAccount();
    account.parts = [[datum('age')]];
    const outputs = [await account.run(daily, AT_SIX, 'e1'), await account.run(daily, AT_SIX, 'e2')];
    expect(outputs[1]?.path).toContain('FindJob');
    expect(outputs.map(({ output }) => output)).toEqual([outputs[0]?.output, outputs[0]?.output]);
    expect(Object.keys(account.jobs)).toHaveLength(1);
    expect(account.published[0]).toEqual(account.published[1]);
  });

  test.each(['InProgress', 'Stopping'])('is left out while the run before is %s', async ProcessingJobStatus => {
    const account = new MonitoringAccount();
    await account.run(hourly, { scheduledTime: '2026-01-01T05:00:00Z' });
    const before = Object.keys(account.jobs)[0] ?? '';
    account.jobs[before]?.answers.splice(0, 1, { ProcessingJobStatus });
    expect(await account.run(hourly, AT_SIX)).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'LeftOut', reason: 'the run before is not over', job: before },
    });
    expect(Object.keys(account.jobs)).toEqual([before]);
  });

  test.each(['Completed', 'Failed', 'Stopped'])('follows a run that is %s', async ProcessingJobStatus => {
    const account = new MonitoringAccount();
    account.jobs[Object.keys((await after('05')).jobs)[0] ?? ''] = { request: {}, answers: [{ ProcessingJobStatus }] };
    expect(await account.run(hourly, AT_SIX)).toMatchObject({ output: { outcome: 'Completed' } });
    expect(Object.keys(account.jobs)).toHaveLength(2);
  });

  const after = async (hour: string) => {
    const account = new MonitoringAccount();
    await account.run(hourly, { scheduledTime: `2026-01-01T${hour}:00:00Z` });
    return account;
  };
});

describe('what goes wrong', () => {
  const refuse = (
    account: MonitoringAccount,
    times: number,
    error: string,
    cause: string,
    what = 'createProcessingJob',
  ) => {
    let left = times;
    account.beforeCall = ({ action }) => {
      if (action.endsWith(what) && left-- > 0) throw new TaskError(error, cause);
    };
  };

  test.each([
    ['Rate exceeded (Service: SageMaker, Status Code: 400)', 3],
    ['Rate exceeded (Service: SageMaker, Status Code: 400)', 9],
    ['connection reset (Service: SageMaker, Status Code: 503)', 8],
  ])('%s, %d times, passes', async (cause, times) => {
    const account = new MonitoringAccount();
    refuse(account, times, 'SageMaker.SageMakerException', cause);
    expect(await account.run(daily, AT_SIX)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a quota is waited for, until it is free', async () => {
    const account = new MonitoringAccount();
    refuse(account, 20, 'SageMaker.ResourceLimitExceededException', 'the account-level limit is 0 instances');
    const execution = await account.run(daily, AT_SIX);
    expect(execution.path.filter(name => name === 'Queue')).toHaveLength(3);
    expect(execution.status).toBe('SUCCEEDED');
  });

  test('a quota that stays is reported before the next run', async () => {
    const account = new MonitoringAccount();
    refuse(account, Infinity, 'SageMaker.ResourceLimitExceededException', 'the account-level limit is 0 instances');
    const execution = await account.run(hourly, AT_SIX);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'MonitorFailed',
      cause: 'SageMaker.ResourceLimitExceededException: the account-level limit is 0 instances',
    });
    expect(execution.seconds).toBeLessThan(3600);
  });

  test('a permission that is missing is reported, and not waited for', async () => {
    const account = new MonitoringAccount();
    refuse(account, Infinity, 'SageMaker.SageMakerException', 'not authorized to perform: iam:PassRole');
    const execution = await account.run(daily, AT_SIX);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'MonitorFailed',
      cause: 'SageMaker.SageMakerException: not authorized to perform: iam:PassRole',
    });
    expect(execution.path).not.toContain('Queue');
  });

  test.each([
    [
      { ProcessingJobStatus: 'Failed', FailureReason: 'AlgorithmError', ExitMessage: 'no column age' },
      'AlgorithmError',
    ],
    [{ ProcessingJobStatus: 'Failed', ExitMessage: 'no column age' }, 'no column age'],
    [{ ProcessingJobStatus: 'Stopped' }, 'somebody stopped the job'],
    [{ ProcessingJobStatus: 'Failed' }, 'no reason given'],
  ])('a job that ends as %j fails the run', async (answer, cause) => {
    const account = new MonitoringAccount();
    account.answers = [{ ProcessingJobStatus: 'InProgress' }, answer];
    expect(await account.run(daily, AT_SIX)).toMatchObject({ status: 'FAILED', error: 'JobFailed', cause });
    expect(account.published).toEqual([]);
  });

  test('a job that does not end is stopped', async () => {
    const account = new MonitoringAccount();
    account.answers = [{ ProcessingJobStatus: 'InProgress' }];
    const execution = await account.run(daily, AT_SIX);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'JobFailed',
      cause: 'the job took too long and was stopped',
    });
    expect(callsOf(execution, 'sagemaker:stopProcessingJob')).toHaveLength(1);
    const waited = execution.seconds - SETTLE_SECONDS;
    expect([waited > 2 * 3600, waited < 2 * 3600 + 300]).toEqual([true, true]);
  });

  test('a summary that is missing is reported at once', async () => {
    const account = new MonitoringAccount();
    account.summary = undefined;
    const execution = await account.run(daily, AT_SIX);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'MonitorFailed',
      cause: expect.stringMatching(/^S3.NoSuchKeyException: .*summary.json$/) as string,
    });
    expect(callsOf(execution, 's3:getObject')).toHaveLength(1);
  });

  test.each([
    ['describeProcessingJob', 'LookAtJob'],
    ['stopProcessingJob', 'StopJob'],
    ['getObject', 'ReadSummary'],
    ['listObjectsV2', 'ListMetrics'],
    ['putMetricData', 'PutMetrics'],
  ])('%s that stays refused is reported, and one that passes is not', async (what, state) => {
    const refused = new MonitoringAccount();
    refused.parts = [[datum('age')]];
    if (what === 'stopProcessingJob') refused.answers = [{ ProcessingJobStatus: 'InProgress' }];
    refuse(refused, Infinity, 'Service.Exception', 'not authorized', what);
    const failure = await refused.run(daily, AT_SIX);
    expect(failure).toMatchObject({
      status: 'FAILED',
      error: 'MonitorFailed',
      cause: 'Service.Exception: not authorized',
    });
    expect(failure.path).toContain(state);

    const passing = new MonitoringAccount();
    passing.parts = [[datum('age')]];
    refuse(passing, 3, 'Service.Exception', 'slow down', what);
    expect(await passing.run(daily, AT_SIX)).toMatchObject({ status: 'SUCCEEDED' });
    expect(passing.published).toHaveLength(1);
  });
});

describe('the metrics that alarms watch', () => {
  const group = { label: 'good', labelValue: '1', facet: 'age', facetValue: '25' };
  const biasDimensions = { BiasStage: 'Post-Training', Facet: 'age', FacetValue: '25', Label: 'good', LabelValue: '1' };
  const shapDimensions = { ExplainabilityMethod: 'KernelShap', Label: 'label0', ValueType: 'GlobalShapValues' };

  type Watched = readonly [ModelMonitor, cloudwatch.Metric];
  const KINDS: readonly [string, string, object, (stack: Stack, overrides: object) => Watched][] = [
    [
      'data-metrics',
      'feature_data_age',
      {},
      (...given) => {
        const monitor = OPEN['data-quality'](...given);
        return [monitor, monitor.metricForFeature('age', 'data')];
      },
    ],
    [
      'model-metrics',
      'auc',
      {},
      (...given) => {
        const monitor = OPEN['model-quality'](...given);
        return [monitor, monitor.metricForQuality('auc')];
      },
    ],
    [
      'bias-metrics',
      'bias_metric_DI',
      biasDimensions,
      (...given) => {
        const monitor = OPEN.bias(...given);
        return [monitor, monitor.metricForBias('DI', group)];
      },
    ],
    [
      'explainability-metrics',
      'feature_age',
      shapDimensions,
      (...given) => {
        const monitor = OPEN.attribution(...given);
        return [monitor, monitor.metricForFeature('age')];
      },
    ],
  ];

  test.each(KINDS)('as %s are those that a run publishes, with the names that the job is given', async (...kind) => {
    const [metricKind, metricName, more, create] = kind;
    for (const [overrides, family] of [
      [{}, 'Endpoints'],
      [{ endpointName: undefined, transformFormat: 'csv' }, 'ModelMonitoring'],
    ] as const) {
      const [monitor, metric] = create(newStack(), overrides);
      const account = new MonitoringAccount();
      account.parts = [[datum('any')]];
      await account.run(workflowOf(monitor.openSchedule?.stateMachine), AT_SIX);
      const Endpoint = optionOf(account, '--endpoint-name');
      const MonitoringSchedule = optionOf(account, '--schedule-name');
      expect(account.published[0]?.namespace).toBe(`aws/sagemaker/${family}/${metricKind}`);
      expect(metric).toMatchObject({ namespace: account.published[0]?.namespace, metricName });
      expect(metric.dimensions).toEqual({ ...(Endpoint !== undefined && { Endpoint }), MonitoringSchedule, ...more });
    }
  });
});
