import type { CreateModelInput, DescribeModelOutput } from '@aws-sdk/client-sagemaker';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import type { Expression, Value } from '../expression';
import { grantContainer, type Image, imageUri, type JobProps, networkRules, renderVpcConfig, roleArn } from '../job';
import { grant, grantPassRole } from '../permission';
import { count, problemsOf, s3Uri } from '../problem';
import type { StepException } from '../retry';
import { type RetryableProps, type StepProps, StepWithProperties } from '../step';

export interface ModelStepProps
  extends StepProps, RetryableProps<StepException>, Pick<JobProps, 'role' | 'network' | 'isolateNetwork'> {
  /** Container that answers requests. */
  readonly image: Image;

  /**
   * S3 URI of the `model.tar.gz`.
   *
   * @default - the image holds the model
   */
  readonly modelData?: Value<string>;

  /**
   * Environment variables of the container: up to 100.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, Value<string>>>;

  /**
   * Any part of the CreateModel request, laid over what the other props give. The role has a prop.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateModelInput, 'ModelName' | 'ExecutionRoleArn'>;
}

/**
 * Creates a model, which later steps can run: a transform, a bias check, an explanation.
 *
 * A model costs nothing by itself, and stays when the execution ends.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class ModelStep extends StepWithProperties<DescribeModelOutput> {
  /** Name that the service gave to the model. */
  public readonly modelName: Expression<string> = this.property('ModelName');

  private readonly props: ModelStepProps;

  public constructor(name: string, props: ModelStepProps) {
    const base = {
      ExecutionRoleArn: roleArn(props),
      PrimaryContainer: {
        Image: imageUri(props.image),
        ModelDataUrl: props.modelData,
        Environment: props.environment,
      },
      VpcConfig: renderVpcConfig(props),
      EnableNetworkIsolation: props.isolateNetwork,
    };
    super(name, {
      type: 'Model',
      props,
      arguments: mergeArguments(base, props.request),
      problems: problemsOf(
        s3Uri('modelData', props.modelData),
        count('environment', props.environment, 100),
        ...networkRules(props),
      ),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    grant(context, ['sagemaker:CreateModel', 'sagemaker:DescribeModel', 'sagemaker:AddTags'], ['model/*']);
    grantPassRole(context, grantContainer(this.props, this.props.image, context));
  }
}
