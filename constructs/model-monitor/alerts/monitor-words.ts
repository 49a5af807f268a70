import { AttributionDriftMonitor } from '../attribution-drift-monitor';
import { BiasDriftMonitor } from '../bias-drift-monitor';
import { CustomMonitor } from '../custom-monitor';
import { DataQualityMonitor } from '../data-quality-monitor';
import type { ModelMonitor } from '../model-monitor';
import { ModelQualityMonitor } from '../model-quality-monitor';

/** A sentence that says what a monitor compares, for those who answer for the model. */
export function comparisonOf(monitor: ModelMonitor): string {
  const { endpointName } = monitor;
  const where = endpointName === undefined ? 'batch transform' : `endpoint ${endpointName}`;
  if (monitor instanceof CustomMonitor) return `It checks ${monitor.checks}, at ${where}.`;
  if (monitor instanceof DataQualityMonitor) return `It compares the requests to ${where} with the training data.`;
  if (monitor instanceof ModelQualityMonitor) return `It compares the predictions of ${where} with what came true.`;
  if (monitor instanceof BiasDriftMonitor) {
    return `It compares how ${where} treats groups of people with how the model did at the time of training.`;
  }
  if (monitor instanceof AttributionDriftMonitor) {
    return `It compares which features decide at ${where} with which did at the time of training.`;
  }
  return `It watches ${where}.`;
}
