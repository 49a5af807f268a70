import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { mergeArguments } from '../arguments';
import { type BedrockRequest, type BedrockTags, bedrockName, grantBedrockCreation, grantBedrockKey } from '../bedrock';
import { grantPassToBedrock, renderTags, tagRule } from '../bedrock';
import type { StepContext } from '../context';
import type { Expression, Value } from '../expression';
import { problemsOf, s3Uri } from '../problem';
import { type StepProps, StepWithProperties } from '../step';

export interface BedrockCustomModelStepProps extends StepProps {
  /** Name of the custom model: 1 to 63 letters, digits, - and _. */
  readonly modelName: Value<string>;

  /** S3 URI of the model in the bucket that SageMaker keeps it in. */
  readonly modelData: Value<string>;

  /** Role that Bedrock reads the model with: it trusts Bedrock, and reading the model is yours to grant. */
  readonly role: iam.IRole;

  /**
   * Key that encrypts the custom model.
   *
   * @default - a key owned by AWS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Tags of the custom model: up to 200.
   *
   * @default - none
   */
  readonly tags?: BedrockTags;

  /**
   * More of the CreateCustomModel request, in PascalCase.
   *
   * @default - none
   */
  readonly request?: BedrockRequest;
}

/** What can be read of a custom model: the answer of GetCustomModel, in PascalCase. */
export interface BedrockCustomModelProperties {
  ModelArn: string;
  ModelName: string;
  JobName?: string;
  JobArn?: string;
  BaseModelArn?: string;
  CustomizationType?: string;
  ModelKmsKeyArn?: string;
  ModelStatus?: string;
  FailureMessage?: string;
}

/**
 * Makes a custom model of Amazon Bedrock from a Nova model that was trained in SageMaker.
 *
 * Costs what Bedrock takes for keeping it. It stays when the execution ends. The service neither retries nor caches this step.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateCustomModel.html
 */
export class BedrockCustomModelStep extends StepWithProperties<BedrockCustomModelProperties> {
  /** ARN of the custom model. */
  public readonly modelArn: Expression<string> = this.property('ModelArn');

  private readonly props: BedrockCustomModelStepProps;

  public constructor(name: string, props: BedrockCustomModelStepProps) {
    const base = {
      ModelName: props.modelName,
      ModelSourceConfig: { S3DataSource: { S3Uri: props.modelData } },
      RoleArn: props.role.roleArn,
      ModelKmsKeyArn: props.encryptionKey?.keyArn,
      ModelTags: renderTags(props.tags),
    };
    super(name, {
      type: 'BedrockCustomModel',
      props,
      arguments: mergeArguments(base, props.request),
      problems: problemsOf(
        bedrockName('modelName', props.modelName),
        s3Uri('modelData', props.modelData),
        tagRule('tags', props.tags),
      ),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { tags, role, encryptionKey } = this.props;
    const created = 'custom-model/*';
    grantBedrockCreation(context, 'CustomModel', { created, tagged: tags ? [created] : [] });
    grantPassToBedrock(context, role);
    if (encryptionKey) grantBedrockKey(context, encryptionKey);
  }
}
