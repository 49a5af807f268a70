import { Duration } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

export interface VariantComparisonProps {
  /** Name of the endpoint, which need not exist yet. */
  readonly endpointName: string;

  /** Variant that answers. */
  readonly productionVariant: string;

  /** Variant that gets copies. */
  readonly shadowVariant: string;

  /**
   * By how much the shadow's share of answers with a 5xx code may be above production's, from 0 to below 1.
   *
   * @default 0.01
   */
  readonly serverErrorMargin?: number;

  /**
   * How many times as long as production the shadow's 99th percentile of model latency may be, 1 or more.
   *
   * @default 1.2
   */
  readonly modelLatencyFactor?: number;
}

const PERIOD = Duration.minutes(5);

/**
 * Holds a shadow variant against the production variant, in an experiment or on an endpoint with a shadow variant.
 *
 * Creates a dashboard (3 USD a month beyond the first three) and two alarms on differences (0.20 USD each: two metrics).
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-view-monitor-edit-dashboard.html
 */
export class VariantComparison extends Construct {
  public readonly dashboard: cloudwatch.Dashboard;

  /** The shadow has more errors, or takes longer, for 15 minutes; with actions of your own (`alarm.addAlarmAction`). */
  public readonly alarms: readonly cloudwatch.Alarm[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VariantComparisonProps,
  ) {
    super(scope, id);
    const { serverErrorMargin = 0.01, modelLatencyFactor = 1.2 } = props;
    this.check(
      'serverErrorMargin',
      serverErrorMargin >= 0 && serverErrorMargin < 1,
      'be from 0 to below 1',
      serverErrorMargin,
    );
    this.check('modelLatencyFactor', modelLatencyFactor >= 1, 'be at least 1', modelLatencyFactor);

    const p99 = cloudwatch.Stats.p(99);
    const widget = (title: string, metric: string, statistic: string, namespace?: string) =>
      new cloudwatch.GraphWidget({ title, left: [...this.both(metric, statistic, namespace)], width: 8 });
    const instances = '/aws/sagemaker/Endpoints';
    const { AVERAGE, SUM } = cloudwatch.Stats;
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      widgets: [
        [
          widget('Invocations', 'Invocations', SUM),
          widget('Errors of callers (4xx)', 'Invocation4XXErrors', SUM),
          widget('Errors of the model (5xx)', 'Invocation5XXErrors', SUM),
        ],
        [
          widget('Model latency, 99th percentile (microseconds)', 'ModelLatency', p99),
          widget('CPU (percent, summed over cores)', 'CPUUtilization', AVERAGE, instances),
          widget('Memory (percent)', 'MemoryUtilization', AVERAGE, instances),
        ],
      ],
    });
    this.alarms = [
      this.alarm('ServerErrors', 'share of answers with a 5xx code above that of production', {
        metrics: this.both('Invocation5XXErrors', AVERAGE),
        expression: 'shadow - production',
        threshold: serverErrorMargin,
      }),
      this.alarm('ModelLatency', '99th percentile of model latency as a multiple of that of production', {
        metrics: this.both('ModelLatency', p99),
        expression: 'shadow / production',
        threshold: modelLatencyFactor,
      }),
    ];
  }

  private alarm(
    id: string,
    what: string,
    options: { metrics: readonly [cloudwatch.Metric, cloudwatch.Metric]; expression: string; threshold: number },
  ): cloudwatch.Alarm {
    const { endpointName, shadowVariant } = this.props;
    const [production, shadow] = options.metrics;
    return new cloudwatch.Alarm(this, id, {
      alarmDescription: `Endpoint ${endpointName}, shadow variant ${shadowVariant}: ${what}`,
      metric: new cloudwatch.MathExpression({
        expression: options.expression,
        usingMetrics: { production, shadow },
        label: what,
        period: PERIOD,
      }),
      threshold: options.threshold,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      // Without requests there is nothing to compare.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  /** A metric of production and of the shadow. */
  private both(
    metricName: string,
    statistic: string,
    namespace = 'AWS/SageMaker',
  ): [cloudwatch.Metric, cloudwatch.Metric] {
    const { endpointName: EndpointName, productionVariant, shadowVariant } = this.props;
    const of = (VariantName: string) =>
      new cloudwatch.Metric({
        namespace,
        metricName,
        statistic,
        period: PERIOD,
        label: VariantName,
        dimensionsMap: { EndpointName, VariantName },
      });
    return [of(productionVariant), of(shadowVariant)];
  }

  private check(prop: string, holds: boolean, rule: string, got: number): void {
    if (!holds) {
      throw new Error(`${this.node.path}: '${prop}' must ${rule}, got: ${got}`);
    }
  }
}
