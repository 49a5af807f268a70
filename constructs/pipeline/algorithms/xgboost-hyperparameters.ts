import type { Expression, Value } from '../expression';
import type { Choice, Flag, Without } from './hyperparameter';

type OtherObjective =
  | 'binary:hinge'
  | 'binary:logistic'
  | 'binary:logitraw'
  | 'count:poisson'
  | 'rank:map'
  | 'rank:ndcg'
  | 'rank:pairwise'
  | 'reg:absoluteerror'
  | 'reg:gamma'
  | 'reg:linear'
  | 'reg:logistic'
  | 'reg:pseudohubererror'
  | 'reg:squarederror'
  | 'reg:squaredlogerror'
  | 'survival:cox';

/** What a model learns. Each version knows some of them. */
export type XgboostObjective = OtherObjective | 'multi:softmax' | 'multi:softprob' | 'reg:tweedie' | 'survival:aft';

type Metric =
  | 'accuracy'
  | 'aft-nloglik'
  | 'auc'
  | 'aucpr'
  | 'balanced_accuracy'
  | 'cox-nloglik'
  | 'error'
  | 'f1'
  | 'f1_binary'
  | 'f1_macro'
  | 'gamma-deviance'
  | 'gamma-nloglik'
  | 'interval-regression-accuracy'
  | 'logloss'
  | 'mae'
  | 'map'
  | 'mape'
  | 'merror'
  | 'mlogloss'
  | 'mphe'
  | 'mse'
  | 'ndcg'
  | 'poisson-nloglik'
  | 'precision'
  | 'precision_macro'
  | 'precision_micro'
  | 'r2'
  | 'recall'
  | 'recall_macro'
  | 'recall_micro'
  | 'rmse'
  | 'rmsle'
  | 'tweedie-nloglik';

/** A measure of a model, three of them also with a threshold such as `error@0.4`. Each version knows some of them. */
export type XgboostMetric = Metric | `${'error' | 'map' | 'ndcg'}@${number}`;

export type XgboostTreeUpdater =
  | 'distcol'
  | 'grow_colmaker'
  | 'grow_histmaker'
  | 'grow_local_histmaker'
  | 'grow_skmaker'
  | 'prune'
  | 'refresh'
  | 'sync';

interface CommonHyperparameters {
  /** Number of boosting rounds: 1 or more. Required, unless a tuning chooses it. @default - none */
  readonly num_round?: Value<number>;
  /** Weight of the L1 penalty on weights: 0 or more. @default 0 */
  readonly alpha?: Value<number>;
  /** Prediction before the first round: 0 or more. @default 0.5 */
  readonly base_score?: Value<number>;
  /** 1: the second column of CSV data holds the weights of the rows. @default 0 */
  readonly csv_weights?: Flag;
  /** How distributed training splits the data. @default - by the algorithm */
  readonly dsplit?: Choice<'row' | 'col'>;
  /** Rounds without a better validation score after which training stops: 1 or more. @default - no early stopping */
  readonly early_stopping_rounds?: Value<number>;
  /** Step size of each round: 0 to 1. @default 0.3 */
  readonly eta?: Value<number>;
  /** Measures on the validation data; `auc` only of binary and ranking objectives. @default - according to the objective */
  readonly eval_metric?: Choice<XgboostMetric> | readonly XgboostMetric[];
  /** Weight of the L2 penalty on weights: 0 or more. @default 1 */
  readonly lambda?: Value<number>;
  /** Number of threads: 1 or more. @default - as many as the instance runs at once */
  readonly nthread?: Value<number>;
  /** 1: an interrupted job keeps the model it has. From version 1.0-1. @default false */
  readonly save_model_on_termination?: Value<boolean>;
  /** Weight of the positive class: more than 0. @default 1 */
  readonly scale_pos_weight?: Value<number>;
  /** Seed of random numbers: a whole number between -2^31 and 2^31 - 1. @default 0 */
  readonly seed?: Value<number>;
  /** 1: prints nothing. Up to version 1.0-1. @default 0 */
  readonly silent?: Flag;
  /** How much is printed: 0 nothing, 1 warnings, 2 information, 3 everything. From version 0.90-1. @default 1 */
  readonly verbosity?: 0 | 1 | 2 | 3 | Expression<number>;
}

interface TreeHyperparameters {
  /** Share of the columns for each level of a tree: more than 0, at most 1. @default 1 */
  readonly colsample_bylevel?: Value<number>;
  /** Share of the columns for each split: more than 0, at most 1. From version 0.90-1. @default 1 */
  readonly colsample_bynode?: Value<number>;
  /** Share of the columns for each tree: more than 0, at most 1. @default 1 */
  readonly colsample_bytree?: Value<number>;
  /** Histograms on GPUs are the same in each run. From version 1.2-1. @default true */
  readonly deterministic_histogram?: Value<boolean>;
  /** Least reduction of the loss that a split must bring: 0 or more. @default 0 */
  readonly gamma?: Value<number>;
  /** Which node is split next. @default depthwise */
  readonly grow_policy?: Choice<'depthwise' | 'lossguide'>;
  /** Groups of features, by index from 1, that may interact; needs `tree_method` exact, hist or approx. From version 1.0-1. @default - all */
  readonly interaction_constraints?: readonly (readonly number[])[] | Expression<string>;
  /** Number of bins for a feature: 0 or more. @default 256 */
  readonly max_bin?: Value<number>;
  /** Largest step of a leaf's weight: 0 or more, 0 for no limit. @default 0 */
  readonly max_delta_step?: Value<number>;
  /** Greatest depth of a tree: 0 or more, 0 for no limit. @default 6 */
  readonly max_depth?: Value<number>;
  /** Greatest number of leaves with `grow_policy` lossguide: 0 or more, 0 for no limit. @default 0 */
  readonly max_leaves?: Value<number>;
  /** Least weight of the rows in a node: 0 or more. @default 1 */
  readonly min_child_weight?: Value<number>;
  /** For each feature, whether predictions fall (-1) or rise (1) with it, or 0; needs `tree_method` exact or hist. From version 1.0-1. @default - none */
  readonly monotone_constraints?: readonly (-1 | 0 | 1)[] | Expression<string>;
  /** Number of trees in each round: 1 or more. From version 0.90-2. @default 1 */
  readonly num_parallel_tree?: Value<number>;
  /** What computes predictions. From version 0.90-1; GPUs from 1.2-1. @default - by the algorithm */
  readonly predictor?: Choice<'auto' | 'cpu_predictor' | 'gpu_predictor'>;
  /** Rows in a buffer of predictions: 2 or more. From version 1.3-1. @default - by the algorithm */
  readonly prob_buffer_row?: Value<number>;
  /** Whether trees are made, or given ones updated. @default default */
  readonly process_type?: Choice<'default' | 'update'>;
  /** 1: the refresh updater changes leaves as well as statistics. @default 1 */
  readonly refresh_leaf?: Flag;
  /** How rows are sampled. From version 1.3-1. @default uniform */
  readonly sampling_method?: Choice<'uniform' | 'gradient_based'>;
  /** Histograms of single precision. Versions 1.2-1 to 1.5-1. @default false */
  readonly single_precision_histogram?: Value<boolean>;
  /** Precision of the approximate method: between 0 and 1. @default 0.03 */
  readonly sketch_eps?: Value<number>;
  /** Share of the rows for each tree: more than 0, at most 1. @default 1 */
  readonly subsample?: Value<number>;
  /** How trees are built; `gpu_hist` needs an instance with a GPU, from version 1.2-1. @default auto */
  readonly tree_method?: Choice<'auto' | 'exact' | 'approx' | 'hist' | 'gpu_hist'>;
  /** Updaters of trees, one of which at most grows them; with `process_type` update only refresh and prune. @default - by the algorithm */
  readonly updater?: readonly XgboostTreeUpdater[] | Expression<string>;
  /** Trains on all GPUs of all instances; needs `tree_method` gpu_hist and CSV or Parquet in File mode. From version 1.5-1. @default false */
  readonly use_dask_gpu_training?: Value<boolean>;
}

interface DartHyperparameters {
  /** How trees are dropped. @default uniform */
  readonly sample_type?: Choice<'uniform' | 'weighted'>;
  /** How new trees are weighted. @default tree */
  readonly normalize_type?: Choice<'tree' | 'forest'>;
  /** Share of the trees that are dropped in a round: 0 to 1. @default 0 */
  readonly rate_drop?: Value<number>;
  /** 1: at least one tree is dropped in each round. @default 0 */
  readonly one_drop?: Flag;
  /** Probability that a round drops none: 0 to 1. @default 0 */
  readonly skip_drop?: Value<number>;
}

interface LinearHyperparameters {
  /** Weight of the L2 penalty on the bias: 0 to 1. @default 0 */
  readonly lambda_bias?: Value<number>;
  /** How the linear model is fitted. @default shotgun */
  readonly updater?: readonly ['shotgun' | 'coord_descent'] | Expression<string>;
}

interface TreeBooster extends TreeHyperparameters, Without<keyof DartHyperparameters | 'lambda_bias'> {
  /** Trees. @default gbtree */
  readonly booster?: 'gbtree';
}

interface DartBooster extends TreeHyperparameters, DartHyperparameters, Without<'lambda_bias'> {
  /** Trees, some of which are dropped in each round. */
  readonly booster: 'dart';
}

interface LinearBooster
  extends LinearHyperparameters, Without<Exclude<keyof TreeHyperparameters | keyof DartHyperparameters, 'updater'>> {
  /** A linear function. */
  readonly booster: 'gblinear';
}

interface AnyBooster extends TreeHyperparameters, DartHyperparameters, Pick<LinearHyperparameters, 'lambda_bias'> {
  /** Known when the pipeline runs. */
  readonly booster: Expression<string>;
}

interface Classes {
  /** Number of classes: 2 or more. */
  readonly num_class: Value<number>;
}

interface Tweedie {
  /** Variance of the Tweedie distribution: between 1 and 2. @default 1.5 */
  readonly tweedie_variance_power?: Value<number>;
}

interface Survival {
  /** Distribution of the noise. From version 1.2-1. @default normal */
  readonly aft_loss_distribution?: Choice<'normal' | 'logistic' | 'extreme'>;
  /** Scale of the distribution: 0 or more. From version 1.2-1. @default 1 */
  readonly aft_loss_distribution_scale?: Value<number>;
}

interface ManyClasses extends Classes, Without<keyof Tweedie | keyof Survival> {
  /** What the model learns. */
  readonly objective: 'multi:softmax' | 'multi:softprob';
}

interface TweedieRegression extends Tweedie, Without<keyof Classes | keyof Survival> {
  /** What the model learns. */
  readonly objective: 'reg:tweedie';
}

interface SurvivalAnalysis extends Survival, Without<keyof Classes | keyof Tweedie> {
  /** What the model learns. */
  readonly objective: 'survival:aft';
}

interface OtherLearning extends Without<keyof Classes | keyof Tweedie | keyof Survival> {
  /** What the model learns. @default reg:squarederror */
  readonly objective?: OtherObjective;
}

interface AnyObjective extends Partial<Classes>, Tweedie, Survival {
  /** Known when the pipeline runs. */
  readonly objective: Expression<string>;
}

/**
 * Hyperparameters of XGBoost, in its own names.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
 */
export type XgboostHyperparameters = CommonHyperparameters &
  (TreeBooster | DartBooster | LinearBooster | AnyBooster) &
  (ManyClasses | TweedieRegression | SurvivalAnalysis | OtherLearning | AnyObjective);

/** All names, whatever goes with what. */
export type XgboostHyperparameter =
  | keyof CommonHyperparameters
  | keyof TreeHyperparameters
  | keyof DartHyperparameters
  | keyof LinearHyperparameters
  | keyof Classes
  | keyof Tweedie
  | keyof Survival
  | 'booster'
  | 'objective';
