import { Stack } from 'aws-cdk-lib/core';
import * as events from 'aws-cdk-lib/aws-events';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { problemsOf, rule } from '../problem';
import type { TriggeredPipeline } from './start-options';
import { type EventStartOptions, PipelineTrigger } from './trigger';

/** Starts by objects that arrive in a bucket. */
export interface UploadStartOptions extends EventStartOptions {
  /** Bucket that the objects arrive in. It must send its events to EventBridge (`eventBridgeEnabled: true`). */
  readonly bucket: s3.IBucket;

  /**
   * What the key of the object begins with, such as `raw/`.
   *
   * @default - anything
   */
  readonly prefix?: string;

  /**
   * What the key of the object ends with, such as `.csv`.
   *
   * @default - anything
   */
  readonly suffix?: string;
}

const bucketName = events.EventField.fromPath('$.detail.bucket.name');
const key = events.EventField.fromPath('$.detail.object.key');

/** The object whose arrival starts the pipeline, for the values of parameters. */
export const UploadedObject = { bucketName, key, uri: `s3://${bucketName}/${key}` } as const;

/** A trigger for objects that arrive. */
export function createUploadTrigger(
  scope: Construct,
  id: string,
  pipeline: TriggeredPipeline,
  options: UploadStartOptions,
): PipelineTrigger {
  const { bucket, prefix, suffix } = options;
  const plain = (text: string | undefined) => text !== '' && !/[*\\]/.test(text ?? '');
  const problems = problemsOf(
    rule(prefix, plain, `'prefix' must be a text without * and \\`),
    rule(suffix, plain, `'suffix' must be a text without * and \\`),
  );
  const eventPattern = {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: {
      bucket: { name: [bucket.bucketName] },
      // The folders that the S3 console makes are empty objects.
      object: { ...keyPattern(prefix, suffix), size: events.Match.greaterThan(0) },
    },
  };
  const trigger = new PipelineTrigger(scope, id, pipeline, { ...options, eventPattern }, problems);
  trigger.node.addValidation({
    validate: () => bucketProblems(bucket).map(problem => `${trigger.node.path}: ${problem}`),
  });
  return trigger;
}

/** What is wrong with the bucket: without events, nothing would ever start, and nothing would say so. */
function bucketProblems(bucket: s3.IBucket): string[] {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof s3.CfnBucket)) return [];
  const native = Stack.of(bucket).resolve(resource.notificationConfiguration) as
    { readonly eventBridgeConfiguration?: unknown } | undefined;
  // The CDK's way is a custom resource of this name.
  const sends =
    native?.eventBridgeConfiguration !== undefined || bucket.node.tryFindChild('Notifications') !== undefined;
  return sends
    ? []
    : [`'bucket' must send its events to EventBridge (eventBridgeEnabled: true), got: ${bucket.node.path}`];
}

function keyPattern(prefix?: string, suffix?: string): { key?: string[] } {
  if (prefix !== undefined && suffix !== undefined) return { key: events.Match.wildcard(`${prefix}*${suffix}`) };
  if (prefix !== undefined) return { key: events.Match.prefix(prefix) };
  return suffix === undefined ? {} : { key: events.Match.suffix(suffix) };
}
