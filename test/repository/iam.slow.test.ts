import { presets } from '../../lib/settings';
import type { ResourceJson } from '../support/app';
import { Deployment, templatesOf } from '../support/deployment';
import { policiesIn, type PolicyKind, type Statement } from '../support/policies';
import { MANAGED_POLICIES, partitionLiterals, statementProblems, unknownActions } from '../support/policy-rules';

describe.each(Object.keys(presets) as (keyof typeof presets)[])('preset %s', preset => {
  const templates = templatesOf(preset);
  const deployment = new Deployment(templates);
  const policies = policiesIn(deployment);
  const statements = policies.flatMap(({ path, kind, document }) =>
    document.Statement.map((statement, index) => ({ path: `${path}/${index}`, kind, statement })),
  );

  test('there are policies of every kind', () => {
    const kinds = new Set(policies.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['endpoint', 'identity', 'resource', 'trust']);
    expect(statements.length).toBeGreaterThan(50);
  });

  test('every action exists', async () => {
    const unknown = await Promise.all(
      statements.map(async ({ path, statement }) =>
        (await unknownActions(statement)).map(action => `${path}: ${action}`),
      ),
    );
    expect(unknown.flat()).toEqual([]);
  });

  test('no statement says too much', () => {
    const problems = statements.flatMap(({ path, kind, statement }) =>
      statementProblems(kind, statement).map(problem => `${path}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });

  test('no role has a managed policy, save those listed with a reason', () => {
    const attached = deployment.resources().flatMap(({ stack, id, resource }) => {
      const arns = deployment.resolve(stack, resource.Properties.ManagedPolicyArns ?? []) as string[];
      return arns.map(arn => [`${stack}/${id}`, arn.replace(/^.*:policy\//, '')]);
    });
    expect(attached.filter(([, name = '']) => !Object.hasOwn(MANAGED_POLICIES, name))).toEqual([]);
  });

  test('no template holds a name of one partition', () => {
    expect(partitionLiterals(templates)).toEqual([]);
  });
});

describe('rules for statements', () => {
  const allow = (statement: Partial<Statement> & object): Statement => ({ Effect: 'Allow', ...statement });

  test.each([
    ['s3:GetObject', []],
    ['s3:Get*', []],
    ['S3:getobject', []],
    [['s3:GetObjects', 's3:PutObject'], ['s3:GetObjects']],
    ['sagemaker:Approve*', ['sagemaker:Approve*']],
    ['sagemake:CreateModel', ['sagemake:CreateModel']],
  ])('%j has the unknown actions %j', async (Action, unknown) => {
    expect(await unknownActions(allow({ Action }))).toEqual(unknown);
  });

  const passRole = { Action: 'iam:PassRole', Resource: 'arn:aws:iam::1:role/job' };
  const toSageMaker = { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } };
  const sagemaker = { Action: 'sts:AssumeRole', Principal: { Service: ['sagemaker.amazonaws.com'] } };

  test.each<[PolicyKind, object, string[]]>([
    ['identity', { Action: 's3:GetObject', Resource: '*' }, []],
    ['identity', { NotAction: 's3:GetObject' }, ['must name what it is about, not the rest']],
    [
      'identity',
      { Action: ['*'] },
      ["must not allow '*'", 'must limit iam:PassRole to a service (iam:PassedToService)'],
    ],
    ['identity', { Action: 's3:*' }, ['must not allow a whole service']],
    ['identity', { ...passRole, Condition: toSageMaker }, []],
    ['identity', passRole, ['must limit iam:PassRole to a service (iam:PassedToService)']],
    ['identity', { ...passRole, Action: 'iam:Pass*' }, ['must limit iam:PassRole to a service (iam:PassedToService)']],
    [
      'identity',
      { ...passRole, Resource: ['*'], Condition: toSageMaker },
      ['must name the roles that iam:PassRole is for'],
    ],
    ['trust', { ...sagemaker, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } }, []],
    ['trust', sagemaker, ['must limit sagemaker.amazonaws.com to the account (aws:SourceAccount)']],
    [
      'trust',
      { ...sagemaker, Condition: { StringEqualsIfExists: { 'aws:SourceAccount': '1' } } },
      ['must limit sagemaker.amazonaws.com to the account (aws:SourceAccount)'],
    ],
    ['resource', { Action: 'kms:*', Principal: { AWS: 'arn:aws:iam::1:root' } }, []],
    ['resource', { Action: 'sns:Publish', Principal: '*' }, ['must not let everybody in']],
    ['resource', { Action: 'sns:Publish', Principal: { AWS: '*' } }, ['must not let everybody in']],
    [
      'resource',
      { Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } },
      ['must limit a service to the account (aws:SourceAccount)'],
    ],
    ['resource', { Action: 'logs:CreateLogStream', Principal: { Service: 'events.amazonaws.com' } }, []],
    [
      'resource',
      { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Principal: { Service: 'events.amazonaws.com' } },
      ['must limit a service to the account (aws:SourceAccount)'],
    ],
    ['resource', { Effect: 'Deny', Action: '*', Principal: '*' }, []],
    ['endpoint', { Action: '*', Principal: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': '1' } } }, []],
    [
      'endpoint',
      { Action: '*', Principal: '*' },
      ["must limit '*' to principals of the account (aws:PrincipalAccount)"],
    ],
  ])('a statement of a policy of kind %s: %j', (kind, statement, problems) => {
    expect(statementProblems(kind, allow(statement))).toEqual(problems);
  });

  test('finds names of one partition, except service principals', () => {
    const found = partitionLiterals({
      Principal: { Service: 'sagemaker.amazonaws.com' },
      StringEquals: { 'iam:PassedToService': ['sagemaker.amazonaws.com'] },
      PolicyDocument: '{"Principal":{"Service":"events.amazonaws.com"},"Resource":"',
      Host: 'ecr.cn-north-1.amazonaws.com.cn',
      Image: '1.dkr.ecr.us-east-1.amazonaws.com/a',
      Arns: ['arn:aws-cn:s3:::a', { 'Fn::Sub': 'arn:aws:s3:::${A}' }],
    });
    expect(partitionLiterals({ Text: '"Service":"events.amazonaws.com","Host":"a.amazonaws.com"' })).toHaveLength(1);
    expect(found).toEqual(['/Image: 1.dkr.ecr.us-east-1.amazonaws.com/a', '/Arns/1/Fn::Sub: arn:aws:s3:::${A}']);
  });
});

describe('Deployment', () => {
  const deployment = new Deployment({
    A: {
      Resources: {
        Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
        Role: { Type: 'AWS::IAM::Role', Properties: {} },
        Group: { Type: 'AWS::SageMaker::ModelPackageGroup', Properties: { ModelPackageGroupName: 'loans' } },
      },
      Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Bucket', 'Arn'] } } },
      Mappings: { Accounts: { 'eu-central-1': { account: '1' } } },
    },
    B: { Resources: {}, Parameters: { Version: { Default: '/version' } } },
  });

  test.each([
    ['A', { Ref: 'Bucket' }, 'bucket'],
    ['A', { 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:aws:iam::111122223333:role/Role'],
    [
      'A',
      { 'Fn::GetAtt': ['Group', 'ModelPackageGroupArn'] },
      'arn:aws:sagemaker:eu-central-1:111122223333:model-package-group/loans',
    ],
    ['A', { 'Fn::FindInMap': ['Accounts', { Ref: 'AWS::Region' }, 'account'] }, '1'],
    ['A', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b'] }] }, 'b'],
    ['B', { 'Fn::GetStackOutput': { StackName: 'A', OutputName: 'Arn' } }, 'arn:aws:s3:::bucket'],
    ['B', { a: [{ 'Fn::Join': ['/', ['b', { 'Fn::Sub': '${AWS::AccountId}' }]] }] }, { a: ['b/111122223333'] }],
    ['B', { Ref: 'Version' }, '/version-value'],
  ])('%s: %j is %j', (stack, value, expected) => {
    expect(deployment.resolve(stack, value)).toEqual(expected);
  });

  test('has policies wherever they stand', () => {
    const policy = { Statement: { Effect: 'Allow', Action: 'sns:Publish', Resource: { Ref: 'AWS::Region' } } };
    const text = { 'Fn::Join': ['', ['{"Statement":[{"Effect":"Deny","Resource":"', { Ref: 'AWS::Region' }, '"}]}']] };
    const resource = (Type: string, Properties: object) => ({
      Type,
      Properties: Properties as ResourceJson['Properties'],
    });
    const resources = {
      Role: resource('AWS::IAM::Role', { AssumeRolePolicyDocument: policy, Policies: [{ PolicyDocument: policy }] }),
      Endpoint: resource('AWS::EC2::VPCEndpoint', { PolicyDocument: policy }),
      Logs: resource('AWS::Logs::ResourcePolicy', { PolicyDocument: text }),
    };
    const found = policiesIn(new Deployment({ A: { Resources: resources } }));
    expect(
      found.map(
        ({
          path,
          kind,
          document: {
            Statement: [first],
          },
        }) => [path, kind, first?.Effect, first?.Resource],
      ),
    ).toEqual([
      ['A/Role/AssumeRolePolicyDocument', 'trust', 'Allow', 'eu-central-1'],
      ['A/Role/Policies/0/PolicyDocument', 'identity', 'Allow', 'eu-central-1'],
      ['A/Endpoint/PolicyDocument', 'endpoint', 'Allow', 'eu-central-1'],
      ['A/Logs/PolicyDocument', 'resource', 'Deny', 'eu-central-1'],
    ]);
  });

  test('fails for what it does not know', () => {
    expect(() => deployment.resolve('A', { Ref: 'Other' })).toThrow(new Error('nothing is known about A: Other'));
    expect(() => deployment.resolve('A', { 'Fn::Cidr': [] })).toThrow(new Error('nothing is known about A: Fn::Cidr'));
  });
});
