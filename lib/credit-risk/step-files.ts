/** Files of the prepare step, by output: each lies in the output's own folder. */
export const prepareFiles = {
  /** Label and features, without header: XGBoost's training channel. */
  train: 'train.csv',
  /** Label and features, without header: XGBoost's validation channel. */
  validation: 'validation.csv',
  /** Features of the held-out loans, without header: what batch transform and the endpoint take. */
  test: 'features.csv',
  /** Labels of the held-out loans, in the same order. */
  labels: 'labels.csv',
  /** Label and features of the held-out loans, without header: what Clarify takes. */
  holdout: 'holdout.csv',
  /** Features of the training loans, with header: baseline of data quality. */
  baseline: 'baseline.csv',
  /** How a client turns a loan into the model's features. */
  encoder: 'encoder.json',
} as const;

/** Files of the evaluate step, by output. */
export const evaluateFiles = {
  /** Metrics, in the layout of SageMaker's model quality report. */
  evaluation: 'evaluation.json',
  /** Truth, answer and probability of each held-out loan, with header: baseline of model quality. */
  scored: 'scored.csv',
} as const;
