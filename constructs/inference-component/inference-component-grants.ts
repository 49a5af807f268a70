import { Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';

/** An inference component whose name is known, and that of its endpoint. */
export interface NamedInferenceComponentRef extends refs.IInferenceComponentRef {
  readonly inferenceComponentName: string;
  readonly endpointName: string;
}

/** Permissions to call a component. They name it and its endpoint, and do not refer to the resources, which may be behind a condition. */
export class InferenceComponentGrants {
  public static fromInferenceComponent(component: NamedInferenceComponentRef): InferenceComponentGrants {
    return new InferenceComponentGrants(component);
  }

  private constructor(private readonly component: NamedInferenceComponentRef) {}

  /** Ask for a prediction and wait for the answer. */
  public invoke(grantee: iam.IGrantable): iam.Grant {
    return this.onBoth(grantee, 'sagemaker:InvokeEndpoint');
  }

  /** Ask for a prediction and read the answer as it is made. */
  public invokeWithResponseStream(grantee: iam.IGrantable): iam.Grant {
    return this.onBoth(grantee, 'sagemaker:InvokeEndpointWithResponseStream');
  }

  /** Any actions on the component. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const resourceArns = this.arns('inference-component', this.component.inferenceComponentName);
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  /** A call is authorized on the endpoint, always, and on the component that it names. */
  private onBoth(grantee: iam.IGrantable, action: string): iam.Grant {
    const { inferenceComponentName, endpointName } = this.component;
    const resourceArns = [
      ...this.arns('endpoint', endpointName),
      ...this.arns('inference-component', inferenceComponentName),
    ];
    return iam.Grant.addToPrincipal({ grantee, actions: [action], resourceArns });
  }

  private arns(resource: string, name: string): string[] {
    // ARNs from SageMaker hold names in lower case, calls hold them as written, and policies tell case apart.
    const names = Token.isUnresolved(name) ? [name] : [name, name.toLowerCase()];
    const { account, region } = this.component.env;
    return [...new Set(names)].map(resourceName =>
      Stack.of(this.component).formatArn({ service: 'sagemaker', resource, resourceName, account, region }),
    );
  }
}
