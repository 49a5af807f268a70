import type { Construct } from 'constructs';
import { Analyzer, type AnalyzerKind } from '../../analyzer';
import { FileSet } from '../../assets';
import type { AnalysisConfig, DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../clarify';
import { ContainerImage } from '../../images';
import { askModel } from '../ask-model';
import { AttributionConstraints, BiasConstraints } from './baseline';
import { BaselineJob, type BaselineJobOptions, type BaselineKind } from './baseline-job';
import { openProgram } from './baseline-program';
import { type ExplainedBy, readModel, validateExplained } from '../open/open-model';
import { validateResourceName } from '../resource-name';

interface AskedModel {
  /**
   * Name of the model that makes the predictions. A literal, unless `managed` is `false`: it is written into the file of the analysis
   * before anything is deployed.
   */
  readonly modelName: string;
}

interface OfModel extends AskedModel {
  /** What is compared: predictions of the model. */
  readonly analysis: ModelBiasAnalysis;
}

interface OfData {
  /** What is compared: labels in the data set. */
  readonly analysis: DataBiasAnalysis;
  readonly modelName?: never;
}

export type BiasBaselineProps = BaselineJobOptions & (OfModel | OfData);

export interface AttributionBaselineProps extends BaselineJobOptions, AskedModel {
  /** How attributions are computed, with SHAP values. */
  readonly analysis: ModelExplainabilityAnalysis;
}

interface Analysis {
  render(path: string, options?: { readonly modelName?: string }): AnalysisConfig;
}

/** A baseline of Clarify, which asks a model on an endpoint of its own, or of the analyzer of this project, which reads the model. */
function clarifyKind(
  path: string,
  kind: AnalyzerKind,
  analysis: Analysis,
  { managed = true, modelName }: { readonly managed?: boolean; readonly modelName?: string },
): BaselineKind {
  const config = analysis.render(path, managed ? { modelName } : {});
  const bind = (job: BaselineJob, localPath: string) => {
    const file = FileSet.fromJson('analysis_config.json', config).bind(job);
    file.grantRead(job);
    return [{ name: 'analysis_config', s3Uri: file.s3Uri, localPath }];
  };
  const { predictor } = config as { readonly predictor?: { readonly endpoint_name_prefix?: string } };
  return {
    validate: where => {
      validateResourceName(where, 'modelName', modelName);
      const { methods } = config as { readonly methods: ExplainedBy };
      if (kind === 'attribution' && methods.shap === undefined) {
        throw new Error(`${where}: 'analysis' must have SHAP values, which are what is compared, got: none`);
      }
      if (!managed) {
        validateOpen(where, config);
        validateExplained(where, methods);
      }
    },
    permissions: role => {
      if (modelName === undefined) return [];
      return managed ? askModel(role, modelName, predictor?.endpoint_name_prefix) : readModel(role, modelName);
    },
    program: job =>
      managed
        ? {
            image: ContainerImage.clarify(),
            datasetPath: '/opt/ml/processing/input/data',
            inputs: bind(job, '/opt/ml/processing/input/config'),
          }
        : openProgram(
            job,
            kind,
            { datasetFormat: 'csv-without-header', modelName },
            bind(job, Analyzer.inputs.analysisConfig),
          ),
  };
}

/** The program of this project reads CSV files whose columns the analysis names. */
function validateOpen(path: string, { dataset_type: type, headers, facet_dataset_uri: facets }: AnalysisConfig): void {
  if (type !== 'text/csv' || headers === undefined || facets !== undefined) {
    const got =
      facets === undefined ? `${String(type)}, ${headers === undefined ? 'without' : 'with'} headers` : 'two data sets';
    throw new Error(
      `${path}: 'analysis' must be of one data set in text/csv with headers, with 'managed: false', got: ${got}`,
    );
  }
}

/**
 * How unequal labels or predictions are at the time of training, for a `BiasDriftMonitor`.
 *
 * Creates a role and a processing job, which runs at deployment and costs the time of its instances, and of the endpoint that it makes to
 * ask a model.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-baseline.html
 */
export class BiasBaseline extends BaselineJob {
  /** How unequal they are. */
  public readonly constraints: BiasConstraints;

  constructor(scope: Construct, id: string, props: BiasBaselineProps) {
    super(scope, id, props, clarifyKind(`${scope.node.path}/${id}`, 'bias', props.analysis, props));
    this.constraints = BiasConstraints.fromS3Uri(`${this.resultsUri}/analysis.json`);
  }
}

/**
 * Which features decide at the time of training, for an `AttributionDriftMonitor`.
 *
 * Creates a role and a processing job, which runs at deployment and costs the time of its instances, and of the endpoint that it makes to
 * ask the model.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-shap-baseline.html
 */
export class AttributionBaseline extends BaselineJob {
  /** Which features decide. */
  public readonly constraints: AttributionConstraints;

  constructor(scope: Construct, id: string, props: AttributionBaselineProps) {
    super(scope, id, props, clarifyKind(`${scope.node.path}/${id}`, 'attribution', props.analysis, props));
    this.constraints = AttributionConstraints.fromS3Uri(`${this.resultsUri}/analysis.json`);
  }
}
