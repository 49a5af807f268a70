import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { join } from 'node:path';
import { ModelPackageGroup } from '../../constructs/model-package-group';

export interface ReleaseDeskProps {
  /** Group of the versions that are looked up. */
  readonly modelPackageGroupName: string;
}

/** What a release needs outside SageMaker: a function that looks versions up, and a queue that asks people. */
export class ReleaseDesk extends Construct {
  public readonly lookUp: lambda.IFunction;

  /** Questions. Who answers needs `grantConsumeMessages` of it, and `grants.answer` of the pipeline. */
  public readonly questions: sqs.Queue;

  constructor(scope: Construct, id: string, { modelPackageGroupName }: ReleaseDeskProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const models = ModelPackageGroup.fromModelPackageGroupName(this, 'Models', modelPackageGroupName);
    models.grants.actions(role, 'sagemaker:DescribeModelPackage');
    this.lookUp = new lambda.Function(this, 'LookUp', {
      description: 'Says whether a version may go on trial',
      runtime: lambda.determineLatestNodeRuntime(this),
      timeout: Duration.minutes(1),
      code: lambda.Code.fromAsset(join(__dirname, 'handler'), { exclude: ['*.d.ts'] }),
      handler: 'index.lookUp',
      role,
      logGroup,
    });

    const encrypted = { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true };
    const deadLetters = new sqs.Queue(this, 'DeadLetters', { ...encrypted, retentionPeriod: Duration.days(14) });
    Validations.of(deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is a queue of dead letters itself: what comes here has been read several times and never answered',
    });
    this.questions = new sqs.Queue(this, 'Questions', {
      ...encrypted,
      // As long as a pipeline waits for an answer.
      retentionPeriod: Duration.days(7),
      visibilityTimeout: Duration.minutes(15),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 10 },
    });
  }
}
