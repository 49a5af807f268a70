import { createRequire } from 'node:module';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { App, Stack, Token } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { DeployedFile, type DeployedFileProps } from '../../constructs/assets';
import { allowedTo } from '../support/role-policy';
import { requestProblems } from '../support/request-schema';

const newStack = () => new Stack(new App(), 'Loans');
const bucketIn = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');
const fileIn = (stack: Stack, overrides: Partial<DeployedFileProps> = {}) =>
  new DeployedFile(stack, 'File', {
    bucket: bucketIn(stack),
    key: 'config/analysis_config.json',
    content: { label: 'credit_risk' },
    ...overrides,
  });

interface Call {
  readonly service: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly physicalResourceId?: { readonly id: string };
  readonly outputPaths?: readonly string[];
}

interface PolicyResource {
  readonly Properties: { readonly PolicyDocument: { readonly Statement: readonly unknown[] } };
}

/** A call of the custom resource once CloudFormation has put values in. */
function callOf(
  stack: Stack,
  moment: 'Create' | 'Update' | 'Delete',
  values: Readonly<Record<string, string>> = {},
): Call {
  const [resource] = Object.values(Template.fromStack(stack).findResources('Custom::DeployedFile'));
  return JSON.parse(
    deployed((resource as { Properties: Record<string, string | Intrinsic> }).Properties[moment], values),
  ) as Call;
}

interface Intrinsic {
  readonly 'Fn::Join'?: readonly [string, readonly (string | Intrinsic)[]];
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly Ref?: string;
}

function deployed(value: string | Intrinsic | undefined, values: Readonly<Record<string, string>>): string {
  if (typeof value !== 'object') return value ?? '';
  const { 'Fn::Join': join, 'Fn::GetAtt': attribute = [], Ref = attribute.join('.') } = value;
  if (join) return join[1].map(part => deployed(part, values)).join(join[0]);
  return Object.entries(values).find(([key]) => Ref.startsWith(key))?.[1] ?? `<${Ref}>`;
}

describe('DeployedFile', () => {
  test('writes JSON with values that deployment brings', () => {
    const stack = newStack();
    const topic = new sns.Topic(stack, 'Topic');
    fileIn(stack, { content: { label: 'credit "risk"', predictor: { model_name: topic.topicName, count: 2 } } });
    const call = callOf(stack, 'Create', { Topic: 'model-7f3a' });
    expect(call).toEqual({
      service: 'S3',
      action: 'PutObject',
      parameters: {
        Bucket: 'loans',
        Key: 'config/analysis_config.json',
        Body: JSON.stringify({ label: 'credit "risk"', predictor: { model_name: 'model-7f3a', count: 2 } }),
        ContentType: 'application/json',
      },
      physicalResourceId: { id: 's3://loans/config/analysis_config.json' },
      outputPaths: ['ETag'],
    });
    expect(callOf(stack, 'Update', { Topic: 'model-7f3a' })).toEqual(call);
  });

  test('sends requests that S3 knows', () => {
    const sdk = createRequire(__filename)('@aws-sdk/client-s3') as Record<string, unknown>;
    const stack = newStack();
    fileIn(stack);
    expect(requestProblems(sdk.PutObjectRequest$, callOf(stack, 'Create').parameters)).toEqual([]);
    expect(requestProblems(sdk.DeleteObjectRequest$, callOf(stack, 'Delete').parameters)).toEqual([]);
  });

  test('deletes the file with the stack, and an old one when its place changes', () => {
    const stack = newStack();
    fileIn(stack);
    expect(callOf(stack, 'Delete')).toEqual({
      service: 'S3',
      action: 'DeleteObject',
      parameters: { Bucket: 'loans', Key: 'config/analysis_config.json' },
    });
    expect(callOf(stack, 'Create').physicalResourceId?.id).toBe('s3://loans/config/analysis_config.json');
  });

  test('may write and delete that object and nothing else', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const bucket = new s3.Bucket(stack, 'Own', { encryptionKey });
    fileIn(stack, { bucket });
    const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')) as PolicyResource[];
    const object = {
      'Fn::Join': ['', [stack.resolve(bucket.bucketArn), '/config/analysis_config.json']],
    };
    expect(policies.flatMap(policy => policy.Properties.PolicyDocument.Statement)).toEqual(
      expect.arrayContaining([
        { Action: ['s3:PutObject', 's3:DeleteObject'], Effect: 'Allow', Resource: object },
        {
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Effect: 'Allow',
          Resource: stack.resolve(encryptionKey.keyArn) as object,
        },
      ]),
    );
    expect(policies.flatMap(policy => policy.Properties.PolicyDocument.Statement)).toHaveLength(2);
  });

  test('lets a principal read the file', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const file = fileIn(stack);
    file.grantRead(role);
    expect(file.s3Uri).toBe('s3://loans/config/analysis_config.json');
    expect(allowedTo(role)).toEqual([
      { Action: ['s3:GetObject'], Resource: ['arn:${AWS::Partition}:s3:::loans/config/analysis_config.json'] },
    ]);
  });

  test('keeps the log of writing for three months, in one group for all files of a stack', () => {
    const stack = newStack();
    const bucket = bucketIn(stack);
    new DeployedFile(stack, 'First', { bucket, key: 'a.json', content: 1 });
    new DeployedFile(stack, 'Second', { bucket, key: 'b.json', content: 2 });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Logs::LogGroup', 1);
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    template.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: Match.anyValue() } });
  });

  test.each(['', '/config.json', 'é'.repeat(513)])('fails when the key is %j', key => {
    expect(() => fileIn(newStack(), { key })).toThrow(
      new Error(`Loans/File: 'key' must be 1 to 1024 bytes with no slash at its beginning, got: ${key}`),
    );
  });

  test('takes a key that is only known at deployment', () => {
    const stack = newStack();
    fileIn(stack, { key: Token.asString({ Ref: 'Key' }) });
    expect(callOf(stack, 'Create', { Key: 'x/y.json' }).parameters.Key).toBe('x/y.json');
  });
});
