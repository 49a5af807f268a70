import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { SageMakerNetwork } from '../constructs/network';
import type { Settings } from './settings';

export interface NetworkStackProps extends StackProps {
  readonly settings: Settings;
}

/** VPC, endpoints and security groups. Changes almost never. */
export class NetworkStack extends Stack {
  public readonly network: SageMakerNetwork;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { vpcOnly, zones, retainData } = props.settings;
    this.network = new SageMakerNetwork(this, 'Network', {
      vpcOnly,
      zones,
      flowLogRemovalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
