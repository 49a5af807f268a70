import { mergeArguments } from '../arguments';
import { type BedrockRequest, type BedrockTags, bedrockName, grantBedrock, renderTags, tagRule } from '../bedrock';
import type { StepContext } from '../context';
import type { Value } from '../expression';
import { isUnknown, maxLength, problemsOf } from '../problem';
import { type StepProps, StepWithProperties } from '../step';

export interface BedrockCustomModelDeploymentStepProps extends StepProps {
  /** Name of the deployment: 1 to 63 letters, digits, - and _. */
  readonly modelDeploymentName: Value<string>;

  /** ARN of the custom model, such as `BedrockCustomModelStep.modelArn`. */
  readonly modelArn: Value<string>;

  /**
   * What the deployment is for, 1 to 2048 characters.
   *
   * @default - none
   */
  readonly deploymentDescription?: Value<string>;

  /**
   * Tags of the deployment: up to 200.
   *
   * @default - none
   */
  readonly tags?: BedrockTags;

  /**
   * More of the CreateCustomModelDeployment request, in PascalCase.
   *
   * @default - none
   */
  readonly request?: BedrockRequest;
}

/**
 * What can be read of a deployment: the answer of GetCustomModelDeployment, in PascalCase.
 *
 * Its ARN is left out: the API calls it CustomModelDeploymentArn and the Python SDK ModelDeploymentArn, and which of them a
 * pipeline knows is not documented.
 */
export interface BedrockCustomModelDeploymentProperties {
  ModelDeploymentName: string;
  ModelArn: string;
  Status: string;
  Description?: string;
  FailureMessage?: string;
}

/**
 * Deploys a custom model of Amazon Bedrock for inference on demand.
 *
 * Costs what requests cost. It stays when the execution ends. The service neither retries nor caches this step.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateCustomModelDeployment.html
 */
export class BedrockCustomModelDeploymentStep extends StepWithProperties<BedrockCustomModelDeploymentProperties> {
  private readonly props: BedrockCustomModelDeploymentStepProps;

  public constructor(name: string, props: BedrockCustomModelDeploymentStepProps) {
    const base = {
      ModelDeploymentName: props.modelDeploymentName,
      ModelArn: props.modelArn,
      Description: props.deploymentDescription,
      Tags: renderTags(props.tags),
    };
    super(name, {
      type: 'BedrockCustomModelDeployment',
      props,
      arguments: mergeArguments(base, props.request),
      problems: problemsOf(
        bedrockName('modelDeploymentName', props.modelDeploymentName),
        maxLength('deploymentDescription', props.deploymentDescription, 2048),
        tagRule('tags', props.tags),
      ),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { modelArn, tags } = this.props;
    const known = typeof modelArn === 'string' && !isUnknown(modelArn);
    grantBedrock(context, ['CreateCustomModelDeployment'], [known ? modelArn : 'custom-model/*']);
    grantBedrock(context, ['GetCustomModelDeployment'], ['custom-model-deployment/*']);
    if (tags) grantBedrock(context, ['TagResource'], ['custom-model-deployment/*']);
  }
}
