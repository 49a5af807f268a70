import { type Duration, Size, Stack } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Analyzer, type AnalyzerKind, type AnalyzerOptions } from '../../analyzer';
import { FileSet } from '../../assets';
import { ContainerImage } from '../../images';
import { hasLocalStorage } from '../../instances';
import type { AnalysisWindow } from '../captured-data';
import type { DataLocation } from '../data-location';
import { renderStopping } from '../monitoring-job';
import type { OpenProps } from './open-options';

type OpenFile = 'baselineStatistics' | 'baselineConstraints' | 'recordPreprocessor' | 'postAnalyticsProcessor';

/** What the open analysis of one kind of monitor is told. */
export interface OpenAnalysis {
  readonly kind: AnalyzerKind;

  /** S3 URIs of files, by the input they belong to. */
  readonly files: Partial<Readonly<Record<OpenFile, string>>>;

  /** Content of the `analysis_config.json`. */
  readonly config?: unknown;
  readonly groundTruth?: DataLocation;
  readonly analysisWindow?: AnalysisWindow;

  /** Arguments of this kind alone. */
  readonly options?: AnalyzerOptions;
}

interface Scripts {
  readonly recordPreprocessorUri?: string;
  readonly postAnalyticsProcessorUri?: string;
}

/** Scripts as files of an analysis. */
export function renderScripts({ recordPreprocessorUri, postAnalyticsProcessorUri }: Scripts): OpenAnalysis['files'] {
  return {
    ...(recordPreprocessorUri !== undefined && { recordPreprocessor: recordPreprocessorUri }),
    ...(postAnalyticsProcessorUri !== undefined && { postAnalyticsProcessor: postAnalyticsProcessorUri }),
  };
}

export interface OpenJobParts {
  readonly props: OpenProps;
  readonly analysis: OpenAnalysis;
  readonly scheduleName: string;
  readonly interval: Duration;
  readonly role: iam.IRole;

  /** Name of the job, time of the run, minutes since the one before, and S3 URI of the reports: expressions of the workflow. */
  readonly late: Readonly<Record<'job' | 'time' | 'minutes' | 'reports', string>>;
}

/** The image that the program runs in. */
export const openImage = (): ContainerImage => ContainerImage.xgboost(Analyzer.xgboostVersion);

/** Key of the volume; of instances with local storage, which the hardware encrypts, none. */
export function volumeKeyOf({ instanceType = '', encryptionKey }: OpenProps) {
  return hasLocalStorage(instanceType) ? undefined : encryptionKey;
}

/** The request that creates the job of a run, whose role is allowed to read what is uploaded here. */
export function renderOpenJob(scope: Construct, parts: OpenJobParts): Readonly<Record<string, unknown>> {
  const { props, analysis, interval, role, late } = parts;
  const { encryptionKey, network, instanceType = 'ml.m5.xlarge', instanceCount = 1 } = props;
  const volumeKey = volumeKeyOf(props);
  const reports = { S3Uri: late.reports, LocalPath: Analyzer.output, S3UploadMode: 'EndOfJob' };
  return {
    ProcessingJobName: late.job,
    AppSpecification: {
      ImageUri: openImage().bind(scope).imageUri,
      ContainerEntrypoint: Analyzer.entrypoint,
      ContainerArguments: renderArguments(parts),
    },
    Environment: { AWS_DEFAULT_REGION: Stack.of(scope).region },
    ProcessingInputs: renderInputs(scope, role, analysis),
    ProcessingOutputConfig: {
      ...(encryptionKey && { KmsKeyId: encryptionKey.keyArn }),
      Outputs: [{ OutputName: 'reports', S3Output: reports }],
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceType: instanceType,
        InstanceCount: instanceCount,
        VolumeSizeInGB: (props.volumeSize ?? Size.gibibytes(30)).toGibibytes(),
        ...(volumeKey && { VolumeKmsKeyId: volumeKey.keyArn }),
      },
    },
    ...(network && {
      NetworkConfig: {
        VpcConfig: {
          Subnets: network.vpc.selectSubnets(network.subnets).subnetIds,
          SecurityGroupIds: network.securityGroups.map(group => group.securityGroupId),
        },
      },
    }),
    StoppingCondition: { MaxRuntimeInSeconds: renderStopping(props, interval).maxRuntimeInSeconds },
    RoleArn: role.roleArn,
  };
}

function renderArguments({ props, analysis, scheduleName, late }: OpenJobParts): readonly string[] {
  const { capturedData, endpointName, transformFormat, metrics } = props;
  const { kind, groundTruth, options } = analysis;
  const window = analysis.analysisWindow ?? props.schedule?.once;
  const captured = capturedData.bucket.s3UrlForObject(capturedData.prefix);
  return Analyzer.arguments<string>(kind, {
    capturedData: endpointName === undefined ? captured : `${captured}/${endpointName}`,
    transformFormat: transformFormat === 'parquet' ? undefined : transformFormat,
    groundTruth: groundTruth?.bucket.s3UrlForObject(groundTruth.prefix),
    runTime: late.time,
    startOffsetMinutes: window ? window.startOffset.toMinutes() : late.minutes,
    endOffsetMinutes: window?.endOffset.toMinutes() ?? 0,
    scheduleName: metrics === 'Disabled' ? undefined : scheduleName,
    endpointName,
    ...options,
  });
}

function renderInputs(scope: Construct, role: iam.IRole, { files, config }: OpenAnalysis): readonly object[] {
  const uploaded = {
    code: FileSet.fromDirectory(Analyzer.folder),
    ...(config !== undefined && { analysisConfig: FileSet.fromJson('analysis_config.json', config) }),
  };
  const locations = Object.entries(uploaded).map(([input, set]) => {
    const location = set.bind(scope);
    location.grantRead(role);
    return [input, location.s3Uri] as const;
  });
  const given = [...locations, ...Object.entries(files)] as [keyof typeof Analyzer.inputs, string | undefined][];
  return given.flatMap(([input, s3Uri]) => {
    if (s3Uri === undefined) return [];
    const LocalPath = Analyzer.inputs[input];
    const S3Input = { S3Uri: s3Uri, LocalPath, S3DataType: 'S3Prefix', S3InputMode: 'File' };
    return [{ InputName: LocalPath.split('/').at(-1), S3Input }];
  });
}
