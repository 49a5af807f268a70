import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { EndpointApi, type EndpointApiProps } from '../../constructs/endpoint-api';
import runtime from '../fixtures/service-models/sagemaker-runtime.json';
import { textOf } from '../support/definition';
import { allowedTo } from '../support/role-policy';

const newStack = () => new Stack(new App(), 'Loans');
const apiIn = (stack: Stack, overrides: Partial<EndpointApiProps> = {}) =>
  new EndpointApi(stack, 'Door', { endpointName: 'credit-risk', ...overrides });

interface Integration {
  readonly Type: string;
  readonly Uri: unknown;
  readonly IntegrationHttpMethod: string;
  readonly PassthroughBehavior: string;
  readonly TimeoutInMillis: number;
  readonly RequestParameters: Readonly<Record<string, string>>;
  readonly RequestTemplates: Readonly<Record<string, string>>;
  readonly IntegrationResponses: readonly {
    readonly StatusCode: string;
    readonly SelectionPattern?: string;
    readonly ResponseParameters?: Readonly<Record<string, string>>;
    readonly ResponseTemplates?: Readonly<Record<string, string>>;
  }[];
}

interface Method {
  readonly Integration: Integration;
  readonly RequestParameters: Readonly<Record<string, boolean>>;
  readonly MethodResponses: readonly {
    readonly StatusCode: string;
    readonly ResponseParameters?: Readonly<Record<string, boolean>>;
  }[];
}

function methodWith(overrides: Partial<EndpointApiProps> = {}): Method {
  const stack = newStack();
  apiIn(stack, overrides);
  const [method] = Object.values(Template.fromStack(stack).findResources('AWS::ApiGateway::Method'));
  return (method as { Properties: Method }).Properties;
}

type Headers = Readonly<Record<string, string>>;

/** What the gateway makes of a request, after its developer guide: a refusal, or what it sends to SageMaker. */
function requestOf({ Integration, RequestParameters }: Method, headers: Headers, body: string) {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const header = (parameter: string) => given.get(parameter.replace('method.request.header.', '').toLowerCase());
  const missing = Object.entries(RequestParameters).filter(([name, required]) => required && !header(name));
  if (missing.length > 0) return 400;
  const template = Integration.RequestTemplates[given.get('content-type') ?? 'application/json'];
  if (template === undefined && Integration.PassthroughBehavior === 'NEVER') return 415;
  const sent = Object.entries(Integration.RequestParameters).flatMap(([to, from]) => {
    const value = header(from);
    return value === undefined ? [] : [[to.replace('integration.request.header.', ''), value]];
  });
  return {
    method: Integration.IntegrationHttpMethod,
    path: textOf(Integration.Uri).replace(/^.*:runtime\.sagemaker:path/, ''),
    headers: Object.fromEntries(sent) as Headers,
    body: template === undefined ? body : template.replaceAll('$input.body', body),
  };
}

/** The answer for a status of SageMaker: the pattern that fits the whole status, else the one without a pattern. */
function answerTo({ Integration }: Method, status: number) {
  const all = Integration.IntegrationResponses;
  const fitting = all.find(
    ({ SelectionPattern: each }) => each !== undefined && new RegExp(`^${each}$`).test(`${status}`),
  );
  return fitting ?? all.find(({ SelectionPattern }) => SelectionPattern === undefined);
}

describe('a request', () => {
  const everyHeader: EndpointApiProps['headers'] = {
    customAttributes: 'optional',
    inferenceComponent: 'required',
    inferenceId: 'optional',
    targetContainerHostname: 'optional',
    targetModel: 'optional',
    targetVariant: 'optional',
  };

  test('is the InvokeEndpoint of the service model, with the body as it came', () => {
    const method = methodWith({ contentTypes: ['text/csv'] });
    const headers = { 'content-type': 'text/csv', accept: 'application/json', 'x-other': 'stays outside' };
    expect(requestOf(method, headers, '1,2\n3,4')).toEqual({
      method: runtime.method,
      path: runtime.requestUri.replace('{EndpointName}', 'credit-risk'),
      headers: {
        [runtime.requestHeaders.ContentType]: 'text/csv',
        [runtime.requestHeaders.Accept]: 'application/json',
      },
      body: '1,2\n3,4',
    });
    expect(textOf(method.Integration.Uri)).toBe(
      'arn:${AWS::Partition}:apigateway:${AWS::Region}:runtime.sagemaker:path/endpoints/credit-risk/invocations',
    );
    expect(method.Integration.Type).toBe('AWS');
    expect(runtime.endpointPrefix).toBe('runtime.sagemaker');
  });

  test('passes on the headers asked for, under the names of the service', () => {
    const method = methodWith({ headers: everyHeader, inferenceComponents: ['a'] });
    const { EnableExplanations, SessionId, ...names } = runtime.requestHeaders;
    const headers = Object.fromEntries(Object.values(names).map(name => [name, `value of ${name}`]));
    expect(requestOf(method, { ...headers, 'Content-Type': 'application/json' }, '{}')).toMatchObject({
      headers: { ...headers, 'Content-Type': 'application/json' },
    });
    expect([EnableExplanations, SessionId]).toHaveLength(2);
  });

  test.each<[string, Partial<EndpointApiProps>, Headers, number]>([
    ['another content type', {}, { 'Content-Type': 'text/csv' }, 415],
    ['no content type', {}, {}, 400],
    [
      'no component',
      { headers: { inferenceComponent: 'required' }, inferenceComponents: ['a'] },
      { 'Content-Type': 'application/json' },
      400,
    ],
  ])('with %s is refused', (_, overrides, headers, status) => {
    expect(requestOf(methodWith(overrides), headers, '{}')).toBe(status);
  });

  test('of a binary type goes through as it is', () => {
    const stack = newStack();
    apiIn(stack, { binaryMediaTypes: ['application/x-npy'] });
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGateway::RestApi', {
      BinaryMediaTypes: ['application/x-npy'],
    });
    const method = methodWith({ binaryMediaTypes: ['application/x-npy'] });
    expect(requestOf(method, { 'Content-Type': 'application/x-npy' }, 'bytes')).toMatchObject({ body: 'bytes' });
  });

  test('with a JSON body is checked against the schema', () => {
    const stack = newStack();
    apiIn(stack, { requestSchema: { type: apigateway.JsonSchemaType.OBJECT, required: ['instances'] } });
    const template = Template.fromStack(stack);
    const [model] = Object.keys(template.findResources('AWS::ApiGateway::Model'));
    template.hasResourceProperties('AWS::ApiGateway::Model', {
      ContentType: 'application/json',
      Schema: { type: 'object', required: ['instances'], $schema: 'http://json-schema.org/draft-04/schema#' },
    });
    template.hasResourceProperties('AWS::ApiGateway::Method', {
      RequestModels: { 'application/json': { Ref: model } },
    });
    template.hasResourceProperties('AWS::ApiGateway::RequestValidator', {
      ValidateRequestBody: true,
      ValidateRequestParameters: true,
    });
  });

  test.each([
    [undefined, 29_000],
    [Duration.millis(50), 50],
    [Duration.seconds(29), 29_000],
  ])('may take %s', (timeout, milliseconds) => {
    expect(methodWith({ timeout }).Integration.TimeoutInMillis).toBe(milliseconds);
  });

  test('may take a minute where the quota has been raised, which a warning says', () => {
    const stack = newStack();
    apiIn(stack, { timeout: Duration.seconds(60) });
    Annotations.fromStack(stack).hasWarning(
      '/Loans/Door',
      'more than 29 seconds need a raised quota of the account, "Maximum integration timeout in milliseconds" [ack: endpoint-api:timeout]',
    );
  });
});

describe('an answer', () => {
  const method = methodWith();

  test.each([
    [200, '200'],
    [runtime.errors.ValidationError, '400'],
    [runtime.errors.ModelError, '424'],
    [runtime.errors.ModelNotReadyException, '429'],
    [runtime.errors.ServiceUnavailable, '503'],
    [runtime.errors.InternalFailure, '500'],
    [runtime.errors.InternalDependencyException, '500'],
    [403, '500'],
  ])('%d of SageMaker is %s for the caller', (status, expected) => {
    expect(answerTo(method, status)?.StatusCode).toBe(expected);
  });

  test('has the type of the content and the variant, and of errors the text of SageMaker, save those between it and the gateway', () => {
    expect(answerTo(method, 200)?.ResponseParameters).toEqual({
      'method.response.header.Content-Type': `integration.response.header.${runtime.responseHeaders.ContentType}`,
      [`method.response.header.${runtime.responseHeaders.InvokedProductionVariant}`]: `integration.response.header.${runtime.responseHeaders.InvokedProductionVariant}`,
    });
    expect(answerTo(method, 424)?.ResponseTemplates).toBeUndefined();
    expect(answerTo(method, 403)?.ResponseTemplates).toEqual({
      'application/json': '{"message": "the endpoint could not be asked"}',
    });
  });

  test('is declared by the method, with its headers', () => {
    const declared = method.MethodResponses.map(({ StatusCode }) => StatusCode);
    expect(new Set(method.Integration.IntegrationResponses.map(({ StatusCode }) => StatusCode))).toEqual(
      new Set(declared),
    );
    const parameters = Object.keys(answerTo(method, 200)?.ResponseParameters ?? {});
    expect(Object.keys(method.MethodResponses[0]?.ResponseParameters ?? {})).toEqual(parameters);
  });
});

describe('permissions', () => {
  const arn = (resource: string) => `arn:\${AWS::Partition}:sagemaker:\${AWS::Region}:\${AWS::AccountId}:${resource}`;

  test('of the gateway are to invoke the endpoint, as its name is written and in lower case', () => {
    expect(allowedTo(apiIn(newStack(), { endpointName: 'Credit-Risk' }).role)).toEqual([
      { Action: ['sagemaker:InvokeEndpoint'], Resource: [arn('endpoint/Credit-Risk'), arn('endpoint/credit-risk')] },
    ]);
  });

  test('name the components and the models that may be asked for', () => {
    const components = apiIn(newStack(), {
      headers: { inferenceComponent: 'required' },
      inferenceComponents: ['a', 'b'],
    });
    expect(allowedTo(components.role)).toEqual([
      {
        Action: ['sagemaker:InvokeEndpoint'],
        Resource: [arn('endpoint/credit-risk'), arn('inference-component/a'), arn('inference-component/b')],
      },
    ]);
    const models = apiIn(newStack(), { headers: { targetModel: 'required' }, targetModels: ['loans.tar.gz'] });
    expect(allowedTo(models.role)).toEqual([
      {
        Action: ['sagemaker:InvokeEndpoint'],
        Resource: [arn('endpoint/credit-risk')],
        Condition: { StringEquals: { 'sagemaker:TargetModel': ['loans.tar.gz'] } },
      },
    ]);
  });

  test('of a caller are to POST to the route of the stage', () => {
    const stack = newStack();
    const caller = new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() });
    apiIn(stack, { path: 'risk/score' }).grants.invoke(caller);
    expect(allowedTo(caller)).toEqual([
      {
        Action: ['execute-api:Invoke'],
        Resource: [
          expect.stringMatching(
            /^arn:\$\{AWS::Partition\}:execute-api:\$\{AWS::Region\}:\$\{AWS::AccountId\}:\$\{DoorApi\w+\}\/\$\{DoorApiDeploymentStageprod\w+\}\/POST\/risk\/score$/,
          ) as string,
        ],
      },
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' });
  });

  test('can come from a policy of the API, too', () => {
    const stack = newStack();
    const statement = new iam.PolicyStatement({
      principals: [new iam.AccountPrincipal('111122223333')],
      actions: ['execute-api:Invoke'],
      resources: ['execute-api:/*/POST/invocations'],
    });
    apiIn(stack, { resourcePolicy: new iam.PolicyDocument({ statements: [statement] }) });
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGateway::RestApi', {
      Policy: { Statement: [Match.objectLike({ Action: 'execute-api:Invoke' })] },
    });
  });
});

describe('the stage', () => {
  test('is regional, throttled, traced and measured, and logs no bodies', () => {
    const stack = newStack();
    apiIn(stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] } });
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      TracingEnabled: true,
      AccessLogSetting: { DestinationArn: Match.anyValue(), Format: Match.stringLikeRegexp('requestId') },
      MethodSettings: [
        {
          HttpMethod: '*',
          ResourcePath: '/*',
          LoggingLevel: 'ERROR',
          DataTraceEnabled: false,
          MetricsEnabled: true,
          ThrottlingRateLimit: 100,
          ThrottlingBurstLimit: 200,
        },
      ],
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    template.resourceCountIs('AWS::ApiGateway::UsagePlan', 0);
    template.hasResource('AWS::ApiGateway::Account', { DeletionPolicy: 'Retain' });
    template.resourceCountIs('AWS::Lambda::Function', 0);
  });

  test('takes other limits, and leaves the role of the account alone', () => {
    const stack = newStack();
    apiIn(stack, {
      throttle: { rateLimit: 5, burstLimit: 10 },
      accountLogRole: false,
      logRetention: logs.RetentionDays.ONE_WEEK,
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [Match.objectLike({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 })],
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  test('can ask for a key of a usage plan', () => {
    const stack = newStack();
    const api = apiIn(stack, {
      keyedUsage: { throttle: { rateLimit: 1, burstLimit: 2 }, quota: { limit: 1000, period: apigateway.Period.DAY } },
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApiGateway::Method', { ApiKeyRequired: true });
    template.hasResourceProperties('AWS::ApiGateway::UsagePlan', {
      Quota: { Limit: 1000, Period: 'DAY' },
      Throttle: { RateLimit: 1, BurstLimit: 2 },
    });
    expect(api.usagePlan).toBeInstanceOf(apigateway.UsagePlan);
  });

  test('has a URL in every partition', () => {
    const stack = newStack();
    const { url } = apiIn(stack, { path: 'risk/score' });
    expect(textOf(stack.resolve(url))).toMatch(
      /^https:\/\/\$\{DoorApi\w+\}\.execute-api\.\$\{AWS::Region\}\.\$\{AWS::URLSuffix\}\/\$\{DoorApiDeploymentStageprod\w+\}\/risk\/score$/,
    );
  });
});

describe('wrong props', () => {
  const throttle = { rateLimit: 0, burstLimit: 1 };

  test.each<[Partial<EndpointApiProps>, string]>([
    [{ endpointName: 'a_b' }, "'endpointName' must be 1 to 63 letters, digits and hyphens, none at its ends, got: a_b"],
    [
      { path: '/a' },
      "'path' must be parts of letters, digits and ._-, with slashes between, and neither ping nor sping, got: /a",
    ],
    [
      { path: 'ping' },
      "'path' must be parts of letters, digits and ._-, with slashes between, and neither ping nor sping, got: ping",
    ],
    [{ contentTypes: [] }, "'contentTypes' must hold 1 to 10 MIME types, got: 0 types"],
    [{ contentTypes: ['csv'] }, "'contentTypes' must hold MIME types such as text/csv, without parameters, got: csv"],
    [
      { binaryMediaTypes: ['*'] },
      "'binaryMediaTypes' must hold MIME types such as text/csv, without parameters, got: *",
    ],
    [
      { binaryMediaTypes: ['application/json'] },
      "'binaryMediaTypes' must hold no type that is in 'contentTypes', too, got: application/json",
    ],
    [
      { contentTypes: ['text/csv'], requestSchema: {} },
      "'requestSchema' must come with application/json in 'contentTypes', got: text/csv",
    ],
    [{ inferenceComponents: [] }, "'inferenceComponents' must hold at least one name, got: none"],
    [
      { inferenceComponents: ['a'], headers: { inferenceComponent: 'optional' } },
      "'inferenceComponents' must come with the header 'inferenceComponent', required, got: optional",
    ],
    [
      { inferenceComponents: ['a_'], headers: { inferenceComponent: 'required' } },
      "'inferenceComponents' must hold names that are 1 to 63 letters, digits and hyphens, none at its ends, got: a_",
    ],
    [
      { headers: { inferenceComponent: 'required' } },
      "'headers.inferenceComponent' must come with 'inferenceComponents', the ones that may be asked for, got: none",
    ],
    [{ targetModels: ['a'] }, "'targetModels' must come with the header 'targetModel', required, got: no header"],
    [{ throttle }, "'throttle.rateLimit' must be more than 0, got: 0"],
    [
      { keyedUsage: { throttle: { rateLimit: 1, burstLimit: 0 } } },
      "'keyedUsage.throttle.burstLimit' must be a whole number of 1 or more, got: 0",
    ],
    [
      { keyedUsage: { quota: { limit: 0.5, period: apigateway.Period.DAY } } },
      "'keyedUsage.quota.limit' must be a whole number of 1 or more, got: 0.5",
    ],
    [{ timeout: Duration.seconds(61) }, "'timeout' must be 50 milliseconds to 60 seconds, got: 1 minute 1 second"],
  ])('%j', (overrides, problem) => {
    expect(() => apiIn(newStack(), overrides)).toThrow(new Error(`Loans/Door: ${problem}`));
  });

  test('do not compile', () => {
    // @ts-expect-error -- no header of an invocation
    const header: EndpointApiProps['headers'] = { authorization: 'optional' };
    // @ts-expect-error -- a header is required or optional
    const kind: EndpointApiProps['headers'] = { targetModel: true };
    expect([header, kind]).toHaveLength(2);
  });
});

test('cdk-nag finds nothing', () => {
  const app = new App();
  apiIn(new Stack(app, 'Loans'));
  app.synth();
  const found = new AwsSolutionsChecks().validateScope(app).violations;
  expect(
    found.map(({ ruleName, violatingResources }) => [
      ruleName,
      violatingResources.map(({ constructPath }) => constructPath),
    ]),
  ).toEqual([]);
});
