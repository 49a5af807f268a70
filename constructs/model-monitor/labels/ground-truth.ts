/** What came true: a class, or a number. */
export type GroundTruthValue = string | number;

/** One line of an upload, as Model Monitor and the analyzer of this project read it. */
export interface GroundTruthRecord {
  readonly groundTruthData: { readonly data: string; readonly encoding: 'CSV' };
  readonly eventMetadata: { readonly eventId: string };
  readonly eventVersion: '0';
}

/** What came true of one request. */
export interface GroundTruthLabel {
  /** `InferenceId` of the request, or else the `eventId` of its captured record: 1 to 64 printable ASCII characters. */
  readonly id: string;

  /**
   * What came true, without commas, quotes and line breaks. Of a request with several rows: one for each, in their order. AWS documents
   * one label for a request; several are rows of CSV, as such a request and its answer are captured.
   */
  readonly label: GroundTruthValue | readonly GroundTruthValue[];
}

/** A record of what came true of one request. */
function record({ id, label }: GroundTruthLabel): GroundTruthRecord {
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html, InferenceId
  ensure(/^[!-~][ -~]{0,63}$/.test(id), 'id', 'be 1 to 64 printable ASCII characters, the first of them no blank', id);
  const labels = Array.isArray(label) ? (label as readonly GroundTruthValue[]) : [label as GroundTruthValue];
  ensure(labels.length > 0, 'label', 'hold at least one label', '[]');
  for (const each of labels) {
    const valid = typeof each === 'number' ? Number.isFinite(each) : /^[^\s,"](?:[^,"\r\n]*[^\s,"])?$/.test(each);
    ensure(
      valid,
      'label',
      'be a finite number, or a text without commas, quotes and line breaks and with no blank at its ends',
      each,
    );
  }
  return {
    groundTruthData: { data: labels.join('\n'), encoding: 'CSV' },
    eventMetadata: { eventId: id },
    eventVersion: '0',
  };
}

/** The text of a file: a line for each request, which may be listed twice, but not with different labels. */
function jsonLines(labels: Iterable<GroundTruthLabel>): string {
  const known = new Map<string, string>();
  const lines: string[] = [];
  for (const label of labels) {
    const made = record(label);
    const { data } = made.groundTruthData;
    const before = known.get(label.id);
    ensure(before === undefined || before === data, 'labels', `hold one label of ${label.id}`, `${before} and ${data}`);
    if (before !== undefined) continue;
    known.set(label.id, data);
    lines.push(`${JSON.stringify(made)}\n`);
  }
  ensure(lines.length > 0, 'labels', 'hold at least one label', '[]');
  return lines.join('');
}

/**
 * The key of a file: `<prefix>/yyyy/mm/dd/hh/<name>.jsonl`, by the hour (UTC) in which its labels became known. That is not the hour
 * of the predictions, but the same name in the same hour is the same file.
 */
function key(prefix: string, time: Date, name: string): string {
  const plain = /^[^/](?:.*[^/])?$/s.test(prefix);
  ensure(plain, 'prefix', 'not be empty and have no slash first or last', prefix);
  ensure(!Number.isNaN(time.getTime()), 'time', 'be a date', time);
  ensure(/^[\w!.()-]+$/.test(name), 'name', 'be letters, digits and !._()-', name);
  const hour = time.toISOString().slice(0, 13).replace(/[-T]/g, '/');
  return `${prefix}/${hour}/${name}.jsonl`;
}

function ensure(holds: boolean, what: string, rule: string, got: unknown): void {
  if (!holds) throw new Error(`'${what}' must ${rule}, got: ${String(got)}`);
}

/**
 * The upload format of labels, for applications that know what came true. This file imports nothing, so it can be copied into one.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
 */
export const GroundTruth = { record, jsonLines, key } as const;
