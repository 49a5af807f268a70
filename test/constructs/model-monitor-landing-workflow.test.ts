import { CopyObjectRequest$ } from '@aws-sdk/client-s3';
import aslValidator from 'asl-validator';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { App, Stack } from 'aws-cdk-lib/core';
import { GroundTruth, GroundTruthLanding, type GroundTruthLandingProps } from '../../constructs/model-monitor';
import type { LabelFile, LandingAnswer } from '../../constructs/model-monitor/handler/labels';
import uploadEvents from '../fixtures/events/s3-object-created.json';
import { requestProblems } from '../support/request-schema';
import { workflowOf } from '../support/start-workflow';
import { type Call, type Execution, runStateMachine, TaskError } from '../support/state-machine';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/k';

const definitionWith = (overrides: Partial<GroundTruthLandingProps> = {}, stack = new Stack(new App(), 'Loans')) => {
  const landing = new GroundTruthLanding(stack, 'Labels', {
    inbox: { bucket: s3.Bucket.fromBucketName(stack, 'Uploads', 'uploads'), prefix: 'loans/inbox' },
    groundTruth: { bucket: s3.Bucket.fromBucketName(stack, 'Data', 'data'), prefix: 'loans/labels' },
    ...overrides,
  });
  return workflowOf(landing.stateMachine);
};
const plain = definitionWith();
const stack = new Stack(new App(), 'Loans');
const encrypted = definitionWith({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) }, stack);

const eventOf = (key: string, time = '2026-01-02T03:04:05Z', etag = 'e1') => ({
  ...uploadEvents.event,
  time,
  detail: { ...uploadEvents.event.detail, bucket: { name: 'uploads' }, object: { key, size: 5, etag } },
});

/** The function, which answers as it is told, and S3, which remembers its copies. */
class Account {
  public readonly copies: Record<string, string> = {};
  public answer: LandingAnswer = { outcome: 'checked', labels: 3, reason: '' };
  public beforeCall: (call: Call) => void = () => undefined;

  public async run(definition: object, input: unknown): Promise<Execution> {
    return runStateMachine(definition, { input, onCall: call => this.call(call) });
  }

  private call(call: Call): unknown {
    this.beforeCall(call);
    if (call.action === 'lambda:invoke') return { StatusCode: 200, Payload: this.answer };
    expect(call.action).toBe('s3:copyObject');
    expect(requestProblems(CopyObjectRequest$, call.arguments)).toEqual([]);
    const { Bucket, Key, CopySource } = call.arguments as Record<string, string>;
    this.copies[`${Bucket}/${Key}`] = decodeURIComponent(CopySource ?? '');
    return { CopyObjectResult: { ETag: '"e"' } };
  }
}

const fileIn = ({ calls }: Execution) => calls.find(({ action }) => action === 'lambda:invoke')?.arguments.Payload;
const copyIn = ({ calls }: Execution) => calls.find(({ action }) => action === 's3:copyObject')?.arguments;
const UPLOAD = 'loans/inbox/from the bank/märz.jsonl';
const LANDED = 'loans/labels/2026/01/02/03/0405-';

describe('definition', () => {
  test.each(Object.entries({ plain, encrypted }))('%s is Amazon States Language', (_, definition) => {
    const { isValid, errorsText } = aslValidator(structuredClone(definition));
    expect({ isValid, errors: errorsText('\n') }).toEqual({ isValid: true, errors: '' });
  });

  test('gives S3 ten minutes for a copy, kept or landed', () => {
    const { States } = plain as { States: Record<string, { TimeoutSeconds?: number }> };
    expect([States.Land?.TimeoutSeconds, States.KeepRejected?.TimeoutSeconds]).toEqual([600, 600]);
  });

  test('has a time limit above the sum of its own, were each task tried as often as it may be', () => {
    const { States, TimeoutSeconds } = plain as {
      TimeoutSeconds: number;
      States: Record<string, { TimeoutSeconds?: number; Retry?: { MaxAttempts: number }[] }>;
    };
    const longest = (name: string) =>
      (States[name]?.TimeoutSeconds ?? 0) * (1 + (States[name]?.Retry?.[0]?.MaxAttempts ?? 0));
    expect(TimeoutSeconds).toBeGreaterThan(longest('Read') + longest('Land'));
  });
});

describe('a file', () => {
  test('is read with everything that the function needs', async () => {
    const execution = await new Account().run(plain, eventOf('loans/inbox/monday.csv'));
    const expected: LabelFile = {
      bucket: 'uploads',
      key: 'loans/inbox/monday.csv',
      etag: 'e1',
      size: 5,
      columns: { id: 'inference_id', label: 'label' },
      target: { bucket: 'data', key: expect.stringContaining(LANDED) as string },
      reasonKey: 'loans/inbox/rejected/monday.csv.reason.json',
      maxLabels: 5_000_000,
    };
    expect(fileIn(execution)).toEqual(expected);
  });

  test('has the columns and the key that are asked for', async () => {
    const own = new Stack(new App(), 'Loans');
    const encryptionKey = kms.Key.fromKeyArn(own, 'Key', KEY);
    const definition = definitionWith(
      { idColumn: 'loan', labelColumn: 'paid "back"'.replaceAll('"', "'"), encryptionKey },
      own,
    );
    const execution = await new Account().run(definition, eventOf('loans/inbox/a.csv'));
    expect(fileIn(execution)).toMatchObject({
      columns: { id: 'loan', label: "paid 'back'" },
      target: { kmsKeyArn: KEY },
    });
  });

  test('in the upload format is copied, as it was read, to the hour in which it arrived', async () => {
    const account = new Account();
    const execution = await account.run(plain, eventOf(UPLOAD));
    const [target = ''] = Object.keys(account.copies);
    expect(target).toMatch(/^data\/loans\/labels\/2026\/01\/02\/03\/0405-[0-9a-f]{16}\.jsonl$/);
    expect(copyIn(execution)).toEqual({
      Bucket: 'data',
      Key: target.slice('data/'.length),
      CopySource: 'uploads/loans/inbox/from%20the%20bank/m%C3%A4rz.jsonl',
      CopySourceIfMatch: '"e1"',
      TaggingDirective: 'REPLACE',
    });
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'landed', labels: 3, uri: `s3://${target}` },
    });
  });

  test('is copied with a key if there is one', async () => {
    const execution = await new Account().run(encrypted, eventOf(UPLOAD));
    expect(copyIn(execution)).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY });
  });

  test('lands under the key that the helper for applications makes of the same time', async () => {
    for (const time of ['2026-12-31T23:59:59Z', '2024-02-29T00:00:00Z']) {
      const account = new Account();
      await account.run(plain, eventOf(UPLOAD, time));
      const [target = ''] = Object.keys(account.copies);
      const name = /([^/]+)\.jsonl$/.exec(target)?.[1] ?? '';
      expect(target).toBe(`data/${GroundTruth.key('loans/labels', new Date(time), name)}`);
    }
  });

  test('that the function wrote is not copied', async () => {
    const account = new Account();
    account.answer = { outcome: 'landed', labels: 7, reason: '' };
    expect(await account.run(plain, eventOf('loans/inbox/a.csv'))).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'landed', labels: 7, uri: expect.stringContaining(`s3://data/${LANDED}`) as string },
    });
    expect(account.copies).toEqual({});
  });

  test('whose event comes twice lands once', async () => {
    const account = new Account();
    await account.run(plain, eventOf(UPLOAD));
    await account.run(plain, eventOf(UPLOAD));
    expect(Object.keys(account.copies)).toHaveLength(1);
  });

  test.each([
    ['other content', eventOf(UPLOAD, undefined, 'e2')],
    ['another name', eventOf('loans/inbox/other.jsonl')],
    ['another hour', eventOf(UPLOAD, '2026-01-02T04:04:05Z')],
  ])('with %s lands beside it', async (_, event) => {
    const account = new Account();
    await account.run(plain, eventOf(UPLOAD));
    await account.run(plain, event);
    expect(Object.keys(account.copies)).toHaveLength(2);
  });
});

describe('a file that is wrong', () => {
  const rejecting = () => {
    const account = new Account();
    account.answer = { outcome: 'rejected', labels: 0, reason: 'line 7: must be a JSON object' };
    return account;
  };
  const cause = `s3://uploads/${UPLOAD}: line 7: must be a JSON object`;

  test('fails the execution with the reason, goes nowhere, and is kept under rejected/', async () => {
    const account = rejecting();
    const execution = await account.run(plain, eventOf(UPLOAD));
    expect(execution).toMatchObject({ status: 'FAILED', error: 'LabelsRejected', cause });
    const kept = 'loans/inbox/rejected/from the bank/märz.jsonl';
    expect(account.copies).toEqual({ [`uploads/${kept}`]: `uploads/${UPLOAD}` });
    expect(fileIn(execution)).toMatchObject({ reasonKey: `${kept}.reason.json` });
    expect(copyIn(execution)).toMatchObject({ CopySourceIfMatch: '"e1"', TaggingDirective: 'REPLACE' });
  });

  test('has the key of its bucket when it is kept, not that of what lands', async () => {
    expect(copyIn(await rejecting().run(encrypted, eventOf(UPLOAD)))).not.toHaveProperty('SSEKMSKeyId');
  });

  test('fails for the same reason if it cannot be kept', async () => {
    const account = rejecting();
    account.beforeCall = ({ state }) => {
      if (state === 'KeepRejected') throw new TaskError('S3.S3Exception', 'Access Denied');
    };
    expect(await account.run(plain, eventOf(UPLOAD))).toMatchObject({ error: 'LabelsRejected', cause });
  });

  test.each(['loans/inbox/rejected/monday.csv', 'loans/inbox/rejected/monday.csv.reason.json'])(
    'is not read again: %s',
    async key => {
      const execution = await new Account().run(plain, eventOf(key));
      expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'ignored' }, calls: [] });
    },
  );

  test('is not mistaken for another folder', async () => {
    expect((await new Account().run(plain, eventOf('loans/inbox/rejected-by-bank/a.csv'))).calls).not.toEqual([]);
  });
});

describe('what goes wrong otherwise', () => {
  test.each(['Read', 'Land'])('in %s passes: throttling', async name => {
    const account = new Account();
    let times = 3;
    account.beforeCall = ({ state }) => {
      if (state === name && times-- > 0) throw new TaskError('S3.S3Exception', 'Slow Down (Status Code: 503)');
    };
    const execution = await account.run(plain, eventOf(UPLOAD));
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.seconds).toBeGreaterThan(5);
  });

  test.each(['Read', 'Land'])('in %s stays: access denied fails the execution, and nothing is rejected', async name => {
    const account = new Account();
    account.beforeCall = ({ state }) => {
      if (state === name) throw new TaskError('AccessDenied', 'no');
    };
    expect(await account.run(plain, eventOf(UPLOAD))).toMatchObject({
      status: 'FAILED',
      error: 'LabelsNotLanded',
      cause: `s3://uploads/${UPLOAD}: AccessDenied: no`,
    });
    expect(account.copies).toEqual({});
  });

  test('a file that is gone fails the execution', async () => {
    const account = new Account();
    account.answer = { outcome: 'gone', labels: 0, reason: 'the file was deleted before it was read' };
    expect(await account.run(plain, eventOf(UPLOAD))).toMatchObject({
      status: 'FAILED',
      error: 'LabelsNotLanded',
      cause: `s3://uploads/${UPLOAD}: the file was deleted before it was read`,
    });
  });

  test('a file that was uploaded anew before it was read is left to its new event', async () => {
    const account = new Account();
    account.answer = { outcome: 'replaced', labels: 0, reason: '' };
    expect(await account.run(plain, eventOf(UPLOAD))).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'replaced' },
    });
    expect(account.copies).toEqual({});
  });

  test('so is one that was uploaded anew before it was copied', async () => {
    const account = new Account();
    account.beforeCall = ({ state }) => {
      if (state === 'Land') {
        throw new TaskError(
          'S3.S3Exception',
          'At least one of the pre-conditions you specified did not hold (Service: S3, Status Code: 412, Request ID: R)',
        );
      }
    };
    expect(await account.run(plain, eventOf(UPLOAD))).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'replaced' },
    });
  });
});
