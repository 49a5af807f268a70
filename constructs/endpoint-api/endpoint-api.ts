import { Annotations, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { EndpointApiGrants } from './endpoint-api-grants';
import { checkApi } from './endpoint-api-rules';
import { invocation, type InvocationHeader, invocationMethod } from './invocation';
import { InvocationRole } from './invocation-role';

/** Calls that are let through, on average and at once. */
export interface Throttle {
  /** Calls a second, on average: more than 0. */
  readonly rateLimit: number;

  /** Calls at the same time: 1 or more. */
  readonly burstLimit: number;
}

/** Limits of callers who identify themselves with a key, beside their signature. */
export interface KeyedUsage {
  /**
   * Calls of each key.
   *
   * @default - those of the route
   */
  readonly throttle?: Throttle;

  /**
   * Calls of each key in a period: 1 or more.
   *
   * @default - any number
   */
  readonly quota?: { readonly limit: number; readonly period: apigateway.Period };
}

export interface EndpointApiProps {
  /** Name of an endpoint of this account and region: 1 to 63 letters, digits and hyphens, or a token. It may be absent at times. */
  readonly endpointName: string;

  /**
   * Path of the route, such as `risk/score`, without slashes at its ends.
   *
   * @default 'invocations'
   */
  readonly path?: string;

  /**
   * MIME types of texts that the model takes, 1 to 10. A body of another type is refused with 415.
   *
   * @default ['application/json']
   */
  readonly contentTypes?: readonly string[];

  /**
   * MIME types that are passed on and back as they are, such as `application/x-npy`. With any of them, a body of a type that stands nowhere
   * is passed on as well, and it is the model that refuses it.
   *
   * @default - none
   */
  readonly binaryMediaTypes?: readonly string[];

  /**
   * Schema of a JSON body; one that does not fit is refused with 400. Needs `application/json` in `contentTypes`.
   *
   * @default - any body
   */
  readonly requestSchema?: apigateway.JsonSchema;

  /**
   * Headers of an invocation that are passed on; without a required one, a call is refused with 400.
   *
   * @default - the content type, which is required, and what the caller accepts
   */
  readonly headers?: Readonly<Partial<Record<InvocationHeader, 'required' | 'optional'>>>;

  /**
   * Names of the inference components that may be asked for. Needs the header `inferenceComponent`.
   *
   * @default - none
   */
  readonly inferenceComponents?: readonly string[];

  /**
   * Target models of a multi-model endpoint that may be asked for, such as `loans.tar.gz`. Needs the header `targetModel`.
   *
   * @default - any
   */
  readonly targetModels?: readonly string[];

  /**
   * Calls that the route lets through, of all callers together.
   *
   * @default - 100 a second, 200 at once
   */
  readonly throttle?: Throttle;

  /**
   * Calls need a key of a usage plan (`usagePlan.addApiKey`) as well as a signature.
   *
   * @default - no key
   */
  readonly keyedUsage?: KeyedUsage;

  /**
   * Longest wait for the endpoint: 50 milliseconds to 60 seconds, which is what SageMaker gives a model. Above 29 seconds only where the
   * account's quota "Maximum integration timeout" has been raised.
   *
   * @default Duration.seconds(29)
   */
  readonly timeout?: Duration;

  /**
   * Policy of the API, such as one that lets in other accounts or only one VPC endpoint.
   *
   * @default - who in this account is allowed to call is in the policies of the callers
   */
  readonly resourcePolicy?: iam.PolicyDocument;

  /**
   * Sets the role under which API Gateway writes logs, one for all APIs of the account and region. Without one there, an API with logs
   * cannot be deployed. `false` where it is set already. The role stays when the stack is deleted, for other APIs use it.
   *
   * @default true
   */
  readonly accountLogRole?: boolean;

  /**
   * How long the access logs are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * A route of API Gateway to an endpoint, with IAM authorization, request validation and throttling, and without a function in between.
 *
 * Creates a regional REST API with one POST route, the role that asks the endpoint, and a log group. Costs nothing at rest, and a few
 * dollars for a million calls.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html
 */
export class EndpointApi extends Construct {
  public readonly grants: EndpointApiGrants;
  public readonly api: apigateway.RestApi;
  public readonly method: apigateway.Method;

  /** Role under which the gateway asks the endpoint. */
  public readonly role: iam.Role;

  /** URL to POST to. */
  public readonly url: string;

  /** Plan that keys are added to; none unless `keyedUsage` is given. */
  public readonly usagePlan?: apigateway.UsagePlan;

  constructor(scope: Construct, id: string, props: EndpointApiProps) {
    super(scope, id);
    checkApi(this.node.path, props);
    const { endpointName, path = 'invocations', contentTypes = ['application/json'], keyedUsage } = props;
    const { binaryMediaTypes = [], requestSchema, headers = {}, timeout = Duration.seconds(29) } = props;
    this.warn(timeout);
    this.role = new InvocationRole(this, 'Role', props);
    this.api = this.createApi(props);
    const options = {
      endpointName,
      contentTypes,
      headers,
      timeout,
      role: this.role,
      isBinary: binaryMediaTypes.length > 0,
    };
    this.method = this.api.root.resourceForPath(path).addMethod('POST', invocation(options), {
      ...invocationMethod(options),
      authorizationType: apigateway.AuthorizationType.IAM,
      apiKeyRequired: keyedUsage !== undefined,
      requestValidator: this.api.addRequestValidator('Validator', {
        validateRequestBody: true,
        validateRequestParameters: true,
      }),
      requestModels: requestSchema && {
        'application/json': this.api.addModel('Body', { contentType: 'application/json', schema: requestSchema }),
      },
    });
    Validations.of(this.method).acknowledge({
      id: 'AwsSolutions-COG4',
      reason: 'Callers are authorized by IAM: programs with roles, not people with passwords',
    });
    this.url = this.api.urlForPath(`/${path}`);
    this.grants = EndpointApiGrants.fromMethodArn(() => this.method.methodArn);
    this.usagePlan = keyedUsage && this.createUsagePlan(keyedUsage);
  }

  private createApi(props: EndpointApiProps): apigateway.RestApi {
    const { throttle = { rateLimit: 100, burstLimit: 200 }, accountLogRole = true } = props;
    const accessLogs = new logs.LogGroup(this, 'AccessLogs', {
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new apigateway.RestApi(this, 'Api', {
      description: `Asks the endpoint ${props.endpointName}`,
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      binaryMediaTypes: props.binaryMediaTypes && [...props.binaryMediaTypes],
      policy: props.resourcePolicy,
      cloudWatchRole: accountLogRole,
      cloudWatchRoleRemovalPolicy: accountLogRole ? RemovalPolicy.RETAIN : undefined,
      deployOptions: {
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLogs),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields(),
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        // Bodies hold what is known about people: they stay out of the logs.
        dataTraceEnabled: false,
        metricsEnabled: true,
        tracingEnabled: true,
        throttlingRateLimit: throttle.rateLimit,
        throttlingBurstLimit: throttle.burstLimit,
      },
    });
    Validations.of(api.deploymentStage).acknowledge({
      id: 'AwsSolutions-APIG3',
      reason: 'Nobody gets in without a signature of IAM; associate a web ACL where the calls come from browsers',
    });
    const logRole = api.node.tryFindChild('CloudWatchRole');
    if (logRole) {
      const policy = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs';
      Validations.of(logRole).acknowledge({
        id: `AwsSolutions-IAM4[Policy::${policy}]`,
        reason: 'API Gateway refuses a role for its logs that does not have what this policy of its own says',
      });
    }
    return api;
  }

  private createUsagePlan({ throttle, quota }: KeyedUsage): apigateway.UsagePlan {
    return new apigateway.UsagePlan(this, 'UsagePlan', {
      apiStages: [{ api: this.api, stage: this.api.deploymentStage }],
      throttle,
      quota,
    });
  }

  private warn(timeout: Duration): void {
    if (!timeout.isUnresolved() && timeout.toMilliseconds() > 29_000) {
      Annotations.of(this).addWarningV2(
        'endpoint-api:timeout',
        'more than 29 seconds need a raised quota of the account, "Maximum integration timeout in milliseconds"',
      );
    }
  }
}
