import { Duration } from 'aws-cdk-lib/core';
import { Algorithm, Parameter, type TrainingStepProps } from '../../constructs/pipeline';
import { boosted, csv, expectNoProblem, expectProblem, train } from '../support/algorithms';

describe('the channels and instances', () => {
  const forest = Algorithm.randomCutForest({ feature_dim: 4 });
  const text = (mode: 'supervised' | 'skipgram' | 'batch_skipgram') =>
    Algorithm.blazingText({ mode } as Parameters<typeof Algorithm.blazingText>[0]);
  const pictures = Algorithm.imageClassification({ num_classes: 2, num_training_samples: 100 });
  const uri = 's3://loans/train';
  const gpu = { instanceType: 'ml.g5.xlarge' } as const;
  const dask = { tree_method: 'gpu_hist', use_dask_gpu_training: true } as const;
  const two = (input: object) => ({ train: { uri, ...input }, validation: uri });
  const types =
    'text/csv, csv, text/libsvm, text/x-libsvm, libsvm, application/x-parquet, parquet, application/x-recordio-protobuf, recordio-protobuf';
  const piped = types.replace('text/libsvm, text/x-libsvm, libsvm, ', '');

  test.each([
    [
      boosted(),
      { inputs: { validation: uri } },
      "'inputs' must have the channel train, which XGBoost 1.7-1 needs, got: validation",
    ],
    [
      boosted(),
      { inputs: { train: uri, test: uri } },
      "'inputs' must have no other channels than train, validation, which XGBoost 1.7-1 reads, got: test",
    ],
    [
      boosted(),
      { inputs: { train: { uri, contentType: 'application/json' } } },
      `'inputs.train.contentType' must be one of ${types} with XGBoost 1.7-1, got: application/json`,
    ],
    [
      boosted(),
      { inputs: { train: { uri, contentType: 'text/libsvm', inputMode: 'Pipe' } } },
      `'inputs.train.contentType' must be one of ${piped} with XGBoost 1.7-1 in Pipe mode, got: text/libsvm`,
    ],
    [
      boosted(),
      { inputMode: 'Pipe' },
      `'inputs.train.contentType' must be one of ${piped} with XGBoost 1.7-1 in Pipe mode, got: none`,
    ],
    [
      Algorithm.xgboost('3.2-0', { num_round: 1 }),
      { inputs: { train: { uri, contentType: 'text/csv' } }, inputMode: 'Pipe' },
      "'inputs.train.inputMode' must be File or FastFile with XGBoost 3.2-0, got: Pipe",
    ],
    [
      boosted({ tree_method: 'gpu_hist' }),
      {},
      "'instanceType' must have a GPU with tree_method gpu_hist, got: ml.m5.large",
    ],
    [
      boosted({ tree_method: 'hist', use_dask_gpu_training: true }),
      { ...gpu, inputs: { train: csv(uri) } },
      "'algorithm.tree_method' must be gpu_hist with use_dask_gpu_training, got: hist",
    ],
    [
      Algorithm.xgboost('3.2-0', { num_round: 1, tree_method: 'hist', use_dask_gpu_training: true }),
      { inputs: { train: csv(uri) } },
      "'instanceType' must have a GPU with use_dask_gpu_training, got: ml.m5.large",
    ],
    [
      boosted(dask),
      gpu,
      "'inputs.train.contentType' must be one of text/csv, csv, application/x-parquet, parquet with use_dask_gpu_training, got: none",
    ],
    [
      boosted(dask),
      { ...gpu, inputs: { train: { ...csv(uri), inputMode: 'Pipe' } } },
      "'inputs.train.inputMode' must be File or FastFile with use_dask_gpu_training, got: Pipe",
    ],
    [
      boosted(dask),
      { ...gpu, instanceCount: 2, inputs: { train: { ...csv(uri), distribution: 'ShardedByS3Key' } } },
      "'inputs.train.distribution' must be FullyReplicated with use_dask_gpu_training, got: ShardedByS3Key",
    ],
    [
      Algorithm.kMeans({ feature_dim: 4, k: 3 }),
      { inputs: { train: { uri, contentType: 'text/libsvm' } } },
      "'inputs.train.contentType' must be one of application/x-recordio-protobuf, text/csv with k-means, got: text/libsvm",
    ],
    [forest, {}, "'inputs.train.distribution' must be ShardedByS3Key with random cut forest, got: FullyReplicated"],
    [
      forest,
      { inputs: { train: { uri, distribution: 'ShardedByS3Key' }, test: { uri, distribution: 'ShardedByS3Key' } } },
      "'inputs.test.distribution' must be FullyReplicated with random cut forest, got: ShardedByS3Key",
    ],
    [
      forest,
      { inputs: { train: { uri, distribution: 'ShardedByS3Key' }, test: csv(uri) } },
      "'inputs.test.contentType' must be text/csv;label_size=1 for CSV with random cut forest, got: text/csv",
    ],
    [text('skipgram'), { instanceCount: 2 }, "'instanceCount' must be 1 with BlazingText in mode skipgram, got: 2"],
    [
      text('batch_skipgram'),
      gpu,
      "'instanceType' must have no GPU with BlazingText in mode batch_skipgram, got: ml.g5.xlarge",
    ],
    [
      text('batch_skipgram'),
      { instanceCount: 2, inputs: { train: { uri, distribution: 'ShardedByS3Key' } } },
      "'inputs.train.distribution' must be FullyReplicated with BlazingText, which distributes the data itself, got: ShardedByS3Key",
    ],
    [
      text('skipgram'),
      { inputs: { train: { uri, dataType: 'AugmentedManifestFile', inputMode: 'Pipe', attributeNames: ['a'] } } },
      "'inputs.train.dataType' must be AugmentedManifestFile only with BlazingText in mode supervised on instances without a GPU, got: mode skipgram on ml.m5.large",
    ],
    [
      text('skipgram'),
      { inputs: { train: uri, validation: uri } },
      "'inputs' must have no other channels than train, which BlazingText reads, got: validation",
    ],
    [
      Algorithm.blazingText({ mode: 'supervised', early_stopping: true }),
      {},
      "'inputs' must have the channel validation, which BlazingText in mode supervised needs, got: train",
    ],
    [pictures, { inputs: two({}) }, "'instanceType' must have a GPU with image classification, got: ml.m5.large"],
    [
      pictures,
      { ...gpu, inputs: two({ contentType: 'image/png' }) },
      "'algorithm.resize' must be given with images as files, got: none",
    ],
    [
      pictures,
      { ...gpu, inputs: two({ contentType: 'image/gif' }) },
      "'inputs.train.contentType' must be one of application/x-recordio, application/x-image, image/jpeg, image/png with image classification, got: image/gif",
    ],
    [
      pictures,
      {
        ...gpu,
        inputs: { ...two({}), model: { uri, contentType: 'application/x-sagemaker-model', inputMode: 'Pipe' } },
      },
      "'inputs.model.inputMode' must be File or FastFile with image classification, got: Pipe",
    ],
    [
      pictures,
      { ...gpu, inputs: two({ dataType: 'AugmentedManifestFile', inputMode: 'Pipe', attributeNames: ['a', 'b'] }) },
      "'inputs.train.recordWrapper' must be RecordIO for an augmented manifest with image classification, got: None",
    ],
    [
      pictures,
      {
        ...gpu,
        inputs: two({ contentType: 'application/x-recordio', inputMode: 'Pipe', distribution: 'ShardedByS3Key' }),
      },
      "'inputs.train.distribution' must be FullyReplicated for RecordIO in Pipe mode with image classification, got: ShardedByS3Key",
    ],
    [
      Algorithm.kMeans({ feature_dim: 4, k: 3 }),
      { spot: { maxWait: Duration.days(1) } },
      "'spot.maxWait' must be at most 3600 seconds with k-means, which keeps no checkpoints, got: 86400 seconds",
    ],
  ] as [Algorithm, Partial<TrainingStepProps>, string][])('fail when they do not suit the algorithm: %#', (...row) => {
    const [algorithm, props, problem] = row;
    expectProblem(train(algorithm, props), problem);
  });

  test.each([
    [boosted(), { inputs: { train: { uri, contentType: 'text/csv; label_size=1' } } }],
    [boosted(), { spot: { maxWait: Duration.days(2) } }],
    [boosted(), { inputs: { train: { uri, contentType: Parameter.string('Type') } }, inputMode: 'Pipe' }],
    [boosted({ tree_method: 'gpu_hist' }), { instanceType: Parameter.string('Instance') }],
    [boosted(dask), { ...gpu, instanceCount: 2, inputs: { train: csv(uri) } }],
    [
      forest,
      {
        inputs: { train: { uri, distribution: 'ShardedByS3Key' }, test: { uri, contentType: 'text/csv;label_size=1' } },
      },
    ],
    [
      text('supervised'),
      {
        inputs: {
          train: { uri, dataType: 'AugmentedManifestFile', inputMode: 'Pipe', attributeNames: ['source', 'label'] },
        },
      },
    ],
    [text('batch_skipgram'), { instanceCount: 3 }],
    [
      pictures,
      { instanceType: 'ml.p3.2xlarge', inputs: two({ contentType: 'application/x-recordio; label-format=class-id' }) },
    ],
    [
      Algorithm.imageClassification({ num_classes: 2, num_training_samples: 9, resize: 256 }),
      { ...gpu, inputs: two({ contentType: 'image/png' }) },
    ],
  ] as [Algorithm, Partial<TrainingStepProps>][])('are accepted when they suit it: %#', (algorithm, props) => {
    expectNoProblem(train(algorithm, props));
  });
});
