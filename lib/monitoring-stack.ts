import { Stack, type StackProps } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ApprovedVersion } from '../constructs/approved-model';
import { Endpoint } from '../constructs/endpoint';
import { BaselineConstraints, BaselineStatistics, DataQualityMonitor } from '../constructs/model-monitor';
import type { SageMakerNetwork } from '../constructs/network';
import { approvedPrefix, CREDIT_RISK, networkOf } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import type { Settings } from './settings';

export interface MonitoringStackProps extends StackProps {
  readonly settings: Settings;
  readonly network: SageMakerNetwork;
  readonly data: DataStack;
  readonly endpointName: string;

  /** Topic that hears of drift. */
  readonly alerts: sns.ITopic;
}

/** Features whose drift is worth waking someone up for: those that weigh most in the model. */
const WATCHED_FEATURES = ['age', 'amount', 'duration'];

/** Monitor and dashboard of the approved version; nothing while there is none. Changes when a version is approved. */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { settings, data, endpointName } = props;
    const approved = new ApprovedVersion(this, 'Approved', { parameterPrefix: approvedPrefix(settings) });
    const statistics = approved.baseline('dataQualityStatistics');
    const constraints = approved.baseline('dataQualityConstraints');

    const watching = new Construct(this, 'Watching');
    approved.whenApproved(watching, 'dataQualityStatistics', 'dataQualityConstraints');
    const monitor = new DataQualityMonitor(watching, 'DataQuality', {
      endpointName,
      capturedData: { bucket: data.bucket, prefix: `${CREDIT_RISK}/captured` },
      baselineStatistics: BaselineStatistics.fromS3Uri(statistics.s3Uri),
      baselineConstraints: BaselineConstraints.fromS3Uri(constraints.s3Uri),
      output: { bucket: data.bucket, prefix: `${CREDIT_RISK}/monitoring/data-quality` },
      schedule: { every: 'day' },
      network: networkOf(settings, props.network),
      encryptionKey: data.key,
    });
    const alarms = WATCHED_FEATURES.map(feature => monitor.addDriftAlarm(`Drift-${feature}`, feature));
    for (const alarm of alarms) {
      alarm.addAlarmAction(new actions.SnsAction(props.alerts));
    }
    this.addDashboard(watching, endpointName, alarms);
  }

  private addDashboard(scope: Construct, endpointName: string, alarms: cloudwatch.IAlarm[]): void {
    const endpoint = Endpoint.fromEndpointName(scope, 'Endpoint', endpointName, ['primary']);
    const graph = (title: string, ...left: cloudwatch.IMetric[]) =>
      new cloudwatch.GraphWidget({ title, left, width: 12 });
    new cloudwatch.Dashboard(scope, 'Dashboard', {
      widgets: [
        [graph('Invocations', endpoint.metricInvocations()), graph('Latency', endpoint.metricModelLatency())],
        [
          graph('Errors', endpoint.metricInvocation4XXErrors(), endpoint.metricInvocation5XXErrors()),
          new cloudwatch.AlarmStatusWidget({ title: 'Drift', alarms, width: 12 }),
        ],
      ],
    });
  }
}
