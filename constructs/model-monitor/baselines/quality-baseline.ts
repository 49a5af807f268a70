import type { Construct } from 'constructs';
import { BaselineConstraints, BaselineStatistics, ModelQualityConstraints } from './baseline';
import { BaselineJob } from './baseline-job';
import { type PredictedLabel, type Prediction, validatePrediction } from '../predictions';
import { type QualityBaselineOptions, qualityKind } from './quality-program';

export type DataQualityBaselineProps = QualityBaselineOptions;

/**
 * What training data looks like, for a `DataQualityMonitor`.
 *
 * Creates a role and a processing job, which runs at deployment and costs the time of its instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html
 */
export class DataQualityBaseline extends BaselineJob {
  /** What the data looks like. */
  public readonly statistics: BaselineStatistics;

  /** What captured data has to satisfy, as the job suggests it. */
  public readonly constraints: BaselineConstraints;

  constructor(scope: Construct, id: string, props: DataQualityBaselineProps) {
    super(scope, id, props, qualityKind(props, {}, 'data-quality'));
    this.statistics = BaselineStatistics.fromS3Uri(`${this.resultsUri}/statistics.json`);
    this.constraints = BaselineConstraints.fromS3Uri(`${this.resultsUri}/constraints.json`);
  }
}

interface ModelQualityBaselineOptions extends QualityBaselineOptions {
  /** Column of what came true: its name, or `_c0` for the first column of data without a header. */
  readonly groundTruthAttribute: string;
}

interface OtherThanBinary extends PredictedLabel {
  /** What the model predicts. */
  readonly problemType: 'MulticlassClassification' | 'Regression';
}

type Binary = Prediction & {
  /** What the model predicts. */
  readonly problemType: 'BinaryClassification';
};

/** Predictions are columns of the data set, given by name, or as `_c0` and so on where it has no header. */
export type ModelQualityBaselineProps = ModelQualityBaselineOptions & (OtherThanBinary | Binary);

/**
 * How good predictions for data with known outcomes are, for a `ModelQualityMonitor`.
 *
 * Creates a role and a processing job, which runs at deployment and costs the time of its instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-baseline.html
 */
export class ModelQualityBaseline extends BaselineJob {
  /** How good predictions have to be, as the job suggests it. */
  public readonly constraints: ModelQualityConstraints;

  constructor(scope: Construct, id: string, props: ModelQualityBaselineProps) {
    const { problemType, groundTruthAttribute, inferenceAttribute, probabilityAttribute, probabilityThreshold } = props;
    const environment = {
      analysis_type: 'MODEL_QUALITY',
      problem_type: problemType,
      ground_truth_attribute: groundTruthAttribute,
      ...(inferenceAttribute === undefined ? {} : { inference_attribute: inferenceAttribute }),
      ...(probabilityAttribute === undefined
        ? {}
        : {
            probability_attribute: probabilityAttribute,
            probability_threshold_attribute: String(probabilityThreshold),
          }),
    };
    const options = {
      problemType,
      groundTruthAttribute,
      inferenceAttribute,
      probabilityAttribute,
      probabilityThreshold,
    };
    const kind = qualityKind(props, environment, 'model-quality', options);
    super(scope, id, props, {
      ...kind,
      validate: path => {
        kind.validate(path);
        validatePrediction(path, props);
      },
    });
    this.constraints = ModelQualityConstraints.fromS3Uri(`${this.resultsUri}/constraints.json`);
  }
}
