import { ContainerImage } from '../../images';
import type { Expression, Value } from '../expression';
import { isUnknown, type Rule } from '../problem';
import type { AlgorithmContent, AlgorithmJob, Channel, Direction } from './content';
import { boolean, continuous, type Hyperparameter, type HyperparameterValues } from './hyperparameter';
import { integer, oneOf, shown, type Without } from './hyperparameter';
import { hasGpu, hasSeveralInstances, settingsOf } from './job-rules';

interface CommonHyperparameters {
  /** Passes over the data: 1 or more. @default 5 */
  readonly epochs?: Value<number>;
  /** Step size: more than 0. @default 0.05 */
  readonly learning_rate?: Value<number>;
  /** Rarer words are left out: 0 or more. @default 5 */
  readonly min_count?: Value<number>;
  /** Length of a word's vector: 1 or more. @default 100 */
  readonly vector_dim?: Value<number>;
}

interface Word2VecHyperparameters {
  /** Measures the vectors on the WordSimilarity-353 test. @default true */
  readonly evaluation?: Value<boolean>;
  /** Number of negative samples: 1 or more. @default 5 */
  readonly negative_samples?: Value<number>;
  /** Frequency above which a word is sampled less: more than 0. @default 0.0001 */
  readonly sampling_threshold?: Value<number>;
  /** Number of words around a word that matter: 1 or more. @default 5 */
  readonly window_size?: Value<number>;
}

interface Batches {
  /** Words in a batch: 1 or more; 10 to 20 is usual. @default 11 */
  readonly batch_size?: Value<number>;
}

interface Characters {
  /** Vectors of parts of words too, so that unknown words have one. */
  readonly subwords: true | Expression<boolean>;
  /** Number of hash buckets of parts: 1 or more. @default 2000000 */
  readonly buckets?: Value<number>;
  /** Least length of a part: 1 or more. @default 3 */
  readonly min_char?: Value<number>;
  /** Greatest length of a part: 1 or more. @default 6 */
  readonly max_char?: Value<number>;
}

interface Words extends Without<Exclude<keyof Characters, 'subwords'>> {
  /** Vectors of whole words only. @default false */
  readonly subwords?: false;
}

interface Stopping {
  /** Training stops when the accuracy of the `validation` channel does not improve. */
  readonly early_stopping: true | Expression<boolean>;
  /** Epochs before training may stop: 1 or more. @default 5 */
  readonly min_epochs?: Value<number>;
  /** Epochs without improvement after which training stops: 1 or more. @default 4 */
  readonly patience?: Value<number>;
}

interface NoStopping extends Without<Exclude<keyof Stopping, 'early_stopping'>> {
  /** Training goes on for all epochs. @default false */
  readonly early_stopping?: false;
}

interface Classification {
  /** Classifies texts. */
  readonly mode: 'supervised';
  /** Number of hash buckets of word n-grams: 1 or more. @default 2000000 */
  readonly buckets?: Value<number>;
  /** Greatest number of words in an n-gram: 1 or more. @default 2 */
  readonly word_ngrams?: Value<number>;
}

interface Skipgram extends Word2VecHyperparameters, Without<keyof Batches> {
  /** Vectors of words. */
  readonly mode: 'skipgram' | 'cbow';
}

interface BatchSkipgram extends Word2VecHyperparameters, Batches, Words {
  /** Vectors of words, on one or more instances without a GPU. */
  readonly mode: 'batch_skipgram';
}

interface OpenMode extends Word2VecHyperparameters, Batches {
  /** Known when the pipeline runs, or chosen by a tuning: one of the modes that make vectors of words. @default - none */
  readonly mode?: Expression<string>;
}

type Vectors = BatchSkipgram | ((Skipgram | OpenMode) & (Characters | Words));

/**
 * Hyperparameters of BlazingText, in its own names: word vectors (Word2Vec), or text classification with mode `supervised`.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext_hyperparameters.html
 */
export type BlazingTextHyperparameters = CommonHyperparameters &
  (
    | (Classification & (Stopping | NoStopping) & Without<keyof Word2VecHyperparameters | keyof Batches | PartNames>)
    | (Vectors & Without<keyof Stopping | 'word_ngrams'>)
  );

type PartNames = Exclude<keyof Characters, 'buckets'>;

const COMMON: Record<keyof CommonHyperparameters | 'buckets', Hyperparameter> = {
  buckets: integer({ min: 1 }, { tunable: true }),
  epochs: integer({ min: 1 }, { tunable: true }),
  learning_rate: continuous({ above: 0 }, { tunable: true }),
  min_count: integer({ min: 0 }, { tunable: true }),
  vector_dim: integer({ min: 1 }, { tunable: true }),
};

const CLASSIFICATION: Record<keyof Stopping | 'mode' | 'word_ngrams', Hyperparameter> = {
  mode: oneOf(['supervised']),
  early_stopping: boolean('True'),
  min_epochs: integer({ min: 1 }),
  patience: integer({ min: 1 }),
  word_ngrams: integer({ min: 1 }, { tunable: true }),
};

const VECTORS: Record<keyof Word2VecHyperparameters | keyof Batches | keyof Characters | 'mode', Hyperparameter> = {
  mode: oneOf(['batch_skipgram', 'skipgram', 'cbow'], { required: true, tunable: true }),
  batch_size: integer({ min: 1 }, { tunable: true }),
  buckets: integer({ min: 1 }),
  evaluation: boolean('True'),
  max_char: integer({ min: 1 }),
  min_char: integer({ min: 1 }),
  negative_samples: integer({ min: 1 }, { tunable: true }),
  sampling_threshold: continuous({ above: 0 }, { tunable: true }),
  subwords: boolean('True'),
  window_size: integer({ min: 1 }, { tunable: true }),
};

export function blazingText(hyperparameters: BlazingTextHyperparameters): AlgorithmContent {
  const given: HyperparameterValues = { ...hyperparameters };
  const classifies = hyperparameters.mode === 'supervised';
  const metrics: Readonly<Record<string, Direction>> = classifies
    ? { 'validation:accuracy': 'Maximize' }
    : { 'train:mean_rho': 'Maximize' };
  return {
    name: classifies ? 'BlazingText in mode supervised' : 'BlazingText',
    image: ContainerImage.builtInAlgorithm('blazingtext'),
    given,
    hyperparameters: { ...COMMON, ...(classifies ? CLASSIFICATION : VECTORS) },
    channels: channelsOf(classifies, hyperparameters.early_stopping === true),
    metrics,
    measuredOn: ['validation'],
    checkpoints: false,
    jobRules: job => jobRules(given, job),
  };
}

function channelsOf(classifies: boolean, stops: boolean): readonly Channel[] {
  const train: Channel = { name: 'train', required: true };
  return classifies ? [train, { name: 'validation', required: stops }] : [train];
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext.html */
function jobRules({ mode }: HyperparameterValues, job: AlgorithmJob): readonly Rule[] {
  if (isUnknown(mode)) return [];
  const several = hasSeveralInstances(job);
  const gpu = hasGpu(job.instanceType) === true;
  const inputs = Object.keys(job.inputs).map((name): [string, ReturnType<typeof settingsOf>] => [
    name,
    settingsOf(job, name),
  ]);
  return [
    [
      !several || mode === 'batch_skipgram',
      `'instanceCount' must be 1 with BlazingText in mode ${shown(mode)}, got: ${shown(job.instanceCount)}`,
    ],
    [
      !gpu || mode !== 'batch_skipgram',
      `'instanceType' must have no GPU with BlazingText in mode batch_skipgram, got: ${shown(job.instanceType)}`,
    ],
    ...inputs.flatMap(([name, { dataType, distribution }]): readonly Rule[] => [
      [
        dataType !== 'AugmentedManifestFile' || (mode === 'supervised' && !gpu),
        `'inputs.${name}.dataType' must be AugmentedManifestFile only with BlazingText in mode supervised on instances without a GPU, got: mode ${shown(mode)} on ${shown(job.instanceType)}`,
      ],
      [
        distribution !== 'ShardedByS3Key' || !several,
        `'inputs.${name}.distribution' must be FullyReplicated with BlazingText, which distributes the data itself, got: ShardedByS3Key`,
      ],
    ]),
  ];
}
