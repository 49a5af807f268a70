export {
  ComponentEndpoint,
  type ComponentEndpointProps,
  type Consolidation,
  type IdleRelease,
} from './component-endpoint';
export type { DataCapture } from './data-capture';
export type {
  AllAtOnceDeployment,
  BlueGreenDeployment,
  CanaryDeployment,
  CapacitySize,
  LinearDeployment,
} from './deployment';
export { Endpoint, type EndpointProps } from './endpoint';
export type { EndpointAlarmOptions } from './endpoint-alarms';
export { EndpointBase, type EndpointMetricOptions } from './endpoint-base';
export { EndpointGrants, type InvokeOptions, type NamedEndpointRef } from './endpoint-grants';
export type { InstanceType } from './instance-type';
export type { InstanceVariant } from './instance-variant';
export { CompiledModel, type CompiledModelProps } from './compiled-model';
export {
  Model,
  type ContainerModelProps,
  type IModel,
  type ModelProps,
  type MultiContainerModelProps,
  type MultiModelProps,
  type RegisteredModelProps,
  type SourcedModelProps,
} from './model';
export type { ModelArtifact, ModelCollection, UncompressedArtifact } from './model-artifact';
export type { ModelKind } from './model-kind';
export type { ModelSource, ModelSourceConfig } from './model-source';
export type { ModelContainer } from './multi-container';
export type { VariantScaling } from './variant-scaling';
