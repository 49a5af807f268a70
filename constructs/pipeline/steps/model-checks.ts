import type { DriftCheckBaselines, ModelMetrics } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import type { Late, Value } from '../expression';
import { type Rule, s3Uri } from '../problem';
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

/** Reports in JSON that no check step made. */
export interface ModelReports {
  /**
   * S3 URI of a report about the quality of the predictions.
   *
   * @default - none
   */
  readonly modelQuality?: Value<string>;

  /**
   * S3 URI of a report that explains the predictions.
   *
   * @default - none
   */
  readonly explainability?: Value<string>;
}

export function reportRules(checks: ModelChecks = {}, reports: ModelReports = {}): readonly Rule[] {
  const kinds = ['modelQuality', 'explainability'] as const;
  return kinds.flatMap((kind): Rule[] => [
    s3Uri(`reports.${kind}`, reports[kind]),
    [
      checks[kind] === undefined || reports[kind] === undefined,
      `'reports.${kind}' must be left out where 'checks.${kind}' is given, got: both`,
    ],
  ]);
}

/** What this execution computed: the metrics that the version shows. */
export function renderModelMetrics(checks: ModelChecks, reports: ModelReports): Arguments<ModelMetrics> {
  const { dataQuality, modelQuality, dataBias, modelBias, explainability } = checks;
  const quality = reports.modelQuality === undefined ? undefined : { Statistics: file(reports.modelQuality) };
  const explanation = explainability?.calculatedConstraints ?? reports.explainability;
  return {
    ModelDataQuality: dataQuality && pair(dataQuality.calculatedBaseline),
    ModelQuality: modelQuality ? pair(modelQuality.calculatedBaseline) : quality,
    Bias: (dataBias ?? modelBias) && {
      PreTrainingReport: dataBias && file(dataBias.calculatedConstraints),
      PostTrainingReport: modelBias && file(modelBias.calculatedConstraints),
    },
    Explainability: explanation === undefined ? undefined : { Report: file(explanation) },
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
  readonly S3Uri: Value<string> | Late;
  readonly ContentType: string;
}

function file(uri: Value<string> | Late): Uri {
  return { S3Uri: uri, ContentType: 'application/json' };
}
