import type { Value } from '../expression';
import { ANY, type ChosenTensors, PERCENT, POSITIVE, type Ranges, SHARE, type TensorChoice } from './rule-parameter';
import { type Texts, WHOLE } from './rule-parameter';

/**
 * Parameters of the rules for TensorFlow, PyTorch, MXNet and XGBoost, in the rules' own words. A rule fires when what it is for
 * happens.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html
 */
export interface ModelRules {
  /** All values of a tensor are zero, or a share of them. */
  readonly AllZero: ChosenTensors & {
    /**
     * Share of zeros at which the rule fires, in percent: 0 to 100.
     *
     * @default 100
     */
    readonly threshold?: Value<number>;
  };

  /** Classes differ too much in number, or rare classes are predicted too badly. */
  readonly ClassImbalance: {
    /**
     * Ratio of the numbers of samples of the largest and the smallest class above which the rule fires.
     *
     * @default 10
     */
    readonly threshold_imbalance?: Value<number>;

    /**
     * Share of false predictions in a class above which the rule fires: 0 to 1.
     *
     * @default 0.7
     */
    readonly threshold_misprediction?: Value<number>;

    /**
     * Labels that must be seen before the rule can fire: 1 or more.
     *
     * @default 500
     */
    readonly samples?: Value<number>;

    /**
     * Predictions are probabilities of each class, of which the largest counts.
     *
     * @default false
     */
    readonly argmax?: boolean;

    /**
     * Regular expression of the name of the tensor with labels.
     *
     * @default .*labels
     */
    readonly labels_regex?: Value<string>;

    /**
     * Regular expression of the name of the tensor with predictions.
     *
     * @default .*predictions
     */
    readonly predictions_regex?: Value<string>;
  };

  /** A confusion matrix has too little on its diagonal, or too much beside it. */
  readonly Confusion: {
    /**
     * Number of categories: 2 or more.
     *
     * @default - as many as labels or predictions have
     */
    readonly category_no?: Value<number>;

    /**
     * Name of the tensor with true labels.
     *
     * @default labels
     */
    readonly labels?: Value<string>;

    /**
     * Name of the tensor with predicted labels.
     *
     * @default predictions
     */
    readonly predictions?: Value<string>;

    /**
     * Collection that the tensor with true labels is in.
     *
     * @default labels
     */
    readonly labels_collection?: Value<string>;

    /**
     * Collection that the tensor with predicted labels is in.
     *
     * @default predictions
     */
    readonly predictions_collection?: Value<string>;

    /**
     * Smallest ratio of the values on the diagonal: 0 to 1.
     *
     * @default 0.9
     */
    readonly min_diag?: Value<number>;

    /**
     * Largest ratio of the values beside the diagonal: 0 to 1.
     *
     * @default 0.1
     */
    readonly max_off_diag?: Value<number>;
  };

  /** A loss does not decrease fast enough. */
  readonly LossNotDecreasing: TensorChoice & {
    /**
     * Looks at the collection `losses`.
     *
     * @default true
     */
    readonly use_losses_collection?: boolean;

    /**
     * Steps between the losses that are compared, at least: 1 or more.
     *
     * @default 10
     */
    readonly num_steps?: Value<number>;

    /**
     * By how much a loss must decrease between them, in percent: more than 0 and less than 100.
     *
     * @default 0.1
     */
    readonly diff_percent?: Value<number>;

    /**
     * By how much a loss may increase, in percent: more than 0 and less than 100.
     *
     * @default 5
     */
    readonly increase_threshold_percent?: Value<number>;

    /**
     * Phase whose losses count.
     *
     * @default GLOBAL
     */
    readonly mode?: 'EVAL' | 'TRAIN' | 'GLOBAL';
  };

  /** The loss of validation is too far above that of training. */
  readonly Overfit: {
    /**
     * Regular expressions of names of tensors.
     *
     * @default - the losses
     */
    readonly tensor_regex?: Texts;

    /**
     * First step that counts: 0 or more.
     *
     * @default 0
     */
    readonly start_step?: Value<number>;

    /**
     * Steps for which the ratio may be too large: 0 or more.
     *
     * @default 1
     */
    readonly patience?: Value<number>;

    /**
     * Largest ratio of the difference of both losses to that of training.
     *
     * @default 0.1
     */
    readonly ratio_threshold?: Value<number>;
  };

  /** Training goes on although the losses no longer improve. */
  readonly Overtraining: {
    /**
     * Steps to wait for a better loss of training: 0 or more.
     *
     * @default 5
     */
    readonly patience_train?: Value<number>;

    /**
     * Steps to wait for a better loss of validation: 0 or more.
     *
     * @default 10
     */
    readonly patience_validation?: Value<number>;

    /**
     * By how much a loss must improve to count as better.
     *
     * @default 0.01
     */
    readonly delta?: Value<number>;
  };

  /**
   * Tensors differ from those of another training. Which is named by `other_trials`, a completed job, in the developer guide,
   * and by S3 URIs of saved tensors in the Python SDK.
   */
  readonly SimilarAcrossRuns: TensorChoice &
    (
      | { readonly other_trials: Value<string> }
      | { readonly [uri: `other_trial_${number}`]: Value<string>; readonly other_trial_0: Value<string> }
    );

  /** No tensor is saved for a while. */
  readonly StalledTrainingRule: {
    /**
     * Time without a tensor after which the rule fires, in seconds: 1 or more.
     *
     * @default 1800
     */
    readonly threshold?: Value<number>;

    /**
     * Stops the training when the rule fires, as the action `DebuggerAction.stopTraining()` does for any rule.
     *
     * @default false
     */
    readonly stop_training_on_fire?: boolean;

    /**
     * What the name of the job to stop begins with. No job is stopped where several are in progress.
     *
     * @default - what the service begins the names of this execution's jobs with
     */
    readonly training_job_name_prefix?: Value<string>;
  };

  /** Variances are very high or very low. */
  readonly TensorVariance: ChosenTensors & {
    /**
     * Variance above which the rule fires: 0 or more.
     *
     * @default - none
     */
    readonly max_threshold?: Value<number>;

    /**
     * Variance below which the rule fires: 0 or more.
     *
     * @default - none
     */
    readonly min_threshold?: Value<number>;
  };

  /** A tensor no longer changes. */
  readonly UnchangedTensor: ChosenTensors & {
    /**
     * Saved steps that are compared: 1 or more.
     *
     * @default 3
     */
    readonly num_steps?: Value<number>;

    /**
     * Relative tolerance: 0 or more.
     *
     * @default 1e-05
     */
    readonly rtol?: Value<number>;

    /**
     * Absolute tolerance: 0 or more.
     *
     * @default 1e-08
     */
    readonly atol?: Value<number>;

    /**
     * Values that are not a number equal each other.
     *
     * @default false
     */
    readonly equal_nan?: boolean;
  };
}

const TENSORS = { collection_names: 'text', tensor_regex: 'text' } as const;
const NOT_NEGATIVE = { min: 0 } as const;
const INSIDE_PERCENT = { form: 'between', min: 0, max: 100 } as const;

export const MODEL_RANGES: Ranges<ModelRules> = {
  AllZero: { ...TENSORS, threshold: PERCENT },
  ClassImbalance: {
    threshold_imbalance: ANY,
    threshold_misprediction: SHARE,
    samples: POSITIVE,
    argmax: 'flag',
    labels_regex: 'text',
    predictions_regex: 'text',
  },
  Confusion: {
    category_no: { form: 'whole', min: 2 },
    labels: 'text',
    predictions: 'text',
    labels_collection: 'text',
    predictions_collection: 'text',
    min_diag: SHARE,
    max_off_diag: SHARE,
  },
  LossNotDecreasing: {
    ...TENSORS,
    use_losses_collection: 'flag',
    num_steps: POSITIVE,
    diff_percent: INSIDE_PERCENT,
    increase_threshold_percent: INSIDE_PERCENT,
    mode: 'text',
  },
  Overfit: { tensor_regex: 'text', start_step: WHOLE, patience: WHOLE, ratio_threshold: ANY },
  Overtraining: { patience_train: WHOLE, patience_validation: WHOLE, delta: ANY },
  SimilarAcrossRuns: { ...TENSORS, other_trials: 'text', other_trial_0: 'text' },
  StalledTrainingRule: { threshold: POSITIVE, stop_training_on_fire: 'flag', training_job_name_prefix: 'text' },
  TensorVariance: { ...TENSORS, max_threshold: NOT_NEGATIVE, min_threshold: NOT_NEGATIVE },
  UnchangedTensor: { ...TENSORS, num_steps: POSITIVE, rtol: NOT_NEGATIVE, atol: NOT_NEGATIVE, equal_nan: 'flag' },
};
