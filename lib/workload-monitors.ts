import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib/core';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { ApprovedVersion } from '../constructs/approved-model';
import { FileSet } from '../constructs/assets';
import {
  AttributionConstraints,
  AttributionDriftMonitor,
  BaselineConstraints,
  BaselineStatistics,
  BiasConstraints,
  BiasDriftMonitor,
  DataQualityMonitor,
  ModelQualityConstraints,
  ModelQualityMonitor,
  type ModelMonitor,
  type MonitoredEndpoint,
} from '../constructs/model-monitor';
import { isAvailable } from './availability';
import { explainability, modelBiasAnalysis } from './credit-risk/analyses';
import { ApprovedScorer } from './credit-risk/model';
import { facets, favorableLabel, label } from './credit-risk/schema';
import { CREDIT_RISK, hasManagedChecks, type WorkloadNetwork } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import { labelsOf } from './labels';
import type { Settings } from './settings';

export interface WorkloadMonitorsProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly approved: ApprovedVersion;
  readonly endpoint: MonitoredEndpoint;

  /**
   * VPC of the jobs.
   *
   * @default - a network of the service
   */
  readonly network?: WorkloadNetwork;
}

/** A monitor of the workload, with what the rest of the stack makes of it. */
export interface WorkloadMonitor {
  readonly title: string;
  readonly monitor: ModelMonitor;
  readonly metrics: readonly cloudwatch.IMetric[];
  readonly alarms: readonly cloudwatch.Alarm[];

  /**
   * A new model is the answer to its alarms, or if it has none to its violations. Bias is not answered so: trained on the same loans,
   * a new model would lean the same way, and a person has to see why.
   */
  readonly retrains: boolean;

  /** Where its reports are. */
  readonly reports: { readonly bucket: DataStack['bucket']; readonly prefix: string };
}

/** Features whose drift is worth waking someone up for: those that weigh most in the model. */
const WATCHED_FEATURES = ['age', 'amount', 'duration'];

/** Leaves the model's answer out of the captured data, which the baseline does not know. */
const FEATURES_ONLY = join(__dirname, 'credit-risk', 'monitoring', 'features_only.py');

/** A day's loans, a month later: by then most of what became of them is known. */
const LABELLED = { startOffset: Duration.days(31), endOffset: Duration.days(30) };

/** By the rule of four fifths, a group is treated unequally if it gets less than that share of what all others get. */
const FOUR_FIFTHS = 0.8;

/**
 * What watches the endpoint: each monitor is there while the endpoint runs, as long as the approved version has a baseline for it.
 */
export class WorkloadMonitors extends Construct {
  public readonly all: readonly [WorkloadMonitor, ...WorkloadMonitor[]];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: WorkloadMonitorsProps,
  ) {
    super(scope, id);
    const data = this.watchData();
    this.all = props.settings.allMonitors
      ? [data, this.watchQuality(), this.watchBias(), this.watchAttributions()]
      : [data];
  }

  /** Do the requests still look like the loans that the model has learned from? */
  private watchData(): WorkloadMonitor {
    const { approved, settings } = this.props;
    const scope = new Construct(this, 'Data');
    approved.whenRunning(scope, 'dataQualityStatistics', 'dataQualityConstraints');
    const reports = this.reports('data-quality');
    const monitor = new DataQualityMonitor(scope, 'DataQuality', {
      ...this.common(),
      managed: hasManagedChecks(settings),
      baselineStatistics: BaselineStatistics.fromS3Uri(approved.baseline('dataQualityStatistics').s3Uri),
      baselineConstraints: BaselineConstraints.fromS3Uri(approved.baseline('dataQualityConstraints').s3Uri),
      output: reports,
      schedule: { every: 'day' },
      recordPreprocessorUri: FileSet.fromFile(FEATURES_ONLY).bind(scope).s3Uri,
    });
    return {
      title: 'Data: distance from the baseline',
      monitor,
      metrics: WATCHED_FEATURES.map(feature => monitor.metricForFeature(feature, 'baseline_drift')),
      alarms: WATCHED_FEATURES.map(feature => monitor.addDriftAlarm(`Drift-${feature}`, feature)),
      retrains: true,
      reports,
    };
  }

  /** Do the predictions still come true? */
  private watchQuality(): WorkloadMonitor {
    const { approved, settings } = this.props;
    const scope = new Construct(this, 'Quality');
    approved.whenRunning(scope, 'modelQualityConstraints');
    const reports = this.reports('model-quality');
    const monitor = new ModelQualityMonitor(scope, 'ModelQuality', {
      ...this.labelled(),
      problemType: 'BinaryClassification',
      baselineConstraints: ModelQualityConstraints.fromS3Uri(approved.baseline('modelQualityConstraints').s3Uri),
      output: reports,
    });
    return {
      title: 'Predictions: area under the ROC curve',
      monitor,
      metrics: [monitor.metricForQuality('auc')],
      alarms: [monitor.addQualityAlarm('Auc', 'auc', { below: settings.minimumAuc })],
      retrains: true,
      reports,
    };
  }

  /** Does the model lean to or against a group? */
  private watchBias(): WorkloadMonitor {
    const { approved, settings } = this.props;
    const scope = new Construct(this, 'Bias');
    approved.whenRunning(scope, 'biasPostTrainingConstraints');
    const reports = this.reports('bias');
    const monitor = new BiasDriftMonitor(scope, 'Bias', {
      ...this.labelled(),
      analysis: modelBiasAnalysis(settings),
      baselineConstraints: BiasConstraints.fromS3Uri(approved.baseline('biasPostTrainingConstraints').s3Uri),
      output: reports,
    });
    // As Clarify's open library spells groups: https://github.com/aws/amazon-sagemaker-clarify, bias/report.py.
    const groups = facets.map(({ feature, values }) => ({
      label,
      labelValue: `${favorableLabel}`,
      facet: feature,
      facetValue: values.join(','),
    }));
    return {
      title: 'Bias: favourable predictions of a group by those of all others',
      monitor,
      metrics: groups.map(group => monitor.metricForBias('DI', group)),
      alarms: groups.map(group => monitor.addBiasAlarm(`Bias-${group.facet}`, 'DI', group, { below: FOUR_FIFTHS })),
      retrains: false,
      reports,
    };
  }

  /** Do the features still weigh what they did? What is watched is their order, which is in the reports and not in a metric. */
  private watchAttributions(): WorkloadMonitor {
    const { approved, data, network, settings } = this.props;
    const scope = new Construct(this, 'Attributions');
    approved.whenRunning(scope, 'explainabilityConstraints');
    const reports = this.reports('attributions');
    // A model of its own, for one that another stack exports could not be replaced while it is imported.
    const model = new ApprovedScorer(scope, 'Model', { approved, data, network });
    const monitor = new AttributionDriftMonitor(scope, 'Attributions', {
      ...this.common(),
      ...this.managedDefinition(),
      analysis: explainability(settings),
      modelName: model.modelName,
      baselineConstraints: AttributionConstraints.fromS3Uri(approved.baseline('explainabilityConstraints').s3Uri),
      output: reports,
      schedule: { every: 'day', atHour: 2 },
    });
    return {
      title: 'Attributions: mean absolute SHAP values',
      monitor,
      metrics: WATCHED_FEATURES.map(feature => monitor.metricForFeature(feature)),
      alarms: [],
      retrains: true,
      reports,
    };
  }

  private common() {
    const { data, endpoint, network } = this.props;
    return { endpoint, network, encryptionKey: data.key };
  }

  private managedDefinition() {
    const { settings } = this.props;
    return { managed: hasManagedChecks(settings) && isAvailable('monitoringJobDefinitions', settings) };
  }

  private labelled() {
    return {
      ...this.common(),
      ...this.managedDefinition(),
      groundTruth: labelsOf(this.props.data),
      // The endpoint answers with the probability of the favourable label.
      probabilityAttribute: '0',
      probabilityThreshold: 0.5,
      analysisWindow: LABELLED,
      schedule: { every: 'day', atHour: 1 },
    } as const;
  }

  private reports(kind: string) {
    return { bucket: this.props.data.bucket, prefix: `${CREDIT_RISK}/monitoring/${kind}` };
  }
}
