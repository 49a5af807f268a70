import { Stack } from 'aws-cdk-lib/core';
import { mergeArguments } from '../arguments';
import { type BedrockRequest, type BedrockTags, bedrockName, grantBedrock, renderTags, tagRule } from '../bedrock';
import type { StepContext } from '../context';
import type { Expression, Value } from '../expression';
import { isUnknown, problemsOf, rule, wholeNumber } from '../problem';
import { type StepProps, StepWithProperties } from '../step';

export interface BedrockProvisionedModelThroughputStepProps extends StepProps {
  /** Name of the throughput: 1 to 63 letters, digits, - and _. */
  readonly provisionedModelName: Value<string>;

  /** ARN or id of a foundation model, or ARN of a custom model, such as `BedrockCustomModelStep.modelArn`. */
  readonly modelId: Value<string>;

  /** Number of model units: 1 or more. */
  readonly modelUnits: Value<number>;

  /**
   * Time that the units are bought for; until it is over they cannot be deleted.
   *
   * @default - none: paid by the hour
   */
  readonly commitmentDuration?: 'OneMonth' | 'SixMonths';

  /**
   * Tags of the throughput: up to 200.
   *
   * @default - none
   */
  readonly tags?: BedrockTags;

  /**
   * More of the CreateProvisionedModelThroughput request, in PascalCase.
   *
   * @default - none
   */
  readonly request?: BedrockRequest;
}

/** What can be read of a throughput: the answer of GetProvisionedModelThroughput, in PascalCase. */
export interface BedrockProvisionedModelThroughputProperties {
  ModelUnits: number;
  DesiredModelUnits: number;
  ProvisionedModelName: string;
  ProvisionedModelArn: string;
  ModelArn: string;
  DesiredModelArn: string;
  FoundationModelArn: string;
  Status: string;
  FailureMessage?: string;
  CommitmentDuration?: string;
}

/**
 * Buys throughput of a model of Amazon Bedrock.
 *
 * Model units cost money by the hour until somebody deletes them, or for the whole commitment: they stay when the execution
 * ends, and each execution buys more. The service neither retries nor caches this step.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateProvisionedModelThroughput.html
 */
export class BedrockProvisionedModelThroughputStep extends StepWithProperties<BedrockProvisionedModelThroughputProperties> {
  /** ARN of the throughput, which requests name in the place of a model. */
  public readonly provisionedModelArn: Expression<string> = this.property('ProvisionedModelArn');

  private readonly props: BedrockProvisionedModelThroughputStepProps;

  public constructor(name: string, props: BedrockProvisionedModelThroughputStepProps) {
    const base = {
      ProvisionedModelName: props.provisionedModelName,
      ModelId: props.modelId,
      ModelUnits: props.modelUnits,
      CommitmentDuration: props.commitmentDuration,
      Tags: renderTags(props.tags),
    };
    super(name, {
      type: 'BedrockProvisionedModelThroughput',
      props,
      arguments: mergeArguments(base, props.request),
      problems: problemsOf(
        bedrockName('provisionedModelName', props.provisionedModelName),
        rule(props.modelId, id => id !== '', `'modelId' must name a model`),
        wholeNumber('modelUnits', props.modelUnits, 1),
        tagRule('tags', props.tags),
      ),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const created = 'provisioned-model/*';
    grantBedrock(
      context,
      ['CreateProvisionedModelThroughput'],
      this.models(context),
      'The model is only known when the pipeline runs',
    );
    grantBedrock(context, ['GetProvisionedModelThroughput'], [created]);
    if (this.props.tags) grantBedrock(context, ['TagResource'], [created]);
  }

  private models({ scope }: StepContext): readonly string[] {
    const { modelId } = this.props;
    const foundation = (resourceName: string) =>
      Stack.of(scope).formatArn({ service: 'bedrock', account: '', resource: 'foundation-model', resourceName });
    if (typeof modelId !== 'string' || isUnknown(modelId)) return [foundation('*'), 'custom-model/*'];
    if (modelId.startsWith('arn:')) return [modelId];
    // The id of a foundation model has its provider in front; anything else is the name of a custom model, whose ARN has an id.
    return modelId.includes('.') ? [foundation(modelId)] : ['custom-model/*'];
  }
}
