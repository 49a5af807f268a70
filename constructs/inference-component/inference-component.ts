import { type Duration, Names, Stack, Token } from 'aws-cdk-lib/core';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { check, isCount } from './check';
import { bindModel, checkModel, type HostedContainer, type HostedModel } from './component-model';
import { checkResources, renderResources, type ComputeResources } from './compute-resources';
import { checkScaling, ScaledCopies, type CopyScaling } from './copy-scaling';
import { InferenceComponentBase } from './inference-component-base';
import { checkUpdate, renderUpdate, type RollingUpdate } from './rolling-update';

/** An endpoint without a model of its own, that components share. */
export interface ComponentHost extends refs.IEndpointRef {
  readonly endpointName: string;

  /** Variant to place copies on. */
  readonly variantName: string;

  /** Role of the endpoint's configuration, under which the components run. */
  readonly role: iam.IRole;
}

/** Where copies go. */
export interface Placement {
  /** `SPREAD` over instances for resilience, or `BINPACK` onto few of them to save. */
  readonly strategy: 'SPREAD' | 'BINPACK';

  /**
   * Difference in copies between any two availability zones that is tolerated, 0 to 100; the strategy counts within a zone. Copies
   * go where there is room even if that makes the difference larger.
   *
   * @default 0
   */
  readonly maxZoneImbalance?: number;
}

interface CommonProps {
  /** Endpoint that lends its instances. */
  readonly host: ComponentHost;

  /** What each copy gets of an instance. */
  readonly resources: ComputeResources;

  /**
   * Copies to start with, at least 1. With `scaling` the number follows the requests later; whether an update of the component sets
   * it back first is not documented.
   *
   * @default 1
   */
  readonly copies?: number;

  /**
   * Follows the requests.
   *
   * @default - the number of copies is fixed
   */
  readonly scaling?: CopyScaling;

  /**
   * Where copies go.
   *
   * @default - chosen by SageMaker
   */
  readonly placement?: Placement;

  /**
   * Keeps artifact and image on each new instance, so that copies start faster.
   *
   * @default - chosen by SageMaker
   */
  readonly cacheData?: boolean;

  /**
   * How an update takes over.
   *
   * @default - chosen by SageMaker, and nothing rolls it back
   */
  readonly update?: RollingUpdate;

  /**
   * Time for fetching and unpacking the model, 1 to 60 minutes.
   *
   * @default - chosen by SageMaker
   */
  readonly modelDownloadTimeout?: Duration;

  /**
   * Time for the container to answer its first health check, 1 to 60 minutes.
   *
   * @default - chosen by SageMaker
   */
  readonly containerStartupTimeout?: Duration;

  /**
   * Name, 1 to 63 lower-case letters, digits and `-`. It cannot change: a component with a new name is another construct.
   *
   * @default - derived from the construct path
   */
  readonly inferenceComponentName?: string;
}

export type InferenceComponentProps = CommonProps & (HostedModel | HostedContainer);

/**
 * A model on an endpoint that several share: so many copies, each with its part of an instance.
 *
 * Creates a component; with `scaling` a scalable target and its policies, and from 0 copies the alarm that wakes it. It is free:
 * the instances of the host cost money.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
 */
export class InferenceComponent extends InferenceComponentBase {
  /** Imports a component of this account and region, on the named endpoint. */
  public static fromNames(
    scope: Construct,
    id: string,
    names: { readonly endpointName: string; readonly inferenceComponentName: string },
  ): InferenceComponentBase {
    return new ImportedInferenceComponent(scope, id, names.endpointName, names.inferenceComponentName);
  }

  /** Name of the component, known at synthesis: clients pass it as `InferenceComponentName`. */
  public readonly inferenceComponentName: string;
  public readonly endpointName: string;
  public readonly inferenceComponentRef: refs.InferenceComponentReference;

  /** Alarm on requests without capacity, which starts the first copy; only for `scaling` from 0. */
  public readonly wakeAlarm?: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: InferenceComponentProps) {
    super(scope, id);
    this.validate(props);
    const { host, copies = 1, placement, cacheData, update, scaling } = props;
    const { modelDownloadTimeout, containerStartupTimeout } = props;
    this.endpointName = host.endpointName;
    this.inferenceComponentName =
      props.inferenceComponentName ??
      // Lower case, because that is how SageMaker writes names in ARNs, which policies compare by case.
      Names.uniqueResourceName(this, { maxLength: 63, separator: '-', allowedSpecialCharacters: '-' }).toLowerCase();

    const resource = new sagemaker.CfnInferenceComponent(this, 'Resource', {
      inferenceComponentName: this.inferenceComponentName,
      endpointName: host.endpointName,
      variantName: host.variantName,
      specification: {
        ...bindModel(this, host.role, props),
        computeResourceRequirements: renderResources(props.resources),
        startupParameters:
          modelDownloadTimeout || containerStartupTimeout
            ? {
                modelDataDownloadTimeoutInSeconds: modelDownloadTimeout?.toSeconds(),
                containerStartupHealthCheckTimeoutInSeconds: containerStartupTimeout?.toSeconds(),
              }
            : undefined,
        schedulingConfig: placement && renderPlacement(placement),
        dataCacheConfig: cacheData === undefined ? undefined : { enableCaching: cacheData },
      },
      runtimeConfig: { copyCount: copies },
      deploymentConfig: update && renderUpdate(update),
    });
    // The name of the endpoint is a literal, so nothing else makes the component wait for it and go before it. The role's policies
    // must be there too, when the component starts.
    resource.node.addDependency(host, host.role);
    if (update?.alarms?.length) {
      resource.node.addDependency(this.readAlarms(host.role, update.alarms));
    }
    this.inferenceComponentRef = resource.inferenceComponentRef;
    this.wakeAlarm = scaling && new ScaledCopies(this, 'Scaling', resource, scaling).wakeAlarm;
  }

  /** A policy of the component rather than statements in the role, which outlives it and must then not refer to its alarms. */
  private readAlarms(role: iam.IRole, alarms: NonNullable<RollingUpdate['alarms']>): iam.Policy {
    const statement = new iam.PolicyStatement({
      actions: ['cloudwatch:DescribeAlarms'],
      resources: alarms.map(({ alarmRef }) => alarmRef.alarmArn),
    });
    const policy = new iam.Policy(this, 'RollbackPolicy', { statements: [statement] });
    role.attachInlinePolicy(policy);
    return policy;
  }

  private validate(props: InferenceComponentProps): void {
    const { copies = 1, placement, update, scaling, inferenceComponentName: name } = props;
    const checkProp = check(this.node.path);
    if (name !== undefined) {
      // A token would leave clients and alarms without a name before the component exists.
      const isName = !Token.isUnresolved(name) && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
      const rule = 'be 1 to 63 lower-case letters, digits and -, with no - at either end';
      checkProp('inferenceComponentName', isName, rule, name);
    }
    checkModel(checkProp, props);
    checkResources(checkProp, props.resources);
    // SageMaker starts no component without copies; they get to 0 by scaling.
    checkProp('copies', isCount(copies, 1), 'be a whole number of at least 1', copies);
    for (const prop of ['modelDownloadTimeout', 'containerStartupTimeout'] as const) {
      const seconds = props[prop]?.toSeconds() ?? 60;
      checkProp(prop, isCount(seconds, 60, 3600), 'last 60 to 3600 seconds', `${seconds} seconds`);
    }
    const imbalance = placement?.maxZoneImbalance ?? 0;
    checkProp('placement.maxZoneImbalance', isCount(imbalance, 0, 100), 'be a whole number from 0 to 100', imbalance);
    if (update) {
      checkUpdate(checkProp, update, scaling ? undefined : copies);
    }
    if (scaling) {
      checkScaling(checkProp, scaling, copies);
    }
  }
}

function renderPlacement({
  strategy,
  maxZoneImbalance,
}: Placement): sagemaker.CfnInferenceComponent.InferenceComponentSchedulingConfigProperty {
  return {
    placementStrategy: strategy,
    // CloudFormation requires what the API does not.
    availabilityZoneBalance: { enforcementMode: 'PERMISSIVE', maxImbalance: maxZoneImbalance },
  };
}

class ImportedInferenceComponent extends InferenceComponentBase {
  public readonly inferenceComponentRef: refs.InferenceComponentReference;

  constructor(
    scope: Construct,
    id: string,
    public readonly endpointName: string,
    public readonly inferenceComponentName: string,
  ) {
    super(scope, id);
    const arn = { service: 'sagemaker', resource: 'inference-component', resourceName: inferenceComponentName };
    this.inferenceComponentRef = { inferenceComponentArn: Stack.of(this).formatArn(arn) };
  }
}
