import type { ClarifyAnalysis, ModelExplainabilityAnalysis } from '../../clarify';
import type { Value } from '../expression';
import type { AwaitableStep } from '../step';
import { ClarifyCheckStep, type ClarifyCheckStepProps } from './clarify-check';
import { QualityCheckStep, type QualityCheckStepProps } from './quality-check';
import { TransformStep, type TransformStepProps } from './transform';

/** What the transform decides for the check: it is done, against a baseline that stays, with the transform's model. */
type Decided = 'dataset' | 'modelName' | 'registerNewBaseline' | 'skipCheck';

type Monitoring<Props> = Props extends unknown
  ? Omit<Props, Decided> &
      Readonly<Partial<Record<Exclude<Decided, 'dataset'>, undefined>>> & {
        /**
         * S3 URI of the data that is checked.
         *
         * @default - the results of the transform
         */
        readonly dataset?: Value<string>;
      }
  : never;

/** A check of a transform: props of `QualityCheckStep` or `ClarifyCheckStep`, without what the transform decides. */
export type TransformCheck = Monitoring<QualityCheckStepProps> | Monitoring<ClarifyCheckStepProps>;

/** A check that needs no results, so that it can come first. */
type CheckOfInput = { readonly dataset: Value<string> } & (
  { readonly checkType: 'DATA_QUALITY' } | { readonly analysis: ModelExplainabilityAnalysis }
);

/** The step that makes a check. */
export type TransformCheckStep<Check> = Check extends { readonly checkType: infer Kind }
  ? QualityCheckStep<Kind & QualityCheckStepProps['checkType']>
  : Check extends { readonly analysis: { readonly kind: infer Kind } }
    ? ClarifyCheckStep<Kind & ClarifyAnalysis['kind']>
    : never;

export interface MonitoredTransformProps<Check extends TransformCheck> {
  /** The transform. */
  readonly transform: TransformStepProps;

  /** The check of its input or of its results, against a supplied baseline or that of a model package group. */
  readonly check: Check;

  /**
   * The check comes before the transform, which waits for it; only for data quality and for explanations, of a `dataset`
   * that is given.
   *
   * @default false
   */
  readonly checkFirst?: Check extends CheckOfInput ? boolean : false;
}

/**
 * Sends a whole data set through a model, and checks the data or the predictions: two steps, `<name>-transform` and
 * `<name>-monitoring`, to be listed together: `steps: [...monitored.steps]`.
 *
 * Costs the time of the instances of both. AWS documentation of 2026 says that the services behind the checks, Model Monitor and
 * Clarify, take no new customers: accounts that never used them may be refused.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-batch-transform-pipelines.html
 */
export class MonitoredTransform<const Check extends TransformCheck> {
  /** The transform. */
  public readonly transform: TransformStep;

  /** The check. */
  public readonly check: TransformCheckStep<Check>;

  public constructor(name: string, props: MonitoredTransformProps<Check>) {
    const { transform, check } = props;
    const [transformName, checkName] = [`${name}-transform`, `${name}-monitoring`];
    const { modelName } = transform;
    let made: QualityCheckStep | ClarifyCheckStep;
    if (comesFirst(props)) {
      made = checkStep(checkName, check, { modelName, dataset: check.dataset ?? '' });
      this.transform = new TransformStep(transformName, waitFor(transform, made));
    } else {
      this.transform = new TransformStep(transformName, transform);
      const { results } = this.transform;
      made = checkStep(checkName, waitFor(check, this.transform), { modelName, dataset: check.dataset ?? results });
    }
    this.check = made as TransformCheckStep<Check>;
  }

  /** Both steps. */
  public get steps(): readonly [TransformStep, TransformCheckStep<Check>] {
    return [this.transform, this.check];
  }
}

function comesFirst({ checkFirst = false }: { readonly checkFirst?: boolean }): boolean {
  return checkFirst;
}

function waitFor<P extends { readonly dependsOn?: readonly AwaitableStep[] }>(props: P, step: AwaitableStep): P {
  return { ...props, dependsOn: [...(props.dependsOn ?? []), step] };
}

function checkStep(
  name: string,
  check: TransformCheck,
  { dataset, modelName }: { dataset: Value<string>; modelName: Value<string> },
): QualityCheckStep | ClarifyCheckStep {
  if (!('analysis' in check)) return new QualityCheckStep(name, { ...check, dataset });
  const { analysis } = check;
  return analysis.kind === 'DATA_BIAS'
    ? new ClarifyCheckStep(name, { ...check, analysis, dataset })
    : new ClarifyCheckStep(name, { ...check, analysis, dataset, modelName });
}
