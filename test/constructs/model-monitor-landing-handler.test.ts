import { S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { GroundTruth } from '../../constructs/model-monitor/labels/ground-truth';
import { type LabelFile, land } from '../../constructs/model-monitor/handler/labels';
import { LabelBucket, TARGET, valid } from '../support/label-bucket';
import { type ServiceCommand, serviceError } from '../support/service-calls';

let s3: LabelBucket;
beforeEach(() => {
  s3 = new LabelBucket();
  S3Client.prototype.send = s3.calls.send as (command: ServiceCommand) => Promise<never>;
});

const landText = (text: string | Uint8Array, overrides: Partial<LabelFile> = {}, pieceLength?: number) => {
  s3.contain(text, pieceLength);
  return land({ ...valid, ...overrides });
};
const jsonl = { key: 'inbox/monday.jsonl' };
const landed = () => s3.written[`labels/${valid.target.key}`];
const linesOf = (...labels: [string, string][]) =>
  labels.map(([id, label]) => JSON.stringify(GroundTruth.record({ id, label }))).join('\n') + '\n';

describe('a table', () => {
  test('becomes the upload format, as the helper for applications writes it', async () => {
    expect(await landText('inference_id,label\nloan-1,1\nloan-2,0\n')).toEqual({
      outcome: 'landed',
      labels: 2,
      reason: '',
    });
    expect(landed()).toBe(
      GroundTruth.jsonLines([
        { id: 'loan-1', label: 1 },
        { id: 'loan-2', label: 0 },
      ]),
    );
    expect(s3.calls.all).toMatchObject([
      { name: 'GetObject', input: { Bucket: 'loans', Key: 'inbox/monday.csv', IfMatch: '"e1"' } },
      { name: 'PutObject', input: { ...TARGET, ContentType: 'application/jsonlines' } },
    ]);
    expect(s3.calls.all[1]?.input).not.toHaveProperty('ServerSideEncryption');
  });

  test.each([
    ['with a byte order mark and line breaks of Windows', '\uFEFFinference_id,label\r\na,1\r\nb,0\r\n'],
    ['with columns in another order, and others beside', 'when,label,who,inference_id\n1,1,x,a\n2,0,y,b'],
    ['with quotes', '"inference_id","label","no, te"\n"a","1","say ""x"", y"\n"b",0,\n'],
    ['with blank lines and a row that is there twice', 'inference_id,label\n\na,1\na,1\n  \nb,0\n\n'],
    ['with a name in capitals', 'inference_id,label\na,1\nb,0', 'inbox/MONDAY.CSV'],
  ])('%s is the same', async (_, text, key = valid.key) => {
    expect(await landText(text, { key })).toMatchObject({ outcome: 'landed', labels: 2 });
    expect(landed()).toBe(linesOf(['a', '1'], ['b', '0']));
  });

  test('is the same in pieces of any length, even within a character', async () => {
    for (const length of [1, 2, 3, 7]) {
      await landText('inference_id,label\na,größer\nb,–\n', {}, length);
      expect(landed()).toBe(linesOf(['a', 'größer'], ['b', '–']));
    }
  });

  test('has the columns that are asked for', async () => {
    const columns = { id: 'loan', label: 'came true' };
    expect(await landText('loan,came true,label\na,1,7\n', { columns })).toMatchObject({ labels: 1 });
    expect(landed()).toBe(linesOf(['a', '1']));
  });

  test('is encrypted with a key if there is one', async () => {
    const encryption = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k' };
    await landText('inference_id,label\na,1\n', { target: { ...valid.target, kmsKeyArn: 'k' } });
    expect(s3.calls.all[1]).toMatchObject({ name: 'PutObject', input: encryption });
  });

  test('that comes twice is written twice to the same object', async () => {
    await landText('inference_id,label\na,1\n');
    const first = { ...s3.written };
    await landText('inference_id,label\na,1\n');
    expect(s3.written).toEqual(first);
    expect(Object.keys(first)).toEqual([`labels/${valid.target.key}`]);
  });
});

describe('a file in the upload format', () => {
  test('is checked, and nothing is written', async () => {
    expect(await landText(linesOf(['a', '1'], ['b', '0'], ['a', '1']), jsonl)).toEqual({
      outcome: 'checked',
      labels: 2,
      reason: '',
    });
    expect(s3.calls.names).toEqual(['GetObject']);
  });

  test('is good whatever the helper for applications has made', async () => {
    const id = fc.stringMatching(/^[!-~][ -~]{0,63}$/);
    const label = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.stringMatching(/^[A-Za-zä.-]{1,9}$/),
    );
    const labels = fc.uniqueArray(fc.record({ id, label: fc.oneof(label, fc.array(label, { minLength: 1 })) }), {
      minLength: 1,
      selector: ({ id: key }) => key,
    });
    await fc.assert(
      fc.asyncProperty(labels, fc.integer({ min: 1, max: 200 }), async (given, length) => {
        const answer = await landText(GroundTruth.jsonLines(given), jsonl, length);
        expect(answer).toEqual({ outcome: 'checked', labels: given.length, reason: '' });
      }),
      { numRuns: 50 },
    );
  });
});

const record = (change: object) => JSON.stringify({ ...GroundTruth.record({ id: 'a', label: 1 }), ...change });
const ID = 'must be 1 to 64 printable ASCII characters, the first of them no blank';
const LABEL = 'must be a text without commas, quotes and line breaks, neither empty nor with a blank at its ends';
const good = linesOf(['a', '1']);

describe('a file is rejected, with the reason beside it,', () => {
  test.each([
    ['for its name', 'x', { key: 'inbox/monday.xlsx' }, 'the name of the file must end with .jsonl or .csv'],
    ['for its size', 'x', { size: 5 * 1024 ** 3 + 1 }, 'the file must have at most 5 GiB, got: 5368709121 bytes'],
    ['without lines', '\n', {}, 'the file must hold at least one label'],
    ['without rows', 'inference_id,label\n', {}, 'the file must hold at least one label'],
    ['without labels', '\n\n', jsonl, 'the file must hold at least one label'],
    ['in Latin-1', Buffer.from('inference_id,label\na,gr\xf6\xdfer', 'latin1'), {}, 'the file must be UTF-8'],
    ['that ends within a character', Buffer.from('inference_id,label\na,\xc3', 'latin1'), {}, 'the file must be UTF-8'],
    ['with a line that does not end', 'x'.repeat(2 ** 21), jsonl, 'a line must have at most 1048576 characters'],
    [
      'with another header',
      'id,label\na,1\n',
      {},
      'line 1: the header must have the column inference_id once, got: id,label',
    ],
    [
      'with a column twice',
      'inference_id,label,label\na,1,1\n',
      {},
      'line 1: the header must have the column label once, got: inference_id,label,label',
    ],
    ['with a short row', 'inference_id,label\na,1\nb\n', {}, 'line 3: must have 2 columns as the header, got: 1'],
    ['with a comma too many', 'inference_id,label\na,1,\n', {}, 'line 2: must have 2 columns as the header, got: 3'],
    ['with a quoted comma at its end', 'inference_id,label\n"a",\n', {}, `line 2: 'label' ${LABEL}`],
    ['with an open quote', 'inference_id,label\n"a,1\n', {}, 'line 2: must have its quotes in pairs around fields'],
    ['with an empty id', 'inference_id,label\n,1\n', {}, `line 2: 'inference_id' ${ID}`],
    ['with a long id', `inference_id,label\n${'a'.repeat(65)},1\n`, {}, `line 2: 'inference_id' ${ID}`],
    ['with an empty label', 'inference_id,label\na,1\nb,\n', {}, `line 3: 'label' ${LABEL}`],
    ['with a label in quotes that has a comma', 'inference_id,label\na,"1,2"\n', {}, `line 2: 'label' ${LABEL}`],
    [
      'with two labels',
      'inference_id,label\na,1\nb,1\na,0\n',
      {},
      'line 4: a must have one label, got: another before',
    ],
    [
      'with too many',
      'inference_id,label\na,1\nb,1\nc,1\n',
      { maxLabels: 2 },
      'line 4: the file must have at most 2 labels',
    ],
    ['with a line that is no JSON', `${good}{"a`, jsonl, 'line 2: must be a JSON object'],
    ['with a line that is no object', `${good}7`, jsonl, 'line 2: must be a JSON object'],
    ['with null', 'null', jsonl, 'line 1: must be a JSON object'],
    ['with a list', '[]', jsonl, "line 1: 'groundTruthData.encoding' must be CSV"],
    [
      'with another encoding',
      record({ groundTruthData: { data: '1', encoding: 'JSON' } }),
      jsonl,
      "line 1: 'groundTruthData.encoding' must be CSV",
    ],
    ['with another version', record({ eventVersion: 0 }), jsonl, "line 1: 'eventVersion' must be 0, as text"],
    ['without an event', record({ eventMetadata: null }), jsonl, `line 1: 'eventMetadata.eventId' ${ID}`],
    ['with a number as id', record({ eventMetadata: { eventId: 7 } }), jsonl, `line 1: 'eventMetadata.eventId' ${ID}`],
    [
      'with a number as label',
      record({ groundTruthData: { data: 1, encoding: 'CSV' } }),
      jsonl,
      `line 1: 'groundTruthData.data' ${LABEL}`,
    ],
    [
      'with a row that has no label',
      record({ groundTruthData: { data: '1\n', encoding: 'CSV' } }),
      jsonl,
      `line 1: 'groundTruthData.data' ${LABEL}`,
    ],
    [
      'with two labels, in the upload format',
      linesOf(['a', '1'], ['a', '0']),
      jsonl,
      'line 2: a must have one label, got: another before',
    ],
  ] as const)('%s', async (_, text, overrides, reason) => {
    expect(await landText(text, overrides)).toEqual({ outcome: 'rejected', labels: 0, reason });
    expect(Object.keys(s3.written)).toEqual([`loans/${valid.reasonKey}`]);
    const key = (overrides as Partial<LabelFile>).key ?? valid.key;
    expect(JSON.parse(s3.written[`loans/${valid.reasonKey}`] ?? '')).toEqual({
      file: `s3://loans/${key}`,
      etag: 'e1',
      reason,
    });
  });
});

describe('a file that is not there as it was', () => {
  test('because it was deleted is gone', async () => {
    s3.refuse = () => {
      throw serviceError('NoSuchKey');
    };
    expect(await land(valid)).toEqual({
      outcome: 'gone',
      labels: 0,
      reason: 'the file was deleted before it was read',
    });
  });

  test('because it was uploaded anew is left to its own event', async () => {
    s3.refuse = () => {
      throw Object.assign(serviceError('PreconditionFailed'), { $metadata: { httpStatusCode: 412 } });
    };
    expect(await land(valid)).toEqual({ outcome: 'replaced', labels: 0, reason: '' });
    expect(s3.calls.names).toEqual(['GetObject']);
  });

  test('or may not be read is a failure', async () => {
    s3.refuse = () => {
      throw serviceError('AccessDenied');
    };
    await expect(land(valid)).rejects.toThrow('refused: AccessDenied');
    expect(s3.written).toEqual({});
  });
});
