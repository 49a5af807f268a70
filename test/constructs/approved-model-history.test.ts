import { App, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { ApprovedModel, type ApprovedModelProps } from '../../constructs/approved-model';
import {
  Account,
  EXECUTION,
  FakeStack,
  PREFIX,
  ROLLBACK_REASON,
  serviceException,
  version,
} from '../support/deployment-account';
import { matchesPattern } from '../support/event-pattern';
import { TaskError } from '../support/state-machine';

const PERSON = 'arn:aws:sagemaker:eu-central-1:111122223333:user-profile/d-1/risk-officer';
const ROLE = 'arn:aws:sts::111122223333:assumed-role/Approver/me';
const RUNNING = `${PREFIX}/running`;

describe('the history says of', () => {
  test('a deployment which version took whose place, why, and who approved it', async () => {
    const account = new Account(1);
    account.versions[2] = {
      approval: 'Approved',
      approvalDescription: 'fairer to the young',
      modifiedBy: { UserProfileArn: PERSON, IamIdentity: { Arn: ROLE } },
    };
    await account.event(2);
    expect(account.sent.map(({ Source, DetailType }) => [Source, DetailType])).toEqual([
      ['approved-model', 'Approved Model Change'],
    ]);
    expect(account.history).toEqual([
      {
        parameterPrefix: PREFIX,
        outcome: 'deployed',
        version: version(2),
        previousVersion: version(1),
        reason: 'fairer to the young',
        actor: PERSON,
        stacks: [
          { stack: 'Serving', outcome: 'updated' },
          { stack: 'Monitoring', outcome: 'updated' },
        ],
        execution: EXECUTION,
      },
    ]);
  });

  test('the first deployment that there was none before, and of a caller without a user profile the identity', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved', modifiedBy: { IamIdentity: { Arn: ROLE } } };
    await account.event(1);
    expect(account.history).toMatchObject([
      { outcome: 'deployed', version: version(1), previousVersion: 'none', reason: 'approved', actor: ROLE },
    ]);
  });

  test('an older version that is approved again that it was rolled back to', async () => {
    const account = new Account(12);
    account.versions[9] = { approval: 'Approved' };
    await account.event(9);
    expect(account.history).toMatchObject([
      { outcome: 'rolled back', version: version(9), previousVersion: version(12), reason: 'approved' },
    ]);
  });

  test.each([
    [{ approval: 'Rejected' }, 'rejected'],
    [{ approval: 'Rejected', approvalDescription: 'unfair' }, 'unfair'],
    [{ approval: 'PendingManualApproval' }, 'set back to pending'],
    [{ approval: 'Approved', approvalDescription: 'good', stage: 'Archived' }, 'archived'],
    [{ approval: 'Approved', stage: 'archived', stageDescription: 'too old' }, 'archived: too old'],
  ])('a version that takes the place of another why that one went: %j', async (rejected, reason) => {
    const account = new Account(3);
    account.versions[2] = {
      approval: 'Approved',
      approvalDescription: 'good',
      modifiedBy: { UserProfileArn: 'other' },
    };
    account.versions[3] = { ...rejected, modifiedBy: { UserProfileArn: PERSON } };
    await account.event(3);
    expect(account.history).toMatchObject([
      { outcome: 'rolled back', version: version(2), previousVersion: version(3), reason, actor: PERSON },
    ]);
  });

  test('a version that was deleted so much', async () => {
    const account = new Account(3);
    account.versions[2] = { approval: 'Approved', approvalDescription: 'good', modifiedBy: { UserProfileArn: PERSON } };
    delete account.versions[3];
    await account.event(3);
    expect(account.history).toMatchObject([{ outcome: 'rolled back', reason: 'deleted', actor: 'unknown' }]);
  });

  test('the last version that it was taken out of service', async () => {
    const account = new Account(1);
    account.versions[1] = { approval: 'Rejected' };
    await account.event(1);
    expect(account.history).toMatchObject([
      { outcome: 'taken out of service', version: 'none', previousVersion: version(1), reason: 'rejected' },
    ]);
  });

  test.each([
    ['true', 'started'],
    ['false', 'stopped'],
  ])('an input with running %s that the version was %s, why and by whom', async (running, outcome) => {
    const account = new Account(1);
    account.parameters[RUNNING] = running === 'true' ? 'false' : 'true';
    account.stacks.Serving = new FakeStack({ deployed: running === 'true' ? 'none' : version(1) });
    await account.start({ running, reason: 'working hours', actor: 'schedule' });
    expect(account.history).toMatchObject([
      { outcome, version: version(1), reason: 'working hours', actor: 'schedule' },
    ]);
    expect(account.history[0]).not.toHaveProperty('previousVersion');
    await account.start({ running: running === 'true' ? 'false' : 'true' });
    expect(account.history[1]).toMatchObject({ reason: '', actor: 'unknown' });
  });

  test('a deployment that failed why, what for, and that the version before was restored', async () => {
    const account = new Account(1);
    account.versions[2] = {
      approval: 'Approved',
      approvalDescription: 'fairer',
      modifiedBy: { UserProfileArn: PERSON },
    };
    account.stacks.Serving = new FakeStack({ deployed: version(1), outcome: 'rollback' });
    await account.event(2);
    expect(account.history).toEqual([
      {
        parameterPrefix: PREFIX,
        outcome: 'failed',
        version: version(2),
        reason: ROLLBACK_REASON,
        asked: 'fairer',
        actor: PERSON,
        stack: 'Serving',
        status: 'UPDATE_ROLLBACK_COMPLETE',
        stacks: [],
        previousValuesRestored: true,
        execution: EXECUTION,
      },
    ]);
    expect(account.published).toHaveLength(1);
  });

  test.each([
    'sfn:listExecutions',
    'sagemaker:describeModelPackage',
    'ssm:getParameters',
    'ssm:putParameter',
    'cloudformation:describeStacks',
    'sns:publish',
  ])('a failure of %s too', async action => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved' };
    account.stacks.Serving = new FakeStack({ deployed: version(1), outcome: 'rollback' });
    account.fail(action, Infinity, new TaskError(serviceException(action), 'denied'));
    expect(await account.event(2)).toMatchObject({ status: 'FAILED' });
    expect(account.history).toMatchObject([{ outcome: 'failed', version: version(2) }]);
  });

  test('a start that failed which way it was to go', async () => {
    const account = new Account(1);
    account.fail('ssm:getParameters', Infinity, new TaskError('Ssm.SsmException', 'denied'));
    await account.start({ running: 'false' });
    expect(account.history).toMatchObject([
      { outcome: 'failed', running: 'false', reason: 'Ssm.SsmException: denied' },
    ]);
  });
});

describe('the history says nothing of', () => {
  test('an approval that was sent twice', async () => {
    const account = new Account(1);
    await account.event(1);
    expect(account.history).toEqual([]);
  });

  test('a start of what runs', async () => {
    const account = new Account(1);
    await account.start({ running: 'true' });
    expect(account.history).toEqual([]);
  });

  test('a rejection of a version that is not deployed', async () => {
    const account = new Account(2);
    account.versions[1] = { approval: 'Rejected' };
    await account.event(1);
    expect(account.history).toEqual([]);
  });
});

describe('an approval that no stack had to be updated for', () => {
  test('is history, for it will be deployed with the stacks', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved' };
    delete account.stacks.Serving;
    delete account.stacks.Monitoring;
    await account.event(1);
    expect(account.history).toMatchObject([{ outcome: 'deployed', stacks: [{ outcome: 'not deployed' }, {}] }]);
  });
});

test('a history that cannot be written keeps nothing from happening', async () => {
  const account = new Account(1);
  account.versions[2] = { approval: 'Approved' };
  account.fail('events:putEvents', Infinity, new TaskError('EventBridge.FailedEntry', 'no'));
  expect(await account.event(2)).toMatchObject({ status: 'SUCCEEDED' });
  account.versions[3] = { approval: 'Approved' };
  account.stacks.Serving = new FakeStack({ deployed: version(2), outcome: 'rollback' });
  expect(await account.event(3)).toMatchObject({ status: 'FAILED', cause: ROLLBACK_REASON });
  expect(account.published).toHaveLength(1);
});

describe('an archived version', () => {
  const moved = { UpdatedModelPackageFields: ['ModelLifeCycle'] };

  test('gives its place to the newest approved one that is not archived', async () => {
    const account = new Account(4);
    account.versions[1] = { approval: 'Approved' };
    account.versions[2] = { approval: 'Approved', stage: 'Production' };
    account.versions[3] = { approval: 'Approved', stage: 'Archived' };
    account.versions[4] = { approval: 'Approved', stage: 'Archived' };
    expect(await account.event(4, moved)).toMatchObject({ status: 'SUCCEEDED', output: { version: version(2) } });
    expect(account.stacks.Serving?.deployed).toBe(version(2));
  });

  test('is passed over for good if the list does not say that it is archived', async () => {
    const account = new Account(5);
    account.listsStages = false;
    account.versions[1] = { approval: 'Approved' };
    for (const number of [2, 3, 4, 5]) {
      account.versions[number] = { approval: 'Approved', stage: 'Archived' };
    }
    const { output, calls } = await account.event(5, moved);
    expect(output).toMatchObject({ version: version(1) });
    expect(calls.filter(({ action }) => action === 'sagemaker:listModelPackages')).toHaveLength(4);
  });

  test('that is the only one goes out of service', async () => {
    const account = new Account(1);
    account.versions[1] = { approval: 'Approved', stage: 'Archived' };
    expect(await account.event(1, moved)).toMatchObject({ output: { version: 'none' } });
  });

  test('is not deployed by an approval', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved', stage: 'Archived' };
    expect(await account.event(2)).toMatchObject({ output: { outcome: 'nothing to do' } });
  });

  test.each([
    ['the deployed version', 2],
    ['an older version that is approved still', 1],
  ])('another stage of %s changes nothing', async (_, number) => {
    const account = new Account(2);
    account.versions[1] = { approval: 'Approved', stage: 'Staging' };
    account.versions[2] = { approval: 'Approved', stage: 'Production' };
    const { output, calls } = await account.event(number, moved);
    expect(output).toMatchObject({ outcome: 'nothing to do' });
    expect(calls.map(({ action }) => action)).not.toContain('ssm:putParameter');
    expect(account.history).toEqual([]);
  });

  test('a stage that changed with the approval does not hide it', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved', stage: 'Production' };
    await account.event(2, { UpdatedModelPackageFields: ['ModelLifeCycle', 'ModelApprovalStatus'] });
    expect(account.stacks.Serving?.deployed).toBe(version(2));
  });
});

describe('the log group', () => {
  const modelIn = (stack: Stack, overrides: Partial<ApprovedModelProps> = {}) =>
    new ApprovedModel(stack, 'Approved', {
      modelPackageGroup: new sagemaker.CfnModelPackageGroup(stack, 'Group', { modelPackageGroupName: 'credit-risk' }),
      parameterPrefix: PREFIX,
      stackNames: ['Serving'],
      ...overrides,
    });
  const newStack = () => new Stack(new App(), 'Build');
  const eventOf = (detail: object) => ({ source: 'approved-model', 'detail-type': 'Approved Model Change', detail });

  test('gets the changes of this model, as whole events', () => {
    const stack = newStack();
    const { history } = modelIn(stack);
    const rules = Template.fromStack(stack).findResources('AWS::Events::Rule', {
      Properties: { EventPattern: { source: ['approved-model'] } },
    }) as Record<string, { Properties: { EventPattern: unknown; Targets: object[] } }>;
    const [rule] = Object.values(rules);
    expect(matchesPattern(rule?.Properties.EventPattern, eventOf({ parameterPrefix: PREFIX }))).toBe(true);
    expect(matchesPattern(rule?.Properties.EventPattern, eventOf({ parameterPrefix: '/other' }))).toBe(false);
    const name: unknown = stack.resolve(history.logGroup.logGroupName);
    expect(rule?.Properties.Targets).toEqual([
      {
        Id: 'Target0',
        Arn: {
          'Fn::Join': [
            '',
            [
              'arn:',
              { Ref: 'AWS::Partition' },
              ':logs:',
              { Ref: 'AWS::Region' },
              ':',
              { Ref: 'AWS::AccountId' },
              ':log-group:',
              name,
            ],
          ],
        },
      },
    ]);
  });

  test('is written to by its rules alone', () => {
    const stack = newStack();
    const { history } = modelIn(stack);
    const rule = history.record('Executions', { source: ['aws.sagemaker'], detail: { pipelineArn: ['arn'] } });
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::Logs::ResourcePolicy')) as {
      Properties: { PolicyDocument: { 'Fn::Join': [string, unknown[]] } };
    }[];
    const parts = policy?.Properties.PolicyDocument['Fn::Join'][1] ?? [];
    const text = parts
      .map(part => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'")))
      .join('');
    const [changes] = Object.keys(
      Template.fromStack(stack).findResources('AWS::Events::Rule', {
        Properties: { EventPattern: { source: ['approved-model'] } },
      }),
    );
    const arnOf = (id: unknown) => JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] }).replaceAll('"', "'");
    const log = arnOf((stack.resolve(history.logGroup.logGroupName) as { Ref: string }).Ref);
    const other = (stack.resolve(rule.ruleArn) as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
    const common = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Resource: log };
    expect((JSON.parse(text) as { Statement: unknown }).Statement).toEqual([
      { Action: 'logs:CreateLogStream', ...common },
      ...[changes, other].map(id => ({
        Action: 'logs:PutLogEvents',
        Condition: { ArnEquals: { 'aws:SourceArn': arnOf(id) } },
        ...common,
      })),
    ]);
  });

  test('is kept for two years, and when the stack is deleted', () => {
    const stack = newStack();
    modelIn(stack);
    Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 731 },
      DeletionPolicy: 'Retain',
    });
  });

  test('historyRetention and removalPolicy', () => {
    const stack = newStack();
    modelIn(stack, { historyRetention: logs.RetentionDays.TEN_YEARS, removalPolicy: RemovalPolicy.DESTROY });
    Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 3653 },
      DeletionPolicy: 'Delete',
    });
  });

  test('gets other events too, which a rule of its own matches', () => {
    const stack = newStack();
    modelIn(stack).history.record('Executions', { source: ['other'] });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['other'] },
      Targets: [{ Id: 'Target0', Arn: Match.anyValue() }],
    });
  });
});
