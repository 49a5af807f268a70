import type { DriftCheckBaselines, ModelMetrics } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import type { Expression, Late } from '../expression';
import type { ClarifyCheckStep } from './clarify-check';
import type { QualityBaseline, QualityCheckStep } from './quality-check';

/** The check steps of a model, each in the place of its kind. */
export interface ModelChecks {
  /**
   * Check of the training data's quality.
   *
   * @default - none
   */
  readonly dataQuality?: QualityCheckStep<'DATA_QUALITY'>;

  /**
   * Check of the predictions' quality.
   *
   * @default - none
   */
  readonly modelQuality?: QualityCheckStep<'MODEL_QUALITY'>;

  /**
   * Check of the training data's bias.
   *
   * @default - none
   */
  readonly dataBias?: ClarifyCheckStep<'DATA_BIAS'>;

  /**
   * Check of the predictions' bias.
   *
   * @default - none
   */
  readonly modelBias?: ClarifyCheckStep<'MODEL_BIAS'>;

  /**
   * Explanation of the predictions.
   *
   * @default - none
   */
  readonly explainability?: ClarifyCheckStep<'MODEL_EXPLAINABILITY'>;
}

/** What this execution computed: the metrics that the version shows. */
export function renderModelMetrics(checks: ModelChecks): Arguments<ModelMetrics> {
  const { dataQuality, modelQuality, dataBias, modelBias, explainability } = checks;
  return {
    ModelDataQuality: dataQuality && pair(dataQuality.calculatedBaseline),
    ModelQuality: modelQuality && pair(modelQuality.calculatedBaseline),
    Bias: (dataBias ?? modelBias) && {
      PreTrainingReport: dataBias && file(dataBias.calculatedConstraints),
      PostTrainingReport: modelBias && file(modelBias.calculatedConstraints),
    },
    Explainability: explainability && { Report: file(explainability.calculatedConstraints) },
  };
}

/** What later versions and the monitors are checked against. */
export function renderDriftCheckBaselines(checks: ModelChecks): Arguments<DriftCheckBaselines> {
  const { dataQuality, modelQuality, dataBias, modelBias, explainability } = checks;
  const biasConfig = modelBias?.monitorConfig ?? dataBias?.monitorConfig;
  return {
    ModelDataQuality: dataQuality && pair(dataQuality.driftBaseline),
    ModelQuality: modelQuality && pair(modelQuality.driftBaseline),
    Bias: biasConfig && {
      ConfigFile: file(biasConfig),
      PreTrainingConstraints: dataBias && file(dataBias.driftConstraints),
      PostTrainingConstraints: modelBias && file(modelBias.driftConstraints),
    },
    Explainability: explainability && {
      Constraints: file(explainability.driftConstraints),
      ConfigFile: file(explainability.monitorConfig),
    },
  };
}

function pair({ statistics, constraints }: QualityBaseline): { Statistics: Uri; Constraints: Uri } {
  return { Statistics: file(statistics), Constraints: file(constraints) };
}

interface Uri {
  readonly S3Uri: Expression<string> | Late;
  readonly ContentType: string;
}

function file(uri: Expression<string> | Late): Uri {
  return { S3Uri: uri, ContentType: 'application/json' };
}
