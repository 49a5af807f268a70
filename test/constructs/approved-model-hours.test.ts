import { App, CfnCondition, CfnOutput, Stack, TimeZone } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct } from 'constructs';
import { ApprovedModel, ApprovedVersion, type WorkingHoursOptions } from '../../constructs/approved-model';
import { Account, FakeStack, PREFIX, ROLLBACK_REASON, serviceException, version } from '../support/deployment-account';
import { type Execution, TaskError } from '../support/state-machine';

const RUNNING = `${PREFIX}/running`;
const APPROVED = `${PREFIX}/model-package-arn`;

const updatesIn = ({ calls }: Execution) =>
  calls.filter(({ action }) => action === 'cloudformation:updateStack').map(call => call.arguments.StackName);

/** An account whose version 1 is approved; running, or stopped. */
function accountWith(state: 'running' | 'stopped'): Account {
  const account = new Account(1);
  if (state === 'stopped') {
    account.parameters[RUNNING] = 'false';
    account.stacks.Serving = new FakeStack({ deployed: 'none' });
    account.stacks.Monitoring = new FakeStack({ deployed: 'none' });
  }
  return account;
}

describe('stop', () => {
  test('empties Monitoring, then Serving, and leaves the approved version as it is', async () => {
    const account = accountWith('running');
    const before = { ...account.approved };
    const execution = await account.start({ running: 'false' });
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        parameterPrefix: PREFIX,
        version: version(1),
        running: 'false',
        stacks: [
          { stack: 'Monitoring', outcome: 'updated' },
          { stack: 'Serving', outcome: 'updated' },
        ],
      },
    });
    expect(updatesIn(execution)).toEqual(['Monitoring', 'Serving']);
    expect(account.approved).toEqual(before);
    expect(account.written).toEqual([RUNNING]);
    expect(account.parameters[RUNNING]).toBe('false');
    expect(account.stacks).toMatchObject({ Serving: { deployed: 'none' }, Monitoring: { deployed: 'none' } });
  });

  test('looks at the version of the event nowhere, for there is none', async () => {
    const { calls } = await accountWith('running').start({ running: 'false' });
    expect(calls.filter(({ action }) => action.startsWith('sagemaker:'))).toEqual([]);
    expect(calls[1]).toMatchObject({ action: 'ssm:getParameters', arguments: { Names: [RUNNING, APPROVED] } });
  });

  test('of what is stopped changes nothing', async () => {
    expect(await accountWith('stopped').start({ running: 'false' })).toMatchObject({
      status: 'SUCCEEDED',
      output: { stacks: [{ outcome: 'unchanged' }, { outcome: 'unchanged' }] },
    });
  });

  test('waits for an update by someone else, also for one that begins between look and update', async () => {
    const account = accountWith('running');
    const busy = ['UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'];
    account.stacks.Monitoring = new FakeStack({ deployed: version(1), next: [...busy] });
    let raced = false;
    account.beforeCall = ({ action, arguments: { StackName } }) => {
      if (action === 'cloudformation:updateStack' && StackName === 'Serving' && !raced) {
        raced = true;
        Object.assign(account.stacks.Serving ?? {}, { status: 'UPDATE_IN_PROGRESS', next: [...busy] });
      }
    };
    const execution = await account.start({ running: 'false' });
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.path.filter(state => state === 'UpdateRefused')).toHaveLength(1);
    expect(account.stacks).toMatchObject({ Serving: { deployed: 'none' }, Monitoring: { deployed: 'none' } });
  });

  test('waits for its turn after an approval that is being deployed', async () => {
    const account = accountWith('running');
    account.earlierExecutions = [1, 1];
    const { path, status } = await account.start({ running: 'false' });
    expect(status).toBe('SUCCEEDED');
    expect(path.filter(state => state === 'PauseInQueue')).toHaveLength(2);
    expect(path.indexOf('ReadRunning')).toBeGreaterThan(path.lastIndexOf('PauseInQueue'));
  });

  test('goes on with Serving when Monitoring fails, and reports it', async () => {
    const account = accountWith('running');
    account.stacks.Monitoring = new FakeStack({ deployed: version(1), outcome: 'rollback' });
    expect(await account.start({ running: 'false' })).toMatchObject({ status: 'FAILED', cause: ROLLBACK_REASON });
    expect(account.stacks.Serving?.deployed).toBe('none');
    expect(account.parameters[RUNNING]).toBe('false');
    expect(account.message()).toMatchObject({ running: 'false', stack: 'Monitoring', previousValuesRestored: false });
  });

  test('that fails in Serving says that the model still runs', async () => {
    const account = accountWith('running');
    account.stacks.Serving = new FakeStack({ deployed: version(1), outcome: 'rollback' });
    expect(await account.start({ running: 'false' })).toMatchObject({ status: 'FAILED' });
    expect(account.parameters[RUNNING]).toBe('true');
    expect(account.message()).toMatchObject({ running: 'false', stack: 'Serving', previousValuesRestored: true });
  });
});

describe('start', () => {
  test('brings the approved version back, Monitoring after Serving', async () => {
    const account = accountWith('stopped');
    const execution = await account.start({ running: 'true' });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { running: 'true', version: version(1) } });
    expect(updatesIn(execution)).toEqual(['Serving', 'Monitoring']);
    expect(account.parameters[RUNNING]).toBe('true');
    expect(account.stacks).toMatchObject({ Serving: { deployed: version(1) }, Monitoring: { deployed: version(1) } });
  });

  test.each(['true', 'false'])(
    'and stop in an account without a version change no stack (running %s)',
    async running => {
      const account = new Account();
      Object.assign(account.stacks, {
        Serving: new FakeStack({ deployed: 'none' }),
        Monitoring: new FakeStack({ deployed: 'none' }),
      });
      expect(await account.start({ running })).toMatchObject({
        status: 'SUCCEEDED',
        output: { version: 'none', stacks: [{ outcome: 'unchanged' }, { outcome: 'unchanged' }] },
      });
      expect(account.parameters[RUNNING]).toBe(running);
    },
  );

  test('and stop are harmless before the stacks are deployed', async () => {
    const account = new Account();
    delete account.stacks.Serving;
    delete account.stacks.Monitoring;
    expect(await account.start({ running: 'true' })).toMatchObject({
      output: { stacks: [{ outcome: 'not deployed' }, { outcome: 'not deployed' }] },
    });
  });

  test('that fails in Serving leaves the model stopped, and can be repeated', async () => {
    const account = accountWith('stopped');
    account.stacks.Serving = new FakeStack({ deployed: 'none', outcome: 'rollback' });
    const failed = await account.start({ running: 'true' });
    expect(failed).toMatchObject({ status: 'FAILED', cause: ROLLBACK_REASON });
    expect(updatesIn(failed)).toEqual(['Serving']);
    expect(account.parameters[RUNNING]).toBe('false');
    expect(account.message()).toMatchObject({ running: 'true', version: version(1), previousValuesRestored: true });
    account.stacks.Serving.outcome = 'complete';
    expect(await account.start({ running: 'true' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.stacks.Monitoring?.deployed).toBe(version(1));
  });

  test('takes true and false as they are in JSON, too', async () => {
    const account = accountWith('stopped');
    expect(await account.start({ running: true })).toMatchObject({ status: 'SUCCEEDED', output: { running: 'true' } });
    expect(await account.start({ running: false })).toMatchObject({ output: { running: 'false' } });
    expect(account.parameters[RUNNING]).toBe('false');
  });

  test('fails for anything else, and touches nothing', async () => {
    const account = accountWith('stopped');
    const execution = await account.start({ running: 'on' });
    expect(execution).toMatchObject({ status: 'FAILED', cause: 'running must be true or false, got: on' });
    expect(account.written).toEqual([]);
    expect(updatesIn(execution)).toEqual([]);
    expect(account.published).toHaveLength(1);
  });

  test('mends a parameter that someone has deleted', async () => {
    const account = accountWith('running');
    account.beforeCall = ({ action }) => {
      if (action === 'ssm:getParameters') Reflect.deleteProperty(account.parameters, RUNNING);
    };
    expect(await account.start({ running: 'true' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.parameters[RUNNING]).toBe('true');
  });

  test('sits throttling out', async () => {
    const account = accountWith('stopped');
    const action = 'ssm:getParameters';
    account.fail(action, 3, new TaskError(serviceException(action), 'Rate exceeded (Service: X)'));
    expect(await account.start({ running: 'true' })).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('while the model is stopped', () => {
  test('an approval changes the parameters only, and the next start deploys what was approved', async () => {
    const account = accountWith('stopped');
    account.versions[2] = { approval: 'Approved' };
    expect(await account.event(2)).toMatchObject({
      status: 'SUCCEEDED',
      output: { version: version(2), stacks: [{ outcome: 'unchanged' }, { outcome: 'unchanged' }] },
    });
    expect(account.parameters).toMatchObject({ [APPROVED]: version(2), [RUNNING]: 'false' });
    expect(account.stacks.Serving?.deployed).toBe('none');
    await account.start({ running: 'true' });
    expect(account.stacks).toMatchObject({ Serving: { deployed: version(2) }, Monitoring: { deployed: version(2) } });
  });

  test('a rejection takes the version out of the next start', async () => {
    const account = accountWith('stopped');
    account.versions[1] = { approval: 'Rejected' };
    expect(await account.event(1)).toMatchObject({ status: 'SUCCEEDED', output: { version: 'none' } });
    await account.start({ running: 'true' });
    expect(account.stacks.Serving?.deployed).toBe('none');
  });

  test('an approval says nothing of running, which belongs to starts and stops', async () => {
    const account = accountWith('running');
    account.versions[2] = { approval: 'Approved' };
    const { output } = await account.event(2);
    expect(output).not.toHaveProperty('running');
    expect(account.written).not.toContain(RUNNING);
  });
});

describe('ApprovedVersion.whenRunning', () => {
  const partsOf = (build: (approved: ApprovedVersion, part: Construct, stack: Stack) => void) => {
    const stack = new Stack(new App(), 'Serving');
    const approved = new ApprovedVersion(stack, 'Approved', { parameterPrefix: PREFIX });
    const part = new Construct(stack, 'Part');
    build(approved, part, stack);
    const json = Template.fromStack(stack).toJSON() as Record<string, Record<string, Record<string, unknown>>>;
    const conditions = json.Conditions ?? {};
    const atoms = (name: string): string[] => {
      const { 'Fn::And': and } = conditions[name] as { 'Fn::And'?: { Condition: string }[] };
      return and ? and.flatMap(({ Condition }) => atoms(Condition)) : [name.slice(0, -8)];
    };
    const [resource] = Object.values(json.Resources ?? {});
    return { json, atoms: [...new Set(atoms(resource?.Condition as string))].sort() };
  };

  test('asks for an approved version and for the parameter that is written by starts and stops', () => {
    const { json, atoms } = partsOf((approved, part) => {
      approved.whenRunning(part);
      new s3.Bucket(part, 'Bucket');
      new CfnOutput(part, 'Output', { value: 'x' });
    });
    expect(atoms).toEqual(['ApprovedIsApproved', 'ApprovedIsRunning']);
    expect(json.Parameters).toMatchObject({
      ApprovedRunning270064E0: { Type: 'AWS::SSM::Parameter::Value<String>', Default: RUNNING },
    });
    const [, isRunning] =
      Object.entries(json.Conditions ?? {}).find(([id]) => id.startsWith('ApprovedIsRunning')) ?? [];
    expect(isRunning).toEqual({ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'ApprovedRunning270064E0' }, 'false'] }] });
    expect(Object.values(json.Outputs ?? {})[0]).toHaveProperty('Condition');
  });

  test('asks for baselines too', () => {
    const { atoms } = partsOf((approved, part) => {
      approved.whenRunning(part, 'biasConfiguration');
      new s3.Bucket(part, 'Bucket');
    });
    expect(atoms).toEqual(['ApprovedHasBiasConfiguration', 'ApprovedIsApproved', 'ApprovedIsRunning']);
  });

  test('reads the parameter once, and only in a stack that asks', () => {
    const twice = partsOf((approved, part) => {
      approved.whenRunning(part);
      approved.whenRunning(part);
      new s3.Bucket(part, 'Bucket');
    });
    expect(Object.keys(twice.json.Conditions ?? {})).toHaveLength(3);
    const never = partsOf((approved, part) => {
      approved.whenApproved(part);
      new s3.Bucket(part, 'Bucket');
    });
    expect(JSON.stringify(never.json)).not.toContain(RUNNING);
  });

  test('isRunning is a condition for other uses', () => {
    const { json } = partsOf((approved, part) => {
      const bucket = new s3.CfnBucket(part, 'Bucket');
      bucket.cfnOptions.condition = approved.isRunning;
      expect(approved.isRunning).toBeInstanceOf(CfnCondition);
    });
    expect(Object.values(json.Resources ?? {})[0]?.Condition).toMatch(/^ApprovedIsRunning/);
  });

  test('fails for a construct of another stack', () => {
    const stack = new Stack(new App(), 'Serving');
    const approved = new ApprovedVersion(stack, 'Approved', { parameterPrefix: PREFIX });
    const other = new Construct(new Stack(new App(), 'Other'), 'Part');
    expect(() => {
      approved.whenRunning(other);
    }).toThrow(new Error("Serving/Approved: 'construct' must be in the same stack (Serving), got: Other/Part"));
  });
});

describe('ApprovedModel.addWorkingHours', () => {
  const valid: WorkingHoursOptions = { start: '08:00', stop: '18:30' };
  const modelIn = (stack: Stack) =>
    new ApprovedModel(stack, 'Approved', {
      modelPackageGroup: new sagemaker.CfnModelPackageGroup(stack, 'Group', { modelPackageGroupName: 'credit-risk' }),
      parameterPrefix: PREFIX,
      stackNames: ['Serving', 'Monitoring'],
    });
  const templateWith = (overrides: Partial<WorkingHoursOptions> = {}) => {
    const stack = new Stack(new App(), 'Build');
    modelIn(stack).addWorkingHours('Hours', { ...valid, ...overrides });
    return Template.fromStack(stack);
  };

  test('starts and stops every day, in UTC, within half an hour or not at all', () => {
    const template = templateWith();
    const arn = { Ref: Match.stringLikeRegexp('^ApprovedWorkflow') };
    template.resourceCountIs('AWS::Scheduler::Schedule', 2);
    for (const [running, ScheduleExpression, Description] of [
      ['true', 'cron(0 8 ? * * *)', 'Starts the approved model'],
      ['false', 'cron(30 18 ? * * *)', 'Stops the approved model'],
    ]) {
      template.hasResourceProperties('AWS::Scheduler::Schedule', {
        ScheduleExpression,
        ScheduleExpressionTimezone: 'Etc/UTC',
        Description,
        State: 'ENABLED',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: arn,
          Input: `{"running":"${running ?? ''}","reason":"working hours","actor":"schedule"}`,
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ApprovedHoursDeadLetters'), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 1800, MaximumRetryAttempts: 185 },
        },
      });
    }
  });

  test('days and timeZone', () => {
    templateWith({ days: 'MON-FRI', timeZone: TimeZone.EUROPE_BERLIN }).hasResourceProperties(
      'AWS::Scheduler::Schedule',
      { ScheduleExpression: 'cron(30 18 ? * MON-FRI *)', ScheduleExpressionTimezone: 'Europe/Berlin' },
    );
  });

  test('enabled switches both off', () => {
    templateWith({ enabled: false }).allResourcesProperties('AWS::Scheduler::Schedule', { State: 'DISABLED' });
  });

  test('the input of each schedule is one that the workflow takes', async () => {
    const schedules = Object.values(templateWith().findResources('AWS::Scheduler::Schedule'));
    const inputs = schedules.map(({ Properties }) => (Properties as { Target: { Input: string } }).Target.Input);
    const account = accountWith('running');
    for (const input of [...inputs].sort()) {
      const { status } = await account.start(JSON.parse(input) as object);
      expect(status).toBe('SUCCEEDED');
    }
    expect(inputs).toHaveLength(2);
  });

  test('the role may start this workflow and send dead letters, for schedules of this account', () => {
    const template = templateWith();
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Action: 'states:StartExecution',
            Effect: 'Allow',
            Resource: { Ref: Match.stringLikeRegexp('^ApprovedWorkflow') },
          },
          {
            Action: 'sqs:SendMessage',
            Effect: 'Allow',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ApprovedHoursDeadLetters'), 'Arn'] },
          },
        ],
      },
      Roles: [{ Ref: Match.stringLikeRegexp('^ApprovedHoursRole') }],
    });
    template.hasResourceProperties('AWS::IAM::Role', {
      Description: 'Starts and stops the approved model',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': { 'Fn::Join': ['', Match.arrayWith([':schedule-group/default'])] },
              },
            },
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
          },
        ],
      },
    });
  });

  test('types refuse what is no day and no time', () => {
    // @ts-expect-error not a day of the week
    const days: WorkingHoursOptions['days'] = 'MONDAY';
    // @ts-expect-error not a time of day
    const start: WorkingHoursOptions['start'] = '8 am';
    expect([days, start]).toHaveLength(2);
  });

  test.each<[Partial<Record<keyof WorkingHoursOptions, unknown>>, string]>([
    [{ days: 'MON,TUE' }, "'days' must be a day such as MON or days such as MON-FRI, got: MON,TUE"],
    [{ start: '8:00' }, "'start' must be a time from 00:00 to 23:59, got: 8:00"],
    [{ stop: '24:00' }, "'stop' must be a time from 00:00 to 23:59, got: 24:00"],
    [{ stop: '08:59' }, "'stop' must be at least an hour after 'start' (08:00) on the same day, got: 08:59"],
    [{ stop: '06:00' }, "'stop' must be at least an hour after 'start' (08:00) on the same day, got: 06:00"],
    [
      { timeZone: TimeZone.of('Europe/Atlantis') },
      "'timeZone' must be a time zone of the IANA data base such as Europe/Berlin, got: Europe/Atlantis",
    ],
  ])('fails for %j', (overrides, message) => {
    const stack = new Stack(new App(), 'Build');
    const model = modelIn(stack);
    expect(() => model.addWorkingHours('Hours', { ...valid, ...overrides } as WorkingHoursOptions)).toThrow(
      new Error(`Build/Approved/Hours: ${message}`),
    );
    expect(model.node.tryFindChild('Hours')).toBeUndefined();
  });

  test('has no unacknowledged finding of AwsSolutions', () => {
    const app = new App();
    modelIn(new Stack(app, 'Build')).addWorkingHours('Hours', valid);
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });
});
