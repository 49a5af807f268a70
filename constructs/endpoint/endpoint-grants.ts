import { Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';

/** An endpoint whose name is known. */
export interface NamedEndpointRef extends refs.IEndpointRef {
  readonly endpointName: string;
}

/** Permissions to call an endpoint. They name it, and do not refer to the resource, which may be behind a condition. */
export class EndpointGrants {
  public static fromEndpoint(endpoint: NamedEndpointRef): EndpointGrants {
    return new EndpointGrants(endpoint);
  }

  private constructor(private readonly endpoint: NamedEndpointRef) {}

  /** Ask for a prediction and wait for the answer. */
  public invoke(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, 'sagemaker:InvokeEndpoint');
  }

  /** Ask for a prediction and read the answer as it is made. */
  public invokeWithResponseStream(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, 'sagemaker:InvokeEndpointWithResponseStream');
  }

  /** Any actions on the endpoint. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const { endpointName, env } = this.endpoint;
    // ARNs from SageMaker hold names in lower case, calls hold them as written, and policies tell case apart.
    const names = Token.isUnresolved(endpointName) ? [endpointName] : [endpointName, endpointName.toLowerCase()];
    const resourceArns = [...new Set(names)].map(resourceName =>
      Stack.of(this.endpoint).formatArn({
        service: 'sagemaker',
        resource: 'endpoint',
        resourceName,
        account: env.account,
        region: env.region,
      }),
    );
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}
