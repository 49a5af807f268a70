import type { DataBiasAnalysis, ModelBiasAnalysis } from './bias-analysis';
import type { ModelExplainabilityAnalysis } from './explainability-analysis';

export type { AnalysisConfig, RenderOptions, Report } from './analysis';
export type { BiasOptions, Facet, PostTrainingBiasMethod, PreTrainingBiasMethod } from './bias';
export {
  DataBiasAnalysis,
  ModelBiasAnalysis,
  type DataBiasAnalysisProps,
  type ModelBiasAnalysisProps,
} from './bias-analysis';
export type {
  CsvDataset,
  FacetDataset,
  ImageDataset,
  JsonDataset,
  JsonLinesDataset,
  LabelledDataset,
  ParquetDataset,
  TabularDataset,
} from './dataset';
export { ModelExplainabilityAnalysis, type ModelExplainabilityAnalysisProps } from './explainability-analysis';
export type { Language } from './language';
export type { PdpOfFeatures, PdpOfTopFeatures } from './pdp';
export type { Predictor } from './predictor';
export type { Column, NonEmpty } from './rule';
export type { BaselineRecord, ImageConfig, ImageShap, Shap, TextConfig } from './shap';

/** What Clarify can be asked; `kind` is the `CheckType` of a pipeline's check step. */
export type ClarifyAnalysis = DataBiasAnalysis | ModelBiasAnalysis | ModelExplainabilityAnalysis;
