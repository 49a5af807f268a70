import type {
  CreateHyperParameterTuningJobRequest,
  HyperParameterTrainingJobDefinition,
} from '@aws-sdk/client-sagemaker';
import type { RequestOverride } from '../arguments';
import type { JobException } from '../retry';
import type { CacheableProps, RetryableProps, StepProps } from '../step';
import type { TuningLimits } from './tuning-limits';
import type { TunedTraining, TuningDefinition } from './tuning-training';
import type { TuningWarmStart } from './tuning-warm-start';

/** What tunings of one and of several algorithms have in common. */
export interface TuningProps
  extends StepProps, CacheableProps, RetryableProps<Exclude<JobException, 'SageMaker.JOB_INTERNAL_ERROR'>> {
  /**
   * The service finds the ranges of type `Auto`, and decides on what the props leave open: early stopping, convergence and how
   * often a training job is tried again.
   *
   * @default false
   */
  readonly autotune?: boolean;
}

/** A tuning of one algorithm. */
export interface TuningStepProps extends TuningProps, TuningLimits, TunedTraining {
  /** Only in a tuning of several algorithms. */
  readonly trainings?: undefined;

  /**
   * Training jobs that are unlikely to become the best are stopped early. Hyperband does so by itself and refuses it.
   *
   * @default false; with `autotune`, the service decides
   */
  readonly earlyStopping?: boolean;

  /**
   * Earlier tunings that this one learns from.
   *
   * @default - none
   */
  readonly warmStart?: TuningWarmStart;

  /**
   * Any part of the CreateHyperParameterTuningJob request with one training job definition, laid over what the other props give.
   * The role has a prop.
   *
   * @default - none
   */
  readonly request?: RequestOverride<
    Omit<CreateHyperParameterTuningJobRequest, 'TrainingJobDefinition'> & {
      readonly TrainingJobDefinition?: Omit<HyperParameterTrainingJobDefinition, 'RoleArn'>;
    },
    'HyperParameterTuningJobName' | 'TrainingJobDefinitions'
  >;
}

/**
 * A tuning of several algorithms, which are ranked together.
 *
 * The service offers early stopping and warm start to tunings of one algorithm only. Nothing says how the combinations of
 * several algorithms are counted, so there is no strategy Grid.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/multiple-algorithm-hpo-create-tuning-jobs.html
 */
export interface MultiAlgorithmTuningStepProps extends TuningProps, TuningLimits<'Bayesian' | 'Random' | 'Hyperband'> {
  /** Training jobs, objective and ranges of each algorithm, by name: 1 to 10, with names of 1 to 64 letters, digits and hyphens. */
  readonly trainings: Readonly<Record<string, TuningDefinition>>;

  /**
   * Any part of the CreateHyperParameterTuningJob request but the training job definitions, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: RequestOverride<
    CreateHyperParameterTuningJobRequest,
    'HyperParameterTuningJobName' | 'TrainingJobDefinition' | 'TrainingJobDefinitions'
  >;
}
