export type { HostedContainer, HostedModel, NamedModelRef } from './component-model';
export type { ComputeResources } from './compute-resources';
export type { CopyScaling } from './copy-scaling';
export {
  InferenceComponent,
  type ComponentHost,
  type InferenceComponentProps,
  type Placement,
} from './inference-component';
export { InferenceComponentBase } from './inference-component-base';
export { InferenceComponentGrants, type NamedInferenceComponentRef } from './inference-component-grants';
export type { CopiesSize, RollingUpdate } from './rolling-update';
