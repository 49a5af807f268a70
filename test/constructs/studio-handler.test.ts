import * as sdk from '@aws-sdk/client-sagemaker';
import { isComplete, onEvent } from '../../constructs/studio/handler';

const DOMAIN_ID = 'd-abc';
const STACK_ID = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Studio/1';

interface Call {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

/** Everything the handler sent, in order, and what answers it; the clients of EC2 and CloudFormation are not installed. */
const mockCalls: Call[] = [];
let mockAnswer: (call: Call) => unknown;

const mockSend = (command: { input: Record<string, unknown> }) => {
  const call = { name: command.constructor.name.replace(/Command$/, ''), input: command.input };
  mockCalls.push(call);
  return Promise.resolve().then(() => mockAnswer(call));
};

jest.mock(
  '@aws-sdk/client-cloudformation',
  () => ({
    CloudFormationClient: class {
      send(command: { input: Record<string, unknown> }) {
        return mockSend(command);
      }
    },
    DescribeStacksCommand: class DescribeStacksCommand {
      constructor(public readonly input: object) {}
    },
  }),
  { virtual: true },
);
jest.mock(
  '@aws-sdk/client-ec2',
  () => {
    class Command {
      constructor(public readonly input: object) {}
    }
    return {
      EC2Client: class {
        send(command: { input: Record<string, unknown> }) {
          return mockSend(command);
        }
      },
      DeleteSecurityGroupCommand: class DeleteSecurityGroupCommand extends Command {},
      DescribeSecurityGroupsCommand: class DescribeSecurityGroupsCommand extends Command {},
      RevokeSecurityGroupEgressCommand: class RevokeSecurityGroupEgressCommand extends Command {},
      RevokeSecurityGroupIngressCommand: class RevokeSecurityGroupIngressCommand extends Command {},
    };
  },
  { virtual: true },
);

const failure = (name: string) => Object.assign(new Error(`refused: ${name}`), { name });

/** Refuses what the API would refuse, by the schema that the client itself carries. */
function checkRequest({ name, input }: Call): void {
  const schema = (sdk as unknown as Record<string, unknown>)[`${name}Request$`];
  if (!Array.isArray(schema)) {
    throw new Error(`no schema of ${name}`);
  }
  const [, , , , members, types, required] = schema as [0, 0, 0, 0, string[], unknown[], number | undefined];
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  for (const [member, value] of given) {
    const index = members.indexOf(member);
    if (index < 0) {
      throw new Error(`${name} has no ${member}`);
    }
    if (types[index] === 0 && typeof value !== 'string') {
      throw new Error(`${name}.${member} must be text`);
    }
  }
  const missing = members.slice(0, required ?? 0).filter(member => !given.some(([key]) => key === member));
  if (missing.length > 0) {
    throw new Error(`${name} needs ${missing.join(', ')}`);
  }
}

interface Item {
  Status: string;
  readonly [key: string]: string;
}

/** A domain that behaves: deletion takes a step, containers in use refuse it, lists come in pages of one. */
class Studio {
  public status = 'DELETE_IN_PROGRESS';
  public domain: string | undefined = 'InService';
  public apps: Item[] = [];
  public spaces: Item[] = [];
  public profiles: Item[] = [];
  public groups: { GroupId: string; IpPermissions: object[]; IpPermissionsEgress: object[] }[] = [];

  /** Lets what is being deleted go. */
  public tick(): void {
    for (const app of this.apps.filter(app => app.Status === 'Deleting')) {
      app.Status = 'Deleted';
    }
    this.spaces = this.spaces.filter(({ Status }) => Status !== 'Deleting');
    this.profiles = this.profiles.filter(({ Status }) => Status !== 'Deleting');
    this.domain = this.domain === 'Deleting' ? undefined : this.domain;
  }

  public answer({ name, input }: Call): unknown {
    switch (name) {
      case 'DescribeStacks':
        return { Stacks: [{ StackStatus: this.status }] };
      case 'DescribeDomain':
        if (this.domain === undefined) {
          throw failure('ResourceNotFound');
        }
        return { Status: this.domain };
      case 'ListApps':
        return this.page('Apps', this.apps, input);
      case 'ListSpaces':
        return this.page('Spaces', this.spaces, input);
      case 'ListUserProfiles':
        return this.page('UserProfiles', this.profiles, input);
      case 'DeleteApp':
        return this.remove(this.apps, input, false);
      case 'DeleteSpace':
        return this.remove(this.spaces, input, this.apps.some(this.inUse));
      case 'DeleteUserProfile':
        return this.remove(this.profiles, input, this.spaces.length > 0);
      case 'DeleteDomain':
        if (this.profiles.length > 0) {
          throw failure('ResourceInUse');
        }
        this.domain = 'Deleting';
        return {};
      case 'DescribeSecurityGroups':
        return { SecurityGroups: this.groups.map(group => ({ ...group })) };
      case 'RevokeSecurityGroupIngress':
        this.group(input).IpPermissions = [];
        return {};
      case 'RevokeSecurityGroupEgress':
        this.group(input).IpPermissionsEgress = [];
        return {};
      case 'DeleteSecurityGroup':
        if (this.groups.some(group => group.IpPermissions.length + group.IpPermissionsEgress.length > 0)) {
          throw failure('DependencyViolation');
        }
        this.groups = this.groups.filter(group => group.GroupId !== input.GroupId);
        return {};
      default:
        throw new Error(`unexpected ${name}`);
    }
  }

  private readonly inUse = (app: Item) => app.Status !== 'Deleted';

  private group({ GroupId }: Call['input']) {
    const group = this.groups.find(group => group.GroupId === GroupId);
    if (!group) {
      throw failure('InvalidGroup.NotFound');
    }
    return group;
  }

  private page(key: string, items: readonly Item[], { DomainIdEquals, NextToken }: Call['input']): unknown {
    expect(DomainIdEquals).toBe(DOMAIN_ID);
    const index = Number(NextToken ?? 0);
    return {
      [key]: items.slice(index, index + 1),
      NextToken: index + 1 < items.length ? String(index + 1) : undefined,
    };
  }

  private remove(items: readonly Item[], input: Call['input'], inUse: boolean): unknown {
    const { DomainId, ...key } = input;
    expect(DomainId).toBe(DOMAIN_ID);
    const item = items.find(item => Object.entries(key).every(([name, value]) => item[name] === value));
    if (!item) {
      throw failure('ResourceNotFound');
    }
    if (inUse) {
      throw failure('ResourceInUse');
    }
    item.Status = 'Deleting';
    return {};
  }
}

describe('handler of the cleanup', () => {
  let studio: Studio;

  const event = (RequestType: string) => ({
    RequestType,
    StackId: STACK_ID,
    PhysicalResourceId: DOMAIN_ID,
    ResourceProperties: { DomainId: 'd-new' },
  });
  const names = () => mockCalls.map(({ name }) => name);
  const changes = () => mockCalls.filter(({ name }) => /^(Delete|Revoke)/.test(name));
  /** Calls the handler like the framework does, until it is done. */
  const runToEnd = async (): Promise<number> => {
    for (let step = 1; step <= 20; step++) {
      if ((await isComplete(event('Delete'))).IsComplete) {
        return step;
      }
      studio.tick();
    }
    throw new Error('still not done');
  };

  beforeEach(() => {
    mockCalls.length = 0;
    studio = new Studio();
    mockAnswer = call => {
      if (`${call.name}Request$` in sdk) {
        checkRequest(call);
      }
      return studio.answer(call);
    };
    jest.spyOn(sdk.SageMakerClient.prototype, 'send').mockImplementation(mockSend as never);
  });

  test.each(['Create', 'Update'])('%s names the resource after the domain and does nothing', async type => {
    await expect(onEvent(event(type))).resolves.toEqual({ PhysicalResourceId: 'd-new' });
    await expect(isComplete(event(type))).resolves.toEqual({ IsComplete: true });
    expect(mockCalls).toEqual([]);
  });

  test('Delete keeps the id of the domain that goes', async () => {
    await expect(onEvent(event('Delete'))).resolves.toEqual({ PhysicalResourceId: DOMAIN_ID });
  });

  test.each(['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_IN_PROGRESS'])(
    'touches nothing while the stack is in %s',
    async status => {
      studio.status = status;
      await expect(isComplete(event('Delete'))).resolves.toEqual({ IsComplete: true });
      expect(mockCalls).toEqual([{ name: 'DescribeStacks', input: { StackName: STACK_ID } }]);
    },
  );

  test('empties the domain from the inside out, deletes it with its files, and then the security groups', async () => {
    studio.apps = [
      { AppName: 'default', AppType: 'JupyterLab', SpaceName: 'lab', Status: 'InService' },
      { AppName: 'default', AppType: 'Canvas', UserProfileName: 'anna', Status: 'Pending' },
      { AppName: 'default', AppType: 'CodeEditor', SpaceName: 'code', Status: 'Deleted' },
    ];
    studio.spaces = [
      { SpaceName: 'lab', Status: 'InService' },
      { SpaceName: 'code', Status: 'Failed' },
    ];
    studio.profiles = [
      { UserProfileName: 'anna', Status: 'InService' },
      { UserProfileName: 'made-by-hand', Status: 'InService' },
    ];
    studio.groups = [
      { GroupId: 'sg-in', IpPermissions: [{ FromPort: 2049 }], IpPermissionsEgress: [] },
      { GroupId: 'sg-out', IpPermissions: [], IpPermissionsEgress: [{ FromPort: 2049 }] },
    ];
    await runToEnd();
    expect(changes()).toEqual([
      {
        name: 'DeleteApp',
        input: { DomainId: DOMAIN_ID, AppName: 'default', AppType: 'JupyterLab', SpaceName: 'lab' },
      },
      {
        name: 'DeleteApp',
        input: { DomainId: DOMAIN_ID, AppName: 'default', AppType: 'Canvas', UserProfileName: 'anna' },
      },
      { name: 'DeleteSpace', input: { DomainId: DOMAIN_ID, SpaceName: 'lab' } },
      { name: 'DeleteSpace', input: { DomainId: DOMAIN_ID, SpaceName: 'code' } },
      { name: 'DeleteUserProfile', input: { DomainId: DOMAIN_ID, UserProfileName: 'anna' } },
      { name: 'DeleteUserProfile', input: { DomainId: DOMAIN_ID, UserProfileName: 'made-by-hand' } },
      { name: 'DeleteDomain', input: { DomainId: DOMAIN_ID, RetentionPolicy: { HomeEfsFileSystem: 'Delete' } } },
      { name: 'RevokeSecurityGroupIngress', input: { GroupId: 'sg-in', IpPermissions: [{ FromPort: 2049 }] } },
      { name: 'RevokeSecurityGroupEgress', input: { GroupId: 'sg-out', IpPermissions: [{ FromPort: 2049 }] } },
      { name: 'DeleteSecurityGroup', input: { GroupId: 'sg-in' } },
      { name: 'DeleteSecurityGroup', input: { GroupId: 'sg-out' } },
    ]);
    expect(mockCalls.find(({ name }) => name === 'DescribeSecurityGroups')?.input).toEqual({
      Filters: [
        {
          Name: 'group-name',
          Values: ['security-group-for-inbound-nfs-d-abc', 'security-group-for-outbound-nfs-d-abc'],
        },
      ],
    });
    expect(studio).toMatchObject({ domain: undefined, spaces: [], profiles: [], groups: [] });
  });

  test('also cleans up after a creation that failed', async () => {
    studio.status = 'ROLLBACK_IN_PROGRESS';
    await runToEnd();
    expect(changes().map(({ name }) => name)).toEqual(['DeleteDomain']);
  });

  test('is done at once when the domain and its security groups are gone', async () => {
    studio.domain = undefined;
    await expect(runToEnd()).resolves.toBe(1);
    expect(names()).toEqual(['DescribeStacks', 'DescribeDomain', 'DescribeSecurityGroups']);
  });

  test('asks only once for the deletion of what is being deleted', async () => {
    studio.apps = [{ AppName: 'default', AppType: 'JupyterLab', SpaceName: 'lab', Status: 'Deleting' }];
    await expect(isComplete(event('Delete'))).resolves.toEqual({ IsComplete: false });
    studio.domain = 'Deleting';
    await expect(isComplete(event('Delete'))).resolves.toEqual({ IsComplete: false });
    expect(changes()).toEqual([]);
  });

  test.each(['ResourceInUse', 'ResourceNotFound'])('tries again after %s', async name => {
    studio.apps = [{ AppName: 'default', AppType: 'JupyterLab', SpaceName: 'lab', Status: 'InService' }];
    let refused = false;
    const answer = mockAnswer;
    mockAnswer = call => {
      if (call.name === 'DeleteApp' && !refused) {
        refused = true;
        throw failure(name);
      }
      return answer(call);
    };
    await runToEnd();
    expect(names().filter(name => name === 'DeleteApp')).toHaveLength(2);
  });

  test('waits for security groups that mount targets still hold', async () => {
    studio.domain = undefined;
    studio.groups = [{ GroupId: 'sg-in', IpPermissions: [], IpPermissionsEgress: [] }];
    let held = true;
    const answer = mockAnswer;
    mockAnswer = call => {
      if (call.name === 'DeleteSecurityGroup' && held) {
        held = false;
        throw failure('DependencyViolation');
      }
      return answer(call);
    };
    await runToEnd();
    expect(names().filter(name => name === 'DeleteSecurityGroup')).toHaveLength(2);
  });

  test('fails on any other error, which CloudFormation then shows', async () => {
    mockAnswer = call => {
      if (call.name === 'DescribeDomain') {
        throw failure('AccessDeniedException');
      }
      return studio.answer(call);
    };
    await expect(isComplete(event('Delete'))).rejects.toThrow('refused: AccessDeniedException');
  });

  test('the check of requests can fail', () => {
    expect(() => checkRequest({ name: 'DeleteApp', input: { DomainId: 'd', AppType: 'JupyterLab' } })).toThrow(
      'DeleteApp needs AppName',
    );
    expect(() => checkRequest({ name: 'DeleteSpace', input: { Domain: 'd' } })).toThrow('DeleteSpace has no Domain');
    expect(() => checkRequest({ name: 'DeleteSpace', input: { DomainId: 7 } })).toThrow(
      'DeleteSpace.DomainId must be text',
    );
  });
});
