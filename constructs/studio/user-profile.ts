import { Names, RemovalPolicy, Resource, Token } from 'aws-cdk-lib/core';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { type AppSettings, renderAppSettings, validateAppSettings } from './app-settings';
import { freezeTags } from './frozen-tags';
import { isName } from './names';
import { StudioDomain } from './studio-domain';
import { UserProfileGrants } from './studio-grants';

export interface UserProfileProps extends AppSettings {
  /** Domain the user works in. Changing it replaces the profile. */
  readonly domain: refs.IDomainRef;

  /**
   * Name: 1 to 63 letters, digits and -, a letter or digit at both ends. Changing it replaces the profile.
   *
   * @default - derived from the construct path
   */
  readonly userProfileName?: string;

  /**
   * User name in IAM Identity Center: required in a domain with authentication mode `SSO`, and not allowed in another. Changing it
   * replaces the profile.
   *
   * @default - none
   */
  readonly singleSignOnUser?: string;

  /**
   * Role of this user's apps.
   *
   * @default - the execution role of the domain
   */
  readonly executionRole?: iam.IRole;

  /**
   * Security groups of this user's apps, up to 5, besides those of the domain.
   *
   * @default - none
   */
  readonly securityGroups?: readonly ec2.ISecurityGroup[];

  /**
   * The only tags of the profile. Changing them replaces it, so tags of the app and the stack are kept away.
   *
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * What happens when the profile leaves its stack. A profile with running apps or spaces cannot be deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * One user of a domain: a person, or a role that several share.
 *
 * Creates the profile, which is free.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/domain-user-profile.html
 */
export class UserProfile extends Resource implements refs.IUserProfileRef {
  public readonly userProfileRef: refs.UserProfileReference;
  public readonly grants = UserProfileGrants.fromUserProfile(this);

  /** Domain the user works in. */
  public readonly domain: refs.IDomainRef;

  constructor(scope: Construct, id: string, props: UserProfileProps) {
    super(scope, id);
    this.domain = props.domain;
    this.validate(props);

    const { domain, executionRole, securityGroups, singleSignOnUser } = props;
    const resource = new sagemaker.CfnUserProfile(this, 'Resource', {
      domainId: domain.domainRef.domainId,
      userProfileName: props.userProfileName ?? Names.uniqueResourceName(this, { maxLength: 63, separator: '-' }),
      singleSignOnUserIdentifier: singleSignOnUser && 'UserName',
      singleSignOnUserValue: singleSignOnUser,
      userSettings: {
        ...renderAppSettings(props),
        executionRole: executionRole?.roleArn,
        securityGroups: securityGroups?.map(group => group.securityGroupId),
      },
    });
    resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    freezeTags(resource, props.tags);
    if (executionRole) {
      resource.node.addDependency(executionRole);
    }
    if (domain instanceof StudioDomain) {
      domain._emptyBeforeDeleting(this);
    }
    // Ref is a compound of profile and domain, so the name is taken from where it was given.
    this.userProfileRef = {
      userProfileName: resource.userProfileName,
      domainId: resource.domainId,
      userProfileArn: resource.attrUserProfileArn,
    };
  }

  private validate(props: UserProfileProps): void {
    const path = this.node.path;
    const { domain, userProfileName, securityGroups, singleSignOnUser } = props;
    validateAppSettings(path, props);
    if (userProfileName !== undefined && !Token.isUnresolved(userProfileName) && !isName(userProfileName)) {
      throw new Error(
        `${path}: 'userProfileName' must be 1 to 63 letters, digits and - that start and end with a letter or digit, got: ${userProfileName}`,
      );
    }
    if (securityGroups && securityGroups.length > 5) {
      throw new Error(`${path}: 'securityGroups' must hold up to 5 security groups, got: ${securityGroups.length}`);
    }
    if (!(domain instanceof StudioDomain)) {
      return;
    }
    if (domain.authMode === 'SSO' && singleSignOnUser === undefined) {
      throw new Error(`${path}: 'singleSignOnUser' must be given in a domain with authentication mode SSO, got: none`);
    }
    if (domain.authMode === 'IAM' && singleSignOnUser !== undefined) {
      throw new Error(
        `${path}: 'singleSignOnUser' must be left out in a domain with authentication mode IAM, got: ${singleSignOnUser}`,
      );
    }
  }
}
