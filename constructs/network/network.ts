import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { planSubnets, validateAddresses } from './address-plan';
import { buckets, ownPrincipals, ownStudio } from './endpoint-policy';
import { REQUIRED_SERVICES, requiredServices, STUDIO } from './endpoint-service';

export interface SageMakerNetworkProps {
  /**
   * Adds the interface endpoints that SageMaker needs without a route to the internet. Each costs money by the hour.
   *
   * @default false - only S3 can be reached, by a gateway that costs nothing
   */
  readonly vpcOnly?: boolean;

  /**
   * Availability zones to use: how many, 1 to 6, or which. Name them where a service has no endpoint in one of the
   * first zones of the region.
   *
   * @default 2
   */
  readonly zones?: number | readonly string[];

  /**
   * IPv4 range of the VPC, with 16 to 25 bits of prefix. Each zone takes an eighth of it.
   *
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;

  /**
   * Further services to reach, by construct id, such as MLflow
   * (`{ Mlflow: ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_EXPERIMENTS }`). Each costs money by the hour, and must be
   * a service that takes an endpoint policy.
   *
   * @default - none
   */
  readonly additionalEndpoints?: Readonly<Record<string, ec2.IInterfaceVpcEndpointService>>;

  /**
   * Buckets of other accounts that may be read through the S3 endpoint. Buckets of this account may be used anyway, and
   * so may those of AWS with image layers, JumpStart models and SageMaker examples.
   *
   * @default - none
   */
  readonly readableBuckets?: readonly s3.IBucket[];

  /**
   * How long the log of connections is kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly flowLogRetention?: logs.RetentionDays;

  /**
   * What happens to the log of connections when the network is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly flowLogRemovalPolicy?: RemovalPolicy;
}

/**
 * A VPC for SageMaker without any route to the internet.
 *
 * Creates isolated subnets, an S3 gateway endpoint, security groups and a flow log, which cost nothing at rest; with
 * `vpcOnly` also ten interface endpoints, which cost money by the hour in every zone.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-give-access.html
 */
export class SageMakerNetwork extends Construct {
  public readonly vpc: ec2.IVpc;
  public readonly subnets: readonly ec2.ISubnet[];
  public readonly s3Endpoint: ec2.GatewayVpcEndpoint;
  public readonly flowLogGroup: logs.LogGroup;

  /** For jobs and models: containers of a distributed job may talk to each other. */
  public readonly securityGroup: ec2.SecurityGroup;

  /** For Studio: apps may talk to each other as kernels do, but not to jobs and models. */
  public readonly studioSecurityGroup: ec2.SecurityGroup;

  /** By construct id; empty without `vpcOnly` and `additionalEndpoints`. */
  public readonly interfaceEndpoints: Readonly<Record<string, ec2.InterfaceVpcEndpoint>>;

  constructor(scope: Construct, id: string, props: SageMakerNetworkProps = {}) {
    super(scope, id);
    const { cidr = '10.0.0.0/16', zones = 2 } = props;
    validateAddresses(this.node.path, cidr, zones);
    this.validateEndpoints(props);

    this.vpc = this.createVpc(cidr, zones);
    this.subnets = this.vpc.isolatedSubnets;
    this.flowLogGroup = this.logConnections(props);
    this.securityGroup = this.createGroup('SecurityGroup', 'SageMaker jobs and models', ec2.Port.allTraffic());
    this.studioSecurityGroup = this.createGroup('StudioSecurityGroup', 'SageMaker Studio', KERNELS);

    this.s3Endpoint = new ec2.GatewayVpcEndpoint(this, 'S3Endpoint', {
      vpc: this.vpc,
      service: ec2.GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnets: [...this.subnets] }],
    });
    for (const statement of buckets(this, props.readableBuckets ?? [])) {
      this.s3Endpoint.addToPolicy(statement);
    }
    this.interfaceEndpoints = this.createEndpoints(props);
  }

  /**
   * The parts of `ec2.Vpc` that are needed here: the whole looks zones up in the account as soon as account and region
   * are known, and closes the default security group with a Lambda function.
   */
  private createVpc(cidr: string, zones: number | readonly string[]): ec2.IVpc {
    const resource = new ec2.CfnVPC(this, 'Resource', {
      cidrBlock: cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: [{ key: 'Name', value: this.node.path }],
    });
    const subnets = planSubnets(cidr, zones).map(
      ({ zone, cidr: cidrBlock }, i) =>
        new ec2.PrivateSubnet(this, `Subnet${i + 1}`, {
          vpcId: resource.attrVpcId,
          availabilityZone: zone,
          cidrBlock,
          mapPublicIpOnLaunch: false,
        }),
    );
    return ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: resource.attrVpcId,
      vpcCidrBlock: resource.attrCidrBlock,
      availabilityZones: subnets.map(subnet => subnet.availabilityZone),
      isolatedSubnetIds: subnets.map(subnet => subnet.subnetId),
      isolatedSubnetNames: ['Isolated'],
      isolatedSubnetRouteTableIds: subnets.map(subnet => subnet.routeTable.routeTableId),
    });
  }

  private logConnections({ flowLogRetention, flowLogRemovalPolicy }: SageMakerNetworkProps): logs.LogGroup {
    const stack = Stack.of(this);
    const logGroup = new logs.LogGroup(this, 'FlowLogs', {
      retention: flowLogRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: flowLogRemovalPolicy ?? RemovalPolicy.RETAIN,
    });
    const flowLogs = { service: 'ec2', resource: 'vpc-flow-log', arnFormat: ArnFormat.SLASH_RESOURCE_NAME };
    const role = new iam.Role(this, 'FlowLogRole', {
      assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': stack.formatArn({ ...flowLogs, resourceName: '*' }) },
        },
      }),
    });
    new ec2.FlowLog(this, 'FlowLog', {
      resourceType: ec2.FlowLogResourceType.fromVpc(this.vpc),
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup, role),
    });
    return logGroup;
  }

  private createGroup(id: string, description: string, internal: ec2.Port): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
    group.connections.allowInternally(internal, 'members of the group');
    // The addresses of S3 are not known at synthesis. No route leads to any other address outside the VPC.
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS services through endpoints');
    return group;
  }

  private createEndpoints(props: SageMakerNetworkProps): Record<string, ec2.InterfaceVpcEndpoint> {
    const { vpcOnly = false, additionalEndpoints = {} } = props;
    const services = Object.entries({ ...(vpcOnly ? requiredServices(this) : {}), ...additionalEndpoints });
    if (services.length === 0) {
      return {};
    }
    const group = new ec2.SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc: this.vpc,
      description: 'Endpoints of AWS services',
      allowAllOutbound: false,
    });
    for (const client of [this.securityGroup, this.studioSecurityGroup]) {
      group.addIngressRule(client, ec2.Port.tcp(443), 'AWS services');
    }
    const endpoints = new Construct(this, 'Endpoints');
    return Object.fromEntries(
      services.map(([name, service]) => {
        const endpoint = new ec2.InterfaceVpcEndpoint(endpoints, name, {
          vpc: this.vpc,
          service,
          subnets: { subnets: [...this.subnets] },
          securityGroups: [group],
          open: false,
        });
        endpoint.addToPolicy(service === STUDIO ? ownStudio(this) : ownPrincipals(this));
        return [name, endpoint];
      }),
    );
  }

  private validateEndpoints({ vpcOnly, additionalEndpoints = {} }: SageMakerNetworkProps): void {
    for (const name of Object.keys(additionalEndpoints)) {
      if (vpcOnly && Object.hasOwn(REQUIRED_SERVICES, name)) {
        throw new Error(
          `${this.node.path}: 'additionalEndpoints' must not repeat what 'vpcOnly' adds (${Object.keys(REQUIRED_SERVICES).join(', ')}), got: ${name}`,
        );
      }
    }
  }
}

/** Ports between the servers and kernels of Studio, by the page on VPC-only mode. */
const KERNELS = ec2.Port.tcpRange(8192, 65535);
