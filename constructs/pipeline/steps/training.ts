import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { debuggingRules, type DebuggingProps, grantDebugging, renderDebugging } from '../debugger/debugging';
import type { Expression, Value } from '../expression';
import { grantMlflow, type MlflowTracking, mlflowRules, nameRules } from '../mlflow';
import { grantJob } from '../permission';
import { count, isUnknown, maxLength, problemsOf, rule, type Rule } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { renderTrainingCluster, type TrainingCluster, type UniformCluster } from './training-cluster';
import { grantTraining } from './training-grants';
import { renderTrainingJob, type TrainingOptions, trainingJobRules } from './training-job';
import {
  type BuiltInTraining,
  type ContainerTraining,
  renderAlgorithm,
  renderHyperparameters,
} from './training-source';

/** Where MLflow records a training job. */
export interface MlflowRun extends MlflowTracking {
  /**
   * Name of the run: 1 to 256 characters.
   *
   * @default - by the service
   */
  readonly runName?: Value<string>;
}

/** How a job is shown in the pipeline's experiment. */
export interface JobExperiment {
  /**
   * Name of the job in the experiment: 1 to 120 letters, digits and hyphens, a letter or digit at both ends. The pipeline
   * decides on experiment and trial.
   */
  readonly trialComponentDisplayName: Value<string>;
}

/** Props of a training step, but for what trains, and on which machines. */
export interface TrainingStepOptions
  extends StepProps, CacheableProps, RetryableProps<JobException>, TrainingOptions, DebuggingProps {
  /**
   * Command that the container runs, 1 to 100 words of up to 256 characters; not together with `script`.
   *
   * @default - `script`, or the entrypoint of the image
   */
  readonly entrypoint?: readonly string[];

  /**
   * Arguments of the command: 1 to 100, each of up to 256 characters.
   *
   * @default - none
   */
  readonly arguments?: readonly Value<string>[];

  /**
   * How the job is shown in the pipeline's experiment.
   *
   * @default - under the name that the service makes up for the job
   */
  readonly experiment?: JobExperiment;

  /**
   * MLflow that records the job. The job's role may record runs there.
   *
   * @default - none of its own
   */
  readonly mlflow?: MlflowRun;

  /**
   * Any part of the CreateTrainingJob request, laid over what the other props give. The role and MLflow have props.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateTrainingJobRequest, 'TrainingJobName' | 'RoleArn' | 'MlflowConfig'>;
}

/** A built-in algorithm runs on machines of one type, a container of your own on any. */
export type TrainingStepProps = TrainingStepOptions &
  ((BuiltInTraining & UniformCluster) | (ContainerTraining & TrainingCluster));

const MAX_ENVIRONMENT = 100;

/**
 * Trains one model.
 *
 * Costs the time of its instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class TrainingStep extends StepWithProperties<DescribeTrainingJobResponse> {
  /** S3 URI of the model's `model.tar.gz`. */
  public readonly modelArtifacts: Expression<string>;

  private readonly props: TrainingStepProps;

  public constructor(name: string, props: TrainingStepProps) {
    const base = {
      ...renderTrainingJob(props),
      AlgorithmSpecification: {
        ...renderAlgorithm(props),
        ContainerEntrypoint: props.entrypoint,
        ContainerArguments: props.arguments,
      },
      ResourceConfig: renderTrainingCluster(props),
      HyperParameters: renderHyperparameters(props),
      ...renderDebugging(name, props),
      ExperimentConfig: props.experiment && {
        TrialComponentDisplayName: props.experiment.trialComponentDisplayName,
      },
      MlflowConfig: props.mlflow && {
        MlflowResourceArn: props.mlflow.resourceArn,
        MlflowExperimentName: props.mlflow.experimentName,
        MlflowRunName: props.mlflow.runName,
      },
    };
    super(name, {
      type: 'Training',
      props,
      arguments: mergeArguments(base, props.request),
      cacheKeys: [
        'AlgorithmSpecification',
        'CheckpointConfig',
        'DebugHookConfig',
        'DebugRuleConfigurations',
        'Environment',
        'HyperParameters',
        'InputDataConfig',
      ],
      problems: problemsOf(...trainingJobRules(props, MAX_ENVIRONMENT), ...ownRules(props), ...debuggingRules(props)),
    });
    this.props = props;
    this.modelArtifacts = this.get('ModelArtifacts.S3ModelArtifacts', props.outputPath);
  }

  public override bind(context: StepContext): void {
    const role = grantTraining(this.props, context);
    if (this.props.mlflow) grantMlflow([role], this.props.mlflow);
    grantJob(context, 'TrainingJob', grantDebugging(this.name, this.props, context, role));
  }
}

function ownRules(props: TrainingStepProps): readonly Rule[] {
  const { algorithm, script, entrypoint, arguments: words, experiment, mlflow } = props;
  const name = (text: unknown) => /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}$/.test(String(text));
  return [
    [
      !script || !entrypoint,
      `'entrypoint' must be left out where 'script' is given, got: ${entrypoint?.join(' ') ?? ''}`,
    ],
    [
      !algorithm || (!entrypoint && !words),
      `'entrypoint' and 'arguments' must be left out where 'algorithm' is given, got: ${(entrypoint ?? words ?? []).map(word => (isUnknown(word) ? 'an expression' : String(word))).join(' ')}`,
    ],
    ...wordRules('entrypoint', entrypoint),
    ...wordRules('arguments', words),
    rule(
      experiment?.trialComponentDisplayName,
      name,
      `'experiment.trialComponentDisplayName' must be 1 to 120 letters, digits and hyphens, and start and end with a letter or digit`,
    ),
    ...mlflowRules('mlflow', mlflow),
    ...nameRules('mlflow.runName', mlflow?.runName),
  ];
}

function wordRules(prop: string, words: readonly Value<string>[] | undefined): readonly Rule[] {
  return [count(prop, words, 100, 1), ...(words ?? []).map((word, index) => maxLength(`${prop}[${index}]`, word, 256))];
}
