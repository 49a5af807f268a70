import { Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../roles';
import { type AsyncInference, asyncObjects, callerStatements } from './async-inference';
import { ASYNCHRONOUS_REFUSES } from './limits';

/** An endpoint whose name is known. */
export interface NamedEndpointRef extends refs.IEndpointRef {
  readonly endpointName: string;

  /** Where requests and answers lie, if the endpoint is asynchronous. */
  readonly async?: AsyncInference;
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
    this.requireSynchronous('grants.invoke');
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
    this.requireSynchronous('grants.invokeWithResponseStream');
    return this.actions(grantee, 'sagemaker:InvokeEndpointWithResponseStream');
  }

  /** Put requests for an asynchronous endpoint into S3, ask it to answer them, and get the answers. */
  public invokeAsync(grantee: iam.IGrantable): iam.Grant {
    const { async } = this.endpoint;
    if (async === undefined) {
      throw new Error(
        `${this.endpoint.node.path}: 'grants.invokeAsync' must be used on an endpoint made here with 'async', got: another endpoint`,
      );
    }
    const grant = this.actions(grantee, 'sagemaker:InvokeEndpointAsync');
    const { grantPrincipal } = grantee;
    for (const statement of callerStatements(async)) {
      grantPrincipal.addToPrincipalPolicy(statement);
    }
    acknowledgeWildcards(
      Construct.isConstruct(grantPrincipal) ? grantPrincipal : this.endpoint,
      asyncObjects(async),
      'Callers name the requests, and SageMaker the answers; the wildcard covers their prefixes only',
    );
    return grant;
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

  private requireSynchronous(grant: string): void {
    const { async, node } = this.endpoint;
    if (async !== undefined) {
      throw new Error(
        `${node.path}: '${grant}' must be 'grants.invokeAsync', since ${ASYNCHRONOUS_REFUSES.invoke.why}, got: '${grant}'`,
      );
    }
  }
}
