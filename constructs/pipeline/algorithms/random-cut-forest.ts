import { ContainerImage } from '../../images';
import type { Expression, Value } from '../expression';
import { isUnknown, type Rule } from '../problem';
import type { AlgorithmContent, AlgorithmJob } from './content';
import { type Hyperparameter, integer, jsonList, listOf } from './hyperparameter';
import { mediaType, settingsOf } from './job-rules';
import { metricsOn, TABULAR_TYPES } from './tables';

/**
 * Hyperparameters of random cut forest, in its own names.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/rcf_hyperparameters.html
 */
export interface RandomCutForestHyperparameters {
  /** Number of features: 1 to 10,000. */
  readonly feature_dim: Value<number>;
  /** Scores of the `test` channel, which holds labels. @default - both */
  readonly eval_metrics?: readonly ('accuracy' | 'precision_recall_fscore')[] | Expression<string>;
  /** Rows that each tree is made of: 1 to 2048. @default 256 */
  readonly num_samples_per_tree?: Value<number>;
  /** Number of trees: 50 to 1000. @default 100 */
  readonly num_trees?: Value<number>;
}

const HYPERPARAMETERS: Record<keyof RandomCutForestHyperparameters, Hyperparameter> = {
  feature_dim: integer({ min: 1, max: 10_000 }),
  eval_metrics: listOf(['accuracy', 'precision_recall_fscore'], jsonList),
  num_samples_per_tree: integer({ min: 1, max: 2048 }, { tunable: true }),
  num_trees: integer({ min: 50, max: 1000 }, { tunable: true }),
};

export function randomCutForest(hyperparameters: RandomCutForestHyperparameters): AlgorithmContent {
  return {
    name: 'random cut forest',
    image: ContainerImage.builtInAlgorithm('randomcutforest'),
    given: { ...hyperparameters },
    hyperparameters: HYPERPARAMETERS,
    channels: [
      { name: 'train', required: true, contentTypes: TABULAR_TYPES, distribution: 'ShardedByS3Key' },
      { name: 'test', contentTypes: TABULAR_TYPES, distribution: 'FullyReplicated' },
    ],
    metrics: metricsOn(['test'], { f1: 'Maximize' }),
    measuredOn: ['test'],
    checkpoints: false,
    jobRules: job => [labelRule(job)],
  };
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/randomcutforest.html */
function labelRule(job: AlgorithmJob): Rule {
  const { contentType } = settingsOf(job, 'test');
  const type = isUnknown(contentType) ? '' : String(contentType);
  return [
    mediaType(type) !== 'text/csv' || /;\s*label_size=1\b/.test(type),
    `'inputs.test.contentType' must be text/csv;label_size=1 for CSV with random cut forest, got: ${type}`,
  ];
}
