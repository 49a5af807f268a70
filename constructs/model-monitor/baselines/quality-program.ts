import { Analyzer, type AnalyzerKind, type AnalyzerOptions } from '../../analyzer';
import { ContainerImage } from '../../images';
import { validateFiles } from './baseline';
import type { BaselineJobOptions, BaselineKind } from './baseline-job';
import { type BaselineProgram, fileName, openProgram, scriptInputs, validateScriptNames } from './baseline-program';

export interface QualityBaselineOptions extends BaselineJobOptions {
  /**
   * Form of the data set.
   *
   * @default csv-with-header
   */
  readonly datasetFormat?: 'csv-with-header' | 'csv-without-header' | 'json-lines' | 'json';

  /**
   * Cut the container off from all network calls, S3 included; the service moves the data in and out.
   *
   * @default false
   */
  readonly isolateNetwork?: boolean;

  /**
   * S3 URI of a Python script that turns a record of the data set into columns, as that of the monitor does; not with `managed: false`.
   *
   * @default - records are taken as they are
   */
  readonly recordPreprocessorUri?: string;

  /**
   * S3 URI of a Python script that is called after the analysis.
   *
   * @default - nothing is called
   */
  readonly postAnalyticsProcessorUri?: string;
}

/** Forms of a data set as the analyzer of Model Monitor reads them, as the SageMaker Python SDK writes them. */
const DATASET_FORMATS = {
  'csv-with-header': { csv: { header: true, output_columns_position: 'START' } },
  'csv-without-header': { csv: { header: false, output_columns_position: 'START' } },
  'json-lines': { json: { lines: true } },
  json: { json: { lines: false } },
} as const;

const INPUT = '/opt/ml/processing/input';

/** Folders of the scripts, which the job of Model Monitor and the analyzer of this project have in places of their own. */
const MANAGED_FOLDERS = {
  'record-preprocessor': `${INPUT}/record_preprocessor_script_input`,
  'post-analytics-processor': `${INPUT}/post_analytics_processor_script_input`,
} as const;
const OPEN_FOLDERS = {
  'record-preprocessor': Analyzer.inputs.recordPreprocessor,
  'post-analytics-processor': Analyzer.inputs.postAnalyticsProcessor,
} as const;

/** The analyzer of Model Monitor as it makes a baseline; what it analyses is in its environment. */
function managedProgram(props: QualityBaselineOptions, environment: Readonly<Record<string, string>>): BaselineProgram {
  const { datasetFormat = 'csv-with-header', recordPreprocessorUri: before, postAnalyticsProcessorUri: after } = props;
  const datasetPath = `${INPUT}/baseline_dataset_input`;
  const { 'record-preprocessor': beforePath, 'post-analytics-processor': afterPath } = MANAGED_FOLDERS;
  return {
    image: ContainerImage.modelMonitorAnalyzer(),
    environment: {
      dataset_format: JSON.stringify(DATASET_FORMATS[datasetFormat]),
      dataset_source: datasetPath,
      output_path: '/opt/ml/processing/output',
      publish_cloudwatch_metrics: 'Disabled',
      ...(before === undefined ? {} : { record_preprocessor_script: `${beforePath}/${fileName(before)}` }),
      ...(after === undefined ? {} : { post_analytics_processor_script: `${afterPath}/${fileName(after)}` }),
      ...environment,
    },
    datasetPath,
    inputs: scriptInputs(scriptsOf(props), MANAGED_FOLDERS),
  };
}

const scriptsOf = (props: QualityBaselineOptions) => ({
  'record-preprocessor': props.recordPreprocessorUri,
  'post-analytics-processor': props.postAnalyticsProcessorUri,
});

/** A quality baseline: the environment says what the managed job analyses, kind and options what the open one does. */
export function qualityKind(
  props: QualityBaselineOptions,
  environment: Readonly<Record<string, string>>,
  kind: AnalyzerKind,
  options: AnalyzerOptions = {},
): BaselineKind {
  const { managed = true, isolateNetwork, datasetFormat, recordPreprocessorUri, postAnalyticsProcessorUri } = props;
  const scripts = { recordPreprocessorUri, postAnalyticsProcessorUri };
  return {
    isolateNetwork,
    validate: path => {
      validateFiles(path, scripts);
      validateScriptNames(path, scripts);
      if (!managed && recordPreprocessorUri !== undefined) {
        throw new Error(
          `${path}: 'recordPreprocessorUri' must be left out with 'managed: false', whose program gives it captured records only, got: ${recordPreprocessorUri}`,
        );
      }
    },
    files: Object.values(scripts),
    program: job =>
      managed
        ? managedProgram(props, environment)
        : openProgram(job, kind, { datasetFormat, ...options }, scriptInputs(scriptsOf(props), OPEN_FOLDERS)),
  };
}
