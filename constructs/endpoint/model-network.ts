import { Token } from 'aws-cdk-lib/core';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';

interface NetworkProps {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: readonly ec2.ISecurityGroup[];
}

/** Where the network interfaces of a model lie, and what they let through. */
export class ModelNetwork {
  public static fromProps(scope: Construct, props: NetworkProps): ModelNetwork | undefined {
    const { vpc, vpcSubnets, securityGroups } = props;
    if (vpc === undefined) {
      for (const prop of ['vpcSubnets', 'securityGroups'] as const) {
        if (props[prop] !== undefined) {
          throw new Error(`${scope.node.path}: '${prop}' must come with 'vpc', got: no 'vpc'`);
        }
      }
      return undefined;
    }
    const { subnetIds } = vpc.selectSubnets(vpcSubnets);
    const checkCount = (prop: string, list: readonly unknown[], max: number) => {
      if (!Token.isUnresolved(list) && (list.length < 1 || list.length > max)) {
        throw new Error(`${scope.node.path}: '${prop}' must select 1 to ${max}, got: ${list.length}`);
      }
    };
    checkCount('vpcSubnets', subnetIds, 16);
    if (securityGroups !== undefined) {
      checkCount('securityGroups', securityGroups, 5);
    }
    return new ModelNetwork(subnetIds, securityGroups ?? [httpsOnly(scope, vpc)]);
  }

  public readonly connections: ec2.Connections;

  private constructor(
    private readonly subnets: string[],
    private readonly securityGroups: readonly ec2.ISecurityGroup[],
  ) {
    this.connections = new ec2.Connections({ securityGroups: [...securityGroups] });
  }

  public get config(): sagemaker.CfnModel.VpcConfigProperty {
    return { subnets: this.subnets, securityGroupIds: this.securityGroups.map(group => group.securityGroupId) };
  }
}

function httpsOnly(scope: Construct, vpc: ec2.IVpc): ec2.SecurityGroup {
  const group = new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc,
    description: 'Containers of a SageMaker model',
    allowAllOutbound: false,
  });
  // S3 and every other AWS service, through VPC endpoints or not.
  group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS);
  return group;
}
