import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeEndpointInput$ } from '@aws-sdk/client-sagemaker-runtime';
import fc from 'fast-check';
import { GroundTruth, type GroundTruthLabel } from '../../constructs/model-monitor/labels/ground-truth';
import guide from '../fixtures/ground-truth.json';
import { requestProblems } from '../support/request-schema';
import { ROOT } from '../support/source-files';

const valid: GroundTruthLabel = { id: 'aaaa-bbbb-cccc', label: '1' };
const ID = "'id' must be 1 to 64 printable ASCII characters, the first of them no blank, got:";
const LABEL =
  "'label' must be a finite number, or a text without commas, quotes and line breaks and with no blank at its ends, got:";

describe('a record', () => {
  test('is the one of the developer guide', () => {
    expect(GroundTruth.record(valid)).toEqual(guide.record);
  });

  test.each([
    [1, '1'],
    [0, '0'],
    [0.25, '0.25'],
    [-3e-7, '-3e-7'],
    ['good loan', 'good loan'],
    [[1, 0, 1], '1\n0\n1'],
    [['no'], 'no'],
  ])('of %j has the data %j', (label, data) => {
    expect(GroundTruth.record({ ...valid, label }).groundTruthData).toEqual({ data, encoding: 'CSV' });
  });

  test.each([
    ['', `${ID} `],
    [' a', `${ID}  a`],
    ['é', `${ID} é`],
    ['a\nb', `${ID} a\nb`],
    ['a'.repeat(65), `${ID} ${'a'.repeat(65)}`],
  ])('fails with the id %j', (id, message) => {
    expect(() => GroundTruth.record({ ...valid, id })).toThrow(new Error(message));
  });

  test('takes the ids that an endpoint takes', () => {
    const id = `~${' '.repeat(63)}`;
    expect(GroundTruth.record({ ...valid, id }).eventMetadata).toEqual({ eventId: id });
    const request = { EndpointName: 'loans', Body: '1', InferenceId: id };
    expect(requestProblems(InvokeEndpointInput$, request)).toEqual([]);
  });

  test.each([
    ['', `${LABEL} `],
    ['a,b', `${LABEL} a,b`],
    ['"a"', `${LABEL} "a"`],
    ['a\nb', `${LABEL} a\nb`],
    ['a ', `${LABEL} a `],
    [Number.NaN, `${LABEL} NaN`],
    [Number.POSITIVE_INFINITY, `${LABEL} Infinity`],
    [[1, ''], `${LABEL} `],
    [[], "'label' must hold at least one label, got: []"],
  ])('fails with the label %j', (label, message) => {
    expect(() => GroundTruth.record({ ...valid, label })).toThrow(new Error(message));
  });

  test('has no type for other labels', () => {
    // @ts-expect-error -- a boolean is no label: is true 1, or good?
    expect(() => GroundTruth.record({ id: 'a', label: true })).not.toThrow();
  });
});

describe('a file', () => {
  test('has a line for each request, ends with a line break, and lists a request once', () => {
    const text = GroundTruth.jsonLines([valid, { id: 'b', label: 0 }, { ...valid, label: 1 }]);
    expect(text.endsWith('}\n')).toBe(true);
    const lines = text.trimEnd().split('\n');
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual([
      guide.record,
      GroundTruth.record({ id: 'b', label: 0 }),
    ]);
  });

  test('keeps the rows of a request in one line', () => {
    const text = GroundTruth.jsonLines([{ id: 'a', label: ['x', 'y'] }]);
    expect(text.match(/\n/g)).toHaveLength(1);
  });

  test('fails with two labels of one request', () => {
    expect(() => GroundTruth.jsonLines([valid, { ...valid, label: '0' }])).toThrow(
      new Error("'labels' must hold one label of aaaa-bbbb-cccc, got: 1 and 0"),
    );
  });

  test('fails without labels', () => {
    expect(() => GroundTruth.jsonLines([])).toThrow(new Error("'labels' must hold at least one label, got: []"));
  });
});

describe('a key', () => {
  const time = new Date('2026-01-02T03:59:59.999+00:00');

  test('has the hour in UTC', () => {
    expect(GroundTruth.key('loans/labels', time, 'monday')).toBe('loans/labels/2026/01/02/03/monday.jsonl');
    const inIndia = new Date('2026-01-01T04:15:00+05:30');
    expect(GroundTruth.key('labels', inIndia, 'a')).toBe('labels/2025/12/31/22/a.jsonl');
  });

  test('has the form of the developer guide at any time', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }), date => {
        expect(GroundTruth.key('p', date, 'n')).toMatch(/^p\/\d{4}\/[01]\d\/[0-3]\d\/[0-2]\d\/n\.jsonl$/);
      }),
    );
  });

  test.each([
    ['', time, 'a', "'prefix' must not be empty and have no slash first or last, got: "],
    ['a/', time, 'a', "'prefix' must not be empty and have no slash first or last, got: a/"],
    ['/a', time, 'a', "'prefix' must not be empty and have no slash first or last, got: /a"],
    ['a', new Date('never'), 'a', "'time' must be a date, got: Invalid Date"],
    ['a', time, 'b/c', "'name' must be letters, digits and !._()-, got: b/c"],
    ['a', time, '', "'name' must be letters, digits and !._()-, got: "],
  ])('fails with %j, %p and %j', (prefix, date, name, message) => {
    expect(() => GroundTruth.key(prefix, date, name)).toThrow(new Error(message));
  });
});

test('the file can be copied into an application: it imports nothing', () => {
  const source = readFileSync(join(ROOT, 'constructs', 'model-monitor', 'labels', 'ground-truth.ts'), 'utf8');
  expect(source).not.toMatch(/\bimport\b(?!s)|require\(/);
});
