import { GetObjectRequest$, ListObjectsV2Request$ } from '@aws-sdk/client-s3';
import {
  CreateProcessingJobRequest$,
  DescribeProcessingJobRequest$,
  StopProcessingJobRequest$,
} from '@aws-sdk/client-sagemaker';
import type { Stack } from 'aws-cdk-lib/core';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import {
  AttributionConstraints,
  AttributionDriftMonitor,
  BaselineConstraints,
  BaselineStatistics,
  BiasConstraints,
  BiasDriftMonitor,
  DataQualityMonitor,
  ModelQualityConstraints,
  ModelQualityMonitor,
} from '../../constructs/model-monitor';
import { requestProblems } from './request-schema';
import { serviceModel } from './service-model';
import { type Call, type Execution, runStateMachine, TaskError } from './state-machine';

const dataset = { datasetType: 'text/csv', headers: ['good', 'age', 'amount'], label: 'good' } as const;
const predictor = { instanceType: 'ml.m5.large', contentType: 'text/csv' } as const;
const bias = { facets: [{ nameOrIndex: 'age', threshold: 25 }], labelValues: [1] } as const;
const shap = { baseline: [[30, 1000]], numSamples: 50, aggMethod: 'mean_abs' } as const;

export const explanation = (overrides: object = {}) =>
  new ModelExplainabilityAnalysis({ dataset, predictor, shap, ...overrides });
export const baselineUri = (name: string) => `s3://baselines/7/${name}.json`;

const places = (stack: Stack) => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'loans');
  return {
    managed: false,
    endpointName: 'loans',
    capturedData: { bucket, prefix: 'captured' },
    output: { bucket, prefix: 'reports' },
  };
};
const labelled = (stack: Stack) => ({
  ...places(stack),
  groundTruth: { bucket: s3.Bucket.fromBucketName(stack, 'Labels', 'loans'), prefix: 'labels' },
  probabilityAttribute: '0',
  probabilityThreshold: 0.5,
});

/** The four kinds of monitor without the managed service, on the endpoint `loans`. */
export const OPEN = {
  'data-quality': (stack: Stack, overrides: object = {}) =>
    new DataQualityMonitor(stack, 'Loans', {
      ...places(stack),
      baselineStatistics: BaselineStatistics.fromS3Uri(baselineUri('statistics')),
      baselineConstraints: BaselineConstraints.fromS3Uri(baselineUri('constraints')),
      ...overrides,
    }),
  'model-quality': (stack: Stack, overrides: object = {}) =>
    new ModelQualityMonitor(stack, 'Loans', {
      ...labelled(stack),
      problemType: 'BinaryClassification',
      baselineConstraints: ModelQualityConstraints.fromS3Uri(baselineUri('quality')),
      ...overrides,
    }),
  bias: (stack: Stack, overrides: object = {}) =>
    new BiasDriftMonitor(stack, 'Loans', {
      ...labelled(stack),
      analysis: new ModelBiasAnalysis({ dataset, predictor, bias }),
      baselineConstraints: BiasConstraints.fromS3Uri(baselineUri('bias')),
      ...overrides,
    }),
  attribution: (stack: Stack, overrides: object = {}) =>
    new AttributionDriftMonitor(stack, 'Loans', {
      ...places(stack),
      analysis: explanation(),
      modelName: 'Loans-7',
      baselineConstraints: AttributionConstraints.fromS3Uri(baselineUri('explainability')),
      ...overrides,
    }),
} as const;

export type OpenKind = keyof typeof OPEN;
export const OPEN_KINDS = Object.keys(OPEN) as OpenKind[];

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'sagemaker:createProcessingJob': CreateProcessingJobRequest$,
  'sagemaker:describeProcessingJob': DescribeProcessingJobRequest$,
  'sagemaker:stopProcessingJob': StopProcessingJobRequest$,
  's3:getObject': GetObjectRequest$,
  's3:listObjectsV2': ListObjectsV2Request$,
  'cloudwatch:putMetricData': serviceModel('cloudwatch')('PutMetricDataInput'),
};

export interface Datum {
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly Value?: number;
  readonly StatisticValues?: Readonly<Record<'SampleCount' | 'Sum' | 'Minimum' | 'Maximum', number>>;
  readonly Timestamp: string;
}

interface JobAnswer {
  readonly ProcessingJobStatus: string;
  readonly FailureReason?: string;
  readonly ExitMessage?: string;
}

interface Job {
  readonly request: Readonly<Record<string, unknown>>;
  /** Answers to DescribeProcessingJob, in order; the last one goes on. */
  readonly answers: JobAnswer[];
}

export const COMPLETED = { ProcessingJobStatus: 'Completed', ExitMessage: 'Completed: Job completed successfully' };

/** SageMaker with jobs that end as they are told, their reports in S3, and CloudWatch. Requests are checked by their schemas. */
export class MonitoringAccount {
  public readonly jobs: Record<string, Job> = {};
  public readonly objects: Record<string, string> = {};
  public readonly published: { readonly namespace: string; readonly data: readonly Datum[] }[] = [];

  /** What becomes of the jobs that are created. */
  public answers: Job['answers'] = [{ ProcessingJobStatus: 'InProgress' }, COMPLETED];
  public summary: object | undefined = { violation_count: 0, item_count: 90, outcome: 'Completed' };
  public parts: readonly (readonly Datum[])[] = [];
  public beforeCall: (call: Call) => void = () => undefined;

  public async run(definition: object, input: unknown, id = 'e1', startsAt = 6 * 3600): Promise<Execution> {
    const Execution = {
      Id: `arn:aws:states:eu-west-1:111122223333:execution:loans:${id}`,
      StartTime: new Date(Date.parse('2026-01-01T00:00:00.123Z') + startsAt * 1000).toISOString(),
    };
    return runStateMachine(definition, {
      input,
      startsAt,
      context: { Execution },
      onCall: call => {
        expect(callProblems(call)).toEqual([]);
        this.beforeCall(call);
        return this.answer(call);
      },
    });
  }

  private answer({ action, arguments: request }: Call): unknown {
    const name = request.ProcessingJobName as string;
    const key = `s3://${String(request.Bucket)}/${String(request.Key)}`;
    switch (action) {
      case 'sagemaker:createProcessingJob':
        if (name in this.jobs) throw new TaskError('SageMaker.ResourceInUseException', `there is a job ${name}`);
        this.jobs[name] = { request, answers: [...this.answers] };
        this.write(request);
        return { ProcessingJobArn: `arn:aws:sagemaker:eu-west-1:111122223333:processing-job/${name}` };
      case 'sagemaker:describeProcessingJob': {
        const { answers } = this.jobs[name] ?? { answers: [] };
        if (answers.length === 0) throw new TaskError('SageMaker.SageMakerException', `no job ${name}`);
        return answers.length > 1 ? answers.shift() : answers[0];
      }
      case 'sagemaker:stopProcessingJob':
        return {};
      case 's3:getObject':
        if (!(key in this.objects)) throw new TaskError('S3.NoSuchKeyException', `no ${key}`);
        return { Body: this.objects[key], ContentLength: this.objects[key]?.length };
      case 's3:listObjectsV2': {
        const prefix = `s3://${String(request.Bucket)}/${String(request.Prefix)}`;
        const found = Object.keys(this.objects).filter(each => each.startsWith(prefix));
        const contents = found.sort().map(each => ({ Key: each.split('/').slice(3).join('/'), Size: 1 }));
        // S3 leaves the list out where there is nothing.
        return { KeyCount: contents.length, ...(contents.length > 0 && { Contents: contents }) };
      }
      case 'cloudwatch:putMetricData':
        this.published.push({ namespace: request.Namespace as string, data: request.MetricData as Datum[] });
        return {};
      default:
        throw new Error(`unexpected call ${action}`);
    }
  }

  /** What the program leaves. */
  private write(request: Readonly<Record<string, unknown>>): void {
    const [root] = uploads(request);
    if (this.summary) this.objects[`${root ?? ''}/summary.json`] = JSON.stringify(this.summary);
    this.parts.forEach((part, index) => {
      this.objects[`${root ?? ''}/metrics/${String(index).padStart(4, '0')}.json`] = JSON.stringify(part);
    });
  }
}

function uploads(request: Readonly<Record<string, unknown>>): string[] {
  const { Outputs } = request.ProcessingOutputConfig as { Outputs: { S3Output: { S3Uri: string } }[] };
  return Outputs.map(({ S3Output }) => S3Output.S3Uri);
}

/** What the schema of its action says against a call of a monitor's workflow. */
export function callProblems(call: Call): string[] {
  return requestProblems(SCHEMAS[call.action], checkable(call), {}, call.action);
}

/** Step Functions takes times as text, the schemas as numbers. */
function checkable({ arguments: request }: Call): unknown {
  if (!Array.isArray(request.MetricData)) return request;
  const MetricData = (request.MetricData as Datum[]).map(datum => ({
    ...datum,
    Timestamp: Date.parse(datum.Timestamp) / 1000,
  }));
  return { ...request, MetricData };
}
