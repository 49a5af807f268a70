import { type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as customResources from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';

interface InitialParameter {
  readonly value: string;
  readonly description: string;
}

export interface ApprovedParametersOptions {
  /** What the parameters are created with, by their names. */
  readonly parameters: Readonly<Record<string, InitialParameter>>;
  readonly arns: readonly string[];
  readonly logGroup: logs.ILogGroup;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Creates SSM parameters that do not exist yet, and never writes to them again.
 *
 * An AWS::SSM::Parameter would be set back to `none` by every later deployment that changes any of its properties, a tag or the
 * description. Without an `onUpdate`, CloudFormation's update reaches the function, which then makes no call.
 */
export function createApprovedParameters(scope: Construct, options: ApprovedParametersOptions): void {
  let first: customResources.AwsCustomResource | undefined;
  for (const [name, { value, description }] of Object.entries(options.parameters)) {
    // The id is the name, so that another name is another resource: no update could rename the parameter.
    const parameter: customResources.AwsCustomResource = new customResources.AwsCustomResource(scope, name, {
      resourceType: 'Custom::ApprovedModelParameter',
      installLatestAwsSdk: false,
      logGroup: options.logGroup,
      removalPolicy: options.removalPolicy,
      onCreate: {
        service: 'SSM',
        action: 'PutParameter',
        parameters: { Name: name, Value: value, Type: 'String', Description: description, Overwrite: false },
        physicalResourceId: customResources.PhysicalResourceId.of(name),
        ignoreErrorCodesMatching: '^ParameterAlreadyExists$',
      },
      onDelete: {
        service: 'SSM',
        action: 'DeleteParameter',
        parameters: { Name: name },
        ignoreErrorCodesMatching: '^ParameterNotFound$',
      },
      // All share the function of the stack and its role, so the first one brings one policy for all of them.
      ...(first ? { role: first.grantPrincipal as iam.IRole } : { policy: accessTo(options.arns) }),
    });
    if (first) {
      parameter.node.addDependency(first);
    }
    first ??= parameter;
  }
  acknowledgeFunction(scope);
}

function accessTo(arns: readonly string[]): customResources.AwsCustomResourcePolicy {
  const actions = ['ssm:PutParameter', 'ssm:DeleteParameter'];
  return customResources.AwsCustomResourcePolicy.fromStatements([
    new iam.PolicyStatement({ actions, resources: [...arns] }),
  ]);
}

function acknowledgeFunction(scope: Construct): void {
  const id = `AWS${customResources.AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`;
  const handler = Stack.of(scope).node.findChild(id);
  Validations.of(handler).acknowledge(
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason:
        'The function belongs to aws-cdk-lib and is shared by the stack; the managed policy lets it write its logs',
    },
    { id: 'AwsSolutions-L1', reason: 'aws-cdk-lib chooses the runtime that its function is tested with' },
  );
}
