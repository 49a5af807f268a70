import type { Value } from '../expression';
import { ANY, type Ranges, type Texts, type TensorChoice, PERCENT, POSITIVE, WHOLE } from './rule-parameter';

/**
 * Parameters of the rules for TensorFlow, PyTorch and MXNet, in the rules' own words. A rule fires when what it is for happens.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html
 */
export interface DeepLearningRules {
  /** Too many rectified linear units of a layer no longer activate. */
  readonly DeadRelu: {
    /**
     * Regular expressions of names of tensors.
     *
     * @default .*relu_output
     */
    readonly tensor_regex?: Texts;

    /**
     * Activity below which a unit is dead, in percent: 0 to 100.
     *
     * @default 1
     */
    readonly threshold_inactivity?: Value<number>;

    /**
     * Share of dead units of a layer above which the rule fires, in percent: 0 to 100.
     *
     * @default 50
     */
    readonly threshold_layer?: Value<number>;
  };

  /** Tensors hold values that are not finite. */
  readonly ExplodingTensor: TensorChoice & {
    /**
     * Looks for values that are not a number only, and not for infinite ones.
     *
     * @default false
     */
    readonly only_nan?: boolean;
  };

  /** Parameters were badly initialized: variances of activations, gradients and the first losses tell. */
  readonly PoorWeightInitialization: {
    /**
     * Regular expressions of names of the inputs of activations.
     *
     * @default .*relu_input
     */
    readonly activation_inputs_regex?: Texts;

    /**
     * Ratio between the smallest and the largest variance of a layer's weights above which the rule fires.
     *
     * @default 10
     */
    readonly threshold?: Value<number>;

    /**
     * Smallest difference between the 5th and the 95th percentile of the gradients.
     *
     * @default 0.001
     */
    readonly distribution_range?: Value<number>;

    /**
     * Steps to wait until a loss counts as no longer decreasing: 0 or more.
     *
     * @default 5
     */
    readonly patience?: Value<number>;

    /**
     * Steps to look at, from the first: 1 or more.
     *
     * @default 10
     */
    readonly steps?: Value<number>;
  };

  /** Too many tanh or sigmoid activations of a layer lie at their extremes. */
  readonly SaturatedActivation: TensorChoice & {
    /**
     * Input of tanh at and below which it is saturated.
     *
     * @default -9.4999
     */
    readonly threshold_tanh_min?: Value<number>;

    /**
     * Input of tanh at and above which it is saturated.
     *
     * @default 9.4999
     */
    readonly threshold_tanh_max?: Value<number>;

    /**
     * Input of a sigmoid at and below which it is saturated.
     *
     * @default -23
     */
    readonly threshold_sigmoid_min?: Value<number>;

    /**
     * Input of a sigmoid at and above which it is saturated.
     *
     * @default 16.99999
     */
    readonly threshold_sigmoid_max?: Value<number>;

    /**
     * Activity below which a node is saturated, in percent: 0 to 100.
     *
     * @default 1
     */
    readonly threshold_inactivity?: Value<number>;

    /**
     * Share of saturated nodes of a layer above which the rule fires, in percent: 0 to 100.
     *
     * @default 50
     */
    readonly threshold_layer?: Value<number>;
  };

  /** Gradients become very small or zero. */
  readonly VanishingGradient: {
    /**
     * Mean of the absolute gradients below which the rule fires.
     *
     * @default 0.0000001
     */
    readonly threshold?: Value<number>;
  };

  /** Updates are too large or too small beside the weights. Needs weights of every step: save them with `save_interval: 1`. */
  readonly WeightUpdateRatio: {
    /**
     * Steps between the weights that are compared: 1 or more.
     *
     * @default - the step and the one saved before it
     */
    readonly num_steps?: Value<number>;

    /**
     * Ratio above which the rule fires.
     *
     * @default 10
     */
    readonly large_threshold?: Value<number>;

    /**
     * Ratio below which the rule fires.
     *
     * @default 0.00000001
     */
    readonly small_threshold?: Value<number>;

    /**
     * Added to the divisor, so that it is never zero.
     *
     * @default 0.000000001
     */
    readonly epsilon?: Value<number>;
  };

  /** Input images are not normalized: their mean is far from 0. */
  readonly CheckInputImages: {
    /**
     * How far the mean may be from 0.
     *
     * @default 0.2
     */
    readonly threshold_mean?: Value<number>;

    /**
     * Images that must be seen before the rule can fire: 1 or more.
     *
     * @default 500
     */
    readonly threshold_samples?: Value<number>;

    /**
     * Regular expression of the name of the input tensor.
     *
     * @default .*hybridsequential0_input_0
     */
    readonly regex?: Value<string>;

    /**
     * Position of the color channel in the tensor: 0 or more.
     *
     * @default 1
     */
    readonly channel?: Value<number>;
  };

  /** Some tokens, such as padding or unknown words, take too large a share of the input. */
  readonly NLPSequenceRatio: {
    /**
     * Regular expressions of names of tensors.
     *
     * @default .*embedding0_input_0
     */
    readonly tensor_regex?: Texts;

    /**
     * Numbers of the tokens.
     *
     * @default 0
     */
    readonly token_values?: Texts;

    /**
     * Largest share of each of the tokens, in percent.
     *
     * @default 50
     */
    readonly token_thresholds_percent?: Texts;
  };
}

export const DEEP_LEARNING_RANGES: Ranges<DeepLearningRules> = {
  DeadRelu: { tensor_regex: 'text', threshold_inactivity: PERCENT, threshold_layer: PERCENT },
  ExplodingTensor: { collection_names: 'text', tensor_regex: 'text', only_nan: 'flag' },
  PoorWeightInitialization: {
    activation_inputs_regex: 'text',
    threshold: ANY,
    distribution_range: ANY,
    patience: WHOLE,
    steps: POSITIVE,
  },
  SaturatedActivation: {
    collection_names: 'text',
    tensor_regex: 'text',
    threshold_tanh_min: ANY,
    threshold_tanh_max: ANY,
    threshold_sigmoid_min: ANY,
    threshold_sigmoid_max: ANY,
    threshold_inactivity: PERCENT,
    threshold_layer: PERCENT,
  },
  VanishingGradient: { threshold: ANY },
  WeightUpdateRatio: { num_steps: POSITIVE, large_threshold: ANY, small_threshold: ANY, epsilon: ANY },
  CheckInputImages: { threshold_mean: ANY, threshold_samples: POSITIVE, regex: 'text', channel: WHOLE },
  NLPSequenceRatio: { tensor_regex: 'text', token_values: 'text', token_thresholds_percent: 'text' },
};
