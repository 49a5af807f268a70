import type { Value } from '../expression';
import { POSITIVE, type Ranges, SHARE } from './rule-parameter';

/**
 * Parameters of the rules for XGBoost only, in the rules' own words. A rule fires when what it is for happens.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html
 */
export interface XgboostRules {
  /** Writes a report of the training beside the model; never fires. */
  readonly CreateXgboostReport: object;

  /** A few features make up too much of the importance of all. */
  readonly FeatureImportanceOverweight: {
    /**
     * Share of importance above which the rule fires: 0 to 1.
     *
     * @default 0.8
     */
    readonly threshold?: Value<number>;

    /**
     * How many of the most important features are summed up: 1 or more.
     *
     * @default 3
     */
    readonly nfeatures?: Value<number>;

    /**
     * Regular expression of names of tensors.
     *
     * @default .*feature_importance/weight
     */
    readonly tensor_regex?: Value<string>;
  };

  /** Trees grow deep. */
  readonly TreeDepth: {
    /**
     * Depth above which the rule fires: 1 or more.
     *
     * @default 4
     */
    readonly depth?: Value<number>;
  };
}

export const XGBOOST_RANGES: Ranges<XgboostRules> = {
  CreateXgboostReport: {},
  FeatureImportanceOverweight: { threshold: SHARE, nfeatures: POSITIVE, tensor_regex: 'text' },
  TreeDepth: { depth: { min: 1 } },
};
