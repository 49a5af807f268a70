import * as sdk from '@aws-sdk/client-sagemaker';
import { isComplete } from '../../constructs/studio/handler';
import { ServiceCalls, serviceError, type ServiceCall, type ServiceCommand } from '../support/service-calls';

const DOMAIN_ID = 'd-abc';

let mockServices: ServiceCalls;

// The client of EC2 is not installed.
jest.mock(
  '@aws-sdk/client-ec2',
  () => {
    class Command {
      constructor(public readonly input: object) {}
    }
    return {
      EC2Client: class {
        send(command: ServiceCommand) {
          return mockServices.send(command);
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

interface Item {
  Status: string;
  readonly [key: string]: string;
}

/** A domain that behaves: deletion takes a step, containers in use refuse it, lists come in pages of one. */
class Studio {
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

  public answer({ name, input }: ServiceCall): unknown {
    switch (name) {
      case 'DescribeDomain':
        if (this.domain === undefined) {
          throw serviceError('ResourceNotFound');
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
          throw serviceError('ResourceInUse');
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
          throw serviceError('DependencyViolation');
        }
        this.groups = this.groups.filter(group => group.GroupId !== input.GroupId);
        return {};
      default:
        throw new Error(`unexpected ${name}`);
    }
  }

  private readonly inUse = (app: Item) => app.Status !== 'Deleted';

  private group({ GroupId }: ServiceCall['input']) {
    const group = this.groups.find(group => group.GroupId === GroupId);
    if (!group) {
      throw serviceError('InvalidGroup.NotFound');
    }
    return group;
  }

  private page(key: string, items: readonly Item[], { DomainIdEquals, NextToken }: ServiceCall['input']): unknown {
    expect(DomainIdEquals).toBe(DOMAIN_ID);
    const index = Number(NextToken ?? 0);
    return {
      [key]: items.slice(index, index + 1),
      NextToken: index + 1 < items.length ? String(index + 1) : undefined,
    };
  }

  private remove(items: readonly Item[], input: ServiceCall['input'], inUse: boolean): unknown {
    const { DomainId, ...key } = input;
    expect(DomainId).toBe(DOMAIN_ID);
    const item = items.find(item => Object.entries(key).every(([name, value]) => item[name] === value));
    if (!item) {
      throw serviceError('ResourceNotFound');
    }
    if (inUse) {
      throw serviceError('ResourceInUse');
    }
    item.Status = 'Deleting';
    return {};
  }
}

describe('handler of the cleanup', () => {
  let studio: Studio;

  const context = { getRemainingTimeInMillis: () => 120_000 };
  const step = (EndOfStack?: boolean) =>
    isComplete({ EndOfStack, ResourceProperties: { DomainId: DOMAIN_ID } }, context);
  const names = () => mockServices.names;
  const changes = () => mockServices.all.filter(({ name }) => /^(Delete|Revoke)/.test(name));
  /** Calls the handler like the framework does, until it is done. */
  const runToEnd = async (): Promise<number> => {
    for (let steps = 1; steps <= 20; steps++) {
      if ((await step(true)).IsComplete) {
        return steps;
      }
      studio.tick();
    }
    throw new Error('still not done');
  };

  beforeEach(() => {
    studio = new Studio();
    mockServices = new ServiceCalls(call => studio.answer(call));
    jest.spyOn(sdk.SageMakerClient.prototype, 'send').mockImplementation(mockServices.send as never);
  });

  test.each([false, undefined])('touches nothing unless the stack ends: %s', async endOfStack => {
    studio.apps = [{ AppName: 'default', AppType: 'JupyterLab', SpaceName: 'lab', Status: 'InService' }];
    await expect(step(endOfStack)).resolves.toEqual({ IsComplete: true });
    expect(mockServices.all).toEqual([]);
  });

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
    expect(mockServices.all.find(({ name }) => name === 'DescribeSecurityGroups')?.input).toEqual({
      Filters: [
        {
          Name: 'group-name',
          Values: ['security-group-for-inbound-nfs-d-abc', 'security-group-for-outbound-nfs-d-abc'],
        },
      ],
    });
    expect(studio).toMatchObject({ domain: undefined, spaces: [], profiles: [], groups: [] });
  });

  test('is done at once when the domain and its security groups are gone', async () => {
    studio.domain = undefined;
    await expect(runToEnd()).resolves.toBe(1);
    expect(names()).toEqual(['DescribeDomain', 'DescribeSecurityGroups']);
  });

  test('asks only once for the deletion of what is being deleted', async () => {
    studio.apps = [{ AppName: 'default', AppType: 'JupyterLab', SpaceName: 'lab', Status: 'Deleting' }];
    await expect(step(true)).resolves.toEqual({ IsComplete: false });
    studio.domain = 'Deleting';
    await expect(step(true)).resolves.toEqual({ IsComplete: false });
    expect(changes()).toEqual([]);
  });

  test.each(['ResourceInUse', 'ResourceNotFound'])('tries again after %s', async name => {
    studio.apps = [{ AppName: 'default', AppType: 'JupyterLab', SpaceName: 'lab', Status: 'InService' }];
    let refused = false;
    const { answer } = mockServices;
    mockServices.answer = call => {
      if (call.name === 'DeleteApp' && !refused) {
        refused = true;
        throw serviceError(name);
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
    const { answer } = mockServices;
    mockServices.answer = call => {
      if (call.name === 'DeleteSecurityGroup' && held) {
        held = false;
        throw serviceError('DependencyViolation');
      }
      return answer(call);
    };
    await runToEnd();
    expect(names().filter(name => name === 'DeleteSecurityGroup')).toHaveLength(2);
  });

  test('fails on any other error, which CloudFormation then shows', async () => {
    mockServices.answer = call => {
      if (call.name === 'DescribeDomain') {
        throw serviceError('AccessDeniedException');
      }
      return studio.answer(call);
    };
    await expect(step(true)).rejects.toThrow('refused: AccessDeniedException');
  });

  test('the check of requests can fail', async () => {
    const command = new sdk.DeleteAppCommand({ DomainId: 7, AppType: 'JupyterLab', Space: 'lab' } as never);
    await expect(mockServices.send(command)).rejects.toThrow(
      'DeleteApp.AppName: is missing\nDeleteApp.DomainId: must be a string, got: 7\nDeleteApp.Space: is unknown',
    );
  });
});
