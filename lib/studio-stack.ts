import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { SageMakerNetwork } from '../constructs/network';
import { grantReadUnder } from '../constructs/roles';
import { LifecycleConfiguration, PrivateSpace, StudioDomain, UserProfile } from '../constructs/studio';
import { isAvailable } from './availability';
import type { BuildStack } from './build-stack';
import { CREDIT_RISK } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import type { Settings } from './settings';

export interface StudioStackProps extends StackProps {
  readonly settings: Settings;
  readonly network: SageMakerNetwork;
  readonly data: DataStack;
  readonly build: BuildStack;
}

/** Domain, user and space. Changes when people join. */
export class StudioStack extends Stack {
  constructor(scope: Construct, id: string, props: StudioStackProps) {
    super(scope, id, props);
    const { settings, network, data, build } = props;
    const removalPolicy = settings.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const greeting = new LifecycleConfiguration(this, 'Greeting', {
      app: 'JupyterLab',
      script: [
        '#!/bin/bash',
        'set -eu',
        `echo "export RUNS_URI=s3://${data.bucket.bucketName}/${CREDIT_RISK}/runs" >> ~/.bashrc`,
      ].join('\n'),
    });
    const domain = new StudioDomain(this, 'Domain', {
      vpc: network.vpc,
      vpcSubnets: { subnets: [...network.subnets] },
      securityGroups: [network.studioSecurityGroup],
      networkAccess: settings.vpcOnly ? 'VpcOnly' : 'PublicInternetOnly',
      encryptionKey: data.key,
      idleShutdown: { timeout: Duration.hours(1), minimum: Duration.hours(1), maximum: Duration.hours(8) },
      lifecycleConfigurations: [greeting],
      removalPolicy,
    });
    const user = new UserProfile(this, 'User', { domain, userProfileName: settings.studioUser, removalPolicy });
    if (isAvailable('space', settings)) {
      new PrivateSpace(this, 'Space', { owner: user, removalPolicy });
    }

    // People here run the pipeline and read its results. To approve a version is somebody else's decision.
    const { executionRole } = domain;
    grantReadUnder(executionRole, data.bucket, CREDIT_RISK);
    build.pipeline.grants.start(executionRole);
    build.pipeline.grants.read(executionRole);
    build.pipeline.grants.control(executionRole);
    build.models.grants.read(executionRole);
  }
}
