import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { mergeArguments, type PartialArguments } from '../arguments';
import type { StepContext } from '../context';
import type { Expression } from '../expression';
import { grantContainer, jobRole } from '../job';
import { grantJob } from '../permission';
import { problemsOf } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { renderAlgorithm, renderHyperparameters, renderTrainingJob } from './training-job';
import { type TrainingJobProps, trainingJobRules } from './training-job';

export interface TrainingStepProps extends StepProps, CacheableProps, RetryableProps<JobException>, TrainingJobProps {
  /**
   * Any part of the CreateTrainingJob request, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: PartialArguments<Omit<CreateTrainingJobRequest, 'TrainingJobName'>>;
}

/**
 * Trains one model.
 *
 * Costs the time of its instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class TrainingStep extends StepWithProperties<DescribeTrainingJobResponse> {
  /** S3 URI of the model's `model.tar.gz`. */
  public readonly modelArtifacts: Expression<string> = this.property('ModelArtifacts.S3ModelArtifacts');

  private readonly props: TrainingStepProps;

  public constructor(name: string, props: TrainingStepProps) {
    const base = {
      ...renderTrainingJob(props),
      AlgorithmSpecification: renderAlgorithm(props),
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
      problems: problemsOf(...trainingJobRules(props)),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const role = jobRole(this.props, context);
    grantJob(context, 'TrainingJob', role);
    grantContainer(this.props, [this.props.image], context);
    this.props.outputEncryptionKey?.grantEncryptDecrypt(role);
  }
}
