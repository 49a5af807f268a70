import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Duration, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** How often an event is tried again until its greatest age ends it: as often as the services can. */
export const RETRY_ATTEMPTS = 185;

/** Keeps for 14 days what could not be delivered. */
export class DeadLetters extends sqs.Queue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is a queue of dead letters itself: what comes here has been tried again already',
    });
  }
}
