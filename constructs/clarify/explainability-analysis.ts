import { type AnalysisConfig, type AnalysisProps, type RenderOptions, plain, renderReport } from './analysis';
import { type ImageDataset, type TabularDataset, renderDataset, validateDataset } from './dataset';
import { type PdpOfFeatures, type PdpOfTopFeatures, renderPdp, validatePdp } from './pdp';
import { type Predictor, renderModel, renderPredictor, validatePredictor } from './predictor';
import { refuse, refuseTokens } from './rule';
import { type ImageShap, type Shap, renderShap, validateImageShap, validateShap } from './shap';

interface TabularExplainability {
  /** Data to analyse. */
  readonly dataset: TabularDataset;
}

interface WithShap extends TabularExplainability {
  /** SHAP values to compute. */
  readonly shap: Shap;
  /**
   * Partial dependence plots to draw.
   *
   * @default - none
   */
  readonly pdp?: PdpOfFeatures | PdpOfTopFeatures;
}

interface WithoutShap extends TabularExplainability {
  readonly shap?: never;
  /** Partial dependence plots to draw; without SHAP values the features have to be named. */
  readonly pdp: PdpOfFeatures;
}

interface OfImages {
  /** Images to analyse. */
  readonly dataset: ImageDataset;
  /** SHAP values to compute. */
  readonly shap: ImageShap;
  readonly pdp?: never;
}

interface ExplainabilityBase extends AnalysisProps {
  /** Model to analyse. */
  readonly predictor: Predictor;
}

export type ModelExplainabilityAnalysisProps = ExplainabilityBase & (WithShap | WithoutShap | OfImages);

/** Explainability: which features decide? */
export class ModelExplainabilityAnalysis {
  public readonly kind = 'MODEL_EXPLAINABILITY';

  constructor(private readonly props: ModelExplainabilityAnalysisProps) {}

  /** Form of the data. */
  public get datasetType(): ModelExplainabilityAnalysisProps['dataset']['datasetType'] {
    return this.props.dataset.datasetType;
  }

  /** The file of a processing job (with `modelName`) or a check step (without); `path` names the owner in errors. */
  public render(path: string, options: RenderOptions = {}): AnalysisConfig {
    const { dataset, predictor, report, pdp } = this.props;
    this.validate(path);
    refuseTokens(path, '', options);
    if (options.modelName === undefined && pdp && !pdp.features) {
      refuse(
        path,
        'pdp.features',
        'be given in a check step, which does not choose features by their SHAP values',
        pdp.features,
      );
    }
    return plain({
      ...renderDataset(dataset),
      probability_threshold: predictor.probabilityThreshold,
      methods: { ...this.methods(), ...renderReport(report) },
      predictor: renderPredictor(predictor, options.modelName),
    });
  }

  /** The file of an explainability monitor, which sends captured requests (no label) to the model; it names the model, if given. */
  public renderForMonitor(path: string, options: RenderOptions = {}): AnalysisConfig {
    const { dataset, predictor } = this.props;
    this.validate(path);
    refuseTokens(path, '', options);
    const { headers, label } = dataset.datasetType === 'application/x-image' ? {} : dataset;
    const features = headers?.filter((name, index) => name !== label && index !== label);
    // How answers are read is in the job definition, and only the names of the scores here, as the Python SDK has it.
    const model = { ...renderModel(predictor, options.modelName), label_headers: predictor.labelHeaders };
    return plain({ methods: this.methods(), predictor: model, headers: features });
  }

  private methods(): Record<string, unknown> {
    const { shap, pdp } = this.props;
    return { shap: shap && renderShap(shap), pdp: pdp && renderPdp(pdp) };
  }

  private validate(path: string): void {
    const { props } = this;
    refuseTokens(path, '', props);
    validatePredictor(path, props.predictor);
    if (isOfImages(props)) {
      validateImageShap(path, props.shap);
      return;
    }
    validateDataset(path, props.dataset);
    if (props.shap) {
      validateShap(path, props.shap, props.dataset);
    }
    if (props.pdp) {
      validatePdp(path, props.pdp, props.dataset);
    }
  }
}

function isOfImages(props: ModelExplainabilityAnalysisProps): props is ExplainabilityBase & OfImages {
  return props.dataset.datasetType === 'application/x-image';
}
