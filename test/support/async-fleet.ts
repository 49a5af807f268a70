import type { ResourceJson } from './app';

/** The policies of an asynchronous variant, as a template has them. */
interface Alarm {
  readonly MetricName: string;
  readonly Statistic: string;
  readonly Period: number;
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly AlarmActions: readonly { readonly Ref: string }[];
}
interface Target {
  readonly MinCapacity: number;
  readonly MaxCapacity: number;
}
interface StepPolicy {
  readonly AdjustmentType: string;
  readonly Cooldown: number;
  readonly StepAdjustments: readonly {
    readonly MetricIntervalLowerBound?: number;
    readonly MetricIntervalUpperBound?: number;
    readonly ScalingAdjustment: number;
  }[];
}
interface TrackingPolicy {
  readonly TargetValue: number;
  readonly ScaleInCooldown: number;
  readonly ScaleOutCooldown: number;
  readonly CustomizedMetricSpecification: { readonly MetricName: string };
}
type Datapoint = number | undefined;

/**
 * A fleet and its queue, minute by minute, under the policies of a template.
 *
 * CloudWatch's alarms are played by their documented rules. The alarms of target tracking, which Application Auto Scaling
 * makes by itself, are played as it makes them: out after 3 minutes above the target, in after 15 minutes below nine tenths
 * of it. The backlog per instance has no value without instances.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 * @see https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
 */
export class AsyncFleet {
  public instances: number;
  public backlog = 0;
  private minute = 0;
  private lastOut = Number.NEGATIVE_INFINITY;
  private lastIn = Number.NEGATIVE_INFINITY;
  private readonly starting: number[] = [];
  private readonly metrics: Record<string, Datapoint[]> = { HasBacklogWithoutCapacity: [] };
  private readonly target: Target;
  private readonly tracking: TrackingPolicy;
  private readonly steps: readonly { readonly alarm: Alarm; readonly policy: StepPolicy }[];

  constructor(
    resources: Readonly<Record<string, ResourceJson>>,
    private readonly fleet: { readonly perMinute: number; readonly startMinutes: number },
    instances = 1,
  ) {
    const of = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);
    const policies = of('AWS::ApplicationAutoScaling::ScalingPolicy');
    const [target] = of('AWS::ApplicationAutoScaling::ScalableTarget');
    const tracking = policies
      .map(([, { Properties }]) => Properties.TargetTrackingScalingPolicyConfiguration)
      .find(Boolean);
    this.target = target?.[1].Properties as unknown as Target;
    this.tracking = tracking as TrackingPolicy;
    this.steps = of('AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) => {
      const alarm = Properties as unknown as Alarm;
      return alarm.AlarmActions.map(({ Ref }) => ({
        alarm,
        policy: resources[Ref]?.Properties.StepScalingPolicyConfiguration as StepPolicy,
      }));
    });
    this.instances = instances;
  }

  /** One minute, in which so many requests arrive. */
  public pass(arriving = 0): void {
    this.minute += 1;
    for (let due = this.starting[0]; due !== undefined && due <= this.minute; due = this.starting[0]) {
      this.starting.shift();
      this.instances += 1;
    }
    this.backlog = Math.max(0, this.backlog + arriving - this.instances * this.fleet.perMinute);
    const { instances, backlog } = this;
    this.record('HasBacklogWithoutCapacity', instances === 0 && backlog > 0 ? 1 : 0);
    this.record('ApproximateBacklogSizePerInstance', instances === 0 ? undefined : backlog / instances);
    this.followAlarms();
    this.followTarget();
  }

  private record(metric: string, value: Datapoint): void {
    (this.metrics[metric] ??= []).push(value);
  }

  private followAlarms(): void {
    for (const { alarm, policy } of this.steps) {
      if (this.isInAlarm(alarm) && this.minute * 60 - this.lastOut * 60 >= policy.Cooldown) {
        const value = this.metrics[alarm.MetricName]?.at(-1) ?? alarm.Threshold;
        const above = value - alarm.Threshold;
        const step = policy.StepAdjustments.find(
          ({
            MetricIntervalLowerBound: low = Number.NEGATIVE_INFINITY,
            MetricIntervalUpperBound: high = Number.POSITIVE_INFINITY,
          }) => above >= low && above < high,
        );
        expect(policy.AdjustmentType).toBe('ChangeInCapacity');
        this.scaleTo(this.desired + (step?.ScalingAdjustment ?? 0));
      }
    }
  }

  /** Breaching in M of the last N minutes. Missing data is left out, and without any data the alarm keeps its peace. */
  private isInAlarm(alarm: Alarm): boolean {
    expect([alarm.Period, alarm.Statistic, alarm.ComparisonOperator]).toEqual([
      60,
      'Average',
      'GreaterThanOrEqualToThreshold',
    ]);
    const known = (this.metrics[alarm.MetricName] ?? []).slice(-alarm.EvaluationPeriods);
    const values = known.map(value => value ?? (alarm.TreatMissingData === 'breaching' ? Infinity : -Infinity));
    return values.filter(value => value >= alarm.Threshold).length >= alarm.DatapointsToAlarm;
  }

  private followTarget(): void {
    const { TargetValue: target, CustomizedMetricSpecification: metric } = this.tracking;
    const last = (minutes: number) => (this.metrics[metric.MetricName] ?? []).slice(-minutes);
    const all = (minutes: number, holds: (value: number) => boolean) =>
      last(minutes).length === minutes && last(minutes).every(value => value !== undefined && holds(value));
    const value = last(1)[0];
    if (value === undefined) {
      return;
    }
    const wanted = Math.ceil((this.instances * value) / target);
    if (all(3, each => each > target) && (this.minute - this.lastOut) * 60 >= this.tracking.ScaleOutCooldown) {
      this.scaleTo(wanted);
    } else if (
      all(15, each => each < 0.9 * target) &&
      (this.minute - this.lastIn) * 60 >= this.tracking.ScaleInCooldown
    ) {
      this.scaleTo(Math.min(wanted, this.desired));
    }
  }

  private get desired(): number {
    return this.instances + this.starting.length;
  }

  private scaleTo(wanted: number): void {
    const size = Math.min(Math.max(wanted, this.target.MinCapacity), this.target.MaxCapacity);
    if (size > this.desired) {
      this.lastOut = this.minute;
      while (this.desired < size) {
        this.starting.push(this.minute + this.fleet.startMinutes);
      }
    } else if (size < this.instances) {
      this.lastIn = this.minute;
      this.instances = size;
    }
  }
}
