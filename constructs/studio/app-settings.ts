import { Duration, type Size, Token } from 'aws-cdk-lib/core';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { LifecycleConfiguration, StudioApp } from './lifecycle-configuration';

/** Shuts an app down when nothing has run in it for a while. All times are whole minutes from 60 to 525,600 (a year). */
export interface IdleShutdown {
  /**
   * Idle time after which an app is shut down, unless its user chooses another.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * Shortest idle time that users can choose.
   *
   * @default - users cannot choose, unless 'maximum' is given
   */
  readonly minimum?: Duration;

  /**
   * Longest idle time that users can choose.
   *
   * @default - users cannot choose, unless 'minimum' is given
   */
  readonly maximum?: Duration;
}

/** Sizes of the volumes of private spaces: whole gibibytes from 5 to 16,384. */
export interface SpaceStorage {
  /** Size of a volume whose user does not choose one. */
  readonly defaultSize: Size;

  /** Largest size that users can choose. */
  readonly maximumSize: Size;
}

/** An app of the navigation of Studio. */
export type HiddenApp = 'Canvas' | 'CodeEditor' | 'JupyterLab' | 'JupyterServer' | 'RStudioServerPro';

/** A tool of the navigation of Studio. */
export type HiddenTool =
  | 'AutoMl'
  | 'Comet'
  | 'DataWrangler'
  | 'Datasets'
  | 'DeepchecksLLMEvaluation'
  | 'EmrClusters'
  | 'Endpoints'
  | 'Evaluators'
  | 'Experiments'
  | 'FeatureStore'
  | 'Fiddler'
  | 'HyperPodClusters'
  | 'InferenceOptimization'
  | 'InferenceRecommender'
  | 'JumpStart'
  | 'LakeraGuard'
  | 'ModelEvaluation'
  | 'Models'
  | 'PerformanceEvaluation'
  | 'Pipelines'
  | 'Projects'
  | 'RunningInstances'
  | 'Training';

/** What JupyterLab and Code Editor start with, for a whole domain or for one user profile. */
export interface AppSettings {
  /**
   * Shutdown of idle apps; `false` keeps them running, and billed.
   *
   * @default - after one hour in a domain; as the domain says in a user profile
   */
  readonly idleShutdown?: IdleShutdown | false;

  /**
   * Scripts that users can choose for the start of an app. The first of each app runs unless another is chosen.
   *
   * @default - none in a domain; those of the domain in a user profile
   */
  readonly lifecycleConfigurations?: readonly LifecycleConfiguration[];

  /**
   * Instance type of apps that are started without one, such as `ml.t3.medium`.
   *
   * @default - chosen by the service
   */
  readonly instanceType?: string;

  /**
   * Sizes of the volumes of private spaces.
   *
   * @default - chosen by the service
   */
  readonly spaceStorage?: SpaceStorage;

  /**
   * Apps that are left out of the navigation. Hiding an app does not forbid it.
   *
   * @default - `JupyterServer`, the classic Studio that is closed, in a domain; as the domain says in a user profile
   */
  readonly hiddenApps?: readonly HiddenApp[];

  /**
   * Tools that are left out of the navigation. Hiding a tool does not forbid it.
   *
   * @default - none in a domain; as the domain says in a user profile
   */
  readonly hiddenTools?: readonly HiddenTool[];

  /**
   * Instance types that are left out of the choices, such as `ml.p5.48xlarge`. Hiding a type does not forbid it.
   *
   * @default - none in a domain; as the domain says in a user profile
   */
  readonly hiddenInstanceTypes?: readonly string[];
}

const MINUTES = { min: 60, max: 525_600 };
const DEFAULT_TIMEOUT = Duration.hours(1);
const GIBIBYTES = { min: 5, max: 16_384 };

export function validateAppSettings(path: string, { idleShutdown, instanceType, spaceStorage }: AppSettings): void {
  if (idleShutdown) {
    const { minimum, timeout = DEFAULT_TIMEOUT, maximum } = idleShutdown;
    const given = Object.entries({ minimum, timeout, maximum }).flatMap(([prop, duration]) =>
      duration === undefined || duration.isUnresolved()
        ? []
        : [{ prop: `idleShutdown.${prop}`, minutes: validateMinutes(path, `idleShutdown.${prop}`, duration) }],
    );
    for (const [index, { prop, minutes }] of given.entries()) {
      const before = given[index - 1];
      if (before && before.minutes > minutes) {
        throw new Error(
          `${path}: '${prop}' must not be shorter than '${before.prop}' (${before.minutes} minutes), got: ${minutes} minutes`,
        );
      }
    }
  }
  validateInstanceType(path, instanceType);
  if (spaceStorage) {
    const { defaultSize, maximumSize } = spaceStorage;
    validateGibibytes(path, 'spaceStorage.defaultSize', defaultSize);
    validateGibibytes(path, 'spaceStorage.maximumSize', maximumSize);
    if (!defaultSize.isUnresolved() && !maximumSize.isUnresolved() && defaultSize.toBytes() > maximumSize.toBytes()) {
      throw new Error(
        `${path}: 'spaceStorage.maximumSize' must not be smaller than 'spaceStorage.defaultSize' (${defaultSize.toGibibytes()} GiB), got: ${maximumSize.toGibibytes()} GiB`,
      );
    }
  }
}

function validateMinutes(path: string, prop: string, duration: Duration): number {
  const minutes = duration.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < MINUTES.min || minutes > MINUTES.max) {
    throw new Error(
      `${path}: '${prop}' must be whole minutes from ${MINUTES.min} to ${MINUTES.max}, got: ${minutes} minutes`,
    );
  }
  return minutes;
}

export function validateGibibytes(path: string, prop: string, size: Size): void {
  if (size.isUnresolved()) {
    return;
  }
  const gibibytes = size.toBytes() / 1024 ** 3;
  if (!Number.isInteger(gibibytes) || gibibytes < GIBIBYTES.min || gibibytes > GIBIBYTES.max) {
    throw new Error(
      `${path}: '${prop}' must be whole gibibytes from ${GIBIBYTES.min} to ${GIBIBYTES.max}, got: ${gibibytes} GiB`,
    );
  }
}

export function validateInstanceType(path: string, instanceType?: string): void {
  if (
    instanceType !== undefined &&
    !Token.isUnresolved(instanceType) &&
    !/^ml\.[a-z0-9-]+\.[a-z0-9]+$/.test(instanceType)
  ) {
    throw new Error(`${path}: 'instanceType' must be an instance type such as ml.t3.medium, got: ${instanceType}`);
  }
}

/** Settings in the shape that domains, user profiles and shared spaces have in common. */
export function renderAppSettings(settings: AppSettings) {
  return {
    jupyterLabAppSettings: renderApp('JupyterLab', settings),
    codeEditorAppSettings: renderApp('CodeEditor', settings),
    spaceStorageSettings: settings.spaceStorage && {
      defaultEbsStorageSettings: {
        defaultEbsVolumeSizeInGb: settings.spaceStorage.defaultSize.toGibibytes(),
        maximumEbsVolumeSizeInGb: settings.spaceStorage.maximumSize.toGibibytes(),
      },
    },
    studioWebPortalSettings: renderWebPortal(settings),
  };
}

function renderApp(
  app: StudioApp,
  { idleShutdown, lifecycleConfigurations, instanceType }: AppSettings,
): (sagemaker.CfnDomain.JupyterLabAppSettingsProperty & sagemaker.CfnDomain.CodeEditorAppSettingsProperty) | undefined {
  const arns = lifecycleConfigurations
    ?.filter(configuration => configuration.app === app)
    .map(({ studioLifecycleConfigRef }) => studioLifecycleConfigRef.studioLifecycleConfigArn);
  if (idleShutdown === undefined && arns === undefined && instanceType === undefined) {
    return undefined;
  }
  const lifecycleConfigArn = arns?.[0];
  return {
    appLifecycleManagement: idleShutdown === undefined ? undefined : { idleSettings: renderIdle(idleShutdown) },
    // An empty list takes away what an earlier deployment attached; no list would leave it.
    lifecycleConfigArns: arns,
    defaultResourceSpec: instanceType || lifecycleConfigArn ? { instanceType, lifecycleConfigArn } : undefined,
  };
}

function renderIdle(idleShutdown: IdleShutdown | false): sagemaker.CfnDomain.IdleSettingsProperty {
  if (idleShutdown === false) {
    return { lifecycleManagement: 'DISABLED' };
  }
  return {
    lifecycleManagement: 'ENABLED',
    idleTimeoutInMinutes: (idleShutdown.timeout ?? DEFAULT_TIMEOUT).toMinutes(),
    minIdleTimeoutInMinutes: idleShutdown.minimum?.toMinutes(),
    maxIdleTimeoutInMinutes: idleShutdown.maximum?.toMinutes(),
  };
}

function renderWebPortal({
  hiddenApps,
  hiddenTools,
  hiddenInstanceTypes,
}: AppSettings): sagemaker.CfnDomain.StudioWebPortalSettingsProperty | undefined {
  if (!hiddenApps && !hiddenTools && !hiddenInstanceTypes) {
    return undefined;
  }
  return {
    hiddenAppTypes: hiddenApps && [...hiddenApps],
    hiddenMlTools: hiddenTools && [...hiddenTools],
    hiddenInstanceTypes: hiddenInstanceTypes && [...hiddenInstanceTypes],
  };
}
