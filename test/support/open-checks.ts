import { DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import {
  ClarifyCheckStep,
  type ClarifyCheckStepProps,
  type DataQualityCheckProps,
  type ModelQualityCheckProps,
  QualityCheckStep,
} from '../../constructs/pipeline';

/** Checks with `managed: false`, one of each kind. */
export const check = { managed: false, instanceType: 'ml.m5.xlarge' } as const;
export const dataset = { datasetType: 'text/csv', headers: ['credit_risk', 'age'], label: 'credit_risk' } as const;
export const bias = { labelValues: [1], facets: [{ nameOrIndex: 'age', threshold: 25 }] } as const;
export const predictor = { instanceType: 'ml.m5.large', endpointNamePrefix: 'loans', probabilityThreshold: 0.4 };
export const dataBias = new DataBiasAnalysis({ dataset, bias });
export const modelBias = new ModelBiasAnalysis({ dataset, bias, predictor });
export const explanation = new ModelExplainabilityAnalysis({
  dataset,
  predictor,
  shap: { baseline: [[25]], numSamples: 100, aggMethod: 'median', seed: 1, useLogit: true },
});
export const ofData = (props: Partial<DataQualityCheckProps> = {}) =>
  new QualityCheckStep('Check', {
    ...check,
    checkType: 'DATA_QUALITY',
    dataset: 's3://loans/train/',
    outputPath: 's3://loans/data-quality',
    modelPackageGroupName: 'loans',
    ...props,
  });
export const ofModel = (props: Partial<ModelQualityCheckProps> = {}, name = 'Check') =>
  new QualityCheckStep(name, {
    ...check,
    checkType: 'MODEL_QUALITY',
    dataset: 's3://loans/scored/',
    outputPath: 's3://loans/model-quality',
    problemType: 'BinaryClassification',
    groundTruthAttribute: 'label',
    inferenceAttribute: 'prediction',
    probabilityAttribute: 'probability',
    probabilityThreshold: 0.4,
    modelPackageGroupName: 'loans',
    ...props,
  });
export const ofBias = (props: Partial<ClarifyCheckStepProps> = {}, name = 'Check') =>
  new ClarifyCheckStep(name, {
    ...check,
    dataset: 's3://loans/train/',
    outputPath: 's3://loans/data-bias',
    skipCheck: true,
    ...props,
    analysis: (props.analysis ?? dataBias) as DataBiasAnalysis,
    modelName: undefined,
  });
export const ofModelBias = (analysis = modelBias, props: Partial<ClarifyCheckStepProps> = {}) =>
  new ClarifyCheckStep('CheckModelBias', {
    ...check,
    dataset: 's3://loans/holdout/',
    outputPath: 's3://loans/model-bias',
    modelPackageGroupName: 'loans',
    ...props,
    analysis,
    modelName: 'loans',
  });
export const explain = (analysis = explanation) =>
  new ClarifyCheckStep('Explain', {
    ...check,
    analysis,
    modelName: 'loans',
    dataset: 's3://loans/holdout/',
    outputPath: 's3://loans/explanations',
    modelPackageGroupName: 'loans',
  });
