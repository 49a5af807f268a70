import type { ContainerImage } from '../../images';
import type { Value } from '../expression';
import type { ClusterProps } from '../job';
import type { Rule } from '../problem';
import type { Hyperparameters, HyperparameterValues } from './hyperparameter';

/** What the settings of a channel say, as far as algorithms care. */
export interface ChannelSettings {
  readonly contentType?: Value<string>;
  readonly inputMode?: string;
  readonly dataType?: string;
  readonly distribution?: string;
  readonly recordWrapper?: string;
}

/** What a training job says, as far as algorithms care. */
export interface AlgorithmJob extends Pick<ClusterProps, 'instanceType' | 'instanceCount'> {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly inputMode?: string;
}

/** A channel that an algorithm reads. */
export interface Channel {
  readonly name: string;

  /** The job fails without it. */
  readonly required?: boolean;

  /** MIME types without their parameters; absent where the algorithm does not look. */
  readonly contentTypes?: readonly string[];

  /** The same in Pipe mode, where that takes less; none where the algorithm has no Pipe mode. */
  readonly pipedContentTypes?: readonly string[];

  /** The only way to distribute objects over instances. */
  readonly distribution?: 'FullyReplicated' | 'ShardedByS3Key';
}

export type Direction = 'Maximize' | 'Minimize';

/** What is known about one algorithm with its hyperparameters. */
export interface AlgorithmContent {
  /** Name in error messages. */
  readonly name: string;
  readonly image: ContainerImage;

  /** The hyperparameters as given. */
  readonly given: HyperparameterValues;

  /** The hyperparameters that the algorithm knows. */
  readonly hyperparameters: Hyperparameters;

  readonly channels: readonly Channel[];

  /** The metrics that a tuning can rank by, and their better end; none where nothing can be tuned. */
  readonly metrics: Readonly<Record<string, Direction>>;

  /** Channels without which the metrics that are named after them are not measured. */
  readonly measuredOn: readonly string[];

  /** Whether an interrupted job continues where it was; if not, the service lets it wait for spot capacity for an hour. */
  readonly checkpoints: boolean;

  /** Rules between hyperparameters. */
  readonly rules?: (tuned: readonly string[]) => readonly Rule[];

  /** Rules between the hyperparameters and the job. */
  readonly jobRules?: (job: AlgorithmJob, tuned: readonly string[]) => readonly Rule[];
}
