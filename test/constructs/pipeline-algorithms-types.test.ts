import { ContainerImage } from '../../constructs/images';
import { Algorithm, Parameter, TrainingStep } from '../../constructs/pipeline';
import { boosted, job } from '../support/algorithms';

test('an algorithm brings its image, its hyperparameters and its metrics', () => {
  const algorithm = boosted();
  const inputs = { train: 's3://loans/train' };
  const image = ContainerImage.fromUri('loans');
  // @ts-expect-error: the image is the algorithm's
  new TrainingStep('Train', { ...job, inputs, algorithm, image });
  // @ts-expect-error: hyperparameters are given to the algorithm
  new TrainingStep('Train', { ...job, inputs, algorithm, hyperparameters: { eta: 1 } });
  // @ts-expect-error: the algorithm has its own metrics
  new TrainingStep('Train', { ...job, inputs, algorithm, metricDefinitions: { a: 'a' } });
  // @ts-expect-error: neither an algorithm nor an image
  const nothing = new TrainingStep('Train', { ...job, inputs });
  expect(nothing.name).toBe('Train');
});

test('hyperparameters are known by name, type and company', () => {
  const text = Parameter.string('Text');
  const number = Parameter.integer('Number');
  // @ts-expect-error: no such version
  Algorithm.xgboost('1.6-1', { num_round: 1 });
  // @ts-expect-error: a misspelt name
  Algorithm.xgboost('1.7-1', { num_rounds: 1 });
  // @ts-expect-error: a text in the place of a number
  Algorithm.xgboost('1.7-1', { num_round: '1' });
  // @ts-expect-error: an expression of another type
  Algorithm.xgboost('1.7-1', { num_round: text });
  // @ts-expect-error: no such objective
  Algorithm.xgboost('1.7-1', { num_round: 1, objective: 'binary:logstic' });
  // @ts-expect-error: no such metric
  Algorithm.xgboost('1.7-1', { num_round: 1, objective: 'binary:logistic', eval_metric: ['auc', 'gini'] });
  // @ts-expect-error: several classes, but how many?
  Algorithm.xgboost('1.7-1', { num_round: 1, objective: 'multi:softmax' });
  // @ts-expect-error: a number of classes for two
  Algorithm.xgboost('1.7-1', { num_round: 1, objective: 'binary:logistic', num_class: 2 });
  // @ts-expect-error: the variance of another objective
  Algorithm.xgboost('1.7-1', { num_round: 1, objective: 'reg:gamma', tweedie_variance_power: 1.5 });
  // @ts-expect-error: the distribution of another objective
  Algorithm.xgboost('1.7-1', { num_round: 1, aft_loss_distribution: 'normal' });
  // @ts-expect-error: trees are dropped by dart only
  Algorithm.xgboost('1.7-1', { num_round: 1, rate_drop: 0.1 });
  // @ts-expect-error: a linear function has no depth
  Algorithm.xgboost('1.7-1', { num_round: 1, booster: 'gblinear', max_depth: 3 });
  // @ts-expect-error: an updater of trees
  Algorithm.xgboost('1.7-1', { num_round: 1, booster: 'gblinear', updater: ['prune'] });
  // @ts-expect-error: no threshold for this metric
  Algorithm.xgboost('1.7-1', { num_round: 1, objective: 'binary:logistic', eval_metric: 'auc@0.5' });
  // @ts-expect-error: neither 0 nor 1
  Algorithm.xgboost('1.7-1', { num_round: 1, csv_weights: 2 });
  // @ts-expect-error: no type of predictor
  Algorithm.linearLearner({ feature_dim: 4 });
  // @ts-expect-error: several classes, but how many?
  Algorithm.linearLearner({ predictor_type: 'multiclass_classifier' });
  // @ts-expect-error: a regressor has no classes
  Algorithm.linearLearner({ predictor_type: 'regressor', num_classes: 3 });
  // @ts-expect-error: two classes have no top k
  Algorithm.linearLearner({ predictor_type: 'binary_classifier', accuracy_top_k: 3 });
  // @ts-expect-error: a text in the place of auto
  Algorithm.linearLearner({ predictor_type: 'regressor', wd: 'automatic' });
  // @ts-expect-error: how many features?
  Algorithm.kNearestNeighbors({ predictor_type: 'regressor', k: 3, sample_size: 9 });
  // @ts-expect-error: reduced to how many features?
  Algorithm.kNearestNeighbors({ feature_dim: 4, predictor_type: 'regressor', dimension_reduction_type: 'sign' });
  // @ts-expect-error: a flat index has no cells
  Algorithm.kNearestNeighbors({ feature_dim: 4, predictor_type: 'regressor', faiss_index_ivf_nlists: 4 });
  // prettier-ignore
  // @ts-expect-error: rows are not compressed
  Algorithm.kNearestNeighbors({ feature_dim: 4, predictor_type: 'regressor', index_type: 'faiss.IVFFlat', faiss_index_pq_m: 4 });
  // prettier-ignore
  // @ts-expect-error: compressed rows have one distance only
  Algorithm.kNearestNeighbors({ feature_dim: 4, predictor_type: 'regressor', index_type: 'faiss.IVFPQ', index_metric: 'COSINE' });
  // @ts-expect-error: how many clusters?
  Algorithm.kMeans({ feature_dim: 4 });
  // @ts-expect-error: no such score
  Algorithm.kMeans({ feature_dim: 4, k: 3, eval_metrics: ['mse'] });
  // @ts-expect-error: how many components?
  Algorithm.pca({ feature_dim: 4, mini_batch_size: 10 });
  // @ts-expect-error: more components, but exactly
  Algorithm.pca({ feature_dim: 4, mini_batch_size: 10, num_components: 2, extra_components: 3 });
  // @ts-expect-error: how many features?
  Algorithm.randomCutForest({ num_trees: 50 });
  // @ts-expect-error: no such mode
  Algorithm.blazingText({ mode: 'cbov' });
  // @ts-expect-error: classification has no window
  Algorithm.blazingText({ mode: 'supervised', window_size: 5 });
  // @ts-expect-error: vectors have no early stopping
  Algorithm.blazingText({ mode: 'cbow', early_stopping: true });
  // @ts-expect-error: patience for nothing
  Algorithm.blazingText({ mode: 'supervised', patience: 3 });
  // @ts-expect-error: no batches
  Algorithm.blazingText({ mode: 'skipgram', batch_size: 11 });
  // @ts-expect-error: parts of words, but not asked for
  Algorithm.blazingText({ mode: 'skipgram', min_char: 2 });
  // @ts-expect-error: batches have no parts of words
  Algorithm.blazingText({ mode: 'batch_skipgram', subwords: true });
  // @ts-expect-error: how many images?
  Algorithm.imageClassification({ num_classes: 2 });
  // @ts-expect-error: no network has so many layers
  Algorithm.imageClassification({ num_classes: 2, num_training_samples: 9, num_layers: 19 });
  const good = [
    Algorithm.xgboost('1.7-1', { num_round: number, objective: text, num_class: number, tweedie_variance_power: 1.5 }),
    Algorithm.xgboost('1.7-1', {
      num_round: 1,
      booster: 'dart',
      rate_drop: 0.1,
      objective: 'multi:softprob',
      num_class: 3,
    }),
    Algorithm.xgboost('1.7-1', { num_round: 1, booster: 'gblinear', updater: ['shotgun'], lambda_bias: 0.5 }),
    Algorithm.blazingText({ mode: 'supervised', early_stopping: true, patience: 3, buckets: 10, word_ngrams: 2 }),
    Algorithm.blazingText({ mode: 'skipgram', subwords: true, buckets: 10, min_char: 2, max_char: 5 }),
  ];
  expect(good).toHaveLength(5);
});
