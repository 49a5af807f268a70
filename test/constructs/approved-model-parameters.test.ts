import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { App, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { ApprovedModel, type ApprovedModelProps } from '../../constructs/approved-model';

const NAME = '/credit-risk/approved/model-package-arn';
const APPROVED = 'arn:aws:sagemaker:eu-central-1:111122223333:model-package/credit-risk/1';

const stackWith = (app: App, overrides: Partial<ApprovedModelProps> = {}): Stack => {
  const stack = new Stack(app, 'Build');
  new ApprovedModel(stack, 'Approved', {
    modelPackageGroup: new sagemaker.CfnModelPackageGroup(stack, 'Group', { modelPackageGroupName: 'credit-risk' }),
    parameterPrefix: '/credit-risk/approved',
    stackNames: ['Serving'],
    ...overrides,
  });
  return stack;
};

const parametersIn = (template: Template) =>
  template.findResources('Custom::ApprovedModelParameter') as Record<
    string,
    { Properties: Record<string, unknown>; DeletionPolicy: string }
  >;

describe('parameters in the template', () => {
  test('are created as none, or running, where they do not exist, and have no call for updates', () => {
    const parameters = Object.values(parametersIn(Template.fromStack(stackWith(new App()))));
    expect(parameters).toHaveLength(11);
    for (const { Properties } of parameters) {
      expect(Object.keys(Properties).sort()).toEqual(['Create', 'Delete', 'InstallLatestAwsSdk', 'ServiceToken']);
    }
    const { Create, Delete, InstallLatestAwsSdk } = parameters[0]?.Properties ?? {};
    expect(InstallLatestAwsSdk).toBe(false);
    expect(JSON.parse(Create as string)).toEqual({
      service: 'SSM',
      action: 'PutParameter',
      parameters: {
        Name: NAME,
        Value: 'none',
        Type: 'String',
        Description: 'Approved version of a model; written by the workflow that deploys it',
        Overwrite: false,
      },
      physicalResourceId: { id: NAME },
      ignoreErrorCodesMatching: '^ParameterAlreadyExists$',
    });
    expect(JSON.parse(Delete as string)).toEqual({
      service: 'SSM',
      action: 'DeleteParameter',
      parameters: { Name: NAME },
      ignoreErrorCodesMatching: '^ParameterNotFound$',
    });
    expect(JSON.parse(parameters.at(-1)?.Properties.Create as string)).toMatchObject({
      parameters: {
        Name: '/credit-risk/approved/running',
        Value: 'true',
        Description: 'Whether the approved version runs; written by the workflow that starts and stops it',
        Overwrite: false,
      },
    });
  });

  test('are the same resources with the same properties after a change of tags, policies and everything else', () => {
    const before = parametersIn(Template.fromStack(stackWith(new App())));
    const stack = stackWith(new App(), {
      removalPolicy: RemovalPolicy.DESTROY,
      logRetention: logs.RetentionDays.ONE_DAY,
      stackNames: ['Other', 'Stacks'],
    });
    Tags.of(stack).add('cost-center', '42');
    const after = parametersIn(Template.fromStack(stack));
    const properties = (template: typeof before) =>
      Object.entries(template).map(([id, { Properties }]) => [id, Properties]);
    expect(properties(after)).toEqual(properties(before));
  });

  test('another prefix makes other resources, because no update could rename a parameter', () => {
    const before = Object.keys(parametersIn(Template.fromStack(stackWith(new App()))));
    const after = Object.keys(
      parametersIn(Template.fromStack(stackWith(new App(), { parameterPrefix: '/credit-risk/candidate' }))),
    );
    expect(after.filter(id => before.includes(id))).toEqual([]);
  });

  test.each([
    [undefined, 'Retain'],
    [RemovalPolicy.RETAIN, 'Retain'],
    [RemovalPolicy.DESTROY, 'Delete'],
  ] as const)('removalPolicy %s', (removalPolicy, expected) => {
    const parameters = parametersIn(Template.fromStack(stackWith(new App(), { removalPolicy })));
    expect(new Set(Object.values(parameters).map(({ DeletionPolicy }) => DeletionPolicy))).toEqual(new Set([expected]));
  });

  test('the function may write and delete these parameters and nothing else, and each waits for that permission', () => {
    const template = Template.fromStack(stackWith(new App(), { baselines: ['dataQualityStatistics'] }));
    const arn = (name: string) => ({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':ssm:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          `:parameter${name}`,
        ],
      ],
    });
    const policies = template.findResources('AWS::IAM::Policy', {
      Properties: {
        PolicyDocument: {
          Statement: [
            {
              Action: ['ssm:PutParameter', 'ssm:DeleteParameter'],
              Effect: 'Allow',
              Resource: [
                arn(NAME),
                arn('/credit-risk/approved/data-quality-statistics'),
                arn('/credit-risk/approved/running'),
              ],
            },
          ],
        },
      },
    });
    expect(Object.keys(policies)).toHaveLength(1);
    for (const parameter of Object.values(parametersIn(template)) as unknown as { DependsOn: string[] }[]) {
      expect(parameter.DependsOn).toContain(Object.keys(policies)[0]);
    }
  });
});

/**
 * A life of the parameter: the function that aws-cdk-lib ships, from the synthesized assembly and with the real SDK client, against an SSM
 * of our own.
 */
describe('parameters in an account', () => {
  const directory = mkdtempSync(join(tmpdir(), 'approved-model-'));
  const store = new Map<string, string>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
      const reply = answer(operation, JSON.parse(Buffer.concat(chunks).toString()) as SsmRequest);
      response.writeHead('__type' in reply ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(reply));
    });
  });

  const answer = (operation: string, { Name, Value = '', Overwrite = false, Names }: SsmRequest): object => {
    if (Names) {
      return {
        Parameters: Names.filter(name => store.has(name)).map(name => ({ Name: name, Value: store.get(name) })),
      };
    }
    requests.push(`${operation} ${Name}`);
    if (Name.endsWith('denied')) {
      return { __type: 'AccessDeniedException' };
    }
    if (operation === 'DeleteParameter') {
      return store.delete(Name) ? {} : { __type: 'ParameterNotFound' };
    }
    if (store.has(Name) && !Overwrite) {
      return { __type: 'ParameterAlreadyExists' };
    }
    store.set(Name, Value);
    return { Version: 1 };
  };

  beforeAll(async () => {
    // The function finds the SDK outside its own folder, as in Lambda.
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  });

  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  test('an approved version outlives every update of the stack that owns it', async () => {
    const app = new App({ outdir: join(directory, 'cdk.out') });
    stackWith(app);
    const template = app.synth().getStackByName('Build').template as { Resources: Record<string, Resource> };
    const resources = Object.values(template.Resources);
    const handler = resources.find(({ Type }) => Type === 'AWS::Lambda::Function')?.Properties;
    const { S3Key } = handler?.Code as { S3Key: string };
    const properties = resources.find(({ Properties }) => String(Properties?.Create).includes(NAME))?.Properties ?? {};
    // CloudFormation turns every value into a string.
    const sent = { ...properties, InstallLatestAwsSdk: String(properties.InstallLatestAwsSdk) };
    const changed = (from: string, to: string) =>
      JSON.parse(JSON.stringify(sent).replaceAll(from, to)) as Record<string, unknown>;

    const steps = [
      { RequestType: 'Create' },
      { RequestType: 'Update', approvedBefore: APPROVED },
      { RequestType: 'Update', ResourceProperties: changed('Approved version', 'Another description') },
      { RequestType: 'Create' },
      { RequestType: 'Delete' },
      { RequestType: 'Delete' },
      { RequestType: 'Create', ResourceProperties: changed(NAME, `${NAME}/denied`) },
    ];
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', RUNNER], {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port.toString()}`,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'none',
        AWS_SECRET_ACCESS_KEY: 'none',
        FUNCTION: join(directory, 'cdk.out', `asset.${S3Key.replace('.zip', '')}`, 'index.js'),
        SDK: require.resolve('@aws-sdk/client-ssm'),
        NAME,
        STEPS: JSON.stringify(steps.map(step => ({ ResourceProperties: sent, PhysicalResourceId: NAME, ...step }))),
      },
    });

    expect(JSON.parse(stdout)).toEqual([
      { Status: 'SUCCESS', PhysicalResourceId: NAME, value: 'none' },
      { Status: 'SUCCESS', PhysicalResourceId: NAME, value: APPROVED },
      { Status: 'SUCCESS', PhysicalResourceId: NAME, value: APPROVED },
      { Status: 'SUCCESS', PhysicalResourceId: NAME, value: APPROVED },
      { Status: 'SUCCESS', PhysicalResourceId: NAME },
      { Status: 'SUCCESS', PhysicalResourceId: NAME },
      { Status: 'FAILED', PhysicalResourceId: 'log stream' },
    ]);
    expect(requests).toEqual([
      `PutParameter ${NAME}`,
      `PutParameter ${NAME}`, // by the workflow; the two updates after it make no request
      `PutParameter ${NAME}`,
      `DeleteParameter ${NAME}`,
      `DeleteParameter ${NAME}`,
      `PutParameter ${NAME}/denied`,
    ]);
  });
});

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}

interface SsmRequest {
  readonly Name: string;
  readonly Value?: string;
  readonly Overwrite?: boolean;
  readonly Names?: string[];
}

/** Plays CloudFormation and, before the steps that say so, the workflow. */
const RUNNER = `
  const { SSMClient, GetParametersCommand, PutParameterCommand } = require(process.env.SDK);
  const { handler } = require(process.env.FUNCTION);
  const ssm = new SSMClient({});
  const Name = process.env.NAME;
  let sent;
  require('https').request = (_, done) => ({ on() {}, write(body) { sent = JSON.parse(body); }, end: done });
  console.log = () => undefined;
  (async () => {
    const results = [];
    for (const { approvedBefore, ...event } of JSON.parse(process.env.STEPS)) {
      if (approvedBefore) await ssm.send(new PutParameterCommand({ Name, Value: approvedBefore, Type: 'String', Overwrite: true }));
      const request = { ResponseURL: 'https://example.com/', StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Parameter', ...event };
      await handler(request, { logStreamName: 'log stream' });
      const { Parameters } = await ssm.send(new GetParametersCommand({ Names: [Name] }));
      results.push({ Status: sent.Status, PhysicalResourceId: sent.PhysicalResourceId, value: Parameters[0]?.Value });
    }
    process.stdout.write(JSON.stringify(results));
  })();
`;
