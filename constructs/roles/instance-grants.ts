import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { acknowledgeWildcards } from './wildcard';

/** Lets a role attach the instances of its jobs to a VPC. */
export function grantNetworkInterfaces(role: iam.IRole): void {
  const resources = ['*'];
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: NETWORK_INTERFACE_ACTIONS, resources }));
  acknowledgeWildcards(
    role,
    resources,
    // https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    'SageMaker checks these permissions when a job is created, and refuses the job if a resource or condition limits them',
  );
}

/** Lets a role give SageMaker the use of a key for storage volumes, and nobody else. It must also be allowed to see the key. */
export function grantVolumes(role: iam.IRole, key: kms.IKey): void {
  // Volumes are encrypted through a grant, which only an AWS service may make in the name of the role.
  const conditions = { Bool: { 'kms:GrantIsForAWSResource': 'true' } };
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions: ['kms:CreateGrant'], resources: [key.keyArn], conditions }),
  );
}

const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:CreateNetworkInterfacePermission',
  'ec2:DeleteNetworkInterface',
  'ec2:DeleteNetworkInterfacePermission',
  'ec2:DescribeDhcpOptions',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
];
