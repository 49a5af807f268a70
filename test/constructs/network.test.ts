import { runSimulation } from '@cloud-copilot/iam-simulate';
import { AwsSolutionsChecks } from 'cdk-nag';
import { App, RemovalPolicy, Stack, Token } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { SageMakerNetwork, type SageMakerNetworkProps } from '../../constructs/network';

const ACCOUNT = '111122223333';
const valid: SageMakerNetworkProps = {};

const newStack = () => new Stack(new App(), 'Ml');
const stackIn = (region: string) => new Stack(new App(), 'Ml', { env: { account: ACCOUNT, region } });
const networkIn = (stack: Stack, overrides: Partial<SageMakerNetworkProps> = {}) =>
  new SageMakerNetwork(stack, 'Network', { ...valid, ...overrides });
const templateOf = (overrides: Partial<SageMakerNetworkProps> = {}, stack = newStack()) => {
  networkIn(stack, overrides);
  return Template.fromStack(stack);
};

const REQUIRED = [
  'SageMakerApi',
  'SageMakerRuntime',
  'FeatureStoreRuntime',
  'Studio',
  'Sts',
  'Kms',
  'EcrApi',
  'EcrDocker',
  'Logs',
  'Monitoring',
];
const FROM_PARTITION = { 'Fn::FindInMap': [Match.anyValue(), { Ref: 'AWS::Partition' }, 'prefix'] };
const REGION = { Ref: 'AWS::Region' };

interface Endpoint {
  readonly ServiceName: unknown;
  readonly PolicyDocument: { readonly Statement: readonly Record<string, unknown>[] };
}
const endpointsOf = (template: Template) =>
  Object.values(template.findResources('AWS::EC2::VPCEndpoint')).map(
    resource => (resource as { Properties: Endpoint }).Properties,
  );
const namesOf = (template: Template) => endpointsOf(template).map(({ ServiceName }) => ServiceName);

describe('SageMakerNetwork', () => {
  test('has two isolated subnets and no way out by default', () => {
    const template = templateOf();
    template.hasResourceProperties('AWS::EC2::VPC', {
      CidrBlock: '10.0.0.0/16',
      EnableDnsHostnames: true,
      EnableDnsSupport: true,
      Tags: [{ Key: 'Name', Value: 'Ml/Network' }],
    });
    template.resourceCountIs('AWS::EC2::Subnet', 2);
    for (const i of [0, 1]) {
      template.hasResourceProperties('AWS::EC2::Subnet', {
        AvailabilityZone: { 'Fn::Select': [i, { 'Fn::GetAZs': '' }] },
        CidrBlock: { 'Fn::Select': [i, { 'Fn::Cidr': ['10.0.0.0/16', 8, '13'] }] },
        MapPublicIpOnLaunch: false,
      });
    }
    for (const type of ['InternetGateway', 'NatGateway', 'Route']) {
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
  });

  test('reaches only S3 by default, from every subnet, and needs no mapping and no Lambda function', () => {
    const template = templateOf();
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', REGION, '.s3']] },
      RouteTableIds: Object.keys(template.findResources('AWS::EC2::RouteTable')).map(Ref => ({ Ref })),
    });
    expect(template.toJSON()).not.toHaveProperty('Mappings');
    template.resourceCountIs('AWS::Lambda::Function', 0);
  });

  test('cuts the range into eighths, whatever the number of zones', () => {
    const ranges = (zones: number) =>
      Object.values(templateOf({ zones, cidr: '172.16.0.0/20' }).findResources('AWS::EC2::Subnet')).map(
        subnet => (subnet as { Properties: { CidrBlock: unknown } }).Properties.CidrBlock,
      );
    expect(ranges(6)).toHaveLength(6);
    expect(ranges(6).slice(0, 1)).toEqual(ranges(1));
    expect(ranges(1)).toEqual([{ 'Fn::Select': [0, { 'Fn::Cidr': ['172.16.0.0/20', 8, '9'] }] }]);
  });

  test('uses the named zones', () => {
    const template = templateOf({ zones: ['eu-central-1a', 'eu-central-1c'] }, stackIn('eu-central-1'));
    template.hasResourceProperties('AWS::EC2::Subnet', { AvailabilityZone: 'eu-central-1a' });
    template.hasResourceProperties('AWS::EC2::Subnet', { AvailabilityZone: 'eu-central-1c' });
    template.resourceCountIs('AWS::EC2::Subnet', 2);
  });

  test('looks nothing up, even where account and region are known', () => {
    const app = new App();
    networkIn(new Stack(app, 'Ml', { env: { account: ACCOUNT, region: 'eu-central-1' } }), { zones: 3, vpcOnly: true });
    expect(app.synth().manifest.missing).toBeUndefined();
  });

  test('gives others the VPC, the subnets and the groups', () => {
    const stack = newStack();
    const network = networkIn(stack, { zones: 3 });
    expect(network.subnets).toHaveLength(3);
    expect(network.vpc.isolatedSubnets).toEqual(network.subnets);
    expect(network.vpc.publicSubnets).toEqual([]);
    expect(network.interfaceEndpoints).toEqual({});
    expect(stack.resolve(network.vpc.vpcId)).toEqual({ 'Fn::GetAtt': ['Network1C6012B5', 'VpcId'] });
  });

  test('logs connections for a month, and keeps the log', () => {
    const template = templateOf();
    template.hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 30 },
      DeletionPolicy: 'Retain',
    });
    template.hasResourceProperties('AWS::EC2::FlowLog', {
      ResourceId: { 'Fn::GetAtt': ['Network1C6012B5', 'VpcId'] },
      ResourceType: 'VPC',
      TrafficType: 'ALL',
    });
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', Match.arrayWith([':vpc-flow-log/*'])] } },
            },
          }),
        ],
      },
    });
  });

  test('logs connections as long as asked', () => {
    templateOf({
      flowLogRetention: logs.RetentionDays.ONE_YEAR,
      flowLogRemovalPolicy: RemovalPolicy.DESTROY,
    }).hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 365 }, DeletionPolicy: 'Delete' });
  });

  test('lets jobs talk to each other on any port, and Studio to itself on the ports of kernels', () => {
    const stack = newStack();
    const network = networkIn(stack);
    const template = Template.fromStack(stack);
    const id = (group: ec2.SecurityGroup): unknown => stack.resolve(group.securityGroupId);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 2);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: id(network.securityGroup),
      SourceSecurityGroupId: id(network.securityGroup),
      IpProtocol: '-1',
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: id(network.studioSecurityGroup),
      SourceSecurityGroupId: id(network.studioSecurityGroup),
      IpProtocol: 'tcp',
      FromPort: 8192,
      ToPort: 65535,
    });
    template.allResourcesProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [
        {
          CidrIp: '0.0.0.0/0',
          Description: 'AWS services through endpoints',
          IpProtocol: 'tcp',
          FromPort: 443,
          ToPort: 443,
        },
      ],
    });
  });

  test.each<[string, Partial<SageMakerNetworkProps>]>([
    ['public', {}],
    ['VPC-only', { vpcOnly: true, zones: 3 }],
  ])('leaves AwsSolutions nothing to say in %s mode', (_, props) => {
    const stack = newStack();
    networkIn(stack, props);
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test.each([0, 7, 1.5, NaN])('fails when there are %p zones', zones => {
    expect(() => networkIn(newStack(), { zones })).toThrow(
      new Error(`Ml/Network: 'zones' must be 1 to 6 zones, got: ${zones}`),
    );
  });

  test('fails when the list of zones is empty or names one twice', () => {
    expect(() => networkIn(newStack(), { zones: [] })).toThrow(
      new Error("Ml/Network: 'zones' must be 1 to 6 zones, got: 0"),
    );
    expect(() => networkIn(newStack(), { zones: ['a', 'b', 'a'] })).toThrow(
      new Error("Ml/Network: 'zones' must name each zone once, got: a, b, a"),
    );
  });

  test.each(['10.0.0.0', '10.0.0.0/15', '10.0.0.0/26', '10.0.0.1/16', '10.0.256.0/24', 'ten', '10.0.0.0/16/16'])(
    'fails when the range is %s',
    cidr => {
      expect(() => networkIn(newStack(), { cidr })).toThrow(
        new Error(
          `Ml/Network: 'cidr' must be an IPv4 range with 16 to 25 bits of prefix, known at synthesis, such as 10.0.0.0/16, got: ${cidr}`,
        ),
      );
    },
  );

  test('fails when the range is known at deployment only', () => {
    const cidr = Token.asString({ Ref: 'Range' });
    expect(() => networkIn(newStack(), { cidr })).toThrow(
      new Error(
        `Ml/Network: 'cidr' must be an IPv4 range with 16 to 25 bits of prefix, known at synthesis, such as 10.0.0.0/16, got: ${cidr}`,
      ),
    );
  });

  test.each(['10.0.0.0/16', '192.168.128.0/25'])('takes the range %s', cidr => {
    templateOf({ cidr }).hasResourceProperties('AWS::EC2::VPC', { CidrBlock: cidr });
  });

  test('takes no unknown prop', () => {
    // @ts-expect-error NAT gateways are not offered
    const props: SageMakerNetworkProps = { natGateways: 1 };
    templateOf(props).resourceCountIs('AWS::EC2::NatGateway', 0);
  });
});

describe('endpoints', () => {
  test('VPC-only mode reaches what SageMaker needs, from every zone, with private names', () => {
    const stack = newStack();
    const network = networkIn(stack, { vpcOnly: true, zones: 3 });
    expect(Object.keys(network.interfaceEndpoints)).toEqual(REQUIRED);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 11);
    for (const endpoint of Object.values(network.interfaceEndpoints)) {
      expect(stack.resolve(endpoint.vpcEndpointId)).toHaveProperty('Ref');
    }
    const interfaces = template.findResources('AWS::EC2::VPCEndpoint', {
      Properties: {
        VpcEndpointType: 'Interface',
        PrivateDnsEnabled: true,
        SubnetIds: network.subnets.map(subnet => stack.resolve(subnet.subnetId) as unknown),
        SecurityGroupIds: [{ 'Fn::GetAtt': ['NetworkEndpointSecurityGroup6DEF6240', 'GroupId'] }],
      },
    });
    expect(Object.keys(interfaces)).toHaveLength(10);
  });

  test('only jobs and Studio may call them, over TLS', () => {
    const stack = newStack();
    const network = networkIn(stack, { vpcOnly: true });
    const template = Template.fromStack(stack);
    const group = { 'Fn::GetAtt': ['NetworkEndpointSecurityGroup6DEF6240', 'GroupId'] };
    const rules = Object.values(
      template.findResources('AWS::EC2::SecurityGroupIngress', { Properties: { GroupId: group } }),
    ).map(rule => (rule as { Properties: Record<string, unknown> }).Properties);
    expect(rules).toEqual(
      [network.securityGroup, network.studioSecurityGroup].map(client => ({
        Description: 'AWS services',
        GroupId: group,
        SourceSecurityGroupId: stack.resolve(client.securityGroupId) as unknown,
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
      })),
    );
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'Endpoints of AWS services',
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
  });

  test('have the right name in every partition where the region is unknown', () => {
    const template = templateOf({ vpcOnly: true });
    expect(template.toJSON()).toHaveProperty('Mappings.NetworkServicePrefix152F82DA', {
      aws: { prefix: 'com.amazonaws' },
      'aws-cn': { prefix: 'cn.com.amazonaws' },
      'aws-us-gov': { prefix: 'com.amazonaws' },
    });
    for (const service of [
      'sagemaker.api',
      'sagemaker.runtime',
      'sagemaker.featurestore-runtime',
      'sts',
      'ecr.api',
      'ecr.dkr',
      'monitoring',
    ]) {
      template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
        ServiceName: { 'Fn::Join': ['', [FROM_PARTITION, '.', REGION, `.${service}`]] },
      });
    }
    for (const [prefix, service] of [
      ['aws.sagemaker', 'studio'],
      ['com.amazonaws', 'kms'],
      ['com.amazonaws', 'logs'],
    ]) {
      template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
        ServiceName: { 'Fn::Join': ['', [`${prefix}.`, REGION, `.${service}`]] },
      });
    }
  });

  test.each([
    ['aws', 'eu-central-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-cn', 'cn-northwest-1'],
    ['aws-us-gov', 'us-gov-west-1'],
  ])('have the names of the library in %s, %s, whether the region is known or not', (partition, region) => {
    const known = namesOf(templateOf({ vpcOnly: true }, stackIn(region)));
    const unknown = templateOf({ vpcOnly: true });
    const prefixes = (unknown.toJSON() as { Mappings: Record<string, Record<string, { prefix: string }>> }).Mappings
      .NetworkServicePrefix152F82DA;
    const fill = (part: unknown) =>
      typeof part === 'string' ? part : part && Object.hasOwn(part, 'Ref') ? region : prefixes?.[partition]?.prefix;
    const filled = namesOf(unknown).map(name =>
      (name as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map(fill).join(''),
    );
    expect(filled.slice(1)).toEqual(known.slice(1));
    expect(known).toHaveLength(11);
  });

  test('others can be added, with or without VPC-only mode', () => {
    const additionalEndpoints = { Mlflow: ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_EXPERIMENTS };
    for (const [vpcOnly, count] of [
      [false, 2],
      [true, 12],
    ] as const) {
      const stack = newStack();
      const network = networkIn(stack, { vpcOnly, additionalEndpoints });
      expect(Object.keys(network.interfaceEndpoints)).toContain('Mlflow');
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::EC2::VPCEndpoint', count);
      template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
        ServiceName: { 'Fn::Join': ['', ['aws.sagemaker.', REGION, '.experiments']] },
      });
    }
  });

  test('fails when an added endpoint repeats a name', () => {
    const additionalEndpoints = { Kms: ec2.InterfaceVpcEndpointAwsService.KMS };
    expect(() => networkIn(newStack(), { vpcOnly: true, additionalEndpoints })).toThrow(
      new Error(
        `Ml/Network: 'additionalEndpoints' must not repeat what 'vpcOnly' adds (${REQUIRED.join(', ')}), got: Kms`,
      ),
    );
    expect(() => networkIn(newStack(), { additionalEndpoints })).not.toThrow();
  });
});

describe('endpoint policies', () => {
  const account = { Ref: 'AWS::AccountId' };

  test('let in principals of this account only, and Studio resources of this account only', () => {
    const policies = endpointsOf(templateOf({ vpcOnly: true })).slice(1);
    const studio = policies.findIndex(({ ServiceName }) => JSON.stringify(ServiceName).includes('studio'));
    policies.forEach(({ PolicyDocument }, i) => {
      expect(PolicyDocument.Statement).toEqual([
        i === studio
          ? {
              Effect: 'Allow',
              Principal: '*',
              Action: 'sagemaker:*',
              Resource: {
                'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sagemaker:', REGION, ':', account, ':*']],
              },
            }
          : {
              Effect: 'Allow',
              Principal: '*',
              Action: '*',
              Resource: '*',
              Condition: { StringEquals: { 'aws:PrincipalAccount': account } },
            },
      ]);
    });
  });

  const reach = async (object: string, owner: string, principalAccount = ACCOUNT, action = 's3:GetObject') => {
    const stack = stackIn('eu-central-1');
    networkIn(stack, { readableBuckets: [s3.Bucket.fromBucketName(stack, 'Shared', 'partner-data')] });
    const [gateway] = endpointsOf(Template.fromStack(stack));
    const text = JSON.stringify(gateway?.PolicyDocument).replaceAll(
      /{"Fn::Join":\["",\["arn:",{"Ref":"AWS::Partition"},"([^"]*)"\]\]}/g,
      '"arn:aws$1"',
    );
    expect(text).not.toContain('Fn::');
    const response = await runSimulation(
      {
        identityPolicies: [
          {
            name: 'everything',
            policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
          },
        ],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        vpcEndpointPolicies: [{ name: 'gateway', policy: JSON.parse(text) as unknown }],
        resourcePolicy: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*', Principal: '*' }],
        },
        request: {
          action,
          principal: `arn:aws:iam::${principalAccount}:role/job`,
          resource: { resource: `arn:aws:s3:::${object}`, accountId: owner },
          contextVariables: { 'aws:PrincipalAccount': principalAccount, 'aws:ResourceAccount': owner },
        },
      },
      {},
    );
    if (response.resultType === 'error') {
      throw new Error(JSON.stringify(response.errors));
    }
    return response.overallResult;
  };
  const OTHER = '444455556666';

  test.each([
    ['data of this account', 'data/x', ACCOUNT],
    ['models of JumpStart', 'jumpstart-cache-prod-eu-central-1/x', OTHER],
    ['gated models of JumpStart', 'jumpstart-private-cache-prod-eu-central-1/x', OTHER],
    ['examples of SageMaker', 'sagemaker-example-files-prod-eu-central-1/datasets/x', OTHER],
    ['readable buckets', 'partner-data/x', OTHER],
  ])('S3 gives %s', async (_, object, owner) => {
    expect(await reach(object, owner)).toBe('Allowed');
  });

  test('S3 takes data into buckets of this account', async () => {
    expect(await reach('data/x', ACCOUNT, ACCOUNT, 's3:PutObject')).toBe('Allowed');
  });

  test('S3 gives image layers to the principal of ECR', async () => {
    expect(await reach('prod-eu-central-1-starport-layer-bucket/x', OTHER, OTHER)).toBe('Allowed');
  });

  test.each<[string, string, string, string, string]>([
    ['writes to the bucket of a stranger', 'stolen/x', OTHER, ACCOUNT, 's3:PutObject'],
    ['reads from the bucket of a stranger', 'payload/x', OTHER, ACCOUNT, 's3:GetObject'],
    ['writes with the credentials of a stranger', 'data/x', ACCOUNT, OTHER, 's3:PutObject'],
    ['writes to a bucket that may be read', 'partner-data/x', OTHER, ACCOUNT, 's3:PutObject'],
    ['writes to buckets of AWS', 'jumpstart-cache-prod-eu-central-1/x', OTHER, ACCOUNT, 's3:PutObject'],
  ])('S3 refuses %s', async (_, object, owner, principal, action) => {
    expect(await reach(object, owner, principal, action)).toBe('ImplicitlyDenied');
  });
});
