import { ContainerImage } from '../../images';
import type { Expression, Value } from '../expression';
import type { AlgorithmContent, Direction } from './content';
import { boolean, type Choice, continuous, type Hyperparameter, integer } from './hyperparameter';
import { type NumberOr, oneOf, type Without } from './hyperparameter';
import { metricsOn, tabularChannels } from './tables';

interface CommonHyperparameters {
  /** Decay of the first moment, of adam: 0 to 1, or `auto`. @default auto */
  readonly beta_1?: NumberOr<'auto'>;
  /** Decay of the second moment, of adam: 0 to 1, or `auto`. @default auto */
  readonly beta_2?: NumberOr<'auto'>;
  /** Step size of the bias, relative to the others': more than 0, or `auto`. @default auto */
  readonly bias_lr_mult?: NumberOr<'auto'>;
  /** L2 penalty on the bias, relative to the others': 0 or more, or `auto`. @default auto */
  readonly bias_wd_mult?: NumberOr<'auto'>;
  /** Epochs without improvement after which training stops: 1 or more. @default 3 */
  readonly early_stopping_patience?: Value<number>;
  /** Relative improvement that counts as none: more than 0. @default 0.001 */
  readonly early_stopping_tolerance?: Value<number>;
  /** Passes over the data: 1 or more. @default 15 */
  readonly epochs?: Value<number>;
  /** Beta of the F score: more than 0. @default 1 */
  readonly f_beta?: Value<number>;
  /** Number of features: 1 or more, or `auto`. @default auto */
  readonly feature_dim?: NumberOr<'auto'>;
  /** Error at which the Huber loss turns from squares to absolutes: 0 or more. @default 1 */
  readonly huber_delta?: Value<number>;
  /** Bias at the beginning. @default 0 */
  readonly init_bias?: Value<number>;
  /** Distribution of the weights at the beginning. @default uniform */
  readonly init_method?: Choice<'uniform' | 'normal'>;
  /** Scale of the uniform distribution: more than 0. @default 0.07 */
  readonly init_scale?: Value<number>;
  /** Standard deviation of the normal distribution: more than 0. @default 0.01 */
  readonly init_sigma?: Value<number>;
  /** L1 penalty: 0 or more, or `auto`. @default auto */
  readonly l1?: NumberOr<'auto'>;
  /** Step size: more than 0, or `auto`. @default auto */
  readonly learning_rate?: NumberOr<'auto'>;
  /** What is minimized; which ones go together with a type is for the algorithm to say. @default auto */
  readonly loss?: Choice<Loss>;
  /** Error that counts as none with the epsilon-insensitive losses: more than 0. @default 0.01 */
  readonly loss_insensitivity?: Value<number>;
  /** What the step size is multiplied by at each reduction: 0 to 1, or `auto`. @default auto */
  readonly lr_scheduler_factor?: NumberOr<'auto'>;
  /** Least step size: more than 0, or `auto`. @default auto */
  readonly lr_scheduler_minimum_lr?: NumberOr<'auto'>;
  /** Steps between two reductions of the step size: 1 or more, or `auto`. @default auto */
  readonly lr_scheduler_step?: NumberOr<'auto'>;
  /** Margin of the hinge loss: 0 or more. @default 1 */
  readonly margin?: Value<number>;
  /** Observations in a mini-batch: 1 or more. @default 1000 */
  readonly mini_batch_size?: Value<number>;
  /** Momentum, of sgd: 0 to 1, or `auto`. @default auto */
  readonly momentum?: NumberOr<'auto'>;
  /** Scales features to mean 0 and deviation 1. @default true */
  readonly normalize_data?: Value<boolean> | 'auto';
  /** Scales labels to mean 0 and deviation 1; classifiers ignore it. @default - only for regression */
  readonly normalize_label?: Value<boolean> | 'auto';
  /** Validation rows with which the best threshold is found: 1 or more, or `auto`. @default auto */
  readonly num_calibration_samples?: NumberOr<'auto'>;
  /** Models with similar hyperparameters that are trained at once, the best of which is kept: 1 or more, or `auto`. @default auto */
  readonly num_models?: NumberOr<'auto'>;
  /** Rows with which means and deviations are found: 1 or more. @default 10000 */
  readonly num_point_for_scaler?: Value<number>;
  /** How weights are changed; `auto` is adam. @default auto */
  readonly optimizer?: Choice<'auto' | 'adam' | 'sgd' | 'rmsprop'>;
  /** Quantile of the quantile loss: 0 to 1. @default 0.5 */
  readonly quantile?: Value<number>;
  /** Shifts features to mean 0. @default auto */
  readonly unbias_data?: Value<boolean> | 'auto';
  /** Shifts labels to mean 0. @default auto */
  readonly unbias_label?: Value<boolean> | 'auto';
  /** The model has a bias. @default true */
  readonly use_bias?: Value<boolean>;
  /** The step size is reduced as training goes on. @default true */
  readonly use_lr_scheduler?: Value<boolean>;
  /** L2 penalty: 0 or more, or `auto`. @default auto */
  readonly wd?: NumberOr<'auto'>;
}

type Loss =
  | 'auto'
  | 'logistic'
  | 'softmax_loss'
  | 'hinge_loss'
  | 'squared_loss'
  | 'absolute_loss'
  | 'eps_insensitive_squared_loss'
  | 'eps_insensitive_absolute_loss'
  | 'quantile_loss'
  | 'huber_loss';

type Criterion =
  | 'accuracy'
  | 'f1'
  | 'f_beta'
  | 'precision_at_target_recall'
  | 'recall_at_target_precision'
  | 'cross_entropy_loss'
  | 'loss_function';

interface BinaryHyperparameters {
  /** What decides which model is best. @default accuracy */
  readonly binary_classifier_model_selection_criteria?: Choice<Criterion>;
  /** Weight of positive examples: more than 0, `balanced`, or `auto`. @default 1 */
  readonly positive_example_weight_mult?: NumberOr<'balanced' | 'auto'>;
  /** Precision to reach with criteria recall_at_target_precision: 0 to 1. @default 0.8 */
  readonly target_precision?: Value<number>;
  /** Recall to reach with criteria precision_at_target_recall: 0 to 1. @default 0.8 */
  readonly target_recall?: Value<number>;
}

interface MulticlassHyperparameters {
  /** Number of classes: 3 to 1,000,000, by the documentation; the Python SDK takes 1 and 2 too. */
  readonly num_classes: Value<number>;
  /** Predictions among which the label is looked for: 1 or more. @default 3 */
  readonly accuracy_top_k?: Value<number>;
  /** All classes weigh the same. @default false */
  readonly balance_multiclass_weights?: Value<boolean>;
}

interface BinaryClassifier extends BinaryHyperparameters, Without<keyof MulticlassHyperparameters> {
  /** Labels 0 and 1. */
  readonly predictor_type: 'binary_classifier';
}

interface MulticlassClassifier extends MulticlassHyperparameters, Without<keyof BinaryHyperparameters> {
  /** Labels from 0 to `num_classes` - 1. */
  readonly predictor_type: 'multiclass_classifier';
}

interface Regressor extends Without<keyof BinaryHyperparameters | keyof MulticlassHyperparameters> {
  /** Labels that are numbers. */
  readonly predictor_type: 'regressor';
}

interface AnyPredictor extends BinaryHyperparameters, Partial<MulticlassHyperparameters> {
  /** Known when the pipeline runs. */
  readonly predictor_type: Expression<string>;
}

/**
 * Hyperparameters of linear learner, in its own names.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html
 */
export type LinearLearnerHyperparameters = CommonHyperparameters &
  (BinaryClassifier | MulticlassClassifier | Regressor | AnyPredictor);

type Name =
  keyof CommonHyperparameters | keyof BinaryHyperparameters | keyof MulticlassHyperparameters | 'predictor_type';

const auto = { values: ['auto'] };
const share = { min: 0, max: 1 };
const positive = { above: 0 };
const count = { min: 1 };
const flagOrAuto: Hyperparameter = oneOf(['True', 'False', 'auto']);
const criteria = (value: string) => ({
  onlyWith: { name: 'binary_classifier_model_selection_criteria', values: [value] },
});
const adam = { ...auto, onlyWith: { name: 'optimizer', values: ['adam', 'auto'], default: 'auto' } };
const scheduler = { ...auto, onlyWith: { name: 'use_lr_scheduler', values: [true], default: true } };
const init = (method: string) => ({ onlyWith: { name: 'init_method', values: [method], default: 'uniform' } });

/** Where the documentation and the Python SDK disagree, the wider range. */
const HYPERPARAMETERS: Record<Name, Hyperparameter> = {
  accuracy_top_k: integer(count),
  balance_multiclass_weights: boolean('True'),
  beta_1: continuous(share, adam),
  beta_2: continuous(share, adam),
  bias_lr_mult: continuous(positive, auto),
  bias_wd_mult: continuous({ min: 0 }, auto),
  binary_classifier_model_selection_criteria: oneOf([
    ...['accuracy', 'f1', 'f_beta', 'precision_at_target_recall', 'recall_at_target_precision'],
    ...['cross_entropy_loss', 'loss_function'],
  ]),
  early_stopping_patience: integer(count),
  early_stopping_tolerance: continuous(positive),
  epochs: integer(count),
  f_beta: continuous(positive),
  feature_dim: integer(count, auto),
  huber_delta: continuous({ min: 0 }),
  init_bias: continuous({}),
  init_method: oneOf(['uniform', 'normal']),
  init_scale: continuous(positive, init('uniform')),
  init_sigma: continuous(positive, init('normal')),
  l1: continuous({ min: 0 }, { ...auto, tunable: true }),
  learning_rate: continuous(positive, { ...auto, tunable: true }),
  loss: oneOf([
    ...['auto', 'logistic', 'softmax_loss', 'hinge_loss', 'squared_loss', 'absolute_loss'],
    ...['eps_insensitive_squared_loss', 'eps_insensitive_absolute_loss', 'quantile_loss', 'huber_loss'],
  ]),
  loss_insensitivity: continuous(positive),
  lr_scheduler_factor: continuous(share, scheduler),
  lr_scheduler_minimum_lr: continuous(positive, scheduler),
  lr_scheduler_step: integer(count, scheduler),
  margin: continuous({ min: 0 }),
  mini_batch_size: integer(count, { tunable: true }),
  momentum: continuous(share, { ...auto, onlyWith: { name: 'optimizer', values: ['sgd'], default: 'auto' } }),
  normalize_data: flagOrAuto,
  normalize_label: flagOrAuto,
  num_calibration_samples: integer(count, auto),
  num_classes: integer({ min: 1, max: 1_000_000 }),
  num_models: integer(count, auto),
  num_point_for_scaler: integer(count),
  optimizer: oneOf(['auto', 'adam', 'sgd', 'rmsprop']),
  positive_example_weight_mult: continuous(positive, { values: ['balanced', 'auto'], tunable: true }),
  predictor_type: oneOf(['binary_classifier', 'multiclass_classifier', 'regressor']),
  quantile: continuous(share),
  target_precision: continuous(share, criteria('recall_at_target_precision')),
  target_recall: continuous(share, criteria('precision_at_target_recall')),
  unbias_data: flagOrAuto,
  unbias_label: flagOrAuto,
  use_bias: boolean('True', { tunable: true }),
  use_lr_scheduler: boolean('True'),
  wd: continuous({ min: 0 }, { ...auto, tunable: true }),
};

const METRICS: Readonly<Record<string, Readonly<Record<string, Direction>>>> = {
  binary_classifier: {
    binary_classification_accuracy: 'Maximize',
    binary_f_beta: 'Maximize',
    precision: 'Maximize',
    recall: 'Maximize',
    roc_auc_score: 'Maximize',
  },
  multiclass_classifier: {
    dcg: 'Maximize',
    macro_f_beta: 'Maximize',
    macro_precision: 'Maximize',
    macro_recall: 'Maximize',
    multiclass_accuracy: 'Maximize',
    multiclass_top_k_accuracy: 'Maximize',
  },
  regressor: { absolute_loss: 'Minimize', mse: 'Minimize' },
};

export function linearLearner(hyperparameters: LinearLearnerHyperparameters): AlgorithmContent {
  const { predictor_type: type } = hyperparameters;
  return {
    name: 'linear learner',
    image: ContainerImage.builtInAlgorithm('linear-learner'),
    given: { ...hyperparameters },
    hyperparameters: HYPERPARAMETERS,
    channels: tabularChannels(['validation', 'test']),
    metrics:
      typeof type === 'string' && Object.hasOwn(METRICS, type) ? metricsOf([type]) : metricsOf(Object.keys(METRICS)),
    // Without a validation channel, a sample of the training data stands in for it.
    measuredOn: ['test'],
    checkpoints: true,
  };
}

function metricsOf(types: readonly string[]): Readonly<Record<string, Direction>> {
  const metrics = Object.assign({}, ...types.map(type => METRICS[type])) as Readonly<Record<string, Direction>>;
  const validation = types.includes('regressor') ? metricsOn(['validation'], { rmse: 'Minimize' }) : {};
  return { ...metricsOn(['validation', 'test'], { objective_loss: 'Minimize', ...metrics }), ...validation };
}
