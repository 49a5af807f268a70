import { FileSet } from '../../constructs/assets';
import { DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import { Parameter, type Step } from '../../constructs/pipeline';
import {
  bias,
  dataset,
  explain,
  modelBias,
  ofBias,
  ofData,
  ofModel,
  ofModelBias,
  predictor,
} from '../support/open-checks';
import { expectProblem, pipelineOf } from '../support/step-fixture';

describe('a check with managed false fails', () => {
  const isolated = (prop: string) =>
    `'isolateNetwork' must be false for '${prop}' with 'managed: false', whose job looks it up itself, got: true`;
  const without = (path: string, value: unknown) =>
    `'analysis' must be without '${path}' with 'managed: false', whose program does not know it, got: ${JSON.stringify(value)}`;
  const as = (words: string, path: string, value: unknown) =>
    `'analysis' must have ${words} as '${path}' with 'managed: false', got: ${JSON.stringify(value)}`;
  const instances = `'instanceCount' must be 1 with 'managed: false', whose program runs on one instance`;
  const ofDataset = (more: object) => new DataBiasAnalysis({ dataset: { ...dataset, ...more }, bias });
  const ofShap = (shap: object) => new ModelExplainabilityAnalysis({ dataset, predictor, shap });
  const ofPredictor = (more: object) => new ModelBiasAnalysis({ dataset, bias, predictor: { ...predictor, ...more } });

  test.each([
    [ofData({ instanceCount: 2 }), `${instances}, got: 2`],
    [ofData({ instanceCount: Parameter.integer('Count') }), `${instances}, got: {"Get":"Parameters.Count"}`],
    [ofData({ isolateNetwork: true }), isolated('modelPackageGroupName')],
    [
      ofModelBias(modelBias, { isolateNetwork: true, skipCheck: true, modelPackageGroupName: undefined }),
      isolated('modelName'),
    ],
    [
      ofBias({ analysis: ofDataset({ datasetType: 'application/jsonlines' }) }),
      as('text/csv', 'dataset_type', 'application/jsonlines'),
    ],
    [
      ofBias({ analysis: ofDataset({ datasetType: 'application/x-parquet' }) }),
      as('text/csv', 'dataset_type', 'application/x-parquet'),
    ],
    [
      ofBias({ analysis: ofDataset({ headers: undefined }) }),
      `'analysis' must have 'headers' with 'managed: false', whose program tells columns by name, got: none`,
    ],
    [ofBias({ analysis: ofDataset({ joinSource: 'age' }) }), without('joinsource_name_or_index', 'age')],
    [
      ofBias({ analysis: ofDataset({ facetDataset: { s3Uri: 's3://facets', headers: ['sex'] } }) }),
      [without('facet_dataset_uri', 's3://facets'), without('facet_headers', ['sex'])],
    ],
    [
      ofBias({ analysis: new DataBiasAnalysis({ dataset, bias, report: { name: 'mine', title: 'Mine' } }) }),
      [as('report', 'methods.report.name', 'mine'), as('Analysis Report', 'methods.report.title', 'Mine')],
    ],
    [ofModelBias(ofPredictor({ label: 0 })), without('predictor.label', 0)],
    [ofModelBias(ofPredictor({ probability: 1 })), without('predictor.probability', 1)],
    [ofModelBias(ofPredictor({ labelHeaders: ['a'] })), without('predictor.label_headers', ['a'])],
    [ofModelBias(ofPredictor({ customAttributes: 'a' })), without('predictor.custom_attributes', 'a')],
    [ofModelBias(ofPredictor({ targetModel: 'a' })), without('predictor.target_model', 'a')],
    [
      ofModelBias(ofPredictor({ acceptType: 'application/json' })),
      as('text/csv', 'predictor.accept_type', 'application/json'),
    ],
    [explain(ofShap({ saveLocalShapValues: true })), as('false', 'methods.shap.save_local_shap_values', true)],
    [
      explain(ofShap({ baseline: 's3://loans/baseline.csv' })),
      as('a list of records', 'methods.shap.baseline', 's3://loans/baseline.csv'),
    ],
    [
      explain(ofShap({ textConfig: { granularity: 'token', language: 'english' } })),
      without('methods.shap.text_config', { granularity: 'token', language: 'english' }),
    ],
    [
      explain(new ModelExplainabilityAnalysis({ dataset, predictor, pdp: { features: ['age'] } })),
      without('methods.pdp', { grid_resolution: 15, top_k_features: 10, features: ['age'] }),
    ],
    [
      ofData({ suppliedBaselineConstraints: 's3://loans/constraints.json' }),
      "'suppliedBaselineConstraints' must come with 'suppliedBaselineStatistics' with 'managed: false', whose program compares distributions, got: constraints alone",
    ],
    [
      ofData({ recordPreprocessor: FileSet.fromText('pre.py', '# ours\n') }),
      "'recordPreprocessor' must come with the 'datasetFormat' captured with 'managed: false', whose program gives it captured records, got: csv-with-header",
    ],
    [
      ofModel({ datasetFormat: 'captured' }),
      "'datasetFormat' must not be captured for MODEL_QUALITY with 'managed: false', because captured records have no labels, got: captured",
    ],
    [
      ofModel({ problemType: 'MulticlassClassification', inferenceAttribute: undefined }),
      "'inferenceAttribute' must be given for MulticlassClassification with 'managed: false', got: none",
    ],
  ] as [Step, string | string[]][])('for what the program cannot do: %#', (step, problems) => {
    expectProblem(step, [problems].flat().join(`\nLoans/Pipeline: step '${step.name}': `));
  });

  test.each([
    ofBias({ analysis: ofDataset({ label: 0 }) }),
    ofBias({ analysis: ofDataset({ excludedColumns: ['age'] }) }),
    ofBias({ analysis: new DataBiasAnalysis({ dataset, bias: { ...bias, facets: [{ nameOrIndex: 1 }] } }) }),
    ofBias({ analysis: new DataBiasAnalysis({ dataset, bias: { ...bias, groupVariable: 1 } }) }),
    explain(ofShap({ featuresToExplain: ['age'] })),
  ])('but not for columns by their place, nor for some of them: %#', step => {
    expect(() => pipelineOf([step])).not.toThrow();
  });

  test('for images', () => {
    const analysis = new ModelExplainabilityAnalysis({
      dataset: { datasetType: 'application/x-image' },
      predictor: { instanceType: 'ml.m5.large', contentType: 'image/png' },
      shap: { imageConfig: { modelType: 'IMAGE_CLASSIFICATION' } },
    });
    expect(() => pipelineOf([explain(analysis)])).toThrow(
      /step 'Explain': 'analysis' must have text\/csv as 'dataset_type' with 'managed: false', got: "application\/x-image"/,
    );
  });

  test('with the words of the analysis where that is wrong', () => {
    const analysis = new DataBiasAnalysis({ dataset, bias: { ...bias, facets: [{ nameOrIndex: 'sex' }] } });
    expect(() => pipelineOf([ofBias({ analysis })])).toThrow(
      new Error(
        "Loans/Pipeline: step 'Check': 'bias.facets[0].nameOrIndex' must be one of the headers (credit_risk, age), got: sex",
      ),
    );
  });
});
