export {
  AttributionDriftMonitor,
  type AttributionDriftMonitorProps,
  type AttributionMetricOptions,
} from './attribution-drift-monitor';
export {
  AttributionConstraints,
  BaselineConstraints,
  BaselineStatistics,
  BiasConstraints,
  ModelQualityConstraints,
} from './baseline';
export { BiasDriftMonitor, type BiasDriftMonitorProps, type BiasGroup } from './bias-drift-monitor';
export type { AnalysisWindow, MonitoredData, TransformFormat } from './captured-data';
export { CustomMonitor, type CustomMonitorProps } from './custom-monitor';
export type { CustomProgram } from './custom-program';
export type { DataLocation } from './data-location';
export {
  DataQualityMonitor,
  type DataQualityMonitorProps,
  type DriftAlarmOptions,
  type FeatureMetric,
} from './data-quality-monitor';
export { DefinedMonitor, type DefinedMonitorOptions } from './defined-monitor';
export type { BiasLimit, MetricLimit } from './metric-limit';
export { ModelMonitor } from './model-monitor';
export { ModelQualityMonitor, type ModelQualityMonitorProps, type QualityMetric } from './model-quality-monitor';
export type { KnownEndpoint, MonitoredCapture, MonitoredEndpoint, MonitoredSource } from './monitored-endpoint';
export type { MonitorNetwork, MonitoringJobOptions } from './monitoring-job';
export type { PredictedLabel, PredictedScore, Prediction } from './predictions';
export type { MonitorSchedule } from './schedule';
