import { Duration } from 'aws-cdk-lib/core';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { EventText, type Pipeline, UploadedObject } from '../../constructs/pipeline';
import type { Settings } from '../settings';
import { CREDIT_RISK } from './workload';

/** Prefix of the files of loans that arrive, without a slash at its end. */
export const RAW_DATA = `${CREDIT_RISK}/raw`;

/** Lets time and new files start the pipeline, as far as the settings want it. */
export function addRetraining(pipeline: Pipeline, bucket: s3.IBucket, settings: Settings): void {
  pipeline.schedule('Weekly', {
    schedule: scheduler.ScheduleExpression.cron({ weekDay: 'MON', hour: '3', minute: '0' }),
    parameters: { Reason: 'every week' },
    description: 'Trains again every Monday morning',
    flexibleWindow: Duration.hours(1),
    enabled: settings.retrainWeekly,
  });
  if (settings.retrainOnUpload) {
    pipeline.onUpload('Upload', {
      bucket,
      prefix: `${RAW_DATA}/`,
      // The file that arrived, not its folder: the cache of steps tells inputs apart by their URI, and would not see what is new in it.
      parameters: { RawDataUri: UploadedObject.uri, Reason: new EventText(`upload of ${UploadedObject.uri}`) },
      description: 'Trains again when loans arrive',
      cooldown: Duration.hours(1),
    });
  }
}
