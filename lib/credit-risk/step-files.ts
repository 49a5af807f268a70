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
  /** Answer and probability of each, with header: what the answers of batch scoring are compared with. */
  answers: 'answers.csv',
} as const;

/** Files of the encode step of batch scoring, by output. */
export const encodeFiles = {
  /** Features without header: what batch transform takes. */
  features: 'features.csv',
  /** Features with header: what the check of the data's quality takes. */
  table: 'table.csv',
} as const;

/** Files of the decide step of batch scoring, by output. */
export const decideFiles = {
  /** Each application with the decision and its probability, with header: what is handed over. */
  decisions: 'decisions.csv',
  /** Decision and probability, with header: what the check of the answers' quality takes. */
  answers: 'answers.csv',
  /** Decision in the place of the label, and features, without header: what the check of bias takes. */
  outcomes: 'outcomes.csv',
} as const;

/** Files of the tabulate step of the challenger, by output. */
export const tabulateFiles = {
  /** Columns of the schema with header: Autopilot's training channel. */
  train: 'train.csv',
  /** The same for its validation channel. */
  validation: 'validation.csv',
  /** Columns of the held-out loans but the label, without header. */
  test: 'columns.csv',
  /** Labels of the held-out loans, in the same order. */
  labels: 'labels.csv',
} as const;

/** What the challenger answers for each loan; the container takes such a list of keys as an environment variable. */
export const challengerAnswers = 'label,probability';
