import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ContainerImage } from '../images';
import { Activity, ExecutionRole, grantReadUnder, grantWriteUnder } from '../roles';
import { type BaselineConstraints, type BaselineStatistics, objectArn, validateFiles } from './baselines/baseline';
import { type MonitoredData, renderInput, validateData } from './captured-data';
import { type DataLocation, validateLocation } from './data-location';
import { ModelMonitor } from './model-monitor';
import { type MonitoredSource, dataOf, grantCaptured } from './monitored-endpoint';
import {
  type MonitoringJobOptions,
  renderNetwork,
  renderResources,
  renderStopping,
  validateJob,
} from './monitoring-job';
import { type OpenAnalysis, renderScripts } from './open/open-job';
import { type ManagedOption, validateOpen } from './open/open-options';
import { createOpenRole } from './open/open-role';
import type { MonitorSchedule } from './schedule';

interface DataQualityOptions extends MonitoringJobOptions, ManagedOption {
  /** What the training data looked like. */
  readonly baselineStatistics: BaselineStatistics;

  /** What captured data has to satisfy; `emit_metrics` has to be `Enabled` in it for metrics to appear. */
  readonly baselineConstraints: BaselineConstraints;

  /** Where the reports go: `statistics.json`, `constraints.json`, `constraint_violations.json` of each run. */
  readonly output: DataLocation;

  /**
   * When to run.
   *
   * @default - every day at midnight UTC
   */
  readonly schedule?: MonitorSchedule;

  /**
   * Image that analyses the data: that of Model Monitor, or one that keeps its container contract.
   *
   * @default - the analyzer of Model Monitor, which not every region has (no region of aws-us-gov does)
   */
  readonly image?: ContainerImage;

  /**
   * Whether the job publishes CloudWatch metrics of each feature.
   *
   * @default Enabled
   */
  readonly metrics?: 'Enabled' | 'Disabled';

  /**
   * S3 URI of a Python script that turns a captured record into the columns of the baseline.
   *
   * @default - records are taken as they are captured
   */
  readonly recordPreprocessorUri?: string;

  /**
   * S3 URI of a Python script that is called after the analysis.
   *
   * @default - nothing is called
   */
  readonly postAnalyticsProcessorUri?: string;
}

export type DataQualityMonitorProps = DataQualityOptions & MonitoredSource;

type DataQualityProps = DataQualityOptions & MonitoredData;

/** What is measured of a feature. */
export type FeatureMetric = 'baseline_drift' | 'non_null' | 'data';

export interface DriftAlarmOptions {
  /**
   * Distance from the baseline above which the alarm goes off, more than 0.
   *
   * @default 0.1
   */
  readonly threshold?: number;

  /**
   * Number of runs in a row above the threshold: at least 1, and all within 7 days.
   *
   * @default 1
   */
  readonly evaluationPeriods?: number;
}

/**
 * Compares the data that an endpoint or batch transform jobs capture with a baseline, on a schedule.
 *
 * Creates a role and a monitoring schedule, with the definition of the job in it. Each run costs the time of its instances,
 * some minutes at least; metrics and alarms cost what CloudWatch asks. Model Monitor is closed to new customers: see `managed`.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-quality.html
 */
export class DataQualityMonitor extends ModelMonitor {
  public readonly role: iam.IRole;
  public readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, given: DataQualityMonitorProps) {
    const props = dataOf<DataQualityOptions>(`${scope.node.path}/${id}`, given, ['Input']);
    super(scope, id, { ...props, metricKind: 'data-metrics' });
    this.validate(props);

    if (props.managed ?? true) {
      const image = props.image ?? ContainerImage.modelMonitorAnalyzer();
      this.grantPrincipal = this.role = this.createRole(props, image);
      this.createSchedule({ monitoringJobDefinition: this.renderJob(props, image) });
    } else {
      const analysis = openAnalysis(props);
      this.grantPrincipal = this.role = createOpenRole(this, props, analysis);
      this.createOpenSchedule({ props, analysis });
    }
    grantCaptured(given, this.role);
  }

  /** A metric of one feature: its distance from the baseline, its completeness, or its values. */
  public metricForFeature(
    feature: string,
    metric: FeatureMetric,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    return this.metric(`feature_${metric}_${feature}`, options);
  }

  /** Adds an alarm that goes off when a feature has moved away from its baseline, and holds until a run says otherwise. */
  public addDriftAlarm(id: string, feature: string, options: DriftAlarmOptions = {}): cloudwatch.Alarm {
    const { threshold = 0.1, evaluationPeriods = 1 } = options;
    if (!Token.isUnresolved(threshold) && !(threshold > 0)) {
      throw new Error(`${this.node.path}: 'threshold' must be more than 0, got: ${threshold}`);
    }
    const description = `Requests have drifted from the training data in ${feature}`;
    const limit = { above: threshold, evaluationPeriods };
    return this.createAlarm(id, this.metricForFeature(feature, 'baseline_drift'), description, limit);
  }

  private createRole(props: DataQualityProps, image: ContainerImage): iam.IRole {
    const role = new ExecutionRole(this, 'Role', {
      activities: [Activity.runJobs()],
      attachToVpc: props.network !== undefined,
      encryptionKeys: props.encryptionKey && [props.encryptionKey],
    });
    const files = [props.recordPreprocessorUri, props.postAnalyticsProcessorUri].filter(uri => uri !== undefined);
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [props.baselineStatistics.objectArn, props.baselineConstraints.objectArn, ...files.map(objectArn)],
      }),
    );
    grantReadUnder(role, props.capturedData.bucket, props.capturedData.prefix);
    grantWriteUnder(role, props.output.bucket, props.output.prefix);
    image.grantPull(this, role);
    return role;
  }

  /**
   * The job as a part of its schedule, so that a new baseline updates in place. AWS::SageMaker::DataQualityJobDefinition
   * would be replaced with each change, has no name attribute to refer to it by, and does not exist in China.
   */
  private renderJob(
    props: DataQualityProps,
    image: ContainerImage,
  ): sagemaker.CfnMonitoringSchedule.MonitoringJobDefinitionProperty {
    const { output } = props;
    const s3Uri = output.bucket.s3UrlForObject(output.prefix);
    return {
      monitoringAppSpecification: {
        imageUri: image.bind(this).imageUri,
        recordPreprocessorSourceUri: props.recordPreprocessorUri,
        postAnalyticsProcessorSourceUri: props.postAnalyticsProcessorUri,
      },
      environment: { publish_cloudwatch_metrics: props.metrics ?? 'Enabled' },
      baselineConfig: {
        statisticsResource: { s3Uri: props.baselineStatistics.s3Uri },
        constraintsResource: { s3Uri: props.baselineConstraints.s3Uri },
      },
      monitoringInputs: [renderInput(props)],
      monitoringOutputConfig: {
        kmsKeyId: props.encryptionKey?.keyArn,
        monitoringOutputs: [{ s3Output: { s3Uri, localPath: '/opt/ml/processing/output', s3UploadMode: 'EndOfJob' } }],
      },
      monitoringResources: renderResources(props),
      networkConfig: renderNetwork(props),
      stoppingCondition: renderStopping(props, this.interval),
      roleArn: this.role.roleArn,
    };
  }

  private validate(props: DataQualityProps): void {
    const { path } = this.node;
    const { baselineStatistics, baselineConstraints, recordPreprocessorUri, postAnalyticsProcessorUri } = props;
    validateData(path, props);
    validateFiles(path, {
      baselineStatistics: baselineStatistics.s3Uri,
      baselineConstraints: baselineConstraints.s3Uri,
      recordPreprocessorUri,
      postAnalyticsProcessorUri,
    });
    validateLocation(path, 'output', props.output);
    validateJob(path, props, this.interval);
    if (props.managed === false) validateOpen(path, props);
  }
}

function openAnalysis(props: DataQualityMonitorProps): OpenAnalysis {
  const { baselineStatistics, baselineConstraints } = props;
  return {
    kind: 'data-quality',
    files: {
      baselineStatistics: baselineStatistics.s3Uri,
      baselineConstraints: baselineConstraints.s3Uri,
      ...renderScripts(props),
    },
  };
}
