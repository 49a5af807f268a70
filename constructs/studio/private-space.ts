import { RemovalPolicy, Resource, type Size, Token } from 'aws-cdk-lib/core';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { validateGibibytes, validateInstanceType } from './app-settings';
import type { LifecycleConfiguration, StudioApp } from './lifecycle-configuration';
import { isName, nameFor } from './names';
import { StudioDomain } from './studio-domain';
import type { UserProfile } from './user-profile';

export interface PrivateSpaceProps {
  /** User who owns the space, and alone can enter it. Changing the owner replaces the space. */
  readonly owner: UserProfile;

  /**
   * App of the space. It cannot be changed later.
   *
   * @default 'JupyterLab'
   */
  readonly app?: StudioApp;

  /**
   * Name: 1 to 63 letters, digits and -, a letter or digit at both ends. Changing it replaces the space, and its files are lost.
   *
   * @default - derived from the construct path and the owner
   */
  readonly spaceName?: string;

  /**
   * Name that Studio shows, 1 to 64 characters.
   *
   * @default - the name of the space
   */
  readonly displayName?: string;

  /**
   * Size of the volume with the files: whole gibibytes from 5 to 16,384. It can only grow.
   *
   * @default - the default size of the owner or the domain
   */
  readonly volumeSize?: Size;

  /**
   * Instance type of the app, such as `ml.t3.medium`.
   *
   * @default - chosen when the app is started
   */
  readonly instanceType?: string;

  /**
   * Script that runs at the start of the app. The user profile or the domain must list it too.
   *
   * @default - the first one that the user profile or the domain lists for the app
   */
  readonly lifecycleConfiguration?: LifecycleConfiguration;

  /**
   * What happens when the space leaves its stack. Deleting it deletes its files.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A workplace of one user: JupyterLab or Code Editor, and a volume that outlives the app.
 *
 * Creates the space and its volume, which is billed by size. The app is started by its user, and billed while it runs.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-spaces.html
 */
export class PrivateSpace extends Resource implements refs.ISpaceRef {
  public readonly spaceRef: refs.SpaceReference;

  constructor(scope: Construct, id: string, props: PrivateSpaceProps) {
    super(scope, id);
    const { owner, volumeSize } = props;
    const app = props.app ?? 'JupyterLab';
    this.validate(props, app);

    const { userProfileName, domainId } = owner.userProfileRef;
    const resource = new sagemaker.CfnSpace(this, 'Resource', {
      domainId,
      spaceName: props.spaceName ?? nameFor(this, userProfileName, app),
      spaceDisplayName: props.displayName,
      ownershipSettings: { ownerUserProfileName: userProfileName },
      spaceSharingSettings: { sharingType: 'Private' },
      spaceSettings: {
        appType: app,
        ...renderApp(app, props),
        spaceStorageSettings: volumeSize && { ebsStorageSettings: { ebsVolumeSizeInGb: volumeSize.toGibibytes() } },
      },
    });
    resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    // The owner is named by text, which tells CloudFormation nothing.
    resource.node.addDependency(owner);
    if (owner.domain instanceof StudioDomain) {
      owner.domain._emptyBeforeDeleting(this);
    }
    // Ref is a compound of space and domain, so the name is taken from where it was given.
    this.spaceRef = { domainId, spaceName: resource.spaceName, spaceArn: resource.attrSpaceArn };
  }

  private validate(props: PrivateSpaceProps, app: StudioApp): void {
    const path = this.node.path;
    const { spaceName, displayName, volumeSize, lifecycleConfiguration } = props;
    if (spaceName !== undefined && !Token.isUnresolved(spaceName) && !isName(spaceName)) {
      throw new Error(
        `${path}: 'spaceName' must be 1 to 63 letters, digits and - that start and end with a letter or digit, got: ${spaceName}`,
      );
    }
    if (displayName !== undefined && !Token.isUnresolved(displayName) && !/^(?!\s*$).{1,64}$/.test(displayName)) {
      throw new Error(
        `${path}: 'displayName' must have 1 to 64 characters that are not all blank, got: ${displayName}`,
      );
    }
    if (volumeSize) {
      validateGibibytes(path, 'volumeSize', volumeSize);
    }
    validateInstanceType(path, props.instanceType);
    if (lifecycleConfiguration && lifecycleConfiguration.app !== app) {
      throw new Error(
        `${path}: 'lifecycleConfiguration' must be one for ${app}, got: ${lifecycleConfiguration.node.path} for ${lifecycleConfiguration.app}`,
      );
    }
  }
}

function renderApp(
  app: StudioApp,
  { instanceType, lifecycleConfiguration }: PrivateSpaceProps,
): sagemaker.CfnSpace.SpaceSettingsProperty {
  const lifecycleConfigArn = lifecycleConfiguration?.studioLifecycleConfigRef.studioLifecycleConfigArn;
  if (!instanceType && !lifecycleConfigArn) {
    return {};
  }
  const settings = { defaultResourceSpec: { instanceType, lifecycleConfigArn } };
  return app === 'JupyterLab' ? { jupyterLabAppSettings: settings } : { codeEditorAppSettings: settings };
}
