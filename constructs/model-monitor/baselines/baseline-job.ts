import { createHash } from 'node:crypto';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Duration, Resource, Stack } from 'aws-cdk-lib/core';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import {
  Activity,
  ExecutionRole,
  type Permission,
  acknowledgeWildcards,
  grantReadUnder,
  grantWriteUnder,
} from '../../roles';
import { objectArn } from './baseline';
import { type BaselineProgram, type JobInput, renderProgram } from './baseline-program';
import { type DataLocation, validateLocation } from '../data-location';
import {
  type MonitoringJobOptions,
  renderNetwork,
  renderResources,
  requireRange,
  validateJob,
} from '../monitoring-job';
import { requireOneInstance } from '../open/open-options';

export interface BaselineJobOptions extends Omit<MonitoringJobOptions, 'maxRuntime' | 'isolateNetwork'> {
  /** The data set: everything below the prefix. */
  readonly dataset: DataLocation;

  /** Where baselines go: below the prefix, each has a folder of its own, named after what decides about it. */
  readonly output: DataLocation;

  /**
   * Any text, such as a date: another one makes a new baseline, for data that changes in its place. CloudFormation does not see that.
   *
   * @default - a new baseline is made when a place, a setting or a script changes
   */
  readonly revision?: string;

  /**
   * Time after which the job is stopped, 1 second to 9 days.
   *
   * @default Duration.hours(1)
   */
  readonly maxRuntime?: Duration;

  /**
   * Whether the job is one of Model Monitor or Clarify, which are closed to new customers; else it runs the analyzer of this project, for
   * monitors that do so too.
   *
   * @default true
   */
  readonly managed?: boolean;
}

/** How the kinds of baseline differ. */
export interface BaselineKind {
  readonly isolateNetwork?: boolean;

  /** Checks what is of this kind, before anything is created. */
  readonly validate: (path: string) => void;

  /** What the job runs; called once the role is there. */
  readonly program: (job: BaselineJob) => BaselineProgram;

  /** S3 URIs of the files that the job reads besides the data set. */
  readonly files?: readonly (string | undefined)[];

  /** Permissions that only this kind needs. */
  readonly permissions?: (scope: Construct) => readonly Permission[];
}

/**
 * A processing job that makes a baseline at deployment, and another one when anything that decides about it changes.
 *
 * No property of the job can be changed, so CloudFormation replaces it, and stops the old one if it still runs. The results of each job
 * stay, in a folder whose name is a hash of the job: what refers to the files moves on with it. AWS does not say whether CloudFormation
 * waits until the job has ended, so a monitor that runs at once may come too early; a scheduled one does not.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sagemaker-processingjob.html
 */
export abstract class BaselineJob extends Resource implements refs.IProcessingJobRef, iam.IGrantable {
  public readonly processingJobRef: refs.ProcessingJobReference;
  public readonly grantPrincipal: iam.IPrincipal;

  /** Role of the job; it belongs to this baseline alone, which is how `onFailed` knows the job. */
  public readonly role: iam.IRole;

  /** S3 URI of the folder with the results. */
  public readonly resultsUri: string;

  protected constructor(scope: Construct, id: string, props: BaselineJobOptions, kind: BaselineKind) {
    super(scope, id);
    this.validate(props);
    kind.validate(this.node.path);

    this.role = this.createRole(props, kind);
    this.grantPrincipal = this.role;
    const { dataset, output, maxRuntime = Duration.hours(1) } = props;
    const program = kind.program(this);
    program.image.grantPull(this, this.role);
    const data: JobInput = {
      name: 'dataset',
      s3Uri: dataset.bucket.s3UrlForObject(dataset.prefix),
      localPath: program.datasetPath,
    };
    const { clusterConfig } = renderResources(props);
    const job = {
      ...renderProgram(this, program, data),
      processingResources: { clusterConfig },
      networkConfig: renderNetwork({ ...props, isolateNetwork: kind.isolateNetwork }),
      stoppingCondition: { maxRuntimeInSeconds: maxRuntime.toSeconds() },
      roleArn: this.role.roleArn,
    } as const;
    const decisive = JSON.stringify(Stack.of(this).resolve([job, output.prefix, props.revision]));
    const folder = `${output.prefix}/${createHash('sha256').update(decisive).digest('hex').slice(0, 16)}`;
    this.resultsUri = output.bucket.s3UrlForObject(folder);
    const s3Output = {
      s3Uri: this.resultsUri,
      localPath: '/opt/ml/processing/output',
      s3UploadMode: 'EndOfJob',
    };
    const resource = new sagemaker.CfnProcessingJob(this, 'Resource', {
      ...job,
      processingOutputConfig: { outputs: [{ outputName: 'result', s3Output }], kmsKeyId: props.encryptionKey?.keyArn },
    });
    // Tags of the app would replace the job whenever they change; a deletion override comes after all aspects.
    resource.addPropertyDeletionOverride('Tags');
    // The policy has to exist before the job uses the role.
    resource.node.addDependency(this.role);
    this.processingJobRef = resource.processingJobRef;
  }

  /** Reacts to a job that failed or was stopped, and so left no baseline. */
  public onFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    const { target, ...rest } = options;
    const rule = new events.Rule(this, id, { ...rest, targets: target && [target] });
    rule.addEventPattern({
      source: ['aws.sagemaker'],
      detailType: ['SageMaker Processing Job State Change'],
      detail: { RoleArn: [this.role.roleArn], ProcessingJobStatus: ['Failed', 'Stopped'] },
    });
    return rule;
  }

  private createRole(props: BaselineJobOptions, kind: BaselineKind): iam.IRole {
    const { dataset, output, encryptionKey } = props;
    const role = new ExecutionRole(this, 'Role', {
      activities: [Activity.runJobs()],
      attachToVpc: props.network !== undefined,
      encryptionKeys: encryptionKey && [encryptionKey],
    });
    const resources = (kind.files ?? []).filter(uri => uri !== undefined).map(objectArn);
    if (resources.length > 0) {
      role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources }));
    }
    for (const { actions, resources: arns, conditions, wildcardReason = '' } of kind.permissions?.(role) ?? []) {
      role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [...arns], conditions }));
      acknowledgeWildcards(role, arns, wildcardReason);
    }
    grantReadUnder(role, dataset.bucket, dataset.prefix);
    grantWriteUnder(role, output.bucket, output.prefix);
    return role;
  }

  private validate(props: BaselineJobOptions): void {
    const { path } = this.node;
    const { maxRuntime, managed = true, instanceCount } = props;
    validateLocation(path, 'dataset', props.dataset);
    validateLocation(path, 'output', props.output);
    validateJob(path, { ...props, maxRuntime: undefined }, Duration.days(1));
    if (maxRuntime && !maxRuntime.isUnresolved()) {
      const seconds = maxRuntime.toSeconds({ integral: false });
      requireRange(path, 'maxRuntime', seconds, 1, Duration.days(9).toSeconds(), ' seconds');
    }
    if (!managed) requireOneInstance(path, instanceCount);
  }
}
