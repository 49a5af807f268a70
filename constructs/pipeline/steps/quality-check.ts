import { ContainerImage } from '../../images';
import type { FileSet } from '../../assets';
import type { StepContext } from '../context';
import type { Expression, Value } from '../expression';
import { numberBetween, problemsOf, type Rule, s3Uri } from '../problem';
import { bindCheck, checkRules, type CheckProps } from './check';
import { CheckStep } from './check-step';
import { openRules } from './open-check';
import { bindOpenCheck } from './open-check-grants';
import { managedQuality, openQuality, openQualityRules, scriptsOf } from './quality-check-content';

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
   * @default csv-with-header
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
   * Probability above which a prediction counts as positive: 0 to 1.
   *
   * @default - chosen by the service; with `managed: false` 0.5
   */
  readonly probabilityThreshold?: number;
}

export type QualityCheckStepProps = DataQualityCheckProps | ModelQualityCheckProps;

/** Form of the data that is checked; `captured` is what an endpoint or a transform records. */
export type DatasetFormat = 'csv-with-header' | 'csv-without-header' | 'json-lines' | 'json' | 'captured';

/**
 * Computes statistics and constraints of data or of predictions, and checks them against a baseline.
 *
 * Costs the time of its instances. AWS documentation of 2026 says that the service behind it, Model Monitor, takes no new
 * customers: accounts that never used it may be refused, and check with `managed: false`.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
 */
export class QualityCheckStep<
  Kind extends QualityCheckStepProps['checkType'] = QualityCheckStepProps['checkType'],
> extends CheckStep<QualityCheckProperties> {
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
    const open = props.managed === false;
    super(name, props.checkType, props, {
      ...(open ? openQuality(props) : managedQuality(props)),
      problems: problemsOf(
        ...checkRules(props),
        ...qualityRules(props),
        ...(open ? [...openRules(props), ...openQualityRules(props)] : []),
      ),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { props } = this;
    const suppliedBaselines = [props.suppliedBaselineConstraints, props.suppliedBaselineStatistics];
    const files = Object.values(scriptsOf(props));
    if (props.managed === false) {
      bindOpenCheck(this.name, props, context, { files, suppliedBaselines });
      return;
    }
    const role = bindCheck(props, ContainerImage.modelMonitorAnalyzer(), context, suppliedBaselines);
    for (const script of files) script.bind(context.scope).grantRead(role);
  }
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
