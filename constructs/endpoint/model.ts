import { Resource, Token } from 'aws-cdk-lib/core';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import type { ContainerImage } from '../images';
import { Activity, ExecutionRole, grantNetworkInterfaces } from '../roles';
import type { ModelDemand } from './limits';
import { ModelNetwork } from './model-network';

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

/** A model archive (`model.tar.gz`) in S3. */
export interface ModelArtifact {
  readonly bucket: s3.IBucket;

  /** Key of the archive, ending in `.tar.gz`. */
  readonly key: string;
}

interface HostingProps {
  /**
   * Environment variables of the container: at most 100, values of at most 1024 characters, no secrets. For a model
   * package they come on top of its own.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;

  /**
   * Role that the container runs under.
   *
   * With `vpc`, a given role is allowed to attach to it.
   *
   * @default - a new execution role that can write the endpoint's logs and metrics
   */
  readonly role?: iam.IRole;

  /**
   * VPC that the container can reach, through network interfaces of its own. It needs a way to S3 there, for the artifact.
   *
   * @default - the container reaches the internet through SageMaker, and no VPC
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
   * Cuts the container off from every network, its VPC and the AWS API included. SageMaker still fetches the artifact.
   *
   * @default false
   */
  readonly isolateNetwork?: boolean;
}

/** A model from the registry. */
export interface RegisteredModelProps extends HostingProps {
  /**
   * ARN of a version in the model registry, or a token. Image and artifact are those of the version: let `role` pull and
   * read them (`image.grantPull(this, model.role)`, `bucket.grantRead(model.role)`).
   */
  readonly modelPackageArn: string;
  readonly image?: never;
  readonly artifact?: never;
}

/** A model made from an image. */
export interface ContainerModelProps extends HostingProps {
  /** Image with the inference code. The role may pull it. */
  readonly image: ContainerImage;

  /**
   * Model archive, unpacked to `/opt/ml/model`. The role may read it, and use the key of its bucket.
   *
   * @default - the image holds the model
   */
  readonly artifact?: ModelArtifact;
  readonly modelPackageArn?: never;
}

export type ModelProps = RegisteredModelProps | ContainerModelProps;

/**
 * A model: an image with an artifact, or a version from the model registry.
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

    const container = this.container(props);
    this.demands = [
      ...(this.network ? (['vpc'] as const) : []),
      ...(props.isolateNetwork ? (['networkIsolation'] as const) : []),
      ...(isForGpu(container.image) ? (['gpuImage'] as const) : []),
    ];
    const resource = new sagemaker.CfnModel(this, 'Resource', {
      executionRoleArn: this.role.roleArn,
      primaryContainer: { ...container, environment: props.environment },
      vpcConfig: this.network?.config,
      enableNetworkIsolation: props.isolateNetwork,
    });
    // SageMaker checks at creation what the role may do, and the policies of a role are resources of their own.
    resource.node.addDependency(this.role);

    this.modelRef = resource.modelRef;
    // Ref and the ARN write the name in lower case.
    this.modelName = resource.attrModelName;
  }

  /** Network rules of the container, for a model in a VPC. */
  public get connections(): ec2.Connections {
    if (this.network === undefined) {
      throw new Error(`${this.node.path}: 'vpc' must be set for the model to have network connections, got: undefined`);
    }
    return this.network.connections;
  }

  private container(props: ModelProps): sagemaker.CfnModel.ContainerDefinitionProperty {
    if (props.modelPackageArn !== undefined) {
      return { modelPackageName: props.modelPackageArn };
    }
    props.image.grantPull(this, this.role);
    const { imageUri } = props.image.bind(this);
    return { image: imageUri, modelDataUrl: props.artifact && this.readableUri(props.artifact) };
  }

  private readableUri({ bucket, key }: ModelArtifact): string {
    const allow = (action: string, resource: string) =>
      this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));
    allow('s3:GetObject', bucket.arnForObjects(key));
    if (bucket.encryptionKey) {
      allow('kms:Decrypt', bucket.encryptionKey.keyArn);
    }
    return bucket.s3UrlForObject(key);
  }

  private validate({ modelPackageArn, artifact, environment = {} }: ModelProps): void {
    const fail = (prop: string, rule: string, got: string | number) => {
      throw new Error(`${this.node.path}: '${prop}' must ${rule}, got: ${got}`);
    };
    const literal = (value: string | undefined): value is string => value !== undefined && !Token.isUnresolved(value);
    if (
      literal(modelPackageArn) &&
      !/^arn:[a-z-]+:sagemaker:[a-z0-9-]*:\d{12}:model-package\/./.test(modelPackageArn)
    ) {
      fail('modelPackageArn', 'be the ARN of a model package', modelPackageArn);
    }
    if (literal(artifact?.key) && !artifact.key.endsWith('.tar.gz')) {
      fail('artifact.key', 'end in .tar.gz', artifact.key);
    }
    const variables = Object.entries(environment);
    if (variables.length > 100) {
      fail('environment', 'hold at most 100 variables', `${variables.length} variables`);
    }
    for (const [name, value] of variables) {
      if (!/^[A-Za-z_]\w{0,1023}$/.test(name)) {
        fail('environment', 'name variables with letters, digits and _, not starting with a digit', name);
      }
      if (literal(value) && value.length > 1024) {
        fail(`environment.${name}`, 'have at most 1024 characters', `${value.length} characters`);
      }
    }
  }
}

/** Tags of the images that AWS builds name the processor: `2.6.0-gpu-py312-cu124-ubuntu22.04-sagemaker`. */
function isForGpu(imageUri = ''): boolean {
  return /:[^/@]*-gpu-/.test(imageUri);
}
