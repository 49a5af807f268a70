import { Template } from 'aws-cdk-lib/assertions';
import { Stack } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import { Algorithm, Parameter, TuningStep } from '../../constructs/pipeline';
import {
  argumentsOf,
  boosted,
  csv,
  expectNoProblem,
  expectProblem,
  job,
  pipelineOf,
  tables,
  train,
  tune,
  type Tuning,
} from '../support/algorithms';

describe('a training step with a built-in algorithm', () => {
  test("runs the algorithm's image with its hyperparameters as text, and without metric definitions, which the service refuses", () => {
    const rate = Parameter.float('Rate', { default: 0.2 });
    const algorithm = Algorithm.xgboost('1.7-1', {
      objective: 'binary:logistic',
      eval_metric: 'auc',
      num_round: 50,
      eta: rate,
      max_depth: undefined,
    });
    expect(argumentsOf(train(algorithm, { inputs: tables }))).toMatchObject({
      AlgorithmSpecification: {
        TrainingImage: '141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1',
        TrainingInputMode: 'File',
      },
      HyperParameters: {
        objective: 'binary:logistic',
        eval_metric: 'auc',
        num_round: '50',
        eta: { 'Std:Join': { On: '', Values: [{ Get: 'Parameters.Rate' }] } },
      },
    });
    const { AlgorithmSpecification, HyperParameters } = argumentsOf(train(algorithm)) ?? {};
    expect(AlgorithmSpecification).not.toHaveProperty('MetricDefinitions');
    expect(HyperParameters).not.toHaveProperty('max_depth');
  });

  test('lets the role of the job pull the image, and no other', () => {
    const template = Template.fromStack(Stack.of(pipelineOf(train(boosted()))));
    const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }: { Properties?: { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } } }) =>
        Properties?.PolicyDocument.Statement ?? [],
    );
    const pulls = statements.filter(({ Action }) => JSON.stringify(Action).includes('ecr:BatchGetImage'));
    expect(pulls.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringContaining(':ecr:eu-west-1:141502667606:repository/sagemaker-xgboost'),
    ]);
  });

  test.each([
    ['xgboost', boosted(), 'sagemaker-xgboost:1.7-1'],
    ['linearLearner', Algorithm.linearLearner({ predictor_type: 'regressor' }), 'linear-learner:1'],
    [
      'kNearestNeighbors',
      Algorithm.kNearestNeighbors({ feature_dim: 4, predictor_type: 'regressor', k: 3, sample_size: 100 }),
      'knn:1',
    ],
    ['kMeans', Algorithm.kMeans({ feature_dim: 4, k: 3 }), 'kmeans:1'],
    ['pca', Algorithm.pca({ feature_dim: 4, mini_batch_size: 100, num_components: 2 }), 'pca:1'],
    ['randomCutForest', Algorithm.randomCutForest({ feature_dim: 4 }), 'randomcutforest:1'],
    ['blazingText', Algorithm.blazingText({ mode: 'skipgram' }), 'blazingtext:1'],
    [
      'imageClassification',
      Algorithm.imageClassification({ num_classes: 2, num_training_samples: 100 }),
      'image-classification:1',
    ],
  ])('has the image of %s', (_, { image }, name) => {
    const { scope } = { scope: pipelineOf(train(boosted())) };
    expect(image.bind(scope).imageUri).toMatch(
      new RegExp(`^\\d{12}\\.dkr\\.ecr\\.eu-west-1\\.amazonaws\\.com/${name}$`),
    );
  });
});

describe('a tuning step with a built-in algorithm', () => {
  const tunable =
    'alpha, colsample_bylevel, colsample_bynode, colsample_bytree, eta, gamma, lambda, max_delta_step, max_depth, min_child_weight, num_round, subsample, tree_method';

  test("keeps the algorithm's hyperparameters and chooses the required one", () => {
    const step = tune(Algorithm.xgboost('1.7-1', { objective: 'binary:logistic', eval_metric: 'auc' }), {
      ranges: { num_round: { type: 'Integer', min: 50, max: 300 } },
    });
    expect(argumentsOf(step)).toMatchObject({
      TrainingJobDefinition: {
        AlgorithmSpecification: {
          TrainingImage: '141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1',
        },
        StaticHyperParameters: { objective: 'binary:logistic', eval_metric: 'auc' },
      },
    });
  });

  test.each([
    [
      boosted(),
      { objective: { metricName: 'validation:gini', type: 'Maximize' } },
      /^'objective.metricName' must be a metric of XGBoost 1.7-1 \(validation:auc, .*validation:mape\), got: validation:gini$/,
    ],
    [
      boosted(),
      { objective: { metricName: 'validation:auc', type: 'Minimize' } },
      "'objective.type' must be Maximize with validation:auc, got: Minimize",
    ],
    [
      boosted(),
      { training: { inputs: { train: csv('s3://loans/train') } } },
      "'training.inputs' must have the channel validation, on which validation:auc is measured, got: train",
    ],
    [
      boosted(),
      { ranges: { booster: { type: 'Categorical', values: ['dart'] } } },
      `'ranges' must name hyperparameters that XGBoost 1.7-1 can tune (${tunable}), got: booster`,
    ],
    [
      boosted(),
      { ranges: { max_depth: { type: 'Continuous', min: 1, max: 5 } } },
      "'ranges.max_depth' must be Integer with XGBoost 1.7-1, got: Continuous",
    ],
    [
      boosted(),
      { ranges: { eta: { type: 'Categorical', values: ['0.1'] } } },
      "'ranges.eta' must be Continuous or Integer with XGBoost 1.7-1, got: Categorical",
    ],
    [
      boosted(),
      { ranges: { tree_method: { type: 'Integer', min: 1, max: 2 } } },
      "'ranges.tree_method' must be Categorical with XGBoost 1.7-1, got: Integer",
    ],
    [
      boosted(),
      { ranges: { eta: { type: 'Continuous', min: 0.1, max: 1.5 } } },
      "'ranges.eta' must keep to a number from 0 to 1 with XGBoost 1.7-1, got: 1.5",
    ],
    [
      boosted(),
      { ranges: { tree_method: { type: 'Categorical', values: ['hist', 'fast'] } } },
      "'ranges.tree_method' must keep to one of auto, exact, approx, hist, gpu_hist with XGBoost 1.7-1, got: fast",
    ],
    [
      boosted(),
      {
        ...{ strategy: 'Grid', maxTrainingJobs: 2 },
        ranges: { max_depth: { type: 'Categorical', values: ['3', 'deep'] } },
      },
      "'ranges.max_depth' must keep to a whole number of 0 or more with XGBoost 1.7-1, got: deep",
    ],
    [boosted({ eta: 0.1 }), {}, "'ranges.eta' must not also stand in 'training.algorithm', got: eta"],
    [
      boosted({ num_round: undefined }),
      {},
      "'training.algorithm.num_round' must be given, unless a tuning chooses it, got: none",
    ],
  ] as [Algorithm, Tuning, string | RegExp][])(
    'fails when it does not suit the algorithm: %#',
    (algorithm, props, problem) => {
      const step = tune(algorithm, props);
      expect(step.problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
      expect(() => pipelineOf(step)).toThrow(new Error(`Loans/Pipeline: step 'Tune': ${step.problems.join('')}`));
    },
  );

  test('fails with PCA, which has no metrics', () => {
    const algorithm = Algorithm.pca({ feature_dim: 4, mini_batch_size: 10, num_components: 2 });
    expectProblem(
      tune(algorithm, { training: { inputs: { train: 's3://loans/train' } } }),
      "'training.algorithm' must have a metric that a tuning can rank by, got: PCA",
      "'ranges' must name hyperparameters that PCA can tune, got: eta",
    );
  });

  test.each([
    [boosted(), { ranges: { min_child_weight: { type: 'Integer', min: 1, max: 6 } } }],
    [boosted(), { ranges: { subsample: { type: 'Continuous', min: 0, max: 1 } } }],
    [boosted(), { ranges: { eta: { type: 'Continuous', min: 0.0001, max: 0.9 } } }],
    [
      boosted({ monotone_constraints: [1] }),
      { ranges: { tree_method: { type: 'Categorical', values: ['exact', 'hist'] } } },
    ],
    [
      boosted(),
      {
        strategy: 'Grid',
        maxTrainingJobs: 4,
        ranges: {
          max_depth: { type: 'Categorical', values: ['3', '4'] },
          eta: { type: 'Categorical', values: ['0.1', '0.2'] },
        },
      },
    ],
    [
      Algorithm.kNearestNeighbors({ feature_dim: 4, predictor_type: 'classifier' }),
      {
        objective: { metricName: 'test:accuracy', type: 'Maximize' },
        training: { inputs: { train: 's3://loans/train', test: 's3://loans/test' } },
        ranges: { k: { type: 'Integer', min: 1, max: 9 }, sample_size: { type: 'Integer', min: 256, max: 999 } },
      },
    ],
    [
      Algorithm.blazingText({}),
      {
        objective: { metricName: 'train:mean_rho', type: 'Maximize' },
        training: { inputs: { train: 's3://loans/train' } },
        ranges: { mode: { type: 'Categorical', values: ['skipgram', 'cbow'] } },
      },
    ],
    [
      Algorithm.linearLearner({ predictor_type: Parameter.string('Type') }),
      {
        objective: { metricName: 'validation:rmse', type: 'Minimize' },
        training: { inputs: { train: csv('s3://loans/train') } },
        ranges: {
          use_bias: { type: 'Categorical', values: ['True', 'False'] },
          wd: { type: 'Continuous', min: 1e-7, max: 1 },
        },
      },
    ],
  ] as [Algorithm, Tuning][])('accepts what suits it: %#', (algorithm, props) => {
    expectNoProblem(tune(algorithm, props));
  });

  test('knows the metrics of a type only', () => {
    const objective = { metricName: 'validation:mse', type: 'Minimize' } as const;
    const step = tune(Algorithm.linearLearner({ predictor_type: 'binary_classifier' }), {
      objective,
      ranges: { wd: { type: 'Continuous', min: 0.1, max: 1 } },
    });
    expectProblem(
      step,
      "'objective.metricName' must be a metric of linear learner (validation:objective_loss, validation:binary_classification_accuracy, validation:binary_f_beta, validation:precision, validation:recall, validation:roc_auc_score, test:objective_loss, test:binary_classification_accuracy, test:binary_f_beta, test:precision, test:recall, test:roc_auc_score), got: validation:mse",
    );
  });
});

describe('a tuning step with a container of your own', () => {
  const training = {
    ...job,
    image: ContainerImage.fromUri('loans'),
    inputs: { train: 's3://loans/train' },
    metricDefinitions: { f1: 'f1: ([0-9.]+)' },
  };
  const ranges = { depth: { type: 'Integer', min: 1, max: 3 } } as const;
  const own = (metricName: string, metricDefinitions?: Record<string, string>) =>
    new TuningStep('Tune', {
      training: { ...training, metricDefinitions },
      objective: { metricName, type: 'Maximize' },
      ranges,
      maxTrainingJobs: 2,
    });

  test('fails when the objective is none of its metrics, where those are given', () => {
    expectProblem(
      own('auc', training.metricDefinitions),
      "'objective.metricName' must be one of 'training.metricDefinitions' (f1), got: auc",
    );
    expectNoProblem(own('f1', training.metricDefinitions));
    expectNoProblem(own('validation:auc'));
  });
});
