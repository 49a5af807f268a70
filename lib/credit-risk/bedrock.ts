import { Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  BedrockCustomModelDeploymentStep,
  BedrockCustomModelStep,
  BedrockModelImportStep,
  BedrockProvisionedModelThroughputStep,
  Condition,
  ConditionStep,
  ExecutionVariable,
  join,
  Parameter,
  type Step,
} from '../../constructs/pipeline';
import type { WorkloadPipelineProps } from './jobs';

/** How a model comes to Bedrock, as the pipeline's parameter says. */
const WAYS = { open: 'Import', onDemand: 'OnDemand', provisioned: 'Provisioned' } as const;

/** A role that Bedrock reads fine-tuned models with, and only for this account. */
export function modelReaderRole(scope: Construct, id: string): iam.Role {
  const { account } = Stack.of(scope);
  return new iam.Role(scope, id, {
    description: 'Bedrock reads fine-tuned models',
    assumedBy: new iam.ServicePrincipal('bedrock.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  });
}

export interface BedrockStepsProps extends WorkloadPipelineProps {
  /** Role that Bedrock reads the models with. */
  readonly role: iam.IRole;
}

/**
 * Brings a fine-tuned language model, such as one that explains decisions to applicants, to Amazon Bedrock: a model of an open
 * architecture is imported; a Nova model becomes a custom model, which is paid by request or by the hour.
 *
 * The role reads what executions wrote. A Nova model lies in a bucket of SageMaker, which the role must be let into.
 */
export function bedrockSteps({ role, encryptionKey }: BedrockStepsProps): readonly Step[] {
  const way = Parameter.string('Way', {
    default: WAYS.open,
    enumValues: Object.values(WAYS),
    description: 'Import for an open architecture; OnDemand or Provisioned for a Nova model, and how it is paid',
  });
  const modelData = Parameter.string('ModelUri', { description: 'S3 URI of the fine-tuned model' });
  const modelUnits = Parameter.integer('ModelUnits', {
    default: 1,
    description: 'Number of model units of Provisioned, which cost money by the hour until somebody deletes them',
  });
  const execution = ExecutionVariable.PIPELINE_EXECUTION_ID;
  const name = (part: string) => join('-', 'credit-risk', part, execution);

  const importModel = new BedrockModelImportStep('ImportModel', {
    description: 'Imports a model of an open architecture',
    jobName: name('import'),
    importedModelName: name('imported'),
    modelData,
    role,
    encryptionKey,
  });
  // A branch cannot read what another one made, so each has a step for the custom model.
  const custom = (step: string) =>
    new BedrockCustomModelStep(step, {
      description: 'Makes a custom model of a fine-tuned Nova model',
      modelName: name('custom'),
      modelData,
      role,
      encryptionKey,
    });
  const onDemand = custom('CreateOnDemand');
  const deploy = new BedrockCustomModelDeploymentStep('Deploy', {
    description: 'Lets requests be answered on demand',
    modelDeploymentName: name('deployed'),
    modelArn: onDemand.modelArn,
  });
  const provisioned = custom('CreateProvisioned');
  const provision = new BedrockProvisionedModelThroughputStep('Provision', {
    description: 'Buys throughput without a commitment',
    provisionedModelName: name('provisioned'),
    modelId: provisioned.modelArn,
    modelUnits,
  });
  const when = (step: string, value: string, ifSteps: readonly Step[]) =>
    new ConditionStep(step, { conditions: [Condition.equals(way, value)], ifSteps });
  return [
    when('IfImport', WAYS.open, [importModel]),
    when('IfOnDemand', WAYS.onDemand, [onDemand, deploy]),
    when('IfProvisioned', WAYS.provisioned, [provisioned, provision]),
  ];
}
