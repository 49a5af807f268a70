import { type Duration, Token } from 'aws-cdk-lib/core';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { hasLocalStorage } from '../instances';
import { Activity, ExecutionRole, grantNetworkInterfaces } from '../roles';
import { check, isCount } from './check';
import { EndpointBase } from './endpoint-base';
import { checkEndpointName, derivedEndpointName } from './endpoint-name';
import { volumeStatements } from './hosting-policy';
import type { InstanceType } from './instance-type';
import { ModelNetwork } from './model-network';

/** Instances that no component needs any more are released one by one. */
export interface IdleRelease {
  readonly strategy: 'IDLE_RELEASE';
}

/** Copies of components also move together, so that more instances become free. */
export interface Consolidation {
  readonly strategy: 'CONSOLIDATION';

  /**
   * Most instances to release at a time, 1 to 100.
   *
   * @default 1
   */
  readonly maximumStepSize?: number;

  /**
   * Time after an operation on the endpoint before copies move, 5 to 1440 minutes.
   *
   * @default Duration.minutes(20)
   */
  readonly cooldown?: Duration;
}

export interface ComponentEndpointProps {
  readonly instanceType: InstanceType;

  /** Fewest instances, 0 or more. They get to 0 only if the copies of all components do. */
  readonly minInstances: number;

  /** Most instances, at least 1 and `minInstances`. */
  readonly maxInstances: number;

  /**
   * Instances to start with, 1 to `maxInstances`. Later SageMaker chooses, as the copies of the components need.
   *
   * @default - `minInstances`, but at least 1
   */
  readonly instanceCount?: number;

  /**
   * How instances go when there are fewer copies.
   *
   * @default - chosen by SageMaker
   */
  readonly scaleIn?: IdleRelease | Consolidation;

  /**
   * Name of the endpoint, 1 to 63 lower-case letters, digits and `-`. A change replaces the endpoint.
   *
   * @default - derived from the construct path, so that moving the construct replaces the endpoint
   */
  readonly endpointName?: string;

  /**
   * Name of the only variant, 1 to 63 letters, digits and `-`.
   *
   * @default 'AllTraffic'
   */
  readonly variantName?: string;

  /**
   * Role that the components run under. Give the same to the models that they host.
   *
   * With `vpc`, a given role is allowed to attach to it.
   *
   * @default - a new execution role that can write the logs and metrics of the endpoint and its components
   */
  readonly role?: iam.IRole;

  /**
   * VPC that the components can reach, through network interfaces of their own.
   *
   * @default - the components reach the internet through SageMaker, and no VPC
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
   * Cuts the components off from every network.
   *
   * @default false
   */
  readonly isolateNetwork?: boolean;

  /**
   * Key that encrypts the volumes of the instances. Not for instances with local storage, which the hardware encrypts.
   *
   * @default - a key that SageMaker makes for each volume and forgets with it
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Which copy of a component gets a request: one with capacity to spare, or any.
   *
   * @default - chosen by SageMaker
   */
  readonly routingStrategy?: 'LEAST_OUTSTANDING_REQUESTS' | 'RANDOM';
}

/**
 * A real-time endpoint of instances that several models share: it has none of its own, and hosts inference components.
 *
 * Creates an endpoint and its configuration, and a role and a security group unless they are given. Its instances cost money
 * while they run; SageMaker starts and stops them as the copies of the components need, down to `minInstances`.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
 */
export class ComponentEndpoint extends EndpointBase implements ec2.IConnectable {
  /** Name of the endpoint, known at synthesis. */
  public readonly endpointName: string;
  public readonly endpointRef: refs.EndpointReference;

  /** Name of the variant that components are placed on. */
  public readonly variantName: string;

  /** Role that the components run under: what they need is granted to it. */
  public readonly role: iam.IRole;

  /** What it hosts: no monitor can watch it. */
  public readonly hosting = 'inference-components';

  protected readonly variantNames: readonly string[];
  private readonly network?: ModelNetwork;

  constructor(scope: Construct, id: string, props: ComponentEndpointProps) {
    super(scope, id);
    this.validate(props);
    const { minInstances, maxInstances, encryptionKey, vpc } = props;
    this.endpointName = props.endpointName ?? derivedEndpointName(this);
    this.variantName = props.variantName ?? 'AllTraffic';
    this.variantNames = [this.variantName];
    this.network = ModelNetwork.fromProps(this, props);
    this.role =
      props.role ??
      new ExecutionRole(this, 'Role', { activities: [Activity.hostComponents()], attachToVpc: vpc !== undefined });
    if (props.role && vpc) {
      grantNetworkInterfaces(props.role);
    }
    if (encryptionKey) {
      volumeStatements(encryptionKey).forEach(statement => this.role.addToPrincipalPolicy(statement));
    }

    const config = new sagemaker.CfnEndpointConfig(this, 'Config', {
      executionRoleArn: this.role.roleArn,
      productionVariants: [
        {
          variantName: this.variantName,
          instanceType: props.instanceType,
          initialInstanceCount: startCount(props),
          managedInstanceScaling: {
            status: 'ENABLED',
            minInstanceCount: minInstances,
            maxInstanceCount: maxInstances,
            scaleInPolicy: renderScaleIn(props.scaleIn),
          },
          routingConfig: props.routingStrategy && { routingStrategy: props.routingStrategy },
        },
      ],
      vpcConfig: this.network?.config,
      enableNetworkIsolation: props.isolateNetwork,
      kmsKeyId: encryptionKey?.keyArn,
    });
    // SageMaker checks at creation what the role may do, and the policies of a role are resources of their own.
    config.node.addDependency(this.role);
    const resource = new sagemaker.CfnEndpoint(this, 'Resource', {
      endpointName: this.endpointName,
      endpointConfigName: config.attrEndpointConfigName,
    });
    this.endpointRef = resource.endpointRef;
  }

  /** Network rules of the components, for an endpoint in a VPC. */
  public get connections(): ec2.Connections {
    if (this.network === undefined) {
      throw new Error(`${this.node.path}: 'vpc' must be given for the endpoint to have network connections, got: none`);
    }
    return this.network.connections;
  }

  private validate(props: ComponentEndpointProps): void {
    const { minInstances: min, maxInstances: max, variantName, instanceType, scaleIn } = props;
    const checkProp = check(this.node.path);
    checkEndpointName(checkProp, props.endpointName);
    if (variantName !== undefined) {
      const isName = !Token.isUnresolved(variantName) && /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(variantName);
      checkProp('variantName', isName, 'be 1 to 63 letters, digits and -, with no - at either end', variantName);
    }
    checkProp('minInstances', isCount(min, 0), 'be a whole number of at least 0', min);
    const least = Token.isUnresolved(min) ? 1 : Math.max(min, 1);
    checkProp('maxInstances', isCount(max, least), `be a whole number of at least 1 and 'minInstances' (${min})`, max);
    const count = startCount(props);
    const most = Token.isUnresolved(max) ? undefined : max;
    checkProp('instanceCount', isCount(count, 1, most), `be a whole number from 1 to 'maxInstances' (${max})`, count);
    if (scaleIn?.strategy === 'CONSOLIDATION') {
      const { maximumStepSize: step = 1, cooldown } = scaleIn;
      checkProp('scaleIn.maximumStepSize', isCount(step, 1, 100), 'be a whole number from 1 to 100', step);
      const minutes = cooldown?.toMinutes({ integral: false }) ?? 20;
      checkProp('scaleIn.cooldown', isCount(minutes, 5, 1440), 'last 5 to 1440 whole minutes', `${minutes} minutes`);
    }
    checkProp(
      'encryptionKey',
      props.encryptionKey === undefined || !hasLocalStorage(instanceType),
      'be left out for instances with local storage, which the hardware encrypts',
      instanceType,
    );
  }
}

function startCount({ instanceCount, minInstances }: ComponentEndpointProps): number {
  return instanceCount ?? (Token.isUnresolved(minInstances) ? minInstances : Math.max(minInstances, 1));
}

function renderScaleIn(
  scaleIn: ComponentEndpointProps['scaleIn'],
): sagemaker.CfnEndpointConfig.ScaleInPolicyProperty | undefined {
  if (scaleIn?.strategy !== 'CONSOLIDATION') {
    return scaleIn;
  }
  const { strategy, maximumStepSize, cooldown } = scaleIn;
  return { strategy, maximumStepSize, cooldownInMinutes: cooldown?.toMinutes() };
}
