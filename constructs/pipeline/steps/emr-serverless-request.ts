/** Program of a job: a Spark application or a Hive query. */
export type EmrServerlessJobDriver =
  | {
      readonly sparkSubmit: {
        /** S3 URI of a JAR file or a Python program. */
        readonly entryPoint: string;
        readonly entryPointArguments?: readonly string[];

        /** Options of spark-submit, such as `--conf spark.executor.cores=2`. */
        readonly sparkSubmitParameters?: string;
      };
      readonly hive?: undefined;
    }
  | {
      readonly hive: {
        /** S3 URI of the query. */
        readonly query: string;
        readonly initQueryFile?: string;
        readonly parameters?: string;
      };
      readonly sparkSubmit?: undefined;
    };

export interface EmrServerlessConfiguration {
  readonly classification: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly configurations?: readonly EmrServerlessConfiguration[];
}

export interface EmrServerlessMonitoring {
  readonly s3MonitoringConfiguration?: { readonly logUri?: string; readonly encryptionKeyArn?: string };
  readonly managedPersistenceMonitoringConfiguration?: {
    readonly enabled?: boolean;
    readonly encryptionKeyArn?: string;
  };
  readonly cloudWatchLoggingConfiguration?: {
    readonly enabled: boolean;
    readonly logGroupName?: string;
    readonly logStreamNamePrefix?: string;
    readonly encryptionKeyArn?: string;
    readonly logTypes?: Readonly<Record<string, readonly string[]>>;
  };
  readonly prometheusMonitoringConfiguration?: { readonly remoteWriteUrl?: string };
}

/** What a job changes in the configuration of its application. */
export interface EmrServerlessOverrides {
  readonly applicationConfiguration?: readonly EmrServerlessConfiguration[];
  readonly monitoringConfiguration?: EmrServerlessMonitoring;
  readonly diskEncryptionConfiguration?: {
    readonly encryptionKeyArn?: string;
    readonly encryptionContext?: Readonly<Record<string, string>>;
  };
}

/** Any other member of the StartJobRun request; those that props or the service decide on are refused. */
export interface EmrServerlessJobRequest {
  readonly [member: string]: unknown;
  readonly mode?: 'BATCH' | 'STREAMING';
  readonly retryPolicy?: { readonly maxAttempts?: number; readonly maxFailedAttemptsPerHour?: number };

  readonly applicationId?: undefined;
  readonly executionRoleArn?: undefined;
  readonly clientToken?: undefined;
  readonly jobDriver?: undefined;
  readonly configurationOverrides?: undefined;
  readonly executionTimeoutMinutes?: undefined;
  readonly name?: undefined;
  readonly tags?: undefined;
}

/** The CreateApplication request: the members that matter, and any other. */
export interface EmrServerlessApplication {
  readonly [member: string]: unknown;

  /** Release of EMR, such as `emr-7.5.0`. */
  readonly releaseLabel: string;
  readonly type: string;
  readonly name?: string;
  readonly architecture?: 'ARM64' | 'X86_64';
  readonly initialCapacity?: Readonly<
    Record<
      string,
      { readonly workerCount: number; readonly workerConfiguration?: EmrServerlessCapacity & { diskType?: string } }
    >
  >;
  readonly maximumCapacity?: EmrServerlessCapacity;
  readonly autoStartConfiguration?: { readonly enabled?: boolean };
  readonly autoStopConfiguration?: { readonly enabled?: boolean; readonly idleTimeoutMinutes?: number };
  readonly networkConfiguration?: {
    readonly subnetIds?: readonly string[];
    readonly securityGroupIds?: readonly string[];
  };
  readonly imageConfiguration?: { readonly imageUri?: string };
  readonly monitoringConfiguration?: EmrServerlessMonitoring;
  readonly runtimeConfiguration?: readonly EmrServerlessConfiguration[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly clientToken?: undefined;
}

/** With units, such as `16 vCPU` and `64 GB`. */
interface EmrServerlessCapacity {
  readonly cpu: string;
  readonly memory: string;
  readonly disk?: string;
}

/** What EMR Serverless tells of a job: the answer of GetJobRun. */
export interface EmrServerlessStepProperties {
  readonly jobRun?: {
    readonly applicationId?: string;
    readonly jobRunId?: string;
    readonly name?: string;
    readonly arn?: string;
    readonly createdBy?: string;
    readonly executionRole?: string;
    readonly state?: string;
    readonly stateDetails?: string;
    readonly releaseLabel?: string;
    readonly mode?: string;
    readonly attempt?: number;
    readonly executionTimeoutMinutes?: number;
    readonly totalExecutionDurationSeconds?: number;
    readonly queuedDurationMilliseconds?: number;
    readonly tags?: Readonly<Record<string, string>>;
    readonly configurationOverrides?: EmrServerlessOverrides;
    readonly networkConfiguration?: {
      readonly subnetIds?: readonly string[];
      readonly securityGroupIds?: readonly string[];
    };
    readonly totalResourceUtilization?: EmrServerlessUsage;
    readonly billedResourceUtilization?: EmrServerlessUsage;
  };
}

interface EmrServerlessUsage {
  readonly vCPUHour?: number;
  readonly memoryGBHour?: number;
  readonly storageGBHour?: number;
}
