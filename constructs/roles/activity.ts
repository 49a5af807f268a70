import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { JOB_KINDS, startKinds, type JobKind } from './job-kind';
import { passRoles, sagemakerArn, type Permission } from './permission';
import { usePrivateSpaces } from './studio';
import { JOB_LOG_GROUPS, publishMetrics, writeLogs } from './telemetry';

export interface HostModelsOptions {
  /**
   * Names of the alarms that roll a blue/green deployment back: the role may read their state.
   *
   * Names rather than alarms, because an alarm on an endpoint already depends on the endpoint, hence on its role.
   *
   * @default - no alarm is read; a deployment with rollback alarms fails
   */
  readonly rollbackAlarmNames?: readonly string[];
}

export interface StartJobsOptions {
  /** Kinds of job (or `Model`) to create, tag, read, list and stop, at least one. */
  readonly kinds: readonly JobKind[];

  /** Roles that the jobs run under, at least one; no other role can be passed. */
  readonly passRoles: readonly iam.IRole[];
}

export interface RegisterModelsOptions {
  /**
   * Group that takes the versions.
   *
   * @default - any group of this account and region
   */
  readonly modelPackageGroup?: refs.IModelPackageGroupRef;
}

export interface RunPipelinesOptions {
  /**
   * Pipelines to start, watch, retry and stop.
   *
   * @default - any pipeline of this account and region
   */
  readonly pipelines?: readonly refs.IPipelineRef[];
}

export interface InvokeEndpointsOptions {
  /**
   * Endpoints to call.
   *
   * @default - any endpoint of this account and region
   */
  readonly endpoints?: readonly refs.IEndpointRef[];
}

export interface UseStudioOptions {
  /**
   * Domain to work in.
   *
   * @default - the domain of each session, by a policy variable; which spares the role a dependency on the domain
   */
  readonly domainId?: string;
}

/** What an activity asks of the role it is listed in. */
export interface ActivityConfig {
  readonly permissions: readonly Permission[];

  /**
   * Actions that SageMaker may take on the role itself besides `sts:AssumeRole`.
   *
   * @default - none
   */
  readonly trustActions?: readonly string[];
}

/**
 * Something that a role of SageMaker does, as a value: a role is made from a list of them.
 *
 * Data, keys, images and topics are no part of an activity. Grant them to the role (`bucket.grantRead(role)`).
 */
export class Activity {
  /** Be a job: write its logs and metrics. */
  public static runJobs(): Activity {
    return new Activity(scope => ({ permissions: [writeLogs(scope, JOB_LOG_GROUPS), publishMetrics()] }));
  }

  /** Be an endpoint: write its logs and metrics, and read the alarms that roll a deployment back. */
  public static hostModels({ rollbackAlarmNames = [] }: HostModelsOptions = {}): Activity {
    return new Activity(scope => {
      const alarm = { service: 'cloudwatch', resource: 'alarm', arnFormat: ArnFormat.COLON_RESOURCE_NAME };
      const readAlarms: Permission = {
        actions: ['cloudwatch:DescribeAlarms'],
        resources: rollbackAlarmNames.map(resourceName => Stack.of(scope).formatArn({ ...alarm, resourceName })),
      };
      return {
        permissions: [
          writeLogs(scope, ['/aws/sagemaker/Endpoints/*']),
          publishMetrics(),
          ...(rollbackAlarmNames.length > 0 ? [readAlarms] : []),
        ],
      };
    });
  }

  /** Be an endpoint that hosts inference components: write their logs and metrics, and those of the endpoint. */
  public static hostComponents(): Activity {
    return new Activity(scope => ({
      permissions: [
        writeLogs(scope, ['/aws/sagemaker/Endpoints/*', '/aws/sagemaker/InferenceComponents/*']),
        publishMetrics(),
      ],
    }));
  }

  /**
   * Be a Clarify job that asks a model for predictions: make a short-lived endpoint for it, call and delete it.
   * List `runJobs()` too.
   */
  public static queryModels(): Activity {
    return new Activity(scope => {
      // Clarify makes up these names, so the wildcards reach no endpoint of anyone else.
      const endpointConfig = sagemakerArn(scope, 'endpoint-config', 'sm-clarify-*');
      const endpoint = sagemakerArn(scope, 'endpoint', 'sm-clarify-*');
      const wildcardReason = 'Clarify names its short-lived endpoints at run time, always with the prefix sm-clarify-';
      return {
        permissions: [
          {
            actions: [
              'sagemaker:AddTags',
              'sagemaker:CreateEndpoint',
              'sagemaker:CreateEndpointConfig',
              'sagemaker:DeleteEndpoint',
              'sagemaker:DeleteEndpointConfig',
              'sagemaker:DescribeEndpoint',
              'sagemaker:DescribeEndpointConfig',
              'sagemaker:InvokeEndpoint',
            ],
            resources: [endpointConfig, endpoint],
            wildcardReason,
          },
          {
            actions: ['sagemaker:DescribeModel'],
            resources: [sagemakerArn(scope, 'model', '*')],
            wildcardReason:
              'A pipeline makes up the name of the model it asks about at run time; reading it shows no data',
          },
        ],
      };
    });
  }

  /** Start jobs, or create models, and follow them: a pipeline, a notebook, a state machine. */
  public static startJobs(options: StartJobsOptions): Activity {
    return new Activity(scope => {
      for (const kind of options.kinds) {
        if (!JOB_KINDS.includes(kind)) {
          throw new Error(`${scope.node.path}: 'kinds' must hold only ${JOB_KINDS.join(', ')}, got: ${kind}`);
        }
      }
      for (const prop of ['kinds', 'passRoles'] as const) {
        if (options[prop].length === 0) {
          throw new Error(`${scope.node.path}: '${prop}' must hold at least one element, got: []`);
        }
      }
      return { permissions: [...startKinds(scope, options.kinds), passRoles(options.passRoles)] };
    });
  }

  /** Register model versions and read them. Approving one is not included: that is somebody else's decision. */
  public static registerModels({ modelPackageGroup }: RegisterModelsOptions = {}): Activity {
    return new Activity(scope => {
      const groupArn =
        modelPackageGroup === undefined
          ? sagemakerArn(scope, 'model-package-group', '*')
          : sagemaker.CfnModelPackageGroup.arnForModelPackageGroup(modelPackageGroup);
      const groupName = Stack.of(scope).splitArn(groupArn, ArnFormat.SLASH_RESOURCE_NAME).resourceName ?? '*';
      const versions = {
        // A group name of '*' must not become '*/*': versions of no group are 'model-package/<name>'.
        resources: [sagemakerArn(scope, 'model-package', groupName === '*' ? '*' : `${groupName}/*`)],
        wildcardReason: 'SageMaker numbers the versions of a group at run time',
      };
      return {
        permissions: [
          {
            actions: [
              'sagemaker:AddTags',
              'sagemaker:CreateModelPackage',
              'sagemaker:DescribeModelPackage',
              'sagemaker:ListModelPackages',
            ],
            ...versions,
          },
          {
            actions: ['sagemaker:DescribeModelPackageGroup'],
            resources: [groupArn],
            wildcardReason: 'No group was named, so every group of the account may be read',
          },
        ],
      };
    });
  }

  /** Start, follow, retry and stop pipelines. Needs no role to pass: a pipeline carries its own. */
  public static runPipelines({ pipelines }: RunPipelinesOptions = {}): Activity {
    return new Activity(scope => {
      const arns = pipelines?.map(pipeline => sagemaker.CfnPipeline.arnForPipeline(pipeline)) ?? [
        sagemakerArn(scope, 'pipeline', '*'),
      ];
      return {
        permissions: [
          {
            actions: [
              'sagemaker:DescribePipeline',
              'sagemaker:ListPipelineExecutions',
              'sagemaker:StartPipelineExecution',
            ],
            resources: arns,
            wildcardReason: 'No pipeline was named, so every pipeline of the account may be run',
          },
          {
            actions: [
              'sagemaker:DescribePipelineDefinitionForExecution',
              'sagemaker:DescribePipelineExecution',
              'sagemaker:ListPipelineExecutionSteps',
              'sagemaker:ListPipelineParametersForExecution',
              'sagemaker:RetryPipelineExecution',
              'sagemaker:StopPipelineExecution',
            ],
            resources: arns.map(arn => `${arn}/execution/*`),
            wildcardReason: 'SageMaker makes up the ids of executions',
          },
        ],
      };
    });
  }

  /**
   * Be an Autopilot (AutoML) job: make models and endpoints for its candidates, ask and delete them, and hand its own role
   * to the jobs that do it. List `runJobs()` too. What CloudFormation made is out of reach.
   *
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
   */
  public static searchModels(): Activity {
    return new Activity(scope => ({
      permissions: [
        {
          actions: [
            'sagemaker:AddTags',
            ...['Model', 'EndpointConfig', 'Endpoint'].flatMap(kind =>
              ['Create', 'Delete', 'Describe'].map(verb => `sagemaker:${verb}${kind}`),
            ),
            'sagemaker:InvokeEndpoint',
            'sagemaker:ListTags',
          ],
          resources: ['model', 'endpoint-config', 'endpoint'].map(kind => sagemakerArn(scope, kind, '*')),
          // Resources of a stack carry this tag of CloudFormation; those of the job do not.
          conditions: { Null: { 'aws:ResourceTag/aws:cloudformation:stack-id': 'true' } },
          wildcardReason: 'Autopilot makes up the names of its candidates at run time',
        },
        ...(iam.Role.isRole(scope) ? [passRoles([scope])] : []),
      ],
    }));
  }

  /** Call endpoints, at once, with a streamed answer or asynchronously. */
  public static invokeEndpoints({ endpoints }: InvokeEndpointsOptions = {}): Activity {
    return new Activity(scope => ({
      permissions: [
        {
          actions: [
            'sagemaker:InvokeEndpoint',
            'sagemaker:InvokeEndpointAsync',
            'sagemaker:InvokeEndpointWithResponseStream',
          ],
          resources: endpoints?.map(endpoint => sagemaker.CfnEndpoint.arnForEndpoint(endpoint)) ?? [
            sagemakerArn(scope, 'endpoint', '*'),
          ],
          wildcardReason: 'No endpoint was named, so every endpoint of the account may be called',
        },
      ],
    }));
  }

  /** Work in private spaces of Studio: make, open and delete one's own spaces and apps, and see what others have. */
  public static useStudio({ domainId }: UseStudioOptions = {}): Activity {
    return new Activity(scope => ({
      permissions: usePrivateSpaces(scope, domainId),
      // Lets CloudTrail name the user profile behind a shared role, in domains that ask for it.
      trustActions: ['sts:SetSourceIdentity'],
    }));
  }

  private constructor(private readonly configure: (scope: Construct) => ActivityConfig) {}

  /** Permissions of this activity in the account and region of `scope`, the role. */
  public bind(scope: Construct): ActivityConfig {
    return this.configure(scope);
  }
}
