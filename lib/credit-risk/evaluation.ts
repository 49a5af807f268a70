/** Columns of the evaluate step's file `scored`. */
export const scoredColumns = { groundTruth: 'label', inference: 'prediction', probability: 'probability' } as const;

/** Every number in the evaluate step's file `evaluation`, by its JSON path. */
export const evaluationPaths = {
  auc: 'binary_classification_metrics.auc.value',
  aucStandardDeviation: 'binary_classification_metrics.auc.standard_deviation',
  aucConfidenceLevel: 'binary_classification_metrics.auc.confidence_interval.level',
  aucLower: 'binary_classification_metrics.auc.confidence_interval.lower',
  aucUpper: 'binary_classification_metrics.auc.confidence_interval.upper',
  accuracy: 'binary_classification_metrics.accuracy.value',
  precision: 'binary_classification_metrics.precision.value',
  recall: 'binary_classification_metrics.recall.value',
  f1: 'binary_classification_metrics.f1.value',
  averagePrecision: 'binary_classification_metrics.average_precision.value',
  logLoss: 'binary_classification_metrics.log_loss.value',
  brierScore: 'binary_classification_metrics.brier_score.value',
  trueNegatives: 'binary_classification_metrics.confusion_matrix.0.0',
  falsePositives: 'binary_classification_metrics.confusion_matrix.0.1',
  falseNegatives: 'binary_classification_metrics.confusion_matrix.1.0',
  truePositives: 'binary_classification_metrics.confusion_matrix.1.1',
  rows: 'dataset.item_count',
  positives: 'dataset.positive_count',
  threshold: 'threshold',
} as const;
