import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import type { Expression } from '../expression';
import { grantContainer, renderCluster } from '../job';
import { grantJob } from '../permission';
import { problemsOf } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { renderAlgorithm, renderTrainingJob, type TrainingJobOptions, trainingJobRules } from './training-job';
import { renderHyperparameters, trainingImage, type TrainingSource } from './training-source';

export type TrainingStepProps = TrainingStepOptions & TrainingSource;

/** The same, whatever trains. */
export interface TrainingStepOptions
  extends StepProps, CacheableProps, RetryableProps<JobException>, TrainingJobOptions {
  /**
   * Any part of the CreateTrainingJob request, laid over what the other props give. The role has a prop.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateTrainingJobRequest, 'TrainingJobName' | 'RoleArn'>;
}

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
      AlgorithmSpecification: renderAlgorithm(props),
      ResourceConfig: renderCluster(props),
      HyperParameters: renderHyperparameters(props),
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
      problems: problemsOf(...trainingJobRules(props, MAX_ENVIRONMENT)),
    });
    this.props = props;
    this.modelArtifacts = this.get('ModelArtifacts.S3ModelArtifacts', props.outputPath);
  }

  public override bind(context: StepContext): void {
    grantJob(context, 'TrainingJob', grantContainer(this.props, trainingImage(this.props), context));
  }
}
