import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { App, Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { ComponentEndpoint, type DataCapture, Endpoint, type EndpointProps, Model } from '../../constructs/endpoint';
import { ContainerImage } from '../../constructs/images';
import { ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import {
  AttributionConstraints,
  AttributionDriftMonitor,
  BaselineConstraints,
  BaselineStatistics,
  BiasConstraints,
  BiasDriftMonitor,
  CustomMonitor,
  type CustomMonitorProps,
  DataQualityMonitor,
  ModelQualityConstraints,
  ModelQualityMonitor,
  type MonitoredEndpoint,
} from '../../constructs/model-monitor';
import { allowedTo } from '../support/role-policy';

const newStack = () => new Stack(new App(), 'Loans', { env: { account: '111122223333', region: 'eu-west-1' } });
const dataset = { datasetType: 'text/csv', headers: ['good', 'age'], label: 'good' } as const;
const predictor = { instanceType: 'ml.m5.large', contentType: 'text/csv' } as const;
const uri = 's3://baselines/file.json';

const bucketIn = (stack: Stack) =>
  (stack.node.tryFindChild('Data') as s3.IBucket | undefined) ?? s3.Bucket.fromBucketName(stack, 'Data', 'loans');
const image = ContainerImage.xgboost();
const artifactIn = (stack: Stack) => ({ bucket: bucketIn(stack), key: 'models/model.tar.gz' });
const endpointIn = (stack: Stack, capture: Partial<DataCapture> = {}, overrides: Partial<EndpointProps> = {}) =>
  new Endpoint(stack, 'Endpoint', {
    endpointName: 'loans',
    variants: [
      {
        name: 'primary',
        model: new Model(stack, 'Model', { image, artifact: artifactIn(stack) }),
        instanceType: 'ml.m5.large',
      },
    ],
    dataCapture: { bucket: bucketIn(stack), prefix: 'captured', ...capture },
    ...overrides,
  });

const kinds = {
  dataQuality: (stack: Stack, endpoint: MonitoredEndpoint) =>
    new DataQualityMonitor(stack, 'Monitor', {
      endpoint,
      output: { bucket: bucketIn(stack), prefix: 'reports' },
      baselineStatistics: BaselineStatistics.fromS3Uri(uri),
      baselineConstraints: BaselineConstraints.fromS3Uri(uri),
    }),
  modelQuality: (stack: Stack, endpoint: MonitoredEndpoint) =>
    new ModelQualityMonitor(stack, 'Monitor', {
      endpoint,
      output: { bucket: bucketIn(stack), prefix: 'reports' },
      groundTruth: { bucket: bucketIn(stack), prefix: 'labels' },
      problemType: 'Regression',
      inferenceAttribute: '0',
      baselineConstraints: ModelQualityConstraints.fromS3Uri(uri),
    }),
  bias: (stack: Stack, endpoint: MonitoredEndpoint) =>
    new BiasDriftMonitor(stack, 'Monitor', {
      endpoint,
      output: { bucket: bucketIn(stack), prefix: 'reports' },
      groundTruth: { bucket: bucketIn(stack), prefix: 'labels' },
      inferenceAttribute: '0',
      analysis: new ModelBiasAnalysis({
        dataset,
        predictor,
        bias: { facets: [{ nameOrIndex: 'age', threshold: 25 }], labelValues: [1] },
      }),
      baselineConstraints: BiasConstraints.fromS3Uri(uri),
    }),
  attribution: (stack: Stack, endpoint: MonitoredEndpoint) =>
    new AttributionDriftMonitor(stack, 'Monitor', {
      endpoint,
      output: { bucket: bucketIn(stack), prefix: 'reports' },
      modelName: 'loans',
      analysis: new ModelExplainabilityAnalysis({
        dataset,
        predictor,
        shap: { baseline: [[30]], numSamples: 50, aggMethod: 'mean_abs' },
      }),
      baselineConstraints: AttributionConstraints.fromS3Uri(uri),
    }),
  custom: (stack: Stack, endpoint: MonitoredEndpoint) =>
    new CustomMonitor(stack, 'Monitor', {
      endpoint,
      output: { bucket: bucketIn(stack), prefix: 'reports' },
      checks: 'amounts',
      recordPreprocessorUri: 's3://scripts/pre.py',
    }),
};
type Kind = keyof typeof kinds;
const all = Object.keys(kinds) as Kind[];
const PATH = 'Loans/Monitor';

describe('an endpoint as an object', () => {
  test.each(all)('says its name and where its data is (%s)', kind => {
    const stack = newStack();
    const monitor = kinds[kind](stack, endpointIn(stack));
    expect(monitor.endpointName).toBe('loans');
    expect(allowedTo(monitor.role)).toContainEqual({
      Action: ['s3:GetObject'],
      Resource: ['arn:${AWS::Partition}:s3:::loans/captured/*'],
    });
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain('"EndpointInput":{"EndpointName":"loans"');
  });

  test('captures under the default prefix', () => {
    const stack = newStack();
    const monitor = kinds.dataQuality(stack, endpointIn(stack, { prefix: undefined }));
    expect(allowedTo(monitor.role).flatMap(({ Resource }) => Resource)).toContain(
      'arn:${AWS::Partition}:s3:::loans/data-capture/*',
    );
  });

  test.each(all)('lets the monitor decrypt what it encrypts with a key of its own (%s)', kind => {
    const stack = newStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k');
    const endpoint = endpointIn(stack, { encryptionKey: key });
    expect(allowedTo(kinds[kind](stack, endpoint).role)).toContainEqual({
      Action: ['kms:Decrypt'],
      Resource: ['arn:aws:kms:eu-west-1:111122223333:key/k'],
    });
  });

  test('may be asynchronous', () => {
    const stack = newStack();
    const endpoint = endpointIn(
      stack,
      {},
      {
        async: {
          input: { bucket: bucketIn(stack), prefix: 'requests' },
          output: { bucket: bucketIn(stack), prefix: 'answers' },
        },
      },
    );
    expect(endpoint.hosting).toBe('asynchronous');
    expect(kinds.dataQuality(stack, endpoint).endpointName).toBe('loans');
  });

  test.each([
    ['dataQuality', ['Input']],
    ['modelQuality', ['Output']],
    ['bias', ['Input', 'Output']],
    ['attribution', ['Input']],
    ['custom', ['Output']],
  ] as const)('of which %s needs %j', (kind, modes) => {
    const stack = newStack();
    expect(kinds[kind](stack, endpointIn(stack, { modes })).endpointName).toBe('loans');
  });

  test.each([
    ['dataQuality', 'Input', 'Output'],
    ['modelQuality', 'Output', 'Input'],
    ['attribution', 'Input', 'Output'],
  ] as const)('fails for %s when it captures %s only', (kind, needed, mode) => {
    const stack = newStack();
    expect(() => kinds[kind](stack, endpointIn(stack, { modes: [mode] }))).toThrow(
      new Error(`${PATH}: 'endpoint' must capture ${needed} of its requests, got: ${mode}`),
    );
  });

  test.each(['Input', 'Output'] as const)('fails for bias when it captures %s only', mode => {
    const stack = newStack();
    expect(() => kinds.bias(stack, endpointIn(stack, { modes: [mode] }))).toThrow(
      new Error(`${PATH}: 'endpoint' must capture Input and Output of its requests, got: ${mode}`),
    );
  });

  test.each([
    ['dataQuality', 'Input'],
    ['modelQuality', 'Output'],
    ['bias', 'Input and Output'],
    ['attribution', 'Input'],
    ['custom', 'Input or Output'],
  ] as const)('fails for %s when it captures nothing', (kind, needed) => {
    const stack = newStack();
    const endpoint = endpointIn(stack, {}, { dataCapture: undefined });
    expect(() => kinds[kind](stack, endpoint)).toThrow(
      new Error(`${PATH}: 'endpoint' must capture ${needed} of its requests, got: nothing`),
    );
  });

  const refusal = (what: string) =>
    new Error(
      `${PATH}: 'endpoint' must serve one model per container on instances, at once or asynchronously, got: loans, ${what}`,
    );

  test.each(all)('fails for %s when it is serverless', kind => {
    const stack = newStack();
    const model = new Model(stack, 'Serverless', { image, artifact: artifactIn(stack) });
    const variants = [{ name: 'primary', model, serverless: { memorySizeMiB: 2048, maxConcurrency: 5 } }] as const;
    const endpoint = endpointIn(stack, {}, { variants, dataCapture: undefined });
    expect(() => kinds[kind](stack, endpoint)).toThrow(refusal('a serverless endpoint'));
  });

  test.each(all)('fails for %s when it has many models', kind => {
    const stack = newStack();
    const model = new Model(stack, 'Many', { image, models: { bucket: bucketIn(stack), prefix: 'models' } });
    const endpoint = endpointIn(stack, {}, { variants: [{ name: 'primary', model, instanceType: 'ml.m5.large' }] });
    expect(() => kinds[kind](stack, endpoint)).toThrow(refusal('a multi-model endpoint'));
  });

  test('fails when it hosts inference components', () => {
    const stack = newStack();
    const endpoint = new ComponentEndpoint(stack, 'Components', {
      endpointName: 'loans',
      instanceType: 'ml.m5.large',
      minInstances: 1,
      maxInstances: 2,
    });
    expect(() => kinds.dataQuality(stack, endpoint)).toThrow(refusal('an endpoint of inference components'));
  });

  test('does not also have a name, nor another place for its data', () => {
    const stack = newStack();
    const endpoint = endpointIn(stack);
    const output = { bucket: bucketIn(stack), prefix: 'reports' };
    const props = { endpoint, output, checks: 'amounts', recordPreprocessorUri: 's3://scripts/pre.py' };
    // @ts-expect-error -- the endpoint has a name.
    const named: CustomMonitorProps = { ...props, endpointName: 'loans' };
    expect(named).toMatchObject({ endpointName: 'loans' });
    const imported = Endpoint.fromEndpointName(stack, 'Imported', 'loans');
    // @ts-expect-error -- of an imported endpoint only the name is known: give that.
    expect(() => kinds.dataQuality(stack, imported)).toThrow(Error);
  });
});
