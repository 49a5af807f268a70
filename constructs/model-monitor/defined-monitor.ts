import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { type CfnResource, Fn } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ContainerImage } from '../images';
import {
  Activity,
  ExecutionRole,
  type Permission,
  acknowledgeWildcards,
  grantReadUnder,
  grantWriteUnder,
} from '../roles';
import { objectArn } from './baselines/baseline';
import { type MonitoredData, validateData } from './captured-data';
import { type DataLocation, validateLocation } from './data-location';
import { ModelMonitor } from './model-monitor';
import {
  type MonitoringJobOptions,
  renderNetwork,
  renderResources,
  renderStopping,
  validateJob,
} from './monitoring-job';
import type { OpenAnalysis } from './open/open-job';
import { type ManagedOption, validateOpen } from './open/open-options';
import { createOpenRole } from './open/open-role';
import type { MonitorSchedule } from './schedule';

export interface DefinedMonitorOptions extends MonitoringJobOptions, ManagedOption {
  /** Where the reports go: the results of each run, and `constraint_violations.json`. */
  readonly output: DataLocation;

  /**
   * When to run.
   *
   * @default - every day at midnight UTC
   */
  readonly schedule?: MonitorSchedule;

  /**
   * Whether the job publishes CloudWatch metrics.
   *
   * @default Enabled
   */
  readonly metrics?: 'Enabled' | 'Disabled';
}

/** What all job definitions have. */
interface CommonDefinition {
  readonly jobResources: sagemaker.CfnMonitoringSchedule.MonitoringResourcesProperty;
  readonly networkConfig?: sagemaker.CfnMonitoringSchedule.NetworkConfigProperty;
  readonly stoppingCondition: sagemaker.CfnMonitoringSchedule.StoppingConditionProperty;
  readonly roleArn: string;
}

interface DefinedParts {
  readonly common: CommonDefinition;
  readonly imageUri: string;
  readonly environment: Record<string, string>;
  readonly output: sagemaker.CfnMonitoringSchedule.MonitoringOutputConfigProperty;
}

/** How the kinds of monitor differ. */
export interface DefinedKind {
  readonly type: 'ModelQuality' | 'ModelBias' | 'ModelExplainability';
  readonly metricKind: 'model-metrics' | 'bias-metrics' | 'explainability-metrics';
  readonly image: ContainerImage;
  /** Labels that a job of its own merges with the captured data before the analysis. */
  readonly groundTruth?: DataLocation;
  /** Checks what is of this kind, before anything is created. */
  readonly validate: (path: string) => void;
  /** S3 URIs of the files that the job reads. */
  readonly files: readonly (string | undefined)[];
  /** Permissions that only this kind needs. */
  readonly permissions?: (scope: Construct) => readonly Permission[];
  /** What the job does with `managed: false`. */
  readonly open: OpenAnalysis;
  /** Permissions that only this kind needs with `managed: false`. */
  readonly openPermissions?: (scope: Construct) => readonly Permission[];
  /** Creates the job definition below the monitor. */
  readonly define: (
    monitor: DefinedMonitor,
    parts: DefinedParts,
  ) => CfnResource & { readonly attrJobDefinitionArn: string };
}

/**
 * A monitor with a job definition beside the schedule, or with `managed: false` a workflow.
 *
 * Ground truth and analysis configurations exist in these definitions only, not in the definition that a schedule can hold, which is
 * that of a data quality job. A definition cannot be changed: CloudFormation replaces it, and points the schedule, which stays,
 * to the new one. So definitions have no names of their own. CloudFormation lacks their types in the regions of China.
 */
export abstract class DefinedMonitor extends ModelMonitor {
  public readonly role: iam.IRole;
  public readonly grantPrincipal: iam.IPrincipal;

  protected constructor(scope: Construct, id: string, props: DefinedMonitorOptions & MonitoredData, kind: DefinedKind) {
    super(scope, id, { ...props, metricKind: kind.metricKind });
    const { path } = this.node;
    const { managed = true } = props;
    const jobs = managed && kind.groundTruth ? 2 : 1;
    validateData(path, props);
    validateLocation(path, 'output', props.output);
    if (kind.groundTruth) {
      validateLocation(path, 'groundTruth', kind.groundTruth);
    }
    validateJob(path, props, this.interval, jobs);
    kind.validate(path);
    if (!managed) {
      validateOpen(path, props, kind.groundTruth);
      this.grantPrincipal = this.role = createOpenRole(this, props, kind.open, kind.openPermissions);
      this.createOpenSchedule({ props, analysis: kind.open });
      return;
    }

    this.grantPrincipal = this.role = this.createRole(props, kind);
    const { bucket, prefix } = props.output;
    const s3Output = {
      s3Uri: bucket.s3UrlForObject(prefix),
      localPath: '/opt/ml/processing/output',
      s3UploadMode: 'EndOfJob',
    };
    const definition = kind.define(this, {
      common: {
        jobResources: renderResources(props),
        networkConfig: renderNetwork(props),
        stoppingCondition: renderStopping(props, this.interval, jobs),
        roleArn: this.role.roleArn,
      },
      imageUri: kind.image.bind(this).imageUri,
      environment: { publish_cloudwatch_metrics: props.metrics ?? 'Enabled' },
      output: { kmsKeyId: props.encryptionKey?.keyArn, monitoringOutputs: [{ s3Output }] },
    });
    // Tags of the app would replace the definition whenever they change; a deletion override comes after all aspects.
    definition.addPropertyDeletionOverride('Tags');
    // The policy has to exist before the service uses the role.
    definition.node.addDependency(this.role);
    this.createSchedule({
      monitoringJobDefinitionName: Fn.select(1, Fn.split('/', definition.attrJobDefinitionArn)),
      monitoringType: kind.type,
    });
  }

  private createRole(props: DefinedMonitorOptions & MonitoredData, kind: DefinedKind): iam.IRole {
    const { capturedData, output, encryptionKey } = props;
    const role = new ExecutionRole(this, 'Role', {
      activities: [Activity.runJobs()],
      attachToVpc: props.network !== undefined,
      encryptionKeys: encryptionKey && [encryptionKey],
    });
    const resources = kind.files.filter(uri => uri !== undefined).map(objectArn);
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources }));
    grantReadUnder(role, capturedData.bucket, capturedData.prefix);
    grantWriteUnder(role, output.bucket, output.prefix);
    kind.image.grantPull(this, role);
    for (const { actions, resources: arns, conditions, wildcardReason = '' } of kind.permissions?.(role) ?? []) {
      role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [...arns], conditions }));
      acknowledgeWildcards(role, arns, wildcardReason);
    }
    if (kind.groundTruth) {
      grantReadUnder(role, kind.groundTruth.bucket, kind.groundTruth.prefix);
      // The first job leaves what it has merged here, and the second one reads it.
      grantReadUnder(role, output.bucket, `${output.prefix}/merge`);
      ContainerImage.modelMonitorGroundTruthMerger().grantPull(this, role);
    }
    return role;
  }
}
