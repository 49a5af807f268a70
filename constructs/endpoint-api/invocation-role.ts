import { Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface InvocationRoleProps {
  readonly endpointName: string;
  readonly inferenceComponents?: readonly string[];
  readonly targetModels?: readonly string[];
}

/** The role under which the gateway asks the endpoint, and nothing else. */
export class InvocationRole extends iam.Role {
  constructor(
    scope: Construct,
    id: string,
    { endpointName, inferenceComponents = [], targetModels }: InvocationRoleProps,
  ) {
    const stack = Stack.of(scope);
    super(scope, id, {
      description: `Asks the endpoint ${endpointName}`,
      // Who makes an API with this role needs iam:PassRole for it; the service does not say for which API it assumes a role.
      assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
    });
    const arns = (resource: string, name: string) => {
      // ARNs from SageMaker hold names in lower case, calls hold them as written, and policies tell case apart.
      const names = Token.isUnresolved(name) ? [name] : [...new Set([name, name.toLowerCase()])];
      return names.map(resourceName => stack.formatArn({ service: 'sagemaker', resource, resourceName }));
    };
    this.addToPolicy(
      new iam.PolicyStatement({
        actions: ['sagemaker:InvokeEndpoint'],
        resources: [
          ...arns('endpoint', endpointName),
          ...inferenceComponents.flatMap(name => arns('inference-component', name)),
        ],
        conditions: targetModels && { StringEquals: { 'sagemaker:TargetModel': [...targetModels] } },
      }),
    );
  }
}
