import { Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import { GLUE_DATABASE, type OfflineStore } from './stores';

/** How a principal queries an offline store. */
export interface QueryOptions {
  /**
   * Athena workgroup whose queries are allowed.
   *
   * @default 'primary'
   */
  readonly workGroup?: string;

  /**
   * Bucket that receives the results of the queries; the principal may read and write it.
   *
   * @default - no permission on results: the workgroup manages them, or they are granted elsewhere
   */
  readonly resultsBucket?: s3.IBucket;

  /**
   * Key prefix of the results, without a slash at either end.
   *
   * @default - the whole results bucket
   */
  readonly resultsPrefix?: string;
}

/** What the grants must know of the stores behind a feature group. */
export interface GrantedStores {
  /** Name as text: a permission must not wait for a group that waits for the permission. */
  readonly name?: string;
  readonly onlineKey?: kms.IKey;
  readonly offline?: OfflineLocation;
}

interface OfflineLocation {
  readonly bucket: s3.IBucket;
  readonly prefix: string;
  readonly key?: kms.IKey;
}

/** Permissions on one feature group. */
export class FeatureGroupGrants {
  public static fromFeatureGroup(group: refs.IFeatureGroupRef, stores: GrantedStores = {}): FeatureGroupGrants {
    return new FeatureGroupGrants(group, stores);
  }

  private constructor(
    private readonly group: refs.IFeatureGroupRef,
    private readonly stores: GrantedStores,
  ) {}

  /** Reads records of the online store. */
  public read(grantee: iam.IGrantable): iam.Grant {
    return this.onRecords(grantee, 'sagemaker:BatchGetRecord', 'sagemaker:GetRecord');
  }

  /** Puts records, singly or in batches. */
  public write(grantee: iam.IGrantable): iam.Grant {
    return this.onRecords(grantee, 'sagemaker:BatchWriteRecord', 'sagemaker:PutRecord');
  }

  /** Deletes records. */
  public delete(grantee: iam.IGrantable): iam.Grant {
    return this.onRecords(grantee, 'sagemaker:DeleteRecord');
  }

  /** Any other actions on the feature group. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const { name } = this.stores;
    const arn =
      name === undefined
        ? sagemaker.CfnFeatureGroup.arnForFeatureGroup(this.group)
        : Stack.of(this.group).formatArn({ service: 'sagemaker', resource: 'feature-group', resourceName: name });
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [arn] });
  }

  /** Queries the offline store with Athena: finds its table, reads its catalog entry and its files. */
  public query(grantee: iam.IGrantable, options: QueryOptions = {}): iam.Grant {
    const { name, offline } = this.stores;
    if (!offline || name === undefined) {
      throw new Error(
        `${this.group.node.path}: 'grants.query' must have an offline store that is known here, got: none`,
      );
    }
    const grants = [
      this.actions(grantee, 'sagemaker:DescribeFeatureGroup'),
      this.onWorkGroup(grantee, options.workGroup ?? 'primary'),
      iam.Grant.addToPrincipal({
        grantee,
        actions: ['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable'],
        resourceArns: glueArns(this.group, name),
      }),
      iam.Grant.addToPrincipalOrResource({
        grantee,
        actions: ['s3:GetObject'],
        resourceArns: [offline.bucket.arnForObjects(`${offline.prefix}/*`)],
        resource: offline.bucket,
      }),
      iam.Grant.addToPrincipalOrResource({
        grantee,
        actions: ['s3:GetBucketLocation'],
        resourceArns: [offline.bucket.bucketArn],
        resource: offline.bucket,
      }),
      iam.Grant.addToPrincipalOrResource({
        grantee,
        actions: ['s3:ListBucket'],
        resourceArns: [offline.bucket.bucketArn],
        resource: offline.bucket,
        conditions: { StringLike: { 's3:prefix': [offline.prefix, `${offline.prefix}/*`] } },
      }),
    ];
    if (offline.key) {
      grants.push(offline.key.grantDecrypt(grantee));
    }
    if (options.resultsBucket) {
      grants.push(options.resultsBucket.grantReadWrite(grantee, options.resultsPrefix && `${options.resultsPrefix}/*`));
    }
    return grants.reduce((all, grant) => all.combine(grant));
  }

  private onRecords(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const grant = this.actions(grantee, ...actions);
    // Every operation on records needs it, writing too: dg/feature-store-security.
    return this.stores.onlineKey ? grant.combine(this.stores.onlineKey.grantDecrypt(grantee)) : grant;
  }

  private onWorkGroup(grantee: iam.IGrantable, workGroup: string): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: [
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:GetWorkGroup',
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
      ],
      resourceArns: [
        Stack.of(this.group).formatArn({ service: 'athena', resource: 'workgroup', resourceName: workGroup }),
      ],
    });
  }
}

/**
 * What the service's role needs to write an offline store: the actions of AmazonSageMakerFeatureStoreAccess, on this group's files and
 * table alone.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-feature-store.html
 */
export function writeOfflineStore(
  group: refs.IFeatureGroupRef,
  name: string,
  { bucket, prefix, key }: OfflineLocation,
  tableFormat: OfflineStore['tableFormat'],
): iam.PolicyStatement[] {
  const allow = (actions: string[], ...resources: string[]) => new iam.PolicyStatement({ actions, resources });
  const iceberg = tableFormat === 'Iceberg';
  const statements = [
    allow(['s3:GetBucketAcl'], bucket.bucketArn),
    allow(['s3:PutObject', 's3:PutObjectAcl'], bucket.arnForObjects(`${prefix}/*`)),
    allow(['glue:GetTable', 'glue:UpdateTable'], ...glueArns(group, name)),
  ];
  if (iceberg) {
    // A commit reads the table's last manifest before it writes the next.
    statements.push(allow(['s3:GetObject'], bucket.arnForObjects(`${prefix}/*/metadata/*`)));
  }
  if (key) {
    statements.push(allow(iceberg ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:GenerateDataKey'], key.keyArn));
  }
  return statements;
}

/** Catalog, database and table of an offline store. */
function glueArns(group: refs.IFeatureGroupRef, name: string): string[] {
  const glue = (resource: string) => Stack.of(group).formatArn({ service: 'glue', resource });
  return [glue('catalog'), glue(`database/${GLUE_DATABASE}`), glue(`table/${GLUE_DATABASE}/${tablePattern(name)}`)];
}

/**
 * The service names a table after the feature group, in lower case, with or without _ for -, and appends the time of creation.
 * `?` stands for either character.
 */
function tablePattern(name: string): string {
  return Token.isUnresolved(name) ? '*' : `${name.toLowerCase().replaceAll(/[-_]/g, '?')}?*`;
}
