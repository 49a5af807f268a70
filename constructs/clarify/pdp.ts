import { type TabularDataset, featureNames } from './dataset';
import { type Column, type NonEmpty, requireColumn, requireWhole } from './rule';

interface Grid {
  /**
   * Number of buckets that the range of a numerical feature is cut into, at least 1.
   *
   * @default 15
   */
  readonly gridResolution?: number;
}

/** Partial dependence plots of named features. */
export interface PdpOfFeatures extends Grid {
  /** Features to plot. */
  readonly features: NonEmpty<Column>;
  readonly topKFeatures?: never;
}

/** Partial dependence plots of the features with the highest SHAP values; only together with SHAP. */
export interface PdpOfTopFeatures extends Grid {
  readonly features?: never;
  /**
   * Number of features to plot, at least 1.
   *
   * @default 10
   */
  readonly topKFeatures?: number;
}

export function renderPdp(pdp: PdpOfFeatures | PdpOfTopFeatures): Record<string, unknown> {
  return { grid_resolution: pdp.gridResolution ?? 15, top_k_features: pdp.topKFeatures ?? 10, features: pdp.features };
}

export function validatePdp(path: string, pdp: PdpOfFeatures | PdpOfTopFeatures, dataset: TabularDataset): void {
  requireWhole(path, 'pdp.gridResolution', pdp.gridResolution, 1);
  requireWhole(path, 'pdp.topKFeatures', pdp.topKFeatures, 1);
  const features = featureNames(dataset);
  if (features) {
    pdp.features?.forEach((column, index) => {
      const names = typeof column === 'number' ? (dataset.headers ?? []) : features;
      requireColumn(path, `pdp.features[${index}]`, column, names, typeof column === 'number' ? 'headers' : 'features');
    });
  }
}
