import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { FeatureGroup } from '../constructs/feature-group';
import { isAvailable } from './availability';
import { loanFeatures } from './credit-risk/features';
import type { Settings } from './settings';

export interface DataStackProps extends StackProps {
  readonly settings: Settings;
}

/** Key, buckets and feature group. Changes when a schema grows. */
export class DataStack extends Stack {
  /** Key of all data; none where the keys of the services do. */
  public readonly key?: kms.IKey;

  /** Bucket of the pipeline's runs, the captured data and the reports of the monitors. */
  public readonly bucket: s3.Bucket;

  /** Loans by identifier, for training and for inference; none where the region has no feature groups. */
  public readonly loans?: FeatureGroup;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { retainData, customerManagedKey } = props.settings;
    const removalPolicy = retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const common = {
      removalPolicy,
      autoDeleteObjects: !retainData,
      enforceSSL: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    };

    if (customerManagedKey) {
      this.key = new kms.Key(this, 'Key', { description: `Data of ${id}`, enableKeyRotation: true, removalPolicy });
    }
    const accessLogs = new s3.Bucket(this, 'AccessLogs', {
      ...common,
      // The service that delivers access logs cannot use a key of the account.
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(90) }],
    });
    this.bucket = new s3.Bucket(this, 'Bucket', {
      ...common,
      encryption: this.key ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
      encryptionKey: this.key,
      bucketKeyEnabled: this.key && true,
      versioned: retainData,
      serverAccessLogsBucket: accessLogs,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(7), noncurrentVersionExpiration: Duration.days(90) },
      ],
    });
    const { defaultChild } = this.bucket.node;
    const { retrainOnUpload, allMonitors } = props.settings;
    if ((retrainOnUpload || allMonitors) && defaultChild instanceof s3.CfnBucket) {
      // The CDK's own way, eventBridgeEnabled, takes a Lambda function.
      defaultChild.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    }
    if (!isAvailable('featureGroup', props.settings)) return;
    this.loans = new FeatureGroup(this, 'Loans', {
      features: loanFeatures,
      history: join(__dirname, 'credit-risk', 'loan-features.json'),
      recordIdentifier: 'loan_id',
      eventTime: 'event_time',
      onlineStore: { encryptionKey: this.key },
      offlineStore: { bucket: this.bucket, prefix: 'feature-store', encryptionKey: this.key },
      removalPolicy,
    });
  }
}
