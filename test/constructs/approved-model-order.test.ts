import {
  Account,
  FakeStack,
  PREFIX,
  ROLLBACK_REASON,
  definitionIn,
  serviceException,
  synthesize,
  version,
} from '../support/deployment-account';
import { type Execution, TaskError } from '../support/state-machine';

const DEPLOYED = `${PREFIX}/model-package-arn`;

const stacksIn = ({ calls }: Execution, action: string) =>
  calls.filter(call => call.action === `cloudformation:${action}`).map(call => call.arguments.StackName);
const updatesIn = (execution: Execution) => stacksIn(execution, 'updateStack');

/** An account whose only version was deployed and has been rejected. */
function rejected(monitoring: Partial<FakeStack> = {}, serving: Partial<FakeStack> = {}): Account {
  const account = new Account(1);
  account.versions[1] = { approval: 'Rejected' };
  account.stacks.Monitoring = new FakeStack({ deployed: version(1), ...monitoring });
  account.stacks.Serving = new FakeStack({ deployed: version(1), ...serving });
  return account;
}

describe('a version that is deployed goes through the stacks in their order', () => {
  test.each([
    ['the first one', undefined, 1],
    ['a newer one', 1, 2],
    ['an older one', 2, 1],
  ])('%s', async (_, deployed, approved) => {
    const account = new Account(deployed);
    account.versions[approved] = { approval: 'Approved' };
    expect(updatesIn(await account.event(approved))).toEqual(['Serving', 'Monitoring']);
  });

  test('one that takes the place of a rejected one', async () => {
    const account = new Account(2);
    account.versions[1] = { approval: 'Approved' };
    account.versions[2] = { approval: 'Rejected' };
    const execution = await account.event(2);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { version: version(1) } });
    expect(updatesIn(execution)).toEqual(['Serving', 'Monitoring']);
  });

  test('when one after Serving fails, the later ones are not updated', async () => {
    const account = new Account(1);
    account.definition = definitionIn(synthesize('Serving', 'Monitoring', 'Dashboard'));
    account.versions[2] = { approval: 'Approved' };
    account.stacks.Monitoring = new FakeStack({ outcome: 'rollback' });
    account.stacks.Dashboard = new FakeStack();
    const execution = await account.event(2);
    expect(execution.status).toBe('FAILED');
    expect(updatesIn(execution)).toEqual(['Serving', 'Monitoring']);
    expect(account.parameters[DEPLOYED]).toBe(version(2));
  });
});

describe('when no approved version is left, the stacks empty themselves in reverse order', () => {
  test('Monitoring has finished before Serving begins', async () => {
    const account = rejected();
    const execution = await account.event(1);
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        version: 'none',
        stacks: [
          { stack: 'Monitoring', outcome: 'updated' },
          { stack: 'Serving', outcome: 'updated' },
        ],
      },
    });
    expect(updatesIn(execution)).toEqual(['Monitoring', 'Serving']);
    const looks = stacksIn(execution, 'describeStacks');
    expect(looks.lastIndexOf('Monitoring')).toBeLessThan(looks.indexOf('Serving'));
    expect(account.published).toEqual([]);
  });

  test('Monitoring that someone else is deploying is waited for first', async () => {
    const account = rejected({ next: ['UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'] });
    const execution = await account.event(1);
    expect(execution.status).toBe('SUCCEEDED');
    expect(updatesIn(execution)).toEqual(['Monitoring', 'Serving']);
  });

  test.each([
    ['not deployed', { status: 'ROLLBACK_COMPLETE' }],
    ['unchanged', { deployed: 'none' }],
  ])('Monitoring that has nothing to do (%s) is no failure', async (outcome, monitoring) => {
    const account = rejected(monitoring);
    expect(await account.event(1)).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        stacks: [
          { stack: 'Monitoring', outcome },
          { stack: 'Serving', outcome: 'updated' },
        ],
      },
    });
    expect(account.published).toEqual([]);
  });

  test('Monitoring that fails is reported, and does not keep the rejected version in Serving', async () => {
    const account = rejected({ outcome: 'rollback' });
    expect(await account.event(1)).toMatchObject({ status: 'FAILED', cause: ROLLBACK_REASON });
    expect(account.stacks.Serving?.deployed).toBe('none');
    expect(new Set(Object.values(account.approved))).toEqual(new Set(['none']));
    expect(account.published).toHaveLength(1);
    const failure = { stack: 'Monitoring', status: 'UPDATE_ROLLBACK_COMPLETE', reason: ROLLBACK_REASON };
    expect(account.message()).toMatchObject({
      version: 'none',
      stacks: [
        { ...failure, outcome: 'failed' },
        { stack: 'Serving', outcome: 'updated' },
      ],
      ...failure,
      previousValuesRestored: false,
    });
  });

  test.each(['describeStacks', 'updateStack'])('so is Monitoring of which %s is denied', async name => {
    const action = `cloudformation:${name}`;
    const account = rejected();
    account.beforeCall = call => {
      if (call.action === action && call.arguments.StackName === 'Monitoring') {
        throw new TaskError(serviceException(action), 'not authorized');
      }
    };
    expect(await account.event(1)).toMatchObject({ status: 'FAILED' });
    expect(account.stacks.Serving?.deployed).toBe('none');
    const failure = { stack: 'Monitoring', reason: `${serviceException(action)}: not authorized` };
    expect(account.message()).toMatchObject({ ...failure, stacks: [{ ...failure, outcome: 'failed' }, {}] });
    expect(account.message()).not.toHaveProperty('status');
  });

  test('so is Monitoring that never becomes free, and Serving still has all its time', async () => {
    const account = rejected(
      { status: 'UPDATE_IN_PROGRESS' },
      { next: [...Array<string>(3).fill('UPDATE_IN_PROGRESS'), 'UPDATE_COMPLETE'] },
    );
    expect(await account.event(1)).toMatchObject({ status: 'FAILED', cause: 'the stack did not finish in time' });
    expect(account.stacks.Serving?.deployed).toBe('none');
    expect(account.message()).toMatchObject({ stack: 'Monitoring', status: 'UPDATE_IN_PROGRESS' });
  }, 30_000);

  test('a failure is still reported when Serving has nothing to do', async () => {
    const account = rejected({ outcome: 'rollback' }, { deployed: 'none' });
    await account.event(1);
    expect(account.message()).toMatchObject({
      stacks: [{ outcome: 'failed' }, { outcome: 'unchanged' }],
      stack: 'Monitoring',
      reason: ROLLBACK_REASON,
    });
  });

  test('of three stacks, each is tried, and the first failure heads the report', async () => {
    const account = rejected({ status: 'UPDATE_ROLLBACK_FAILED' });
    account.definition = definitionIn(synthesize('Serving', 'Monitoring', 'Dashboard'));
    account.stacks.Dashboard = new FakeStack({ deployed: version(1), outcome: 'rollback' });
    const execution = await account.event(1);
    expect(updatesIn(execution)).toEqual(['Dashboard', 'Serving']);
    expect(account.message()).toMatchObject({
      stacks: [
        { stack: 'Dashboard', outcome: 'failed', reason: ROLLBACK_REASON },
        { stack: 'Monitoring', outcome: 'failed', status: 'UPDATE_ROLLBACK_FAILED' },
        { stack: 'Serving', outcome: 'updated' },
      ],
      stack: 'Dashboard',
      status: 'UPDATE_ROLLBACK_COMPLETE',
    });
  });

  test('when Serving fails, it still has the version, so the previous values are restored', async () => {
    const account = rejected({}, { outcome: 'rollback' });
    account.parameters[`${PREFIX}/data-quality-statistics`] = 's3://bucket/data/statistics.json';
    const before = { ...account.parameters };
    expect(await account.event(1)).toMatchObject({ status: 'FAILED', cause: ROLLBACK_REASON });
    expect(account.parameters).toEqual(before);
    expect(account.message()).toMatchObject({
      version: 'none',
      stacks: [{ stack: 'Monitoring', outcome: 'updated' }],
      stack: 'Serving',
      previousValuesRestored: true,
    });
  });

  test('then the same rejection, sent again, finishes what was begun', async () => {
    const account = rejected({}, { outcome: 'rollback' });
    await account.event(1);
    account.stacks.Serving = new FakeStack({ status: 'UPDATE_ROLLBACK_COMPLETE', deployed: version(1) });
    expect(await account.event(1)).toMatchObject({
      status: 'SUCCEEDED',
      output: { stacks: [{ outcome: 'unchanged' }, { stack: 'Serving', outcome: 'updated' }] },
    });
    expect(account.stacks.Serving.deployed).toBe('none');
  });

  test('then an approval brings Monitoring back', async () => {
    const account = rejected({}, { outcome: 'rollback' });
    await account.event(1);
    account.versions[1] = { approval: 'Approved' };
    account.stacks.Serving = new FakeStack({ status: 'UPDATE_ROLLBACK_COMPLETE', deployed: version(1) });
    expect(await account.event(1)).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.stacks.Monitoring?.deployed).toBe(version(1));
  });

  test('when both fail, the report is about Serving and says why Monitoring failed', async () => {
    const account = rejected({ status: 'UPDATE_ROLLBACK_FAILED' }, { outcome: 'rollback' });
    await account.event(1);
    expect(account.parameters[DEPLOYED]).toBe(version(1));
    expect(account.published).toHaveLength(1);
    expect(account.message()).toMatchObject({
      stacks: [{ stack: 'Monitoring', outcome: 'failed', status: 'UPDATE_ROLLBACK_FAILED' }],
      stack: 'Serving',
      status: 'UPDATE_ROLLBACK_COMPLETE',
      reason: ROLLBACK_REASON,
      previousValuesRestored: true,
    });
  });

  test('when a parameter cannot be written, the others are put back and no stack is touched', async () => {
    const account = rejected();
    account.parameters[`${PREFIX}/data-quality-statistics`] = 's3://bucket/data/statistics.json';
    const before = { ...account.parameters };
    let denied = 0;
    account.beforeCall = ({ action, arguments: { Name } }) => {
      if (action === 'ssm:putParameter' && Name === `${PREFIX}/bias-configuration` && denied++ < 5) {
        throw new TaskError('Ssm.TooManyUpdatesException', 'There are concurrent updates for a resource.');
      }
    };
    const execution = await account.event(1);
    expect(account.parameters).toEqual(before);
    expect(stacksIn(execution, 'describeStacks')).toEqual([]);
    expect(account.message()).toMatchObject({ stacks: [], previousValuesRestored: true });
  });
});
