import { type Duration, Size } from 'aws-cdk-lib/core';
import { duration as wholeSeconds, maxLength, type Rule, wholeNumber } from '../problem';

/** Steps, or a time, in which a framework tells about its work. */
export type MetricsRange =
  | {
      /**
       * First step: 0 or more.
       *
       * @default 0
       */
      readonly startStep?: number;

      /** Number of steps: 1 or more. */
      readonly steps: number;

      readonly startTime?: never;
      readonly duration?: never;
    }
  | {
      /** When it begins, in seconds since 1970. */
      readonly startTime: number;

      /** How long it takes, in whole seconds: 1 or more. */
      readonly duration: Duration;

      readonly startStep?: never;
      readonly steps?: never;
    };

type AnyRange = MetricsRange | Readonly<Partial<Record<'startStep' | 'steps' | 'startTime' | 'duration', never>>>;

/** Of the loading of data. */
export type DataloaderMetrics = AnyRange & {
  /**
   * Regular expression of names of metrics.
   *
   * @default .*
   */
  readonly metricsRegex?: string;
};

/** Of Python code. */
export type PythonMetrics = AnyRange & {
  /**
   * What measures.
   *
   * @default cprofile
   */
  readonly profiler?: 'cprofile' | 'pyinstrument';

  /**
   * Time that `cprofile` counts.
   *
   * @default total_time
   */
  readonly timer?: 'total_time' | 'cpu_time' | 'off_cpu_time';
};

/** Kinds of metrics. `{}` measures a few early steps: each kind has its own. */
export interface MetricsKinds {
  /**
   * Operations of the framework.
   *
   * @default - not measured
   */
  readonly detailed?: AnyRange;

  /**
   * Loading of data.
   *
   * @default - not measured
   */
  readonly dataloader?: DataloaderMetrics;

  /**
   * Python code.
   *
   * @default - not measured
   */
  readonly python?: PythonMetrics;

  /**
   * Horovod.
   *
   * @default - not measured
   */
  readonly horovod?: AnyRange;

  /**
   * SageMaker's distributed data parallelism.
   *
   * @default - not measured
   */
  readonly smDataParallel?: AnyRange;
}

/** What a framework tells about its work. */
export interface FrameworkMetrics {
  /**
   * What is measured: all kinds in one range, or some kinds.
   *
   * @default - all kinds, each in a few early steps of its own
   */
  readonly measure?: MetricsRange | MetricsKinds;

  /**
   * Folder in the container that traces are written to, up to 256 characters. With a slash at its end for data loading in TensorFlow.
   *
   * @default /opt/ml/output/profiler
   */
  readonly localPath?: string;

  /**
   * Size at which a file of traces is closed: 1 byte or more.
   *
   * @default Size.mebibytes(10)
   */
  readonly maxFileSize?: Size;

  /**
   * Time after which a file of traces is closed, in whole seconds: 1 or more.
   *
   * @default Duration.minutes(1)
   */
  readonly fileCloseInterval?: Duration;

  /**
   * How often opening a file may fail before no more is written: 1 or more.
   *
   * @default 50
   */
  readonly maxFailedOpens?: number;
}

/** Name in the request, first step and number of steps of each kind, as in the Python SDK. */
const KINDS: { readonly [Kind in keyof MetricsKinds]-?: readonly [name: string, startStep: number, steps: number] } = {
  detailed: ['DetailedProfilingConfig', 5, 1],
  dataloader: ['DataloaderProfilingConfig', 7, 1],
  python: ['PythonProfilingConfig', 9, 3],
  horovod: ['HorovodProfilingConfig', 13, 1],
  smDataParallel: ['SMDataParallelProfilingConfig', 15, 1],
};

type Measured = AnyRange & Partial<Omit<DataloaderMetrics & PythonMetrics, keyof MetricsRange>>;

export function renderFrameworkMetrics(metrics: FrameworkMetrics): Record<string, string> {
  const { localPath = '/opt/ml/output/profiler', maxFileSize = Size.mebibytes(10), maxFailedOpens = 50 } = metrics;
  const kinds = kindsOf(metrics).map(([kind, measured]) => {
    const [name, startStep, steps] = KINDS[kind];
    const options = { ...rangeOf(measured, startStep, steps), ...optionsOf(kind, metrics, measured) };
    return [name, pythonText(options)];
  });
  return {
    LocalPath: localPath,
    RotateMaxFileSizeInBytes: String(maxFileSize.toBytes()),
    RotateFileCloseIntervalInSeconds: String(metrics.fileCloseInterval?.toSeconds({ integral: false }) ?? 60),
    FileOpenFailThreshold: String(maxFailedOpens),
    ...(Object.fromEntries(kinds) as Record<string, string>),
  };
}

export function frameworkRules(prop: string, metrics: FrameworkMetrics): readonly Rule[] {
  const { measure, localPath, maxFileSize, fileCloseInterval, maxFailedOpens } = metrics;
  return [
    [measure === undefined || kindsOf(metrics).length > 0, `'${prop}.measure' must name a kind, got: none`],
    maxLength(`${prop}.localPath`, localPath, 256),
    wholeNumber(`${prop}.maxFileSize`, maxFileSize?.toBytes(), 1),
    wholeSeconds(`${prop}.fileCloseInterval`, fileCloseInterval, 'seconds', 1),
    wholeNumber(`${prop}.maxFailedOpens`, maxFailedOpens, 1),
    ...(isRange(measure)
      ? rangeRules(`${prop}.measure`, measure)
      : kindsOf(metrics).flatMap(([kind, measured]) => rangeRules(`${prop}.measure.${kind}`, measured))),
  ];
}

type Kind = keyof typeof KINDS;

function isRange(measure: FrameworkMetrics['measure']): measure is MetricsRange {
  return measure !== undefined && ('steps' in measure || 'startTime' in measure);
}

function kindsOf({ measure }: FrameworkMetrics): [Kind, Measured][] {
  const every = (Object.keys(KINDS) as Kind[]).map((kind): [Kind, Measured] => [kind, isRange(measure) ? measure : {}]);
  if (measure === undefined || isRange(measure)) return every;
  return every.flatMap(([kind]) => (measure[kind] ? [[kind, measure[kind]]] : []));
}

function rangeOf({ startTime, duration, ...measured }: Measured, startStep: number, steps: number): object {
  if (startTime !== undefined) {
    // The word of the developer guide, which the container reads; the Python SDK's `Duration` is passed over.
    return { StartTimeInSecSinceEpoch: startTime, DurationInSeconds: duration.toSeconds({ integral: false }) };
  }
  if (measured.steps !== undefined) return { StartStep: measured.startStep ?? 0, NumSteps: measured.steps };
  return { StartStep: startStep, NumSteps: steps };
}

function optionsOf(kind: Kind, { measure }: FrameworkMetrics, { metricsRegex, profiler, timer }: Measured): object {
  if (kind === 'dataloader') return { MetricsRegex: metricsRegex ?? '.*' };
  if (kind !== 'python') return {};
  const usual = measure === undefined ? 'default' : 'total_time';
  return {
    ProfilerName: profiler ?? 'cprofile',
    cProfileTimer: profiler === 'pyinstrument' ? undefined : (timer ?? usual),
  };
}

/** The container evaluates this as Python; the Python SDK writes a comma at the end, too. */
function pythonText(options: object): string {
  const members = Object.entries(options).filter(([, value]) => value !== undefined);
  return `{${members.map(([name, value]) => `"${name}": ${JSON.stringify(value)}, `).join('')}}`;
}

function rangeRules(prop: string, { startStep, steps, startTime, duration, ...more }: Measured): readonly Rule[] {
  return [
    wholeNumber(`${prop}.startStep`, startStep, 0),
    wholeNumber(`${prop}.steps`, steps, 1),
    wholeNumber(`${prop}.startTime`, startTime, 0),
    wholeSeconds(`${prop}.duration`, duration, 'seconds', 1),
    // The service takes 256 characters for all that is said about one kind.
    maxLength(`${prop}.metricsRegex`, more.metricsRegex, 150),
  ];
}
