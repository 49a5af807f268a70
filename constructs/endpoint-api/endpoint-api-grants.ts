import * as iam from 'aws-cdk-lib/aws-iam';

/** Permissions to call the route. */
export class EndpointApiGrants {
  public static fromMethodArn(methodArn: () => string): EndpointApiGrants {
    return new EndpointApiGrants(methodArn);
  }

  private constructor(private readonly methodArn: () => string) {}

  /** Ask for a prediction, with a request that is signed for `execute-api`. */
  public invoke(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: [this.methodArn()],
    });
  }
}
