import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { MonitoredData } from './captured-data';

/** What an endpoint stores of its requests and answers. */
export interface MonitoredCapture {
  /** Bucket of the files. */
  readonly bucket: s3.IBucket;

  /** Start of the keys, with no slash first or last. */
  readonly prefix: string;

  /** What is stored of a request. */
  readonly modes: readonly ('Input' | 'Output')[];

  /**
   * Key that encrypts the files.
   *
   * @default - the key of the bucket, if it has one of its own
   */
  readonly encryptionKey?: kms.IKey;
}

/** An endpoint of which more is known than its name, so that it can be checked: the `Endpoint` of `constructs/endpoint` is one. */
export interface MonitoredEndpoint {
  /** Name of the endpoint. */
  readonly endpointName: string;

  /** What it runs on, and how many models share it. */
  readonly hosting: 'instances' | 'asynchronous' | 'serverless' | 'multi-model' | 'inference-components';

  /**
   * What it stores of its requests and answers.
   *
   * @default - nothing, so that it cannot be monitored
   */
  readonly captured?: MonitoredCapture;
}

/** An endpoint as an object, which is checked and says itself where its data is. */
export interface KnownEndpoint {
  /** Endpoint to watch; it has to capture data, and serve one model per container on instances or asynchronously. */
  readonly endpoint: MonitoredEndpoint;
  readonly endpointName?: never;
  readonly capturedData?: never;
  readonly transformFormat?: never;
}

/** An endpoint by its name, of which nothing can be checked, or batch transform jobs. */
type KnownByName = MonitoredData & { readonly endpoint?: never };

/** What is watched: an endpoint, as an object or by its name, or batch transform jobs, by the format of their data. */
export type MonitoredSource = KnownEndpoint | KnownByName;

/** The data of a source; an endpoint given as an object is checked for what the monitor needs of each request. */
export function dataOf<Options>(
  path: string,
  props: Options & MonitoredSource,
  needs: MonitoredCapture['modes'],
): Options & MonitoredData {
  const { endpoint } = props;
  if (endpoint === undefined) {
    return props;
  }
  const { endpointName, hosting, captured } = endpoint;
  // https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html names multi-model endpoints; serverless ones capture nothing.
  if (hosting !== 'instances' && hosting !== 'asynchronous') {
    throw new Error(
      `${path}: 'endpoint' must serve one model per container on instances, at once or asynchronously, got: ${endpointName}, ${DESCRIPTIONS[hosting]}`,
    );
  }
  const missing = needs.filter(mode => !captured?.modes.includes(mode));
  if (!captured || missing.length > 0) {
    const got = captured ? captured.modes.join(' and ') : 'nothing';
    throw new Error(
      `${path}: 'endpoint' must capture ${needs.join(' and ') || 'Input or Output'} of its requests, got: ${got}`,
    );
  }
  const { bucket, prefix } = captured;
  return { ...props, endpointName, capturedData: { bucket, prefix } };
}

const DESCRIPTIONS = {
  serverless: 'a serverless endpoint',
  'multi-model': 'a multi-model endpoint',
  'inference-components': 'an endpoint of inference components',
} as const;

/** Lets the role of a monitor decrypt what an endpoint encrypts with a key other than that of the bucket. */
export function grantCaptured({ endpoint }: { readonly endpoint?: MonitoredEndpoint }, role: iam.IRole): void {
  endpoint?.captured?.encryptionKey?.grant(role, 'kms:Decrypt');
}
