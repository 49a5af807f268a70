import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ContainerImage } from '../images';
import { Activity, ExecutionRole, acknowledgeWildcards, grantReadUnder, grantWriteUnder } from '../roles';
import { type BaselineConstraints, type BaselineStatistics, objectArn, validateFiles } from './baselines/baseline';
import { type MonitoredData, renderInput, validateData } from './captured-data';
import { type CustomProgram, validateProgram } from './custom-program';
import { type DataLocation, validateLocation } from './data-location';
import type { MetricLimit } from './metric-limit';
import { ModelMonitor } from './model-monitor';
import { type MonitoredSource, dataOf, grantCaptured } from './monitored-endpoint';
import {
  type MonitoringJobOptions,
  renderNetwork,
  renderResources,
  renderStopping,
  validateJob,
} from './monitoring-job';
import type { MonitorSchedule } from './schedule';

interface CustomMonitorOptions extends MonitoringJobOptions {
  /** Where the reports go: whatever the container leaves in the folder `output_path` of its environment. */
  readonly output: DataLocation;

  /**
   * When to run.
   *
   * @default - every day at midnight UTC
   */
  readonly schedule?: MonitorSchedule;

  /**
   * Statistics that the container finds at the path in its variable `baseline_statistics`.
   *
   * @default - none
   */
  readonly baselineStatistics?: BaselineStatistics;

  /**
   * Constraints that the container finds at the path in its variable `baseline_constraints`.
   *
   * @default - none
   */
  readonly baselineConstraints?: BaselineConstraints;

  /**
   * Whether the service publishes what the container writes to `/opt/ml/output/metrics/cloudwatch/cloudwatch_metrics.jsonl`.
   *
   * @default Enabled
   */
  readonly metrics?: 'Enabled' | 'Disabled';

  /**
   * Namespace that the container publishes its metrics in, where it does so itself, with PutMetricData; the role may use this one.
   *
   * @default - that of data quality, in which the service publishes the metrics of the container's file
   */
  readonly metricNamespace?: string;
}

export type CustomMonitorProps = CustomMonitorOptions & CustomProgram & MonitoredSource;

type CustomProps = CustomMonitorOptions & CustomProgram & MonitoredData;

/**
 * Checks what an endpoint or batch transform jobs capture with a program of your own, on a schedule.
 *
 * Creates a role and a monitoring schedule, with the definition of the job in it. Each run costs the time of its instances. Model
 * Monitor is closed to new customers.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-containers.html
 */
export class CustomMonitor extends ModelMonitor {
  public readonly role: iam.IRole;
  public readonly grantPrincipal: iam.IPrincipal;

  /** What is checked. */
  public readonly checks: string;
  private readonly metricNamespace?: string;

  constructor(scope: Construct, id: string, given: CustomMonitorProps) {
    const props = dataOf<CustomMonitorOptions & CustomProgram>(`${scope.node.path}/${id}`, given, []);
    super(scope, id, { ...props, metricKind: 'data-metrics' });
    this.validate(props);
    this.checks = props.checks;
    this.metricNamespace = props.metricNamespace;

    const image = props.image ?? ContainerImage.modelMonitorAnalyzer();
    this.role = this.createRole(props, image);
    grantCaptured(given, this.role);
    this.grantPrincipal = this.role;
    const { baselineStatistics, baselineConstraints, output, entrypoint, arguments: containerArguments } = props;
    const s3Uri = output.bucket.s3UrlForObject(output.prefix);
    this.createSchedule({
      monitoringJobDefinition: {
        monitoringAppSpecification: {
          imageUri: image.bind(this).imageUri,
          containerEntrypoint: entrypoint && [...entrypoint],
          containerArguments: containerArguments && [...containerArguments],
          recordPreprocessorSourceUri: props.recordPreprocessorUri,
          postAnalyticsProcessorSourceUri: props.postAnalyticsProcessorUri,
        },
        environment: { ...props.environment, publish_cloudwatch_metrics: props.metrics ?? 'Enabled' },
        baselineConfig: (baselineStatistics ?? baselineConstraints) && {
          statisticsResource: baselineStatistics && { s3Uri: baselineStatistics.s3Uri },
          constraintsResource: baselineConstraints && { s3Uri: baselineConstraints.s3Uri },
        },
        // The service takes exactly one input and one output; more data is for the container to fetch, with grants on its role.
        monitoringInputs: [renderInput(props)],
        monitoringOutputConfig: {
          kmsKeyId: props.encryptionKey?.keyArn,
          monitoringOutputs: [
            { s3Output: { s3Uri, localPath: '/opt/ml/processing/output', s3UploadMode: 'EndOfJob' } },
          ],
        },
        monitoringResources: renderResources(props),
        networkConfig: renderNetwork(props),
        stoppingCondition: renderStopping(props, this.interval),
        roleArn: this.role.roleArn,
      },
    });
  }

  /**
   * A metric of the container, with the dimensions `MonitoringSchedule` and, of an endpoint, `Endpoint`, which it has to publish. Further
   * dimensions of its own are added.
   */
  public override metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const { dimensionsMap, ...rest } = options;
    const { namespace, dimensions, period, statistic } = super.metric(metricName);
    return new cloudwatch.Metric({
      namespace: this.metricNamespace ?? namespace,
      metricName,
      dimensionsMap: { ...(dimensions as Record<string, string>), ...dimensionsMap },
      period,
      statistic,
      ...rest,
    });
  }

  /** Adds an alarm on a metric of the container; the description says what it means. It holds until a run says otherwise. */
  public addAlarm(id: string, metric: cloudwatch.IMetric, description: string, limit: MetricLimit): cloudwatch.Alarm {
    return this.createAlarm(id, metric, description, limit);
  }

  private createRole(props: CustomProps, image: ContainerImage): iam.IRole {
    const { capturedData, output, encryptionKey, metricNamespace } = props;
    const role = new ExecutionRole(this, 'Role', {
      activities: [Activity.runJobs()],
      attachToVpc: props.network !== undefined,
      encryptionKeys: encryptionKey && [encryptionKey],
    });
    const files = [
      ...[props.baselineStatistics, props.baselineConstraints].map(file => file?.s3Uri),
      ...[props.recordPreprocessorUri, props.postAnalyticsProcessorUri],
    ].filter(uri => uri !== undefined);
    if (files.length > 0) {
      role.addToPrincipalPolicy(
        new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: files.map(objectArn) }),
      );
    }
    if (metricNamespace !== undefined) {
      const conditions = { StringEquals: { 'cloudwatch:namespace': metricNamespace } };
      role.addToPrincipalPolicy(
        new iam.PolicyStatement({ actions: ['cloudwatch:PutMetricData'], resources: ['*'], conditions }),
      );
      acknowledgeWildcards(role, ['*'], 'Metrics have no ARN; the condition limits them to one namespace');
    }
    grantReadUnder(role, capturedData.bucket, capturedData.prefix);
    grantWriteUnder(role, output.bucket, output.prefix);
    image.grantPull(this, role);
    return role;
  }

  private validate(props: CustomProps): void {
    const { path } = this.node;
    const { recordPreprocessorUri, postAnalyticsProcessorUri } = props;
    validateData(path, props);
    validateFiles(path, {
      baselineStatistics: props.baselineStatistics?.s3Uri,
      baselineConstraints: props.baselineConstraints?.s3Uri,
      recordPreprocessorUri,
      postAnalyticsProcessorUri,
    });
    validateLocation(path, 'output', props.output);
    validateJob(path, props, this.interval);
    validateProgram(path, props);
    const { metricNamespace } = props;
    if (metricNamespace === undefined || Token.isUnresolved(metricNamespace)) return;
    if (/^(AWS\/|:|$)/i.test(metricNamespace) || metricNamespace.length > 255) {
      throw new Error(
        `${path}: 'metricNamespace' must be 1 to 255 characters that do not begin with AWS/ or a colon, got: ${metricNamespace}`,
      );
    }
  }
}
