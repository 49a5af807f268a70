export type { AsyncInference, AsyncLocation } from './async-inference';
export { AsyncMetrics } from './async-metrics';
export type { CapacitySchedule } from './capacity-schedule';
export type { CapacitySize } from './capacity-size';
export type { DataCapture } from './data-capture';
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
export { EndpointGrants, type NamedEndpointRef } from './endpoint-grants';
export type { InstanceType } from './instance-type';
export type { InstanceVariant, ManagedInstanceScaling, Variant } from './instance-variant';
export type { ModelDemand } from './limits';
export {
  Model,
  type ContainerModelProps,
  type IModel,
  type ModelArtifact,
  type ModelProps,
  type RegisteredModelProps,
} from './model';
export type { RollingDeployment } from './rolling-deployment';
export type { ConcurrencyScaling, ServerlessCapacity, ServerlessVariant } from './serverless-variant';
export type { ScalingTargets, VariantScaling } from './variant-scaling';
