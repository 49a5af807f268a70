import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { App, CustomResource, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { CleanupProvider, type CleanupProviderProps, type CleanupStep } from '../../constructs/cleanup';
import { onEvent } from '../../constructs/cleanup/handler';
import { templateOf } from '../support/app';
import { dependenciesOf } from '../support/dependencies';
import { runInFramework } from '../support/provider-framework';
import { ServiceCalls, serviceError } from '../support/service-calls';

const STACK_ID = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Registry/1';

describe('CleanupProvider', () => {
  const valid: CleanupProviderProps = { code: lambda.Code.fromInline('exports.isComplete = step;') };
  const newStack = () => new Stack(new App(), 'Registry');
  const providerIn = (stack: Stack) => new CleanupProvider(stack, 'Cleanup', valid);
  const grantIn = (grantee: iam.IGrantable, resource: string) =>
    iam.Grant.addToPrincipal({ grantee, actions: ['sqs:PurgeQueue'], resourceArns: [resource] });

  test('runs the code in steps and its own code once, both for two minutes', () => {
    const stack = newStack();
    providerIn(stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Lambda::Function', 5);
    const role = { 'Fn::GetAtt': [Match.stringLikeRegexp('^CleanupRole'), 'Arn'] };
    template.hasResourceProperties('AWS::Lambda::Function', {
      Code: { ZipFile: 'exports.isComplete = step;' },
      Handler: 'index.isComplete',
      Timeout: 120,
      Role: role,
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Code: { S3Key: Match.anyValue() },
      Handler: 'index.onEvent',
      Timeout: 120,
      Role: role,
    });
  });

  test('repeats a step every 20 seconds for an hour', () => {
    const stack = newStack();
    providerIn(stack);
    const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
    const definition = JSON.stringify((machine as { Properties: unknown }).Properties);
    expect(definition).toContain('\\"IntervalSeconds\\":20,\\"MaxAttempts\\":180,\\"BackoffRate\\":1');
  });

  test('leaves no log group behind', () => {
    const stack = newStack();
    providerIn(stack);
    const template = Template.fromStack(stack);
    const [group = ''] = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 7 } });
    template.allResourcesProperties('AWS::Lambda::Function', {
      LoggingConfig: Match.objectLike({ LogGroup: { Ref: group } }),
    });
  });

  test('may describe its own stack, write logs, and do what it is granted', () => {
    const stack = newStack();
    grantIn(providerIn(stack), 'arn:aws:sqs:eu-west-1:111122223333:runs');
    const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(policies.find(([id]) => id.startsWith('CleanupRoleDefault'))?.[1]).toMatchObject({
      Properties: {
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              Resource: { 'Fn::GetAtt': [expect.stringMatching(/^CleanupLogs/), 'Arn'] },
            },
            { Effect: 'Allow', Action: 'cloudformation:DescribeStacks', Resource: { Ref: 'AWS::StackId' } },
            { Effect: 'Allow', Action: 'sqs:PurgeQueue', Resource: 'arn:aws:sqs:eu-west-1:111122223333:runs' },
          ],
        },
      },
    });
  });

  test('gives no role a managed policy', () => {
    const stack = newStack();
    providerIn(stack);
    Template.fromStack(stack).allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  test('serves several custom resources, and outlives them with all that it needs', () => {
    const stack = newStack();
    const provider = providerIn(stack);
    grantIn(provider, 'arn:aws:sqs:eu-west-1:111122223333:runs');
    for (const id of ['One', 'Two']) {
      new CustomResource(stack, id, { serviceToken: provider.serviceToken });
    }
    const template = templateOf(stack);
    const [one = '', two = ''] = Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::CloudFormation::CustomResource')
      .map(([id]) => id);
    const provided = Object.keys(template.Resources).filter(id => id !== one && id !== two);
    expect(dependenciesOf(template, one)).toEqual(provided.sort());
    expect(dependenciesOf(template, two)).toEqual(provided.sort());
  });

  test('leaves nothing for cdk-nag to find but what the caller adds', () => {
    const app = new App();
    const provider = providerIn(new Stack(app, 'Registry'));
    const found = () => new AwsSolutionsChecks().validateScope(app).violations.map(({ ruleName }) => ruleName);
    expect(found()).toEqual([]);
    grantIn(provider, 'arn:aws:sqs:eu-west-1:111122223333:*');
    expect(found()).toEqual(['AwsSolutions-IAM5[Resource::arn:aws:sqs:eu-west-1:111122223333:*]']);
  });

  test('needs code', () => {
    // @ts-expect-error: nothing to run
    const empty: CleanupProviderProps = {};
    expect(empty).toEqual({});
  });
});

describe('end of a stack', () => {
  let status: string;
  let services: ServiceCalls;

  beforeEach(() => {
    status = 'DELETE_IN_PROGRESS';
    services = new ServiceCalls(() => ({ Stacks: [{ StackStatus: status }] }));
    jest.spyOn(CloudFormationClient.prototype, 'send').mockImplementation(services.send as never);
  });

  const request = (RequestType: string) => ({
    RequestType,
    StackId: STACK_ID,
    PhysicalResourceId: 'made-before',
    ResourceProperties: { Path: '/runs' },
  });

  test.each(['Create', 'Update'])('%s is none, whatever the stack does', async type => {
    await expect(onEvent(request(type))).resolves.toEqual({ EndOfStack: false });
    expect(services.all).toEqual([]);
  });

  test.each([
    ['DELETE_IN_PROGRESS', true],
    ['ROLLBACK_IN_PROGRESS', true],
    ['UPDATE_IN_PROGRESS', false],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', false],
    ['UPDATE_ROLLBACK_IN_PROGRESS', false],
    ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', false],
    ['IMPORT_ROLLBACK_IN_PROGRESS', false],
  ])('Delete while the stack is in %s: %s', async (current, EndOfStack) => {
    status = current;
    await expect(onEvent(request('Delete'))).resolves.toEqual({ EndOfStack });
    expect(services.all).toEqual([{ name: 'DescribeStacks', input: { StackName: STACK_ID } }]);
  });

  describe('in the framework of the library', () => {
    const step = jest.fn<ReturnType<CleanupStep<unknown>>, Parameters<CleanupStep<unknown>>>();

    beforeEach(() => step.mockReset().mockResolvedValue({ IsComplete: true }));

    test.each([
      ['DELETE_IN_PROGRESS', true],
      ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', false],
    ])('%s reaches every step as %s', async (current, EndOfStack) => {
      status = current;
      step.mockResolvedValueOnce({ IsComplete: false }).mockResolvedValueOnce({ IsComplete: false });
      await expect(runInFramework({ onEvent, isComplete: step }, request('Delete'))).resolves.toMatchObject({
        Status: 'SUCCESS',
        PhysicalResourceId: 'made-before',
      });
      expect(step.mock.calls.map(([event]) => event)).toEqual(
        Array(3).fill(expect.objectContaining({ EndOfStack, ResourceProperties: { Path: '/runs' } })),
      );
      expect(services.names).toEqual(['DescribeStacks']);
    });

    test('an update keeps the resource, so that nothing is replaced', async () => {
      const answer = await runInFramework({ onEvent, isComplete: step }, request('Update'));
      expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'made-before' });
    });

    test('fails, without a step, when the stack cannot be described', async () => {
      services.answer = () => {
        throw serviceError('AccessDenied');
      };
      const answer = await runInFramework({ onEvent, isComplete: step }, request('Delete'));
      expect(answer).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringContaining('refused: AccessDenied') as string,
      });
      expect(step).not.toHaveBeenCalled();
    });
  });
});
