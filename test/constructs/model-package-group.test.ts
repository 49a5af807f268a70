import { App, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  ModelPackageGroup,
  ModelPackageGroupGrants,
  type IModelPackageGroup,
  type ModelPackageGroupAccess,
  type ModelPackageGroupProps,
} from '../../constructs/model-package-group';
import { templateOf } from '../support/app';
import { dependenciesOf } from '../support/dependencies';

const valid: ModelPackageGroupProps = {
  modelPackageGroupName: 'loans',
};

const GROUP = 'AWS::SageMaker::ModelPackageGroup';

describe('ModelPackageGroup', () => {
  const newStack = (env?: { account: string; region: string }) => new Stack(new App(), 'Registry', { env });
  const groupIn = (stack: Stack, overrides: Partial<ModelPackageGroupProps> = {}) =>
    new ModelPackageGroup(stack, 'Loans', { ...valid, ...overrides });
  const roleIn = (stack: Stack) =>
    new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const statementsOf = (stack: Stack): unknown => {
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    return (policy as { Properties: { PolicyDocument: { Statement: unknown } } }).Properties.PolicyDocument.Statement;
  };
  const arn = (resource: string) => ({
    'Fn::Join': [
      '',
      [
        'arn:',
        { Ref: 'AWS::Partition' },
        ':sagemaker:',
        { Ref: 'AWS::Region' },
        ':',
        { Ref: 'AWS::AccountId' },
        `:${resource}`,
      ],
    ],
  });
  const ofLoans = [arn('model-package-group/loans'), arn('model-package/loans/*')];

  test('creates one group with nothing but a name, and retains it', () => {
    const stack = newStack();
    groupIn(stack);
    expect(Template.fromStack(stack).toJSON().Resources).toEqual({
      Loans06669F46: {
        Type: GROUP,
        Properties: { ModelPackageGroupName: 'loans' },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      },
    });
  });

  test('derives a lower-case name of letters, digits and - from the path', () => {
    const stack = newStack();
    const { modelPackageGroupName: name } = new ModelPackageGroup(stack, 'Loans');
    expect(name).toMatch(/^registry-loans-[0-9a-f]{8}$/);
    Template.fromStack(stack).hasResourceProperties(GROUP, { ModelPackageGroupName: name });
  });

  test('derives a name of at most 63 characters from a long path', () => {
    const stack = new Stack(new App(), 'A-stack-with-a-name-so-long-that-it-leaves-no-room-for-much-else-behind-it');
    expect(new ModelPackageGroup(stack, 'AndAGroupWithALongNameToo').modelPackageGroupName).toMatch(
      /^[a-z0-9](-*[a-z0-9]){0,62}$/,
    );
  });

  describe('with removal policy DESTROY', () => {
    const CLEANUP = 'Custom::ModelPackageGroupCleanup';
    const destroyedIn = (stack: Stack) => groupIn(stack, { removalPolicy: RemovalPolicy.DESTROY });

    test('is emptied before it is deleted', () => {
      const stack = newStack();
      destroyedIn(stack);
      const template = Template.fromStack(stack);
      template.hasResource(GROUP, { DeletionPolicy: 'Delete' });
      template.hasResource(CLEANUP, {
        Properties: { ModelPackageGroupName: 'loans', ServiceToken: Match.anyValue() },
        DependsOn: ['Loans06669F46'],
        DeletionPolicy: 'Delete',
      });
    });

    test('is emptied by what is deleted after it', () => {
      const stack = newStack();
      destroyedIn(stack);
      const template = templateOf(stack);
      const [cleanup = ''] = Object.keys(Template.fromStack(stack).findResources(CLEANUP));
      expect([cleanup, ...dependenciesOf(template, cleanup)].sort()).toEqual(Object.keys(template.Resources).sort());
    });

    test('lets the cleanup list and delete the versions of this group alone', () => {
      const stack = newStack();
      destroyedIn(stack);
      const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
      const [, policy] = policies.find(([id]) => id.startsWith('ModelPackageGroupCleanupRoleDefault')) ?? [];
      const { Statement } = (policy as { Properties: { PolicyDocument: { Statement: { Action: unknown }[] } } })
        .Properties.PolicyDocument;
      expect(Statement.map(({ Action }) => Action)).toEqual([
        ['logs:CreateLogStream', 'logs:PutLogEvents'],
        'cloudformation:DescribeStacks',
        ['sagemaker:DeleteModelPackage', 'sagemaker:ListModelPackages'],
      ]);
      expect(Statement[2]).toEqual({
        Effect: 'Allow',
        Action: ['sagemaker:DeleteModelPackage', 'sagemaker:ListModelPackages'],
        Resource: ofLoans,
      });
    });

    test('shares the functions with the other groups of its stack, and with no other stack', () => {
      const app = new App();
      const [stack, other] = [new Stack(app, 'Registry'), new Stack(app, 'Other')];
      destroyedIn(stack);
      new ModelPackageGroup(stack, 'Cars', { removalPolicy: RemovalPolicy.DESTROY });
      destroyedIn(other);
      for (const [each, groups] of [
        [stack, 2],
        [other, 1],
      ] as const) {
        Template.fromStack(each).resourceCountIs(CLEANUP, groups);
        Template.fromStack(each).resourceCountIs('AWS::Lambda::Function', 5);
      }
    });

    test.each([undefined, { account: '111122223333', region: 'cn-north-1' }])(
      'leaves nothing for cdk-nag to find, in environment %j',
      env => {
        const stack = newStack(env);
        destroyedIn(stack);
        new ModelPackageGroup(stack, 'Cars', { removalPolicy: RemovalPolicy.DESTROY });
        expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
      },
    );

    test.each([RemovalPolicy.RETAIN, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('is not emptied with %s', policy => {
      const stack = newStack();
      groupIn(stack, { removalPolicy: policy });
      Template.fromStack(stack).resourceCountIs(CLEANUP, 0);
    });
  });

  test('passes the description on', () => {
    const stack = newStack();
    groupIn(stack, { description: 'Who repays.' });
    Template.fromStack(stack).hasResourceProperties(GROUP, { ModelPackageGroupDescription: 'Who repays.' });
  });

  test('has a reference that depends on the group, and a name that does not', () => {
    const stack = newStack();
    const group = groupIn(stack);
    expect(stack.resolve(group.modelPackageGroupRef)).toEqual({
      modelPackageGroupArn: { Ref: 'Loans06669F46' },
    });
    expect(group.modelPackageGroupName).toBe('loans');
  });

  describe('sharing', () => {
    const policyOf = (stack: Stack): unknown => {
      const [group] = Object.values(Template.fromStack(stack).findResources(GROUP));
      return (group as { Properties: { ModelPackageGroupPolicy?: unknown } }).Properties.ModelPackageGroupPolicy;
    };
    const account = (id: string) => ({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${id}:root`]],
    });

    test('is off by default', () => {
      const stack = newStack();
      groupIn(stack, { sharedWith: [] });
      expect(policyOf(stack)).toBeUndefined();
    });

    test.each<[ModelPackageGroupAccess, string | string[]]>([
      [
        'Read',
        ['sagemaker:DescribeModelPackage', 'sagemaker:DescribeModelPackageGroup', 'sagemaker:ListModelPackages'],
      ],
      ['Deploy', 'sagemaker:CreateModel'],
      ['Register', 'sagemaker:CreateModelPackage'],
      ['Approve', 'sagemaker:UpdateModelPackage'],
    ])('with %s allows exactly its actions', (access, actions) => {
      const stack = newStack();
      groupIn(stack, { sharedWith: [{ account: '111122223333', access: [access] }] });
      expect(policyOf(stack)).toEqual({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: account('111122223333') }, Action: actions, Resource: ofLoans },
        ],
      });
    });

    test('names each account in one statement only, and joins accounts with equal access', () => {
      const stack = newStack();
      groupIn(stack, {
        sharedWith: [
          { account: '111122223333', access: ['Deploy', 'Register'] },
          { account: '444455556666', access: ['Approve'] },
          { account: '777788889999', access: ['Register', 'Deploy'] },
        ],
      });
      expect(policyOf(stack)).toEqual({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: [account('111122223333'), account('777788889999')] },
            Action: ['sagemaker:CreateModel', 'sagemaker:CreateModelPackage'],
            Resource: ofLoans,
          },
          {
            Effect: 'Allow',
            Principal: { AWS: account('444455556666') },
            Action: 'sagemaker:UpdateModelPackage',
            Resource: ofLoans,
          },
        ],
      });
    });

    test('fails when an account occurs twice', () => {
      const sharedWith = [
        { account: '111122223333', access: ['Read'] as const },
        { account: '111122223333', access: ['Deploy'] as const },
      ];
      expect(() => groupIn(newStack(), { sharedWith })).toThrow(
        new Error("Registry/Loans: 'sharedWith' must name each account once; join its 'access', got: 111122223333"),
      );
    });

    test('fails when an account gets no access', () => {
      expect(() => groupIn(newStack(), { sharedWith: [{ account: '111122223333', access: [] }] })).toThrow(
        new Error("Registry/Loans: 'sharedWith' must give each account some access, got: [] for 111122223333"),
      );
    });

    test('fails when an account is no account id', () => {
      expect(() => groupIn(newStack(), { sharedWith: [{ account: '1111', access: ['Read'] }] })).toThrow(
        new Error("Registry/Loans: 'sharedWith' must hold account ids of 12 digits, got: 1111"),
      );
    });

    test('fails when the account is the owner itself', () => {
      const stack = newStack({ account: '111122223333', region: 'eu-central-1' });
      expect(() => groupIn(stack, { sharedWith: [{ account: '111122223333', access: ['Read'] }] })).toThrow(
        new Error("Registry/Loans: 'sharedWith' must hold other accounts only, got: 111122223333"),
      );
    });

    test('does not know other kinds of access', () => {
      const share: ModelPackageGroupProps = {
        // @ts-expect-error: not a kind of access
        sharedWith: [{ account: '111122223333', access: ['Write'] }],
      };
      expect(share.sharedWith).toHaveLength(1);
    });
  });

  describe('grants', () => {
    test.each<[string, (group: IModelPackageGroup, role: iam.IRole) => iam.Grant, string | string[]]>([
      [
        'read',
        (group, role) => group.grants.read(role),
        ['sagemaker:DescribeModelPackage', 'sagemaker:DescribeModelPackageGroup', 'sagemaker:ListModelPackages'],
      ],
      ['register', (group, role) => group.grants.register(role), 'sagemaker:CreateModelPackage'],
      ['approve', (group, role) => group.grants.approve(role), 'sagemaker:UpdateModelPackage'],
      ['actions', (group, role) => group.grants.actions(role, 'sagemaker:AddTags'), 'sagemaker:AddTags'],
    ])('.%s allows exactly its actions on the group and its versions', (_name, grant, actions) => {
      const stack = newStack();
      grant(groupIn(stack), roleIn(stack));
      expect(statementsOf(stack)).toEqual([{ Effect: 'Allow', Action: actions, Resource: ofLoans }]);
    });

    test('cover both forms of an imported name with capitals', () => {
      const stack = newStack();
      ModelPackageGroup.fromModelPackageGroupName(stack, 'Loans', 'Loans').grants.approve(roleIn(stack));
      expect(statementsOf(stack)).toEqual([
        {
          Effect: 'Allow',
          Action: 'sagemaker:UpdateModelPackage',
          Resource: [arn('model-package-group/Loans'), arn('model-package/Loans/*'), ...ofLoans],
        },
      ]);
    });

    test('work for a plain CfnModelPackageGroup', () => {
      const stack = newStack();
      const group = new sagemaker.CfnModelPackageGroup(stack, 'Loans', { modelPackageGroupName: 'loans' });
      ModelPackageGroupGrants.fromModelPackageGroup(group).approve(roleIn(stack));
      expect(statementsOf(stack)).toEqual([
        { Effect: 'Allow', Action: 'sagemaker:UpdateModelPackage', Resource: ofLoans },
      ]);
    });

    test.each([undefined, { account: '111122223333', region: 'cn-north-1' }])(
      'leave nothing for cdk-nag to find, in environment %j',
      env => {
        const app = new App({ context: { '@aws-cdk/core:enablePartitionLiterals': true } });
        const stack = new Stack(app, 'Registry', { env });
        ModelPackageGroup.fromModelPackageGroupName(stack, 'Loans', 'Loans').grants.read(roleIn(stack));
        expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
      },
    );
  });

  describe('events', () => {
    const patternOf = (detail: Record<string, unknown>) => ({
      EventPattern: {
        source: ['aws.sagemaker'],
        'detail-type': ['SageMaker Model Package State Change'],
        detail,
      },
    });

    test.each<[string, (group: IModelPackageGroup) => unknown, Record<string, unknown>]>([
      [
        'onStateChange',
        group => group.onStateChange('Rule'),
        { ModelPackageGroupName: [{ 'equals-ignore-case': 'loans' }] },
      ],
      [
        'onStateChange with statuses',
        group => group.onStateChange('Rule', { approvalStatuses: ['PendingManualApproval'] }),
        { ModelPackageGroupName: [{ 'equals-ignore-case': 'loans' }], ModelApprovalStatus: ['PendingManualApproval'] },
      ],
      [
        'onApproved',
        group => group.onApproved('Rule'),
        { ModelPackageGroupName: [{ 'equals-ignore-case': 'loans' }], ModelApprovalStatus: ['Approved'] },
      ],
      [
        'onRejected',
        group => group.onRejected('Rule'),
        { ModelPackageGroupName: [{ 'equals-ignore-case': 'loans' }], ModelApprovalStatus: ['Rejected'] },
      ],
    ])('%s matches the events of this group', (_name, on, detail) => {
      const stack = newStack();
      on(groupIn(stack));
      Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
        ...patternOf(detail),
        Targets: Match.absent(),
      });
    });

    test('reach the target, under the given description', () => {
      const stack = newStack();
      const topic = new sns.Topic(stack, 'Topic');
      groupIn(stack).onApproved('Rule', { description: 'Go', target: new targets.SnsTopic(topic) });
      Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
        Description: 'Go',
        Targets: [Match.objectLike({ Arn: { Ref: 'TopicBFC7AF6E' } })],
      });
    });

    test('of an imported group are matched too', () => {
      const stack = newStack();
      ModelPackageGroup.fromModelPackageGroupName(stack, 'Loans', 'Loans').onApproved('Rule');
      Template.fromStack(stack).hasResourceProperties(
        'AWS::Events::Rule',
        patternOf({ ModelPackageGroupName: [{ 'equals-ignore-case': 'Loans' }], ModelApprovalStatus: ['Approved'] }),
      );
    });

    test('fails when no status is listed', () => {
      expect(() => groupIn(newStack()).onStateChange('Rule', { approvalStatuses: [] })).toThrow(
        new Error("Registry/Loans/Rule: 'approvalStatuses' must hold at least one status, got: []"),
      );
    });
  });

  describe('import', () => {
    test('by name makes the ARN', () => {
      const stack = newStack();
      const group = ModelPackageGroup.fromModelPackageGroupName(stack, 'Loans', 'loans');
      expect(stack.resolve(group.modelPackageGroupRef.modelPackageGroupArn)).toEqual(arn('model-package-group/loans'));
    });

    test('by ARN finds name, account and region, and grants there', () => {
      const stack = newStack({ account: '111122223333', region: 'eu-central-1' });
      const theirs = 'arn:aws:sagemaker:us-east-1:444455556666:model-package-group/loans';
      const group = ModelPackageGroup.fromModelPackageGroupArn(stack, 'Loans', theirs);
      expect(group.modelPackageGroupName).toBe('loans');
      group.grants.approve(roleIn(stack));
      expect(statementsOf(stack)).toEqual([
        {
          Effect: 'Allow',
          Action: 'sagemaker:UpdateModelPackage',
          Resource: ['model-package-group/loans', 'model-package/loans/*'].map(resource => ({
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:sagemaker:us-east-1:444455556666:${resource}`]],
          })),
        },
      ]);
    });

    test('creates nothing', () => {
      const stack = newStack();
      ModelPackageGroup.fromModelPackageGroupName(stack, 'Loans', 'loans');
      expect(stack.node.findAll().filter(node => CfnResource.isCfnResource(node))).toEqual([]);
    });
  });

  test.each(['Loans', '-loans', 'loans-', 'lo_ans', '', 'a'.repeat(64)])('fails when the name is %j', name => {
    expect(() => groupIn(newStack(), { modelPackageGroupName: name })).toThrow(
      new Error(
        `Registry/Loans: 'modelPackageGroupName' must be 1 to 63 lower-case letters, digits and -, with no - at either end, got: ${name}`,
      ),
    );
  });

  test('fails when the description is too long', () => {
    expect(() => groupIn(newStack(), { description: 'x'.repeat(1025) })).toThrow(
      new Error("Registry/Loans: 'description' must have at most 1024 characters, got: 1025 characters"),
    );
  });
});
