import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { GroundTruth } from '../../constructs/model-monitor/labels/ground-truth';
import { land } from '../../constructs/model-monitor/handler/labels';
import { LabelBucket, TARGET, valid } from '../support/label-bucket';
import { type ServiceCommand, serviceError } from '../support/service-calls';
import { ROOT } from '../support/source-files';

/** A program with a file that is made while it is read, and S3 that forgets what it is given. */
const LARGE_FILE = `
  const { createHash } = require('node:crypto');
  const { Readable } = require('node:stream');
  const { S3Client } = require('@aws-sdk/client-s3');
  const { land } = require('./constructs/model-monitor/handler/labels.js');
  function* pieces() {
    yield Buffer.from('inference_id,label\\n');
    for (let piece = 0; piece < 200; piece++) {
      const rows = Array.from({ length: 1000 }, (_, row) => createHash('md5').update(piece + '-' + row).digest('hex') + ',1');
      yield Buffer.from(rows.join('\\n') + '\\n');
    }
  }
  S3Client.prototype.send = async ({ constructor: { name } }) =>
    name === 'GetObjectCommand' ? { Body: Readable.from(pieces()) } : { UploadId: 'u', ETag: 'e' };
  land(${JSON.stringify(valid)}).then(answer => process.stdout.write(JSON.stringify(answer)));
`;

let s3: LabelBucket;
beforeEach(() => {
  s3 = new LabelBucket();
  S3Client.prototype.send = s3.calls.send as (command: ServiceCommand) => Promise<never>;
});

const landed = () => s3.written[`labels/${valid.target.key}`];

describe('a large table', () => {
  const COUNT = 200_000;

  /** Enough for two parts. */
  const FEW = 75_000;
  const idOf = (index: number) => createHash('md5').update(String(index)).digest('hex');

  /** Pieces that are made when they are read, as from the network. */
  function* pieces(count: number, last = ''): Generator<Uint8Array> {
    let text = 'inference_id,label\n';
    for (let index = 0; index < count; index++) {
      text += `${idOf(index)},${index % 2}\n`;
      if (text.length > 60_000) {
        yield Buffer.from(text);
        text = '';
      }
    }
    yield Buffer.from(text + last);
  }

  test('lands in parts that S3 takes, with every label', async () => {
    s3.pieces = pieces(COUNT);
    expect(await land(valid)).toEqual({ outcome: 'landed', labels: COUNT, reason: '' });
    const sizes = s3.parts.map(part => Buffer.byteLength(part));
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(5 * 1024 ** 2);
    const lines = (landed() ?? '').trimEnd().split('\n');
    expect(lines).toHaveLength(COUNT);
    for (const index of [0, 1, 77_777, COUNT - 1]) {
      expect(JSON.parse(lines[index] ?? '')).toEqual(GroundTruth.record({ id: idOf(index), label: index % 2 }));
    }
    const created = s3.calls.all.find(({ name }) => name === 'CreateMultipartUpload');
    expect(created?.input).toEqual({ ...TARGET, ContentType: 'application/jsonlines' });
  });

  test('is encrypted with a key if there is one', async () => {
    s3.pieces = pieces(FEW);
    await land({ ...valid, target: { ...valid.target, kmsKeyArn: 'k' } });
    const created = s3.calls.all.find(({ name }) => name === 'CreateMultipartUpload');
    expect(created?.input).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k' });
  });

  test('with a mistake in its last line leaves nothing', async () => {
    s3.pieces = pieces(FEW, `${idOf(0)},1\n`);
    expect(await land(valid)).toMatchObject({ outcome: 'rejected' });
    expect(s3.calls.names).toContain('UploadPart');
    expect(s3.calls.names.slice(-2)).toEqual(['AbortMultipartUpload', 'PutObject']);
    expect([s3.parts, landed()]).toEqual([[], undefined]);
  });

  test('that S3 fails to take is thrown away, and the failure is told', async () => {
    s3.pieces = pieces(FEW);
    s3.refuse = name => {
      if (name === 'UploadPart' && s3.parts.length === 1) throw serviceError('SlowDown');
    };
    await expect(land(valid)).rejects.toThrow('refused: SlowDown');
    expect(s3.calls.names.at(-1)).toBe('AbortMultipartUpload');
  });

  test('takes memory for hashes and a part, not for the file', () => {
    // Without parts, or with ids instead of hashes, this much is not enough.
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=72', '-e', LARGE_FILE], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect({ status, stdout, crash: /FATAL ERROR.*/.exec(stderr)?.[0] }).toEqual({
      status: 0,
      stdout: JSON.stringify({ outcome: 'landed', labels: COUNT, reason: '' }),
      crash: undefined,
    });
  });
});
