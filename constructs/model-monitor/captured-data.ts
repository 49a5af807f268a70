import type { Duration } from 'aws-cdk-lib/core';
import { type DataLocation, validateLocation } from './data-location';
import { validateResourceName } from './resource-name';

/** Format of the data that batch transform jobs capture. */
export type TransformFormat = 'csv' | 'csv-with-header' | 'json' | 'json-lines' | 'parquet';

interface EndpointData {
  /** Name of the endpoint to watch; it has to capture data, and serve one model per container. */
  readonly endpointName: string;

  /** Where the endpoint captures data to. */
  readonly capturedData: DataLocation;
  readonly transformFormat?: never;
}

interface TransformData {
  readonly endpointName?: never;

  /** Where batch transform jobs capture data to: the `DestinationS3Uri` of their `DataCaptureConfig`. */
  readonly capturedData: DataLocation;

  /** Format of the data that batch transform jobs capture. */
  readonly transformFormat: TransformFormat;
}

/** What is watched: an endpoint, by its name, or batch transform jobs, by the format of their data. */
export type MonitoredData = EndpointData | TransformData;

/** Part of the captured data that a run looks at, counted back from the time of the run. */
export interface AnalysisWindow {
  /** Start of the window before the run, in whole minutes; longer ago than its end. */
  readonly startOffset: Duration;

  /** End of the window before the run, in whole minutes: the time within which nearly all labels have come. */
  readonly endOffset: Duration;
}

const FORMATS = {
  csv: { csv: { header: false } },
  'csv-with-header': { csv: { header: true } },
  json: { json: { line: false } },
  'json-lines': { json: { line: true } },
  parquet: { parquet: true },
} as const;

/** What kinds of monitor say of the columns, and of the time. */
interface InputAttributes {
  readonly featuresAttribute?: string;
  readonly inferenceAttribute?: string;
  readonly probabilityAttribute?: string;
  readonly probabilityThresholdAttribute?: number;
  readonly startTimeOffset?: string;
  readonly endTimeOffset?: string;
}

/** The input of a job, with what the kind of monitor says of the columns. */
export function renderInput(data: MonitoredData, attributes: InputAttributes = {}) {
  const { endpointName, capturedData, transformFormat } = data;
  if (endpointName !== undefined) {
    return { endpointInput: { endpointName, localPath: '/opt/ml/processing/input/endpoint', ...attributes } };
  }
  return {
    batchTransformInput: {
      dataCapturedDestinationS3Uri: capturedData.bucket.s3UrlForObject(capturedData.prefix),
      datasetFormat: FORMATS[transformFormat],
      localPath: '/opt/ml/processing/input/transform',
      ...attributes,
    },
  };
}

/** The offsets of an input. */
export function renderWindow(window?: AnalysisWindow): { startTimeOffset?: string; endTimeOffset?: string } {
  return window
    ? { startTimeOffset: renderOffset(window.startOffset), endTimeOffset: renderOffset(window.endOffset) }
    : {};
}

/** An offset as the service takes it, such as `-P8D`: days, or else hours, or else minutes. */
export function renderOffset(offset: Duration): string {
  const minutes = offset.toMinutes();
  if (minutes % 1440 === 0 && minutes > 0) return `-P${minutes / 1440}D`;
  return minutes % 60 === 0 ? `-PT${minutes / 60}H` : `-PT${minutes}M`;
}

export function validateData(path: string, { endpointName, capturedData }: MonitoredData): void {
  validateResourceName(path, 'endpointName', endpointName);
  validateLocation(path, 'capturedData', capturedData);
}

export function validateWindow(path: string, window?: AnalysisWindow, prop = 'analysisWindow'): void {
  if (!window) return;
  for (const [name, offset] of Object.entries(window) as [string, Duration][]) {
    if (offset.isUnresolved() || offset.toSeconds({ integral: false }) % 60 !== 0) {
      const got = offset.isUnresolved() ? 'a value known at deployment only' : offset.toString();
      throw new Error(`${path}: '${prop}.${name}' must be a literal time of whole minutes, got: ${got}`);
    }
  }
  const { startOffset, endOffset } = window;
  if (startOffset.toMinutes() <= endOffset.toMinutes()) {
    throw new Error(
      `${path}: '${prop}.startOffset' must be longer than 'endOffset', ${endOffset.toMinutes()} minutes, got: ${startOffset.toMinutes()} minutes`,
    );
  }
}

/** Checks that the window is not given twice: a schedule that runs once says itself what its run looks at. */
export function validateWindowOnce(path: string, window: AnalysisWindow | undefined, once: object | undefined): void {
  if (window && once) {
    throw new Error(
      `${path}: 'analysisWindow' must be left out with 'schedule.once', which says what the run looks at, got: ${window.startOffset.toMinutes()} to ${window.endOffset.toMinutes()} minutes`,
    );
  }
}
