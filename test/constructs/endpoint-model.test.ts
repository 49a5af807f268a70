import { App, CfnParameter, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Model, type ContainerModelProps, type RegisteredModelProps } from '../../constructs/endpoint';
import { ContainerImage } from '../../constructs/images';

const ACCOUNT = '111122223333';
const IMAGE_URI = `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/loans:1`;

const valid: RegisteredModelProps = {
  modelPackageArn: `arn:aws:sagemaker:eu-central-1:${ACCOUNT}:model-package/loans/3`,
};

describe('Model', () => {
  const newStack = () => new Stack(new App(), 'Serving', { env: { account: ACCOUNT, region: 'eu-central-1' } });
  const modelIn = (stack: Stack, overrides: Partial<RegisteredModelProps> = {}) =>
    new Model(stack, 'Model', { ...valid, ...overrides });
  const containerIn = (stack: Stack, overrides: Partial<ContainerModelProps> = {}) =>
    new Model(stack, 'Model', { image: ContainerImage.fromUri(IMAGE_URI), ...overrides });
  const vpcIn = (stack: Stack) =>
    new ec2.Vpc(stack, 'Vpc', {
      natGateways: 0,
      maxAzs: 2,
      subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    });
  const statementsOf = (stack: Stack): Record<string, unknown>[] =>
    Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(
      policy =>
        (policy as { Properties: { PolicyDocument: { Statement: Record<string, unknown>[] } } }).Properties
          .PolicyDocument.Statement,
    );

  test('from the registry has a package, a role of its own and nothing else', () => {
    const stack = newStack();
    modelIn(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      ModelName: Match.absent(),
      ExecutionRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ModelRole'), 'Arn'] },
      PrimaryContainer: { ModelPackageName: valid.modelPackageArn, Image: Match.absent(), Environment: Match.absent() },
      Containers: Match.absent(),
      VpcConfig: Match.absent(),
      EnableNetworkIsolation: Match.absent(),
    });
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  test('takes the package from a parameter', () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'Package', { default: 'none' });
    modelIn(stack, { modelPackageArn: parameter.valueAsString });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { ModelPackageName: { Ref: 'Package' } },
    });
  });

  test('has a name and a reference that depend on the model', () => {
    const stack = newStack();
    const model = modelIn(stack);
    expect(stack.resolve([model.modelName, model.modelRef])).toEqual([
      { 'Fn::GetAtt': ['Model0301700E', 'ModelName'] },
      { modelArn: { Ref: 'Model0301700E' } },
    ]);
  });

  test('has a role that may write logs and metrics, and nothing more', () => {
    const stack = newStack();
    modelIn(stack);
    expect(statementsOf(stack).flatMap(({ Action }) => Action)).toEqual([
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'cloudwatch:PutMetricData',
    ]);
  });

  test('waits for the policies of its role', () => {
    const stack = newStack();
    modelIn(stack);
    Template.fromStack(stack).hasResource('AWS::SageMaker::Model', {
      DependsOn: [
        Match.stringLikeRegexp('^ModelRoleDefaultPolicy[0-9A-F]{8}$'),
        Match.stringLikeRegexp('^ModelRole[0-9A-F]{8}$'),
      ],
    });
  });

  test('waits for the policies of an imported role', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Imported', `arn:aws:iam::${ACCOUNT}:role/host`);
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'models');
    containerIn(stack, { role, artifact: { bucket, key: 'loans/model.tar.gz' } });
    Template.fromStack(stack).hasResource('AWS::SageMaker::Model', {
      Properties: { ExecutionRoleArn: `arn:aws:iam::${ACCOUNT}:role/host` },
      DependsOn: [Match.stringLikeRegexp('^ImportedPolicy')],
    });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 0);
  });

  test('from an image may pull it, and has no artifact unless given', () => {
    const stack = newStack();
    containerIn(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { Image: IMAGE_URI, ModelDataUrl: Match.absent(), ModelPackageName: Match.absent() },
    });
    expect(statementsOf(stack)).toContainEqual(
      expect.objectContaining({
        Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      }),
    );
  });

  test('reads its artifact, and no other object of the bucket', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'models');
    containerIn(stack, { artifact: { bucket, key: 'loans/model.tar.gz' } });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { ModelDataUrl: 's3://models/loans/model.tar.gz' },
    });
    expect(statementsOf(stack).filter(({ Action }) => String(Action).startsWith('s3:'))).toEqual([
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::models/loans/model.tar.gz']] },
      },
    ]);
    expect(statementsOf(stack).filter(({ Action }) => String(Action).startsWith('kms:'))).toEqual([]);
  });

  test('decrypts its artifact with the key of the bucket', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey });
    containerIn(stack, { artifact: { bucket, key: 'model.tar.gz' } });
    expect(statementsOf(stack)).toContainEqual({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
    });
  });

  test('passes environment and isolation on', () => {
    const stack = newStack();
    modelIn(stack, { environment: { LOG_LEVEL: 'info' }, isolateNetwork: true });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { Environment: { LOG_LEVEL: 'info' } },
      EnableNetworkIsolation: true,
    });
  });

  test('in a VPC lets a given role attach to the VPC', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Given', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    containerIn(stack, { role, vpc: new ec2.Vpc(stack, 'Vpc') });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['ec2:CreateNetworkInterface']), Resource: '*' }),
        ]),
      },
      Roles: [{ Ref: 'GivenEA18D9CA' }],
    });
  });

  test('in a VPC has a security group that allows HTTPS out, and a role that can attach to the VPC', () => {
    const stack = newStack();
    const model = modelIn(stack, { vpc: vpcIn(stack) });
    const group = { 'Fn::GetAtt': [Match.stringLikeRegexp('^ModelSecurityGroup'), 'GroupId'] };
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SageMaker::Model', {
      VpcConfig: {
        SecurityGroupIds: [group],
        Subnets: [Match.objectLike({ Ref: Match.anyValue() }), Match.objectLike({ Ref: Match.anyValue() })],
      },
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' })],
      SecurityGroupIngress: Match.absent(),
    });
    expect(statementsOf(stack).flatMap(({ Action }) => Action)).toContain('ec2:CreateNetworkInterface');
    expect(model.connections.securityGroups).toHaveLength(1);
  });

  test('in a VPC takes subnets and security groups', () => {
    const stack = newStack();
    const vpc = vpcIn(stack);
    const securityGroup = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0');
    modelIn(stack, {
      vpc,
      securityGroups: [securityGroup],
      vpcSubnets: { availabilityZones: [String(vpc.availabilityZones[0])] },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      VpcConfig: { SecurityGroupIds: ['sg-0123456789abcdef0'], Subnets: [{ Ref: 'VpcIsolatedSubnet1SubnetE48C5737' }] },
    });
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  test('fails to give connections outside a VPC', () => {
    expect(() => modelIn(newStack()).connections).toThrow(
      new Error("Serving/Model: 'vpc' must be given for the model to have network connections, got: none"),
    );
  });

  test.each(['vpcSubnets', 'securityGroups'])('fails when %s comes without a VPC', prop => {
    expect(() => modelIn(newStack(), { [prop]: [] })).toThrow(
      new Error(`Serving/Model: '${prop}' must come with 'vpc', got: no 'vpc'`),
    );
  });

  test.each([0, 6])('fails with %i security groups', count => {
    const stack = newStack();
    const securityGroups = Array.from({ length: count }, (_, i) =>
      ec2.SecurityGroup.fromSecurityGroupId(stack, `Group${i}`, `sg-${i}`),
    );
    expect(() => modelIn(stack, { vpc: vpcIn(stack), securityGroups })).toThrow(
      new Error(`Serving/Model: 'securityGroups' must select 1 to 5, got: ${count}`),
    );
  });

  test('fails with more than 16 subnets', () => {
    const stack = newStack();
    const subnets = Array.from({ length: 17 }, (_, i) => ec2.Subnet.fromSubnetId(stack, `Subnet${i}`, `subnet-${i}`));
    expect(() => modelIn(stack, { vpc: vpcIn(stack), vpcSubnets: { subnets } })).toThrow(
      new Error("Serving/Model: 'vpcSubnets' must select 1 to 16, got: 17"),
    );
  });

  test.each(['loans', 'arn:aws:sagemaker:eu-central-1:111122223333:model-package-group/loans'])(
    'fails when modelPackageArn is %s',
    modelPackageArn => {
      expect(() => modelIn(newStack(), { modelPackageArn })).toThrow(
        new Error(`Serving/Model: 'modelPackageArn' must be the ARN of a model package, got: ${modelPackageArn}`),
      );
    },
  );

  test('fails when the artifact is no archive', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'models');
    expect(() => containerIn(stack, { artifact: { bucket, key: 'model.pkl' } })).toThrow(
      new Error("Serving/Model: 'artifact.key' must end in .tar.gz, got: model.pkl"),
    );
  });

  test('fails with too many variables', () => {
    const environment = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`V${i}`, '']));
    expect(() => modelIn(newStack(), { environment })).toThrow(
      new Error("Serving/Model: 'environment' must hold at most 100 variables, got: 101 variables"),
    );
  });

  test('fails when a variable has a wrong name', () => {
    expect(() => modelIn(newStack(), { environment: { 'LOG-LEVEL': 'info' } })).toThrow(
      new Error(
        "Serving/Model: 'environment' must name variables with letters, digits and _, not starting with a digit, got: LOG-LEVEL",
      ),
    );
  });

  test('fails when the value of a variable is too long', () => {
    expect(() => modelIn(newStack(), { environment: { A: 'x'.repeat(1025) } })).toThrow(
      new Error("Serving/Model: 'environment.A' must have at most 1024 characters, got: 1025 characters"),
    );
  });

  test('creates nothing when it fails', () => {
    const stack = newStack();
    expect(() => modelIn(stack, { modelPackageArn: 'loans' })).toThrow();
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Resources');
  });

  test('is made of a package or an image, not of both and not of neither', () => {
    const make = () => {
      const stack = newStack();
      const image = ContainerImage.fromUri(IMAGE_URI);
      // @ts-expect-error: both at once
      new Model(stack, 'Both', { ...valid, image });
      // @ts-expect-error: neither of them
      new Model(stack, 'Neither', {});
      // @ts-expect-error: a package brings its own artifact
      new Model(stack, 'Artifact', {
        ...valid,
        artifact: { bucket: s3.Bucket.fromBucketName(stack, 'B', 'b'), key: 'm' },
      });
    };
    expect(make).toThrow();
  });
});
