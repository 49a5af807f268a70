import documented from '../fixtures/events/cloudwatch-alarm-state-change.json';
import type { ResourceJson } from './app';
import type { Deployment } from './deployment';
import { matchesPattern } from './event-pattern';

export const DRIFT_REASON =
  'Threshold Crossed: 1 out of the last 1 datapoints [0.31 (02/10/19 16:59:00)] was greater than the threshold (0.1)';

export interface Found {
  readonly stack: string;
  readonly id: string;
  readonly resource: ResourceJson;
}

/** What is in the account after a deployment, as far as retraining is concerned. */
export class DriftLoop {
  public readonly rules: readonly { readonly pattern: unknown; readonly found: Found }[];
  public readonly alarms: Readonly<Record<string, string>>;

  constructor(public readonly deployment: Deployment) {
    this.rules = this.deployment.resources('AWS::Events::Rule').flatMap(found => {
      const pattern = this.deployment.resolve(found.stack, found.resource.Properties.EventPattern);
      return JSON.stringify(pattern).includes('aws.cloudwatch') ? [{ pattern, found }] : [];
    });
    this.alarms = Object.fromEntries(
      this.deployment.resources('AWS::CloudWatch::Alarm').map(({ stack, id, resource }) => {
        const { AlarmName: given, MetricName: metric } = resource.Properties;
        const name = typeof given === 'string' ? given : id;
        return [`${stack} ${String(metric)} ${id}`, this.deployment.arn(stack, id).replace(/[^:]*$/, name)];
      }),
    );
  }

  /** Alarms whose event starts the pipeline. */
  public get starting(): string[] {
    return Object.entries(this.alarms)
      .filter(([, arn]) => this.rules.some(({ pattern }) => matchesPattern(pattern, wentOff(arn))))
      .map(([name]) => name.split(' ').slice(0, 2).join(' '))
      .sort();
  }

  /** The state machine that the one rule on alarms starts. */
  public get definition(): object {
    const [rule] = this.rules;
    return this.startedBy(rule?.found);
  }

  /** The state machine that a rule starts. */
  public startedBy(rule?: Found): object {
    const { stack, resource } = rule ?? { stack: '', resource: undefined };
    const [target] = this.deployment.resolve(stack, resource?.Properties.Targets) as { Arn: string }[];
    const machine = this.deployment
      .resources('AWS::StepFunctions::StateMachine')
      .find(found => this.deployment.arn(found.stack, found.id) === target?.Arn);
    const text = this.deployment.resolve(machine?.stack ?? '', machine?.resource.Properties.DefinitionString);
    return JSON.parse(text as string) as object;
  }

  public arnOf(part: string): string {
    const [, arn = ''] = Object.entries(this.alarms).find(([name]) => name.includes(part)) ?? [];
    return arn;
  }
}

/** The documented event of an alarm that goes off, of this alarm. */
export function wentOff(arn: string) {
  const { event } = documented;
  const state = { ...event.detail.state, reason: DRIFT_REASON };
  return { ...event, resources: [arn], detail: { ...event.detail, alarmName: arn.split(':').at(-1), state } };
}
