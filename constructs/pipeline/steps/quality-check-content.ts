import type { FileSet } from '../../assets';
import { ContainerImage } from '../../images';
import { Late, type Value } from '../expression';
import type { Rule } from '../problem';
import type { StepContent } from '../step';
import { CHECK_CACHE_KEYS, renderCheckJob, renderCheckMembers } from './check';
import { renderOpenCheck } from './open-check';
import type { DatasetFormat, ModelQualityCheckProps, QualityCheckStepProps } from './quality-check';

const DATASET_FORMATS: Readonly<Record<DatasetFormat, string>> = {
  'csv-with-header': '{"csv": {"header": true, "output_columns_position": "START"}}',
  'csv-without-header': '{"csv": {"header": false, "output_columns_position": "START"}}',
  'json-lines': '{"json": {"lines": true}}',
  json: '{"json": {"lines": false}}',
  captured: '{"sagemakerCaptureJson": {}}',
};
const OUTPUT_PATH = '/opt/ml/processing/output';
const DATASET_INPUT = 'baseline_dataset_input';

/** The step of the managed service. */
export function managedQuality(props: QualityCheckStepProps): Omit<StepContent, 'props'> {
  return {
    type: 'QualityCheck',
    arguments: renderCheckJob(props, {
      image: ContainerImage.modelMonitorAnalyzer(),
      outputName: 'quality_check_output',
      inputs: inputsOf(props),
      environment: environmentOf(props),
    }),
    members: {
      ...renderCheckMembers(props.checkType, props),
      SuppliedBaselineStatistics: props.suppliedBaselineStatistics,
    },
    cacheKeys: CHECK_CACHE_KEYS,
  };
}

/** The same check as a processing step. */
export function openQuality(props: QualityCheckStepProps): Omit<StepContent, 'props'> {
  const { datasetFormat, suppliedBaselineStatistics: baselineStatistics, postAnalyticsProcessor } = props;
  const inputs = {
    baselineStatistics,
    postAnalyticsProcessor: postAnalyticsProcessor && placeOf(postAnalyticsProcessor),
  };
  if (props.checkType === 'DATA_QUALITY') {
    const recordPreprocessor = props.recordPreprocessor && placeOf(props.recordPreprocessor);
    return renderOpenCheck(props, {
      kind: 'data-quality',
      options: { datasetFormat },
      inputs: { ...inputs, recordPreprocessor },
    });
  }
  const { problemType, groundTruthAttribute, inferenceAttribute, probabilityAttribute, probabilityThreshold } = props;
  return renderOpenCheck(props, {
    kind: 'model-quality',
    options: {
      datasetFormat,
      problemType,
      groundTruthAttribute,
      inferenceAttribute,
      probabilityAttribute,
      probabilityThreshold,
    },
    inputs,
  });
}

/** What the program cannot do of quality checks. */
export function openQualityRules(props: QualityCheckStepProps): readonly Rule[] {
  const { suppliedBaselineConstraints, suppliedBaselineStatistics, datasetFormat = 'csv-with-header' } = props;
  if (props.checkType === 'DATA_QUALITY') {
    return [
      [
        suppliedBaselineConstraints === undefined || suppliedBaselineStatistics !== undefined,
        `'suppliedBaselineConstraints' must come with 'suppliedBaselineStatistics' with 'managed: false', whose program compares distributions, got: constraints alone`,
      ],
      [
        props.recordPreprocessor === undefined || datasetFormat === 'captured',
        `'recordPreprocessor' must come with the 'datasetFormat' captured with 'managed: false', whose program gives it captured records, got: ${datasetFormat}`,
      ],
    ];
  }
  const { problemType, inferenceAttribute } = props;
  return [
    [
      datasetFormat !== 'captured',
      `'datasetFormat' must not be captured for MODEL_QUALITY with 'managed: false', because captured records have no labels, got: captured`,
    ],
    [
      problemType === 'BinaryClassification' || inferenceAttribute !== undefined,
      `'inferenceAttribute' must be given for ${problemType} with 'managed: false', got: none`,
    ],
  ];
}

function placeOf(files: FileSet): Late {
  return new Late(({ scope }) => files.bind(scope).s3Uri);
}

/** The programs of the user's own. */
export function scriptsOf(props: QualityCheckStepProps): Record<string, FileSet> {
  return {
    ...(props.postAnalyticsProcessor && { post_analytics_processor_script: props.postAnalyticsProcessor }),
    ...(props.checkType === 'DATA_QUALITY' &&
      props.recordPreprocessor && { record_preprocessor_script: props.recordPreprocessor }),
  };
}

function inputsOf(props: QualityCheckStepProps): Record<string, { uri: Value<string> | Late; localPath: string }> {
  const scripts = Object.entries(scriptsOf(props)).map(([name, files]) => [
    `${name}_input`,
    { uri: placeOf(files), localPath: `/opt/ml/processing/input/${name}_input` },
  ]);
  return {
    [DATASET_INPUT]: { uri: props.dataset, localPath: `/opt/ml/processing/input/${DATASET_INPUT}` },
    ...(Object.fromEntries(scripts) as Record<string, { uri: Late; localPath: string }>),
  };
}

function environmentOf(props: QualityCheckStepProps): Record<string, string> {
  const scripts = Object.entries(scriptsOf(props)).map(([name, files]) => [
    name,
    `/opt/ml/processing/input/${name}_input/${files.fileNames[0] ?? ''}`,
  ]);
  return {
    output_path: OUTPUT_PATH,
    publish_cloudwatch_metrics: 'Disabled',
    dataset_source: `/opt/ml/processing/input/${DATASET_INPUT}`,
    dataset_format: DATASET_FORMATS[props.datasetFormat ?? 'csv-with-header'],
    ...(Object.fromEntries(scripts) as Record<string, string>),
    ...(props.checkType === 'MODEL_QUALITY' && modelQualityEnvironment(props)),
  };
}

function modelQualityEnvironment(props: ModelQualityCheckProps): Record<string, string> {
  const { inferenceAttribute, probabilityAttribute, probabilityThreshold } = props;
  return {
    analysis_type: 'MODEL_QUALITY',
    problem_type: props.problemType,
    ground_truth_attribute: props.groundTruthAttribute,
    ...(inferenceAttribute !== undefined && { inference_attribute: inferenceAttribute }),
    ...(probabilityAttribute !== undefined && { probability_attribute: probabilityAttribute }),
    ...(probabilityThreshold !== undefined && { probability_threshold_attribute: String(probabilityThreshold) }),
  };
}
