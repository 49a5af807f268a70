import { Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { check, isCount } from './check';

/** Copies of requests and answers, as JSON lines in S3: what monitors of the endpoint read. */
export interface DataCapture {
  /** Bucket for the files, which are named `<prefix>/<endpoint>/<variant>/<year>/<month>/<day>/<hour>/….jsonl`. */
  readonly bucket: s3.IBucket;

  /**
   * Start of the keys, without slashes at its ends.
   *
   * @default 'data-capture'
   */
  readonly prefix?: string;

  /**
   * Part of the requests to capture, 1 to 100 percent.
   *
   * @default 100
   */
  readonly samplingPercentage?: number;

  /**
   * What to capture of a request, at least one.
   *
   * @default - both
   */
  readonly modes?: readonly ('Input' | 'Output')[];

  /**
   * Content types to store as CSV text, 1 to 10. What is neither CSV nor JSON is stored in base64.
   *
   * @default ['text/csv']
   */
  readonly csvContentTypes?: readonly string[];

  /**
   * Content types to store as JSON, 1 to 10.
   *
   * @default ['application/json']
   */
  readonly jsonContentTypes?: readonly string[];

  /**
   * Key that encrypts the files.
   *
   * @default - the key of the bucket, if it has one of its own; else the default encryption of the bucket
   */
  readonly encryptionKey?: kms.IKey;
}

/** Where captured data is and what is in it, for those who read it. */
export interface CapturedData {
  readonly bucket: s3.IBucket;
  readonly prefix: string;
  readonly modes: readonly ('Input' | 'Output')[];
  readonly encryptionKey?: kms.IKey;
}

export function describeCapture(capture: DataCapture): CapturedData {
  const { bucket, modes = ['Input', 'Output'] } = capture;
  return { bucket, prefix: prefixOf(capture), modes, encryptionKey: keyOf(capture) };
}

export function renderDataCapture(capture: DataCapture): sagemaker.CfnEndpointConfig.DataCaptureConfigProperty {
  const { bucket, modes = ['Input', 'Output'] } = capture;
  return {
    enableCapture: true,
    initialSamplingPercentage: capture.samplingPercentage ?? 100,
    destinationS3Uri: bucket.s3UrlForObject(prefixOf(capture)),
    captureOptions: modes.map(captureMode => ({ captureMode })),
    captureContentTypeHeader: {
      csvContentTypes: [...(capture.csvContentTypes ?? ['text/csv'])],
      jsonContentTypes: [...(capture.jsonContentTypes ?? ['application/json'])],
    },
    kmsKeyId: keyOf(capture)?.keyArn,
  };
}

/** ARN of all objects with captured data. */
export function capturedObjects(capture: DataCapture): string {
  return capture.bucket.arnForObjects(`${prefixOf(capture)}/*`);
}

/** What the role of a model needs to write captured data. */
export function captureStatements(capture: DataCapture): iam.PolicyStatement[] {
  const key = keyOf(capture);
  return [
    new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [capturedObjects(capture)] }),
    ...(key
      ? [new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] })]
      : []),
  ];
}

export function checkDataCapture(path: string, capture: DataCapture): void {
  const { samplingPercentage = 100, modes, prefix } = capture;
  const checkProp = check(path, 'dataCapture');
  checkProp(
    'samplingPercentage',
    isCount(samplingPercentage, 1, 100),
    'be a whole number from 1 to 100; leave out dataCapture to capture nothing',
    samplingPercentage,
  );
  checkProp('modes', modes === undefined || modes.length > 0, 'hold Input, Output or both', '[]');
  if (prefix !== undefined && !Token.isUnresolved(prefix)) {
    checkProp('prefix', /^[^/].*[^/]$|^[^/]$/.test(prefix), 'have no slash at its ends and not be empty', prefix);
  }
  for (const prop of ['csvContentTypes', 'jsonContentTypes'] as const) {
    const types = capture[prop];
    if (types !== undefined) {
      checkProp(prop, types.length >= 1 && types.length <= 10, 'hold 1 to 10 content types', types.length);
      for (const type of types) {
        // The service takes no '+', '_' or parameters such as '; charset=utf-8'.
        const isType = /^[a-zA-Z0-9](-*[a-zA-Z0-9])*\/[a-zA-Z0-9](-*[a-zA-Z0-9.])*$/.test(type);
        checkProp(prop, isType, 'hold content types such as text/csv, of letters, digits, - and .', type);
      }
    }
  }
}

const prefixOf = ({ prefix = 'data-capture' }: DataCapture): string => prefix;
const keyOf = ({ encryptionKey, bucket }: DataCapture): kms.IKey | undefined => encryptionKey ?? bucket.encryptionKey;
