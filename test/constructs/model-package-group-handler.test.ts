import { DeleteModelPackageCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { onEvent } from '../../constructs/cleanup/handler';
import { isComplete } from '../../constructs/model-package-group/handler';
import { runInFramework } from '../support/provider-framework';
import { ServiceCalls, serviceError, type ServiceCall } from '../support/service-calls';

const GROUP = 'loans';
const arnOf = (version: number) => `arn:aws:sagemaker:eu-west-1:111122223333:model-package/${GROUP}/${version}`;

/** A group that behaves: what is deleted stays in the list for a step, and lists come in pages. */
class Registry {
  public status = 'DELETE_IN_PROGRESS';
  public readonly versions = new Map<string, string>();

  constructor(count: number) {
    for (let version = 1; version <= count; version++) {
      this.versions.set(arnOf(version), 'Completed');
    }
  }

  /** Lets what is being deleted go. */
  public tick(): void {
    [...this.versions].filter(([, status]) => status === 'Deleting').forEach(([arn]) => this.versions.delete(arn));
  }

  public answer({ name, input }: ServiceCall): unknown {
    switch (name) {
      case 'DescribeStacks':
        return { Stacks: [{ StackStatus: this.status }] };
      case 'ListModelPackages':
        return this.page(input);
      case 'DeleteModelPackage':
        return this.delete(String(input.ModelPackageName));
      default:
        throw new Error(`unexpected ${name}`);
    }
  }

  private page({ ModelPackageGroupName, MaxResults, NextToken = '0' }: ServiceCall['input']): unknown {
    expect(ModelPackageGroupName).toBe(GROUP);
    const end = Number(NextToken) + Number(MaxResults);
    const page = [...this.versions].slice(Number(NextToken), end);
    return {
      ModelPackageSummaryList: page.map(([ModelPackageArn, ModelPackageStatus]) => ({
        ModelPackageArn,
        ModelPackageStatus,
      })),
      NextToken: end < this.versions.size ? String(end) : undefined,
    };
  }

  private delete(arn: string): unknown {
    if (!this.versions.has(arn)) {
      throw serviceError('ValidationException', `ModelPackage ${arn} does not exist.`);
    }
    this.versions.set(arn, 'Deleting');
    return {};
  }
}

describe('handler of a model package group', () => {
  let registry: Registry;
  let services: ServiceCalls;
  let remaining: number;

  const context = { getRemainingTimeInMillis: () => remaining };
  const step = (EndOfStack?: boolean) =>
    isComplete({ EndOfStack, ResourceProperties: { ModelPackageGroupName: GROUP } }, context);
  const deleted = () =>
    services.all.filter(({ name }) => name === 'DeleteModelPackage').map(({ input }) => input.ModelPackageName);
  const numbered = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => arnOf(first + index));
  /** Has the service refuse an operation, once or always. */
  const refuse = (operation: string, error: Error, times = Infinity) => {
    const answer = services.answer;
    services.answer = call => {
      if (call.name === operation && times-- > 0) {
        throw error;
      }
      return answer(call);
    };
  };
  const start = (versions: number) => {
    registry = new Registry(versions);
    services.answer = call => registry.answer(call);
  };

  beforeEach(() => {
    remaining = 120_000;
    services = new ServiceCalls(() => ({}));
    jest.spyOn(SageMakerClient.prototype, 'send').mockImplementation(services.send as never);
    jest.spyOn(CloudFormationClient.prototype, 'send').mockImplementation(services.send as never);
  });

  test.each([false, undefined])('does nothing unless the stack ends: %s', async endOfStack => {
    start(3);
    await expect(step(endOfStack)).resolves.toEqual({ IsComplete: true });
    expect(services.all).toEqual([]);
  });

  test('deletes every version of the group by its ARN, and is done when none is listed any more', async () => {
    start(3);
    await expect(step(true)).resolves.toEqual({ IsComplete: false });
    expect(deleted()).toEqual(numbered(1, 3));
    await expect(step(true)).resolves.toEqual({ IsComplete: false });
    expect(deleted()).toHaveLength(3);
    registry.tick();
    await expect(step(true)).resolves.toEqual({ IsComplete: true });
    expect(services.names.filter(name => name === 'ListModelPackages')).toHaveLength(3);
  });

  test('is done at once with an empty group', async () => {
    start(0);
    await expect(step(true)).resolves.toEqual({ IsComplete: true });
    expect(services.all).toEqual([
      { name: 'ListModelPackages', input: { ModelPackageGroupName: GROUP, MaxResults: 100 } },
    ]);
  });

  test('reads all pages before it deletes', async () => {
    start(250);
    await step(true);
    expect(services.names.slice(0, 4)).toEqual([...Array<string>(3).fill('ListModelPackages'), 'DeleteModelPackage']);
    expect(services.all[2]?.input).toEqual({ ModelPackageGroupName: GROUP, MaxResults: 100, NextToken: '200' });
    expect(deleted()).toEqual(numbered(1, 250));
  });

  test('stops when its time runs short, and goes on at the next step', async () => {
    start(5);
    const times = [90_000, 60_000, 29_999];
    const hurried = { getRemainingTimeInMillis: () => times.shift() ?? 0 };
    const event = { EndOfStack: true, ResourceProperties: { ModelPackageGroupName: GROUP } };
    await expect(isComplete(event, hurried)).resolves.toEqual({ IsComplete: false });
    expect(deleted()).toEqual(numbered(1, 2));
    registry.tick();
    await step(true);
    expect(deleted()).toEqual(numbered(1, 5));
  });

  test.each(['DeleteModelPackage', 'ListModelPackages'])(
    'leaves the rest to the next step when %s is throttled',
    async name => {
      start(3);
      refuse(name, serviceError('ThrottlingException', 'Rate exceeded'), 1);
      await expect(step(true)).resolves.toEqual({ IsComplete: false });
      expect(services.names.filter(called => called === name)).toHaveLength(1);
      await step(true);
      registry.tick();
      await expect(step(true)).resolves.toEqual({ IsComplete: true });
    },
  );

  test('tries a version again that is still being made', async () => {
    start(2);
    refuse('DeleteModelPackage', serviceError('ConflictException'), 1);
    await expect(step(true)).resolves.toEqual({ IsComplete: false });
    registry.tick();
    await expect(step(true)).resolves.toEqual({ IsComplete: false });
    expect(deleted()).toEqual([arnOf(1), arnOf(2), arnOf(1)]);
  });

  test.each([
    serviceError('ValidationException', `ModelPackage ${arnOf(1)} does not exist.`),
    serviceError('ResourceNotFound'),
  ])('goes on when a version is gone already: %s', async error => {
    start(2);
    refuse('DeleteModelPackage', error, 1);
    await expect(step(true)).resolves.toEqual({ IsComplete: false });
    expect(deleted()).toEqual(numbered(1, 2));
  });

  test.each([
    serviceError('ValidationException', `ModelPackageGroup ${GROUP} does not exist.`),
    serviceError('ResourceNotFound'),
  ])('is done when the group is gone: %s', async error => {
    start(2);
    refuse('ListModelPackages', error);
    await expect(step(true)).resolves.toEqual({ IsComplete: true });
  });

  test.each(['DeleteModelPackage', 'ListModelPackages'])('fails on any other error of %s', async name => {
    start(2);
    refuse(name, serviceError('ValidationException', 'Value is not valid.'));
    await expect(step(true)).rejects.toThrow('Value is not valid.');
  });

  test('deletes a thousand versions within an hour, by way of the framework of the library', async () => {
    start(1000);
    const answer = await runInFramework({ onEvent, isComplete }, { ...request, RequestType: 'Delete' }, () => {
      registry.tick();
      // A hundred calls, and the time of a step is over.
      let calls = 0;
      return { getRemainingTimeInMillis: () => (calls++ < 100 ? 120_000 : 0) };
    });
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(deleted()).toEqual(numbered(1, 1000));
    expect(registry.versions.size).toBe(0);
  });

  test.each(['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS'])(
    'keeps the versions while the stack is in %s',
    async status => {
      start(3);
      registry.status = status;
      await runInFramework({ onEvent, isComplete }, { ...request, RequestType: 'Delete' }, () => context);
      expect(services.names).toEqual(['DescribeStacks']);
    },
  );

  const request = {
    StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Registry/1',
    PhysicalResourceId: 'made-before',
    ResourceProperties: { ModelPackageGroupName: GROUP },
  };

  test('the check of requests can fail', async () => {
    const command = new DeleteModelPackageCommand({ Name: 'loans' } as never);
    await expect(services.send(command)).rejects.toThrow(
      'DeleteModelPackage.ModelPackageName: is missing\nDeleteModelPackage.Name: is unknown',
    );
  });
});
