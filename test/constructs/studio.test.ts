import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnParameter, Duration, RemovalPolicy, Size, Stack, Tags } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  LifecycleConfiguration,
  type LifecycleConfigurationProps,
  PrivateSpace,
  type PrivateSpaceProps,
  StudioDomain,
  type StudioDomainProps,
  UserProfile,
  type UserProfileProps,
} from '../../constructs/studio';
import { templateOf } from '../support/app';
import { dependenciesOf } from '../support/dependencies';

const DOMAIN = 'AWS::SageMaker::Domain';
const PROFILE = 'AWS::SageMaker::UserProfile';
const SPACE = 'AWS::SageMaker::Space';
const LIFECYCLE = 'AWS::SageMaker::StudioLifecycleConfig';
const CLEANUP = 'Custom::StudioDomainCleanup';

const newStack = (app = new App()) => new Stack(app, 'Studio');
const vpcIn = (stack: Stack) =>
  ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['a', 'b'],
    isolatedSubnetIds: ['subnet-1', 'subnet-2'],
  });
const domainIn = (stack: Stack, overrides: Partial<StudioDomainProps> = {}) =>
  new StudioDomain(stack, 'Domain', { vpc: overrides.vpc ?? vpcIn(stack), ...overrides });
const profileIn = (stack: Stack, overrides: Partial<UserProfileProps> = {}) =>
  new UserProfile(stack, 'Anna', { domain: overrides.domain ?? domainIn(stack), ...overrides });
const spaceIn = (stack: Stack, overrides: Partial<PrivateSpaceProps> = {}) =>
  new PrivateSpace(stack, 'Lab', { owner: overrides.owner ?? profileIn(stack), ...overrides });
const script = '#!/bin/bash\nset -eu\n';
const lifecycleIn = (stack: Stack, props: LifecycleConfigurationProps = { app: 'JupyterLab', script }, id = 'Setup') =>
  new LifecycleConfiguration(stack, id, props);

const propertiesOf = (stack: Stack, type: string): Record<string, unknown> => {
  const [resource] = Object.values(Template.fromStack(stack).findResources(type));
  return (resource as { Properties: Record<string, unknown> }).Properties;
};
const visitorIn = (stack: Stack) =>
  new iam.Role(stack, 'Visitor', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
const statementsOf = (stack: Stack, idPrefix: string): unknown => {
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const policy = policies.find(([id]) => id.startsWith(idPrefix))?.[1] as {
    Properties: { PolicyDocument: { Statement: unknown } };
  };
  return policy.Properties.PolicyDocument.Statement;
};

describe('StudioDomain', () => {
  test('renders the smallest domain with its defaults', () => {
    const stack = newStack();
    domainIn(stack);
    const app = {
      AppLifecycleManagement: { IdleSettings: { LifecycleManagement: 'ENABLED', IdleTimeoutInMinutes: 60 } },
      LifecycleConfigArns: [],
    };
    const everyone = {
      ExecutionRole: { 'Fn::GetAtt': ['DomainExecutionRole7EAFC4CA', 'Arn'] },
      SecurityGroups: [{ 'Fn::GetAtt': ['DomainSecurityGroup48AA5FD6', 'GroupId'] }],
      JupyterLabAppSettings: app,
    };
    expect(propertiesOf(stack, DOMAIN)).toEqual({
      DomainName: expect.stringMatching(/^Studio-Domain-[0-9A-F]{8}-[0-9a-f]{8}$/) as unknown,
      AuthMode: 'IAM',
      AppNetworkAccessType: 'VpcOnly',
      VpcId: 'vpc-1',
      SubnetIds: ['subnet-1', 'subnet-2'],
      HomeEfsFileSystemCreation: 'Disabled',
      TagPropagation: 'DISABLED',
      DefaultUserSettings: {
        ...everyone,
        CodeEditorAppSettings: app,
        StudioWebPortal: 'ENABLED',
        StudioWebPortalSettings: { HiddenAppTypes: ['JupyterServer'], HiddenMlTools: [], HiddenInstanceTypes: [] },
        DefaultLandingUri: 'studio::',
        AutoMountHomeEFS: 'Disabled',
      },
      DefaultSpaceSettings: everyone,
      DomainSettings: {
        ExecutionRoleIdentityConfig: 'USER_PROFILE_NAME',
        DockerSettings: { EnableDockerAccess: 'DISABLED' },
      },
    });
    const template = Template.fromStack(stack);
    template.hasResource(DOMAIN, {
      DeletionPolicy: 'Retain',
      DependsOn: ['DomainExecutionRoleDefaultPolicy0492E086', 'DomainExecutionRole7EAFC4CA'],
    });
    template.resourceCountIs(CLEANUP, 0);
    template.resourceCountIs('AWS::Lambda::Function', 0);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      VpcId: 'vpc-1',
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', IpProtocol: '-1' })],
    });
  });

  test('renders every option', () => {
    const stack = newStack();
    const executionRole = new iam.Role(stack, 'Role', {
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
    });
    const jupyterLab = lifecycleIn(stack);
    const codeEditor = lifecycleIn(stack, { app: 'CodeEditor', script }, 'Code');
    domainIn(stack, {
      networkAccess: 'VpcOnly',
      authMode: 'SSO',
      executionRole,
      vpcSubnets: { subnets: [ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-9')] },
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
      encryptionKey: new kms.Key(stack, 'Key'),
      createHomeFileSystem: true,
      allowDocker: true,
      dockerTrustedAccounts: ['111122223333'],
      propagateTags: true,
      idleShutdown: { minimum: Duration.hours(1), timeout: Duration.hours(2), maximum: Duration.hours(8) },
      instanceType: 'ml.t3.medium',
      lifecycleConfigurations: [jupyterLab, codeEditor],
      spaceStorage: { defaultSize: Size.gibibytes(5), maximumSize: Size.gibibytes(50) },
      hiddenApps: ['Canvas', 'RStudioServerPro'],
      hiddenTools: ['JumpStart'],
      hiddenInstanceTypes: ['ml.p5.48xlarge'],
    });
    const appWith = (logicalId: string) => {
      const arn = { 'Fn::GetAtt': [logicalId, 'StudioLifecycleConfigArn'] };
      return {
        AppLifecycleManagement: {
          IdleSettings: {
            LifecycleManagement: 'ENABLED',
            MinIdleTimeoutInMinutes: 60,
            IdleTimeoutInMinutes: 120,
            MaxIdleTimeoutInMinutes: 480,
          },
        },
        LifecycleConfigArns: [arn],
        DefaultResourceSpec: { InstanceType: 'ml.t3.medium', LifecycleConfigArn: arn },
      };
    };
    const everyone = {
      ExecutionRole: { 'Fn::GetAtt': ['Role1ABCC5F0', 'Arn'] },
      SecurityGroups: ['sg-1'],
      JupyterLabAppSettings: appWith('Setup1774D09E'),
      SpaceStorageSettings: {
        DefaultEbsStorageSettings: { DefaultEbsVolumeSizeInGb: 5, MaximumEbsVolumeSizeInGb: 50 },
      },
    };
    expect(propertiesOf(stack, DOMAIN)).toEqual({
      DomainName: expect.any(String) as unknown,
      AuthMode: 'SSO',
      AppNetworkAccessType: 'VpcOnly',
      VpcId: 'vpc-1',
      SubnetIds: ['subnet-9'],
      KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
      HomeEfsFileSystemCreation: 'Enabled',
      TagPropagation: 'ENABLED',
      DefaultUserSettings: {
        ...everyone,
        CodeEditorAppSettings: appWith('Code5B760EEF'),
        StudioWebPortal: 'ENABLED',
        StudioWebPortalSettings: {
          HiddenAppTypes: ['Canvas', 'RStudioServerPro'],
          HiddenMlTools: ['JumpStart'],
          HiddenInstanceTypes: ['ml.p5.48xlarge'],
        },
        DefaultLandingUri: 'studio::',
        AutoMountHomeEFS: 'Enabled',
      },
      DefaultSpaceSettings: everyone,
      DomainSettings: {
        // A role that is given may not trust the service to name the user.
        ExecutionRoleIdentityConfig: 'DISABLED',
        DockerSettings: { EnableDockerAccess: 'ENABLED', VpcOnlyTrustedAccounts: ['111122223333'] },
      },
    });
  });

  test('can keep idle apps, use the internet and identify users of a given role', () => {
    const stack = newStack();
    domainIn(stack, {
      idleShutdown: false,
      networkAccess: 'PublicInternetOnly',
      identifyUsers: true,
      executionRole: iam.Role.fromRoleName(stack, 'Role', 'studio'),
    });
    expect(propertiesOf(stack, DOMAIN)).toMatchObject({
      AppNetworkAccessType: 'PublicInternetOnly',
      DomainSettings: { ExecutionRoleIdentityConfig: 'USER_PROFILE_NAME' },
      DefaultUserSettings: {
        JupyterLabAppSettings: { AppLifecycleManagement: { IdleSettings: { LifecycleManagement: 'DISABLED' } } },
      },
    });
  });

  test('lets its own role use the key', () => {
    const stack = newStack();
    domainIn(stack, { encryptionKey: new kms.Key(stack, 'Key') });
    expect(JSON.stringify(statementsOf(stack, 'DomainExecutionRole'))).toContain(
      '"kms:GenerateDataKeyWithoutPlaintext"',
    );
  });

  test('gives access to its network, role and address', () => {
    const stack = newStack();
    const domain = domainIn(stack);
    domain.connections.allowFromAnyIpv4(ec2.Port.tcp(443));
    expect(domain.authMode).toBe('IAM');
    expect(stack.resolve(domain.url)).toEqual({ 'Fn::GetAtt': ['Domain66AC69E0', 'Url'] });
    expect(stack.resolve(domain.domainRef)).toEqual({
      domainId: { Ref: 'Domain66AC69E0' },
      domainArn: { 'Fn::GetAtt': ['Domain66AC69E0', 'DomainArn'] },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ FromPort: 443 })],
    });
  });

  describe('name', () => {
    const nameWith = (overrides: (stack: Stack) => Partial<StudioDomainProps>) => {
      const stack = newStack();
      domainIn(stack, overrides(stack));
      return propertiesOf(stack, DOMAIN).DomainName;
    };
    const plain = nameWith(() => ({}));

    test.each<[string, (stack: Stack) => Partial<StudioDomainProps>]>([
      ['networkAccess', () => ({ networkAccess: 'PublicInternetOnly' })],
      ['authMode', () => ({ authMode: 'SSO' })],
      ['encryptionKey', stack => ({ encryptionKey: new kms.Key(stack, 'Key') })],
      ['tags', () => ({ tags: { owner: 'risk' } })],
      ['vpcSubnets', stack => ({ vpcSubnets: { subnets: [ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-9')] } })],
    ])('follows %s, which replaces the domain', (_, overrides) => {
      expect(nameWith(overrides)).not.toBe(plain);
    });

    test('stays with what does not replace the domain', () => {
      expect(nameWith(() => ({ idleShutdown: false, allowDocker: true, removalPolicy: RemovalPolicy.DESTROY }))).toBe(
        plain,
      );
    });
  });

  test.each([undefined, 'us-east-1', 'cn-north-1'])('has no finding of AwsSolutions in region %s', region => {
    const app = new App({ context: { '@aws-cdk/core:enablePartitionLiterals': true } });
    const stack = new Stack(app, 'Studio', { env: { region } });
    const domain = domainIn(stack, { removalPolicy: RemovalPolicy.DESTROY, createHomeFileSystem: true });
    spaceIn(stack, { owner: profileIn(stack, { domain }) });
    const other = new Stack(app, 'Other');
    spaceIn(other);
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });

  describe('cleanup', () => {
    const destroyed = () => {
      const stack = newStack();
      const domain = domainIn(stack, { removalPolicy: RemovalPolicy.DESTROY });
      const owner = profileIn(stack, { domain, removalPolicy: RemovalPolicy.DESTROY });
      spaceIn(stack, { owner, removalPolicy: RemovalPolicy.DESTROY });
      return stack;
    };

    test('comes before profiles and spaces are deleted', () => {
      const template = Template.fromStack(destroyed());
      template.hasResource(DOMAIN, { DeletionPolicy: 'Delete' });
      template.hasResource(CLEANUP, {
        Properties: { DomainId: { 'Fn::GetAtt': ['Domain66AC69E0', 'DomainId'] } },
        DependsOn: [Object.keys(template.findResources(PROFILE))[0], Object.keys(template.findResources(SPACE))[0]],
      });
    });

    test('ignores profiles in another stack', () => {
      const app = new App();
      const stack = newStack(app);
      const domain = domainIn(stack, { removalPolicy: RemovalPolicy.DESTROY });
      profileIn(new Stack(app, 'People'), { domain });
      Template.fromStack(stack).hasResource(CLEANUP, { DependsOn: Match.absent() });
    });

    test('may act on this domain alone', () => {
      const domainArn = { 'Fn::GetAtt': ['Domain66AC69E0', 'DomainArn'] };
      const arnOf = (service: string, resource: string, ...rest: unknown[]) => ({
        'Fn::Join': [
          '',
          [
            'arn:',
            { Ref: 'AWS::Partition' },
            `:${service}:`,
            { Ref: 'AWS::Region' },
            ':',
            { Ref: 'AWS::AccountId' },
            `:${resource}`,
            ...rest,
          ],
        ],
      });
      const within = (resource: string) =>
        arnOf('sagemaker', `${resource}/`, { 'Fn::GetAtt': ['Domain66AC69E0', 'DomainId'] }, '/*');
      expect(statementsOf(destroyed(), 'DomainCleanupProviderRole')).toEqual([
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: { 'Fn::GetAtt': [expect.stringMatching(/^DomainCleanupProviderLogs/), 'Arn'] },
        },
        { Effect: 'Allow', Action: 'cloudformation:DescribeStacks', Resource: { Ref: 'AWS::StackId' } },
        { Effect: 'Allow', Action: ['sagemaker:DeleteDomain', 'sagemaker:DescribeDomain'], Resource: domainArn },
        { Effect: 'Allow', Action: 'sagemaker:DeleteApp', Resource: within('app') },
        { Effect: 'Allow', Action: 'sagemaker:DeleteSpace', Resource: within('space') },
        { Effect: 'Allow', Action: 'sagemaker:DeleteUserProfile', Resource: within('user-profile') },
        {
          Effect: 'Allow',
          Action: [
            'ec2:DescribeSecurityGroups',
            'sagemaker:ListApps',
            'sagemaker:ListSpaces',
            'sagemaker:ListUserProfiles',
          ],
          Resource: '*',
        },
        {
          Effect: 'Allow',
          Action: ['ec2:DeleteSecurityGroup', 'ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress'],
          Resource: arnOf('ec2', 'security-group/*'),
          Condition: { StringEquals: { 'aws:ResourceTag/ManagedByAmazonSageMakerResource': domainArn } },
        },
      ]);
    });

    test('is deleted before all that it uses, profiles and spaces among it', () => {
      const stack = destroyed();
      const template = templateOf(stack);
      const [cleanup = ''] = Object.keys(Template.fromStack(stack).findResources(CLEANUP));
      expect([cleanup, ...dependenciesOf(template, cleanup)].sort()).toEqual(Object.keys(template.Resources).sort());
    });
  });

  test('grants.open allows every profile of the domain', () => {
    const stack = newStack();
    domainIn(stack).grants.open(visitorIn(stack));
    expect(statementsOf(stack, 'Visitor')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sagemaker:CreatePresignedDomainUrl',
        Resource: {
          'Fn::Join': [
            '',
            [
              'arn:',
              { Ref: 'AWS::Partition' },
              ':sagemaker:',
              { Ref: 'AWS::Region' },
              ':',
              { Ref: 'AWS::AccountId' },
              ':user-profile/',
              { Ref: 'Domain66AC69E0' },
              '/*',
            ],
          ],
        },
      },
    ]);
  });

  test('grants.actions allows other actions on the domain', () => {
    const stack = newStack();
    domainIn(stack).grants.actions(visitorIn(stack), 'sagemaker:DescribeDomain');
    expect(statementsOf(stack, 'Visitor')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sagemaker:DescribeDomain',
        Resource: { 'Fn::GetAtt': ['Domain66AC69E0', 'DomainArn'] },
      },
    ]);
  });

  test.each<[string, (stack: Stack) => Partial<StudioDomainProps>, string]>([
    [
      'the idle time is too short',
      () => ({ idleShutdown: { timeout: Duration.minutes(59) } }),
      "'idleShutdown.timeout' must be whole minutes from 60 to 525600, got: 59 minutes",
    ],
    [
      'the longest idle time is too long',
      () => ({ idleShutdown: { maximum: Duration.minutes(525_601) } }),
      "'idleShutdown.maximum' must be whole minutes from 60 to 525600, got: 525601 minutes",
    ],
    [
      'the shortest idle time is no whole minute',
      () => ({ idleShutdown: { minimum: Duration.seconds(3630) } }),
      "'idleShutdown.minimum' must be whole minutes from 60 to 525600, got: 60.5 minutes",
    ],
    [
      'the idle time is below the shortest',
      () => ({ idleShutdown: { minimum: Duration.hours(2), timeout: Duration.hours(1) } }),
      "'idleShutdown.timeout' must not be shorter than 'idleShutdown.minimum' (120 minutes), got: 60 minutes",
    ],
    [
      'the default idle time is below the shortest',
      () => ({ idleShutdown: { minimum: Duration.hours(2) } }),
      "'idleShutdown.timeout' must not be shorter than 'idleShutdown.minimum' (120 minutes), got: 60 minutes",
    ],
    [
      'the longest idle time is below the idle time',
      () => ({ idleShutdown: { timeout: Duration.hours(3), maximum: Duration.hours(2) } }),
      "'idleShutdown.maximum' must not be shorter than 'idleShutdown.timeout' (180 minutes), got: 120 minutes",
    ],
    [
      'the instance type has no prefix',
      () => ({ instanceType: 't3.medium' }),
      "'instanceType' must be an instance type such as ml.t3.medium, got: t3.medium",
    ],
    [
      'the volumes are too small',
      () => ({ spaceStorage: { defaultSize: Size.gibibytes(4), maximumSize: Size.gibibytes(5) } }),
      "'spaceStorage.defaultSize' must be whole gibibytes from 5 to 16384, got: 4 GiB",
    ],
    [
      'the largest volume is no whole gibibyte',
      () => ({ spaceStorage: { defaultSize: Size.gibibytes(5), maximumSize: Size.mebibytes(5632) } }),
      "'spaceStorage.maximumSize' must be whole gibibytes from 5 to 16384, got: 5.5 GiB",
    ],
    [
      'the largest volume is below the default',
      () => ({ spaceStorage: { defaultSize: Size.gibibytes(9), maximumSize: Size.gibibytes(8) } }),
      "'spaceStorage.maximumSize' must not be smaller than 'spaceStorage.defaultSize' (9 GiB), got: 8 GiB",
    ],
    [
      'no subnet is selected',
      () => ({ vpcSubnets: { subnets: [] } }),
      "'vpcSubnets' must select 1 to 16 subnets, got: 0",
    ],
    [
      'there is no security group',
      () => ({ securityGroups: [] }),
      "'securityGroups' must hold 1 to 5 security groups, got: 0",
    ],
    [
      'there are too many security groups',
      stack => ({
        securityGroups: [1, 2, 3, 4, 5, 6].map(n => ec2.SecurityGroup.fromSecurityGroupId(stack, `G${n}`, `sg-${n}`)),
      }),
      "'securityGroups' must hold 1 to 5 security groups, got: 6",
    ],
    [
      'Docker is not allowed but accounts are trusted',
      () => ({ dockerTrustedAccounts: ['111122223333'] }),
      "'dockerTrustedAccounts' must be left out unless 'allowDocker' is true and 'networkAccess' is VpcOnly, got: 111122223333",
    ],
    [
      'accounts are trusted outside of a VPC',
      () => ({ allowDocker: true, networkAccess: 'PublicInternetOnly', dockerTrustedAccounts: ['111122223333'] }),
      "'dockerTrustedAccounts' must be left out unless 'allowDocker' is true and 'networkAccess' is VpcOnly, got: 111122223333",
    ],
    [
      'too many accounts are trusted',
      () => ({ allowDocker: true, dockerTrustedAccounts: Array.from({ length: 21 }, () => '111122223333') }),
      "'dockerTrustedAccounts' must hold up to 20 accounts, got: 21",
    ],
    [
      'an account is no account',
      () => ({ allowDocker: true, dockerTrustedAccounts: ['everyone'] }),
      "'dockerTrustedAccounts' must hold accounts of 12 digits, got: everyone",
    ],
  ])('fails when %s', (_, overrides, message) => {
    const stack = newStack();
    expect(() => domainIn(stack, overrides(stack))).toThrow(new Error(`Studio/Domain: ${message}`));
  });
});

describe('tags', () => {
  test('of app and stack never reach what they would replace, whenever they are added', () => {
    const app = new App();
    Tags.of(app).add('team', 'early');
    const stack = newStack(app);
    const domain = domainIn(stack, { removalPolicy: RemovalPolicy.DESTROY });
    const owner = profileIn(stack, { domain });
    spaceIn(stack, { owner });
    lifecycleIn(stack);
    Tags.of(app).add('release', 'late', { priority: 1000 });
    Tags.of(domain).add('more', 'late');
    Tags.of(owner).add('more', 'late');
    for (const type of [DOMAIN, PROFILE, LIFECYCLE]) {
      expect(propertiesOf(stack, type)).not.toHaveProperty('Tags');
    }
    // A space takes a change of tags in place, and shows that there were some.
    expect(propertiesOf(stack, SPACE).Tags).toEqual([
      { Key: 'release', Value: 'late' },
      { Key: 'team', Value: 'early' },
    ]);
  });

  test('that are given are the only ones', () => {
    const app = new App();
    const stack = newStack(app);
    const domain = domainIn(stack, { tags: { owner: 'risk' } });
    profileIn(stack, { domain, tags: { person: 'anna' } });
    Tags.of(app).add('release', 'late');
    expect(propertiesOf(stack, DOMAIN).Tags).toEqual([{ Key: 'owner', Value: 'risk' }]);
    expect(propertiesOf(stack, PROFILE).Tags).toEqual([{ Key: 'person', Value: 'anna' }]);
  });
});

describe('UserProfile', () => {
  test('renders the smallest profile, which takes everything from its domain', () => {
    const stack = newStack();
    profileIn(stack);
    expect(propertiesOf(stack, PROFILE)).toEqual({
      DomainId: { Ref: 'Domain66AC69E0' },
      UserProfileName: 'Studio-Anna-0B29D420',
      UserSettings: {},
    });
    Template.fromStack(stack).hasResource(PROFILE, { DeletionPolicy: 'Retain' });
  });

  test('renders every option', () => {
    const stack = newStack();
    const executionRole = new iam.Role(stack, 'Role', {
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
    });
    executionRole.addToPolicy(new iam.PolicyStatement({ actions: ['s3:ListAllMyBuckets'], resources: ['*'] }));
    const profile = profileIn(stack, {
      domain: domainIn(stack, { authMode: 'SSO' }),
      userProfileName: 'anna',
      singleSignOnUser: 'anna@example.com',
      executionRole,
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
      idleShutdown: { timeout: Duration.hours(3) },
      lifecycleConfigurations: [lifecycleIn(stack)],
      spaceStorage: { defaultSize: Size.gibibytes(10), maximumSize: Size.gibibytes(10) },
      hiddenApps: ['CodeEditor'],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const arn = { 'Fn::GetAtt': ['Setup1774D09E', 'StudioLifecycleConfigArn'] };
    const idle = { IdleSettings: { LifecycleManagement: 'ENABLED', IdleTimeoutInMinutes: 180 } };
    Template.fromStack(stack).hasResource(PROFILE, {
      DeletionPolicy: 'Delete',
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^RoleDefaultPolicy')]),
      Properties: {
        UserProfileName: 'anna',
        SingleSignOnUserIdentifier: 'UserName',
        SingleSignOnUserValue: 'anna@example.com',
        UserSettings: {
          ExecutionRole: { 'Fn::GetAtt': ['Role1ABCC5F0', 'Arn'] },
          SecurityGroups: ['sg-1'],
          JupyterLabAppSettings: {
            AppLifecycleManagement: idle,
            LifecycleConfigArns: [arn],
            DefaultResourceSpec: { LifecycleConfigArn: arn },
          },
          CodeEditorAppSettings: { AppLifecycleManagement: idle, LifecycleConfigArns: [] },
          SpaceStorageSettings: {
            DefaultEbsStorageSettings: { DefaultEbsVolumeSizeInGb: 10, MaximumEbsVolumeSizeInGb: 10 },
          },
          StudioWebPortalSettings: { HiddenAppTypes: ['CodeEditor'] },
        },
      },
    });
    expect(stack.resolve(profile.userProfileRef)).toEqual({
      userProfileName: 'anna',
      domainId: { Ref: 'Domain66AC69E0' },
      userProfileArn: { 'Fn::GetAtt': ['AnnaE0A42A8D', 'UserProfileArn'] },
    });
  });

  test('works in a domain of someone else', () => {
    const stack = newStack();
    const domain = sagemaker.CfnDomain.fromDomainId(stack, 'Theirs', 'd-abc');
    spaceIn(stack, { owner: profileIn(stack, { domain, singleSignOnUser: 'anna' }) });
    expect(propertiesOf(stack, PROFILE)).toMatchObject({ DomainId: 'd-abc', SingleSignOnUserValue: 'anna' });
    expect(propertiesOf(stack, SPACE)).toMatchObject({ DomainId: 'd-abc' });
  });

  test('grants.open and grants.actions allow this profile alone', () => {
    const stack = newStack();
    const profile = profileIn(stack);
    profile.grants.open(visitorIn(stack));
    profile.grants.actions(
      new iam.Role(stack, 'Other', { assumedBy: new iam.AccountRootPrincipal() }),
      'sagemaker:DescribeUserProfile',
    );
    const arn = { 'Fn::GetAtt': ['AnnaE0A42A8D', 'UserProfileArn'] };
    expect(statementsOf(stack, 'Visitor')).toEqual([
      { Effect: 'Allow', Action: 'sagemaker:CreatePresignedDomainUrl', Resource: arn },
    ]);
    expect(statementsOf(stack, 'Other')).toEqual([
      { Effect: 'Allow', Action: 'sagemaker:DescribeUserProfile', Resource: arn },
    ]);
  });

  test.each<[string, (stack: Stack) => Partial<UserProfileProps>, string]>([
    [
      'the name is not allowed',
      () => ({ userProfileName: 'anna_b' }),
      "'userProfileName' must be 1 to 63 letters, digits and - that start and end with a letter or digit, got: anna_b",
    ],
    [
      'the user of a domain with Identity Center is missing',
      stack => ({ domain: domainIn(stack, { authMode: 'SSO' }) }),
      "'singleSignOnUser' must be given in a domain with authentication mode SSO, got: none",
    ],
    [
      'a user of Identity Center is given in a domain without',
      () => ({ singleSignOnUser: 'anna' }),
      "'singleSignOnUser' must be left out in a domain with authentication mode IAM, got: anna",
    ],
    [
      'there are too many security groups',
      stack => ({
        securityGroups: [1, 2, 3, 4, 5, 6].map(n => ec2.SecurityGroup.fromSecurityGroupId(stack, `G${n}`, `sg-${n}`)),
      }),
      "'securityGroups' must hold up to 5 security groups, got: 6",
    ],
    [
      'an idle time is too short',
      () => ({ idleShutdown: { timeout: Duration.minutes(5) } }),
      "'idleShutdown.timeout' must be whole minutes from 60 to 525600, got: 5 minutes",
    ],
  ])('fails when %s', (_, overrides, message) => {
    const stack = newStack();
    expect(() => profileIn(stack, overrides(stack))).toThrow(new Error(`Studio/Anna: ${message}`));
  });
});

describe('PrivateSpace', () => {
  test('renders the smallest space', () => {
    const stack = newStack();
    spaceIn(stack);
    expect(propertiesOf(stack, SPACE)).toEqual({
      DomainId: { Ref: 'Domain66AC69E0' },
      SpaceName: expect.stringMatching(/^Studio-Lab-[0-9A-F]{8}-[0-9a-f]{8}$/) as unknown,
      OwnershipSettings: { OwnerUserProfileName: 'Studio-Anna-0B29D420' },
      SpaceSharingSettings: { SharingType: 'Private' },
      SpaceSettings: { AppType: 'JupyterLab' },
    });
    Template.fromStack(stack).hasResource(SPACE, { DeletionPolicy: 'Retain', DependsOn: ['AnnaE0A42A8D'] });
  });

  test.each([
    ['JupyterLab', 'JupyterLabAppSettings'],
    ['CodeEditor', 'CodeEditorAppSettings'],
  ] as const)('renders every option of %s', (app, settings) => {
    const stack = newStack();
    const space = spaceIn(stack, {
      app,
      spaceName: 'lab',
      displayName: 'The lab',
      volumeSize: Size.gibibytes(16_384),
      instanceType: 'ml.g5.xlarge',
      lifecycleConfiguration: lifecycleIn(stack, { app, script }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    expect(propertiesOf(stack, SPACE)).toMatchObject({
      SpaceName: 'lab',
      SpaceDisplayName: 'The lab',
      SpaceSettings: {
        AppType: app,
        [settings]: {
          DefaultResourceSpec: {
            InstanceType: 'ml.g5.xlarge',
            LifecycleConfigArn: { 'Fn::GetAtt': ['Setup1774D09E', 'StudioLifecycleConfigArn'] },
          },
        },
        SpaceStorageSettings: { EbsStorageSettings: { EbsVolumeSizeInGb: 16_384 } },
      },
    });
    Template.fromStack(stack).hasResource(SPACE, { DeletionPolicy: 'Delete' });
    expect(stack.resolve(space.spaceRef)).toEqual({
      domainId: { Ref: 'Domain66AC69E0' },
      spaceName: 'lab',
      spaceArn: { 'Fn::GetAtt': ['LabA29856CB', 'SpaceArn'] },
    });
  });

  test('gets another name for another owner or app, which replace it', () => {
    const nameWith = (userProfileName: string, app: 'JupyterLab' | 'CodeEditor') => {
      const stack = newStack();
      spaceIn(stack, { owner: profileIn(stack, { userProfileName }), app });
      return propertiesOf(stack, SPACE).SpaceName;
    };
    const names = [nameWith('anna', 'JupyterLab'), nameWith('ben', 'JupyterLab'), nameWith('anna', 'CodeEditor')];
    expect(new Set(names).size).toBe(3);
    expect(nameWith('anna', 'JupyterLab')).toBe(names[0]);
  });

  test.each<[string, (stack: Stack) => Partial<PrivateSpaceProps>, string]>([
    [
      'the name is not allowed',
      () => ({ spaceName: 'a'.repeat(64) }),
      `'spaceName' must be 1 to 63 letters, digits and - that start and end with a letter or digit, got: ${'a'.repeat(64)}`,
    ],
    [
      'the displayed name is blank',
      () => ({ displayName: '  ' }),
      "'displayName' must have 1 to 64 characters that are not all blank, got:   ",
    ],
    [
      'the volume is too large',
      () => ({ volumeSize: Size.gibibytes(16_385) }),
      "'volumeSize' must be whole gibibytes from 5 to 16384, got: 16385 GiB",
    ],
    [
      'the instance type is not one',
      () => ({ instanceType: 'large' }),
      "'instanceType' must be an instance type such as ml.t3.medium, got: large",
    ],
    [
      'the script is for the other app',
      stack => ({ app: 'CodeEditor', lifecycleConfiguration: lifecycleIn(stack) }),
      "'lifecycleConfiguration' must be one for CodeEditor, got: Studio/Setup for JupyterLab",
    ],
  ])('fails when %s', (_, overrides, message) => {
    const stack = newStack();
    expect(() => spaceIn(stack, overrides(stack))).toThrow(new Error(`Studio/Lab: ${message}`));
  });
});

describe('LifecycleConfiguration', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'studio-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const fileWith = (content: string) => {
    const file = join(folder, 'setup.sh');
    writeFileSync(file, content);
    return file;
  };
  const namesWith = (props: LifecycleConfigurationProps) => {
    const stack = newStack();
    lifecycleIn(stack, props);
    return propertiesOf(stack, LIFECYCLE).StudioLifecycleConfigName;
  };

  test.each<[string, () => LifecycleConfigurationProps]>([
    ['text', () => ({ app: 'CodeEditor', script })],
    ['a file', () => ({ app: 'CodeEditor', scriptFile: fileWith(script) })],
    [
      'a file that was checked out on Windows',
      () => ({ app: 'CodeEditor', scriptFile: fileWith(script.replaceAll('\n', '\r\n')) }),
    ],
  ])('renders a script from %s', (_, props) => {
    const stack = newStack();
    const configuration = lifecycleIn(stack, props());
    expect(propertiesOf(stack, LIFECYCLE)).toEqual({
      StudioLifecycleConfigName: expect.stringMatching(/^Studio-Setup-[0-9A-F]{8}-[0-9a-f]{8}$/) as unknown,
      StudioLifecycleConfigAppType: 'CodeEditor',
      StudioLifecycleConfigContent: Buffer.from(script).toString('base64'),
    });
    expect(configuration.app).toBe('CodeEditor');
  });

  test('gets another name for another script or app, and only then', () => {
    const first = namesWith({ app: 'JupyterLab', script });
    expect(namesWith({ app: 'JupyterLab', script })).toBe(first);
    expect(namesWith({ app: 'JupyterLab', script: `${script}ls\n` })).not.toBe(first);
    expect(namesWith({ app: 'CodeEditor', script })).not.toBe(first);
  });

  test('encodes at deployment what is known only then', () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'Package');
    lifecycleIn(stack, { app: 'JupyterLab', script: `#!/bin/bash\npip install ${parameter.valueAsString}\n` });
    expect(propertiesOf(stack, LIFECYCLE).StudioLifecycleConfigContent).toEqual({
      'Fn::Base64': { 'Fn::Join': ['', ['#!/bin/bash\npip install ', { Ref: 'Package' }, '\n']] },
    });
  });

  test('accepts the longest script', () => {
    expect(() => namesWith({ app: 'JupyterLab', script: `#!${'x'.repeat(12_286)}` })).not.toThrow();
  });

  test.each<[string, () => LifecycleConfigurationProps, string]>([
    [
      'the script is too long',
      () => ({ app: 'JupyterLab', script: `#!${'x'.repeat(12_287)}` }),
      "'script' must have up to 16384 characters in base64, got: 16388",
    ],
    [
      'the text names no shell',
      () => ({ app: 'JupyterLab', script: 'pip list' }),
      "'script' must start with #!, which names its shell, got: pip list",
    ],
    [
      'the file names no shell',
      () => ({ app: 'JupyterLab', scriptFile: fileWith('pip list') }),
      "'scriptFile' must start with #!, which names its shell, got: setup.sh",
    ],
    [
      'there is no file',
      () => ({ app: 'JupyterLab', scriptFile: '/nowhere/setup.sh' }),
      "'scriptFile' must name a file, got: /nowhere/setup.sh",
    ],
  ])('fails when %s', (_, props, message) => {
    const stack = newStack();
    expect(() => lifecycleIn(stack, props())).toThrow(new Error(`Studio/Setup: ${message}`));
  });
});

/** Never called: the compiler is the test. */
export function refusedByTheCompiler(stack: Stack): void {
  // @ts-expect-error a script comes from one place
  lifecycleIn(stack, { app: 'JupyterLab', script, scriptFile: 'setup.sh' });
  // @ts-expect-error a script is needed
  lifecycleIn(stack, { app: 'JupyterLab' });
  // @ts-expect-error the classic Studio is closed
  spaceIn(stack, { app: 'JupyterServer' });
  // @ts-expect-error there are two ways to sign in
  domainIn(stack, { authMode: 'LDAP' });
  // @ts-expect-error there is no such tool
  domainIn(stack, { hiddenTools: ['Autopilot'] });
}
