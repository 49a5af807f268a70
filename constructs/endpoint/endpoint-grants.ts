import { Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';

/** An endpoint whose name is known. */
export interface NamedEndpointRef extends refs.IEndpointRef {
  readonly endpointName: string;
}

export interface InvokeOptions {
  /**
   * Models of a multi-model endpoint that may be asked for, as in `TargetModel`: the rest of their keys, such as `a.tar.gz`. A `*`
   * stands for anything: `team-a/*`.
   *
   * @default - all models, and endpoints of any other kind
   */
  readonly targetModels?: readonly string[];
}

/** Permissions to call an endpoint. They name it, and do not refer to the resource, which may be behind a condition. */
export class EndpointGrants {
  public static fromEndpoint(endpoint: NamedEndpointRef): EndpointGrants {
    return new EndpointGrants(endpoint);
  }

  private constructor(private readonly endpoint: NamedEndpointRef) {}

  /** Ask for a prediction and wait for the answer. */
  public invoke(grantee: iam.IGrantable, { targetModels }: InvokeOptions = {}): iam.Grant {
    if (targetModels === undefined) {
      return this.actions(grantee, 'sagemaker:InvokeEndpoint');
    }
    if (targetModels.length === 0) {
      throw new Error(`${this.endpoint.node.path}: 'targetModels' must name at least one model, got: none`);
    }
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['sagemaker:InvokeEndpoint'],
      resourceArns: this.resourceArns(),
      conditions: { StringLike: { 'sagemaker:TargetModel': targetModels } },
    });
  }

  /** Ask for a prediction and read the answer as it is made. */
  public invokeWithResponseStream(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, 'sagemaker:InvokeEndpointWithResponseStream');
  }

  /** Any actions on the endpoint. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: this.resourceArns() });
  }

  private resourceArns(): string[] {
    const { endpointName, env } = this.endpoint;
    // ARNs from SageMaker hold names in lower case, calls hold them as written, and policies tell case apart.
    const names = Token.isUnresolved(endpointName) ? [endpointName] : [endpointName, endpointName.toLowerCase()];
    return [...new Set(names)].map(resourceName =>
      Stack.of(this.endpoint).formatArn({
        service: 'sagemaker',
        resource: 'endpoint',
        resourceName,
        account: env.account,
        region: env.region,
      }),
    );
  }
}
