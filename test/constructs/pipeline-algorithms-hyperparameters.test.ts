import { Lazy } from 'aws-cdk-lib/core';
import { Algorithm, Parameter } from '../../constructs/pipeline';
import { boosted, expectNoProblem, expectProblem, train } from '../support/algorithms';

describe('the hyperparameters', () => {
  type Given = Parameters<typeof Algorithm.xgboost>[1];
  const unchecked = (hyperparameters: object) => boosted(hyperparameters);
  const metrics =
    'auc, map, ndcg, error, logloss, mae, merror, mlogloss, rmse, accuracy, aucpr, f1, gamma-deviance, mse, cox-nloglik, gamma-nloglik, poisson-nloglik, tweedie-nloglik, rmsle, r2, aft-nloglik, interval-regression-accuracy, mphe, f1_binary, f1_macro, balanced_accuracy, precision, precision_macro, precision_micro, recall, recall_macro, recall_micro, mape';

  test.each([
    [{ num_round: undefined }, "'algorithm.num_round' must be given, unless a tuning chooses it, got: none"],
    [{ num_round: 0 }, "'algorithm.num_round' must be a whole number of 1 or more, got: 0"],
    [{ num_round: 1.5 }, "'algorithm.num_round' must be a whole number of 1 or more, got: 1.5"],
    [{ eta: 2 }, "'algorithm.eta' must be a number from 0 to 1, got: 2"],
    [{ subsample: 0 }, "'algorithm.subsample' must be a number above 0 and at most 1, got: 0"],
    [{ sketch_eps: 1 }, "'algorithm.sketch_eps' must be a number above 0 and below 1, got: 1"],
    [{ scale_pos_weight: 0 }, "'algorithm.scale_pos_weight' must be a number above 0, got: 0"],
    [
      { single_precision_histogram: true },
      "'algorithm.single_precision_histogram' must be left out with XGBoost 1.7-1, which does not know it, got: true",
    ],
    [
      { objective: 'rank:pairwise', eval_metric: ['auc', 'gini'] },
      `'algorithm.eval_metric' must be one or more of ${metrics}; error, map and ndcg also with @ and a threshold, got: ["auc","gini"]`,
    ],
    [{ eval_metric: 'rmse' }, "'algorithm.objective' must be given with eval_metric, got: none"],
    [
      { eval_metric: 'auc', objective: 'reg:squarederror' },
      "'algorithm.objective' must be one of binary: or rank: with eval_metric auc, got: reg:squarederror",
    ],
    [
      { eval_metric: ['aft-nloglik'], objective: 'survival:cox' },
      "'algorithm.objective' must be survival:aft with eval_metric aft-nloglik, got: survival:cox",
    ],
    [
      { monotone_constraints: [1, -1] },
      "'algorithm.tree_method' must be exact or hist with monotone_constraints, got: none",
    ],
    [
      { monotone_constraints: [], tree_method: 'hist' },
      "'algorithm.monotone_constraints' must be one or more of -1, 0, 1, got: []",
    ],
    [
      { interaction_constraints: [[1, 2]], tree_method: 'auto' },
      "'algorithm.tree_method' must be exact or hist or approx with interaction_constraints, got: auto",
    ],
    [
      { interaction_constraints: [[0, 2]], tree_method: 'hist' },
      "'algorithm.interaction_constraints' must be lists of whole numbers of 1 or more, got: [[0,2]]",
    ],
    [
      { updater: ['grow_colmaker', 'grow_histmaker'] },
      "'algorithm.updater' must have at most one of distcol, grow_colmaker, grow_histmaker, got: grow_colmaker, grow_histmaker",
    ],
    [
      { updater: ['sync'], process_type: 'update' },
      "'algorithm.updater' must be prune and refresh with process_type update, got: sync",
    ],
    [
      { updater: [] },
      "'algorithm.updater' must be one or more of coord_descent, distcol, grow_colmaker, grow_histmaker, grow_skmaker, prune, refresh, shotgun, sync, got: []",
    ],
  ] as [Partial<Given>, string][])('of XGBoost fail when a value breaks a rule: %#', (hyperparameters, problem) => {
    expectProblem(train(boosted(hyperparameters)), problem);
  });

  test('of a version fail when that version does not know a value', () => {
    expectProblem(
      train(Algorithm.xgboost('1.0-1', { num_round: 1, tree_method: 'gpu_hist' }), { instanceType: 'ml.g5.xlarge' }),
      "'algorithm.tree_method' must be one of auto, exact, approx, hist, got: gpu_hist",
    );
    expectProblem(
      train(Algorithm.xgboost('1', { num_round: 1, verbosity: 2 })),
      "'algorithm.verbosity' must be left out with XGBoost 1, which does not know it, got: 2",
    );
    expectNoProblem(train(Algorithm.xgboost('1', { num_round: 1, objective: 'reg:linear', eval_metric: 'rmse' })));
  });

  test.each([
    [
      Algorithm.linearLearner({ predictor_type: 'regressor', wd: -1 }),
      "'algorithm.wd' must be a number of 0 or more or auto, got: -1",
    ],
    [
      Algorithm.linearLearner({ predictor_type: 'regressor', optimizer: 'sgd', beta_1: 0.9 }),
      "'algorithm.beta_1' must be left out unless optimizer is adam or auto, got: 0.9",
    ],
    [
      Algorithm.linearLearner({ predictor_type: 'regressor', momentum: 0.9 }),
      "'algorithm.momentum' must be left out unless optimizer is sgd, got: 0.9",
    ],
    [
      Algorithm.linearLearner({ predictor_type: 'regressor', use_lr_scheduler: false, lr_scheduler_step: 10 }),
      "'algorithm.lr_scheduler_step' must be left out unless use_lr_scheduler is true, got: 10",
    ],
    [
      Algorithm.linearLearner({ predictor_type: 'regressor', init_sigma: 0.1 }),
      "'algorithm.init_sigma' must be left out unless init_method is normal, got: 0.1",
    ],
    [
      Algorithm.linearLearner({ predictor_type: 'binary_classifier', target_recall: 0.9 }),
      "'algorithm.target_recall' must be left out unless binary_classifier_model_selection_criteria is precision_at_target_recall, got: 0.9",
    ],
    [
      Algorithm.linearLearner({ predictor_type: 'multiclass_classifier', num_classes: 1_000_001 }),
      "'algorithm.num_classes' must be a whole number from 1 to 1000000, got: 1000001",
    ],
    [Algorithm.kMeans({ feature_dim: 0, k: 3 }), "'algorithm.feature_dim' must be a whole number of 1 or more, got: 0"],
    [
      Algorithm.kMeans({ feature_dim: 4, k: 3, extra_center_factor: 0 }),
      "'algorithm.extra_center_factor' must be a whole number of 1 or more or auto, got: 0",
    ],
    [
      Algorithm.kMeans({ feature_dim: 4, k: 3, eval_metrics: [] }),
      "'algorithm.eval_metrics' must be one or more of msd, ssd, got: []",
    ],
    [
      Algorithm.pca({
        feature_dim: 4,
        mini_batch_size: 1,
        num_components: 1,
        algorithm_mode: 'randomized',
        extra_components: -2,
      }),
      "'algorithm.extra_components' must be a whole number of -1 or more, got: -2",
    ],
    [
      Algorithm.randomCutForest({ feature_dim: 10_001 }),
      "'algorithm.feature_dim' must be a whole number from 1 to 10000, got: 10001",
    ],
    [
      Algorithm.randomCutForest({ feature_dim: 4, num_trees: 49 }),
      "'algorithm.num_trees' must be a whole number from 50 to 1000, got: 49",
    ],
    [
      Algorithm.kNearestNeighbors({ feature_dim: 4, predictor_type: 'regressor', k: 3 }),
      "'algorithm.sample_size' must be given, unless a tuning chooses it, got: none",
    ],
    [
      Algorithm.kNearestNeighbors({
        ...({ feature_dim: 4, predictor_type: 'regressor', k: 3, sample_size: 10 } as const),
        ...({ dimension_reduction_type: 'sign', dimension_reduction_target: 4 } as const),
      }),
      "'algorithm.dimension_reduction_target' must be less than feature_dim (4), got: 4",
    ],
    [Algorithm.blazingText({}), "'algorithm.mode' must be given, unless a tuning chooses it, got: none"],
    [
      Algorithm.blazingText({ mode: 'skipgram', learning_rate: 0 }),
      "'algorithm.learning_rate' must be a number above 0, got: 0",
    ],
  ] as [Algorithm, string][])('of other algorithms fail when a value breaks a rule: %#', (algorithm, problem) => {
    const inputs = { train: { uri: 's3://loans/train', distribution: 'ShardedByS3Key' } } as const;
    const isForest = algorithm.hyperparameters.feature_dim !== undefined && problem.includes('10000');
    expectProblem(train(algorithm, isForest || problem.includes('num_trees') ? { inputs } : {}), problem);
  });

  const classes = { num_classes: 2, num_training_samples: 100 };
  const pictures = { train: 's3://pictures/train', validation: 's3://pictures/validation' };
  test.each([
    [{ beta_1: 0.9 }, "'algorithm.beta_1' must be left out unless optimizer is adam, got: 0.9"],
    [
      { early_stopping_patience: 3 },
      "'algorithm.early_stopping_patience' must be left out unless early_stopping is true, got: 3",
    ],
    [{ use_weighted_loss: 1 }, "'algorithm.use_weighted_loss' must be left out unless multi_label is 1, got: 1"],
    [{ checkpoint_frequency: 31 }, "'algorithm.checkpoint_frequency' must be at most epochs (30), got: 31"],
    [
      { image_shape: '224x224' },
      "'algorithm.image_shape' must be three whole numbers of 1 or more with commas between them, such as 3,224,224, got: 224x224",
    ],
    [
      { lr_scheduler_step: '10;20' },
      "'algorithm.lr_scheduler_step' must be whole numbers of 1 or more with commas between them, got: 10;20",
    ],
    [
      { use_pretrained_model: 1, num_layers: 20 },
      "'algorithm.num_layers' must be one of 18, 34, 50, 101, 152, 200 with use_pretrained_model, got: 20",
    ],
    [
      { use_pretrained_model: 1, image_shape: '3,299,299' },
      "'algorithm.image_shape' must be of 224 by 224 pixels with use_pretrained_model, got: 3,299,299",
    ],
    [{ top_k: 1 }, "'algorithm.top_k' must be a whole number of 2 or more, got: 1"],
  ] as const)('of image classification fail when a value breaks a rule: %#', (hyperparameters, problem) => {
    const algorithm = Algorithm.imageClassification({ ...classes, ...hyperparameters });
    expectProblem(train(algorithm, { inputs: pictures, instanceType: 'ml.g5.xlarge' }), problem);
  });

  test('of layers fail outside the two networks, which JavaScript can ask for', () => {
    const hyperparameters = { ...classes, num_layers: 19 } as unknown as Parameters<
      typeof Algorithm.imageClassification
    >[0];
    expectProblem(
      train(Algorithm.imageClassification(hyperparameters), { inputs: pictures, instanceType: 'ml.g5.xlarge' }),
      "'algorithm.num_layers' must be one of 18, 34, 50, 101, 152, 200, 20, 32, 44, 56, 110, got: 19",
    );
    expectProblem(
      train(unchecked({ booster: 'linear' })),
      "'algorithm.booster' must be one of gbtree, gblinear, dart, got: linear",
    );
  });

  test('that go with a default are accepted without naming it', () => {
    expectNoProblem(train(Algorithm.linearLearner({ predictor_type: 'regressor', init_scale: 0.1, beta_1: 0.9 })));
    const algorithm = Algorithm.imageClassification({ ...classes, momentum: 0.9, weight_decay: 0.1 });
    expectNoProblem(train(algorithm, { inputs: pictures, instanceType: 'ml.p3.2xlarge' }));
  });

  test('that are expressions or tokens are never checked', () => {
    const number = Parameter.integer('Number');
    const text = Parameter.string('Text');
    const token = Lazy.number({ produce: () => -1 });
    expectNoProblem(
      train(
        Algorithm.xgboost('1.7-1', {
          num_round: token,
          eta: number,
          objective: text,
          eval_metric: 'auc',
          num_class: number,
          booster: text,
          tree_method: text,
          monotone_constraints: text,
          updater: text,
          rate_drop: 0.1,
        }),
      ),
    );
    expectNoProblem(
      train(Algorithm.linearLearner({ predictor_type: text, num_classes: number, optimizer: text, momentum: 0.5 })),
    );
    expectNoProblem(
      train(
        Algorithm.kNearestNeighbors({
          ...({ feature_dim: number, predictor_type: text, k: number, sample_size: token } as const),
          ...({
            index_type: text,
            faiss_index_pq_m: 4,
            dimension_reduction_type: text,
            dimension_reduction_target: 9,
          } as const),
        }),
      ),
    );
    expectNoProblem(train(Algorithm.blazingText({ mode: text, batch_size: 11 }), { instanceCount: 2 }));
  });

  test('that are false are written as the algorithm spells it', () => {
    expect(Algorithm.blazingText({ mode: 'cbow', subwords: true, evaluation: false }).hyperparameters).toEqual({
      mode: 'cbow',
      subwords: 'True',
      evaluation: 'False',
    });
    expect(boosted({ deterministic_histogram: false }).hyperparameters).toMatchObject({
      deterministic_histogram: 'false',
    });
  });
});
