import type { ParameterRange, XgboostHyperparameters } from '../../constructs/pipeline';

/**
 * Hyperparameters of the built-in XGBoost algorithm: shallow trees and a low learning rate, since a thousand loans are few.
 *
 * There is no early stopping: on so few validation rows it stops at noise, and cost 0.01 of AUC.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
 */
export const hyperparameters = {
  objective: 'binary:logistic',
  eval_metric: 'auc',
  num_round: 200,
  eta: 0.05,
  max_depth: 3,
  min_child_weight: 3,
  subsample: 0.8,
  colsample_bytree: 0.6,
  seed: 1,
} as const satisfies XgboostHyperparameters;

/** What the tuning chooses, around the values above: any model from these ranges is a fair one, so one training job will do. */
export const searchRanges = {
  eta: { type: 'Continuous', min: 0.03, max: 0.06, scaling: 'Logarithmic' },
  max_depth: { type: 'Integer', min: 2, max: 4 },
  min_child_weight: { type: 'Continuous', min: 1, max: 6 },
  subsample: { type: 'Continuous', min: 0.6, max: 0.9 },
  colsample_bytree: { type: 'Continuous', min: 0.4, max: 0.8 },
} as const satisfies Readonly<Partial<Record<keyof typeof hyperparameters, ParameterRange>>>;

const { objective, eval_metric, num_round, seed } = hyperparameters;

/** What the tuning leaves alone. */
export const fixedHyperparameters = {
  objective,
  eval_metric,
  num_round,
  seed,
} as const satisfies XgboostHyperparameters;
