export { SageMakerNetwork, type SageMakerNetworkProps } from './network';
