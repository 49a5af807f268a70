import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ApprovedVersion } from '../constructs/approved-model';
import { FileSet } from '../constructs/assets';
import { Endpoint } from '../constructs/endpoint';
import {
  BaselineConstraints,
  BaselineStatistics,
  BiasConstraints,
  BiasDriftMonitor,
  DataQualityMonitor,
  type ModelMonitor,
  ModelQualityConstraints,
  ModelQualityMonitor,
} from '../constructs/model-monitor';
import type { SageMakerNetwork } from '../constructs/network';
import { acknowledgeWildcards } from '../constructs/roles';
import { isAvailable } from './availability';
import { modelBiasAnalysis } from './credit-risk/analyses';
import { approvedPrefix, CREDIT_RISK, hasManagedChecks, networkOf } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import { Labels, labelsOf } from './labels';
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

/** Leaves the model's answer out of the captured data, which the baseline does not know. */
const FEATURES_ONLY = join(__dirname, 'credit-risk', 'monitoring', 'features_only.py');

/** A day's loans, a month later: by then most of what became of them is known. */
const LABELLED = { startOffset: Duration.days(31), endOffset: Duration.days(30) };

/** Monitors and dashboard of the approved version; nothing while there is none. Changes when a version is approved. */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { settings } = props;
    const approved = new ApprovedVersion(this, 'Approved', { parameterPrefix: approvedPrefix(settings) });
    const monitor = hasManagedChecks(settings) ? this.addMonitor(props, approved) : undefined;
    if (hasManagedChecks(settings) && settings.allMonitors && isAvailable('monitoringJobDefinitions', settings)) {
      this.addLabelledMonitors(props, approved);
    }
    if (settings.allMonitors) new Labels(this, 'Labels', props);
    const overview = new Construct(this, 'Overview');
    approved.whenApproved(overview);
    this.addDashboard(overview, props.endpointName, monitor);
  }

  /** Watches the captured data while the endpoint is there, once the approved version has a baseline for it. */
  private addMonitor(props: MonitoringStackProps, approved: ApprovedVersion): DataQualityMonitor {
    const { settings, data, endpointName } = props;
    const watching = new Construct(this, 'Watching');
    approved.whenRunning(watching, 'dataQualityStatistics', 'dataQualityConstraints');
    const monitor = new DataQualityMonitor(watching, 'DataQuality', {
      endpointName,
      capturedData: { bucket: data.bucket, prefix: `${CREDIT_RISK}/captured` },
      baselineStatistics: BaselineStatistics.fromS3Uri(approved.baseline('dataQualityStatistics').s3Uri),
      baselineConstraints: BaselineConstraints.fromS3Uri(approved.baseline('dataQualityConstraints').s3Uri),
      output: { bucket: data.bucket, prefix: `${CREDIT_RISK}/monitoring/data-quality` },
      schedule: { every: 'day' },
      recordPreprocessorUri: FileSet.fromFile(FEATURES_ONLY).bind(watching).s3Uri,
      network: networkOf(settings, props.network),
      encryptionKey: data.key,
    });
    for (const feature of WATCHED_FEATURES) {
      const alarm = monitor.addDriftAlarm(`Drift-${feature}`, feature);
      alarm.addAlarmAction(new actions.SnsAction(props.alerts));
    }
    tellOfFailures(monitor, props.alerts);
    return monitor;
  }

  /** Watch what became of the loans, each as long as the approved version has a baseline for it. */
  private addLabelledMonitors(props: MonitoringStackProps, approved: ApprovedVersion): void {
    const { settings, data, endpointName } = props;
    const { bucket } = data;
    const common = {
      endpointName,
      capturedData: { bucket, prefix: `${CREDIT_RISK}/captured` },
      groundTruth: labelsOf(data),
      // The endpoint answers with the probability of the favourable label.
      probabilityAttribute: '0',
      probabilityThreshold: 0.5,
      analysisWindow: LABELLED,
      schedule: { every: 'day', atHour: 1 },
      network: networkOf(settings, props.network),
      encryptionKey: data.key,
    } as const;

    const quality = new Construct(this, 'WatchingQuality');
    approved.whenRunning(quality, 'modelQualityConstraints');
    const qualityMonitor = new ModelQualityMonitor(quality, 'ModelQuality', {
      ...common,
      problemType: 'BinaryClassification',
      baselineConstraints: ModelQualityConstraints.fromS3Uri(approved.baseline('modelQualityConstraints').s3Uri),
      output: { bucket, prefix: `${CREDIT_RISK}/monitoring/model-quality` },
    });
    const worse = qualityMonitor.addQualityAlarm('Auc', 'auc', { below: settings.minimumAuc });
    worse.addAlarmAction(new actions.SnsAction(props.alerts));
    tellOfFailures(qualityMonitor, props.alerts);

    const bias = new Construct(this, 'WatchingBias');
    approved.whenRunning(bias, 'biasPostTrainingConstraints');
    const biasMonitor = new BiasDriftMonitor(bias, 'Bias', {
      ...common,
      analysis: modelBiasAnalysis(settings),
      baselineConstraints: BiasConstraints.fromS3Uri(approved.baseline('biasPostTrainingConstraints').s3Uri),
      output: { bucket, prefix: `${CREDIT_RISK}/monitoring/bias` },
    });
    tellOfFailures(biasMonitor, props.alerts);
  }

  private addDashboard(scope: Construct, endpointName: string, monitor?: DataQualityMonitor): void {
    const endpoint = Endpoint.fromEndpointName(scope, 'Endpoint', endpointName, ['primary']);
    // Metrics know the monitor by its literal name: the dashboard is there even if the version has no baseline to watch.
    const drift = monitor && WATCHED_FEATURES.map(feature => monitor.metricForFeature(feature, 'baseline_drift'));
    const graph = (title: string, left: cloudwatch.IMetric[]) => new cloudwatch.GraphWidget({ title, left, width: 12 });
    new cloudwatch.Dashboard(scope, 'Dashboard', {
      widgets: [...endpoint.dashboardWidgets(), ...(drift ? [[graph('Distance from the baseline', drift)]] : [])],
    });
  }
}

function tellOfFailures(monitor: ModelMonitor, alerts: sns.ITopic): void {
  const failed = monitor.onFailed('Failed', {
    target: new targets.SnsTopic(alerts, { authorizeUsingRole: true }),
  });
  acknowledgeWildcards(failed, ['kms:GenerateDataKey*'], 'The topic needs it for publishing; it is that one key');
}
