// Runs as it is on the Node.js runtime of AWS Lambda, which brings the SDK; hence plain JavaScript and no bundling.
'use strict';

const {
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} = require('@aws-sdk/client-ec2');
const {
  DeleteAppCommand,
  DeleteDomainCommand,
  DeleteSpaceCommand,
  DeleteUserProfileCommand,
  DescribeDomainCommand,
  ListAppsCommand,
  ListSpacesCommand,
  ListUserProfilesCommand,
  SageMakerClient,
} = require('@aws-sdk/client-sagemaker');

const ec2 = new EC2Client({});
const sagemaker = new SageMakerClient({});

/** Takes one step, as often as it is asked, until there is nothing left. */
exports.isComplete = async ({ EndOfStack, ResourceProperties: { DomainId } }) => ({
  IsComplete: !EndOfStack || ((await emptyAndDelete(DomainId)) && (await deleteSecurityGroups(DomainId))),
});

/** Apps block spaces and profiles, which block the domain; each kind is waited for before the next. */
async function emptyAndDelete(DomainId) {
  const domain = await unless(['ResourceNotFound'], sagemaker.send(new DescribeDomainCommand({ DomainId })));
  if (!domain) {
    return true;
  }
  if (domain.Status === 'Deleting') {
    return false;
  }

  const apps = (await list(ListAppsCommand, DomainId, 'Apps')).filter(app => app.Status !== 'Deleted');
  await remove(apps, DeleteAppCommand, ({ AppName, AppType, SpaceName, UserProfileName }) => ({
    DomainId,
    AppName,
    AppType,
    ...(SpaceName ? { SpaceName } : { UserProfileName }),
  }));
  if (apps.length > 0) {
    return false;
  }

  const spaces = await list(ListSpacesCommand, DomainId, 'Spaces');
  await remove(spaces, DeleteSpaceCommand, ({ SpaceName }) => ({ DomainId, SpaceName }));
  if (spaces.length > 0) {
    return false;
  }

  const profiles = await list(ListUserProfilesCommand, DomainId, 'UserProfiles');
  await remove(profiles, DeleteUserProfileCommand, ({ UserProfileName }) => ({ DomainId, UserProfileName }));
  if (profiles.length > 0) {
    return false;
  }

  // CloudFormation would keep the home file system, whose network interfaces then keep the VPC.
  await remove([domain], DeleteDomainCommand, () => ({ DomainId, RetentionPolicy: { HomeEfsFileSystem: 'Delete' } }));
  return false;
}

/** The two groups that SageMaker makes for a home file system name each other in their rules. */
async function deleteSecurityGroups(domainId) {
  const names = ['inbound', 'outbound'].map(direction => `security-group-for-${direction}-nfs-${domainId}`);
  const { SecurityGroups: groups } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: names }] }),
  );
  const gone = ['InvalidGroup.NotFound', 'InvalidPermission.NotFound'];
  for (const { GroupId, IpPermissions, IpPermissionsEgress } of groups) {
    if (IpPermissions.length > 0) {
      await unless(gone, ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions })));
    }
    if (IpPermissionsEgress.length > 0) {
      const request = { GroupId, IpPermissions: IpPermissionsEgress };
      await unless(gone, ec2.send(new RevokeSecurityGroupEgressCommand(request)));
    }
  }
  for (const { GroupId } of groups) {
    // The mount targets may still hold them for a while.
    await unless([...gone, 'DependencyViolation'], ec2.send(new DeleteSecurityGroupCommand({ GroupId })));
  }
  return groups.length === 0;
}

async function list(Command, DomainIdEquals, key) {
  const found = [];
  let NextToken;
  do {
    const page = await sagemaker.send(new Command({ DomainIdEquals, NextToken }));
    found.push(...page[key]);
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** Asks for the deletion of what is not being deleted yet. What is still in use is tried again at the next step. */
async function remove(items, Command, toRequest) {
  for (const item of items.filter(item => item.Status !== 'Deleting')) {
    await unless(['ResourceInUse', 'ResourceNotFound'], sagemaker.send(new Command(toRequest(item))));
  }
}

async function unless(names, promise) {
  try {
    return await promise;
  } catch (error) {
    if (names.includes(error.name)) {
      return undefined;
    }
    throw error;
  }
}
