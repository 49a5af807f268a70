import type { Construct } from 'constructs';
import { sagemakerArn, type Permission } from './permission';
import { writeLogs } from './telemetry';

const OWN_PROFILE = '${sagemaker:UserProfileName}';

/**
 * Permissions of someone who works in private spaces of Studio.
 *
 * `OWN_PROFILE` and the default of `domain` are policy variables that hold the names of the session's own profile and
 * domain, so that one role serves many people and none of them reaches the space of another.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-spaces-permissions.html
 */
export function usePrivateSpaces(scope: Construct, domain = '${sagemaker:DomainId}'): Permission[] {
  const profile = sagemakerArn(scope, 'user-profile', `${domain}/${OWN_PROFILE}`);
  const spaces = sagemakerArn(scope, 'space', `${domain}/*`);
  const apps = sagemakerArn(scope, 'app', `${domain}/*`);
  const inOwnPrivateSpace = {
    ArnLike: { 'sagemaker:OwnerUserProfileArn': profile },
    StringEquals: { 'sagemaker:SpaceSharingType': 'Private' },
  };
  const wildcardReason = 'The names of spaces and apps are chosen by the people who make them, inside one domain';
  return [
    { actions: ['sagemaker:CreatePresignedDomainUrl'], resources: [profile] },
    {
      actions: ['sagemaker:CreateSpace', 'sagemaker:UpdateSpace', 'sagemaker:DeleteSpace'],
      resources: [spaces],
      conditions: inOwnPrivateSpace,
      wildcardReason,
    },
    {
      actions: ['sagemaker:CreateApp', 'sagemaker:DeleteApp'],
      resources: [apps],
      conditions: inOwnPrivateSpace,
      wildcardReason,
    },
    {
      // Studio tags every space and app at birth; tags of what exists already stay out of reach.
      actions: ['sagemaker:AddTags'],
      resources: [spaces, apps],
      conditions: { Null: { 'sagemaker:TaggingAction': 'false' } },
      wildcardReason,
    },
    {
      actions: [
        'sagemaker:DescribeApp',
        'sagemaker:DescribeDomain',
        'sagemaker:DescribeSpace',
        'sagemaker:DescribeUserProfile',
      ],
      resources: [
        apps,
        spaces,
        sagemakerArn(scope, 'domain', domain),
        sagemakerArn(scope, 'user-profile', `${domain}/*`),
      ],
      wildcardReason,
    },
    {
      actions: ['sagemaker:ListApps', 'sagemaker:ListDomains', 'sagemaker:ListSpaces', 'sagemaker:ListUserProfiles'],
      resources: ['*'],
      wildcardReason: 'List actions take no resource; they show names and states, not data',
    },
    writeLogs(scope, ['/aws/sagemaker/studio']),
  ];
}
