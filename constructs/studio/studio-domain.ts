import { RemovalPolicy, Resource, Stack, Token } from 'aws-cdk-lib/core';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { Activity, ExecutionRole } from '../roles';
import { type AppSettings, renderAppSettings, validateAppSettings } from './app-settings';
import { DomainCleanup } from './domain-cleanup';
import { freezeTags } from './frozen-tags';
import { nameFor } from './names';
import { StudioDomainGrants } from './studio-grants';

export interface StudioDomainProps extends AppSettings {
  /** Network of the domain. Changing it replaces the domain. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the domain, up to 16. Changing them replaces the domain.
   *
   * @default - the private subnets; without any, the isolated ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of all apps, 1 to 5.
   *
   * @default - one of its own, with all traffic out and none in
   */
  readonly securityGroups?: readonly ec2.ISecurityGroup[];

  /**
   * `VpcOnly` sends all traffic of apps through the network, which then needs the endpoints of every service that is used;
   * `PublicInternetOnly` lets apps reach the internet through a network of the service. Changing it replaces the domain.
   *
   * @default 'VpcOnly'
   */
  readonly networkAccess?: 'VpcOnly' | 'PublicInternetOnly';

  /**
   * How people sign in: with permissions of IAM, or with IAM Identity Center (`SSO`). Changing it replaces the domain.
   *
   * @default 'IAM'
   */
  readonly authMode?: 'IAM' | 'SSO';

  /**
   * Role of the apps of all user profiles that have none of their own.
   *
   * @default - a role that may use private spaces, and nothing else until it is granted more
   */
  readonly executionRole?: iam.IRole;

  /**
   * Records in CloudTrail which user profile acted through the execution role. A role that is given must trust SageMaker with
   * `sts:SetSourceIdentity` too.
   *
   * @default - true with the role of its own, else false
   */
  readonly identifyUsers?: boolean;

  /**
   * Key that encrypts the volumes and the home file system. Changing it replaces the domain.
   *
   * @default - keys that AWS manages for the account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Creates an Amazon EFS file system with a home folder for each user profile. Spaces keep their files on volumes of their own and
   * do without. It can be switched on later, not off.
   *
   * @default false
   */
  readonly createHomeFileSystem?: boolean;

  /**
   * Allows Docker in apps.
   *
   * @default false
   */
  readonly allowDocker?: boolean;

  /**
   * Accounts, up to 20, whose images Docker may pull with network access `VpcOnly`.
   *
   * @default - none
   */
  readonly dockerTrustedAccounts?: readonly string[];

  /**
   * Copies tags of domain, user profile and space to what is created from Studio.
   *
   * @default false
   */
  readonly propagateTags?: boolean;

  /**
   * The only tags of the domain. Changing them replaces it, so tags of the app and the stack are kept away.
   *
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * What happens when the domain leaves its stack. With `DESTROY`, the end of the stack deletes everything in the domain: running apps,
   * spaces, user profiles and their files, whoever made them.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A domain of SageMaker Studio: the place where user profiles and their spaces live.
 *
 * Creates the domain, and unless they are given a role and a security group; with removal policy `DESTROY` also the functions that empty
 * it at the end. All of these are free; running apps and the volumes of spaces are billed.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/sm-domain.html
 */
export class StudioDomain extends Resource implements refs.IDomainRef, ec2.IConnectable {
  public readonly domainRef: refs.DomainReference;
  public readonly grants = StudioDomainGrants.fromDomain(this);
  public readonly connections: ec2.Connections;

  /** Role of the apps of all user profiles that have none of their own. */
  public readonly executionRole: iam.IRole;

  /** How people sign in. */
  public readonly authMode: 'IAM' | 'SSO';

  /** Address of the domain, for people who sign in with IAM Identity Center. */
  public readonly url: string;

  private readonly cleanup?: DomainCleanup;

  constructor(scope: Construct, id: string, props: StudioDomainProps) {
    super(scope, id);
    const { subnetIds } = props.vpc.selectSubnets(props.vpcSubnets);
    this.validate(props, subnetIds);
    const { encryptionKey } = props;
    const networkAccess = props.networkAccess ?? 'VpcOnly';
    this.authMode = props.authMode ?? 'IAM';

    const securityGroups = props.securityGroups ?? [
      new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: `Apps of ${this.node.path}` }),
    ];
    this.connections = new ec2.Connections({ securityGroups: [...securityGroups] });
    this.executionRole =
      props.executionRole ??
      new ExecutionRole(this, 'ExecutionRole', {
        activities: [Activity.useStudio()],
        encryptionKeys: encryptionKey && [encryptionKey],
      });

    const apps = renderAppSettings({
      ...props,
      idleShutdown: props.idleShutdown ?? {},
      lifecycleConfigurations: props.lifecycleConfigurations ?? [],
      hiddenApps: props.hiddenApps ?? ['JupyterServer'],
      hiddenTools: props.hiddenTools ?? [],
      hiddenInstanceTypes: props.hiddenInstanceTypes ?? [],
    });
    const everyone = {
      executionRole: this.executionRole.roleArn,
      securityGroups: securityGroups.map(group => group.securityGroupId),
    };
    const whatReplaces = {
      networkAccess,
      authMode: this.authMode,
      key: encryptionKey?.keyArn,
      vpc: props.vpc.vpcId,
      subnetIds,
      tags: props.tags,
    };
    const resource = new sagemaker.CfnDomain(this, 'Resource', {
      domainName: nameFor(this, whatReplaces),
      authMode: this.authMode,
      appNetworkAccessType: networkAccess,
      vpcId: props.vpc.vpcId,
      subnetIds,
      kmsKeyId: encryptionKey?.keyArn,
      homeEfsFileSystemCreation: props.createHomeFileSystem ? 'Enabled' : 'Disabled',
      tagPropagation: props.propagateTags ? 'ENABLED' : 'DISABLED',
      defaultUserSettings: {
        ...everyone,
        ...apps,
        studioWebPortal: 'ENABLED',
        defaultLandingUri: 'studio::',
        autoMountHomeEfs: props.createHomeFileSystem ? 'Enabled' : 'Disabled',
      },
      defaultSpaceSettings: {
        ...everyone,
        jupyterLabAppSettings: apps.jupyterLabAppSettings,
        spaceStorageSettings: apps.spaceStorageSettings,
      },
      domainSettings: {
        executionRoleIdentityConfig: (props.identifyUsers ?? !props.executionRole) ? 'USER_PROFILE_NAME' : 'DISABLED',
        dockerSettings: {
          enableDockerAccess: props.allowDocker ? 'ENABLED' : 'DISABLED',
          vpcOnlyTrustedAccounts: props.dockerTrustedAccounts && [...props.dockerTrustedAccounts],
        },
      },
    });
    resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    freezeTags(resource, props.tags);
    // An app that starts at once must find the permissions of its role.
    resource.node.addDependency(this.executionRole);

    this.domainRef = resource.domainRef;
    this.url = resource.attrUrl;
    if (props.removalPolicy === RemovalPolicy.DESTROY) {
      this.cleanup = new DomainCleanup(this, 'Cleanup', { domain: resource });
    }
  }

  /**
   * Has the domain emptied before this user profile or space of it is deleted, which its running apps would prevent.
   *
   * @internal
   */
  public _emptyBeforeDeleting(member: Construct): void {
    if (Stack.of(member) === this.stack) {
      this.cleanup?.emptyBeforeDeleting(member);
    }
  }

  private validate(props: StudioDomainProps, subnetIds: readonly string[]): void {
    const path = this.node.path;
    validateAppSettings(path, props);
    if (!Token.isUnresolved(subnetIds) && (subnetIds.length < 1 || subnetIds.length > 16)) {
      throw new Error(`${path}: 'vpcSubnets' must select 1 to 16 subnets, got: ${subnetIds.length}`);
    }
    const { securityGroups, dockerTrustedAccounts } = props;
    if (securityGroups && (securityGroups.length < 1 || securityGroups.length > 5)) {
      throw new Error(`${path}: 'securityGroups' must hold 1 to 5 security groups, got: ${securityGroups.length}`);
    }
    if (!dockerTrustedAccounts) {
      return;
    }
    if (!props.allowDocker || props.networkAccess === 'PublicInternetOnly') {
      throw new Error(
        `${path}: 'dockerTrustedAccounts' must be left out unless 'allowDocker' is true and 'networkAccess' is VpcOnly, got: ${dockerTrustedAccounts.join(', ')}`,
      );
    }
    if (dockerTrustedAccounts.length > 20) {
      throw new Error(
        `${path}: 'dockerTrustedAccounts' must hold up to 20 accounts, got: ${dockerTrustedAccounts.length}`,
      );
    }
    for (const account of dockerTrustedAccounts) {
      if (!Token.isUnresolved(account) && !/^\d{12}$/.test(account)) {
        throw new Error(`${path}: 'dockerTrustedAccounts' must hold accounts of 12 digits, got: ${account}`);
      }
    }
  }
}
