import {
  type CheckProps,
  ClarifyCheckStep,
  type Expression,
  type ModelChecks,
  type ModelStep,
  QualityCheckStep,
} from '../../constructs/pipeline';
import type { Settings } from '../settings';
import { dataBiasAnalysis, explainability, modelBiasAnalysis } from './analyses';
import { scoredColumns } from './evaluation';
import { hasManagedChecks } from './workload';

/** A step with an output of some name. */
interface Source<Output extends string> {
  output(name: Output): Expression<string>;
}

export interface CreditRiskChecksProps {
  readonly settings: Settings;

  /** What all checks have in common. */
  readonly job: Omit<CheckProps, 'dataset' | 'outputPath'>;

  /** S3 URI of a prefix of the execution. */
  readonly at: (name: string) => Expression<string>;
}

/** The checks of the credit-risk pipeline: managed, or by a program of our own where the services behind them are missing. */
export class CreditRiskChecks {
  constructor(private readonly props: CreditRiskChecksProps) {}

  /** Is the data of the quality, and as balanced, as that of the approved version? */
  public ofData(prepare: Source<'baseline' | 'train'>): Required<Pick<ModelChecks, 'dataQuality' | 'dataBias'>> {
    const { settings, job, at } = this.props;
    const managed = hasManagedChecks(settings);
    return {
      dataQuality: new QualityCheckStep('CheckDataQuality', {
        ...job,
        managed,
        checkType: 'DATA_QUALITY',
        dataset: prepare.output('baseline'),
        outputPath: at('data-quality'),
      }),
      dataBias: new ClarifyCheckStep('CheckDataBias', {
        ...job,
        managed,
        analysis: dataBiasAnalysis,
        dataset: prepare.output('train'),
        outputPath: at('data-bias'),
      }),
    };
  }

  /** Is the model as good, and as fair, as the approved version, and what decides its predictions? */
  public ofModel(
    prepare: Source<'holdout'>,
    { modelName }: ModelStep,
    evaluate: Source<'scored'>,
  ): Required<Pick<ModelChecks, 'modelQuality' | 'modelBias' | 'explainability'>> {
    const { settings, job, at } = this.props;
    // Their conditions decide about the registration, so that the report stays where a job of our own can keep it.
    const gated = { ...job, managed: hasManagedChecks(settings), failOnViolation: 'where-managed' } as const;
    return {
      modelQuality: new QualityCheckStep('CheckModelQuality', {
        ...gated,
        checkType: 'MODEL_QUALITY',
        dataset: evaluate.output('scored'),
        outputPath: at('model-quality'),
        problemType: 'BinaryClassification',
        groundTruthAttribute: scoredColumns.groundTruth,
        inferenceAttribute: scoredColumns.inference,
        probabilityAttribute: scoredColumns.probability,
      }),
      modelBias: new ClarifyCheckStep('CheckModelBias', {
        ...gated,
        analysis: modelBiasAnalysis(settings),
        modelName,
        dataset: prepare.output('holdout'),
        outputPath: at('model-bias'),
      }),
      explainability: new ClarifyCheckStep('Explain', {
        ...gated,
        analysis: explainability(settings),
        modelName,
        dataset: prepare.output('holdout'),
        outputPath: at('explainability'),
      }),
    };
  }
}
