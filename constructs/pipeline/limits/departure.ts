import type { Service, Shape } from './table';

/** Where a step's arguments differ from the request of the API. */
interface Departure {
  /** Members that the API needs and a step does not, because the service makes them up. */
  readonly optional?: readonly string[];

  /** Members that a pipeline refuses, and why they must be left out. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** The request that each kind of step makes; kinds that are not here take a free map or have rules of their own. */
export const REQUESTS: Readonly<Record<string, { readonly service: Service; readonly shape: string }>> = {
  Processing: { service: 'sagemaker', shape: 'CreateProcessingJobRequest' },
  ClarifyCheck: { service: 'sagemaker', shape: 'CreateProcessingJobRequest' },
  QualityCheck: { service: 'sagemaker', shape: 'CreateProcessingJobRequest' },
  Training: { service: 'sagemaker', shape: 'CreateTrainingJobRequest' },
  Tuning: { service: 'sagemaker', shape: 'CreateHyperParameterTuningJobRequest' },
  AutoML: { service: 'sagemaker', shape: 'CreateAutoMLJobRequest' },
  Transform: { service: 'sagemaker', shape: 'CreateTransformJobRequest' },
  Model: { service: 'sagemaker', shape: 'CreateModelInput' },
  RegisterModel: { service: 'sagemaker', shape: 'CreateModelPackageInput' },
  EndpointConfig: { service: 'sagemaker', shape: 'CreateEndpointConfigInput' },
  Endpoint: { service: 'sagemaker', shape: 'CreateEndpointInput' },
  InferenceComponent: { service: 'sagemaker', shape: 'CreateInferenceComponentInput' },
  Lineage: { service: 'sagemaker', shape: 'LineageStepArguments' },
  BedrockCustomModel: { service: 'bedrock', shape: 'CreateCustomModelRequest' },
  BedrockCustomModelDeployment: { service: 'bedrock', shape: 'CreateCustomModelDeploymentRequest' },
  BedrockModelImport: { service: 'bedrock', shape: 'CreateModelImportJobRequest' },
  BedrockProvisionedModelThroughput: { service: 'bedrock', shape: 'CreateProvisionedModelThroughputRequest' },
  EMR: { service: 'emr', shape: 'EMRStepArguments' },
  EMRServerless: { service: 'emr-serverless', shape: 'EMRServerlessStepArguments' },
};

/** Arguments that no single request of an API has. The limits of lineage are those of what the service keeps of such a step. */
export const STEP_SHAPES: Readonly<Record<string, Shape>> = {
  LineageStepArguments: {
    type: 'structure',
    members: { Actions: 'Actions', Artifacts: 'Artifacts', Contexts: 'Contexts', Associations: 'Associations' },
  },
  Actions: { type: 'list', max: 5, item: 'CreateActionRequest' },
  Artifacts: { type: 'list', max: 5, item: 'CreateArtifactRequest' },
  Contexts: { type: 'list', max: 5, item: 'CreateContextRequest' },
  Associations: { type: 'list', max: 10, item: 'Association' },
  Association: {
    type: 'structure',
    required: 'Source Destination',
    members: { Source: 'AssociationEnd', Destination: 'AssociationEnd', AssociationType: 'AssociationEdgeType' },
  },
  AssociationEnd: {
    type: 'structure',
    members: { Name: 'ContextName', Type: 'AssociationEndType', Arn: 'AssociationEntityArn' },
  },
  AssociationEndType: { type: 'string', enum: 'Action Artifact Context' },
  EMRStepArguments: {
    type: 'structure',
    required: 'StepConfig',
    members: {
      StepConfig: 'StepConfig',
      ClusterId: 'XmlStringMaxLen256',
      ClusterConfig: 'RunJobFlowInput',
      ExecutionRoleArn: 'EMRExecutionRoleArn',
    },
  },
  EMRExecutionRoleArn: { type: 'string', min: 20, max: 2048 },
  EMRServerlessStepArguments: {
    type: 'structure',
    required: 'ExecutionRoleArn JobConfig',
    members: {
      ExecutionRoleArn: 'IAMRoleArn',
      JobConfig: 'StartJobRunRequest',
      ApplicationId: 'ApplicationId',
      ApplicationConfig: 'CreateApplicationRequest',
    },
  },
};

const BY_STEP = 'the pipeline decides it';
const OF_SERVICE = 'SageMaker Pipelines refuses it';
const IS_ANSWER = 'only answers of the API have it';
const OF_EXPERIMENT = 'the experiment of the pipeline decides it';

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html */
const DEPARTURES: Readonly<Record<string, Departure>> = {
  CreateProcessingJobRequest: { optional: ['ProcessingJobName'] },
  CreateTrainingJobRequest: { optional: ['TrainingJobName'] },
  CreateHyperParameterTuningJobRequest: { optional: ['HyperParameterTuningJobName'] },
  CreateAutoMLJobRequest: {
    optional: ['AutoMLJobName'],
    refused: { ModelDeployConfig: OF_SERVICE, GenerateCandidateDefinitionsOnly: OF_SERVICE },
  },
  CreateTransformJobRequest: { optional: ['TransformJobName'] },
  CreateModelInput: { optional: ['ModelName'] },
  CreateModelPackageInput: { refused: { CertifyForMarketplace: OF_SERVICE } },
  CreateEndpointConfigInput: {
    optional: ['EndpointConfigName'],
    refused: { DataCaptureConfig: OF_SERVICE, ExplainerConfig: OF_SERVICE },
  },
  CreateEndpointInput: { optional: ['EndpointName'], refused: { DeploymentConfig: OF_SERVICE } },
  ProcessingClusterConfig: { refused: { SelectedInstanceType: IS_ANSWER, SelectedInstanceCount: IS_ANSWER } },
  ResourceConfig: { refused: { SelectedInstanceType: IS_ANSWER, SelectedInstanceCount: IS_ANSWER } },
  ExperimentConfig: {
    refused: { ExperimentName: OF_EXPERIMENT, TrialName: OF_EXPERIMENT, RunName: OF_EXPERIMENT },
  },
  CreateCustomModelRequest: { optional: ['ClientRequestToken'] },
  CreateCustomModelDeploymentRequest: { optional: ['ClientRequestToken'] },
  CreateModelImportJobRequest: { optional: ['ClientRequestToken'] },
  CreateProvisionedModelThroughputRequest: { optional: ['ClientRequestToken'] },
  StepConfig: { optional: ['Name'] },
  RunJobFlowInput: {
    optional: ['Name'],
    refused: { Name: BY_STEP, Steps: BY_STEP, AutoTerminationPolicy: BY_STEP },
  },
  JobFlowInstancesConfig: { refused: { KeepJobFlowAliveWhenNoSteps: BY_STEP, TerminationProtected: BY_STEP } },
  StartJobRunRequest: { optional: ['clientToken', 'applicationId'], refused: { clientToken: BY_STEP } },
  CreateApplicationRequest: { optional: ['clientToken'], refused: { clientToken: BY_STEP } },
};

const NONE: Departure = {};

export function departureOf(shape: string): Departure {
  return DEPARTURES[shape] ?? NONE;
}
