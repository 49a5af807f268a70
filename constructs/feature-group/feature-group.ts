import { Annotations, ArnFormat, Names, RemovalPolicy, Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, ExecutionRole } from '../roles';
import { FeatureGroupBase, type IFeatureGroup, ImportedFeatureGroup } from './feature-group-base';
import { FeatureGroupGrants, writeOfflineStore } from './feature-group-grants';
import { checkHistory } from './feature-history';
import { type FeatureType, isName, validateFeatures } from './features';
import {
  type OfflineStore,
  type OnlineStore,
  renderOfflineStore,
  renderOnlineStore,
  validateOfflineStore,
  validateOnlineStore,
} from './stores';

/** Range of the API, and the quota of one group: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
const MAX_UNITS = 10_000_000;
const QUOTA_UNITS = 40_000;

/** Capacity that is paid for by the hour, used or not. */
export interface ProvisionedThroughput {
  /** Reads of 4 KB per second: 0 to 10,000,000, and by default quota no more than 40,000. 0 without an online store. */
  readonly readCapacityUnits: number;

  /** Writes of 1 KB per second: 0 to 10,000,000, and by default quota no more than 40,000. */
  readonly writeCapacityUnits: number;
}

export interface FeatureGroupProps {
  /** Type of each feature by name: 1 to 2500, in the order of the definitions. Features can only be added, at the end. */
  readonly features: Readonly<Record<string, FeatureType>>;

  /** Feature that identifies a record. Changing it replaces the group. */
  readonly recordIdentifier: string;

  /** Feature that holds the event time: ISO-8601 text, or seconds since the epoch. Changing it replaces the group. */
  readonly eventTime: string;

  /**
   * JSON file, committed beside the code, that lists the features declared so far. A feature that is missing, retyped or moved is
   * refused; a new one too, until it is recorded: synthesize once with the environment variable `RECORD_FEATURES=true`.
   *
   * @default - no record: what the service cannot change fails at deployment
   */
  readonly history?: string;

  /**
   * Store for inference.
   *
   * @default - none; then 'offlineStore' is required
   */
  readonly onlineStore?: OnlineStore;

  /**
   * Store for training.
   *
   * @default - none; then 'onlineStore' is required
   */
  readonly offlineStore?: OfflineStore;

  /**
   * Capacity reserved for reads and writes. Not with storage type `InMemory`.
   *
   * @default - on demand: each request is paid for
   */
  readonly provisionedThroughput?: ProvisionedThroughput;

  /**
   * Role with which the service writes the offline store; it is granted what that needs.
   *
   * @default - a role of its own, if there is an offline store
   */
  readonly role?: iam.IRole;

  /**
   * Name: 1 to 64 letters, digits, - and _, a letter or digit at both ends. Changing it replaces the group.
   *
   * @default - derived from the construct path
   */
  readonly featureGroupName?: string;

  /**
   * Description, up to 128 characters. Changing it replaces the group.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * The only tags of the group. Changing them replaces it, so tags of the app and the stack are kept away.
   *
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * What happens when the group leaves the stack. Files in the bucket of an offline store stay in any case.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A feature group: the schema of records that are put once and read by inference, training or both.
 *
 * Creates the group and, with an offline store, the role that writes it; the service adds a table to the AWS Glue catalog. Records are
 * billed by request and by size; `InMemory` stores and provisioned throughput also cost while nobody uses them.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store.html
 */
export class FeatureGroup extends FeatureGroupBase {
  /** Refers to a feature group of this account and region. */
  public static fromFeatureGroupName(scope: Construct, id: string, featureGroupName: string): IFeatureGroup {
    return new ImportedFeatureGroup(scope, id, featureGroupName);
  }

  /** Refers to a feature group of any account and region. */
  public static fromFeatureGroupArn(scope: Construct, id: string, featureGroupArn: string): IFeatureGroup {
    const name = Stack.of(scope).splitArn(featureGroupArn, ArnFormat.SLASH_RESOURCE_NAME).resourceName ?? '';
    return new ImportedFeatureGroup(scope, id, name, { environmentFromArn: featureGroupArn });
  }

  public readonly featureGroupRef: refs.FeatureGroupReference;
  public readonly grants: FeatureGroupGrants;

  /** Role that writes the offline store. */
  public readonly role?: iam.IRole;

  constructor(scope: Construct, id: string, props: FeatureGroupProps) {
    super(scope, id);
    this.validate(props);
    if (props.history !== undefined) {
      checkHistory(this.node.path, props.history, props.features);
    }

    const { onlineStore, offlineStore } = props;
    // Lower case, because the service writes table names so and the permissions follow the name.
    const name =
      props.featureGroupName ?? Names.uniqueResourceName(this, { maxLength: 64, separator: '-' }).toLowerCase();
    const offline = offlineStore && {
      bucket: offlineStore.bucket,
      prefix: offlineStore.prefix ?? name,
      key: offlineStore.encryptionKey ?? offlineStore.bucket.encryptionKey,
    };
    this.role = offline && (props.role ?? new ExecutionRole(this, 'Role', { activities: [] }));

    const resource = new sagemaker.CfnFeatureGroup(this, 'Resource', {
      featureGroupName: name,
      description: props.description,
      featureDefinitions: Object.entries(props.features).map(([featureName, featureType]) => ({
        featureName,
        featureType,
      })),
      recordIdentifierFeatureName: props.recordIdentifier,
      eventTimeFeatureName: props.eventTime,
      onlineStoreConfig: onlineStore && renderOnlineStore(onlineStore),
      offlineStoreConfig: offlineStore && offline && renderOfflineStore(offlineStore, offline.prefix, offline.key),
      roleArn: this.role?.roleArn,
      throughputConfig: renderThroughput(props),
    });
    this.featureGroupRef = resource.featureGroupRef;
    resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    freezeTags(resource, props.tags);
    if (this.role && offlineStore && offline) {
      const statements = writeOfflineStore(this, name, offline, offlineStore.tableFormat);
      const policy = new iam.Policy(this, 'WriteOfflineStore', { roles: [this.role], statements });
      acknowledgeWildcards(
        policy,
        statements.flatMap(statement => statement.resources),
        'The service makes up the names of files and the end of the table name; both stay below those of this group',
      );
      // The service tries the role while it creates the group, which must not come before the policies.
      resource.node.addDependency(this.role, policy);
    }

    this.grants = FeatureGroupGrants.fromFeatureGroup(this, { name, onlineKey: onlineStore?.encryptionKey, offline });
  }

  private validate(props: FeatureGroupProps): void {
    const path = this.node.path;
    const { onlineStore, offlineStore, provisionedThroughput, featureGroupName, description } = props;
    validateFeatures(path, props.features, props.recordIdentifier, props.eventTime);
    if (!onlineStore && !offlineStore) {
      throw new Error(`${path}: 'onlineStore' or 'offlineStore' must be given, got: neither`);
    }
    if (onlineStore) {
      validateOnlineStore(path, onlineStore, offlineStore);
    }
    if (offlineStore) {
      validateOfflineStore(path, offlineStore);
    } else if (props.role) {
      throw new Error(`${path}: 'role' must be left out without an offline store, got: ${props.role.node.path}`);
    }
    if (provisionedThroughput) {
      this.validateThroughput(provisionedThroughput, onlineStore);
    }
    if (featureGroupName !== undefined && !Token.isUnresolved(featureGroupName) && !isName(featureGroupName)) {
      throw new Error(
        `${path}: 'featureGroupName' must be 1 to 64 letters, digits, - and _ that start and end with a letter or digit, got: ${featureGroupName}`,
      );
    }
    if (description !== undefined && !Token.isUnresolved(description) && description.length > 128) {
      throw new Error(`${path}: 'description' must have up to 128 characters, got: ${description.length}`);
    }
  }

  private validateThroughput(throughput: ProvisionedThroughput, onlineStore?: OnlineStore): void {
    if (onlineStore?.storageType === 'InMemory') {
      throw new Error(
        `${this.node.path}: 'provisionedThroughput' must be left out with storage type InMemory, got: capacity units`,
      );
    }
    for (const [prop, units] of Object.entries<number>({ ...throughput })) {
      if (Token.isUnresolved(units)) {
        continue;
      }
      if (!Number.isInteger(units) || units < 0 || units > MAX_UNITS) {
        throw new Error(
          `${this.node.path}: 'provisionedThroughput.${prop}' must be a whole number from 0 to ${MAX_UNITS}, got: ${units}`,
        );
      }
      if (units > QUOTA_UNITS) {
        Annotations.of(this).addWarningV2(
          'sagemaker-cdk:feature-group-quota',
          `'provisionedThroughput.${prop}' is above ${QUOTA_UNITS}, the documented quota of one feature group, got: ${units}`,
        );
      }
    }
  }
}

/** Always names the mode where there is a choice: leaving it out later would not take the reserved capacity back. */
function renderThroughput({
  provisionedThroughput,
  onlineStore,
}: FeatureGroupProps): sagemaker.CfnFeatureGroup.ThroughputConfigProperty | undefined {
  if (provisionedThroughput) {
    return {
      throughputMode: 'Provisioned',
      provisionedReadCapacityUnits: provisionedThroughput.readCapacityUnits,
      provisionedWriteCapacityUnits: provisionedThroughput.writeCapacityUnits,
    };
  }
  return onlineStore?.storageType === 'InMemory' ? undefined : { throughputMode: 'OnDemand' };
}

/**
 * Gives a resource exactly these tags. `Tags.of(app).add(...)` anywhere, now or later, would change them, and with them replace the
 * resource; an override of the template has the last word over all aspects.
 */
function freezeTags(resource: sagemaker.CfnFeatureGroup, tags: Readonly<Record<string, string>> = {}): void {
  resource.addPropertyOverride(
    'Tags',
    Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  );
  if (Object.keys(tags).length === 0) {
    resource.addPropertyDeletionOverride('Tags');
  }
}
