import { Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, grantVolumes, stateMachinePrincipal } from '../roles';

export interface WorkflowRoleProps {
  readonly jobNamePrefix: string;
  readonly modelNameParameter?: string;
  readonly topics: readonly sns.ITopic[];
  readonly volumeEncryptionKey?: kms.IKey;
}

/**
 * The role of the workflow: jobs of one name, one parameter, two topics. It passes no role: a job runs under that of the model.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/sagemaker-iam.html
 */
export class WorkflowRole extends iam.Role {
  constructor(scope: Construct, id: string, props: WorkflowRoleProps) {
    const stack = Stack.of(scope);
    super(scope, id, {
      description: `Runs the transform jobs ${props.jobNamePrefix}`,
      assumedBy: stateMachinePrincipal(scope),
    });
    const allow = (actions: string[], ...resources: string[]) =>
      this.addToPolicy(new iam.PolicyStatement({ actions, resources }));

    const resourceName = `${props.jobNamePrefix}-*`;
    const jobs = stack.formatArn({ service: 'sagemaker', resource: 'transform-job', resourceName });
    allow(
      ['CreateTransformJob', 'DescribeTransformJob', 'StopTransformJob', 'AddTags', 'ListTags'].map(
        action => `sagemaker:${action}`,
      ),
      jobs,
    );
    acknowledgeWildcards(this, [jobs], 'A job is named after the execution that starts it');

    // Step Functions makes this rule, one for the account, to hear when a job ends.
    const rule = 'StepFunctionsGetEventsForSageMakerTransformJobsRule';
    allow(
      ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      stack.formatArn({ service: 'events', resource: 'rule', resourceName: rule }),
    );
    if (props.modelNameParameter !== undefined) {
      const parameter = props.modelNameParameter.replace(/^\//, '');
      allow(['ssm:GetParameter'], stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: parameter }));
    }
    if (props.volumeEncryptionKey) {
      props.volumeEncryptionKey.grant(this, 'kms:DescribeKey');
      grantVolumes(this, props.volumeEncryptionKey);
    }
    props.topics.forEach(topic => topic.grantPublish(this));
    acknowledgeWildcards(
      this,
      ['kms:GenerateDataKey*'],
      'A topic with a key needs it for publishing; it is that one key',
    );
    acknowledgeWildcards(
      this,
      ['*'],
      'Log delivery and X-Ray, which a state machine needs for logs and traces, name no resources',
    );
  }
}
