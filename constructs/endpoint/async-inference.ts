import { Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { check, isCount } from './check';
import { ASYNCHRONOUS } from './limits';

/** Objects of a bucket whose keys begin alike. */
export interface AsyncLocation {
  readonly bucket: s3.IBucket;

  /** Start of the keys, without slashes at its ends. */
  readonly prefix: string;
}

/**
 * Makes an endpoint asynchronous: requests are objects in S3 and wait in a queue, up to 1 GB each; answers are written to
 * S3. Such an endpoint takes no other requests.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
 */
export interface AsyncInference {
  /** Where callers put requests. The models' roles may read it. */
  readonly input: AsyncLocation;

  /** Where answers are written. The models' roles may write it. */
  readonly output: AsyncLocation;

  /**
   * Where the answers of failed requests are written.
   *
   * @default - nowhere; `errorTopic` tells of failures
   */
  readonly failure?: AsyncLocation;

  /**
   * Topic that hears of each answer, and where it lies.
   *
   * @default - none
   */
  readonly successTopic?: sns.ITopic;

  /**
   * Topic that hears of each failed request.
   *
   * @default - none
   */
  readonly errorTopic?: sns.ITopic;

  /**
   * Notifications that hold the answer itself, if it is no larger than 128 KB. Each needs its topic.
   *
   * @default - none
   */
  readonly includeResponseIn?: readonly ('success' | 'error')[];

  /**
   * Requests that a container gets at once, 1 to 1000.
   *
   * @default - chosen by SageMaker
   */
  readonly maxConcurrentInvocationsPerInstance?: number;

  /**
   * Key that encrypts the answers.
   *
   * @default - the key of the bucket of `output`, if it has one of its own; else the default encryption of the bucket
   */
  readonly encryptionKey?: kms.IKey;
}

const TOPICS = { success: 'successTopic', error: 'errorTopic' } as const;

export function renderAsync(async: AsyncInference): sagemaker.CfnEndpointConfig.AsyncInferenceConfigProperty {
  const { successTopic, errorTopic, includeResponseIn = [] } = async;
  const notified = successTopic !== undefined || errorTopic !== undefined;
  const included = includeResponseIn.map(outcome => `${outcome.toUpperCase()}_NOTIFICATION_TOPIC`);
  return {
    clientConfig: async.maxConcurrentInvocationsPerInstance
      ? { maxConcurrentInvocationsPerInstance: async.maxConcurrentInvocationsPerInstance }
      : undefined,
    outputConfig: {
      s3OutputPath: uriOf(async.output),
      s3FailurePath: async.failure && uriOf(async.failure),
      kmsKeyId: keyOf(async)?.keyArn,
      notificationConfig: notified
        ? {
            successTopic: successTopic?.topicArn,
            errorTopic: errorTopic?.topicArn,
            includeInferenceResponseIn: included.length > 0 ? included : undefined,
          }
        : undefined,
    },
  };
}

/** What the role of a model needs: read requests, write answers, tell of them. */
export function modelStatements(async: AsyncInference): iam.PolicyStatement[] {
  const { input, successTopic, errorTopic } = async;
  const topics = [successTopic, errorTopic].filter(topic => topic !== undefined);
  return [
    allow(['s3:GetObject'], [objectsOf(input)]),
    new iam.PolicyStatement({
      // Without it, S3 does not tell a missing request from a forbidden one.
      actions: ['s3:ListBucket'],
      resources: [input.bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': `${input.prefix}/*` } },
    }),
    allow(['s3:AbortMultipartUpload', 's3:PutObject'], answersOf(async)),
    ...allowKeys(['kms:Decrypt'], [input.bucket.encryptionKey]),
    ...allowKeys(['kms:Decrypt', 'kms:GenerateDataKey'], [keyOf(async), async.failure?.bucket.encryptionKey]),
    ...(topics.length > 0 ? [allow(['sns:Publish'], [...new Set(topics.map(({ topicArn }) => topicArn))])] : []),
    ...allowKeys(
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      topics.map(({ masterKey }) => masterKey),
    ),
  ];
}

/** What a caller needs beside the endpoint: put requests, get answers. */
export function callerStatements(async: AsyncInference): iam.PolicyStatement[] {
  const { input, failure } = async;
  return [
    allow(['s3:PutObject'], [objectsOf(input)]),
    allow(['s3:GetObject'], answersOf(async)),
    ...allowKeys(['kms:Decrypt', 'kms:GenerateDataKey'], [input.bucket.encryptionKey]),
    ...allowKeys(['kms:Decrypt'], [keyOf(async), failure?.bucket.encryptionKey]),
  ];
}

/** ARNs of all objects with requests and answers. */
export function asyncObjects(async: AsyncInference): string[] {
  return [objectsOf(async.input), ...answersOf(async)];
}

export function checkAsync(path: string, async: AsyncInference): void {
  const checkProp = check(path, 'async');
  for (const prop of ['input', 'output', 'failure'] as const) {
    const prefix = async[prop]?.prefix;
    const isPrefix = prefix === undefined || Token.isUnresolved(prefix) || /^[^/].*[^/]$|^[^/]$/.test(prefix);
    checkProp(`${prop}.prefix`, isPrefix, 'have no slash at its ends and not be empty', prefix);
  }
  for (const outcome of async.includeResponseIn ?? []) {
    const topic = TOPICS[outcome];
    checkProp('includeResponseIn', async[topic] !== undefined, `come with '${topic}' to hold '${outcome}'`, outcome);
  }
  const { maxConcurrentInvocationsPerInstance: most } = ASYNCHRONOUS;
  const given = async.maxConcurrentInvocationsPerInstance ?? 1;
  const rule = `be a whole number from 1 to ${most}`;
  checkProp('maxConcurrentInvocationsPerInstance', isCount(given, 1, most), rule, given);
}

function allow(actions: string[], resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources });
}

function allowKeys(actions: string[], keys: readonly (kms.IKey | undefined)[]): iam.PolicyStatement[] {
  const arns = new Set(keys.flatMap(key => key?.keyArn ?? []));
  return arns.size > 0 ? [allow(actions, [...arns])] : [];
}

const answersOf = ({ output, failure }: AsyncInference): string[] => [
  ...new Set([objectsOf(output), ...(failure ? [objectsOf(failure)] : [])]),
];
const uriOf = ({ bucket, prefix }: AsyncLocation): string => bucket.s3UrlForObject(prefix);
const objectsOf = ({ bucket, prefix }: AsyncLocation): string => bucket.arnForObjects(`${prefix}/*`);
const keyOf = ({ encryptionKey, output }: AsyncInference): kms.IKey | undefined =>
  encryptionKey ?? output.bucket.encryptionKey;
