import { join } from 'node:path';
import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';

/** What a step of a cleanup is told. */
export interface CleanupEvent<Properties> {
  /** The whole stack is being deleted. Otherwise the custom resource is only made, changed, or taken out of the template. */
  readonly EndOfStack?: boolean;

  /** Properties of the custom resource. */
  readonly ResourceProperties: Properties;
}

/** What a step of a cleanup may need to know of its function. */
export interface CleanupContext {
  getRemainingTimeInMillis(): number;
}

/** One step of a cleanup, `index.isComplete` of the code. */
export type CleanupStep<Properties> = (
  event: CleanupEvent<Properties>,
  context: CleanupContext,
) => Promise<{ readonly IsComplete: boolean }>;

export interface CleanupProviderProps {
  /**
   * Code that cleans up, for the Node.js runtime of AWS Lambda. Its `index.isComplete`, a `CleanupStep`, has two minutes. It is called
   * again 20 seconds later, for an hour at most, until it says that it is complete. Unless the event says `EndOfStack`, it must change
   * nothing.
   */
  readonly code: lambda.Code;
}

/**
 * Provider of custom resources that clean up when their stack is deleted, and only then.
 *
 * CloudFormation deletes custom resources before what they depend on, and waits for them. A resource that is renamed, replaced or left
 * out of a template is deleted too, but then nothing is cleaned up: people may still work with what is in it.
 *
 * Creates two functions, those of the library's provider framework with their state machine, the roles of all of these, and a log group.
 * They run once in the life of a stack.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-delete.html
 */
export class CleanupProvider extends Construct implements iam.IGrantable {
  /** Token for `CustomResource`. */
  public readonly serviceToken: string;

  /** Role of the code. */
  public readonly role: iam.IRole;
  public readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, { code }: CleanupProviderProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const newRole = (name: string) => {
      const role = new iam.Role(this, name, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
      logGroup.grantWrite(role);
      return role;
    };
    const role = newRole('Role');
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources: [Aws.STACK_ID] }),
    );
    this.role = role;
    this.grantPrincipal = role;

    const newFunction = (name: string, code: lambda.Code, handler: string) =>
      new lambda.Function(this, name, {
        runtime: lambda.determineLatestNodeRuntime(this),
        timeout: Duration.minutes(2),
        code,
        handler,
        role,
        logGroup,
      });
    const ownCode = lambda.Code.fromAsset(join(__dirname, 'handler'), { exclude: ['*.d.ts'] });
    const framework = new Provider(this, 'Framework', {
      onEventHandler: newFunction('OnEvent', ownCode, 'index.onEvent'),
      isCompleteHandler: newFunction('IsComplete', code, 'index.isComplete'),
      queryInterval: Duration.seconds(20),
      // Apps of Studio can take 20 minutes to stop; CloudFormation waits for one hour at most.
      totalTimeout: Duration.hours(1),
      disableWaiterStateMachineLogging: true,
      // The roles that the framework makes by itself hold a managed policy, which may also make log groups.
      frameworkOnEventRole: newRole('OnEventRole'),
      frameworkCompleteAndTimeoutRole: newRole('IsCompleteRole'),
      logGroup,
    });
    this.serviceToken = framework.serviceToken;
    this.acknowledgeFramework();
  }

  private acknowledgeFramework(): void {
    const stack = Stack.of(this);
    for (const called of this.node.findAll().filter(node => node instanceof lambda.CfnFunction)) {
      Validations.of(this).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(called)}.Arn>:*]`,
        reason: 'The framework of the library may call any version of its functions',
      });
    }
    Validations.of(this).acknowledge(
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
}
