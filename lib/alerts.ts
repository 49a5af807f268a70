import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface AlertsProps {
  /** Address that hears of the alerts; empty for none. */
  readonly email: string;

  /**
   * Key that encrypts the topic.
   *
   * @default - none: the key that AWS manages for SNS cannot be used by alarms
   */
  readonly encryptionKey?: kms.IKey;
}

/** A topic that alarms of this account and region publish to, and nobody else without a grant. */
export class Alerts extends sns.Topic {
  constructor(scope: Construct, id: string, { email, encryptionKey }: AlertsProps) {
    super(scope, id, { enforceSSL: true, masterKey: encryptionKey });
    const { account } = Stack.of(this);
    const alarms = Stack.of(this).formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const conditions = { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': alarms } };
    const cloudwatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com', { conditions });
    // A policy of one's own replaces the one that lets the account publish, so alarms must be named in it.
    this.addToResourcePolicy(
      new iam.PolicyStatement({ principals: [cloudwatch], actions: ['sns:Publish'], resources: [this.topicArn] }),
    );
    encryptionKey?.grant(cloudwatch, 'kms:Decrypt', 'kms:GenerateDataKey*');
    if (email) {
      this.addSubscription(new subscriptions.EmailSubscription(email));
    }
  }
}
