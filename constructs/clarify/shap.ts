import { type TabularDataset, featureNames } from './dataset';
import type { Language } from './language';
import { type Column, type NonEmpty, refuse, requireColumn, requireFraction, requireWhole } from './rule';

/** One record as the model gets it: a CSV row without the label, or a JSON object in the form of the dataset. */
export type BaselineRecord = readonly (string | number | null)[] | Readonly<Record<string, unknown>>;

interface GivenBaseline {
  /** Records that features are compared with: an S3 URI, or the records themselves. */
  readonly baseline: string | NonEmpty<BaselineRecord>;
  readonly numClusters?: never;
}

interface ClusteredBaseline {
  readonly baseline?: never;
  /**
   * Number of records, at least 1, of the baseline that Clarify computes by clustering the dataset.
   *
   * @default - chosen by Clarify
   */
  readonly numClusters?: number;
}

interface ShapBase {
  /**
   * Size of the synthetic dataset that Kernel SHAP draws for each record, at least 1.
   *
   * @default - chosen by Clarify from the number of features
   */
  readonly numSamples?: number;

  /**
   * How local values become global ones: mean of absolute values, median, or mean of squares.
   *
   * @default - `mean_abs`, by Clarify
   */
  readonly aggMethod?: 'mean_abs' | 'median' | 'mean_sq';

  /**
   * Apply the logit function to the predictions, so that values are log-odds.
   *
   * @default false
   */
  readonly useLogit?: boolean;

  /**
   * Seed that makes the values reproducible, a whole number of at least 0.
   *
   * @default - values differ a little from run to run
   */
  readonly seed?: number;

  /**
   * Save the values of each record in the output, not only the aggregated ones.
   *
   * @default false
   */
  readonly saveLocalShapValues?: boolean;
}

interface TabularShapExtra {
  /**
   * Features to compute values for.
   *
   * @default - all features
   */
  readonly featuresToExplain?: NonEmpty<Column>;
  readonly textConfig?: never;
}

interface TextShapExtra {
  /** How text features are cut into pieces. */
  readonly textConfig: TextConfig;
  /** Explanations of text are local only. */
  readonly saveLocalShapValues: true;
  readonly featuresToExplain?: never;
}

/** How text features are cut into pieces. */
export interface TextConfig {
  /** Size of a piece. */
  readonly granularity: 'token' | 'sentence' | 'paragraph';
  /** Language of the text. */
  readonly language: Language;
}

/** How images are cut into segments. */
export interface ImageConfig {
  /** What the model does with an image. */
  readonly modelType: 'IMAGE_CLASSIFICATION' | 'OBJECT_DETECTION';

  /**
   * Approximate number of segments of an image, at least 1.
   *
   * @default - 20, by Clarify
   */
  readonly numSegments?: number;

  /**
   * Weight of closeness in space against closeness in colour, at least 1; higher values give squarer segments.
   *
   * @default - 5, by Clarify
   */
  readonly segmentCompactness?: number;

  /**
   * Number of objects to explain in an image, at least 1, those with the highest scores first.
   *
   * @default - 3, by Clarify
   */
  readonly maxObjects?: number;

  /**
   * Overlap of bounding boxes, more than 0 and less than 1, from which two are the same object.
   *
   * @default - 0.5, by Clarify
   */
  readonly iouThreshold?: number;

  /**
   * Part of the image around the bounding box that counts, more than 0 and less than 1.
   *
   * @default - the whole image, by Clarify
   */
  readonly context?: number;
}

/** SHAP values for tables, with or without text. */
export type Shap = ShapBase & (GivenBaseline | ClusteredBaseline) & (TabularShapExtra | TextShapExtra);

/** SHAP values for images. */
export interface ImageShap extends ShapBase {
  /** How images are cut into segments. */
  readonly imageConfig: ImageConfig;
}

export function renderShap(shap: Shap | ImageShap): Record<string, unknown> {
  const image = 'imageConfig' in shap ? shap.imageConfig : undefined;
  const table = 'imageConfig' in shap ? undefined : shap;
  return {
    use_logit: shap.useLogit ?? false,
    save_local_shap_values: shap.saveLocalShapValues ?? false,
    baseline: table?.baseline,
    num_samples: shap.numSamples,
    agg_method: shap.aggMethod,
    seed: shap.seed,
    num_clusters: table?.numClusters,
    text_config: table?.textConfig,
    image_config: image && {
      model_type: image.modelType,
      num_segments: image.numSegments,
      segment_compactness: image.segmentCompactness,
      max_objects: image.maxObjects,
      iou_threshold: image.iouThreshold,
      context: image.context,
    },
    features_to_explain: table?.featuresToExplain,
  };
}

export function validateShap(path: string, shap: Shap, dataset: TabularDataset): void {
  validateCommon(path, shap);
  requireWhole(path, 'shap.numClusters', shap.numClusters, 1);
  const features = featureNames(dataset);
  if (features) {
    shap.featuresToExplain?.forEach((column, index) => {
      // An index counts all columns, so only names can be checked against the features.
      const names = typeof column === 'number' ? (dataset.headers ?? []) : features;
      requireColumn(
        path,
        `shap.featuresToExplain[${index}]`,
        column,
        names,
        typeof column === 'number' ? 'headers' : 'features',
      );
    });
  }
  if (typeof shap.baseline === 'string') {
    if (!shap.baseline.startsWith('s3://')) {
      refuse(path, 'shap.baseline', 'be an S3 URI or a list of records', shap.baseline);
    }
    return;
  }
  const rows = shap.baseline?.filter(Array.isArray) ?? [];
  const width = features?.length ?? (rows[0] as readonly unknown[] | undefined)?.length;
  const wrong = rows.findIndex(row => row.length !== width);
  if (wrong >= 0) {
    const rule = features
      ? `have ${features.length} values, one for each feature without the label`
      : `have ${String(width)} values, as the first record`;
    refuse(path, `shap.baseline[${wrong}]`, rule, rows[wrong]?.length);
  }
}

export function validateImageShap(path: string, shap: ImageShap): void {
  validateCommon(path, shap);
  for (const prop of ['numSegments', 'segmentCompactness', 'maxObjects'] as const) {
    requireWhole(path, `shap.imageConfig.${prop}`, shap.imageConfig[prop], 1);
  }
  for (const prop of ['iouThreshold', 'context'] as const) {
    requireFraction(path, `shap.imageConfig.${prop}`, shap.imageConfig[prop]);
  }
}

function validateCommon(path: string, shap: ShapBase): void {
  requireWhole(path, 'shap.numSamples', shap.numSamples, 1);
  requireWhole(path, 'shap.seed', shap.seed, 0);
}
