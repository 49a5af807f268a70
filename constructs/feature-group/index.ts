export { FeatureGroup } from './feature-group';
export type { FeatureGroupProps, ProvisionedThroughput } from './feature-group';
export type { FeatureMetricOptions, IFeatureGroup } from './feature-group-base';
export { FeatureGroupGrants } from './feature-group-grants';
export type { QueryOptions } from './feature-group-grants';
export type { FeatureType } from './features';
export type { OfflineStore, OnlineStore } from './stores';
