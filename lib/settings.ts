import { createRequire } from 'node:module';
import type {
  ProcessingInstanceType,
  ProductionVariantInstanceType,
  TrainingInstanceType,
  TransformInstanceType,
} from '@aws-sdk/client-sagemaker';
import type { Node } from 'constructs';
import { WORKING_HOURS } from './working-hours';

/** Everything that can differ between two deployments of the app. Each setting can be given with `-c <name>=<value>`. */
export interface Settings {
  /** First part of the names of stacks, parameters and the endpoint, so that two deployments fit into one account. */
  readonly prefix: string;

  /** Account of the stacks; empty for the one of the credentials at deployment. */
  readonly account: string;

  /** Region of the stacks; empty for the one of the credentials at deployment. */
  readonly region: string;

  /** Jobs, models and Studio reach AWS through the VPC only, by interface endpoints that cost money by the hour. */
  readonly vpcOnly: boolean;

  /** Data is encrypted with a key of the account. */
  readonly customerManagedKey: boolean;

  /** Data, keys, the registry and the domain stay when their stack is deleted. */
  readonly retainData: boolean;

  /**
   * The pipeline checks with Clarify and Model Monitor, and Model Monitor watches the endpoint. AWS documentation of 2026 says that both
   * services take no new customers; in an account without access, `false` makes jobs of our own check and watch.
   */
  readonly managedChecks: boolean;

  /**
   * Monitors of model quality and of bias watch the endpoint too. They need to be told what became of the loans, in files below
   * `credit-risk/labels-inbox/` of the data bucket.
   */
  readonly allMonitors: boolean;

  /**
   * Pipelines beside that of the workload are made: an Autopilot challenger, Spark, EMR, batch scoring, experiments,
   * a trial release, Bedrock. They cost nothing at rest.
   */
  readonly examplePipelines: boolean;

  /**
   * The approved version is also served by endpoints that cost nothing at rest but their alarms: an asynchronous one and, without
   * `vpcOnly`, a serverless one.
   */
  readonly sleepingEndpoints: boolean;

  /** Endpoints of the kinds that cost money at rest are made too: multi-model, multi-container, components, shadow. */
  readonly inferenceModes: boolean;

  /** The endpoint has a route of API Gateway, for callers who sign their requests but do not have the AWS SDK. */
  readonly frontDoor: boolean;

  /** Number of availability zones: 1 to 6, and no more than the account has in the region. */
  readonly zones: number;

  /** User of the Studio domain. */
  readonly studioUser: string;

  /** Address that hears of alarms, failed executions and failed deployments; empty for none. */
  readonly alertEmail: string;

  /** Least area under the ROC curve for a model to be registered. */
  readonly minimumAuc: number;

  /** The pipeline runs every Monday morning, unless it is running. */
  readonly retrainWeekly: boolean;

  /** The pipeline runs with a file of loans that arrives below `credit-risk/raw/` in the data bucket, at most once an hour. */
  readonly retrainOnUpload: boolean;

  /**
   * The pipeline runs when an alarm says that requests, predictions or what decides them have drifted, unless it is running. A new
   * version still waits for a person's approval.
   */
  readonly retrainOnDrift: boolean;

  /** Least days from the last start of the pipeline, whoever made it, to one by drift: 1 to 90. Until then, drift only alerts. */
  readonly retrainCooldownDays: number;

  /** Instance type of processing and check jobs. */
  readonly processingInstanceType: ProcessingInstanceType;

  /** Instance type of training jobs. */
  readonly trainingInstanceType: TrainingInstanceType;

  /** Instance type of batch transform. */
  readonly transformInstanceType: TransformInstanceType;

  /** Instance type of the endpoint. */
  readonly endpointInstanceType: ProductionVariantInstanceType;

  /** Fewest instances of the endpoint. */
  readonly endpointMinInstances: number;

  /** Most instances of the endpoint. */
  readonly endpointMaxInstances: number;

  /**
   * When the endpoint runs, such as `MON-FRI 08:00-18:00 Europe/Berlin`: days, from when to when, and the time zone; every day and UTC
   * where they are left out. Empty for always.
   */
  readonly workingHours: string;

  /** How an approved version takes over the endpoint's traffic. */
  readonly trafficShift: 'ALL_AT_ONCE' | 'CANARY' | 'LINEAR';
}

const sandbox: Settings = {
  prefix: 'Sandbox',
  account: '',
  region: '',
  vpcOnly: false,
  customerManagedKey: false,
  retainData: false,
  managedChecks: true,
  allMonitors: false,
  examplePipelines: false,
  frontDoor: false,
  zones: 2,
  studioUser: 'data-scientist',
  alertEmail: '',
  minimumAuc: 0.75,
  retrainWeekly: false,
  retrainOnUpload: false,
  retrainOnDrift: false,
  retrainCooldownDays: 3,
  processingInstanceType: 'ml.m5.large',
  trainingInstanceType: 'ml.m5.large',
  transformInstanceType: 'ml.m5.large',
  endpointInstanceType: 'ml.m5.large',
  endpointMinInstances: 1,
  endpointMaxInstances: 1,
  workingHours: '',
  sleepingEndpoints: true,
  inferenceModes: false,
  trafficShift: 'ALL_AT_ONCE',
};

const production: Settings = {
  ...sandbox,
  prefix: 'Production',
  sleepingEndpoints: false,
  vpcOnly: true,
  customerManagedKey: true,
  retainData: true,
  zones: 3,
  retrainWeekly: true,
  retrainOnDrift: true,
  processingInstanceType: 'ml.m5.xlarge',
  trainingInstanceType: 'ml.m5.xlarge',
  transformInstanceType: 'ml.m5.xlarge',
  endpointMinInstances: 2,
  endpointMaxInstances: 8,
  trafficShift: 'CANARY',
};

const showcase: Settings = {
  ...production,
  prefix: 'Showcase',
  retainData: false,
  allMonitors: true,
  examplePipelines: true,
  frontDoor: true,
  retrainOnUpload: true,
  workingHours: 'MON-FRI 07:00-19:00 Europe/Berlin',
  sleepingEndpoints: true,
  inferenceModes: true,
  trafficShift: 'LINEAR',
};

/** Sets of settings for a purpose: try out and throw away, run for real, read everything. */
export const presets = { sandbox, production, showcase };

/** Settings with a closed list of values. */
const choices: Readonly<Partial<Record<keyof Settings, readonly string[]>>> = {
  trafficShift: ['ALL_AT_ONCE', 'CANARY', 'LINEAR'],
};

/** Rules for values that TypeScript cannot express. */
const rules: Readonly<Partial<Record<keyof Settings, readonly [RegExp, string]>>> = {
  prefix: [/^[A-Za-z][A-Za-z0-9]{0,19}$/, '1 to 20 letters and digits, beginning with a letter'],
  account: [/^(\d{12})?$/, '12 digits'],
  region: [/^([a-z]{2,}(-[a-z]+)+-\d)?$/, 'a region such as eu-central-1'],
  zones: [/^[1-6]$/, 'a whole number from 1 to 6'],
  studioUser: [/^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$/, '1 to 63 letters, digits and hyphens'],
  alertEmail: [/^([^@\s]+@[^@\s]+)?$/, 'an e-mail address'],
  minimumAuc: [/^(0(\.\d+)?|1(\.0+)?)$/, 'a number from 0 to 1'],
  retrainCooldownDays: [/^([1-9]|[1-8]\d|90)$/, 'a whole number from 1 to 90'],
  endpointMinInstances: [/^[1-9]\d*$/, 'a whole number of 1 or more'],
  endpointMaxInstances: [/^[1-9]\d*$/, 'a whole number of 1 or more'],
  workingHours: [WORKING_HOURS, 'empty or times such as MON-FRI 08:00-18:00 Europe/Berlin'],
};

/** Settings that are instance types, and the enumerations of the SDK with their values. */
const INSTANCE_TYPES: Readonly<Partial<Record<keyof Settings, string>>> = {
  processingInstanceType: 'ProcessingInstanceType',
  trainingInstanceType: 'TrainingInstanceType',
  transformInstanceType: 'TransformInstanceType',
  endpointInstanceType: 'ProductionVariantInstanceType',
};

/** Keys of the context that are no settings of a preset. */
const OTHER_KEYS = ['environment', 'acknowledged-issue-numbers', 'cli-telemetry'];

/**
 * The settings that the context asks for: a preset, chosen by `environment`, with single settings laid over it.
 *
 * This is the only place that reads the context of the app. Keys with `:`, `/` or `@` belong to the CDK, as do two more; all others
 * are settings, and an unknown one is an error.
 */
export function settingsFromContext(node: Node): Settings {
  const context = node.getAllContext() as Readonly<Record<string, unknown>>;
  const environment = text(context.environment ?? 'sandbox');
  if (!isKeyOf(presets, environment)) {
    throw new Error(`'environment' must be one of ${Object.keys(presets).join(', ')}, got: ${environment}`);
  }
  const preset = presets[environment];
  const given = Object.entries(context).filter(([name]) => !/[:/@]/.test(name) && !OTHER_KEYS.includes(name));
  const overrides = given.map(([name, value]) => {
    if (!isKeyOf(preset, name)) {
      throw new Error(`unknown setting '${name}'; settings are environment, ${Object.keys(preset).join(', ')}`);
    }
    return [name, parse(name, typeof preset[name], value)];
  });
  return checked({ ...preset, ...(Object.fromEntries(overrides) as Partial<Settings>) });
}

function parse(name: keyof Settings, type: string, value: unknown): string | number | boolean {
  const given = text(value);
  const [pattern, rule] = rules[name] ?? [/^/, ''];
  const allowed = type === 'boolean' ? ['true', 'false'] : (choices[name] ?? instanceTypes(name, given));
  if (allowed && !allowed.includes(given)) {
    throw new Error(`'${name}' must be one of ${allowed.join(', ')}, got: ${given}`);
  }
  if (!pattern.test(given)) {
    throw new Error(`'${name}' must be ${rule}, got: ${given}`);
  }
  return type === 'boolean' ? given === 'true' : type === 'number' ? Number(given) : given;
}

/** The instance types of a kind of job, those of the same family if there are any. The SDK is only loaded to check one that is given. */
function instanceTypes(name: keyof Settings, given: string): readonly string[] | undefined {
  const enumeration = INSTANCE_TYPES[name];
  if (enumeration === undefined) return undefined;
  const sdk = createRequire(__filename)('@aws-sdk/client-sagemaker') as Record<string, Record<string, string>>;
  const all = Object.values(sdk[enumeration] ?? {});
  const family = all.filter(type => type.startsWith(given.slice(0, given.lastIndexOf('.') + 1)));
  return family.length > 0 ? family : all;
}

/** A context value as it was written: a text from the command line, anything from cdk.json. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Rules that hold between settings. */
function checked(settings: Settings): Settings {
  const { endpointMinInstances: min, endpointMaxInstances: max } = settings;
  if (max < min) {
    throw new Error(`'endpointMaxInstances' must be at least 'endpointMinInstances' (${min}), got: ${max}`);
  }
  return settings;
}

function isKeyOf<T extends object>(object: T, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(object, key);
}
