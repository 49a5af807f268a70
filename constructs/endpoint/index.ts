export type { AsyncInference, AsyncLocation } from './async-inference';
export { AsyncMetrics } from './async-metrics';
export type { CapacitySchedule } from './capacity-schedule';
export type { CapacitySize } from './capacity-size';
export { CompiledModel, type CompiledModelProps } from './compiled-model';
export {
  ComponentEndpoint,
  type ComponentEndpointProps,
  type Consolidation,
  type IdleRelease,
} from './component-endpoint';
export type { CapturedData, DataCapture } from './data-capture';
export type {
  AllAtOnceDeployment,
  BlueGreenDeployment,
  CanaryDeployment,
  Deployment,
  LinearDeployment,
} from './deployment';
export { Endpoint, type EndpointProps } from './endpoint';
export type { EndpointAlarmOptions } from './endpoint-alarms';
export { EndpointBase, type EndpointMetricOptions } from './endpoint-base';
export { EndpointGrants, type InvokeOptions, type NamedEndpointRef } from './endpoint-grants';
export type { InstanceType } from './instance-type';
export type { InstanceVariant, ManagedInstanceScaling, Variant } from './instance-variant';
export type { ModelDemand } from './limits';
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
export { SHADOW_REFUSES, type ShadowVariant } from './shadow-variant';
export type { ModelArtifact, ModelCollection, UncompressedArtifact } from './model-artifact';
export type { ModelSource, ModelSourceConfig } from './model-source';
export type { ModelContainer } from './multi-container';
export type { RollingDeployment } from './rolling-deployment';
export type { ConcurrencyScaling, ServerlessCapacity, ServerlessVariant } from './serverless-variant';
export type { ScalingTargets, VariantScaling } from './variant-scaling';
