import * as s3 from 'aws-cdk-lib/aws-s3';
import { App, Duration, Lazy, Size, Stack } from 'aws-cdk-lib/core';
import { ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import {
  AttributionConstraints,
  AttributionDriftMonitor,
  BaselineConstraints,
  BaselineStatistics,
  BiasConstraints,
  BiasDriftMonitor,
  DataQualityBaseline,
  DataQualityMonitor,
  GroundTruthLanding,
  ModelQualityConstraints,
  ModelQualityMonitor,
} from '../../constructs/model-monitor';
import { Template } from 'aws-cdk-lib/assertions';

const newStack = (id = 'Monitoring', app = new App()) =>
  new Stack(app, id, { env: { account: '111122223333', region: 'eu-west-1' } });
const dataset = { datasetType: 'text/csv', headers: ['good', 'age', 'amount'], label: 'good' } as const;
const unnamed = { datasetType: 'text/csv', label: 0 } as const;
const predictor = { instanceType: 'ml.m5.large', contentType: 'text/csv' } as const;
const bias = { facets: [{ nameOrIndex: 'age', threshold: 25 }], labelValues: [1] } as const;
const byIndex = { ...bias, facets: [{ nameOrIndex: 1, threshold: 25 }] } as const;
const shap = { numClusters: 1 } as const;
const biasOf = (overrides: object = {}) => new ModelBiasAnalysis({ dataset, predictor, bias, ...overrides });
const explain = (overrides: object = {}) => new ModelExplainabilityAnalysis({ dataset, predictor, shap, ...overrides });
const file = (name: string) => `s3://baselines/7/${name}.json`;
const bucketIn = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Data', 'loans');

const places = (stack: Stack) => {
  const bucket = bucketIn(stack);
  return {
    endpointName: 'loans',
    capturedData: { bucket, prefix: 'captured' },
    output: { bucket, prefix: 'reports' },
  };
};
const labels = (stack: Stack) => ({
  groundTruth: { bucket: s3.Bucket.fromBucketName(stack, 'Labels', 'loans'), prefix: 'labels' },
  probabilityAttribute: '0',
  probabilityThreshold: 0.5,
});
const dataIn = (stack: Stack, overrides: object = {}) =>
  new DataQualityMonitor(stack, 'Loans', {
    ...places(stack),
    baselineStatistics: BaselineStatistics.fromS3Uri(file('statistics')),
    baselineConstraints: BaselineConstraints.fromS3Uri(file('constraints')),
    ...overrides,
  });
const qualityIn = (stack: Stack, overrides: object = {}) =>
  new ModelQualityMonitor(stack, 'Loans', {
    ...places(stack),
    ...labels(stack),
    problemType: 'BinaryClassification',
    baselineConstraints: ModelQualityConstraints.fromS3Uri(file('quality')),
    ...overrides,
  });
const biasIn = (stack: Stack, overrides: object = {}) =>
  new BiasDriftMonitor(stack, 'Loans', {
    ...places(stack),
    ...labels(stack),
    analysis: biasOf(),
    baselineConstraints: BiasConstraints.fromS3Uri(file('bias')),
    ...overrides,
  });
const attributionIn = (stack: Stack, overrides: object = {}) =>
  new AttributionDriftMonitor(stack, 'Loans', {
    ...places(stack),
    analysis: explain(),
    modelName: 'loans-7',
    baselineConstraints: AttributionConstraints.fromS3Uri(file('attributions')),
    ...overrides,
  });
const group = { label: 'good', labelValue: '1', facet: 'age', facetValue: '25' };

describe('names of metrics', () => {
  test.each([
    ['label', { label: 'goood' }, "'group.label' must be one of the analysis (good), got: goood"],
    ['facet', { facet: 'amount' }, "'group.facet' must be one of the analysis (age), got: amount"],
  ])('fail for a %s that the analysis does not have', (_, overrides, message) => {
    expect(() => biasIn(newStack()).addBiasAlarm('A', 'DPPL', { ...group, ...overrides }, { above: 0.1 })).toThrow(
      new Error(`Monitoring/Loans: ${message}`),
    );
  });

  test('of columns by their index are those of the headers', () => {
    const analysis = biasOf({ dataset: { ...dataset, label: 0 }, bias: byIndex });
    expect(() => biasIn(newStack(), { analysis }).metricForBias('DI', group)).not.toThrow();
    expect(() => biasIn(newStack(), { analysis }).metricForBias('DI', { ...group, facet: 'amount' })).toThrow(
      new Error("Monitoring/Loans: 'group.facet' must be one of the analysis (age), got: amount"),
    );
  });

  test('are free where the analysis has no headers, or is of JSON, or they are known at deployment', () => {
    const [none, json] = [
      { dataset: unnamed, bias: byIndex },
      { dataset: { datasetType: 'application/jsonlines', headers: ['x'], label: 'good' } },
    ];
    const facet = Lazy.string({ produce: () => 'age' });
    for (const analysis of [biasOf(none), biasOf(json)]) {
      expect(() => biasIn(newStack(), { analysis }).metricForBias('DI', { ...group, facet: 'column_1' })).not.toThrow();
    }
    expect(() => biasIn(newStack()).metricForBias('DI', { ...group, facet })).not.toThrow();
    const analysis = explain({ dataset: unnamed });
    expect(() => attributionIn(newStack(), { analysis }).metricForFeature('column_1')).not.toThrow();
  });

  test.each(['CDDL', 'CDDPL'] as const)('fail for %s without subgroups', method => {
    expect(() => biasIn(newStack()).metricForBias(method, group)).toThrow(
      new Error(
        `Monitoring/Loans: 'method' must not be of subgroups, as the analysis has no groupVariable, got: ${method}`,
      ),
    );
    const analysis = biasOf({ bias: { ...bias, groupVariable: 'amount' } });
    expect(() => biasIn(newStack(), { analysis }).metricForBias(method, group)).not.toThrow();
  });

  test.each(['good', 'agee'])('fail for %s, which is no feature', feature => {
    expect(() => attributionIn(newStack()).addAttributionAlarm('A', feature, { above: 1 })).toThrow(
      new Error(`Monitoring/Loans: 'feature' must be one of the analysis (age, amount), got: ${feature}`),
    );
  });
});

describe('without the managed service', () => {
  const message =
    "Monitoring/Loans: 'analysis' must have headers with 'managed: false', whose program names the columns of requests by them, got: none";

  test('bias of unnamed columns fails', () => {
    const analysis = biasOf({ dataset: unnamed, bias: byIndex });
    expect(() => biasIn(newStack(), { analysis })).not.toThrow();
    expect(() => biasIn(newStack(), { analysis, managed: false })).toThrow(new Error(message));
  });

  test('attributions of unnamed columns fail', () => {
    const analysis = explain({ dataset: unnamed });
    expect(() => attributionIn(newStack(), { analysis })).not.toThrow();
    expect(() => attributionIn(newStack(), { analysis, managed: false })).toThrow(new Error(message));
  });
});

describe('numbers', () => {
  test.each<[string, (stack: Stack) => unknown, string]>([
    [
      'a volume of half a GiB',
      stack => dataIn(stack, { volumeSize: Size.mebibytes(512) }),
      "'volumeSize' must be a whole number from 1 to 16384 GiB, got: 0.5",
    ],
    [
      'half a second',
      stack => dataIn(stack, { maxRuntime: Duration.millis(500) }),
      "'maxRuntime' must be a whole number from 1 to 86400 seconds, the time between two runs, got: 0.5",
    ],
    [
      'a window that ends between two seconds',
      stack =>
        qualityIn(stack, { analysisWindow: { startOffset: Duration.hours(1), endOffset: Duration.millis(500) } }),
      "'analysisWindow.endOffset' must be a literal time of whole minutes, got: Duration.millis(500)",
    ],
    [
      'a window of which nothing is known',
      stack => {
        const startOffset = Duration.hours(Lazy.number({ produce: () => 2 }));
        return qualityIn(stack, { analysisWindow: { startOffset, endOffset: Duration.hours(1) } });
      },
      "'analysisWindow.startOffset' must be a literal time of whole minutes, got: a value known at deployment only",
    ],
    [
      'a limit that is no number',
      stack => qualityIn(stack).addQualityAlarm('A', 'auc', { below: Number.NaN }),
      "'below' must be a finite number, got: NaN",
    ],
  ])('fail with %s', (_, create, message) => {
    expect(() => create(newStack())).toThrow(new Error(`Monitoring/Loans: ${message}`));
  });
});

describe('rules of other stacks', () => {
  const rulesOf = (stack: Stack) => Template.fromStack(stack).findResources('AWS::Events::Rule');

  test.each([
    [
      'a baseline',
      (stack: Stack) =>
        new DataQualityBaseline(stack, 'Baseline', {
          dataset: { bucket: bucketIn(stack), prefix: 'training' },
          output: { bucket: s3.Bucket.fromBucketName(stack, 'Output', 'loans'), prefix: 'baselines' },
        }),
      0,
    ],
    [
      'a landing',
      (stack: Stack) =>
        new GroundTruthLanding(stack, 'Labels', {
          inbox: { bucket: bucketIn(stack), prefix: 'inbox' },
          groundTruth: { bucket: s3.Bucket.fromBucketName(stack, 'Output', 'loans'), prefix: 'labels' },
        }),
      1,
    ],
  ])('of %s are where they are asked for', (_, create, own) => {
    const app = new App();
    const stack = newStack('Monitoring', app);
    const other = newStack('Alerts', app);
    create(stack).onFailed('Failed', { crossStackScope: other });
    expect(Object.keys(rulesOf(other))).toHaveLength(1);
    expect(Object.keys(rulesOf(stack))).toHaveLength(own);
  });
});
