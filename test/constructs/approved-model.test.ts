import { App, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ApprovedModel, type ApprovedModelProps } from '../../constructs/approved-model';

const valid = {
  parameterPrefix: '/credit-risk/approved',
  stackNames: ['Serving', 'Monitoring'],
};

describe('ApprovedModel', () => {
  const newStack = () => new Stack(new App(), 'Build');
  const groupIn = (stack: Stack, modelPackageGroupName = 'credit-risk') =>
    new sagemaker.CfnModelPackageGroup(stack, 'Group', { modelPackageGroupName });
  const modelIn = (stack: Stack, overrides: Partial<ApprovedModelProps> = {}) =>
    new ApprovedModel(stack, 'Approved', { modelPackageGroup: groupIn(stack), ...valid, ...overrides });
  const templateWith = (overrides: Partial<ApprovedModelProps> = {}) => {
    const stack = newStack();
    modelIn(stack, overrides);
    return Template.fromStack(stack);
  };

  test('starts the workflow on every event of a version of the group', () => {
    const template = templateWith();
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: Match.absent(),
      EventPattern: {
        source: ['aws.sagemaker'],
        'detail-type': ['SageMaker Model Package State Change'],
        detail: { ModelPackageGroupName: [{ 'equals-ignore-case': 'credit-risk' }] },
      },
      State: 'ENABLED',
      Targets: [{ Arn: { Ref: Match.stringLikeRegexp('^ApprovedWorkflow') }, RoleArn: Match.anyValue() }],
    });
  });

  test('the workflow is a standard state machine that logs everything and is traced', () => {
    const template = templateWith();
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: Match.absent(),
      StateMachineName: Match.absent(),
      LoggingConfiguration: { IncludeExecutionData: true, Level: 'ALL', Destinations: Match.anyValue() },
      TracingConfiguration: { Enabled: true },
    });
  });

  test('only state machines of the account can take the role', () => {
    templateWith().hasResourceProperties('AWS::IAM::Role', {
      Description: 'Updates the stacks that use the approved model',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'states.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: {
                'aws:SourceArn': {
                  'Fn::Join': [
                    '',
                    [
                      'arn:',
                      { Ref: 'AWS::Partition' },
                      ':states:',
                      { Ref: 'AWS::Region' },
                      ':',
                      { Ref: 'AWS::AccountId' },
                      ':stateMachine:*',
                    ],
                  ],
                },
              },
            },
          },
        ],
      },
    });
  });

  test('a group with capitals in its name is allowed in lower case too, as SageMaker writes it in ARNs', () => {
    const stack = new Stack(new App(), 'Build', { env: { account: '111122223333', region: 'eu-central-1' } });
    modelIn(stack, { modelPackageGroup: groupIn(new Stack(), 'CreditRisk') });
    const arn = (name: string) => ({
      'Fn::Join': [
        '',
        ['arn:', { Ref: 'AWS::Partition' }, `:sagemaker:eu-central-1:111122223333:model-package/${name}/*`],
      ],
    });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: ['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages'],
            Effect: 'Allow',
            Resource: [arn('CreditRisk'), arn('creditrisk')],
          },
        ]),
      },
    });
  });

  test('failures go to a topic that is encrypted with the managed key and refuses plain text', () => {
    const stack = newStack();
    const { failures } = modelIn(stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: 'alias/aws/sns' });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
      },
      Topics: [stack.resolve(failures.topicArn)],
    });
  });

  test('encryptionKey encrypts the topic, and the role may use it', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    modelIn(stack, { encryptionKey });
    const arn: unknown = stack.resolve(encryptionKey.keyArn);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: arn });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Effect: 'Allow', Resource: arn },
        ]),
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^ApprovedRole') }],
    });
  });

  test('logs are kept for three months, and when the stack is deleted', () => {
    const template = templateWith();
    // The third is the history.
    template.resourceCountIs('AWS::Logs::LogGroup', 3);
    const kept = { Properties: { RetentionInDays: 90 }, DeletionPolicy: 'Retain' };
    expect(Object.keys(template.findResources('AWS::Logs::LogGroup', kept))).toHaveLength(2);
  });

  test('logRetention and removalPolicy', () => {
    const template = templateWith({
      logRetention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const kept = { Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete' };
    expect(Object.keys(template.findResources('AWS::Logs::LogGroup', kept))).toHaveLength(2);
  });

  test('baselines choose the parameters, for the function, the role and the workflow', () => {
    const template = templateWith({ baselines: ['biasPreTrainingConstraints'] });
    template.resourceCountIs('Custom::ApprovedModelParameter', 3);
    const text = JSON.stringify(template.toJSON());
    expect(text).toContain('/credit-risk/approved/bias-pre-training-constraints');
    expect(text).not.toContain('data-quality');
  });

  test('updateTimeout limits the wait for each stack', () => {
    const definition = (updateTimeout?: Duration) =>
      JSON.stringify(templateWith({ updateTimeout }).findResources('AWS::StepFunctions::StateMachine'));
    expect(definition()).toContain('$waited >= 7200');
    expect(definition(Duration.hours(6))).toContain('$waited >= 21600');
    expect(definition(Duration.minutes(15))).toContain('$waited >= 900');
  });

  test('types refuse what has no effect', () => {
    const stack = newStack();
    const named: ApprovedModelProps['modelPackageGroup'] = groupIn(stack);
    const nameless: refs.IModelPackageGroupRef = named;
    // @ts-expect-error a reference without the name says too little
    const group: ApprovedModelProps['modelPackageGroup'] = nameless;
    // @ts-expect-error there are no snapshots of parameters
    const removalPolicy: ApprovedModelProps['removalPolicy'] = RemovalPolicy.SNAPSHOT;
    // @ts-expect-error not a baseline
    const baselines: ApprovedModelProps['baselines'] = ['dataQuality'];
    expect([group, removalPolicy, baselines]).toHaveLength(3);
  });

  const prefixRule =
    "Build/Approved: 'parameterPrefix' must be a literal path such as /credit-risk/approved: at most 14 parts of letters, digits, '.', '-' and '_', not beginning with aws or ssm, 900 characters in all, got: ";
  test.each([
    'credit-risk',
    '/credit-risk/',
    '/',
    '',
    '/credit risk',
    '/aws/models',
    '/SSM/models',
    '/a'.repeat(15),
    `/${'a'.repeat(900)}`,
  ])('fails for the prefix %s', parameterPrefix => {
    expect(() => modelIn(newStack(), { parameterPrefix })).toThrow(new Error(`${prefixRule}${parameterPrefix}`));
  });

  test('fails for a prefix that is known only at deployment', () => {
    const parameterPrefix = Token.asString({ Ref: 'Prefix' });
    expect(() => modelIn(newStack(), { parameterPrefix })).toThrow(new Error(`${prefixRule}${parameterPrefix}`));
  });

  test.each([
    [{ stackNames: [] }, "'stackNames' must list 1 to 5 different stacks, got: []"],
    [{ stackNames: ['A', 'B', 'A'] }, "'stackNames' must list 1 to 5 different stacks, got: [A, B, A]"],
    [
      { stackNames: ['A', 'B', 'C', 'D', 'E', 'F'] },
      "'stackNames' must list 1 to 5 different stacks, got: [A, B, C, D, E, F]",
    ],
    [
      { stackNames: ['my_stack'] },
      "'stackNames' must hold names of 1 to 128 letters, digits and -, beginning with a letter, got: my_stack",
    ],
    [
      { baselines: ['biasConfiguration', 'biasConfiguration'] as const },
      "'baselines' must name each baseline once, got: [biasConfiguration, biasConfiguration]",
    ],
    [{ updateTimeout: Duration.minutes(14) }, "'updateTimeout' must be 15 minutes to 6 hours, got: 14 minutes"],
    [{ updateTimeout: Duration.minutes(361) }, "'updateTimeout' must be 15 minutes to 6 hours, got: 6 hours 1 minute"],
  ])('fails for %j', (overrides: Partial<ApprovedModelProps>, message) => {
    const stack = newStack();
    expect(() => modelIn(stack, overrides)).toThrow(new Error(`Build/Approved: ${message}`));
    expect(stack.node.findChild('Approved').node.children).toEqual([]);
  });

  test.each([
    undefined,
    { account: '111122223333', region: 'eu-central-1' },
    { account: '111122223333', region: 'cn-north-1' },
  ])('has no unacknowledged finding of AwsSolutions in %j', env => {
    const app = new App();
    modelIn(new Stack(app, 'Build', { env }));
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });
});
