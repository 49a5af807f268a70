import { Resource } from 'aws-cdk-lib/core';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { Activity, ExecutionRole, grantNetworkInterfaces } from '../roles';
import { check } from './check';
import type { ModelDemand } from './limits';
import {
  bindContainer,
  checkContainer,
  type Container,
  type ImageContainer,
  type MultiModelContainer,
  type RegisteredContainer,
  type SourcedContainer,
} from './model-container';
import { checkEnvironmentSize } from './model-environment';
import { ModelNetwork } from './model-network';
import { checkContainers, type ContainerList } from './multi-container';

/** A model that an endpoint can host. */
export interface IModel extends refs.IModelRef {
  /** Name of the model, known at deployment: CloudFormation makes it up, so that the model can be replaced. */
  readonly modelName: string;

  /** Role that the containers run under. */
  readonly role: iam.IRole;

  /**
   * What it needs that not every endpoint offers, as far as it is known.
   *
   * @default - nothing
   */
  readonly demands?: readonly ModelDemand[];
}

interface HostingProps {
  /**
   * Role that the containers run under.
   *
   * With `vpc`, a given role is allowed to attach to it.
   *
   * @default - a new execution role that can write the endpoint's logs and metrics
   */
  readonly role?: iam.IRole;

  /**
   * VPC that the containers can reach, through network interfaces of their own. They need a way to S3 there, for the artifact.
   *
   * @default - the containers reach the internet through SageMaker, and no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets for the network interfaces, at most 16.
   *
   * @default - the private subnets of `vpc`, or its isolated ones if there are none
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the network interfaces, 1 to 5.
   *
   * @default - a new group that allows HTTPS out and nothing in
   */
  readonly securityGroups?: readonly ec2.ISecurityGroup[];

  /**
   * Cuts the containers off from every network, their VPC and the AWS API included. SageMaker still fetches the artifact.
   *
   * @default false
   */
  readonly isolateNetwork?: boolean;
}

interface OneContainer {
  readonly containers?: never;
  readonly mode?: never;
}

/** A model from the registry. */
export interface RegisteredModelProps extends HostingProps, RegisteredContainer, OneContainer {}

/** A model made from an image. */
export interface ContainerModelProps extends HostingProps, ImageContainer, OneContainer {}

/** Many models in one container. */
export interface MultiModelProps extends HostingProps, MultiModelContainer, OneContainer {}

/** A model compiled by Neo, or from a hub. */
export interface SourcedModelProps extends HostingProps, SourcedContainer, OneContainer {}

/** Several containers: an inference pipeline, or models that are called one by one. */
export interface MultiContainerModelProps extends HostingProps, ContainerList {}

export type ModelProps =
  RegisteredModelProps | ContainerModelProps | MultiModelProps | SourcedModelProps | MultiContainerModelProps;

/**
 * A model: an image with an artifact, a version from the model registry, many models in one container, or several containers.
 *
 * Creates a model, which is free until an endpoint hosts it, and a role and a security group unless they are given. The
 * model has no fixed name: each change replaces it, and the old one is deleted when nothing uses it any more.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
 */
export class Model extends Resource implements IModel, ec2.IConnectable {
  public readonly modelRef: refs.ModelReference;
  public readonly modelName: string;
  public readonly role: iam.IRole;
  public readonly demands: readonly ModelDemand[];
  private readonly network?: ModelNetwork;

  constructor(scope: Construct, id: string, props: ModelProps) {
    super(scope, id);
    this.validate(props);
    this.network = ModelNetwork.fromProps(this, props);
    this.role =
      props.role ??
      new ExecutionRole(this, 'Role', { activities: [Activity.hostModels()], attachToVpc: this.network !== undefined });

    if (props.role && this.network) {
      grantNetworkInterfaces(props.role);
    }

    const containers = containersOf(props).map(container => ({
      ...bindContainer(this, this.role, container),
      hostname: container.hostname,
    }));
    const definitions = containers.map(({ container, hostname: containerHostname }) => ({
      ...container,
      containerHostname,
    }));
    const isIsolated = containers.some(({ isolateNetwork }) => isolateNetwork) || props.isolateNetwork;
    this.demands = [
      ...(this.network ? (['vpc'] as const) : []),
      ...(isIsolated ? (['networkIsolation'] as const) : []),
      ...(definitions.some(({ image }) => isForGpu(image)) ? (['gpuImage'] as const) : []),
      ...(definitions.some(({ mode }) => mode === 'MultiModel') ? (['multiModel'] as const) : []),
      ...(definitions.length > 1 ? (['severalContainers'] as const) : []),
      ...(definitions.some(({ modelDataSource }) => modelDataSource) ? (['uncompressedModel'] as const) : []),
    ];
    const resource = new sagemaker.CfnModel(this, 'Resource', {
      executionRoleArn: this.role.roleArn,
      ...(props.containers ? { containers: definitions } : { primaryContainer: definitions[0] }),
      inferenceExecutionConfig: props.containers && { mode: props.mode ?? 'Serial' },
      vpcConfig: this.network?.config,
      enableNetworkIsolation: isIsolated,
    });
    // SageMaker checks at creation what the role may do, and the policies of a role are resources of their own.
    resource.node.addDependency(this.role);

    this.modelRef = resource.modelRef;
    // Ref and the ARN write the name in lower case.
    this.modelName = resource.attrModelName;
  }

  /** Network rules of the containers, for a model in a VPC. */
  public get connections(): ec2.Connections {
    if (this.network === undefined) {
      throw new Error(`${this.node.path}: 'vpc' must be given for the model to have network connections, got: none`);
    }
    return this.network.connections;
  }

  private validate(props: ModelProps): void {
    const { path } = this.node;
    if (props.containers) {
      checkContainers(path, props);
    } else {
      checkContainer(check(path), props);
    }
    checkEnvironmentSize(
      check(path),
      containersOf(props).map(({ environment }) => environment),
    );
  }
}

function containersOf(props: ModelProps): readonly (Container & { readonly hostname?: string })[] {
  return props.containers ?? [props];
}

/** Tags of the images that AWS builds name the processor: `2.6.0-gpu-py312-cu124-ubuntu22.04-sagemaker`. */
function isForGpu(imageUri = ''): boolean {
  return /:[^/@]*-gpu-/.test(imageUri);
}
