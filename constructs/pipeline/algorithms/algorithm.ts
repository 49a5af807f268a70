import type { Duration } from 'aws-cdk-lib/core';
import type { ContainerImage, XgboostVersion } from '../../images';
import type { Value } from '../expression';
import type { Rule } from '../problem';
import type { ParameterRange, TuningObjective } from '../steps/tuning-ranges';
import { blazingText, type BlazingTextHyperparameters } from './blazing-text';
import type { AlgorithmContent, AlgorithmJob } from './content';
import { hyperparameterRules, renderHyperparameter } from './hyperparameter';
import { imageClassification, type ImageClassificationHyperparameters } from './image-classification';
import { channelRules } from './job-rules';
import { kMeans, type KMeansHyperparameters } from './k-means';
import { kNearestNeighbors, type KNearestNeighborsHyperparameters } from './k-nearest-neighbors';
import { linearLearner, type LinearLearnerHyperparameters } from './linear-learner';
import { pca, type PcaHyperparameters } from './pca';
import { randomCutForest, type RandomCutForestHyperparameters } from './random-cut-forest';
import { algorithmRangeRules, objectiveRules } from './tuning-rules';
import { xgboost } from './xgboost';
import type { XgboostHyperparameters } from './xgboost-hyperparameters';

/** Seconds that a job without checkpoints may wait for spot capacity and train. */
const MAX_WAIT_SECONDS = 3600;

/**
 * A built-in algorithm of SageMaker with its hyperparameters, in the algorithm's own names.
 *
 * A value that knows its image, its channels, its metrics and what a tuning may choose; what the compiler cannot see of
 * that is checked at synthesis. Expressions are never checked.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/algos.html
 */
export class Algorithm {
  /**
   * Gradient boosted trees, for regression, classification and ranking. CSV has the label in the first column and no header;
   * without a content type, data is LibSVM.
   */
  public static xgboost(version: XgboostVersion, hyperparameters: XgboostHyperparameters): Algorithm {
    return new Algorithm(xgboost(version, hyperparameters));
  }

  /** Linear and logistic regression. CSV has the label in the first column and no header. */
  public static linearLearner(hyperparameters: LinearLearnerHyperparameters): Algorithm {
    return new Algorithm(linearLearner(hyperparameters));
  }

  /** Classification and regression by the labels of the nearest rows. */
  public static kNearestNeighbors(hyperparameters: KNearestNeighborsHyperparameters): Algorithm {
    return new Algorithm(kNearestNeighbors(hyperparameters));
  }

  /** Groups of rows that are near each other. */
  public static kMeans(hyperparameters: KMeansHyperparameters): Algorithm {
    return new Algorithm(kMeans(hyperparameters));
  }

  /** Principal component analysis: fewer features that say almost the same. */
  public static pca(hyperparameters: PcaHyperparameters): Algorithm {
    return new Algorithm(pca(hyperparameters));
  }

  /** Finds rows that are unlike the others. Data of the `train` channel is sharded by key, that of `test` is not. */
  public static randomCutForest(hyperparameters: RandomCutForestHyperparameters): Algorithm {
    return new Algorithm(randomCutForest(hyperparameters));
  }

  /** Vectors of words (Word2Vec), or classification of texts. */
  public static blazingText(hyperparameters: BlazingTextHyperparameters): Algorithm {
    return new Algorithm(blazingText(hyperparameters));
  }

  /** Classification of images by a convolutional network, on instances with GPUs. */
  public static imageClassification(hyperparameters: ImageClassificationHyperparameters): Algorithm {
    return new Algorithm(imageClassification(hyperparameters));
  }

  private constructor(private readonly content: AlgorithmContent) {}

  /** Container of the algorithm, which also serves its models. */
  public get image(): ContainerImage {
    return this.content.image;
  }

  /** The hyperparameters that are given, as the service wants them: text. */
  public get hyperparameters(): Readonly<Record<string, Value<string>>> {
    const { given, hyperparameters } = this.content;
    return Object.fromEntries(
      Object.entries(given).flatMap(([name, value]): [string, Value<string>][] =>
        value === undefined ? [] : [[name, renderHyperparameter(value, hyperparameters[name])]],
      ),
    );
  }

  /** Rules for a job that runs the algorithm, with the names of the hyperparameters that a tuning chooses. */
  public jobRules(job: AlgorithmJob & { readonly spot?: Spot }, tuned: readonly string[]): readonly Rule[] {
    const { name, given, hyperparameters } = this.content;
    return [
      ...hyperparameterRules(name, hyperparameters, given, tuned),
      ...(this.content.rules?.(tuned) ?? []),
      ...channelRules(this.content, job),
      ...(this.content.jobRules?.(job, tuned) ?? []),
      this.spotRule(job.spot),
    ];
  }

  /** Rules for a tuning of the algorithm. */
  public tuningRules(
    job: AlgorithmJob,
    objective: TuningObjective,
    ranges: Readonly<Record<string, ParameterRange>>,
    strategy: string,
  ): readonly Rule[] {
    return [
      ...objectiveRules(this.content, objective, job),
      ...Object.entries(ranges).flatMap(([name, range]) => algorithmRangeRules(this.content, name, range, strategy)),
    ];
  }

  /** @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html */
  private spotRule(spot: Spot | undefined): Rule {
    const wait = spot?.maxWait.isUnresolved() ? undefined : spot?.maxWait.toSeconds({ integral: false });
    return [
      this.content.checkpoints || wait === undefined || wait <= MAX_WAIT_SECONDS,
      `'spot.maxWait' must be at most ${MAX_WAIT_SECONDS} seconds with ${this.content.name}, which keeps no checkpoints, got: ${wait ?? ''} seconds`,
    ];
  }
}

interface Spot {
  readonly maxWait: Duration;
}
