export { BaselineConstraints, BaselineStatistics } from './baseline';
export type { DataLocation } from './data-location';
export {
  DataQualityMonitor,
  type DataQualityMonitorProps,
  type DriftAlarmOptions,
  type FeatureMetric,
} from './data-quality-monitor';
export { ModelMonitor } from './model-monitor';
export type { MonitorNetwork, MonitoringJobOptions } from './monitoring-job';
export type { MonitorSchedule } from './schedule';
