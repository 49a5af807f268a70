import { Duration } from 'aws-cdk-lib/core';
import * as emrserverless from 'aws-cdk-lib/aws-emrserverless';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import {
  Condition,
  ConditionStep,
  EmrServerlessStep,
  EmrStep,
  Parameter,
  type Step,
  type Value,
} from '../../constructs/pipeline';
import { rawDataParameter, RETRY_CALL, stepFiles, underRun, type WorkloadPipelineProps } from './jobs';

export interface SparkApplicationProps extends WorkloadPipelineProps {
  /** Gives a role access to the data. */
  readonly grantData: (role: iam.IRole) => void;
}

/** Capacity of EMR Serverless, which costs money while jobs run and a quarter of an hour longer. */
export class SparkApplication extends Construct {
  public readonly applicationId: string;

  /** Role of the jobs. */
  public readonly role: iam.Role;

  constructor(scope: Construct, id: string, { network, grantData }: SparkApplicationProps) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      description: 'Spark jobs on EMR Serverless',
      assumedBy: new iam.ServicePrincipal('emr-serverless.amazonaws.com'),
    });
    grantData(this.role);
    stepFiles().bind(this).grantRead(this.role);
    const { attrApplicationId } = new emrserverless.CfnApplication(this, 'Resource', {
      // The first release whose own connector to S3 answers to the scheme s3a, as that of the SageMaker container does.
      releaseLabel: 'emr-7.10.0',
      type: 'SPARK',
      autoStartConfiguration: { enabled: true },
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 15 },
      maximumCapacity: { cpu: '32 vCPU', memory: '128 GB' },
      networkConfiguration: network && {
        subnetIds: network.vpc.selectSubnets(network.subnets).subnetIds,
        securityGroupIds: network.securityGroups.map(({ securityGroupId }) => securityGroupId),
      },
    });
    this.applicationId = attrApplicationId;
  }
}

export interface EmrStepsProps extends WorkloadPipelineProps {
  readonly application: SparkApplication;
}

/** What `Parameters.EmrClusterId` is when nobody gives a cluster. */
const NO_CLUSTER = 'none';

/**
 * The features of the Spark pipeline, computed by EMR: on a cluster that is given, otherwise on EMR Serverless.
 *
 * The instances of a cluster that is given must be allowed to read the loans and the program, and to write the features.
 */
export function emrSteps(props: EmrStepsProps): readonly Step[] {
  const { application } = props;
  const clusterId = Parameter.string('EmrClusterId', {
    default: NO_CLUSTER,
    description: `Id of an EMR cluster of release 7.10.0 or later with Spark, which starts with j-; '${NO_CLUSTER}' takes EMR Serverless`,
  });
  // Spark wants each file by its name, and finds modules beside nothing.
  const { s3Uri } = stepFiles().bind(application);
  const entry = `${s3Uri}encode_with_spark.py`;
  const modules = ['schema.py', 'step.py'].map(file => `${s3Uri}${file}`).join(',');
  const words: readonly Value<string>[] = [
    ...['--input', rawDataParameter()],
    ...['--to', underRun(props)('features')],
    ...['--files', '8'],
  ];

  const serverless = new EmrServerlessStep('EncodeServerless', {
    description: 'Encodes the loans on EMR Serverless',
    applicationId: application.applicationId,
    executionRole: application.role,
    jobDriver: {
      sparkSubmit: { entryPoint: entry, entryPointArguments: words, sparkSubmitParameters: `--py-files ${modules}` },
    },
    executionTimeout: Duration.hours(1),
    retryPolicies: RETRY_CALL,
  });
  const onCluster = new EmrStep('EncodeOnCluster', {
    description: 'Encodes the loans on a cluster',
    clusterId,
    jar: 'command-runner.jar',
    arguments: ['spark-submit', '--deploy-mode', 'cluster', '--py-files', modules, entry, ...words],
    retryPolicies: RETRY_CALL,
  });
  const choice = new ConditionStep('WithoutCluster', {
    conditions: [Condition.equals(clusterId, NO_CLUSTER)],
    ifSteps: [serverless],
    elseSteps: [onCluster],
  });
  return [choice];
}
