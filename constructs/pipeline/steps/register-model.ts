import type { CreateModelPackageInput, DescribeModelPackageOutput } from '@aws-sdk/client-sagemaker';
import { Stack } from 'aws-cdk-lib/core';
import { type Arguments, mergeArguments } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, expressionsIn, Late } from '../expression';
import { grantPull, grantVolumeKey } from '../job';
import { grant, grantModelPackages, grantRead } from '../permission';
import { count, maxLength, problemsOf, resourceName, rule, type Rule, s3Uri } from '../problem';
import { StepWithProperties } from '../step';
import { renderDriftCheckBaselines, renderModelMetrics, reportRules } from './model-checks';
import {
  containerRules,
  containersRules,
  isUncompressed,
  renderContainer,
  warnOfAdditionalData,
} from './model-container';
import type { ModelLifeCycle, PackageContainer, RegisterModelStepProps } from './model-package';

/**
 * Registers a model as a new version of a model package group, or as a package of its own.
 *
 * A package costs nothing by itself, and stays when the execution ends.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
 */
export class RegisterModelStep extends StepWithProperties<DescribeModelPackageOutput> {
  /** ARN of the new version or package. */
  public readonly modelPackageArn: Expression<string> = this.property('ModelPackageArn');

  private readonly props: RegisterModelStepProps;

  public constructor(name: string, props: RegisterModelStepProps) {
    super(name, {
      type: 'RegisterModel',
      props,
      arguments: mergeArguments(renderArguments(props), props.request),
      problems: problemsIn(props),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { modelPackageGroupName, encryptionKey } = this.props;
    const actions = ['sagemaker:AddTags', 'sagemaker:CreateModelPackage', 'sagemaker:DescribeModelPackage'];
    if (modelPackageGroupName === undefined) {
      grant(context, actions, ['model-package/*']);
    } else {
      grantModelPackages(context, modelPackageGroupName, actions);
    }
    // The service checks images and artifacts with the rights of the caller.
    // https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-model-registry.html
    for (const { image, modelData } of containersOf(this.props)) {
      grantPull(image, context, context.pipelineRole);
      if (isUncompressed(modelData)) grantRead(context, modelData.prefix, '*');
      else if (modelData !== undefined) grantRead(context, modelData);
    }
    if (encryptionKey) {
      grantVolumeKey(context.pipelineRole, encryptionKey);
      encryptionKey.grant(context.pipelineRole, 'kms:Decrypt', 'kms:GenerateDataKey');
    }
    warnOfAdditionalData(context, this.name, this.props.request);
  }
}

function containersOf(props: RegisterModelStepProps): readonly PackageContainer[] {
  return props.containers ?? [props];
}

function renderArguments(props: RegisterModelStepProps): Arguments<CreateModelPackageInput> {
  const { checks = {}, reports = {}, modelCard, lifeCycle, encryptionKey } = props;
  return {
    ModelPackageGroupName: props.modelPackageGroupName,
    ModelPackageDescription: props.packageDescription,
    ModelApprovalStatus: props.unversioned ? undefined : (props.approvalStatus ?? 'PendingManualApproval'),
    InferenceSpecification: {
      Containers: containersOf(props).map(renderPackaged),
      SupportedContentTypes: props.contentTypes,
      SupportedResponseMIMETypes: props.responseTypes,
      SupportedRealtimeInferenceInstanceTypes: props.inferenceInstances,
      SupportedTransformInstanceTypes: props.transformInstances,
    },
    ModelMetrics: props.checks || props.reports ? renderModelMetrics(checks, reports) : undefined,
    DriftCheckBaselines: props.checks && renderDriftCheckBaselines(checks),
    MetadataProperties: props.metadata,
    CustomerMetadataProperties: props.customerMetadata,
    SamplePayloadUrl: props.samplePayloadUrl,
    Domain: props.domain,
    Task: props.task,
    SourceUri: props.sourceUri,
    SecurityConfig: encryptionKey && { KmsKeyId: encryptionKey.keyArn },
    SkipModelValidation: props.skipModelValidation ? 'All' : 'None',
    ModelLifeCycle: lifeCycle && {
      Stage: lifeCycle.stage,
      StageStatus: lifeCycle.status,
      StageDescription: lifeCycle.description,
    },
    ModelCard: modelCard && {
      ModelCardContent: new Late(({ scope }) => Stack.of(scope).toJsonString(modelCard.content)),
      ModelCardStatus: modelCard.status ?? 'Draft',
    },
  };
}

function renderPackaged(container: PackageContainer) {
  const { dataInputConfig } = container;
  return {
    ...renderContainer(container),
    Framework: container.framework,
    FrameworkVersion: container.frameworkVersion,
    NearestModelName: container.nearestModelName,
    ModelInput: dataInputConfig === undefined ? undefined : { DataInputConfig: dataInputConfig },
  };
}

function problemsIn(props: RegisterModelStepProps): readonly string[] {
  const { contentTypes, responseTypes, modelCard } = props;
  const late = expressionsIn(modelCard?.content).map(expression => JSON.stringify(expression.render()));
  return problemsOf(
    resourceName('modelPackageGroupName', props.modelPackageGroupName),
    ...(props.containers ? containersRules(props.containers) : containerRules(props)),
    ...containersOf(props).flatMap((container, index) =>
      packageRules(container, props.containers ? `containers[${index}].` : ''),
    ),
    s3Uri('samplePayloadUrl', props.samplePayloadUrl),
    maxLength('packageDescription', props.packageDescription, 1024),
    maxLength('sourceUri', props.sourceUri, 1024),
    count('customerMetadata', props.customerMetadata, 50),
    [contentTypes.length > 0, `'contentTypes' must name at least one MIME type, got: none`],
    [responseTypes.length > 0, `'responseTypes' must name at least one MIME type, got: none`],
    ...(props.unversioned ? unversionedRules(props) : []),
    ...lifeCycleRules(props.lifeCycle),
    ...reportRules(props.checks, props.reports),
    [late.length === 0, `'modelCard.content' must be known before the pipeline runs, got: ${late.join(', ')}`],
  );
}

function packageRules({ frameworkVersion, dataInputConfig }: PackageContainer, at: string): readonly Rule[] {
  return [
    rule(
      frameworkVersion,
      version => /^[0-9]\.[A-Za-z0-9.-]{1,8}$/.test(String(version)),
      `'${at}frameworkVersion' must be a digit, a point and 1 to 8 letters, digits, . and -, such as 1.7`,
    ),
    maxLength(`${at}dataInputConfig`, dataInputConfig, 16_384),
  ];
}

function unversionedRules({ inferenceInstances = [], transformInstances = [] }: RegisterModelStepProps): Rule[] {
  return Object.entries({ inferenceInstances, transformInstances }).map(([prop, types]) => [
    types.length > 0,
    `'${prop}' must name at least one instance type for a package without versions, got: none`,
  ]);
}

function lifeCycleRules(lifeCycle: ModelLifeCycle | undefined): readonly Rule[] {
  return [
    resourceName('lifeCycle.stage', lifeCycle?.stage),
    resourceName('lifeCycle.status', lifeCycle?.status),
    maxLength('lifeCycle.description', lifeCycle?.description, 1024),
  ];
}
