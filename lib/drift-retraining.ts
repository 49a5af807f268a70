import { Duration } from 'aws-cdk-lib/core';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { AlarmEvent, type Pipeline, type PipelineTrigger } from '../constructs/pipeline';
import { lastingAlarm } from './lasting-alarm';
import type { Settings } from './settings';

export interface DriftRetrainingProps {
  readonly settings: Settings;
  readonly pipeline: Pipeline;

  /** Alarms that a new model is the answer to, at least one. */
  readonly alarms: readonly [cloudwatch.Alarm, ...cloudwatch.Alarm[]];
}

/**
 * Starts the build pipeline when an alarm on drift goes off, with its name and its reason, unless it is running or has started lately.
 *
 * The alarms are those on requests, on the quality of predictions and on what decides them. Not those on bias: trained on the same
 * loans, a new model would lean the same way, and a person has to see why. Nor those on traffic, latency, or what the labels alone say.
 */
export class DriftRetraining extends Construct {
  public readonly trigger: PipelineTrigger;

  constructor(scope: Construct, id: string, { settings, pipeline, alarms }: DriftRetrainingProps) {
    super(scope, id);
    const [first, ...others] = alarms;
    const known = (alarm: cloudwatch.Alarm, index: number) => lastingAlarm(this, `Alarm${index + 1}`, alarm);
    this.trigger = pipeline.onAlarm('Drift', {
      alarm: [lastingAlarm(this, 'Alarm0', first), ...others.map(known)],
      crossStackScope: this,
      parameters: { Reason: AlarmEvent.reason },
      cooldown: Duration.days(settings.retrainCooldownDays),
      description: 'Trains again when requests, predictions or what decides them have drifted',
    });
  }
}
