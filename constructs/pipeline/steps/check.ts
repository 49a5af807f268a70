import type { ProcessingInstanceType } from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { ContainerImage } from '../../images';
import type { StepContext } from '../context';
import type { Late, Value } from '../expression';
import {
  type ClusterProps,
  clusterRules,
  grantContainer,
  imageUri,
  jobRole,
  type JobProps,
  networkRules,
} from '../job';
import { renderCluster, renderVpcConfig, roleArn } from '../job';
import { grant, grantJob, grantReadOutput } from '../permission';
import { type Rule, s3Uri, seconds } from '../problem';
import type { CacheableProps, StepProps } from '../step';
import { type ProcessingArguments, renderInput, renderOutput } from './processing-io';

/** What all check steps have in common: one processing job whose result is compared with a baseline. */
export interface CheckProps extends StepProps, CacheableProps, JobProps, ClusterProps<ProcessingInstanceType> {
  /** S3 URI of the data that is checked, and that a new baseline is made from. */
  readonly dataset: Value<string>;

  /** S3 URI of the prefix for the results. */
  readonly outputPath: Value<string>;

  /**
   * Name of the model package group whose latest approved version holds the baseline.
   *
   * @default - the baseline is supplied, or there is none
   */
  readonly modelPackageGroupName?: Value<string>;

  /**
   * S3 URI of the constraints to check against; wins over the group.
   *
   * @default - those of the latest approved version
   */
  readonly suppliedBaselineConstraints?: Value<string>;

  /**
   * Nothing is checked and only a new baseline is made, as in a first execution. Without it a baseline is needed.
   *
   * @default false
   */
  readonly skipCheck?: Value<boolean>;

  /**
   * The step fails when the data violates the baseline.
   *
   * @default true
   */
  readonly failOnViolation?: Value<boolean>;

  /**
   * The result becomes the baseline that later versions and monitors are checked against.
   *
   * @default false
   */
  readonly registerNewBaseline?: Value<boolean>;

  /**
   * Time after which the job is stopped: 1 second to 9 days.
   *
   * @default - one day, by the service
   */
  readonly maxRuntime?: Duration;

  /**
   * Key that encrypts the results in S3.
   *
   * @default - the default encryption of the bucket
   */
  readonly outputEncryptionKey?: kms.IKey;
}

export interface CheckJob {
  readonly image: ContainerImage;
  readonly inputs: Readonly<Record<string, { readonly uri: Value<string> | Late; readonly localPath: string }>>;
  readonly outputName: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The processing job of a check step. */
export function renderCheckJob(props: CheckProps, job: CheckJob): ProcessingArguments {
  const network = {
    EnableInterContainerTrafficEncryption: props.encryptInterContainerTraffic,
    EnableNetworkIsolation: props.isolateNetwork,
    VpcConfig: renderVpcConfig(props),
  };
  return {
    ProcessingResources: { ClusterConfig: renderCluster(props) },
    AppSpecification: { ImageUri: imageUri(job.image) },
    RoleArn: roleArn(props),
    ProcessingInputs: Object.entries(job.inputs).map(([name, input]) => renderInput(name, input)),
    ProcessingOutputConfig: {
      Outputs: [renderOutput(job.outputName, { uri: props.outputPath, localPath: '/opt/ml/processing/output' })],
      KmsKeyId: props.outputEncryptionKey?.keyArn,
    },
    Environment: job.environment,
    StoppingCondition: props.maxRuntime && { MaxRuntimeInSeconds: props.maxRuntime.toSeconds() },
    NetworkConfig: Object.values(network).some(value => value !== undefined) ? network : undefined,
  };
}

/** The keys of a check step that stand beside its arguments. */
export function renderCheckMembers(checkType: string, props: CheckProps): Record<string, unknown> {
  return {
    CheckType: checkType,
    ModelPackageGroupName: props.modelPackageGroupName,
    SuppliedBaselineConstraints: props.suppliedBaselineConstraints,
    SkipCheck: props.skipCheck ?? false,
    FailOnViolation: props.failOnViolation ?? true,
    RegisterNewBaseline: props.registerNewBaseline ?? false,
  };
}

export function checkRules(props: CheckProps): readonly Rule[] {
  const { skipCheck = false, modelPackageGroupName, suppliedBaselineConstraints } = props;
  const hasBaseline = modelPackageGroupName !== undefined || suppliedBaselineConstraints !== undefined;
  return [
    ...clusterRules(props),
    ...networkRules(props),
    s3Uri('dataset', props.dataset),
    s3Uri('outputPath', props.outputPath),
    seconds('maxRuntime', props.maxRuntime, 1, 777_600),
    [
      skipCheck === true || hasBaseline,
      `'modelPackageGroupName' or 'suppliedBaselineConstraints' must be given unless 'skipCheck' is true, got: neither`,
    ],
  ];
}

export function bindCheck(props: CheckProps, image: ContainerImage, context: StepContext): void {
  const role = jobRole(props, context);
  grantJob(context, 'ProcessingJob', role);
  grantContainer(props, [image], context);
  props.outputEncryptionKey?.grantEncryptDecrypt(role);
  grantReadOutput(context, props.outputPath);
  props.outputEncryptionKey?.grantDecrypt(context.pipelineRole);
  const group = props.modelPackageGroupName;
  if (group !== undefined) {
    const name = typeof group === 'string' ? group : '*';
    grant(
      context,
      ['sagemaker:ListModelPackages', 'sagemaker:DescribeModelPackage'],
      [`model-package-group/${name}`, `model-package/${name}/*`],
    );
  }
}
