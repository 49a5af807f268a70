import { Readable } from 'node:stream';
import type { LabelFile } from '../../constructs/model-monitor/handler/labels';
import { ServiceCalls, type ServiceCall } from './service-calls';

/** A file of labels that has arrived. */
export const valid: LabelFile = {
  bucket: 'loans',
  key: 'inbox/monday.csv',
  etag: 'e1',
  size: 1000,
  columns: { id: 'inference_id', label: 'label' },
  target: { bucket: 'labels', key: 'landed/2026/01/02/03/0405-0f.jsonl' },
  reasonKey: 'inbox/rejected/monday.csv.reason.json',
  maxLabels: 5_000_000,
};
export const TARGET = { Bucket: 'labels', Key: valid.target.key };

/** S3 with one object to read, which remembers what is written as a whole. */
export class LabelBucket {
  public readonly written: Record<string, string> = {};
  public readonly parts: string[] = [];
  public pieces: Iterable<Uint8Array> = [];
  public readonly calls = new ServiceCalls(call => this.answer(call));

  /** Throws for a call. */
  public refuse: (name: string) => void = () => undefined;

  public contain(content: string | Uint8Array, pieceLength = 65_536): void {
    const bytes = Buffer.from(content as string);
    this.pieces = Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, index) =>
      bytes.subarray(index * pieceLength, (index + 1) * pieceLength),
    );
  }

  private answer({ name, input }: ServiceCall): unknown {
    this.refuse(name);
    switch (name) {
      case 'GetObject':
        return { Body: Readable.from(this.pieces) };
      case 'PutObject':
        this.written[`${String(input.Bucket)}/${String(input.Key)}`] = String(input.Body);
        return {};
      case 'CreateMultipartUpload':
        return { UploadId: 'u1' };
      case 'UploadPart':
        expect(input).toMatchObject({ UploadId: 'u1', PartNumber: this.parts.length + 1 });
        this.parts.push(String(input.Body));
        return { ETag: `"p${this.parts.length}"` };
      case 'CompleteMultipartUpload': {
        const { Parts } = input.MultipartUpload as { Parts: object[] };
        expect(Parts).toEqual(this.parts.map((_, index) => ({ ETag: `"p${index + 1}"`, PartNumber: index + 1 })));
        this.written[`${String(input.Bucket)}/${String(input.Key)}`] = this.parts.join('');
        return {};
      }
      case 'AbortMultipartUpload':
        this.parts.length = 0;
        return {};
      default:
        throw new Error(`unexpected ${name}`);
    }
  }
}
