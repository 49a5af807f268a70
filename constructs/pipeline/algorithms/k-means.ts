import { ContainerImage } from '../../images';
import type { Expression, Value } from '../expression';
import type { AlgorithmContent } from './content';
import { type Choice, continuous, integer, jsonList, listOf, type NumberOr, oneOf } from './hyperparameter';
import type { Hyperparameter } from './hyperparameter';
import { metricsOn, tabularChannels } from './tables';

/**
 * Hyperparameters of k-means, in its own names.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/k-means-api-config.html
 */
export interface KMeansHyperparameters {
  /** Number of features: 1 or more. */
  readonly feature_dim: Value<number>;
  /** Number of clusters: 1 or more. */
  readonly k: Value<number>;
  /** Passes over the data: 1 or more. @default 1 */
  readonly epochs?: Value<number>;
  /** Scores of the `test` channel: mean and sum of squared distances. @default ['msd'] */
  readonly eval_metrics?: readonly ('msd' | 'ssd')[] | Expression<string>;
  /** Centers while training, for each cluster: 1 or more, or `auto`. @default auto */
  readonly extra_center_factor?: NumberOr<'auto'>;
  /** Points after which an observation counts half: 0 or more, 0 for no decay. @default 0 */
  readonly half_life_time_size?: Value<number>;
  /** How the first centers are chosen. @default random */
  readonly init_method?: Choice<'random' | 'kmeans++'>;
  /** How the first centers of the final model are chosen. @default kmeans++ */
  readonly local_lloyd_init_method?: Choice<'random' | 'kmeans++'>;
  /** Rounds of Lloyd's procedure for the final model: 1 or more. @default 300 */
  readonly local_lloyd_max_iter?: Value<number>;
  /** Runs of Lloyd's procedure, the best of which is kept: 1 or more, or `auto`. @default auto */
  readonly local_lloyd_num_trials?: NumberOr<'auto'>;
  /** Change of the loss at which Lloyd's procedure stops: 0 to 1. @default 0.0001 */
  readonly local_lloyd_tol?: Value<number>;
  /** Observations in a mini-batch: 1 or more. @default 5000 */
  readonly mini_batch_size?: Value<number>;
}

const METHODS = ['random', 'kmeans++'];
const HYPERPARAMETERS: Record<keyof KMeansHyperparameters, Hyperparameter> = {
  feature_dim: integer({ min: 1 }),
  // The Python SDK wants 2 or more, the documentation 1 or more.
  k: integer({ min: 1 }),
  epochs: integer({ min: 1 }, { tunable: true }),
  eval_metrics: listOf(['msd', 'ssd'], jsonList),
  extra_center_factor: integer({ min: 1 }, { values: ['auto'], tunable: true }),
  half_life_time_size: integer({ min: 0 }),
  init_method: oneOf(METHODS, { tunable: true }),
  local_lloyd_init_method: oneOf(METHODS),
  local_lloyd_max_iter: integer({ min: 1 }),
  local_lloyd_num_trials: integer({ min: 1 }, { values: ['auto'] }),
  local_lloyd_tol: continuous({ min: 0, max: 1 }),
  mini_batch_size: integer({ min: 1 }, { tunable: true }),
};

export function kMeans(hyperparameters: KMeansHyperparameters): AlgorithmContent {
  return {
    name: 'k-means',
    image: ContainerImage.builtInAlgorithm('kmeans'),
    given: { ...hyperparameters },
    hyperparameters: HYPERPARAMETERS,
    channels: tabularChannels(['test']),
    metrics: metricsOn(['test'], { msd: 'Minimize', ssd: 'Minimize' }),
    measuredOn: ['test'],
    checkpoints: false,
  };
}
