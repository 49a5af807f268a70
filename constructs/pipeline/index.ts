export type { Arguments, PartialArguments, RequestOverride } from './arguments';
export { Condition } from './condition';
export type { StepContext } from './context';
export { ExecutionVariable } from './execution-variable';
export { Expression, join, type Scalar, type Value } from './expression';
export type { ClusterProps, Image, JobNetwork, JobProps } from './job';
export { Parameter, type ParameterOptions, type StringParameterOptions } from './parameter';
export type { PipelineExperiment } from './definition';
export { Pipeline, type PipelineProps } from './pipeline';
export { PipelineGrants } from './pipeline-grants';
export type { PropertyPath, PropertyType } from './property';
export type { JobException, RetryPolicy, StepException } from './retry';
export { AwaitableStep, Step, StepWithProperties } from './step';
export type { CacheableProps, RetryableProps, StepProps } from './step';
export { CallbackStep, type CallbackStepProps } from './steps/callback';
export type { CheckProps } from './steps/check';
export { type AutoMLCandidateModel, type AutoMLInput, type AutoMLProblem } from './steps/automl';
export { type AutoMLAlgorithmInEnsemble, AutoMLStep, type AutoMLStepProps } from './steps/automl';
export type { BedrockRequest, BedrockTags } from './bedrock';
export { BedrockCustomModelStep, type BedrockCustomModelStepProps } from './steps/bedrock-custom-model';
export {
  BedrockCustomModelDeploymentStep,
  type BedrockCustomModelDeploymentStepProps,
} from './steps/bedrock-custom-model-deployment';
export { BedrockModelImportStep, type BedrockModelImportStepProps } from './steps/bedrock-model-import';
export {
  BedrockProvisionedModelThroughputStep,
  type BedrockProvisionedModelThroughputStepProps,
} from './steps/bedrock-provisioned-model-throughput';
export { ClarifyCheckStep, type ClarifyCheckStepProps } from './steps/clarify-check';
export type { DataBiasCheckProps, ModelCheckProps } from './steps/clarify-check';
export { ConditionStep, type ConditionStepProps } from './steps/condition';
export { EndpointConfigStep, type EndpointConfigStepProps } from './steps/endpoint-config';
export { EndpointStep, type EndpointStepProps } from './steps/endpoint';
export type { EndpointVariant, InstanceEndpointVariant, ServerlessEndpointVariant } from './steps/endpoint-variant';
export { FailStep, type FailStepProps } from './steps/fail';
export { InferenceComponentStep, type InferenceComponentStepProps } from './steps/inference-component';
export type { InferenceComponentModel, InferenceComponentResources } from './steps/inference-component';
export { LineageStep, type LineageStepProps } from './steps/lineage';
export type { LineageAction, LineageArtifact, LineageContext } from './steps/lineage-entity';
export type { LineageAssociation, LineageEntity } from './steps/lineage-entity';
export { type EmrCluster, EmrStep, type EmrStepProps } from './steps/emr';
export type { EmrClusterRequest, EmrInstances } from './steps/emr-request';
export { EmrServerlessStep, type EmrServerlessStepProps } from './steps/emr-serverless';
export type { EmrServerlessApplication, EmrServerlessJobDriver } from './steps/emr-serverless-request';
export type { ExchangeProps, OutputType, OutputTypes, OutputValue } from './steps/exchange';
export { LambdaStep, type LambdaStepProps } from './steps/lambda';
export { ModelStep, type ModelStepProps } from './steps/model';
export type { ModelChecks } from './steps/model-checks';
export { type Code, ProcessingStep, type ProcessingStepProps, type PropertyFile } from './steps/processing';
export type { ProcessingInput, ProcessingOutput } from './steps/processing-io';
export type { ProcessingJobProps } from './steps/processing-job';
export { QualityCheckStep, type QualityBaseline, type QualityCheckStepProps } from './steps/quality-check';
export type { DataQualityCheckProps, ModelQualityCheckProps } from './steps/quality-check';
export { RawStep, type RawStepProps } from './steps/raw';
export { type PackageModelCard, RegisterModelStep, type RegisterModelStepProps } from './steps/register-model';
export type { MlflowTracking } from './mlflow';
export { TrainingStep, type TrainingStepProps } from './steps/training';
export type { JobExperiment, MlflowRun, TrainingStepOptions } from './steps/training';
export type { GroupedCluster, TrainingCluster, TrainingInstanceGroup, UniformCluster } from './steps/training-cluster';
export type { TrainingDistribution } from './steps/training-distribution';
export type { AugmentedManifestTrainingInput, EfsTrainingInput, LustreTrainingInput } from './steps/training-io';
export type { FileSystemTrainingInput, ObjectTrainingInput, S3TrainingInput, TrainingInput } from './steps/training-io';
export type { Checkpoints, SpotTraining, TrainingJobProps, TrainingOptions } from './steps/training-job';
export type { ModelParallelParameters } from './steps/training-model-parallel';
export type { TrainingScript } from './steps/training-script';
export { type TransformInput, TransformStep, type TransformStepProps } from './steps/transform';
export { type ParameterRange, type TuningObjective, TuningStep, type TuningStepProps } from './steps/tuning';
