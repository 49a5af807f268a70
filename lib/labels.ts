import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type DataLocation, GroundTruthLanding } from '../constructs/model-monitor';
import { CREDIT_RISK } from './credit-risk/workload';
import type { DataStack } from './data-stack';

export interface LabelsProps {
  readonly data: DataStack;

  /** Topic that hears of files that did not land. */
  readonly alerts: sns.ITopic;
}

/** Where the monitors look for what became of the loans. */
export const labelsOf = ({ bucket }: DataStack): DataLocation => ({ bucket, prefix: `${CREDIT_RISK}/labels` });

/** What became of the loans: files with `loan_id` and `credit_risk`, 1 for a good one, that arrive under `credit-risk/labels-inbox/`. */
export class Labels extends GroundTruthLanding {
  constructor(scope: Construct, id: string, { data, alerts }: LabelsProps) {
    super(scope, id, {
      inbox: { bucket: data.bucket, prefix: `${CREDIT_RISK}/labels-inbox` },
      groundTruth: labelsOf(data),
      idColumn: 'loan_id',
      labelColumn: 'credit_risk',
    });
    const failed = new cloudwatch.Alarm(this, 'Failed', {
      alarmDescription: 'Labels were uploaded that did not land: the failed execution says why',
      metric: this.metricFailed(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    failed.addAlarmAction(new actions.SnsAction(alerts));
  }
}
