import { join } from 'node:path';

/** What is checked; the first argument of the program. */
export type AnalyzerKind = 'data-quality' | 'model-quality' | 'bias' | 'attribution';

/**
 * Options of the program, as arguments behind the kind; those left out are not given. `Late` is the type of values that are only
 * known when the job starts.
 */
export interface AnalyzerOptions<Late = never> {
  /**
   * Form of the data set in the job's input.
   *
   * @default csv-with-header
   */
  readonly datasetFormat?: 'csv-with-header' | 'csv-without-header' | 'json-lines' | 'json' | 'captured';

  /**
   * S3 URI of the prefix that an endpoint, or batch transform jobs, capture to, instead of a data set in the job's input: of an
   * endpoint `<DestinationS3Uri>/<endpoint name>`, of batch transform its `DestinationS3Uri`.
   *
   * @default - the data set is in the job's input
   */
  readonly capturedData?: string | Late;

  /**
   * Form of what batch transform jobs capture.
   *
   * @default - an endpoint captures it
   */
  readonly transformFormat?: 'csv' | 'csv-with-header' | 'json' | 'json-lines';

  /**
   * S3 URI of the prefix of labels, in folders by hour.
   *
   * @default - the label is a column of the data set
   */
  readonly groundTruth?: string | Late;

  /**
   * Time of the run, ISO 8601 in UTC. Needed with `capturedData`.
   *
   * @default - no part of the data is left out
   */
  readonly runTime?: string | Late;

  /** Start of the captured data before the time of the run, in minutes. Needed with `capturedData`. */
  readonly startOffsetMinutes?: number | Late;

  /** End of the captured data before the time of the run, in minutes. Needed with `capturedData`. */
  readonly endOffsetMinutes?: number;

  /**
   * Name of the monitor, which makes the job write the data of CloudWatch metrics.
   *
   * @default - none are written
   */
  readonly scheduleName?: string;

  /**
   * Name of the monitored endpoint: a dimension of the metrics, and what is asked for attributions of a model that is neither of
   * XGBoost nor of scikit-learn.
   *
   * @default - batch transform is monitored, or a data set
   */
  readonly endpointName?: string;

  /** What a model predicts; needed for model quality. */
  readonly problemType?: 'BinaryClassification' | 'MulticlassClassification' | 'Regression';

  /**
   * Column of the truth: its name, or `_c0` for the first column of data without a header.
   *
   * @default - the truth comes from `groundTruth`, or for bias from the label of the configuration
   */
  readonly groundTruthAttribute?: string;

  /**
   * Where the predicted label is: a column of the data set, or of a captured answer its index, or a JMESPath expression.
   *
   * @default - it follows from the probability and its threshold
   */
  readonly inferenceAttribute?: string;

  /**
   * Where the probability of the positive outcome is: as `inferenceAttribute`.
   *
   * @default - there is none
   */
  readonly probabilityAttribute?: string;

  /**
   * Probability above which an outcome counts as positive, 0 to 1.
   *
   * @default 0.5
   */
  readonly probabilityThreshold?: number;

  /**
   * JMESPath expression that gives the features of a record in JSON.
   *
   * @default - records are CSV
   */
  readonly featuresAttribute?: string;

  /**
   * Name of the SageMaker model whose artifacts the job reads, to predict or to explain.
   *
   * @default - predictions are in the data
   */
  readonly modelName?: string | Late;

  /**
   * Name of the model package group whose latest approved version holds the baseline; a baseline in the job's input wins.
   *
   * @default - the baseline is in the job's input, or there is none
   */
  readonly modelPackageGroupName?: string | Late;

  /**
   * Nothing is checked.
   *
   * @default false
   */
  readonly skipCheck?: boolean | Late;

  /**
   * The job fails on violations.
   *
   * @default false
   */
  readonly failOnViolation?: boolean | Late;

  /**
   * What is computed becomes the baseline in `baseline/` of the output; else the one that was checked against does.
   *
   * @default false
   */
  readonly registerNewBaseline?: boolean | Late;
}

/** Folder of the program: `FileSet.fromDirectory(Analyzer.folder)` uploads it. */
const folder = join(__dirname, 'steps');

/** Where the program finds its inputs in the container. An input that is optional and not given is no folder there. */
const inputs = {
  code: '/opt/ml/processing/input/code',
  dataset: '/opt/ml/processing/input/dataset',
  analysisConfig: '/opt/ml/processing/input/config',
  baselineStatistics: '/opt/ml/processing/input/baseline-statistics',
  baselineConstraints: '/opt/ml/processing/input/baseline-constraints',
  recordPreprocessor: '/opt/ml/processing/input/record-preprocessor',
  postAnalyticsProcessor: '/opt/ml/processing/input/post-analytics-processor',
} as const;

/** The program, as a processing job in the XGBoost container runs it. */
export const Analyzer = {
  folder,

  /** Version of the XGBoost container that has all the libraries. */
  xgboostVersion: '1.7-1',
  entrypoint: ['python3', `${inputs.code}/analyze.py`],
  inputs,

  /** Where the program leaves its files. */
  output: '/opt/ml/processing/output',

  /** Kind and options, as the arguments of the container. */
  arguments<Late = never>(kind: AnalyzerKind, options: AnalyzerOptions<Late>): readonly (string | Late)[] {
    const given = Object.entries(options) as [string, string | number | boolean | Late | undefined][];
    const rendered = given.flatMap(([name, value]) => {
      if (value === undefined) return [];
      const plain = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
      return [`--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`, plain];
    });
    return [kind, ...rendered];
  },
} as const;
