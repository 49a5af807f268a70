import aslValidator from 'asl-validator';
import fc from 'fast-check';
import { Duration } from 'aws-cdk-lib/core';
import * as events from 'aws-cdk-lib/aws-events';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { FailStep, Parameter, Pipeline, type StartOptions, UploadedObject } from '../../constructs/pipeline';
import alarmEvents from '../fixtures/events/cloudwatch-alarm-state-change.json';
import uploadEvents from '../fixtures/events/s3-object-created.json';
import { PipelineAccount, randomLatency } from '../support/pipeline-account';
import { workflowOf } from '../support/start-workflow';
import { TaskError } from '../support/state-machine';
import { newStack } from '../support/steps';

const pipelineIn = (stack = newStack(), parameters: readonly Parameter[] = []) =>
  new Pipeline(stack, 'Pipeline', {
    pipelineName: 'loans',
    parameters,
    steps: [new FailStep('Fail', { errorMessage: 'no' })],
  });

const eventPattern = { source: ['loans'] };
const workflowWith = (options: StartOptions = {}, parameters: readonly Parameter[] = []) =>
  workflowOf(pipelineIn(undefined, parameters).startOn('Event', { eventPattern, ...options }).stateMachine);

const HOUR = 3600;
const DAY = 24 * HOUR;
const once = workflowWith();
const daily = workflowWith({ cooldown: Duration.days(1) });
const threeAtOnce = workflowWith({ maxConcurrentExecutions: 3 });

describe('definition', () => {
  test.each(Object.entries({ once, daily, threeAtOnce }))('%s is Amazon States Language', (_, definition) => {
    const { isValid, errorsText } = aslValidator(structuredClone(definition));
    expect({ isValid, errors: errorsText('\n') }).toEqual({ isValid: true, errors: '' });
  });
});

describe('a start', () => {
  test('of a pipeline that never ran is made', async () => {
    const account = new PipelineAccount();
    const { status, output, calls } = await account.run(once);
    expect({ status, output }).toEqual({
      status: 'SUCCEEDED',
      output: { outcome: 'started', execution: account.executions[0]?.arn },
    });
    expect(calls.map(({ action }) => action)).toEqual([
      'sagemaker:listPipelineExecutions',
      'sagemaker:describePipeline',
      'sagemaker:startPipelineExecution',
    ]);
    expect(calls[0]?.arguments).toEqual({
      PipelineName: 'loans',
      SortBy: 'CreationTime',
      SortOrder: 'Descending',
      MaxResults: 20,
    });
  });

  test('is made again after the pipeline was deleted and made again, although no execution is known either time', async () => {
    const account = new PipelineAccount();
    await account.run(once);
    account.executions.length = 0;
    account.createdAt = '2026-01-02T08:00:00.000Z';
    expect(await account.run(once, {}, DAY)).toMatchObject({ output: { outcome: 'started' } });
    expect(account.executions).toHaveLength(1);
  });

  test.each(['Succeeded', 'Failed', 'Stopped'] as const)('is made after one that %s', async status => {
    const account = new PipelineAccount();
    account.add(-HOUR, { status });
    expect(await account.run(once)).toMatchObject({ output: { outcome: 'started' } });
    expect(account.executions).toHaveLength(2);
  });

  test.each(['Executing', 'Stopping'] as const)(
    'is skipped while one is %s, also if a later one is over',
    async status => {
      const account = new PipelineAccount();
      const { arn } = account.add(-2 * HOUR, { status });
      expect(await account.run(once)).toMatchObject({
        status: 'SUCCEEDED',
        output: { outcome: 'skipped', reason: 'executions are running: 1 or more', execution: arn },
      });
      account.add(-HOUR, { status: 'Failed' });
      expect(await account.run(once)).toMatchObject({ output: { outcome: 'skipped' } });
      expect(account.executions).toHaveLength(2);
    },
  );

  test('is made while fewer than the most are running', async () => {
    const account = new PipelineAccount();
    account.add(-60);
    account.add(-30);
    expect(await account.run(threeAtOnce)).toMatchObject({ output: { outcome: 'started' } });
    expect(await account.run(threeAtOnce)).toMatchObject({ output: { outcome: 'skipped' } });
    expect(account.executions).toHaveLength(3);
  });

  test.each([
    ['skipped', DAY - 1],
    ['started', DAY],
    ['started', 7 * DAY],
  ])('is %s %i seconds after the last one, when a day must be between them', async (outcome, after) => {
    const account = new PipelineAccount();
    account.add(0, { status: 'Failed' });
    const execution = await account.run(daily, {}, after);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { outcome } });
    if (outcome === 'skipped') {
      expect(execution).toMatchObject({
        output: { reason: 'the last start was less than 86400 seconds ago', execution: account.executions[0]?.arn },
      });
    }
  });

  test('needs no limit of executions to keep a cooldown', async () => {
    const schedule = scheduler.ScheduleExpression.rate(Duration.hours(1));
    const definition = workflowOf(
      pipelineIn().schedule('Hourly', {
        schedule,
        maxConcurrentExecutions: 'unlimited',
        cooldown: Duration.minutes(90),
      }).stateMachine,
    );
    const account = new PipelineAccount();
    account.add(0, { status: 'Executing' });
    expect(await account.run(definition, {}, HOUR)).toMatchObject({ output: { outcome: 'skipped' } });
    expect(await account.run(definition, {}, 2 * HOUR)).toMatchObject({ output: { outcome: 'started' } });
  });
});

describe('two starts at once', () => {
  /** Lets no workflow start anything before all have looked. */
  const race = async (account: PipelineAccount, definitions: readonly object[]) => {
    let looked = 0;
    account.beforeCall = async ({ state }) => {
      looked += state === 'Look' ? 1 : 0;
      while (state === 'Start' && looked < definitions.length) await new Promise(resolve => setImmediate(resolve));
    };
    return Promise.all(definitions.map(definition => account.run(definition)));
  };

  test.each([0, 1])('make one execution, where there were %i before', async before => {
    const account = new PipelineAccount();
    if (before === 1) account.add(-DAY);
    const executions = await race(account, [once, once]);
    expect(account.executions).toHaveLength(before + 1);
    expect(executions.map(({ output }) => output)).toEqual(
      Array(2).fill({ outcome: 'started', execution: account.executions.at(-1)?.arn }),
    );
  });

  test.each(['answered', 'refused'] as const)(
    'with different values make one execution, if a token with another request is %s',
    async otherRequest => {
      const account = new PipelineAccount();
      account.otherRequest = otherRequest;
      const raw = Parameter.string('RawDataUri');
      const workflow = (uri: string) => workflowWith({ parameters: { RawDataUri: uri } }, [raw]);
      const executions = await race(account, [workflow('s3://a/1.csv'), workflow('s3://a/2.csv')]);
      expect(account.executions).toHaveLength(1);
      expect(executions.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
      expect(executions[1]?.output).toEqual(
        otherRequest === 'answered'
          ? { outcome: 'started', execution: account.executions[0]?.arn }
          : {
              outcome: 'skipped',
              reason: 'somebody else started the pipeline at the same time',
              execution: account.executions[0]?.arn,
            },
      );
    },
  );

  test('make one execution, when the list does not show the first one yet', async () => {
    const account = new PipelineAccount();
    account.add(-DAY);
    await account.run(once);
    account.listIsBehind = 1;
    await account.run(once);
    expect(account.executions).toHaveLength(2);
  });
});

describe('a storm', () => {
  test.each([
    [1000, 'answered', 0],
    [200, 'refused', 0],
    [200, 'answered', 5],
  ] as const)(
    'of %i events starts one execution (another request is %s, %i before)',
    async (count, other, before) => {
      const account = new PipelineAccount();
      account.otherRequest = other;
      for (let days = before; days > 0; days -= 1) account.add(-days * DAY);
      const definition = workflowWith({ parameters: { RawDataUri: UploadedObject.uri } }, [
        Parameter.string('RawDataUri'),
      ]);
      const wait = randomLatency(before + 1);
      account.beforeCall = wait;
      const events = Array.from({ length: count }, (_, index) => {
        const detail = { bucket: { name: 'loans' }, object: { key: `raw/${index}.csv` } };
        return account.run(definition, { detail });
      });
      const statuses = new Set((await Promise.all(events)).map(({ status }) => status));
      expect([...statuses]).toEqual(['SUCCEEDED']);
      expect(account.executions).toHaveLength(before + 1);
    },
    60_000,
  );

  test('of 300 events never has more executions than allowed, at least one, and survives throttling', async () => {
    const account = new PipelineAccount();
    const wait = randomLatency(7);
    let calls = 0;
    account.beforeCall = async () => {
      await wait();
      calls += 1;
      if (calls % 3 === 0) throw new TaskError('SageMaker.SageMakerException', 'Rate exceeded');
    };
    await Promise.all(Array.from({ length: 300 }, () => account.run(threeAtOnce)));
    expect(account.executions.length).toBeGreaterThanOrEqual(1);
    expect(account.executions.length).toBeLessThanOrEqual(3);
  }, 60_000);

  test('keeps both limits at any times, with any latency, and lets something start', async () => {
    const cooldown = 2 * HOUR;
    const definition = workflowWith({ cooldown: Duration.seconds(cooldown) });
    const bursts = fc.array(fc.record({ at: fc.nat(3 * DAY), events: fc.integer({ min: 1, max: 6 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(bursts, fc.integer({ min: 60, max: DAY }), fc.nat(), async (times, duration, seed) => {
        const account = new PipelineAccount();
        account.duration = duration;
        account.beforeCall = randomLatency(seed);
        for (const { at, events } of [...times].sort((a, b) => a.at - b.at)) {
          await Promise.all(Array.from({ length: events }, () => account.run(definition, {}, at)));
        }
        const starts = account.executions.map(({ startedAt }) => startedAt);
        const gaps = starts.slice(1).map((time, index) => time - (starts[index] ?? 0));
        expect(starts.length).toBeGreaterThanOrEqual(1);
        expect(gaps.filter(gap => gap < Math.max(cooldown, duration))).toEqual([]);
      }),
      { numRuns: 25, seed: 2026 },
    );
  }, 60_000);
});

describe('when calls fail', () => {
  test.each(['listPipelineExecutions', 'describePipeline', 'startPipelineExecution'])(
    'throttling of %s is sat out',
    async action => {
      const account = new PipelineAccount();
      let failures = 4;
      account.beforeCall = call => {
        if (call.action === `sagemaker:${action}` && failures-- > 0) {
          throw new TaskError('SageMaker.SageMakerException', 'Rate exceeded (Service: SageMaker, Status Code: 400)');
        }
      };
      expect(await account.run(once)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'started' } });
      expect(account.executions).toHaveLength(1);
    },
  );

  test('a start that SageMaker refuses is a failed execution that says why', async () => {
    const account = new PipelineAccount();
    account.add(-DAY);
    account.beforeCall = ({ state }) => {
      if (state === 'Start') throw new TaskError('SageMaker.SageMakerException', 'Parameter [Raw] is unknown');
    };
    const { status, error, cause, calls } = await account.run(once);
    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'StartFailed',
      cause: 'SageMaker.SageMakerException: Parameter [Raw] is unknown',
    });
    expect(calls.at(-1)?.arguments).toMatchObject({ MaxResults: 1 });
  });

  test('an answer that got lost does not start a second execution', async () => {
    const account = new PipelineAccount();
    account.afterStart = () => {
      account.afterStart = () => undefined;
      throw new TaskError('SageMaker.SdkClientException', 'connection reset');
    };
    const { output } = await account.run(once);
    expect(output).toEqual({ outcome: 'started', execution: account.executions[0]?.arn });
    expect(account.executions).toHaveLength(1);
  });
});

describe('values', () => {
  const all = [
    Parameter.string('RawDataUri'),
    Parameter.string('Kind', { default: 'a' }),
    Parameter.integer('Jobs', { default: 1 }),
    Parameter.float('Auc', { default: 0.5 }),
    Parameter.boolean('Skip', { default: true }),
  ];
  const sent = async (definition: object, event?: unknown) => {
    const account = new PipelineAccount();
    await account.run(definition, event);
    return account.executions[0]?.parameters;
  };

  test('of an upload come from the event as S3 sends it', async () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'amzn-s3-demo-bucket1');
    const parameters = { RawDataUri: UploadedObject.uri, Kind: UploadedObject.key };
    const { stateMachine } = pipelineIn(stack, all).onUpload('Upload', { bucket, parameters });
    expect(await sent(workflowOf(stateMachine), uploadEvents.event)).toEqual([
      { Name: 'RawDataUri', Value: 's3://amzn-s3-demo-bucket1/example-key' },
      { Name: 'Kind', Value: 'example-key' },
    ]);
  });

  test.each([`a 'b' "c".csv`, 'a\\b', 'ü/ 100 %.csv', '{% $states %}', '<aws.events.event>', '${Data}'])(
    'take the key %j as it is',
    async key => {
      const definition = workflowWith({ parameters: { RawDataUri: UploadedObject.uri } }, all);
      const detail = { bucket: { name: 'loans' }, object: { key } };
      expect(await sent(definition, { detail })).toEqual([{ Name: 'RawDataUri', Value: `s3://loans/${key}` }]);
    },
  );

  test('of an alarm come from the event as CloudWatch sends it', async () => {
    const parameters = {
      RawDataUri: `s3://loans/${events.EventField.fromPath('$.detail.alarmName')}/${events.EventField.time}`,
      Kind: events.EventField.fromPath('$.resources[0]'),
      Jobs: events.EventField.fromPath('$.detail.configuration.metrics[0].metricStat.period') as unknown as number,
      Skip: events.EventField.fromPath('$.detail.configuration.metrics[0].returnData') as unknown as boolean,
    };
    expect(await sent(workflowWith({ parameters }, all), alarmEvents.event)).toEqual([
      { Name: 'RawDataUri', Value: 's3://loans/ServerCpuTooHigh/2019-10-02T17:04:40Z' },
      { Name: 'Kind', Value: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:ServerCpuTooHigh' },
      { Name: 'Jobs', Value: '300' },
      { Name: 'Skip', Value: 'true' },
    ]);
  });

  test('take members with hyphens', async () => {
    const definition = workflowWith({ parameters: { RawDataUri: events.EventField.fromPath('$.detail-type') } }, all);
    expect(await sent(definition, uploadEvents.event)).toEqual([{ Name: 'RawDataUri', Value: 'Object Created' }]);
  });

  test('that are literals are sent as texts, as the Python SDK sends them', async () => {
    const parameters = { RawDataUri: 's3://a', Jobs: 5, Auc: 0.8, Skip: false };
    expect(await sent(workflowWith({ parameters }, all))).toEqual([
      { Name: 'RawDataUri', Value: 's3://a' },
      { Name: 'Jobs', Value: '5' },
      { Name: 'Auc', Value: '0.8' },
      { Name: 'Skip', Value: 'False' },
    ]);
  });

  test('of a schedule may be the time it was due', async () => {
    const { stateMachine } = pipelineIn(undefined, all).schedule('Weekly', {
      schedule: scheduler.ScheduleExpression.rate(Duration.days(7)),
      parameters: { RawDataUri: events.EventField.time },
    });
    expect(await sent(workflowOf(stateMachine), { time: '2026-03-02T03:00:00Z' })).toEqual([
      { Name: 'RawDataUri', Value: '2026-03-02T03:00:00Z' },
    ]);
  });

  test('are left out where none is given', async () => {
    expect(await sent(once)).toBeUndefined();
  });

  test('that the event does not have are a failed execution, and nothing starts', async () => {
    const account = new PipelineAccount();
    const definition = workflowWith({ parameters: { RawDataUri: UploadedObject.uri } }, all);
    expect(await account.run(definition, { detail: {} })).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
    });
    expect(account.executions).toEqual([]);
  });
});
