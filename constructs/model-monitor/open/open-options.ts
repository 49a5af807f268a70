import { Token } from 'aws-cdk-lib/core';
import type { MonitoredData } from '../captured-data';
import type { DataLocation } from '../data-location';
import type { MonitorSchedule } from '../schedule';
import type { MonitoringJobOptions } from '../monitoring-job';

export interface ManagedOption {
  /**
   * Whether Model Monitor and Clarify do the work. False is for accounts and regions that cannot have them: EventBridge Scheduler
   * and Step Functions then run the program of `constructs/analyzer` at the same times, with the same reports, metrics and alarms;
   * what the program cannot do fails at synthesis.
   *
   * @default true
   */
  readonly managed?: boolean;
}

/** What all monitors are told, as the open analysis takes it. */
export type OpenProps = MonitoringJobOptions &
  MonitoredData & {
    readonly output: DataLocation;
    readonly schedule?: MonitorSchedule;
    readonly metrics?: 'Enabled' | 'Disabled';
    readonly image?: unknown;
  };

/** A container takes no longer argument. */
const LONGEST_ARGUMENT = 256;

/** What an argument consists of besides a prefix: the scheme, the longest name of a bucket, and slashes. */
const BEFORE_PREFIX = 's3://'.length + 63 + '/'.length;

export function requireOneInstance(path: string, instanceCount = 1): void {
  if (Token.isUnresolved(instanceCount) || instanceCount === 1) return;
  throw new Error(
    `${path}: 'instanceCount' must be 1 with 'managed: false', whose job is one process, got: ${instanceCount}`,
  );
}

/** Fails with what the open analysis cannot do, whatever the kind. */
export function validateOpen(path: string, props: OpenProps, groundTruth?: DataLocation): void {
  const { image, instanceCount, isolateNetwork = false, transformFormat, endpointName } = props;
  const refuse = (prop: string, rule: string, got: string) => {
    throw new Error(`${path}: '${prop}' must ${rule}, got: ${got}`);
  };
  if (image !== undefined) {
    refuse('image', "be left out with 'managed: false', which has an image of its own", 'an image');
  }
  requireOneInstance(path, instanceCount);
  if (isolateNetwork) {
    refuse('isolateNetwork', "be false with 'managed: false', whose job reads captured data from S3 itself", 'true');
  }
  if (transformFormat === 'parquet') {
    refuse('transformFormat', "be csv, csv-with-header, json or json-lines with 'managed: false'", 'parquet');
  }
  const endpoint = Token.isUnresolved(endpointName) ? 63 : (endpointName?.length ?? -1);
  for (const [prop, { prefix }, more] of [
    ['capturedData', props.capturedData, endpoint + 1],
    ['groundTruth', groundTruth ?? { prefix: '' }, 0],
  ] as const) {
    const longest = LONGEST_ARGUMENT - BEFORE_PREFIX - more;
    if (!Token.isUnresolved(prefix) && prefix.length > longest) {
      refuse(`${prop}.prefix`, `have at most ${longest} characters with 'managed: false'`, `${prefix.length}`);
    }
  }
}
