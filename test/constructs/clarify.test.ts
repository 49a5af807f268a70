import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lazy, Token } from 'aws-cdk-lib/core';
import {
  type BiasOptions,
  DataBiasAnalysis,
  type DataBiasAnalysisProps,
  type LabelledDataset,
  ModelBiasAnalysis,
  type ModelBiasAnalysisProps,
  ModelExplainabilityAnalysis,
  type ModelExplainabilityAnalysisProps,
  type Predictor,
} from '../../constructs/clarify';

const PATH = 'Build/Pipeline';
const headers = ['credit_risk', 'status', 'duration', 'amount', 'age', 'foreign_worker'] as const;

const dataset = { datasetType: 'text/csv', headers, label: 'credit_risk' } as const satisfies LabelledDataset;
const bias = {
  facets: [
    { nameOrIndex: 'age', threshold: 25 },
    { nameOrIndex: 'foreign_worker', values: [1] },
  ],
  labelValues: [1],
  groupVariable: 'status',
} as const satisfies BiasOptions;
const predictor = {
  instanceType: 'ml.m5.large',
  acceptType: 'text/csv',
  contentType: 'text/csv',
} as const satisfies Predictor;

const dataBias = (overrides: Partial<DataBiasAnalysisProps> = {}) =>
  new DataBiasAnalysis({ dataset, bias, ...overrides });
const modelBias = (overrides: Partial<ModelBiasAnalysisProps> = {}) =>
  new ModelBiasAnalysis({ dataset, bias, predictor, methods: ['DPPL', 'DI', 'CDDPL'], ...overrides });
const explainability = (overrides: object = { shap: {} }) =>
  new ModelExplainabilityAnalysis({ dataset, predictor, ...overrides } as unknown as ModelExplainabilityAnalysisProps);

/** What the SageMaker Python SDK builds for the same input. */
const sdk = (name: string): unknown =>
  JSON.parse(readFileSync(join(__dirname, `../fixtures/clarify/${name}.json`), 'utf8'));

describe('rendered configurations equal what the SageMaker Python SDK builds', () => {
  test('data bias', () => {
    const analysis = dataBias({ dataset: { ...dataset, joinSource: 'duration', excludedColumns: ['status'] } });
    expect(analysis.kind).toBe('DATA_BIAS');
    expect(analysis.render(PATH)).toStrictEqual(sdk('data-bias'));
  });

  test('data bias with facets in a dataset of their own, a label index, a label threshold and a named report', () => {
    const analysis = new DataBiasAnalysis({
      dataset: {
        datasetType: 'text/csv',
        label: 0,
        facetDataset: { s3Uri: 's3://loans-bucket/facets.csv', headers: ['age', 'sex'] },
      },
      bias: { facets: [{ nameOrIndex: 'sex' }], labelThreshold: 0.5 },
      methods: ['CI', 'DPL'],
      report: { name: 'loans', title: 'Loans' },
    });
    expect(analysis.render(PATH)).toStrictEqual(sdk('data-bias-facet-dataset'));
  });

  test('model bias, without the model for a check step and with it for a processing job', () => {
    const analysis = modelBias({
      predictor: { ...predictor, probability: 0, probabilityThreshold: 0.8, labelHeaders: ['good'] },
    });
    expect(analysis.kind).toBe('MODEL_BIAS');
    expect(analysis.render(PATH)).toStrictEqual(sdk('model-bias-check'));
    expect(analysis.render(PATH, { modelName: 'm' })).toStrictEqual(sdk('model-bias-job'));
  });

  const shap = {
    baseline: [[1, 24, 2300.5, 33, 0]],
    numSamples: 100,
    aggMethod: 'mean_abs',
    useLogit: true,
    seed: 7,
    featuresToExplain: ['age', 'amount'],
  };

  test('SHAP values against given records', () => {
    const analysis = explainability({ shap, predictor: { ...predictor, probability: 0 } });
    expect(analysis.kind).toBe('MODEL_EXPLAINABILITY');
    expect(analysis.render(PATH)).toStrictEqual(sdk('explainability-shap'));
  });

  test('partial dependence plots of named features', () => {
    const analysis = explainability({ pdp: { features: ['age'], gridResolution: 20 } });
    expect(analysis.render(PATH)).toStrictEqual(sdk('explainability-pdp'));
  });

  test('SHAP values against clusters, with plots of the top features, in a processing job', () => {
    const analysis = explainability({ shap: { numClusters: 2 }, pdp: { topKFeatures: 3 } });
    expect(analysis.render(PATH, { modelName: 'm' })).toStrictEqual(sdk('explainability-shap-pdp-job'));
  });

  test('text in JSON, with every option of the predictor', () => {
    const analysis = new ModelExplainabilityAnalysis({
      dataset: {
        datasetType: 'application/json',
        headers: ['text', 'stars'],
        label: '[*].label',
        features: '[*].[text,stars]',
      },
      predictor: {
        instanceType: 'ml.m5.large',
        instanceCount: 2,
        acceptType: 'application/jsonlines',
        contentType: 'application/json',
        contentTemplate: '{"instances": $records}',
        recordTemplate: '$features',
        customAttributes: 'trace',
        endpointNamePrefix: 'clarify',
        targetModel: 'm1.tar.gz',
        label: 'prediction',
      },
      shap: {
        baseline: 's3://loans-bucket/baseline.json',
        textConfig: { granularity: 'sentence', language: 'en' },
        saveLocalShapValues: true,
      },
    });
    expect(analysis.render(PATH)).toStrictEqual(sdk('explainability-text'));
  });

  test('images', () => {
    const analysis = new ModelExplainabilityAnalysis({
      dataset: { datasetType: 'application/x-image' },
      predictor: { instanceType: 'ml.p3.2xlarge', contentType: 'image/jpeg', labelHeaders: ['cat', 'dog'] },
      shap: {
        numSamples: 500,
        imageConfig: {
          modelType: 'OBJECT_DETECTION',
          numSegments: 20,
          segmentCompactness: 10,
          maxObjects: 5,
          iouThreshold: 0.6,
          context: 0.5,
        },
      },
    });
    expect(analysis.render(PATH)).toStrictEqual(sdk('explainability-image'));
  });

  test('the configurations of the later monitors', () => {
    expect(dataBias().renderForMonitor(PATH)).toStrictEqual(sdk('monitor-bias'));
    expect(modelBias().renderForMonitor(PATH)).toStrictEqual(sdk('monitor-bias'));
    const options = { shap, predictor: { ...predictor, probability: 0 } };
    expect(explainability(options).renderForMonitor(PATH)).toStrictEqual(sdk('monitor-explainability'));
    expect(explainability({ ...options, dataset: { ...dataset, label: 0 } }).renderForMonitor(PATH)).toStrictEqual(
      sdk('monitor-explainability'),
    );
    // ExplainabilityAnalysisConfig of the SDK puts the names of the scores into the predictor of the monitor, too.
    const named = explainability({ ...options, predictor: { ...options.predictor, labelHeaders: ['good'] } });
    const { predictor: written, ...rest } = sdk('monitor-explainability') as { predictor: object };
    expect(named.renderForMonitor(PATH)).toStrictEqual({ ...rest, predictor: { ...written, label_headers: ['good'] } });
  });
});

describe('what the fixtures leave open', () => {
  test('by default all metrics are computed and local SHAP values are not saved', () => {
    expect(new ModelBiasAnalysis({ dataset, bias, predictor }).render(PATH)).toMatchObject({
      methods: { post_training_bias: { methods: 'all' } },
    });
    expect(explainability().render(PATH)).toMatchObject({
      methods: { shap: { use_logit: false, save_local_shap_values: false } },
      predictor: { initial_instance_count: 1 },
    });
  });

  test('records in JSON Lines may be objects, and columns are expressions that are no headers', () => {
    const analysis = new ModelExplainabilityAnalysis({
      dataset: { datasetType: 'application/jsonlines', headers: ['a', 'b'], label: 'label', features: 'features' },
      predictor: {
        instanceType: 'ml.m5.large',
        contentType: 'application/jsonlines',
        contentTemplate: '{"features":$features}',
      },
      shap: { baseline: [{ features: [1, 2] }] },
    });
    expect(analysis.render(PATH)).toMatchObject({
      features: 'features',
      methods: { shap: { baseline: [{ features: [1, 2] }] } },
      predictor: { content_template: '{"features":$features}' },
    });
  });

  test('rendering twice gives equal configurations that share nothing', () => {
    const analysis = dataBias();
    const first = analysis.render(PATH);
    expect(analysis.render(PATH)).toStrictEqual(first);
    expect(first.headers).not.toBe(analysis.render(PATH).headers);
  });
});

describe('columns', () => {
  const listed = 'credit_risk, status, duration, amount, age, foreign_worker';

  test.each([
    ['dataset.label', { dataset: { ...dataset, label: 'risk' } }, 'risk'],
    ['dataset.joinSource', { dataset: { ...dataset, joinSource: 'id' } }, 'id'],
    ['dataset.excludedColumns[1]', { dataset: { ...dataset, excludedColumns: ['age', 'id'] } }, 'id'],
    [
      'bias.facets[0].nameOrIndex',
      { bias: { ...bias, facets: [{ nameOrIndex: 'sex' }] } satisfies BiasOptions },
      'sex',
    ],
    ['bias.groupVariable', { bias: { ...bias, groupVariable: 'region' } }, 'region'],
  ])('fails when %s is not one of the headers', (prop, overrides, got) => {
    expect(() => dataBias(overrides).render(PATH)).toThrow(
      new Error(`${PATH}: '${prop}' must be one of the headers (${listed}), got: ${got}`),
    );
  });

  test.each([-1, 6, 1.5])('fails when an index is %d', label => {
    expect(() => modelBias({ dataset: { ...dataset, label } }).renderForMonitor(PATH)).toThrow(
      new Error(
        `${PATH}: 'dataset.label' must be a whole number from 0 to 5, the index of one of the headers, got: ${label}`,
      ),
    );
  });

  test('are counted, not listed, when there are many', () => {
    const many = Array.from({ length: 61 }, (_, index) => `c${index}`) as [string, ...string[]];
    const analysis = dataBias({ dataset: { datasetType: 'application/x-parquet', headers: many, label: 'risk' } });
    expect(() => analysis.render(PATH)).toThrow(
      new Error(`${PATH}: 'dataset.label' must be one of the 61 headers, got: risk`),
    );
  });

  test('may be facets of the facet dataset, and are not checked when its headers are unknown', () => {
    const facetDataset = { s3Uri: 's3://loans-bucket/f.csv', headers: ['sex'] } as const;
    const facets = [{ nameOrIndex: 'sex' }] as const;
    expect(dataBias({ dataset: { ...dataset, facetDataset }, bias: { ...bias, facets } }).render(PATH)).toMatchObject({
      facet: [{ name_or_index: 'sex' }],
      facet_headers: ['sex'],
    });
    const unknown = {
      dataset: { ...dataset, facetDataset: { s3Uri: 's3://loans-bucket/f.csv' } },
      bias: { ...bias, facets },
    };
    expect(dataBias(unknown).render(PATH)).toMatchObject({ facet_dataset_uri: 's3://loans-bucket/f.csv' });
  });

  test('fails when a name occurs twice', () => {
    expect(() => dataBias({ dataset: { ...dataset, headers: ['credit_risk', 'age', 'age'] } }).render(PATH)).toThrow(
      new Error(`${PATH}: 'dataset.headers' must name each column once, got: age`),
    );
    const facetDataset = { s3Uri: 's3://loans-bucket/f.csv', headers: ['sex', 'sex'] } as const;
    expect(() => dataBias({ dataset: { ...dataset, facetDataset } }).render(PATH)).toThrow(
      new Error(`${PATH}: 'dataset.facetDataset.headers' must name each column once, got: sex`),
    );
  });

  test('fails when the facet dataset is not in S3', () => {
    expect(() => dataBias({ dataset: { ...dataset, facetDataset: { s3Uri: 'facets.csv' } } }).render(PATH)).toThrow(
      new Error(`${PATH}: 'dataset.facetDataset.s3Uri' must be an S3 URI, got: facets.csv`),
    );
  });
});

describe('bias', () => {
  const ungrouped = { facets: bias.facets, labelValues: bias.labelValues } as const;

  test('fails when a conditional metric is asked for without a group variable', () => {
    expect(() => dataBias({ bias: ungrouped, methods: ['CI', 'CDDL'] }).render(PATH)).toThrow(
      new Error(`${PATH}: 'bias.groupVariable' must be given for the method CDDL, got: none`),
    );
    expect(() => modelBias({ bias: ungrouped }).render(PATH)).toThrow(
      new Error(`${PATH}: 'bias.groupVariable' must be given for the method CDDPL, got: none`),
    );
    expect(dataBias({ bias: ungrouped, methods: ['CI'] }).render(PATH)).not.toHaveProperty('group_variable');
  });
});

describe('predictor', () => {
  test.each([
    [{ instanceType: 'm5.large' }, "'predictor.instanceType' must start with 'ml.', got: m5.large"],
    [{ instanceCount: 0 }, "'predictor.instanceCount' must be a whole number of at least 1, got: 0"],
    [{ instanceCount: 1.5 }, "'predictor.instanceCount' must be a whole number of at least 1, got: 1.5"],
    [{ probabilityThreshold: 1 }, "'predictor.probabilityThreshold' must be more than 0 and less than 1, got: 1"],
    [{ probabilityThreshold: 0 }, "'predictor.probabilityThreshold' must be more than 0 and less than 1, got: 0"],
    [{ customAttributes: 'é' }, "'predictor.customAttributes' must be 1 to 1024 visible ASCII characters, got: é"],
    [
      { endpointNamePrefix: '-a' },
      "'predictor.endpointNamePrefix' must be letters, digits and hyphens, with no hyphen first or last, got: -a",
    ],
    [
      { contentType: 'application/jsonlines', contentTemplate: '[]' },
      "'predictor.contentTemplate' must hold the placeholder $features for application/jsonlines, got: []",
    ],
    [
      { contentType: 'application/json', contentTemplate: '{}', recordTemplate: '$features' },
      "'predictor.contentTemplate' must hold the placeholder $record for application/json, got: {}",
    ],
  ])('fails when it is %p', (overrides, message) => {
    const analysis = modelBias({ predictor: { ...predictor, ...overrides } as Predictor });
    expect(() => analysis.render(PATH)).toThrow(new Error(`${PATH}: ${message}`));
  });
});

describe('explainability', () => {
  const unnamed = { datasetType: 'text/csv', label: 0 };

  test.each([
    [
      {
        shap: {
          baseline: [
            [1, 24, 2300, 33, 0],
            [1, 2],
          ],
        },
      },
      "'shap.baseline[1]' must have 5 values, one for each feature without the label, got: 2",
    ],
    [
      {
        shap: { baseline: [[1, 2, 3, 4]] },
        dataset: { ...dataset, label: 0, joinSource: 'age', excludedColumns: [1] },
      },
      "'shap.baseline[0]' must have 3 values, one for each feature without the label, got: 4",
    ],
    [
      { shap: { baseline: [[1, 2], [1]] }, dataset: unnamed },
      "'shap.baseline[1]' must have 2 values, as the first record, got: 1",
    ],
    [{ shap: { baseline: 'rows.csv' } }, "'shap.baseline' must be an S3 URI or a list of records, got: rows.csv"],
    [{ shap: { numClusters: 0 } }, "'shap.numClusters' must be a whole number of at least 1, got: 0"],
    [{ shap: { numSamples: 0 } }, "'shap.numSamples' must be a whole number of at least 1, got: 0"],
    [{ shap: { seed: -1 } }, "'shap.seed' must be a whole number of at least 0, got: -1"],
    [
      { shap: { featuresToExplain: ['credit_risk'] } },
      "'shap.featuresToExplain[0]' must be one of the features (status, duration, amount, age, foreign_worker), got: credit_risk",
    ],
    [
      { shap: { featuresToExplain: [6] } },
      "'shap.featuresToExplain[0]' must be a whole number from 0 to 5, the index of one of the headers, got: 6",
    ],
    [
      { pdp: { features: ['age', 'sex'] } },
      "'pdp.features[1]' must be one of the features (status, duration, amount, age, foreign_worker), got: sex",
    ],
    [
      { pdp: { features: [9] } },
      "'pdp.features[0]' must be a whole number from 0 to 5, the index of one of the headers, got: 9",
    ],
    [
      { pdp: { features: ['age'], gridResolution: 0 } },
      "'pdp.gridResolution' must be a whole number of at least 1, got: 0",
    ],
    [{ shap: {}, pdp: { topKFeatures: 0 } }, "'pdp.topKFeatures' must be a whole number of at least 1, got: 0"],
    [
      { shap: {}, pdp: { topKFeatures: 3 } },
      "'pdp.features' must be given in a check step, which does not choose features by their SHAP values, got: none",
    ],
    [
      { shap: {}, dataset: { ...dataset, label: 'x' } },
      `'dataset.label' must be one of the headers (${headers.join(', ')}), got: x`,
    ],
    [{ shap: {}, predictor: { instanceType: 'c5' } }, "'predictor.instanceType' must start with 'ml.', got: c5"],
  ])('fails when it is %j', (overrides, message) => {
    expect(() => explainability(overrides).render(PATH)).toThrow(new Error(`${PATH}: ${message}`));
  });

  test.each([
    ['numSegments', 0, 'be a whole number of at least 1'],
    ['segmentCompactness', 0.5, 'be a whole number of at least 1'],
    ['maxObjects', 0, 'be a whole number of at least 1'],
    ['iouThreshold', 1, 'be more than 0 and less than 1'],
    ['context', 0, 'be more than 0 and less than 1'],
  ])('fails when %s is %d', (prop, value, rule) => {
    const images = { dataset: { datasetType: 'application/x-image' }, predictor };
    const analysis = explainability({
      ...images,
      shap: { imageConfig: { modelType: 'OBJECT_DETECTION', [prop]: value } },
    });
    expect(() => analysis.render(PATH)).toThrow(
      new Error(`${PATH}: 'shap.imageConfig.${prop}' must ${rule}, got: ${value}`),
    );
  });
});

describe('tokens', () => {
  const rule =
    'must be known at synthesis, because the analysis configuration is uploaded as a file in which CloudFormation replaces nothing';
  const text = Lazy.string({ produce: () => 'later' });

  test.each([
    ['dataset.headers[1]', () => dataBias({ dataset: { ...dataset, headers: ['credit_risk', text] } }).render(PATH)],
    [
      'bias.facets[0].threshold',
      () =>
        dataBias({ bias: { ...bias, facets: [{ nameOrIndex: 'age', threshold: Token.asNumber(text) }] } }).render(PATH),
    ],
    ['report.title', () => modelBias({ report: { title: `Loans of ${text}` } }).render(PATH)],
    ['shap.baseline', () => explainability({ shap: { baseline: `s3://${text}/b.csv` } }).renderForMonitor(PATH)],
    ['modelName', () => modelBias().render(PATH, { modelName: text })],
    ['modelName', () => explainability().render(PATH, { modelName: text })],
  ])('fails when %s is a token', (prop, render) => {
    expect(render).toThrow(new Error(`${PATH}: '${prop}' ${rule}, got: a token`));
  });
});

test('the compiler refuses what does not go together', () => {
  const image = { datasetType: 'application/x-image' } as const;
  const json = { instanceType: 'ml.m5.large', contentType: 'application/json', contentTemplate: '$records' } as const;
  const text = { textConfig: { granularity: 'token', language: 'en' } } as const;

  // @ts-expect-error bias metrics need the label
  new DataBiasAnalysis({ dataset: { datasetType: 'text/csv', headers }, bias });
  // @ts-expect-error bias metrics are not for images
  new DataBiasAnalysis({ dataset: image, bias });
  // @ts-expect-error a metric of predictions is not one of data
  dataBias({ methods: ['DPPL'] });
  // @ts-expect-error no metric at all
  dataBias({ methods: [] });
  // @ts-expect-error label values and a threshold
  dataBias({ bias: { facets: [{ nameOrIndex: 'age' }], labelValues: [1], labelThreshold: 0.5 } });
  // @ts-expect-error neither label values nor a threshold
  dataBias({ bias: { facets: [{ nameOrIndex: 'age' }] } });
  // @ts-expect-error facet values and a threshold
  dataBias({ bias: { ...bias, facets: [{ nameOrIndex: 'age', values: [1], threshold: 25 }] } });
  // @ts-expect-error no facet at all
  dataBias({ bias: { ...bias, facets: [] } });
  // @ts-expect-error metrics of predictions need a predictor
  new ModelBiasAnalysis({ dataset, bias });
  // @ts-expect-error JSON needs to say where the features are
  new ModelBiasAnalysis({ dataset: { datasetType: 'application/json', label: 'label' }, bias, predictor });
  // @ts-expect-error JSON Lines requests need a template
  modelBias({ predictor: { instanceType: 'ml.m5.large', contentType: 'application/jsonlines' } });
  // @ts-expect-error JSON requests need a template of a record too
  modelBias({ predictor: json });
  // @ts-expect-error neither SHAP values nor plots
  new ModelExplainabilityAnalysis({ dataset, predictor });
  // @ts-expect-error a baseline and clusters
  new ModelExplainabilityAnalysis({ dataset, predictor, shap: { baseline: 's3://bucket/rows.csv', numClusters: 3 } });
  // @ts-expect-error plots of top features need SHAP values
  new ModelExplainabilityAnalysis({ dataset, predictor, pdp: { topKFeatures: 3 } });
  // @ts-expect-error features and top features
  new ModelExplainabilityAnalysis({ dataset, predictor, shap: {}, pdp: { features: ['age'], topKFeatures: 3 } });
  // @ts-expect-error images need to be cut into segments
  new ModelExplainabilityAnalysis({ dataset: image, predictor, shap: {} });
  // @ts-expect-error explanations of text are local only
  new ModelExplainabilityAnalysis({ dataset, predictor, shap: text });
  // @ts-expect-error an analysis of data is not one of a model
  const kind: ModelBiasAnalysis['kind'] = dataBias().kind;
  expect(kind).toBe('DATA_BIAS');
});
