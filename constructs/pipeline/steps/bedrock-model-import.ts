import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { mergeArguments } from '../arguments';
import { type BedrockRequest, type BedrockTags, bedrockName, grantBedrockCreation, grantBedrockKey } from '../bedrock';
import { grantPassToBedrock, renderTags, tagRule } from '../bedrock';
import type { StepContext } from '../context';
import type { Expression, Value } from '../expression';
import { type JobNetwork, networkRules, renderVpcConfig } from '../job';
import { problemsOf, rule, s3Uri } from '../problem';
import { type StepProps, StepWithProperties } from '../step';

export interface BedrockModelImportStepProps extends StepProps {
  /**
   * Name of the job: 1 to 63 letters, digits, -, + and ., and a letter or digit first. It must differ between executions: put
   * `ExecutionVariable.PIPELINE_EXECUTION_ID` into it.
   */
  readonly jobName: Value<string>;

  /** Name of the imported model: 1 to 63 letters, digits, - and _. */
  readonly importedModelName: Value<string>;

  /** S3 URI of the folder with the model. */
  readonly modelData: Value<string>;

  /** Role that Bedrock reads the model with: it trusts Bedrock, and reading the model is yours to grant. */
  readonly role: iam.IRole;

  /**
   * Key that encrypts the imported model.
   *
   * @default - a key owned by AWS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * VPC that the job reads the model through; what the role needs for it is yours to grant.
   *
   * @default - a network of the service
   */
  readonly network?: JobNetwork;

  /**
   * Tags of the job: up to 200.
   *
   * @default - none
   */
  readonly jobTags?: BedrockTags;

  /**
   * Tags of the imported model: up to 200.
   *
   * @default - none
   */
  readonly importedModelTags?: BedrockTags;

  /**
   * More of the CreateModelImportJob request, in PascalCase.
   *
   * @default - none
   */
  readonly request?: BedrockRequest;
}

/** What can be read of an import: the answer of GetModelImportJob, in PascalCase. */
export interface BedrockModelImportProperties {
  JobArn?: string;
  JobName?: string;
  ImportedModelName?: string;
  ImportedModelArn?: string;
  RoleArn?: string;
  ModelDataSource?: { S3DataSource?: { S3Uri?: string } };
  Status?: string;
  FailureMessage?: string;
  ImportedModelKmsKeyArn?: string;
}

/**
 * Imports a model of an open architecture into Amazon Bedrock.
 *
 * Costs what Bedrock takes for keeping it and for requests. It stays when the execution ends. The service neither retries nor
 * caches this step.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelImportJob.html
 */
export class BedrockModelImportStep extends StepWithProperties<BedrockModelImportProperties> {
  /** ARN of the imported model. */
  public readonly importedModelArn: Expression<string> = this.property('ImportedModelArn');

  private readonly props: BedrockModelImportStepProps;

  public constructor(name: string, props: BedrockModelImportStepProps) {
    const vpc = renderVpcConfig(props);
    const base = {
      JobName: props.jobName,
      ImportedModelName: props.importedModelName,
      RoleArn: props.role.roleArn,
      ModelDataSource: { S3DataSource: { S3Uri: props.modelData } },
      ImportedModelKmsKeyId: props.encryptionKey?.keyArn,
      VpcConfig: vpc && { SubnetIds: vpc.Subnets, SecurityGroupIds: vpc.SecurityGroupIds },
      JobTags: renderTags(props.jobTags),
      ImportedModelTags: renderTags(props.importedModelTags),
    };
    super(name, {
      type: 'BedrockModelImport',
      props,
      arguments: mergeArguments(base, props.request),
      problems: problemsOf(
        rule(
          props.jobName,
          text => /^[a-zA-Z0-9][a-zA-Z0-9+\-.]{0,62}$/.test(String(text)),
          `'jobName' must be 1 to 63 letters, digits, -, + and ., and start with a letter or digit`,
        ),
        bedrockName('importedModelName', props.importedModelName),
        s3Uri('modelData', props.modelData),
        tagRule('jobTags', props.jobTags),
        tagRule('importedModelTags', props.importedModelTags),
        ...networkRules(props),
      ),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { role, encryptionKey, jobTags, importedModelTags } = this.props;
    const created = 'model-import-job/*';
    const tagged = [...(jobTags ? [created] : []), ...(importedModelTags ? ['imported-model/*'] : [])];
    grantBedrockCreation(context, 'ModelImportJob', { created, tagged });
    grantPassToBedrock(context, role);
    if (encryptionKey) grantBedrockKey(context, encryptionKey);
  }
}
