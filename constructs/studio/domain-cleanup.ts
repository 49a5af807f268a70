import { join } from 'node:path';
import { Aws, CustomResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledgeWildcards, writeArn } from '../roles';

export interface DomainCleanupProps {
  /** Domain to empty and delete. */
  readonly domain: sagemaker.CfnDomain;
}

/**
 * Empties and deletes a domain when its stack is deleted.
 *
 * CloudFormation cannot do it: it knows nothing of the apps and spaces that people start, which keep profiles and domain from being
 * deleted, and it has no property for the retention of the home file system. Does nothing while the stack lives.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
 */
export class DomainCleanup extends Construct {
  private readonly resource: CustomResource;

  constructor(scope: Construct, id: string, { domain }: DomainCleanupProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const statements = permissions(Stack.of(this), domain);
    statements.forEach(statement => role.addToPolicy(statement));

    const handler = (name: string, method: string) =>
      new lambda.Function(this, name, {
        runtime: lambda.determineLatestNodeRuntime(this),
        code: lambda.Code.fromAsset(join(__dirname, 'handler'), { exclude: ['*.d.ts'] }),
        handler: `index.${method}`,
        timeout: Duration.minutes(2),
        role,
        logGroup,
      });
    const provider = new Provider(this, 'Provider', {
      onEventHandler: handler('OnEvent', 'onEvent'),
      isCompleteHandler: handler('IsComplete', 'isComplete'),
      queryInterval: Duration.seconds(20),
      // Apps can take 20 minutes to stop; CloudFormation waits for one hour at most.
      totalTimeout: Duration.hours(1),
      disableWaiterStateMachineLogging: true,
      logGroup,
    });
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::StudioDomainCleanup',
      serviceToken: provider.serviceToken,
      properties: { DomainId: domain.attrDomainId },
    });
    acknowledgeWildcards(
      role,
      statements.flatMap(statement => statement.resources),
      'People name apps, spaces and profiles; lists take no resource; security groups are held to the domain by their tag',
    );
    acknowledgeFramework(provider);
  }

  /** What depends on others is deleted before them. */
  public emptyBeforeDeleting(member: Construct): void {
    this.resource.node.addDependency(member);
  }
}

/** What the library's own functions and state machine are like. */
function acknowledgeFramework(provider: Provider): void {
  const called = [provider.onEventHandler, provider.isCompleteHandler];
  const own = ['framework-isComplete', 'framework-onTimeout'].map(id => provider.node.findChild(id));
  const functions = [...called, ...own].filter(child => child instanceof lambda.Function);
  acknowledgeWildcards(
    provider,
    functions.map(({ functionArn }) => `${functionArn}:*`),
    'The framework of the library may call any version of its functions',
  );
  const logPolicy = iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole');
  Validations.of(provider).acknowledge(
    {
      id: `AwsSolutions-IAM4[Policy::${writeArn(provider, logPolicy.managedPolicyArn)}]`,
      reason: 'The framework of the library brings its roles along; the policy only allows to write logs',
    },
    {
      id: 'AwsSolutions-SF1',
      reason: 'The waiter only repeats a call, once in the life of a stack; the functions log it',
    },
    {
      id: 'AwsSolutions-SF2',
      reason: 'The waiter only repeats a call, once in the life of a stack; there is nothing to trace',
    },
  );
}

function permissions(stack: Stack, domain: sagemaker.CfnDomain): iam.PolicyStatement[] {
  const allow = (actions: string[], ...resources: string[]) => new iam.PolicyStatement({ actions, resources });
  const within = (resource: string) =>
    stack.formatArn({ service: 'sagemaker', resource, resourceName: `${domain.attrDomainId}/*` });
  return [
    allow(['cloudformation:DescribeStacks'], Aws.STACK_ID),
    allow(['sagemaker:DeleteDomain', 'sagemaker:DescribeDomain'], domain.attrDomainArn),
    allow(['sagemaker:DeleteApp'], within('app')),
    allow(['sagemaker:DeleteSpace'], within('space')),
    allow(['sagemaker:DeleteUserProfile'], within('user-profile')),
    allow(
      ['ec2:DescribeSecurityGroups', 'sagemaker:ListApps', 'sagemaker:ListSpaces', 'sagemaker:ListUserProfiles'],
      '*',
    ),
    new iam.PolicyStatement({
      actions: ['ec2:DeleteSecurityGroup', 'ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress'],
      resources: [stack.formatArn({ service: 'ec2', resource: 'security-group', resourceName: '*' })],
      // The service tags what it makes for a domain.
      conditions: { StringEquals: { 'aws:ResourceTag/ManagedByAmazonSageMakerResource': domain.attrDomainArn } },
    }),
  ];
}
