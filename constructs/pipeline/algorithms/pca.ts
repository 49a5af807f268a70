import { ContainerImage } from '../../images';
import type { Expression, Value } from '../expression';
import type { AlgorithmContent } from './content';
import { boolean, type Hyperparameter, integer, oneOf } from './hyperparameter';
import { tabularChannels } from './tables';

interface CommonHyperparameters {
  /** Number of features: 1 or more. */
  readonly feature_dim: Value<number>;
  /** Rows in a mini-batch: 1 or more. */
  readonly mini_batch_size: Value<number>;
  /** Number of components: 1 or more. */
  readonly num_components: Value<number>;
  /** Subtracts the mean, in training and in inference. @default true */
  readonly subtract_mean?: Value<boolean>;
}

interface Regular {
  /** Exact: for a moderate number of rows and features. @default regular */
  readonly algorithm_mode?: 'regular';
  readonly extra_components?: never;
}

interface Randomized {
  /** An approximation, for many rows and features. */
  readonly algorithm_mode: 'randomized' | Expression<string>;
  /** Components beyond those wanted, for accuracy: 0 or more, or -1 for the larger of 10 and `num_components`. @default -1 */
  readonly extra_components?: Value<number>;
}

/**
 * Hyperparameters of principal component analysis, in its own names. None can be tuned.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/PCA-reference.html
 */
export type PcaHyperparameters = CommonHyperparameters & (Regular | Randomized);

const HYPERPARAMETERS: Record<keyof CommonHyperparameters | keyof Randomized, Hyperparameter> = {
  feature_dim: integer({ min: 1 }),
  mini_batch_size: integer({ min: 1 }),
  num_components: integer({ min: 1 }),
  algorithm_mode: oneOf(['regular', 'randomized']),
  extra_components: integer({ min: -1 }),
  subtract_mean: boolean('True'),
};

export function pca(hyperparameters: PcaHyperparameters): AlgorithmContent {
  return {
    name: 'PCA',
    image: ContainerImage.builtInAlgorithm('pca'),
    given: { ...hyperparameters },
    hyperparameters: HYPERPARAMETERS,
    channels: tabularChannels(['test']),
    metrics: {},
    measuredOn: [],
    checkpoints: false,
  };
}
