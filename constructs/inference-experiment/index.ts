export { ExperimentConclusion } from './experiment-conclusion';
export {
  type ExperimentData,
  type ExperimentModel,
  type ExperimentVariant,
  InferenceExperiment,
  type InferenceExperimentProps,
} from './inference-experiment';
export { VariantComparison, type VariantComparisonProps } from './variant-comparison';
