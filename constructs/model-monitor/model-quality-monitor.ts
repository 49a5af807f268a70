import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import { ContainerImage } from '../images';
import { type ModelQualityConstraints, validateFiles } from './baselines/baseline';
import { type AnalysisWindow, renderInput, renderWindow, validateWindow, validateWindowOnce } from './captured-data';
import type { DataLocation } from './data-location';
import { DefinedMonitor, type DefinedMonitorOptions } from './defined-monitor';
import type { MetricLimit } from './metric-limit';
import { type MonitoredSource, dataOf, grantCaptured } from './monitored-endpoint';
import { renderScripts } from './open/open-job';
import { type PredictedLabel, type Prediction, renderPrediction, validatePrediction } from './predictions';

interface ModelQualityOptions extends DefinedMonitorOptions {
  /**
   * Where labels are uploaded to: JSON Lines files under `<prefix>/yyyy/mm/dd/hh/`, by the hour in which a label became known.
   * A line is `{"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "…"}, "eventVersion": "0"}`
   * with the `inferenceId` of the request, or else the `eventId` of the captured record.
   */
  readonly groundTruth: DataLocation;

  /** How good predictions have to be. */
  readonly baselineConstraints: ModelQualityConstraints;

  /**
   * Part of the captured data that a run looks at, for labels that come late.
   *
   * @default - the time since the last run, so labels have to be there at once
   */
  readonly analysisWindow?: AnalysisWindow;

  /**
   * Image that analyses the data: that of Model Monitor, or one that keeps its container contract.
   *
   * @default - the analyzer of Model Monitor
   */
  readonly image?: ContainerImage;

  /**
   * S3 URI of a Python script that changes a captured record before it is analysed.
   *
   * @default - records are taken as they are captured
   */
  readonly recordPreprocessorUri?: string;

  /**
   * S3 URI of a Python script that is called after the analysis.
   *
   * @default - nothing is called
   */
  readonly postAnalyticsProcessorUri?: string;
}

interface OtherThanBinary extends PredictedLabel {
  /** What the model predicts. */
  readonly problemType: 'MulticlassClassification' | 'Regression';
}

type Binary = Prediction & {
  /** What the model predicts. */
  readonly problemType: 'BinaryClassification';
};

type ModelQualityKind = ModelQualityOptions & (OtherThanBinary | Binary);

export type ModelQualityMonitorProps = ModelQualityKind & MonitoredSource;

const REGRESSION = ['mae', 'mse', 'rmse', 'r2'] as const;
const BINARY = [
  ...(['accuracy', 'precision', 'recall', 'f0_5', 'f1', 'f2', 'auc', 'au_prc'] as const),
  ...(['true_positive_rate', 'true_negative_rate', 'false_positive_rate', 'false_negative_rate'] as const),
];
const MULTICLASS = [
  ...(['accuracy', 'weighted_precision', 'weighted_recall'] as const),
  ...(['weighted_f0_5', 'weighted_f1', 'weighted_f2'] as const),
];

/** Metrics by what the model predicts, as the dashboards of the SageMaker Python SDK graph them. */
const METRICS = { Regression: REGRESSION, BinaryClassification: BINARY, MulticlassClassification: MULTICLASS } as const;

/** What is measured of predictions; which of it there is depends on the problem type. */
export type QualityMetric = (typeof REGRESSION | typeof BINARY | typeof MULTICLASS)[number];

/**
 * Compares predictions with what came true, on a schedule.
 *
 * Creates a role, a job definition and a monitoring schedule. Each run has two jobs, one that merges labels with the captured
 * predictions and one that analyses them, and costs the time of their instances. Model Monitor is closed to new customers.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality.html
 */
export class ModelQualityMonitor extends DefinedMonitor {
  private readonly problemType: ModelQualityMonitorProps['problemType'];

  constructor(scope: Construct, id: string, given: ModelQualityMonitorProps) {
    const props = dataOf<ModelQualityKind>(`${scope.node.path}/${id}`, given, ['Output']);
    const { baselineConstraints, recordPreprocessorUri, postAnalyticsProcessorUri, groundTruth } = props;
    const { problemType, inferenceAttribute, probabilityAttribute, probabilityThreshold, analysisWindow } = props;
    super(scope, id, props, {
      type: 'ModelQuality',
      metricKind: 'model-metrics',
      image: props.image ?? ContainerImage.modelMonitorAnalyzer(),
      groundTruth,
      files: [baselineConstraints.s3Uri, recordPreprocessorUri, postAnalyticsProcessorUri],
      validate: path => {
        validateFiles(path, {
          baselineConstraints: baselineConstraints.s3Uri,
          recordPreprocessorUri,
          postAnalyticsProcessorUri,
        });
        validatePrediction(path, props);
        validateWindow(path, props.analysisWindow);
        validateWindowOnce(path, props.analysisWindow, props.schedule?.once);
      },
      open: {
        kind: 'model-quality',
        files: { baselineConstraints: baselineConstraints.s3Uri, ...renderScripts(props) },
        groundTruth,
        analysisWindow,
        options: { problemType, inferenceAttribute, probabilityAttribute, probabilityThreshold },
      },
      define: (monitor, { common, imageUri, environment, output }) =>
        new sagemaker.CfnModelQualityJobDefinition(monitor, 'Definition', {
          ...common,
          modelQualityAppSpecification: {
            imageUri,
            environment,
            problemType: props.problemType,
            recordPreprocessorSourceUri: recordPreprocessorUri,
            postAnalyticsProcessorSourceUri: postAnalyticsProcessorUri,
          },
          modelQualityBaselineConfig: { constraintsResource: { s3Uri: baselineConstraints.s3Uri } },
          modelQualityJobInput: {
            ...renderInput(props, { ...renderPrediction(props), ...renderWindow(props.analysisWindow) }),
            groundTruthS3Input: { s3Uri: groundTruth.bucket.s3UrlForObject(groundTruth.prefix) },
          },
          modelQualityJobOutputConfig: output,
        }),
    });
    this.problemType = props.problemType;
    grantCaptured(given, this.role);
  }

  /** A metric of the predictions. */
  public metricForQuality(metric: QualityMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const names: readonly string[] = METRICS[this.problemType];
    if (!names.includes(metric)) {
      throw new Error(
        `${this.node.path}: 'metric' must be one of ${this.problemType} (${names.join(', ')}), got: ${metric}`,
      );
    }
    return this.metric(metric, options);
  }

  /** Adds an alarm that goes off when predictions are worse than a limit, and holds until a run says otherwise. */
  public addQualityAlarm(id: string, metric: QualityMetric, limit: MetricLimit): cloudwatch.Alarm {
    const description = `Predictions have become worse: ${metric}`;
    return this.createAlarm(id, this.metricForQuality(metric), description, limit);
  }
}
