import { Token } from 'aws-cdk-lib/core';

export interface PredictedLabel {
  /** Where the prediction is in an answer of the model: index of a column such as `0`, or JMESPath expression. */
  readonly inferenceAttribute: string;
  readonly probabilityAttribute?: never;
  readonly probabilityThreshold?: never;
}

export interface PredictedScore {
  /** Where the score is in an answer of the model: index of a column such as `0`, or JMESPath expression. */
  readonly probabilityAttribute: string;

  /** Score above which a prediction counts as positive, more than 0 and less than 1. */
  readonly probabilityThreshold: number;

  /**
   * Where the predicted label is in an answer of the model.
   *
   * @default - the label follows from the score and its threshold
   */
  readonly inferenceAttribute?: string;
}

/** How a prediction is read from an answer of the model. */
export type Prediction = PredictedLabel | PredictedScore;

export function renderPrediction({ inferenceAttribute, probabilityAttribute, probabilityThreshold }: Prediction) {
  return { inferenceAttribute, probabilityAttribute, probabilityThresholdAttribute: probabilityThreshold };
}

export function validatePrediction(path: string, { probabilityThreshold }: Prediction): void {
  if (probabilityThreshold === undefined || Token.isUnresolved(probabilityThreshold)) return;
  if (!(probabilityThreshold > 0 && probabilityThreshold < 1)) {
    throw new Error(
      `${path}: 'probabilityThreshold' must be more than 0 and less than 1, got: ${probabilityThreshold}`,
    );
  }
}
