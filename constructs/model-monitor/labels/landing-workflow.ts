import { PROBLEM, type State, caught as caughtAs, choice, jsonata, retry, task } from '../states';

export interface LandingWorkflowOptions {
  readonly partition: string;
  readonly functionArn: string;

  /** Prefixes without a slash at their ends. */
  readonly inboxPrefix: string;
  readonly landingBucket: string;
  readonly landingPrefix: string;
  readonly idColumn: string;
  readonly labelColumn: string;

  /** Key that encrypts what lands; undefined for the default of the bucket. */
  readonly kmsKeyArn?: string;
}

/** Folder of the inbox for what cannot land. */
export const REJECTED = 'rejected';

/** Labels of which the function can keep in mind whether it has seen them. */
export const MAX_LABELS = 5_000_000;

export const READ_TIMEOUT_SECONDS = 900;

/**
 * A state machine in Amazon States Language that lands one file of labels. Its input is the event of S3.
 *
 * The function reads the file, for a state holds 256 KiB of data; what is in the upload format already is then copied by S3. What is
 * written is named after the file and the time of the event, so an event that comes twice writes the same object twice.
 */
export function landingWorkflow(options: LandingWorkflowOptions): object {
  return {
    Comment: 'Lands a file of labels where the monitors look',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 10_800,
    StartAt: 'Configure',
    States: { ...begin(options), ...land(options), ...reject(options) },
  };
}

function begin(options: LandingWorkflowOptions): Record<string, State> {
  const { inboxPrefix, landingBucket, landingPrefix, idColumn, labelColumn, kmsKeyArn } = options;
  const detail = '$states.input.detail';
  const seen = `${detail}.bucket.name & '/' & ${detail}.object.key & ' ' & ${detail}.object.etag`;
  const hour = "$fromMillis($toMillis($states.input.time), '[Y0001]/[M01]/[D01]/[H01]/[m01][s01]')";
  return {
    // Texts of the template go into variables: in an expression they would have to be escaped, which no token could be.
    Configure: {
      Type: 'Pass',
      Assign: {
        inbox: `${inboxPrefix}/`,
        rejected: `${inboxPrefix}/${REJECTED}/`,
        landingBucket,
        landing: `${landingPrefix}/`,
        columns: { id: idColumn, label: labelColumn },
        ...(kmsKeyArn !== undefined && { kmsKeyArn }),
      },
      Next: 'Begin',
    },
    Begin: {
      Type: 'Pass',
      Assign: {
        bucket: jsonata(`${detail}.bucket.name`),
        key: jsonata(`${detail}.object.key`),
        etag: jsonata(`${detail}.object.etag`),
        size: jsonata(`${detail}.object.size`),
        landingKey: jsonata(`$landing & ${hour} & '-' & $substring($hash(${seen}, 'SHA-256'), 0, 16) & '.jsonl'`),
        // S3 wants the source of a copy with everything encoded but its slashes.
        source: jsonata(
          `${detail}.bucket.name & '/' & $join($map($split(${detail}.object.key, '/'), $encodeUrlComponent), '/')`,
        ),
        rejectedKey: jsonata(`$rejected & $substring(${detail}.object.key, $length($inbox))`),
      },
      Output: {},
      Next: 'IsUpload',
    },
    // No pattern of EventBridge says "this prefix, but not that one".
    IsUpload: choice('Read', ['$substring($key, 0, $length($rejected)) = $rejected', 'Ignored']),
    Ignored: { Type: 'Succeed', Output: { outcome: 'ignored', reason: 'the file is rejected already' } },
    Read: {
      Type: 'Task',
      Resource: `arn:${options.partition}:states:::lambda:invoke`,
      Arguments: {
        FunctionName: options.functionArn,
        Payload: {
          bucket: jsonata('$bucket'),
          key: jsonata('$key'),
          etag: jsonata('$etag'),
          size: jsonata('$size'),
          columns: jsonata('$columns'),
          target: {
            bucket: jsonata('$landingBucket'),
            key: jsonata('$landingKey'),
            ...(kmsKeyArn !== undefined && { kmsKeyArn: jsonata('$kmsKeyArn') }),
          },
          reasonKey: jsonata("$rejectedKey & '.reason.json'"),
          maxLabels: MAX_LABELS,
        },
      },
      TimeoutSeconds: READ_TIMEOUT_SECONDS + 60,
      Retry: [retry(4)],
      Assign: {
        outcome: jsonata('$states.result.Payload.outcome'),
        labels: jsonata('$states.result.Payload.labels'),
        failure: { reason: jsonata('$states.result.Payload.reason') },
      },
      Catch: [caught('NotLanded')],
      Output: {},
      Next: 'Judge',
    },
    Judge: choice(
      'NotLanded',
      ["$outcome = 'checked'", 'Land'],
      ["$outcome = 'landed'", 'Landed'],
      ["$outcome = 'rejected'", 'KeepRejected'],
      ["$outcome = 'replaced'", 'Replaced'],
    ),
  };
}

function land({ partition, kmsKeyArn }: LandingWorkflowOptions): Record<string, State> {
  return {
    Land: {
      ...copy(partition, '$landingBucket', '$landingKey'),
      Arguments: {
        ...copyOf('$landingBucket', '$landingKey'),
        ...(kmsKeyArn !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: jsonata('$kmsKeyArn') }),
      },
      Catch: [caught('WasReplaced')],
      Next: 'Landed',
    },
    // Somebody uploaded the file anew after it was read: its new event lands it.
    WasReplaced: choice('NotLanded', ["$contains($failure.reason, 'Status Code: 412')", 'Replaced']),
    Landed: {
      Type: 'Succeed',
      Output: {
        outcome: 'landed',
        labels: jsonata('$labels'),
        uri: jsonata("'s3://' & $landingBucket & '/' & $landingKey"),
      },
    },
    Replaced: { Type: 'Succeed', Output: { outcome: 'replaced', reason: 'the file was uploaded anew' } },
    NotLanded: { Type: 'Fail', Error: 'LabelsNotLanded', Cause: because },
  };
}

function reject({ partition }: LandingWorkflowOptions): Record<string, State> {
  return {
    KeepRejected: {
      ...copy(partition, '$bucket', '$rejectedKey'),
      // The reason is written already, and the file is still where it was.
      Catch: [{ ErrorEquals: ['States.ALL'], Output: {}, Next: 'Rejected' }],
      Next: 'Rejected',
    },
    Rejected: { Type: 'Fail', Error: 'LabelsRejected', Cause: because },
  };
}

const because = jsonata("'s3://' & $bucket & '/' & $key & ': ' & $failure.reason");

const caught = (next: string): State => caughtAs({ failure: { reason: jsonata(PROBLEM) } }, next);

const copyOf = (bucket: string, key: string): State => ({
  Bucket: jsonata(bucket),
  Key: jsonata(key),
  CopySource: jsonata('$source'),
  CopySourceIfMatch: jsonata(`'"' & $etag & '"'`),
  // Tags would take permissions of their own.
  TaggingDirective: 'REPLACE',
});

function copy(partition: string, bucket: string, key: string): State {
  // S3 copies up to 5 GB before it answers.
  return { ...task(partition, 's3:copyObject', copyOf(bucket, key)), TimeoutSeconds: 600 };
}
