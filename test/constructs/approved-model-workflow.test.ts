import aslValidator from 'asl-validator';
import {
  Account,
  BASELINES,
  EXECUTION,
  FakeStack,
  MACHINE,
  PREFIX,
  ROLLBACK_REASON,
  TOPIC,
  definition,
  serviceException,
  version,
} from '../support/deployment-account';
import { TaskError } from '../support/state-machine';

describe('definition', () => {
  test('is Amazon States Language in a form that the validator accepts', () => {
    const { isValid, errorsText } = aslValidator(structuredClone(definition));
    expect({ isValid, errors: errorsText('\n') }).toEqual({ isValid: true, errors: '' });
  });

  test('has a time limit above the sum of its own', () => {
    expect(definition).toMatchObject({ TimeoutSeconds: (12 + 3 * 2 + 1) * 3600 });
  });
});

describe('on approval', () => {
  test('the first approved version is written to the parameters and deployed, Monitoring after Serving', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved', baselines: BASELINES };
    const execution = await account.event(1);
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        parameterPrefix: PREFIX,
        version: version(1),
        stacks: [
          { stack: 'Serving', outcome: 'updated' },
          { stack: 'Monitoring', outcome: 'updated' },
        ],
      },
    });
    expect(account.parameters).toEqual({
      [`${PREFIX}/model-package-arn`]: version(1),
      [`${PREFIX}/data-quality-statistics`]: 's3://bucket/data/statistics.json',
      [`${PREFIX}/data-quality-constraints`]: 's3://bucket/data/constraints.json',
      [`${PREFIX}/model-quality-statistics`]: 'none',
      [`${PREFIX}/model-quality-constraints`]: 'none',
      [`${PREFIX}/bias-configuration`]: 's3://bucket/bias/analysis_config.json',
      [`${PREFIX}/bias-pre-training-constraints`]: 'none',
      [`${PREFIX}/bias-post-training-constraints`]: 'none',
      [`${PREFIX}/explainability-configuration`]: 'none',
      [`${PREFIX}/explainability-constraints`]: 's3://bucket/shap/constraints.json',
      [`${PREFIX}/running`]: 'true',
    });
    expect(account.stacks).toMatchObject({
      Serving: { deployed: version(1) },
      Monitoring: { deployed: version(1) },
    });
    const servingDone = execution.calls.findLastIndex(call => call.arguments.StackName === 'Serving');
    const monitoringStarts = execution.calls.findIndex(call => call.arguments.StackName === 'Monitoring');
    expect(servingDone).toBeLessThan(monitoringStarts);
    expect(account.published).toEqual([]);
  });

  test('UpdateStack keeps the template, all parameters and the capabilities, and names no role', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved' };
    const { calls } = await account.event(1);
    expect(calls.find(({ action }) => action === 'cloudformation:updateStack')?.arguments).toEqual({
      StackName: 'Serving',
      UsePreviousTemplate: true,
      Parameters: [
        { ParameterKey: 'ApprovedModelPackageArn', UsePreviousValue: true },
        { ParameterKey: 'BootstrapVersion', UsePreviousValue: true },
      ],
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    });
    const monitoring = calls.findLast(({ action }) => action === 'cloudformation:updateStack')?.arguments;
    expect(monitoring).toMatchObject({ StackName: 'Monitoring', Parameters: [], Capabilities: [] });
  });

  test('a version without drift check baselines leaves them at none', async () => {
    const account = new Account(2);
    account.versions[1] = { approval: 'Approved' };
    account.parameters[`${PREFIX}/data-quality-statistics`] = 's3://bucket/old.json';
    await account.event(1);
    const { [`${PREFIX}/model-package-arn`]: arn, ...baselines } = account.approved;
    expect(arn).toBe(version(1));
    expect(new Set(Object.values(baselines))).toEqual(new Set(['none']));
  });

  test('an older version is deployed too: that is the way back', async () => {
    const account = new Account(2);
    account.versions[1] = { approval: 'Approved' };
    await account.event(1);
    expect(account.stacks).toMatchObject({ Serving: { deployed: version(1) }, Monitoring: { deployed: version(1) } });
  });

  test('the version is as it is when its turn comes, not as the event says', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'PendingManualApproval' };
    expect(await account.event(2)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'nothing to do' } });
    expect(account.stacks.Serving?.deployed).toBe(version(1));
  });

  test('a version that is still being made is waited for', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved', status: ['Pending', 'InProgress', 'Completed'] };
    expect(await account.event(1)).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.stacks.Serving?.deployed).toBe(version(1));
  });

  test('a version that was made in vain is not deployed', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved', status: ['InProgress', 'Failed'] };
    expect(await account.event(1)).toMatchObject({ output: { outcome: 'nothing to do' } });
  });

  test.each([
    ['a changed description of an approved version is no approval', ['ModelPackageDescription'], 2],
    ['a changed approval is one, whatever changed with it', ['ModelApprovalStatus', 'ModelLifeCycle'], 1],
    ['an event that does not say what changed may be one', undefined, 1],
    ['an event with an empty list of changes may be one', [], 1],
  ])('%s', async (_, UpdatedModelPackageFields, deployed) => {
    const account = new Account(2);
    account.versions[1] = { approval: 'Approved' };
    await account.event(1, UpdatedModelPackageFields && { UpdatedModelPackageFields });
    expect(account.stacks.Serving?.deployed).toBe(version(deployed));
  });
});

describe('on rejection', () => {
  test('the newest version that is still approved takes the place of the deployed one', async () => {
    const account = new Account(4);
    account.versions[1] = { approval: 'Approved' };
    account.versions[2] = { approval: 'Approved', baselines: BASELINES };
    account.versions[3] = { approval: 'Rejected' };
    account.versions[4] = { approval: 'Rejected' };
    expect(await account.event(4)).toMatchObject({ status: 'SUCCEEDED', output: { version: version(2) } });
    expect(account.stacks).toMatchObject({ Serving: { deployed: version(2) }, Monitoring: { deployed: version(2) } });
    expect(account.parameters[`${PREFIX}/data-quality-statistics`]).toBe('s3://bucket/data/statistics.json');
  });

  test.each(['Rejected', 'PendingManualApproval', undefined] as const)(
    'with no approved version left, nothing is deployed (approval is now %s)',
    async approval => {
      const account = new Account(1);
      if (approval) {
        account.versions[1] = { approval };
      } else {
        delete account.versions[1];
      }
      expect(await account.event(1)).toMatchObject({ status: 'SUCCEEDED', output: { version: 'none' } });
      expect(new Set(Object.values(account.approved))).toEqual(new Set(['none']));
      expect(account.stacks).toMatchObject({ Serving: { deployed: 'none' }, Monitoring: { deployed: 'none' } });
    },
  );

  test('of a version that is not deployed, nothing happens', async () => {
    const account = new Account(2);
    account.versions[1] = { approval: 'Rejected' };
    const { calls, output } = await account.event(1);
    expect(output).toEqual({ version: version(1), outcome: 'nothing to do' });
    expect(calls.map(({ action }) => action)).toEqual([
      'sfn:listExecutions',
      'sagemaker:describeModelPackage',
      'ssm:getParameters',
    ]);
  });

  test('a list that is behind does not bring the rejected version back', async () => {
    const account = new Account(3);
    account.versions[1] = { approval: 'Approved' };
    account.versions[3] = { approval: 'Rejected' };
    account.stillListed = [3];
    const { output, calls } = await account.event(3);
    expect(output).toMatchObject({ version: version(1) });
    expect(calls.filter(({ action }) => action === 'sagemaker:listModelPackages')).toHaveLength(1);
  });

  test('a version that is rejected while it is being chosen is passed over', async () => {
    const account = new Account(3);
    account.versions[1] = { approval: 'Approved' };
    account.versions[2] = { approval: 'Approved' };
    account.versions[3] = { approval: 'Rejected' };
    account.beforeCall = ({ action, arguments: { ModelPackageName } }) => {
      if (action === 'sagemaker:describeModelPackage' && ModelPackageName === version(2)) {
        account.versions[2] = { approval: 'Rejected' };
      }
    };
    expect(await account.event(3)).toMatchObject({ output: { version: version(1) } });
  });
});

describe('when others are at work', () => {
  test('executions take their turn in the order of their start', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved' };
    account.earlierExecutions = [2, 1, 1];
    const { path, calls } = await account.event(1);
    expect(path.filter(state => state === 'PauseInQueue')).toHaveLength(3);
    expect(calls[0]?.arguments).toEqual({ StateMachineArn: MACHINE, StatusFilter: 'RUNNING', MaxResults: 1000 });
    expect(account.stacks.Serving?.deployed).toBe(version(1));
  });

  test('an execution that is not listed yet waits until it is', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved' };
    account.unlistedFor = 2;
    const { path } = await account.event(1);
    expect(path.filter(state => state === 'PauseInQueue')).toHaveLength(2);
  });

  test('an execution that never gets its turn is reported, and nothing is touched', async () => {
    const account = new Account(1);
    account.earlierExecutions = Array.from({ length: 2000 }, () => 1);
    const { status, cause, seconds } = await account.event(1);
    expect({ status, cause }).toEqual({ status: 'FAILED', cause: 'earlier executions did not finish in time' });
    expect(seconds).toBeGreaterThanOrEqual(12 * 3600);
    expect(account.written).toEqual([]);
    expect(account.message()).toMatchObject({ reason: cause, previousValuesRestored: false });
  }, 30_000);

  test('a stack that is being deployed is waited for, with longer and longer pauses', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved' };
    account.stacks.Serving = new FakeStack({
      next: [...Array<string>(6).fill('UPDATE_IN_PROGRESS'), 'UPDATE_COMPLETE'],
    });
    const { status, calls } = await account.event(1);
    expect(status).toBe('SUCCEEDED');
    const looks = calls.filter(({ action }) => action === 'cloudformation:describeStacks').slice(0, 7);
    expect(looks.map(({ seconds }) => seconds - (looks[0]?.seconds ?? 0))).toEqual([0, 15, 45, 105, 165, 225, 285]);
    expect(account.stacks.Serving.deployed).toBe(version(1));
  });

  test('a deployment that starts between the look and the update is waited for', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved' };
    const serving = (account.stacks.Serving = new FakeStack());
    let raced = false;
    account.beforeCall = ({ action }) => {
      if (action === 'cloudformation:updateStack' && !raced) {
        raced = true;
        serving.status = 'UPDATE_IN_PROGRESS';
        serving.next = ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'];
      }
    };
    expect(await account.event(1)).toMatchObject({ status: 'SUCCEEDED' });
    expect(serving.deployed).toBe(version(1));
    expect(serving.updates).toBe(1);
  });

  test('a stack that never becomes free is given up after the time limit, and the previous version restored', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved' };
    account.stacks.Serving = new FakeStack({ status: 'UPDATE_IN_PROGRESS' });
    const { status, cause, seconds } = await account.event(2);
    expect({ status, cause }).toEqual({ status: 'FAILED', cause: 'the stack did not finish in time' });
    expect(seconds).toBeGreaterThanOrEqual(2 * 3600);
    expect(seconds).toBeLessThan(2.1 * 3600);
    expect(account.parameters[`${PREFIX}/model-package-arn`]).toBe(version(1));
  }, 30_000);

  test('nothing to update counts as done', async () => {
    const account = new Account(1);
    const execution = await account.event(1);
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        stacks: [
          { stack: 'Serving', outcome: 'unchanged' },
          { stack: 'Monitoring', outcome: 'unchanged' },
        ],
      },
    });
    expect(account.published).toEqual([]);
  });

  test.each([
    'sagemaker:describeModelPackage',
    'ssm:getParameters',
    'ssm:putParameter',
    'cloudformation:describeStacks',
    'cloudformation:updateStack',
    'sfn:listExecutions',
  ])('throttling of %s is sat out', async action => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved' };
    account.fail(action, 3, new TaskError(serviceException(action), 'Rate exceeded (Service: X, Status Code: 400)'));
    expect(await account.event(1)).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.stacks.Monitoring?.deployed).toBe(version(1));
  });

  test.each(['REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', undefined])(
    'a stack that is not deployed is passed over (status %s): it reads the parameters when it is',
    async status => {
      const account = new Account();
      account.versions[1] = { approval: 'Approved' };
      delete account.stacks.Serving;
      if (status) {
        account.stacks.Serving = new FakeStack({ status });
      }
      delete account.stacks.Monitoring;
      expect(await account.event(1)).toMatchObject({
        status: 'SUCCEEDED',
        output: {
          stacks: [
            { stack: 'Serving', outcome: 'not deployed' },
            { stack: 'Monitoring', outcome: 'not deployed' },
          ],
        },
      });
      expect(account.parameters[`${PREFIX}/model-package-arn`]).toBe(version(1));
      expect(account.published).toEqual([]);
    },
  );
});

describe('on failure', () => {
  test('when Serving rolls back, the previous values are restored and the reason is reported', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved', baselines: BASELINES };
    account.stacks.Serving = new FakeStack({ deployed: version(1), outcome: 'rollback' });
    const before = { ...account.parameters };
    const execution = await account.event(2);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'DeploymentFailed', cause: ROLLBACK_REASON });
    expect(account.parameters).toEqual(before);
    expect(account.stacks.Monitoring?.updates).toBe(0);
    expect(account.published).toEqual([
      { TopicArn: TOPIC, Subject: 'Deployment failed: /credit-risk/approved', Message: expect.any(String) as string },
    ]);
    expect(account.message()).toEqual({
      parameterPrefix: PREFIX,
      version: version(2),
      stacks: [],
      previousValuesRestored: true,
      execution: EXECUTION,
      stack: 'Serving',
      status: 'UPDATE_ROLLBACK_COMPLETE',
      reason: ROLLBACK_REASON,
    });
  });

  test('when the very first version fails, the parameters are none again', async () => {
    const account = new Account();
    account.versions[1] = { approval: 'Approved', baselines: BASELINES };
    account.stacks.Serving = new FakeStack({ outcome: 'rollback' });
    expect(await account.event(1)).toMatchObject({ status: 'FAILED' });
    expect(new Set(Object.values(account.approved))).toEqual(new Set(['none']));
  });

  test('when Monitoring fails, the version stays, for Serving has it', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved' };
    account.stacks.Monitoring = new FakeStack({ deployed: version(1), outcome: 'rollback' });
    expect(await account.event(2)).toMatchObject({ status: 'FAILED' });
    expect(account.parameters[`${PREFIX}/model-package-arn`]).toBe(version(2));
    expect(account.message()).toMatchObject({
      stacks: [{ stack: 'Serving', outcome: 'updated' }],
      stack: 'Monitoring',
      status: 'UPDATE_ROLLBACK_COMPLETE',
      previousValuesRestored: false,
    });
  });

  test('a stack in a state that cannot be updated is reported with it', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved' };
    account.stacks.Serving = new FakeStack({ status: 'UPDATE_ROLLBACK_FAILED', deployed: version(1) });
    await account.event(2);
    expect(account.message()).toMatchObject({
      stack: 'Serving',
      status: 'UPDATE_ROLLBACK_FAILED',
      reason: 'see the events of the stack',
      previousValuesRestored: true,
    });
  });

  test.each([
    ['sagemaker:describeModelPackage', false, 1],
    ['ssm:getParameters', false, 1],
    ['cloudformation:describeStacks', true, 1],
    ['cloudformation:updateStack', true, 1],
  ])('when %s is denied, that is reported (restored: %s)', async (action, previousValuesRestored, current) => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved' };
    account.fail(
      action,
      Infinity,
      new TaskError(serviceException(action), `User: role is not authorized to perform: ${action}`),
    );
    expect(await account.event(2)).toMatchObject({ status: 'FAILED' });
    expect(account.message()).toMatchObject({
      reason: `${serviceException(action)}: User: role is not authorized to perform: ${action}`,
      previousValuesRestored,
    });
    expect(account.parameters[`${PREFIX}/model-package-arn`]).toBe(version(current));
  });

  test('when a parameter cannot be written, those that were are put back', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved', baselines: BASELINES };
    const before = { ...account.parameters };
    let denied = 0;
    account.beforeCall = ({ action, arguments: { Name } }) => {
      if (action === 'ssm:putParameter' && Name === `${PREFIX}/bias-configuration` && denied++ < 5) {
        throw new TaskError('Ssm.TooManyUpdatesException', 'There are concurrent updates for a resource.');
      }
    };
    expect(await account.event(2)).toMatchObject({ status: 'FAILED' });
    expect(account.parameters).toEqual(before);
    expect(account.message()).toMatchObject({
      reason: 'Ssm.TooManyUpdatesException: There are concurrent updates for a resource.',
      previousValuesRestored: true,
    });
  });

  test('when they cannot be put back either, that is reported too', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved' };
    account.fail('ssm:putParameter', Infinity, new TaskError('Ssm.SsmException', 'not authorized'));
    expect(await account.event(2)).toMatchObject({ status: 'FAILED' });
    expect(account.message()).toMatchObject({
      reason: 'Ssm.SsmException: not authorized',
      restoreError: 'Ssm.SsmException: not authorized',
      previousValuesRestored: false,
    });
  });

  test('a topic that cannot be reached does not hide the reason', async () => {
    const account = new Account(1);
    account.versions[2] = { approval: 'Approved' };
    account.stacks.Serving = new FakeStack({ outcome: 'rollback' });
    account.fail('sns:publish', Infinity, new TaskError('Sns.AuthorizationErrorException', 'no'));
    expect(await account.event(2)).toMatchObject({ status: 'FAILED', cause: ROLLBACK_REASON });
  });
});
