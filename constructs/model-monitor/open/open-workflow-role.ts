import { Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, grantReadUnder, grantVolumes, stateMachinePrincipal } from '../../roles';
import { volumeKeyOf } from './open-job';
import type { OpenProps } from './open-options';

export interface OpenWorkflowRoleProps {
  readonly jobNamePrefix: string;
  readonly jobRole: iam.IRole;
  readonly bucket: s3.IBucket;
  readonly root: string;
  readonly namespace?: string;
  readonly props: OpenProps;
}

/** The role of the workflow: jobs of one name and one role, the reports of one monitor, and one namespace of metrics. */
export class OpenWorkflowRole extends iam.Role {
  constructor(
    scope: Construct,
    id: string,
    { jobNamePrefix, jobRole, bucket, root, namespace, props }: OpenWorkflowRoleProps,
  ) {
    super(scope, id, { description: `Runs the monitor ${jobNamePrefix}`, assumedBy: stateMachinePrincipal(scope) });
    const allow = (actions: string[], resources: string[], conditions?: Record<string, Record<string, string>>) =>
      this.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));

    const resourceName = `${jobNamePrefix}-*`;
    const jobs = Stack.of(scope).formatArn({ service: 'sagemaker', resource: 'processing-job', resourceName });
    allow(
      ['Create', 'Describe', 'Stop'].map(verb => `sagemaker:${verb}ProcessingJob`),
      [jobs],
    );
    acknowledgeWildcards(this, [jobs], 'A job is named after the time of its run');
    const sagemaker = iam.ServicePrincipal.servicePrincipalName('sagemaker.amazonaws.com');
    allow(['iam:PassRole'], [jobRole.roleArn], { StringEquals: { 'iam:PassedToService': sagemaker } });

    grantReadUnder(this, bucket, root);
    props.encryptionKey?.grant(this, 'kms:Decrypt');
    const volumeKey = volumeKeyOf(props);
    if (volumeKey) {
      volumeKey.grant(this, 'kms:DescribeKey');
      grantVolumes(this, volumeKey);
    }
    if (namespace !== undefined) {
      allow(['cloudwatch:PutMetricData'], ['*'], { StringEquals: { 'cloudwatch:namespace': namespace } });
    }
    acknowledgeWildcards(
      this,
      ['*'],
      'Metrics have no ARN, and a condition names their namespace; log delivery and X-Ray, which a state machine needs, name no resources',
    );
  }
}
