import { DEEP_LEARNING_RANGES, type DeepLearningRules } from './deep-learning-rules';
import { MODEL_RANGES, type ModelRules } from './model-rules';
import { SYSTEM_RANGES } from './profiler-rules';
import type { Range } from './rule-parameter';
import type { TensorCollections } from './tensor-collection';
import { XGBOOST_RANGES, type XgboostRules } from './xgboost-rules';

/** Parameters of all built-in rules about tensors, by the name of the rule. */
export interface BuiltInRules extends DeepLearningRules, ModelRules, XgboostRules {}

type RangesByName = Readonly<Record<string, Readonly<Record<string, Range>>>>;

const RANGES: RangesByName = {
  ...DEEP_LEARNING_RANGES,
  ...MODEL_RANGES,
  ...XGBOOST_RANGES,
  ...SYSTEM_RANGES,
  ProfilerReport: { opt_out_telemetry: 'flag', ...rangesOfAll(SYSTEM_RANGES) },
};

/** Limits of the parameters of a built-in rule. */
export function rangesOf(rule: string): Readonly<Record<string, Range>> {
  return RANGES[rule] ?? {};
}

function rangesOfAll(rules: RangesByName): Record<string, Range> {
  const named = Object.entries(rules).flatMap(([rule, ranges]) =>
    Object.entries(ranges).map(([parameter, range]) => [`${rule}_${parameter}`, range] as const),
  );
  return Object.fromEntries(named);
}

const RARELY = { save_interval: 500 } as const;
const OFTEN = { save_interval: 5 } as const;

/** What the Python SDK saves for the rules (smdebug_rulesconfig 1.0.1); what is not here needs tensors that you name. */
const COLLECTIONS: { readonly [Name in keyof BuiltInRules]?: TensorCollections } = {
  VanishingGradient: { gradients: RARELY },
  LossNotDecreasing: { losses: RARELY },
  WeightUpdateRatio: { weights: RARELY },
  CheckInputImages: { input_image: { include_regex: '.*hybridsequential0_input_0', ...RARELY } },
  DeadRelu: { relu_output: { include_regex: '.*relu_output', ...RARELY } },
  PoorWeightInitialization: { relu_input: { include_regex: '.*relu_input', ...RARELY } },
  NLPSequenceRatio: { input_sequence: { include_regex: '.*embedding0_input_0', ...RARELY } },
  FeatureImportanceOverweight: { feature_importance: RARELY },
  CreateXgboostReport: {
    metrics: OFTEN,
    feature_importance: OFTEN,
    hyperparameters: { save_steps: '0' },
    predictions: OFTEN,
    labels: OFTEN,
  },
};

/** Collections that are saved for a built-in rule unless it is given others. */
export function collectionsOf(rule: keyof BuiltInRules): TensorCollections | undefined {
  return COLLECTIONS[rule];
}
