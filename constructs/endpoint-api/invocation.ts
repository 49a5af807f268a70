import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { Duration } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';

/**
 * Headers of an invocation that a caller may send beside the content type and what it accepts.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
 */
const HEADERS = {
  customAttributes: 'X-Amzn-SageMaker-Custom-Attributes',
  inferenceComponent: 'X-Amzn-SageMaker-Inference-Component',
  inferenceId: 'X-Amzn-SageMaker-Inference-Id',
  targetContainerHostname: 'X-Amzn-SageMaker-Target-Container-Hostname',
  targetModel: 'X-Amzn-SageMaker-Target-Model',
  targetVariant: 'X-Amzn-SageMaker-Target-Variant',
} as const;

/** A header of an invocation, by what it says. */
export type InvocationHeader = keyof typeof HEADERS;

export interface InvocationOptions {
  readonly endpointName: string;
  readonly contentTypes: readonly string[];
  readonly isBinary: boolean;
  readonly headers: Readonly<Partial<Record<InvocationHeader, 'required' | 'optional'>>>;
  readonly role: iam.IRole;
  readonly timeout: Duration;
}

/** Answers that a caller gets: of a prediction, and of errors that are the caller's, the model's, or pass. */
const PASSED_ON = ['400', '424', '429', '503'];
const INVOKED_VARIANT = 'x-Amzn-Invoked-Production-Variant';

/** The InvokeEndpoint operation as an integration, without anything in between. */
export function invocation(options: InvocationOptions): apigateway.AwsIntegration {
  const { endpointName, contentTypes, isBinary, role, timeout } = options;
  return new apigateway.AwsIntegration({
    service: 'sagemaker',
    subdomain: 'runtime',
    path: `endpoints/${endpointName}/invocations`,
    integrationHttpMethod: 'POST',
    options: {
      credentialsRole: role,
      timeout,
      requestParameters: Object.fromEntries(
        headerNames(options).map(name => [`integration.request.header.${name}`, `method.request.header.${name}`]),
      ),
      // A body of any other type is refused (415). Binary ones cannot go through a template.
      requestTemplates: Object.fromEntries(contentTypes.map(type => [type, '$input.body'])),
      passthroughBehavior: isBinary
        ? apigateway.PassthroughBehavior.WHEN_NO_MATCH
        : apigateway.PassthroughBehavior.NEVER,
      integrationResponses: [
        {
          selectionPattern: '2\\d{2}',
          statusCode: '200',
          responseParameters: {
            'method.response.header.Content-Type': 'integration.response.header.Content-Type',
            [`method.response.header.${INVOKED_VARIANT}`]: `integration.response.header.${INVOKED_VARIANT}`,
          },
        },
        ...PASSED_ON.map(statusCode => ({ selectionPattern: statusCode, statusCode })),
        // What is left is between the gateway and SageMaker, such as a missing permission: its text is not for the caller.
        {
          statusCode: '500',
          responseTemplates: { 'application/json': '{"message": "the endpoint could not be asked"}' },
        },
      ],
    },
  });
}

/** What the method has to say for the integration to use it. */
export function invocationMethod(options: InvocationOptions) {
  const { headers } = options;
  const required = new Set(headerNames({ headers: pick(headers, 'required') }).filter(name => name !== 'Accept'));
  return {
    requestParameters: Object.fromEntries(
      headerNames(options).map(name => [`method.request.header.${name}`, required.has(name)]),
    ),
    methodResponses: [
      {
        statusCode: '200',
        responseParameters: {
          'method.response.header.Content-Type': true,
          [`method.response.header.${INVOKED_VARIANT}`]: true,
        },
      },
      ...[...PASSED_ON, '500'].map(statusCode => ({ statusCode })),
    ],
  };
}

function headerNames({ headers }: Pick<InvocationOptions, 'headers'>): string[] {
  const given = Object.keys(headers) as InvocationHeader[];
  return ['Content-Type', 'Accept', ...given.sort().map(header => HEADERS[header])];
}

function pick(headers: InvocationOptions['headers'], kind: 'required' | 'optional'): InvocationOptions['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([, each]) => each === kind));
}
