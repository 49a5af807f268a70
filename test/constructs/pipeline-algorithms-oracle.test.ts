import type { XgboostVersion } from '../../constructs/images';
import { Algorithm, type BlazingTextHyperparameters, type XgboostHyperparameters } from '../../constructs/pipeline';
import { blazingText } from '../../constructs/pipeline/algorithms/blazing-text';
import type { AlgorithmContent } from '../../constructs/pipeline/algorithms/content';
import { imageClassification } from '../../constructs/pipeline/algorithms/image-classification';
import { kMeans } from '../../constructs/pipeline/algorithms/k-means';
import { kNearestNeighbors } from '../../constructs/pipeline/algorithms/k-nearest-neighbors';
import { linearLearner } from '../../constructs/pipeline/algorithms/linear-learner';
import { pca } from '../../constructs/pipeline/algorithms/pca';
import { randomCutForest } from '../../constructs/pipeline/algorithms/random-cut-forest';
import { xgboost } from '../../constructs/pipeline/algorithms/xgboost';
import estimators from '../fixtures/pipeline/algorithm-estimators.json';
import pages from '../fixtures/pipeline/algorithm-pages.json';
import container from '../fixtures/pipeline/xgboost-container.json';

const VERSIONS = Object.keys(container.commits) as XgboostVersion[];

/** The rows of one version out of a table of the fixture. */
function rowsOf<Row extends { versions: string }>(table: Record<string, Row[]>, version: string) {
  return Object.entries(table).flatMap(([name, rows]) =>
    rows.filter(({ versions }) => versions.split(' ').includes(version)).map(row => [name, row] as const),
  );
}

describe("XGBoost's container", () => {
  interface ContainerRow {
    versions: string;
    type: string;
    required?: boolean;
    tunable?: boolean;
    values?: (string | number)[];
    min_closed?: number;
    min_open?: number;
    max_closed?: number;
    max_open?: number;
  }
  const table = container.hyperparameters as Record<string, ContainerRow[]>;
  // Names that begin with _ are the service's own; this objective is a mistake of the container, which XGBoost refuses.
  const isOffered = (name: string) => !name.startsWith('_');
  const isObjective = (value: string | number) => value !== 'aft_loss_distribution';
  const lists = ['eval_metric', 'interaction_constraints', 'monotone_constraints', 'updater'];

  test.each(VERSIONS)('%s knows the same hyperparameters with the same ranges', version => {
    const { hyperparameters } = xgboost(version, { num_round: 1 });
    const rows = rowsOf(table, version).filter(([name]) => isOffered(name));
    expect(Object.keys(hyperparameters).sort()).toEqual(rows.map(([name]) => name));
    for (const [name, row] of rows) {
      if (lists.includes(name)) continue;
      const ours = hyperparameters[name];
      expect({
        name,
        type: ours?.type,
        required: ours?.required,
        limits: [ours?.min, ours?.above, ours?.max, ours?.below],
        values: ours?.values && [...ours.values].sort(),
      }).toEqual({
        name,
        type: row.type,
        required: row.required,
        limits: [row.min_closed, row.min_open, row.max_closed, row.max_open],
        values: row.values?.filter(isObjective),
      });
    }
  });

  test.each(VERSIONS)('%s lets the same be tuned, and the tree method of the developer guide', version => {
    const { hyperparameters } = xgboost(version, { num_round: 1 });
    const ours = Object.keys(hyperparameters).filter(name => hyperparameters[name]?.tunable);
    const theirs = rowsOf(table, version).flatMap(([name, { tunable }]) => (tunable ? [name] : []));
    expect(ours.sort()).toEqual([...theirs, 'tree_method'].sort());
  });

  test.each(VERSIONS)('%s has the same metrics with the same better end', version => {
    const theirs = rowsOf(container.metrics, version).map(([name, { direction }]) => [name, direction]);
    expect(xgboost(version, { num_round: 1 }).metrics).toEqual(Object.fromEntries(theirs));
  });

  /** What the compiler does not let through, or what is a literal of another form here. */
  const typed = (hyperparameters: Record<string, string | undefined>): XgboostHyperparameters =>
    Object.fromEntries(
      Object.entries(hyperparameters).map(([name, value = '']) => {
        if (name === 'eval_metric' || name === 'updater') return [name, value.split(',')];
        if (name.endsWith('_constraints')) return [name, JSON.parse(value.replace(/,?\)/, ']').replace('(', '['))];
        return [name, Number.isNaN(Number(value)) ? value : Number(value)];
      }),
    );
  const inputs = { train: { uri: 's3://loans/train', contentType: 'text/csv' } };
  const refused = (version: XgboostVersion, hyperparameters: XgboostHyperparameters) =>
    Algorithm.xgboost(version, hyperparameters)
      .jobRules({ inputs, instanceType: 'ml.g5.xlarge' }, [])
      .filter(([holds]) => !holds)
      .map(([, problem]) => problem);
  // The compiler asks for num_class.
  const byCompiler = (hyperparameters: Record<string, string | undefined>) =>
    hyperparameters.objective === 'multi:softprob' && hyperparameters.num_class === undefined;

  test.each(VERSIONS)('%s accepts and refuses the same', version => {
    for (const { hyperparameters, accepted } of container.verdicts) {
      if (byCompiler(hyperparameters)) continue;
      const ours = refused(version, typed(hyperparameters));
      const theirs = accepted.split(' ').includes(version);
      expect([hyperparameters, ours.length === 0, ours]).toEqual([hyperparameters, theirs, ours]);
    }
  });

  test('reads constraints as Python does', () => {
    const written = Algorithm.xgboost('1.7-1', {
      num_round: 10,
      tree_method: 'hist',
      monotone_constraints: [1],
      interaction_constraints: [[1, 2], [3]],
      eval_metric: ['error@0.4', 'auc'],
      objective: 'binary:logistic',
      updater: ['grow_colmaker', 'prune'],
      save_model_on_termination: true,
    }).hyperparameters;
    expect(written).toEqual({
      num_round: '10',
      tree_method: 'hist',
      monotone_constraints: '(1,)',
      interaction_constraints: '[[1, 2], [3]]',
      eval_metric: 'error@0.4,auc',
      objective: 'binary:logistic',
      updater: 'grow_colmaker,prune',
      save_model_on_termination: 'true',
    });
  });
});

describe('the pages of the developer guide', () => {
  interface Page {
    hyperparameters: string[];
    required: string[];
    metrics: Record<string, string>;
    tunable: Record<string, string>;
  }
  const classes = { num_classes: 3, num_training_samples: 100 };
  const expression = undefined as unknown as BlazingTextHyperparameters['mode'];
  const contents: Record<string, AlgorithmContent[]> = {
    kMeans: [kMeans({ feature_dim: 1, k: 1 })],
    linearLearner: [
      linearLearner({ predictor_type: 'binary_classifier' }),
      linearLearner({ predictor_type: 'multiclass_classifier', num_classes: 3 }),
      linearLearner({ predictor_type: 'regressor' }),
    ],
    kNearestNeighbors: [
      kNearestNeighbors({ feature_dim: 1, predictor_type: 'classifier' }),
      kNearestNeighbors({ feature_dim: 1, predictor_type: 'regressor' }),
    ],
    pca: [pca({ feature_dim: 1, mini_batch_size: 1, num_components: 1 })],
    randomCutForest: [randomCutForest({ feature_dim: 1 })],
    imageClassification: [imageClassification(classes)],
    blazingText: [blazingText({ mode: 'supervised' }), blazingText({ mode: expression } as BlazingTextHyperparameters)],
    'xgboost 0.72': [xgboost('1', { num_round: 1 })],
  };
  const byPage = Object.entries(contents).map(([name, content]): [string, AlgorithmContent[], Page] => [
    name,
    content,
    (pages.algorithms as Record<string, Page>)[name] ?? { hyperparameters: [], required: [], metrics: {}, tunable: {} },
  ]);
  const all = (content: AlgorithmContent[]) => Object.assign({}, ...content.map(one => one.hyperparameters)) as object;

  test.each(byPage)('of %s name the same hyperparameters', (_, content, page) => {
    expect(Object.keys(all(content)).sort()).toEqual(page.hyperparameters);
  });

  test.each(byPage)('of %s name the same metrics and their better end', (_, content, page) => {
    expect(Object.assign({}, ...content.map(one => one.metrics))).toEqual(page.metrics);
  });

  test.each(byPage)('of %s let the same be tuned, with ranges of the same type', (name, content, page) => {
    const tunable = Object.fromEntries(
      content.flatMap(({ hyperparameters }) =>
        Object.entries(hyperparameters).flatMap(([one, { type, tunable }]) => (tunable ? [[one, type]] : [])),
      ),
    ) as Record<string, string>;
    // The container's source knows better than the page, and another page tunes the tree method.
    const known = name.startsWith('xgboost') ? { max_delta_step: 'Continuous', tree_method: 'Categorical' } : {};
    expect(tunable).toEqual({ ...page.tunable, ...known });
  });

  test("of the current XGBoost name nothing that the container's source does not", () => {
    const ours = Object.keys(xgboost('1.5-1', { num_round: 1 }).hyperparameters);
    expect(pages.algorithms.xgboost.hyperparameters.filter(name => !ours.includes(name))).toEqual([]);
  });

  test.each(byPage)('of %s require what the compiler or a step asks for', (name, content, page) => {
    const required = content.flatMap(({ hyperparameters }) =>
      Object.entries(hyperparameters).flatMap(([one, { required }]) => (required ? [one] : [])),
    );
    // What the compiler asks for stands in the literals above; three depend on others.
    const given = content.flatMap(({ given }) => Object.keys(given));
    const conditional = ['dimension_reduction_target', 'num_class', 'resize'];
    const missing = page.required.filter(one => ![...required, ...given, ...conditional].includes(one));
    expect([name, missing]).toEqual([name, []]);
  });
});

describe("the Python SDK's estimators", () => {
  const ours = [
    Algorithm.kMeans({
      feature_dim: 4,
      k: 10,
      init_method: 'kmeans++',
      local_lloyd_max_iter: 200,
      local_lloyd_tol: 0.001,
      local_lloyd_num_trials: 3,
      local_lloyd_init_method: 'random',
      half_life_time_size: 100,
      epochs: 4,
      extra_center_factor: 6,
      eval_metrics: ['msd', 'ssd'],
    }),
    Algorithm.linearLearner({
      predictor_type: 'binary_classifier',
      binary_classifier_model_selection_criteria: 'precision_at_target_recall',
      target_recall: 0.9,
      positive_example_weight_mult: 'balanced',
      epochs: 20,
      use_bias: true,
      num_models: 8,
      num_calibration_samples: 500,
      init_method: 'normal',
      init_sigma: 0.02,
      init_bias: 0.1,
      optimizer: 'adam',
      loss: 'logistic',
      wd: 0.0001,
      l1: 0,
      learning_rate: 0.01,
      beta_1: 0.9,
      beta_2: 0.999,
      bias_lr_mult: 2.5,
      bias_wd_mult: 0.5,
      use_lr_scheduler: true,
      lr_scheduler_step: 100,
      lr_scheduler_factor: 0.5,
      lr_scheduler_minimum_lr: 1e-5,
      normalize_data: true,
      normalize_label: false,
      unbias_data: true,
      unbias_label: false,
      num_point_for_scaler: 5000,
      early_stopping_patience: 4,
      early_stopping_tolerance: 0.002,
      f_beta: 2.5,
    }),
    Algorithm.linearLearner({
      predictor_type: 'multiclass_classifier',
      num_classes: 4,
      accuracy_top_k: 2,
      balance_multiclass_weights: true,
      loss: 'softmax_loss',
      optimizer: 'sgd',
      momentum: 0.9,
    }),
    Algorithm.linearLearner({
      predictor_type: 'regressor',
      loss: 'huber_loss',
      huber_delta: 1.5,
      margin: 0.5,
      quantile: 0.25,
      loss_insensitivity: 0.02,
      init_method: 'uniform',
      init_scale: 0.05,
    }),
    Algorithm.kNearestNeighbors({
      feature_dim: 32,
      k: 5,
      sample_size: 1000,
      predictor_type: 'classifier',
      dimension_reduction_type: 'sign',
      dimension_reduction_target: 8,
      index_type: 'faiss.IVFPQ',
      index_metric: 'L2',
      faiss_index_ivf_nlists: 'auto',
      faiss_index_pq_m: 4,
    }),
    Algorithm.kNearestNeighbors({
      feature_dim: 32,
      k: 3,
      sample_size: 500,
      predictor_type: 'regressor',
      index_type: 'faiss.Flat',
      index_metric: 'COSINE',
    }),
    Algorithm.pca({
      feature_dim: 32,
      mini_batch_size: 500,
      num_components: 3,
      algorithm_mode: 'randomized',
      subtract_mean: true,
      extra_components: -1,
    }),
    Algorithm.randomCutForest({
      feature_dim: 4,
      num_samples_per_tree: 512,
      num_trees: 200,
      eval_metrics: ['accuracy', 'precision_recall_fscore'],
    }),
  ];
  // fit() fills these in from its RecordSet; force_dense is for RecordSets.
  const fromData = ['feature_dim', 'mini_batch_size', 'force_dense'];
  // Python writes 1e-5 as 1e-05 and 0 as 0.0.
  const comparable = (hyperparameters: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(hyperparameters)
        .filter(([name]) => !fromData.includes(name))
        .map(([name, value]) => [name, Number.isNaN(Number(value)) ? value : Number(value)]),
    );

  test.each(estimators.estimators.map((one, index) => [one.estimator, index] as const))(
    'write the same hyperparameters: %s %#',
    (_, index) => {
      const theirs = estimators.estimators[index]?.hyperparameters ?? {};
      const rendered: Record<string, unknown> = ours[index]?.hyperparameters ?? {};
      expect(comparable(rendered)).toEqual(comparable(theirs));
      expect(Object.values(rendered).every(value => typeof value === 'string')).toBe(true);
    },
  );

  test('are all compared', () => {
    expect(ours).toHaveLength(estimators.estimators.length);
  });
});
