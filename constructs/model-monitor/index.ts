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
} from './baselines/baseline';
export { BaselineJob, type BaselineJobOptions } from './baselines/baseline-job';
export { BiasDriftMonitor, type BiasDriftMonitorProps, type BiasGroup } from './bias-drift-monitor';
export type { AnalysisWindow, MonitoredData, TransformFormat } from './captured-data';
export {
  AttributionBaseline,
  type AttributionBaselineProps,
  BiasBaseline,
  type BiasBaselineProps,
} from './baselines/clarify-baseline';
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
export {
  GroundTruth,
  type GroundTruthLabel,
  type GroundTruthRecord,
  type GroundTruthValue,
} from './labels/ground-truth';
export { GroundTruthLanding, type GroundTruthLandingProps } from './labels/ground-truth-landing';
export type { BiasLimit, MetricLimit } from './metric-limit';
export { ModelMonitor } from './model-monitor';
export { ModelQualityMonitor, type ModelQualityMonitorProps, type QualityMetric } from './model-quality-monitor';
export type { KnownEndpoint, MonitoredCapture, MonitoredEndpoint, MonitoredSource } from './monitored-endpoint';
export { MonitorAlerts, type MonitorAlertsProps } from './alerts/monitor-alerts';
export type { MonitorNetwork, MonitoringJobOptions } from './monitoring-job';
export type { ManagedOption } from './open/open-options';
export { OpenSchedule } from './open/open-schedule';
export type { PredictedLabel, PredictedScore, Prediction } from './predictions';
export {
  DataQualityBaseline,
  type DataQualityBaselineProps,
  ModelQualityBaseline,
  type ModelQualityBaselineProps,
} from './baselines/quality-baseline';
export type { MonitorSchedule } from './schedule';
