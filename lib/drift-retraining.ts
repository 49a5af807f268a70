import { Duration } from 'aws-cdk-lib/core';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { ModelMonitor, MonitorAlerts } from '../constructs/model-monitor';
import { AlarmEvent, type Pipeline, type PipelineTrigger } from '../constructs/pipeline';
import { lastingAlarm } from './lasting-alarm';
import type { Settings } from './settings';

export interface DriftRetrainingProps {
  readonly settings: Settings;
  readonly pipeline: Pipeline;

  /** Alarms that a new model is the answer to, at least one. */
  readonly alarms: readonly [cloudwatch.Alarm, ...cloudwatch.Alarm[]];

  /** Tells of violations. */
  readonly alerts: MonitorAlerts;

  /** Monitors without an alarm whose violations a new model is the answer to. */
  readonly violations: readonly ModelMonitor[];
}

/**
 * Starts the build pipeline when an alarm on drift goes off or a monitor without alarms finds violations, with its name and its reason,
 * unless it is running or has started lately.
 *
 * The alarms are those on requests, on the quality of predictions and on what decides them. Not those on bias: trained on the same
 * loans, a new model would lean the same way, and a person has to see why. Nor those on traffic, latency, or what the labels alone say.
 */
export class DriftRetraining extends Construct {
  public readonly trigger: PipelineTrigger;

  constructor(scope: Construct, id: string, { settings, pipeline, alarms, alerts, violations }: DriftRetrainingProps) {
    super(scope, id);
    const cooldown = Duration.days(settings.retrainCooldownDays);
    const [first, ...others] = alarms;
    const known = (alarm: cloudwatch.Alarm, index: number) => lastingAlarm(this, `Alarm${index + 1}`, alarm);
    this.trigger = pipeline.onAlarm('Drift', {
      alarm: [lastingAlarm(this, 'Alarm0', first), ...others.map(known)],
      crossStackScope: this,
      parameters: { Reason: AlarmEvent.reason },
      cooldown,
      description: 'Trains again when requests, predictions or what decides them have drifted',
    });
    if (violations.length > 0) {
      const rule = alerts.onViolations('Retraining', {
        crossStackScope: this,
        description: 'Trains again when a monitor finds violations',
        eventPattern: { detail: { monitor: violations.map(({ scheduleName }) => scheduleName) } },
      });
      pipeline.startOn('Violations', {
        rule,
        crossStackScope: this,
        parameters: { Reason: `violations found by ${events.EventField.fromPath('$.detail.monitor')}` },
        cooldown,
      });
    }
  }
}
