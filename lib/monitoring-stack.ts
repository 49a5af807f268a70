import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ApprovedVersion } from '../constructs/approved-model';
import { FileSet } from '../constructs/assets';
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
import type { BuildStack } from './build-stack';
import { DriftRetraining } from './drift-retraining';
import type { ServingStack } from './serving-stack';
import type { Settings } from './settings';
import { type WatchedDrift, WorkloadDashboard } from './workload-dashboard';

export interface MonitoringStackProps extends StackProps {
  readonly settings: Settings;
  readonly network: SageMakerNetwork;
  readonly data: DataStack;
  readonly build: BuildStack;
  readonly serving: ServingStack;
}

/** Features whose drift is worth waking someone up for: those that weigh most in the model. */
const WATCHED_FEATURES = ['age', 'amount', 'duration'];

/** Leaves the model's answer out of the captured data, which the baseline does not know. */
const FEATURES_ONLY = join(__dirname, 'credit-risk', 'monitoring', 'features_only.py');

/** A day's loans, a month later: by then most of what became of them is known. */
const LABELLED = { startOffset: Duration.days(31), endOffset: Duration.days(30) };

/** Monitors and dashboard of the approved version; nothing while there is none. Changes when a version is approved. */
export class MonitoringStack extends Stack {
  /** Alarms on drift that a new model is the answer to. */
  private readonly driftAlarms: cloudwatch.Alarm[] = [];
  private readonly watched: WatchedDrift[] = [];

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { settings } = props;
    const approved = new ApprovedVersion(this, 'Approved', { parameterPrefix: approvedPrefix(settings) });
    this.addMonitor(props, approved);
    if (settings.allMonitors) {
      this.addLabelledMonitors(props, approved);
      new Labels(this, 'Labels', { data: props.data, alerts: props.build.alerts });
    }
    const overview = new Construct(this, 'Overview');
    approved.whenApproved(overview);
    this.addDashboard(overview, props, approved);
    const [first, ...others] = this.driftAlarms;
    if (settings.retrainOnDrift && first) {
      new DriftRetraining(overview, 'Retraining', {
        settings,
        pipeline: props.build.pipeline,
        alarms: [first, ...others],
      });
    }
  }

  /** Watches the captured data while the endpoint is there, once the approved version has a baseline for it. */
  private addMonitor(props: MonitoringStackProps, approved: ApprovedVersion): void {
    const { settings, data } = props;
    const { endpointName } = props.serving;
    const { alerts } = props.build;
    const output = { bucket: data.bucket, prefix: `${CREDIT_RISK}/monitoring/data-quality` };
    const watching = new Construct(this, 'Watching');
    approved.whenRunning(watching, 'dataQualityStatistics', 'dataQualityConstraints');
    const monitor = new DataQualityMonitor(watching, 'DataQuality', {
      managed: hasManagedChecks(settings),
      endpointName,
      capturedData: { bucket: data.bucket, prefix: `${CREDIT_RISK}/captured` },
      baselineStatistics: BaselineStatistics.fromS3Uri(approved.baseline('dataQualityStatistics').s3Uri),
      baselineConstraints: BaselineConstraints.fromS3Uri(approved.baseline('dataQualityConstraints').s3Uri),
      output,
      schedule: { every: 'day' },
      recordPreprocessorUri: FileSet.fromFile(FEATURES_ONLY).bind(watching).s3Uri,
      network: networkOf(settings, props.network),
      encryptionKey: data.key,
    });
    for (const feature of WATCHED_FEATURES) {
      const alarm = monitor.addDriftAlarm(`Drift-${feature}`, feature);
      alarm.addAlarmAction(new actions.SnsAction(alerts));
      this.driftAlarms.push(alarm);
    }
    tellOfFailures(monitor, alerts);
    this.watched.push({
      title: 'Data: distance from the baseline',
      metrics: WATCHED_FEATURES.map(feature => monitor.metricForFeature(feature, 'baseline_drift')),
      reports: output,
    });
  }

  /** Watch what became of the loans, each as long as the approved version has a baseline for it. */
  private addLabelledMonitors(props: MonitoringStackProps, approved: ApprovedVersion): void {
    const { settings, data } = props;
    const { endpointName } = props.serving;
    const { alerts } = props.build;
    const { bucket } = data;
    const at = (kind: string) => ({ bucket, prefix: `${CREDIT_RISK}/monitoring/${kind}` });
    const common = {
      managed: hasManagedChecks(settings) && isAvailable('monitoringJobDefinitions', settings),
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
      output: at('model-quality'),
    });
    const worse = qualityMonitor.addQualityAlarm('Auc', 'auc', { below: settings.minimumAuc });
    worse.addAlarmAction(new actions.SnsAction(alerts));
    this.driftAlarms.push(worse);
    tellOfFailures(qualityMonitor, alerts);
    this.watched.push({
      title: 'Predictions: area under the ROC curve',
      metrics: [qualityMonitor.metricForQuality('auc')],
      reports: at('model-quality'),
    });

    const bias = new Construct(this, 'WatchingBias');
    approved.whenRunning(bias, 'biasPostTrainingConstraints');
    const biasMonitor = new BiasDriftMonitor(bias, 'Bias', {
      ...common,
      analysis: modelBiasAnalysis(settings),
      baselineConstraints: BiasConstraints.fromS3Uri(approved.baseline('biasPostTrainingConstraints').s3Uri),
      output: at('bias'),
    });
    tellOfFailures(biasMonitor, alerts);
    // The groups are spelled as the job publishes them, so they are searched for.
    const expression = `SEARCH('MonitoringSchedule="${biasMonitor.scheduleName}" MetricName="bias_metric_DPPL"', 'Maximum')`;
    this.watched.push({
      title: 'Bias: difference in favourable predictions',
      metrics: [new cloudwatch.MathExpression({ expression, usingMetrics: {}, label: '', period: Duration.days(1) })],
      reports: at('bias'),
    });
  }

  /** Metrics and alarms are known by their names: the dashboard is there even if the version has no baseline to watch. */
  private addDashboard(scope: Construct, { build, serving }: MonitoringStackProps, approved: ApprovedVersion): void {
    new WorkloadDashboard(scope, 'Workload', {
      title: 'Credit risk',
      endpointName: serving.endpointName,
      modelPackageArn: approved.modelPackageArn,
      modelPackageGroupName: build.models.modelPackageGroupName,
      pipeline: build.pipeline,
      history: build.history,
      monitors: this.watched,
      alarms: [...serving.alarms, ...this.driftAlarms],
    });
  }
}

function tellOfFailures(monitor: ModelMonitor, alerts: sns.ITopic): void {
  const failed = monitor.onFailed('Failed', {
    target: new targets.SnsTopic(alerts, { authorizeUsingRole: true }),
  });
  acknowledgeWildcards(failed, ['kms:GenerateDataKey*'], 'The topic needs it for publishing; it is that one key');
}
