import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Duration, Names, Resource, Token } from 'aws-cdk-lib/core';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import type { MetricLimit } from './metric-limit';
import { requireRange } from './monitoring-job';
import { OpenSchedule, type OpenScheduleProps } from './open/open-schedule';
import { JOB_FAILED } from './open/open-states';
import { type MonitorSchedule, type ScheduleConfig, renderSchedule } from './schedule';

interface ModelMonitorSettings {
  /** Absent for batch transform. */
  readonly endpointName?: string;
  readonly schedule?: MonitorSchedule;
  /** Last part of the namespace of the metrics. */
  readonly metricKind: 'data-metrics' | 'model-metrics' | 'bias-metrics' | 'explainability-metrics';
  readonly metrics?: 'Enabled' | 'Disabled';
}

const JOB_EVENT = 'SageMaker Processing Job State Change';

/** What every kind of monitor has: a schedule, metrics, events, and a role of its own. */
export abstract class ModelMonitor extends Resource implements iam.IGrantable {
  public abstract readonly grantPrincipal: iam.IPrincipal;

  /** Role of the jobs; it belongs to this monitor alone, which is how `onStateChange` knows its jobs. */
  public abstract readonly role: iam.IRole;

  public readonly scheduleName: string;

  /** Name of the endpoint that is watched; none for batch transform jobs. */
  public readonly endpointName?: string;
  private readonly schedule: ScheduleConfig;
  private managedSchedule?: sagemaker.CfnMonitoringSchedule;
  private ownSchedule?: OpenSchedule;

  protected constructor(
    scope: Construct,
    id: string,
    private readonly settings: ModelMonitorSettings,
  ) {
    super(scope, id);
    this.endpointName = settings.endpointName;
    this.schedule = renderSchedule(this.node.path, settings.schedule ?? { every: 'day' });
    this.scheduleName = Names.uniqueResourceName(this, { maxLength: 63, separator: '-' });
  }

  /** Schedule of Model Monitor; none with `managed: false`. */
  public get monitoringSchedule(): refs.IMonitoringScheduleRef | undefined {
    return this.managedSchedule;
  }

  /** What takes its place with `managed: false`; else none. */
  public get openSchedule(): OpenSchedule | undefined {
    return this.ownSchedule;
  }

  /** Any metric of this monitor, by default the highest value of a run. */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const { endpointName } = this.settings;
    return new cloudwatch.Metric({
      namespace: this.namespace,
      metricName,
      dimensionsMap: {
        ...(endpointName === undefined ? {} : { Endpoint: endpointName }),
        MonitoringSchedule: this.scheduleName,
      },
      period: this.interval,
      statistic: 'Maximum',
      ...options,
    });
  }

  /** Reacts to each change of state of a job of this monitor. */
  public onStateChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onJob(id, {}, options);
  }

  /** Reacts to a job that has finished, with or without violations: its reports are written. */
  public onCompleted(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onJob(id, { ProcessingJobStatus: ['Completed'] }, options);
  }

  /**
   * Reacts to a job that failed or was stopped, and so left no reports. With `managed: false` also to a workflow that failed before or
   * after its job, by an event of Step Functions.
   */
  public onFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    const ended = { ProcessingJobStatus: ['Failed', 'Stopped'] };
    if (!this.ownSchedule) return this.onJob(id, ended, options);
    const stateMachineArn = [this.ownSchedule.stateMachine.stateMachineArn];
    const rule = new events.Rule(options.crossStackScope ?? this, id, options);
    rule.addEventPattern({
      source: ['aws.sagemaker', 'aws.states'],
      detailType: [JOB_EVENT, 'Step Functions Execution Status Change'],
      detail: {
        $or: [
          { RoleArn: [this.role.roleArn], ...ended },
          // SageMaker tells of a failed job itself. An event that does not name its error is taken too: rather twice than never.
          { stateMachineArn, status: ['FAILED'], error: [{ 'anything-but': [JOB_FAILED] }, { exists: false }, null] },
          { stateMachineArn, status: ['TIMED_OUT', 'ABORTED'] },
        ],
      },
    });
    rule.addTarget(options.target);
    return rule;
  }

  private get namespace(): string {
    const { endpointName, metricKind } = this.settings;
    // The documentation spells the namespace and its dimensions in several ways; this is how the built-in containers
    // publish, as the dashboards of the SageMaker Python SDK and the alarms of AWS's own samples show.
    return `aws/sagemaker/${endpointName === undefined ? 'ModelMonitoring' : 'Endpoints'}/${metricKind}`;
  }

  /** Time from one run to the next. */
  protected get interval(): Duration {
    return this.schedule.interval;
  }

  /** Creates the schedule of a job, which is given in it or named. */
  protected createSchedule(
    job: Omit<sagemaker.CfnMonitoringSchedule.MonitoringScheduleConfigProperty, 'scheduleConfig'>,
  ): sagemaker.CfnMonitoringSchedule {
    const scheduleConfig = { scheduleExpression: this.schedule.expression, ...this.schedule.once };
    const schedule = new sagemaker.CfnMonitoringSchedule(this, 'Resource', {
      monitoringScheduleName: this.scheduleName,
      monitoringScheduleConfig: { ...job, scheduleConfig },
    });
    // The policy has to exist before the service uses the role.
    schedule.node.addDependency(this.role);
    this.managedSchedule = schedule;
    return schedule;
  }

  /** Creates what does the work of a schedule where there is no Model Monitor. */
  protected createOpenSchedule(parts: Pick<OpenScheduleProps, 'props' | 'analysis'>): OpenSchedule {
    const { scheduleName, schedule, namespace, role } = this;
    this.ownSchedule = new OpenSchedule(this, 'Open', { ...parts, scheduleName, schedule, namespace, role });
    return this.ownSchedule;
  }

  /** Creates an alarm on what the runs publish; it holds until a run says otherwise. */
  protected createAlarm(
    id: string,
    metric: cloudwatch.IMetric,
    alarmDescription: string,
    limit: MetricLimit,
  ): cloudwatch.Alarm {
    const { below, above, evaluationPeriods = 1 } = limit;
    if (this.settings.metrics === 'Disabled') {
      throw new Error(`${this.node.path}: 'metrics' must be Enabled for an alarm, got: Disabled`);
    }
    const [side, value] = above === undefined ? (['below', below] as const) : (['above', above] as const);
    if (!Token.isUnresolved(value) && !Number.isFinite(value)) {
      throw new Error(`${this.node.path}: '${side}' must be a finite number, got: ${value}`);
    }
    const { once } = this.schedule;
    const longest = once ? 1 : Math.floor(Duration.days(7).toSeconds() / this.interval.toSeconds());
    const runs = once ? ', as there is one run' : ', the runs of 7 days';
    requireRange(this.node.path, 'evaluationPeriods', evaluationPeriods, 1, longest, runs);
    const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
    return new cloudwatch.Alarm(this, id, {
      // Known before the alarm is there: rules and dashboards that name it need not wait for it.
      alarmName: `${Names.uniqueResourceName(this, { maxLength: 254 - id.length, separator: '-' })}-${id}`,
      metric,
      alarmDescription,
      threshold: value,
      evaluationPeriods,
      comparisonOperator: side === 'below' ? LESS_THAN_THRESHOLD : GREATER_THAN_THRESHOLD,
      // There is one value per run, and none in hours without requests.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  /** Events of monitoring jobs are those of processing jobs; the documented detail that tells them apart is the role. */
  private onJob(id: string, detail: Record<string, string[]>, options: events.OnEventOptions): events.Rule {
    const rule = new events.Rule(options.crossStackScope ?? this, id, options);
    rule.addEventPattern({
      source: ['aws.sagemaker'],
      detailType: [JOB_EVENT],
      detail: { RoleArn: [this.role.roleArn], ...detail },
    });
    rule.addTarget(options.target);
    return rule;
  }
}
