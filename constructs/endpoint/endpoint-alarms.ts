import { Duration, Names } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { check } from './check';
import type { EndpointBase } from './endpoint-base';

/** When the alarms of a variant go off: in 2 of 3 minutes. Minutes without requests count as good. */
export interface EndpointAlarmOptions {
  /**
   * Share of requests answered with a 5xx code to tolerate, from 0 to below 1.
   *
   * @default 0.01
   */
  readonly serverErrorRate?: number;

  /**
   * Time that the model may take, as the 99th percentile of its answers, above 0.
   *
   * @default Duration.seconds(1); Duration.minutes(15) with `async`, after which a request times out unless it says otherwise
   */
  readonly modelLatency?: Duration;
}

/**
 * Alarms on the errors and the latency of one variant.
 *
 * They know the endpoint by its literal name: the endpoint depends on them, because they roll its deployments back.
 */
export class VariantAlarms extends Construct {
  public readonly alarms: readonly cloudwatch.Alarm[];

  constructor(endpoint: EndpointBase, scope: Construct, variant: string, options: EndpointAlarmOptions) {
    super(scope, variant);
    const period = Duration.minutes(1);
    const common = {
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    };
    const patience = endpoint.async ? Duration.minutes(15) : Duration.seconds(1);
    const { serverErrorRate = 0.01, modelLatency = patience } = options;
    // Known before the alarms are there: rules and dashboards that name them need not wait for them.
    const name = Names.uniqueResourceName(this, { maxLength: 240, separator: '-' });
    this.alarms = [
      new cloudwatch.Alarm(this, 'ServerErrors', {
        ...common,
        alarmName: `${name}-ServerErrors`,
        alarmDescription: `Endpoint ${endpoint.endpointName}, variant ${variant}: share of answers with a 5xx code`,
        metric: endpoint.metricInvocation5XXErrors({ variant, period, statistic: cloudwatch.Stats.AVERAGE }),
        threshold: serverErrorRate,
      }),
      new cloudwatch.Alarm(this, 'ModelLatency', {
        ...common,
        alarmName: `${name}-ModelLatency`,
        alarmDescription: `Endpoint ${endpoint.endpointName}, variant ${variant}: 99th percentile in microseconds`,
        metric: endpoint.metricModelLatency({ variant, period }),
        threshold: modelLatency.toMilliseconds() * 1000,
      }),
    ];
  }
}

export function checkAlarms(path: string, { serverErrorRate = 0, modelLatency }: EndpointAlarmOptions): void {
  const checkProp = check(path, 'alarms');
  checkProp('serverErrorRate', serverErrorRate >= 0 && serverErrorRate < 1, 'be from 0 to below 1', serverErrorRate);
  const milliseconds = modelLatency?.toMilliseconds() ?? 1;
  checkProp('modelLatency', milliseconds > 0, 'be above 0', `${milliseconds} milliseconds`);
}
