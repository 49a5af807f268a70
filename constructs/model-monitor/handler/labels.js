// Runs as it is on the Node.js runtime of AWS Lambda, which brings the SDK; hence plain JavaScript and no bundling.
'use strict';

const { hash } = require('node:crypto');
const {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} = require('@aws-sdk/client-s3');

const s3 = new S3Client({});

/** What one CopyObject can copy. */
const MAX_SIZE = 5 * 1024 ** 3;

/** Longest line, in characters: what has no line breaks is no file of labels, and would fill the memory. */
const MAX_LINE = 1024 ** 2;

/** Characters of converted labels, all of them ASCII or nearly so, that are uploaded at once: S3 takes parts of 5 MiB and more. */
const PART = 8 * 1024 ** 2;

/** Something that whoever uploaded the file has to change. */
class Rejection extends Error {}

/** Checks a file of labels from its first line to its last before any label counts, and writes those of a CSV file. */
exports.land = async file => {
  const upload = new Upload(file.target);
  const { bucket: Bucket, key: Key, etag } = file;
  try {
    const readers = [
      [/\.jsonl$/i, readRecords],
      [/\.csv$/i, readTable],
    ];
    const [, read] = readers.find(([suffix]) => suffix.test(Key)) ?? [];
    if (!read) throw new Rejection('the name of the file must end with .jsonl or .csv');
    if (file.size > MAX_SIZE) throw new Rejection(`the file must have at most 5 GiB, got: ${file.size} bytes`);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, IfMatch: `"${etag}"` }));
    const labels = await read(linesOf(Body), file, upload);
    if (labels === 0) throw new Rejection('the file must hold at least one label');
    await upload.complete();
    return { outcome: upload.used ? 'landed' : 'checked', labels, reason: '' };
  } catch (error) {
    await upload.abort();
    if (error.name === 'NoSuchKey')
      return { outcome: 'gone', labels: 0, reason: 'the file was deleted before it was read' };
    if (error.$metadata?.httpStatusCode === 412) return { outcome: 'replaced', labels: 0, reason: '' };
    if (!(error instanceof Rejection)) throw error;
    const reason = error.message;
    const Body = JSON.stringify({ file: `s3://${Bucket}/${Key}`, etag, reason }, undefined, 2);
    await s3.send(new PutObjectCommand({ Bucket, Key: file.reasonKey, Body, ContentType: 'application/json' }));
    return { outcome: 'rejected', labels: 0, reason };
  }
};

/** Lines of a stream, as many at once as a piece of it holds. */
async function* linesOf(body) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const piece of body) {
    const lines = (rest + decode(decoder, piece)).split('\n');
    rest = lines.pop();
    if (rest.length > MAX_LINE) throw new Rejection(`a line must have at most ${MAX_LINE} characters`);
    yield lines;
  }
  yield [rest + decode(decoder)];
}

function decode(decoder, piece) {
  try {
    return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
  } catch {
    throw new Rejection('the file must be UTF-8');
  }
}

/** Calls back with every line that is not blank, numbers those that are wrong, and waits for `rest` after each piece. */
async function forEachLine(pieces, use, rest = () => undefined) {
  let number = 0;
  for await (const lines of pieces) {
    for (const line of lines) {
      number++;
      try {
        if (line.trim() !== '') use(line.endsWith('\r') ? line.slice(0, -1) : line);
      } catch (error) {
        throw error instanceof Rejection ? new Rejection(`line ${number}: ${error.message}`) : error;
      }
    }
    await rest();
  }
}

/** The upload format already: it is only checked. */
async function readRecords(pieces, { maxLabels }) {
  const known = new Labels(maxLabels);
  await forEachLine(pieces, line => {
    const { groundTruthData, eventMetadata, eventVersion } = parse(line);
    if (groundTruthData?.encoding !== 'CSV') throw new Rejection("'groundTruthData.encoding' must be CSV");
    if (eventVersion !== '0') throw new Rejection("'eventVersion' must be 0, as text");
    const { data } = groundTruthData;
    // The rows of one request have a label each.
    const labels = typeof data === 'string' ? data.split('\n') : [data];
    known.add('eventMetadata.eventId', eventMetadata?.eventId, 'groundTruthData.data', labels);
  });
  return known.count;
}

function parse(line) {
  try {
    const value = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new Rejection('must be a JSON object');
}

/** A table with a header, which becomes the upload format. */
async function readTable(pieces, { columns, maxLabels }, upload) {
  const known = new Labels(maxLabels);
  let header;
  const row = line => {
    const fields = fieldsOf(line);
    if (!header) {
      header = { length: fields.length, id: find(fields, columns.id), label: find(fields, columns.label) };
      return;
    }
    if (fields.length !== header.length) {
      throw new Rejection(`must have ${header.length} columns as the header, got: ${fields.length}`);
    }
    const [eventId, data] = [fields[header.id], fields[header.label]];
    if (!known.add(columns.id, eventId, columns.label, [data])) return;
    const record = { groundTruthData: { data, encoding: 'CSV' }, eventMetadata: { eventId }, eventVersion: '0' };
    upload.add(`${JSON.stringify(record)}\n`);
  };
  await forEachLine(pieces, row, () => upload.flush());
  return known.count;
}

function find(header, column) {
  const found = header.filter(name => name === column);
  if (found.length !== 1) {
    throw new Rejection(`the header must have the column ${column} once, got: ${header.join(',').slice(0, 200)}`);
  }
  return header.indexOf(column);
}

/** Fields of a row, as RFC 4180 quotes them, but without line breaks. */
function fieldsOf(line) {
  if (!line.includes('"')) return line.split(',');
  const fields = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  let separator;
  do {
    const [, quoted, plain, end] = pattern.exec(line) ?? [];
    if (end === undefined) throw new Rejection('must have its quotes in pairs around fields');
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    separator = end;
  } while (separator === ',');
  return fields;
}

/** The labels that a file has shown so far, as hashes: millions of ids would not fit. */
class Labels {
  count = 0;
  #labels = new Map();

  constructor(max) {
    this.max = max;
  }

  /** Whether this one is new. */
  add(idName, id, labelName, labels) {
    if (typeof id !== 'string' || !/^[!-~][ -~]{0,63}$/.test(id)) {
      throw new Rejection(`'${idName}' must be 1 to 64 printable ASCII characters, the first of them no blank`);
    }
    if (!labels.every(label => typeof label === 'string' && /^[^\s,"](?:[^,"\r\n]*[^\s,"])?$/.test(label))) {
      throw new Rejection(
        `'${labelName}' must be a text without commas, quotes and line breaks, neither empty nor with a blank at its ends`,
      );
    }
    const key = hash('sha1', id, 'latin1');
    const label = Number.parseInt(hash('sha1', labels.join('\n')).slice(0, 12), 16);
    const before = this.#labels.get(key);
    if (before === undefined && ++this.count > this.max) {
      throw new Rejection(`the file must have at most ${this.max} labels`);
    }
    if (before !== undefined && before !== label) throw new Rejection(`${id} must have one label, got: another before`);
    this.#labels.set(key, label);
    return before === undefined;
  }
}

/** An object that is there as a whole or not at all, however large it is. */
class Upload {
  #text = [];
  #size = 0;
  #parts = [];
  #id;
  used = false;

  constructor({ bucket, key, kmsKeyArn }) {
    this.object = { Bucket: bucket, Key: key };
    this.options = {
      ContentType: 'application/jsonlines',
      ...(kmsKeyArn && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyArn }),
    };
  }

  add(text) {
    this.used = true;
    this.#text.push(text);
    this.#size += text.length;
  }

  /** Sends what is there, if it makes a part. */
  async flush(least = PART) {
    if (this.#size < least) return;
    this.#id ??= (await s3.send(new CreateMultipartUploadCommand({ ...this.object, ...this.options }))).UploadId;
    const part = { UploadId: this.#id, PartNumber: this.#parts.length + 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...this.object, ...part, Body: this.#take() }));
    this.#parts.push({ ETag, PartNumber: part.PartNumber });
  }

  async complete() {
    if (!this.used) return;
    if (!this.#id) {
      await s3.send(new PutObjectCommand({ ...this.object, ...this.options, Body: this.#take() }));
      return;
    }
    await this.flush(1);
    const MultipartUpload = { Parts: this.#parts };
    await s3.send(new CompleteMultipartUploadCommand({ ...this.object, UploadId: this.#id, MultipartUpload }));
    this.#id = undefined;
  }

  /** Throws away what is not complete. */
  async abort() {
    if (this.#id) await s3.send(new AbortMultipartUploadCommand({ ...this.object, UploadId: this.#id }));
  }

  #take() {
    const text = this.#text.join('');
    this.#text = [];
    this.#size = 0;
    return text;
  }
}
