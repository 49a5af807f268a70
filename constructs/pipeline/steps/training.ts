import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { debuggingRules, type DebuggingProps, grantDebugging, renderDebugging } from '../debugger/debugging';
import type { Expression } from '../expression';
import { grantContainer, renderCluster } from '../job';
import { grantJob } from '../permission';
import { problemsOf } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { renderAlgorithm, renderHyperparameters, renderTrainingJob } from './training-job';
import { type TrainingJobProps, trainingJobRules } from './training-job';

export interface TrainingStepProps
  extends StepProps, CacheableProps, RetryableProps<JobException>, TrainingJobProps, DebuggingProps {
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
      ...renderDebugging(name, props),
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
      problems: problemsOf(...trainingJobRules(props, MAX_ENVIRONMENT), ...debuggingRules(props)),
    });
    this.props = props;
    this.modelArtifacts = this.get('ModelArtifacts.S3ModelArtifacts', props.outputPath);
  }

  public override bind(context: StepContext): void {
    const role = grantContainer(this.props, this.props.image, context);
    grantJob(context, 'TrainingJob', grantDebugging(this.name, this.props, context, role));
  }
}
