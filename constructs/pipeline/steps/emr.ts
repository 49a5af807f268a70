import { Stack } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Arguments } from '../arguments';
import type { StepContext } from '../context';
import { isPlainObject, type Value } from '../expression';
import { Float } from '../json';
import { allow, grantPassRoleTo } from '../permission';
import { isUnknown, maxLength, problemsOf, rule, type Rule, s3Uri } from '../problem';
import type { StepException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import type { EmrClusterRequest, EmrInstances, EmrStepProperties } from './emr-request';

/** A cluster that a step starts, and terminates when it ends. */
export interface EmrCluster {
  /** Release of EMR, such as `emr-7.5.0`. */
  readonly releaseLabel: Value<string>;

  /** Instances, as in the RunJobFlow request: either groups or fleets. */
  readonly instances: Arguments<EmrInstances>;

  /** Role of the EMR service. */
  readonly serviceRole: iam.IRole;

  /** Instance profile of the instances. One that is imported must be imported with its role. */
  readonly instanceProfile: iam.IInstanceProfile;

  /**
   * Role that scales instance groups with an `AutoScalingPolicy`.
   *
   * @default - groups keep their size
   */
  readonly autoScalingRole?: iam.IRole;

  /**
   * Applications that are installed, such as `Spark`.
   *
   * @default - none
   */
  readonly applications?: readonly Value<string>[];

  /**
   * S3 URI for the logs of the cluster.
   *
   * @default - logs are lost with the cluster
   */
  readonly logUri?: Value<string>;

  /**
   * Other members of the RunJobFlow request.
   *
   * @default - none
   */
  readonly request?: Arguments<EmrClusterRequest>;
}

interface EmrStepBaseProps extends StepProps, CacheableProps, RetryableProps<StepException> {
  /** JAR file that runs: an S3 URI, a path on the cluster, or `command-runner.jar`. */
  readonly jar: Value<string>;

  /**
   * Main class of the JAR file.
   *
   * @default - the one in the file's manifest
   */
  readonly mainClass?: Value<string>;

  /**
   * Arguments, such as `spark-submit` and its own for `command-runner.jar`.
   *
   * @default - none
   */
  readonly arguments?: readonly Value<string>[];

  /**
   * Java properties that are set while the step runs.
   *
   * @default - none
   */
  readonly properties?: Readonly<Record<string, Value<string>>>;
}

export type EmrStepProps = EmrStepBaseProps &
  (
    | {
        /** Id of a cluster that runs or waits for steps, which starts with `j-`. */
        readonly clusterId: Value<string>;

        /**
         * Role that the step runs with. The cluster's security configuration must allow such roles.
         *
         * @default - the role of the cluster's instances
         */
        readonly executionRole?: iam.IRole;
        readonly cluster?: undefined;
      }
    | {
        /** Cluster that is made for this step alone. */
        readonly cluster: EmrCluster;
        readonly clusterId?: undefined;
        readonly executionRole?: undefined;
      }
  );

const MAX_TEXT = 10_280;

/** Members that the API has as floats, which JSON must not write as whole numbers. */
const FLOATS = ['BidPriceAsPercentageOfOnDemandPrice', 'Priority', 'Threshold'];

/**
 * Runs a Hadoop or Spark job on Amazon EMR, on a cluster that exists or on one that the step makes for itself.
 *
 * A cluster that it makes costs the time of its instances, until the job ends. The service keeps a rule in EventBridge to learn
 * of the end: do not delete it.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class EmrStep extends StepWithProperties<EmrStepProperties> {
  private readonly props: EmrStepProps;

  public constructor(name: string, props: EmrStepProps) {
    super(name, {
      type: 'EMR',
      props,
      arguments: {
        StepConfig: { HadoopJarStep: renderJar(props) },
        ClusterId: props.clusterId,
        ExecutionRoleArn: props.executionRole?.roleArn,
        ClusterConfig: props.cluster && renderCluster(props.cluster),
      },
      cacheKeys: ['ClusterId', 'StepConfig'],
      problems: problemsIn(props),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { cluster, clusterId, executionRole } = this.props;
    if (cluster === undefined) {
      grantSteps(context, clusterId, executionRole);
    } else {
      grantCluster(context, cluster);
    }
  }
}

function renderJar({ jar, mainClass, arguments: words, properties }: EmrStepProps): object {
  return {
    Jar: jar,
    MainClass: mainClass,
    Args: words,
    Properties: properties && Object.entries(properties).map(([Key, Value]) => ({ Key, Value })),
  };
}

function renderCluster(cluster: EmrCluster): object {
  return {
    ...cluster.request,
    ReleaseLabel: cluster.releaseLabel,
    Applications: cluster.applications?.map(Name => ({ Name })),
    Instances: withFloats(cluster.instances),
    LogUri: cluster.logUri,
    ServiceRole: cluster.serviceRole.roleArn,
    JobFlowRole: cluster.instanceProfile.instanceProfileArn,
    AutoScalingRole: cluster.autoScalingRole?.roleArn,
  };
}

function withFloats(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withFloats);
  if (!isPlainObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => {
    const isFloat = typeof member === 'number' && FLOATS.includes(name);
    return [name, isFloat ? new Float(member) : withFloats(member)];
  });
  return Object.fromEntries(members);
}

// What the steps of a cluster need and what a cluster needs are told apart in the description of this policy:
// https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-pipelines.html

function grantSteps(context: StepContext, clusterId: Value<string>, executionRole?: iam.IRole): void {
  const { scope, pipelineRole } = context;
  const resourceName = typeof clusterId === 'string' ? clusterId : '*';
  const cluster = Stack.of(scope).formatArn({ service: 'elasticmapreduce', resource: 'cluster', resourceName });
  const wildcardReason = 'The id of the cluster is only known when the pipeline runs';
  // Without a role of its own, a step has that of the instances: then no role may be given.
  const conditions: Record<string, Record<string, string>> = executionRole
    ? { ArnEquals: { 'elasticmapreduce:ExecutionRoleArn': executionRole.roleArn } }
    : { Null: { 'elasticmapreduce:ExecutionRoleArn': 'true' } };
  allow(pipelineRole, {
    actions: ['elasticmapreduce:AddJobFlowSteps'],
    resources: [cluster],
    conditions,
    wildcardReason,
  });
  const others = ['CancelSteps', 'DescribeStep', 'ListSteps'].map(verb => `elasticmapreduce:${verb}`);
  allow(pipelineRole, { actions: others, resources: [cluster], wildcardReason });
  grantRule(context, 'SageMakerPipelineExecutionEMRStepStatusUpdateRule');
}

function grantCluster(context: StepContext, cluster: EmrCluster): void {
  const { scope, pipelineRole } = context;
  const verbs = ['DescribeCluster', 'DescribeStep', 'ListSteps', 'TerminateJobFlows'];
  const tags = cluster.request?.Tags === undefined ? [] : ['AddTags'];
  allow(pipelineRole, {
    actions: [...verbs, ...tags].map(verb => `elasticmapreduce:${verb}`),
    resources: [Stack.of(scope).formatArn({ service: 'elasticmapreduce', resource: 'cluster', resourceName: '*' })],
    wildcardReason: 'EMR makes up the ids of the clusters that a pipeline starts',
  });
  allow(pipelineRole, {
    actions: ['elasticmapreduce:RunJobFlow'],
    resources: ['*'],
    wildcardReason: 'IAM knows no resource for RunJobFlow; the roles that can be given to a cluster limit it',
  });
  grantPassRoleTo(context, cluster.serviceRole, 'elasticmapreduce');
  if (cluster.instanceProfile.role) grantPassRoleTo(context, cluster.instanceProfile.role, 'ec2');
  if (cluster.autoScalingRole) grantPassRoleTo(context, cluster.autoScalingRole, 'application-autoscaling');
  grantRule(context, 'SageMakerPipelineExecutionEMRClusterStatusUpdateRule');
}

/** The service watches EMR with a rule that it makes in the name of the pipeline. */
function grantRule({ scope, pipelineRole }: StepContext, resourceName: string): void {
  allow(pipelineRole, {
    actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
    resources: [Stack.of(scope).formatArn({ service: 'events', resource: 'rule', resourceName })],
  });
}

function problemsIn(props: EmrStepProps): readonly string[] {
  const { cluster, clusterId } = props;
  const isId = (id: unknown) => /^j-[A-Z0-9]+$/.test(String(id));
  return problemsOf(
    rule(clusterId, isId, `'clusterId' must be the id of a cluster, which starts with j-`),
    maxLength('jar', props.jar, MAX_TEXT),
    maxLength('mainClass', props.mainClass, MAX_TEXT),
    ...(props.arguments ?? []).map(word => maxLength('arguments', word, MAX_TEXT)),
    ...(cluster ? clusterRules(cluster) : []),
  );
}

function clusterRules({ instances, instanceProfile, autoScalingRole, logUri }: EmrCluster): readonly Rule[] {
  const { InstanceGroups: groups = [], InstanceFleets: fleets = [] } = instances;
  const roles = [...groups.map(group => group.InstanceRole), ...fleets.map(fleet => fleet.InstanceFleetType)];
  const scales = groups.some(group => group.AutoScalingPolicy !== undefined);
  return [
    [
      roles.some(isUnknown) || roles.filter(role => role === 'MASTER').length === 1,
      `'cluster.instances' must hold one group or fleet for MASTER, got: ${roles.some(isUnknown) ? '' : roles.map(String).join(', ') || 'none'}`,
    ],
    [
      instanceProfile.role !== undefined,
      `'cluster.instanceProfile' must be imported with its role, got: ${instanceProfile.node.path} without`,
    ],
    [
      !scales || autoScalingRole !== undefined,
      `'cluster.autoScalingRole' must be given for an AutoScalingPolicy, got: none`,
    ],
    s3Uri('cluster.logUri', logUri),
  ];
}
