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
export { EndpointGrants, type NamedEndpointRef } from './endpoint-grants';
export type { InstanceType } from './instance-type';
export type { InstanceVariant } from './instance-variant';
export {
  Model,
  type ContainerModelProps,
  type IModel,
  type ModelArtifact,
  type ModelProps,
  type RegisteredModelProps,
} from './model';
export { SHADOW_REFUSES, type ShadowVariant } from './shadow-variant';
export type { VariantScaling } from './variant-scaling';
