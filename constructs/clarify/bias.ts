import { type LabelledDataset, facetNames } from './dataset';
import { type Column, type NonEmpty, refuse, requireColumn } from './rule';

/** Metrics of the data: class imbalance, differences and distances between label distributions. */
export type PreTrainingBiasMethod = 'CI' | 'DPL' | 'KL' | 'JS' | 'LP' | 'TVD' | 'KS' | 'CDDL';

/** Metrics of the predictions. */
export type PostTrainingBiasMethod =
  'DPPL' | 'DI' | 'DCA' | 'DCR' | 'RD' | 'SD' | 'DAR' | 'DRR' | 'AD' | 'CDDPL' | 'TE' | 'FT' | 'GE';

interface FacetColumn {
  /** Column of the sensitive attribute, by name or by zero-based index. */
  readonly nameOrIndex: Column;
}

interface FacetValues extends FacetColumn {
  /**
   * Values that form the sensitive group, which is compared with all other records.
   *
   * @default - each value is compared with all others
   */
  readonly values?: NonEmpty<string | number>;
  readonly threshold?: never;
}

interface FacetThreshold extends FacetColumn {
  /** Records with a value above it form the sensitive group. */
  readonly threshold: number;
  readonly values?: never;
}

/** A sensitive attribute. */
export type Facet = FacetValues | FacetThreshold;

interface PositiveLabelValues {
  /** Values of the label that mean the positive outcome. */
  readonly labelValues: NonEmpty<string | number>;
  readonly labelThreshold?: never;
}

interface PositiveLabelThreshold {
  /** Labels above it mean the positive outcome, in a regression. */
  readonly labelThreshold: number;
  readonly labelValues?: never;
}

interface BiasGroups {
  /** Sensitive attributes. */
  readonly facets: NonEmpty<Facet>;

  /**
   * Column of subgroups for the conditional metrics CDDL and CDDPL.
   *
   * @default - no conditional metrics
   */
  readonly groupVariable?: Column;
}

/** What is compared in a bias analysis. */
export type BiasOptions = BiasGroups & (PositiveLabelValues | PositiveLabelThreshold);

export function renderBias(bias: BiasOptions): Record<string, unknown> {
  return {
    label_values_or_threshold: bias.labelValues ?? [bias.labelThreshold],
    facet: bias.facets.map(({ nameOrIndex, values, threshold }) => ({
      name_or_index: nameOrIndex,
      value_or_threshold: threshold === undefined ? values : [threshold],
    })),
    group_variable: bias.groupVariable,
  };
}

export function validateBias(
  path: string,
  bias: BiasOptions,
  dataset: LabelledDataset,
  methods: string | readonly string[],
): void {
  const names = facetNames(dataset);
  if (names) {
    bias.facets.forEach(({ nameOrIndex }, index) =>
      requireColumn(path, `bias.facets[${index}].nameOrIndex`, nameOrIndex, names),
    );
    if (bias.groupVariable !== undefined) {
      requireColumn(path, 'bias.groupVariable', bias.groupVariable, names);
    }
  }
  const conditional = ['CDDL', 'CDDPL'].find(method => typeof methods !== 'string' && methods.includes(method));
  if (conditional && bias.groupVariable === undefined) {
    refuse(path, 'bias.groupVariable', `be given for the method ${conditional}`, bias.groupVariable);
  }
}
