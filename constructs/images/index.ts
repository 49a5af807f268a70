export { ContainerImage, type ContainerImageConfig } from './container-image';
export type {
  DeepLearningImageOptions,
  FrameworkImageOptions,
  HuggingFaceImageOptions,
  ImageScope,
  OptionalProcessorChoice,
  ProcessorChoice,
  SparkBuild,
} from './image-options';
export type { Processor } from './processor';
export type {
  AutogluonVersion,
  BaseFrameworkVersion,
  BuiltInAlgorithm,
  DataWranglerVersion,
  HuggingFaceVersion,
  ModelServerVersions,
  MxnetVersion,
  NeoVersions,
  PytorchVersion,
  PythonVersion,
  SagemakerDistributionVersion,
  ScikitLearnVersion,
  SparkVersion,
  TensorflowVersion,
  XgboostVersion,
} from './versions';
