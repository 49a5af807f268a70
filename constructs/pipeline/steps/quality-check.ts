import { ContainerImage } from '../../images';
import type { FileSet } from '../../assets';
import type { StepContext } from '../context';
import { type Expression, Late, type Value } from '../expression';
import { numberBetween, problemsOf, type Rule, s3Uri } from '../problem';
import { StepWithProperties } from '../step';
import { bindCheck, CHECK_CACHE_KEYS, checkRules, type CheckProps, renderCheckJob, renderCheckMembers } from './check';

/** Statistics and constraints that belong together, so that nobody swaps them. */
export interface QualityBaseline {
  readonly statistics: Expression<string>;
  readonly constraints: Expression<string>;
}

interface QualityCheckProperties {
  readonly CalculatedBaselineStatistics: string;
  readonly CalculatedBaselineConstraints: string;
  readonly BaselineUsedForDriftCheckStatistics: string;
  readonly BaselineUsedForDriftCheckConstraints: string;
}

export interface QualityCheckProps extends CheckProps {
  /**
   * Form of the data.
   *
   * @default CSV with a header line
   */
  readonly datasetFormat?: DatasetFormat;

  /**
   * S3 URI of the statistics to check against; wins over the group. Given together with the constraints.
   *
   * @default - those of the latest approved version
   */
  readonly suppliedBaselineStatistics?: Value<string>;

  /**
   * One Python file that can change the result after the analysis.
   *
   * @default - none
   */
  readonly postAnalyticsProcessor?: FileSet;
}

export interface DataQualityCheckProps extends QualityCheckProps {
  readonly checkType: 'DATA_QUALITY';

  /**
   * One Python file that changes each record before the analysis.
   *
   * @default - none
   */
  readonly recordPreprocessor?: FileSet;
}

export interface ModelQualityCheckProps extends QualityCheckProps {
  readonly checkType: 'MODEL_QUALITY';

  readonly problemType: 'Regression' | 'BinaryClassification' | 'MulticlassClassification';

  /** Column with the true value: its name, or `_c0` for the first column of data without a header. */
  readonly groundTruthAttribute: string;

  /**
   * Column with the predicted value. One of this and `probabilityAttribute` is needed.
   *
   * @default - none
   */
  readonly inferenceAttribute?: string;

  /**
   * Column with the probability of the positive class, for classification.
   *
   * @default - none
   */
  readonly probabilityAttribute?: string;

  /**
   * Probability from which a prediction counts as positive: 0 to 1.
   *
   * @default - by the service
   */
  readonly probabilityThreshold?: number;
}

export type QualityCheckStepProps = DataQualityCheckProps | ModelQualityCheckProps;

/** Form of the data that is checked; `captured` is what an endpoint or a transform records. */
export type DatasetFormat = 'csv-with-header' | 'csv-without-header' | 'json-lines' | 'json' | 'captured';

const DATASET_FORMATS: Readonly<Record<DatasetFormat, string>> = {
  'csv-with-header': '{"csv": {"header": true, "output_columns_position": "START"}}',
  'csv-without-header': '{"csv": {"header": false, "output_columns_position": "START"}}',
  'json-lines': '{"json": {"lines": true}}',
  json: '{"json": {"lines": false}}',
  captured: '{"sagemakerCaptureJson": {}}',
};
const OUTPUT_PATH = '/opt/ml/processing/output';
const DATASET_INPUT = 'baseline_dataset_input';

/**
 * Computes statistics and constraints of data or of predictions, and checks them against a baseline.
 *
 * Costs the time of its instances. AWS documentation of 2026 says that the service behind it, Model Monitor, takes no new
 * customers: accounts that never used it may be refused.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
 */
export class QualityCheckStep<
  Kind extends QualityCheckStepProps['checkType'] = QualityCheckStepProps['checkType'],
> extends StepWithProperties<QualityCheckProperties> {
  /** Keeps the two kinds apart for the compiler. */
  declare protected readonly kind: Kind;

  /** What this execution computed. */
  public readonly calculatedBaseline: QualityBaseline = {
    statistics: this.property('CalculatedBaselineStatistics'),
    constraints: this.property('CalculatedBaselineConstraints'),
  };

  /** What later versions and monitors are checked against. */
  public readonly driftBaseline: QualityBaseline = {
    statistics: this.property('BaselineUsedForDriftCheckStatistics'),
    constraints: this.property('BaselineUsedForDriftCheckConstraints'),
  };

  private readonly props: QualityCheckStepProps;

  public constructor(name: string, props: QualityCheckStepProps & { readonly checkType: Kind }) {
    super(name, {
      type: 'QualityCheck',
      props,
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
      problems: problemsOf(...checkRules(props), ...qualityRules(props)),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { suppliedBaselineConstraints, suppliedBaselineStatistics } = this.props;
    const role = bindCheck(this.props, ContainerImage.modelMonitorAnalyzer(), context, [
      suppliedBaselineConstraints,
      suppliedBaselineStatistics,
    ]);
    for (const script of Object.values(scriptsOf(this.props))) {
      script.bind(context.scope).grantRead(role);
    }
  }
}

function scriptsOf(props: QualityCheckStepProps): Record<string, FileSet> {
  return {
    ...(props.postAnalyticsProcessor && { post_analytics_processor_script: props.postAnalyticsProcessor }),
    ...(props.checkType === 'DATA_QUALITY' &&
      props.recordPreprocessor && { record_preprocessor_script: props.recordPreprocessor }),
  };
}

function inputsOf(props: QualityCheckStepProps): Record<string, { uri: Value<string> | Late; localPath: string }> {
  const scripts = Object.entries(scriptsOf(props)).map(([name, files]) => [
    `${name}_input`,
    { uri: new Late(({ scope }) => files.bind(scope).s3Uri), localPath: `/opt/ml/processing/input/${name}_input` },
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

function qualityRules(props: QualityCheckStepProps): readonly Rule[] {
  const { suppliedBaselineStatistics: statistics, suppliedBaselineConstraints: constraints } = props;
  const rules: Rule[] = [
    s3Uri('suppliedBaselineStatistics', statistics),
    [
      statistics === undefined || constraints !== undefined,
      `'suppliedBaselineStatistics' must come with 'suppliedBaselineConstraints', got: statistics alone`,
    ],
    ...Object.entries({
      postAnalyticsProcessor: props.postAnalyticsProcessor,
      ...(props.checkType === 'DATA_QUALITY' && { recordPreprocessor: props.recordPreprocessor }),
    }).map(([prop, files]): Rule => {
      const names = files?.fileNames ?? [''];
      return [names.length === 1, `'${prop}' must be one file, got: ${names.join(', ')}`];
    }),
  ];
  return props.checkType === 'DATA_QUALITY' ? rules : [...rules, ...modelQualityRules(props)];
}

function modelQualityRules(props: ModelQualityCheckProps): readonly Rule[] {
  const { inferenceAttribute, probabilityAttribute, probabilityThreshold, problemType } = props;
  return [
    [
      inferenceAttribute !== undefined || probabilityAttribute !== undefined,
      `'inferenceAttribute' or 'probabilityAttribute' must be given, got: neither`,
    ],
    [
      problemType !== 'Regression' || probabilityAttribute === undefined,
      `'probabilityAttribute' must be left out for Regression, got: ${probabilityAttribute ?? ''}`,
    ],
    numberBetween('probabilityThreshold', probabilityThreshold, 0, 1),
    [
      probabilityThreshold === undefined || probabilityAttribute !== undefined,
      `'probabilityThreshold' must come with 'probabilityAttribute', got: ${probabilityThreshold ?? ''}`,
    ],
  ];
}
