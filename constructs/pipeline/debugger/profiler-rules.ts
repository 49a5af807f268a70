import type { Value } from '../expression';
import { PERCENT, POSITIVE, type Ranges } from './rule-parameter';

/** Of all profiler rules. */
export interface ProfilerScan {
  /**
   * How often the rule looks at new metrics, in microseconds: 1 or more.
   *
   * @default 60000000
   */
  readonly scan_interval_us?: Value<number>;
}

/** Of rules that wait for a number of measurements. */
export interface PatientScan extends ProfilerScan {
  /**
   * Measurements to skip before the rule looks at any: 1 or more.
   *
   * @default - the rule's own; 1000 in the Python SDK, mostly 100 in the developer guide
   */
  readonly patience?: Value<number>;
}

/**
 * Parameters of the rules about the use of machines, in the rules' own words. A rule fires when what it is for happens.
 *
 * `MaxInitializationTime`, `OverallFrameworkMetrics`, `StepOutlier` and `Dataloader` need framework metrics, which TensorFlow
 * from 2.11 and PyTorch from 2.0 no longer give.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-profiler-rules.html
 */
export interface SystemRules {
  /** GPUs, their memory and CPUs are little used, because batches are small. */
  readonly BatchSize: PatientScan & {
    /**
     * 95th percentile of CPU use below which it is low, in percent: 0 to 100.
     *
     * @default 70
     */
    readonly cpu_threshold_p95?: Value<number>;

    /**
     * 95th percentile of GPU use below which it is low, in percent: 0 to 100.
     *
     * @default 70
     */
    readonly gpu_threshold_p95?: Value<number>;

    /**
     * 95th percentile of the use of GPU memory below which it is low, in percent: 0 to 100.
     *
     * @default 70
     */
    readonly gpu_memory_threshold_p95?: Value<number>;

    /**
     * Measurements that a percentile is of: 1 or more.
     *
     * @default 500
     */
    readonly window?: Value<number>;
  };

  /** GPUs wait for CPUs. */
  readonly CPUBottleneck: PatientScan & {
    /**
     * Share of the time with a bottleneck above which the rule fires, in percent: 0 to 100.
     *
     * @default 50
     */
    readonly threshold?: Value<number>;

    /**
     * GPU use below which it is low, in percent: 0 to 100.
     *
     * @default 10
     */
    readonly gpu_threshold?: Value<number>;

    /**
     * CPU use above which it is high, in percent: 0 to 100.
     *
     * @default 90
     */
    readonly cpu_threshold?: Value<number>;
  };

  /** More or fewer processes load data than there are cores. In the Python SDK only, not in the developer guide. */
  readonly Dataloader: ProfilerScan & {
    /**
     * Cores that load data, at least, in percent: 1 or more.
     *
     * @default 70
     */
    readonly min_threshold?: Value<number>;

    /**
     * Cores that load data, at most, in percent: 1 or more.
     *
     * @default 200
     */
    readonly max_threshold?: Value<number>;
  };

  /** The use of GPU memory rises steeply. */
  readonly GPUMemoryIncrease: PatientScan & {
    /**
     * Rise above which the rule fires, in percent of the memory: 1 or more.
     *
     * @default - the rule's own; 5 in the Python SDK, 10 in the developer guide
     */
    readonly increase?: Value<number>;

    /**
     * Measurements that an average is of: 1 or more.
     *
     * @default - the rule's own; 10 in the Python SDK, 500 in the developer guide
     */
    readonly window?: Value<number>;
  };

  /** GPUs wait for data. */
  readonly IOBottleneck: PatientScan & {
    /**
     * Share of the time with a bottleneck above which the rule fires, in percent: 0 to 100.
     *
     * @default 50
     */
    readonly threshold?: Value<number>;

    /**
     * GPU use below which it is low, in percent: 0 to 100.
     *
     * @default - the rule's own; 10 in the Python SDK, 70 in the developer guide
     */
    readonly gpu_threshold?: Value<number>;

    /**
     * Waiting for data above which it is long, in percent: 0 to 100.
     *
     * @default 50
     */
    readonly io_threshold?: Value<number>;
  };

  /** GPUs of one job are used unequally. */
  readonly LoadBalancing: PatientScan & {
    /**
     * Distance of the GPUs' histograms above which the rule fires: 0 to 100.
     *
     * @default 0.5
     */
    readonly threshold?: Value<number>;
  };

  /** A GPU is little used, or unevenly over time. */
  readonly LowGPUUtilization: PatientScan & {
    /**
     * 95th percentile of GPU use below which it is low, in percent: 0 to 100.
     *
     * @default 70
     */
    readonly threshold_p95?: Value<number>;

    /**
     * 5th percentile of GPU use below which it is uneven, in percent: 0 to 100.
     *
     * @default 10
     */
    readonly threshold_p5?: Value<number>;

    /**
     * Measurements that a percentile is of: 1 or more.
     *
     * @default 500
     */
    readonly window?: Value<number>;
  };

  /** The first step takes long to come. */
  readonly MaxInitializationTime: ProfilerScan & {
    /**
     * Time to the first step, in minutes: 1 or more.
     *
     * @default 20
     */
    readonly threshold?: Value<number>;
  };

  /** Sums up the time that parts of the framework take; never fires. In the developer guide only, not in the Python SDK. */
  readonly OverallFrameworkMetrics: ProfilerScan;

  /** Sums up how much each machine is used; never fires. */
  readonly OverallSystemUsage: ProfilerScan;

  /** Some steps take much longer than others. */
  readonly StepOutlier: ProfilerScan & {
    /**
     * Standard deviations beyond which a step is an outlier: 1 or more, whole.
     *
     * @default - the rule's own; 3 in the Python SDK, 5 in the developer guide
     */
    readonly stddev?: Value<number>;

    /**
     * Phase whose steps count.
     *
     * @default - training and evaluation
     */
    readonly mode?: Value<string>;

    /**
     * Outliers to ignore before the rule fires: 1 or more.
     *
     * @default 10
     */
    readonly n_outliers?: Value<number>;
  };
}

type ParametersOfAll = {
  [Name in keyof SystemRules]: {
    [Parameter in keyof SystemRules[Name] & string as `${Name}_${Parameter}`]?: SystemRules[Name][Parameter];
  };
}[keyof SystemRules];

type Together<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** The same rules and the one that runs all of them. */
export interface ProfilerRules extends SystemRules {
  /** Runs all other rules, and writes a report. Takes their parameters, as in `CPUBottleneck_cpu_threshold`. */
  readonly ProfilerReport: Together<ParametersOfAll> & {
    /**
     * The report does not tell AWS when somebody opens it.
     *
     * @default false
     */
    readonly opt_out_telemetry?: boolean;
  };
}

const SCAN = { scan_interval_us: POSITIVE } as const;
const PATIENT = { ...SCAN, patience: POSITIVE } as const;

export const SYSTEM_RANGES: Ranges<SystemRules> = {
  BatchSize: {
    ...PATIENT,
    cpu_threshold_p95: PERCENT,
    gpu_threshold_p95: PERCENT,
    gpu_memory_threshold_p95: PERCENT,
    window: POSITIVE,
  },
  CPUBottleneck: { ...PATIENT, threshold: PERCENT, gpu_threshold: PERCENT, cpu_threshold: PERCENT },
  Dataloader: { ...SCAN, min_threshold: POSITIVE, max_threshold: POSITIVE },
  GPUMemoryIncrease: { ...PATIENT, increase: POSITIVE, window: POSITIVE },
  IOBottleneck: { ...PATIENT, threshold: PERCENT, gpu_threshold: PERCENT, io_threshold: PERCENT },
  LoadBalancing: { ...PATIENT, threshold: PERCENT },
  LowGPUUtilization: { ...PATIENT, threshold_p95: PERCENT, threshold_p5: PERCENT, window: POSITIVE },
  MaxInitializationTime: { ...SCAN, threshold: POSITIVE },
  OverallFrameworkMetrics: SCAN,
  OverallSystemUsage: SCAN,
  StepOutlier: { ...SCAN, stddev: POSITIVE, mode: 'text', n_outliers: POSITIVE },
};
