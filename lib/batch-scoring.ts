import { TimeZone } from 'aws-cdk-lib/core';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { BatchTransform } from '../constructs/batch-transform';
import type { IModel } from '../constructs/endpoint';
import { hasLocalStorage } from '../constructs/instances';
import { CREDIT_RISK } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import type { Settings } from './settings';

export interface BatchScoringProps {
  readonly settings: Settings;
  readonly data: DataStack;

  /** Model of the approved version. */
  readonly model: IModel;

  /** Topic that hears of transforms that failed. */
  readonly alerts: sns.ITopic;
}

/**
 * The approved version on all loans under `credit-risk/loans/`, prepared as for the endpoint: every night once it is switched on, for
 * until there are loans SageMaker would refuse each job, and by hand.
 */
export class BatchScoring extends BatchTransform {
  constructor(scope: Construct, id: string, { settings, data, model, alerts }: BatchScoringProps) {
    const { bucket, key } = data;
    const { transformInstanceType: instanceType } = settings;
    super(scope, id, {
      model,
      modelRole: model.role,
      input: { bucket, prefix: `${CREDIT_RISK}/loans`, contentType: 'text/csv', splitType: 'Line' },
      output: { bucket, prefix: `${CREDIT_RISK}/scored`, accept: 'text/csv', assembleWith: 'Line', encryptionKey: key },
      instanceType,
      batchStrategy: 'MultiRecord',
      joinSource: 'Input',
      volumeEncryptionKey: hasLocalStorage(instanceType) ? undefined : key,
      schedule: scheduler.ScheduleExpression.cron({ hour: '2', minute: '30', timeZone: TimeZone.ETC_UTC }),
      enabled: false,
      topicEncryptionKey: key,
      failureTopic: alerts,
    });
  }
}
