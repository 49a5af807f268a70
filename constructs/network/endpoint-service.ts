import { Aws, CfnMapping, Stack, Token } from 'aws-cdk-lib/core';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export const STUDIO = ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_STUDIO;

/**
 * Services that SageMaker jobs, pipelines, Studio and the Python SDK call, by construct id.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html
 */
export const REQUIRED_SERVICES = {
  SageMakerApi: ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_API,
  SageMakerRuntime: ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME,
  FeatureStoreRuntime: ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_FEATURESTORE_RUNTIME,
  Studio: STUDIO,
  Sts: ec2.InterfaceVpcEndpointAwsService.STS,
  Kms: ec2.InterfaceVpcEndpointAwsService.KMS,
  EcrApi: ec2.InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Monitoring: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
} as const;

/** Services above whose endpoint names have a prefix of their own in China. */
const CHINESE_PREFIX = new Set([
  'ecr.api',
  'ecr.dkr',
  'monitoring',
  'sagemaker.api',
  'sagemaker.featurestore-runtime',
  'sagemaker.runtime',
  'sts',
]);

/** The services above, under names that are right in the region of the scope. */
export function requiredServices(scope: Construct): Record<string, ec2.IInterfaceVpcEndpointService> {
  const services: [string, ec2.InterfaceVpcEndpointAwsService][] = Object.entries(REQUIRED_SERVICES);
  return Object.fromEntries(services.map(([name, service]) => [name, anyPartition(scope, service)]));
}

/** The library looks the name up at synthesis, and takes an unknown region for one outside China. */
function anyPartition(scope: Construct, service: ec2.InterfaceVpcEndpointAwsService): ec2.IInterfaceVpcEndpointService {
  if (!CHINESE_PREFIX.has(service.shortName) || !Token.isUnresolved(Stack.of(scope).region)) {
    return service;
  }
  const prefix = prefixes(scope).findInMap(Aws.PARTITION, 'prefix');
  return {
    name: `${prefix}.${Aws.REGION}.${service.shortName}`,
    port: service.port,
    privateDnsDefault: service.privateDnsDefault,
  };
}

function prefixes(scope: Construct): CfnMapping {
  const id = 'ServicePrefix';
  return (
    (scope.node.tryFindChild(id) as CfnMapping | undefined) ??
    new CfnMapping(scope, id, {
      mapping: {
        aws: { prefix: 'com.amazonaws' },
        'aws-cn': { prefix: 'cn.com.amazonaws' },
        'aws-us-gov': { prefix: 'com.amazonaws' },
      },
    })
  );
}
