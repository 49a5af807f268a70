import { Aws, CfnOutput, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib/core';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { ApprovedModel } from '../constructs/approved-model';
import { ModelPackageGroup } from '../constructs/model-package-group';
import type { SageMakerNetwork } from '../constructs/network';
import { ExecutionHistory, Pipeline } from '../constructs/pipeline';
import { Activity, ExecutionRole, grantReadUnder, grantWriteUnder } from '../constructs/roles';
import type { WorkloadPipelineProps } from './credit-risk/jobs';
import { Alerts } from './alerts';
import { creditRiskSteps } from './credit-risk/pipeline';
import { addRetraining, RAW_DATA } from './credit-risk/retraining';
import { approvedPrefix, CREDIT_RISK, DECISIONS, EXAMPLE_DATA, networkOf } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import { ExamplePipelines } from './example-pipelines';
import type { Settings } from './settings';
import { workingHoursOf } from './working-hours';

export interface BuildStackProps extends StackProps {
  readonly settings: Settings;
  readonly network: SageMakerNetwork;
  readonly data: DataStack;

  /** Stacks that deploy an approved version, in order. */
  readonly deployedStackNames: readonly string[];
}

/** Model package group, pipeline, alerts, and the workflow that deploys what is approved. Changes when the training code does. */
export class BuildStack extends Stack {
  public readonly pipeline: Pipeline;
  public readonly models: ModelPackageGroup;
  public readonly jobRole: ExecutionRole;

  /** Pipelines that show what else the builder can do; none unless a setting asks for them. */
  public readonly examples?: ExamplePipelines;
  /** Topic that hears of failed executions, and of the alarms of the workload in this and later stacks. */
  public readonly alerts: sns.ITopic;

  /** What became of the versions and of the executions of the pipeline: when, why and by whom. */
  public readonly history: logs.ILogGroup;

  constructor(scope: Construct, id: string, props: BuildStackProps) {
    super(scope, id, props);
    const { settings, data } = props;
    const removalPolicy = settings.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    this.models = new ModelPackageGroup(this, 'Models', {
      modelPackageGroupName: `${settings.prefix.toLowerCase()}-${CREDIT_RISK}`,
      description: 'Loans that are paid back as agreed',
      removalPolicy,
    });
    if (settings.region.startsWith('cn-')) {
      Validations.of(this.models).acknowledge({
        id: 'CloudFormation-Validate::F3006',
        reason:
          "The validator's table lacks the type in China, where the service has a registry; a deployment that is refused shows which is right",
      });
    }

    this.jobRole = new ExecutionRole(this, 'JobRole', {
      description: 'Jobs of the credit risk pipeline',
      // A model check puts the model on an endpoint of its own, under this role.
      activities: [Activity.runJobs(), Activity.hostModels()],
      attachToVpc: settings.vpcOnly,
      encryptionKeys: data.key && [data.key],
    });
    const workload: WorkloadPipelineProps = {
      settings,
      runsUri: `s3://${data.bucket.bucketName}/${CREDIT_RISK}/runs`,
      modelPackageGroupName: this.models.modelPackageGroupName,
      encryptionKey: data.key,
      network: networkOf(settings, props.network),
    };
    this.pipeline = new Pipeline(this, 'Pipeline', {
      pipelineName: `${settings.prefix.toLowerCase()}-${CREDIT_RISK}`,
      description: 'From the file of loans to a registered model',
      jobRole: this.jobRole,
      maxParallelExecutionSteps: 4,
      steps: creditRiskSteps(workload),
    });
    addRetraining(this.pipeline, data.bucket, settings);
    const examples = s3.Bucket.fromBucketName(this, 'Examples', `sagemaker-example-files-prod-${Aws.REGION}`);
    const grantModels = (role: iam.IRole) => grantReadUnder(role, data.bucket, `${CREDIT_RISK}/runs`);
    const grantData = (role: iam.IRole) => {
      grantReadUnder(role, data.bucket, RAW_DATA);
      grantModels(role);
      grantWriteUnder(role, data.bucket, `${CREDIT_RISK}/runs`);
      grantReadUnder(role, examples, EXAMPLE_DATA);
    };
    grantData(this.jobRole);
    if (settings.examplePipelines) {
      grantWriteUnder(this.jobRole, data.bucket, DECISIONS);
      this.examples = new ExamplePipelines(this, 'ExamplePipelines', {
        ...workload,
        jobRole: this.jobRole,
        decisionsUri: `s3://${data.bucket.bucketName}/${DECISIONS}`,
        grantData,
        grantModels,
        removalPolicy,
      });
    }

    this.alerts = new Alerts(this, 'Alerts', { email: settings.alertEmail, encryptionKey: data.key });
    this.pipeline.notify(this.alerts);
    this.pipeline.addFailureAlarm('Failures').addAlarmAction(new actions.SnsAction(this.alerts));

    const approved = new ApprovedModel(this, 'Approved', {
      modelPackageGroup: this.models,
      parameterPrefix: approvedPrefix(settings),
      stackNames: props.deployedStackNames,
      encryptionKey: data.key,
      removalPolicy,
    });
    approved.history.record(
      'Executions',
      new ExecutionHistory(this, 'Executions', { pipeline: this.pipeline }).eventPattern,
    );
    this.history = approved.history.logGroup;
    const hours = workingHoursOf(settings.workingHours);
    if (hours) {
      approved.addWorkingHours('WorkingHours', hours);
    }
    new CfnOutput(this, 'DeploymentWorkflow', { value: approved.stateMachine.stateMachineArn });
    if (settings.alertEmail) {
      approved.failures.addSubscription(new subscriptions.EmailSubscription(settings.alertEmail));
    }
  }
}
