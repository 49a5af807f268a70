import { type AnalysisConfig, type AnalysisProps, type RenderOptions, plain, renderReport } from './analysis';
import {
  type BiasOptions,
  type PostTrainingBiasMethod,
  type PreTrainingBiasMethod,
  renderBias,
  validateBias,
} from './bias';
import { type LabelledDataset, renderDataset, validateDataset } from './dataset';
import { type Predictor, renderPredictor, validatePredictor } from './predictor';
import { type NonEmpty, refuseTokens } from './rule';

export interface DataBiasAnalysisProps extends AnalysisProps {
  /** Data to analyse. */
  readonly dataset: LabelledDataset;
  /** What is compared. */
  readonly bias: BiasOptions;
  /**
   * Metrics to compute.
   *
   * @default all
   */
  readonly methods?: 'all' | NonEmpty<PreTrainingBiasMethod>;
}

/** Pre-training bias: is the data balanced between the groups? */
export class DataBiasAnalysis {
  public readonly kind = 'DATA_BIAS';

  constructor(private readonly props: DataBiasAnalysisProps) {}

  /** The file of a processing job or a check step; `path` names the owner in errors. */
  public render(path: string): AnalysisConfig {
    const { dataset, bias, methods = 'all', report } = this.props;
    this.validate(path);
    return plain({
      ...renderDataset(dataset),
      ...renderBias(bias),
      methods: { pre_training_bias: { methods }, ...renderReport(report) },
    });
  }

  /** The file of a bias monitor, which learns the rest from its job definition. */
  public renderForMonitor(path: string): AnalysisConfig {
    this.validate(path);
    return biasMonitor(this.props);
  }

  private validate(path: string): void {
    const { dataset, bias, methods = 'all' } = this.props;
    refuseTokens(path, '', this.props);
    validateDataset(path, dataset);
    validateBias(path, bias, dataset, methods);
  }
}

export interface ModelBiasAnalysisProps extends AnalysisProps {
  /** Data to analyse. */
  readonly dataset: LabelledDataset;
  /** What is compared. */
  readonly bias: BiasOptions;
  /** Model to analyse. */
  readonly predictor: Predictor;
  /**
   * Metrics to compute.
   *
   * @default all
   */
  readonly methods?: 'all' | NonEmpty<PostTrainingBiasMethod>;
}

/** Post-training bias: does the model treat the groups alike? */
export class ModelBiasAnalysis {
  public readonly kind = 'MODEL_BIAS';

  constructor(private readonly props: ModelBiasAnalysisProps) {}

  /** The file of a processing job (with `modelName`) or a check step (without); `path` names the owner in errors. */
  public render(path: string, options: RenderOptions = {}): AnalysisConfig {
    const { dataset, bias, predictor, methods = 'all', report } = this.props;
    this.validate(path);
    refuseTokens(path, '', options);
    return plain({
      ...renderDataset(dataset),
      ...renderBias(bias),
      probability_threshold: predictor.probabilityThreshold,
      methods: { post_training_bias: { methods }, ...renderReport(report) },
      predictor: renderPredictor(predictor, options.modelName),
    });
  }

  /** The file of a bias monitor, which learns the rest from its job definition. */
  public renderForMonitor(path: string): AnalysisConfig {
    this.validate(path);
    return biasMonitor(this.props);
  }

  private validate(path: string): void {
    const { dataset, bias, predictor, methods = 'all' } = this.props;
    refuseTokens(path, '', this.props);
    validateDataset(path, dataset);
    validateBias(path, bias, dataset, methods);
    validatePredictor(path, predictor);
  }
}

function biasMonitor({ dataset, bias }: DataBiasAnalysisProps | ModelBiasAnalysisProps): AnalysisConfig {
  return plain({ ...renderBias(bias), headers: dataset.headers, label: dataset.label });
}
