import { ContainerImage } from '../../images';
import type { Expression, Value } from '../expression';
import { isUnknown, type Rule } from '../problem';
import type { AlgorithmContent, Direction } from './content';
import { type Choice, type Hyperparameter, type HyperparameterValues, integer } from './hyperparameter';
import { type NumberOr, oneOf, shown, type Without } from './hyperparameter';
import { metricsOn, tabularChannels } from './tables';

interface CommonHyperparameters {
  /** Number of features: 1 or more. */
  readonly feature_dim: Value<number>;
  /** Whether labels are classes or numbers. */
  readonly predictor_type: Choice<'classifier' | 'regressor'>;
  /** Number of neighbors: 1 or more. Required, unless a tuning chooses it. @default - none */
  readonly k?: Value<number>;
  /** Number of rows that are sampled from the training data: 1 or more. Required, unless a tuning chooses it. @default - none */
  readonly sample_size?: Value<number>;
  /** Observations in a mini-batch: 1 or more. @default 5000 */
  readonly mini_batch_size?: Value<number>;
}

interface Reduction {
  /** How features are made fewer: by random projection, or by the fast Johnson-Lindenstrauss transform. */
  readonly dimension_reduction_type: Choice<'sign' | 'fjlt'>;
  /** Number of features that remain: 1 or more, less than `feature_dim`. */
  readonly dimension_reduction_target: Value<number>;
}

interface FlatIndex extends Without<'faiss_index_ivf_nlists' | 'faiss_index_pq_m'> {
  /** An exact search. @default faiss.Flat */
  readonly index_type?: 'faiss.Flat';
  /** Distance of two rows. @default L2 */
  readonly index_metric?: Choice<'L2' | 'INNER_PRODUCT' | 'COSINE'>;
}

interface InvertedIndex extends Without<'faiss_index_pq_m'> {
  /** A search in the nearest cells only. */
  readonly index_type: 'faiss.IVFFlat';
  /** Distance of two rows. @default L2 */
  readonly index_metric?: Choice<'L2' | 'INNER_PRODUCT' | 'COSINE'>;
  /** Number of cells: 1 or more, or `auto` for the square root of `sample_size`. @default auto */
  readonly faiss_index_ivf_nlists?: NumberOr<'auto'>;
}

interface QuantizedIndex {
  /** The same with compressed rows. */
  readonly index_type: 'faiss.IVFPQ' | Expression<string>;
  /** Distance of two rows. @default L2 */
  readonly index_metric?: 'L2' | Expression<string>;
  /** Number of cells: 1 or more, or `auto` for the square root of `sample_size`. @default auto */
  readonly faiss_index_ivf_nlists?: NumberOr<'auto'>;
  /** Number of parts of a compressed row, such as 8: 1 or more. @default - by the algorithm */
  readonly faiss_index_pq_m?: Value<number>;
}

/**
 * Hyperparameters of k-nearest neighbors, in its own names.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/kNN_hyperparameters.html
 */
export type KNearestNeighborsHyperparameters = CommonHyperparameters &
  (Reduction | Without<keyof Reduction>) &
  (FlatIndex | InvertedIndex | QuantizedIndex);

type Name = keyof CommonHyperparameters | keyof Reduction | keyof QuantizedIndex;

const HYPERPARAMETERS: Record<Name, Hyperparameter> = {
  feature_dim: integer({ min: 1 }),
  predictor_type: oneOf(['classifier', 'regressor']),
  k: integer({ min: 1 }, { required: true, tunable: true }),
  sample_size: integer({ min: 1 }, { required: true, tunable: true }),
  dimension_reduction_type: oneOf(['sign', 'fjlt']),
  dimension_reduction_target: integer({ min: 1 }),
  index_metric: oneOf(['L2', 'INNER_PRODUCT', 'COSINE']),
  index_type: oneOf(['faiss.Flat', 'faiss.IVFFlat', 'faiss.IVFPQ']),
  faiss_index_ivf_nlists: integer({ min: 1 }, { values: ['auto'] }),
  // The documentation lists 16 numbers, the Python SDK takes 1 or more.
  faiss_index_pq_m: integer({ min: 1 }),
  mini_batch_size: integer({ min: 1 }),
};

export function kNearestNeighbors(hyperparameters: KNearestNeighborsHyperparameters): AlgorithmContent {
  const given: HyperparameterValues = { ...hyperparameters };
  return {
    name: 'k-nearest neighbors',
    image: ContainerImage.builtInAlgorithm('knn'),
    given,
    hyperparameters: HYPERPARAMETERS,
    channels: tabularChannels(['test']),
    metrics: metricsOn(['test'], metricsOf(hyperparameters.predictor_type)),
    measuredOn: ['test'],
    checkpoints: false,
    rules: () => [targetRule(given)],
  };
}

function metricsOf(type: KNearestNeighborsHyperparameters['predictor_type']): Readonly<Record<string, Direction>> {
  if (type === 'classifier') return { accuracy: 'Maximize' };
  return type === 'regressor' ? { mse: 'Minimize' } : { accuracy: 'Maximize', mse: 'Minimize' };
}

function targetRule({ dimension_reduction_target: target, feature_dim: features }: HyperparameterValues): Rule {
  return [
    isUnknown(target) || isUnknown(features) || Number(target) < Number(features),
    `'algorithm.dimension_reduction_target' must be less than feature_dim (${shown(features)}), got: ${shown(target)}`,
  ];
}
