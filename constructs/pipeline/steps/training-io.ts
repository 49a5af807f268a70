import type { Channel, TrainingInputMode } from '@aws-sdk/client-sagemaker';
import type { aws_efs as efs, aws_fsx as fsx } from 'aws-cdk-lib/interfaces';
import type { Arguments } from '../arguments';
import { Expression, type Value } from '../expression';
import { count, isUnknown, rule, type Rule, s3Uri } from '../problem';

/** What all channels of data in S3 have in common. */
export interface S3TrainingInputOptions {
  /** S3 URI of a prefix, an object, or a manifest. */
  readonly uri: Value<string>;

  /**
   * MIME type of the data, such as `text/csv`.
   *
   * @default - none: the algorithm decides
   */
  readonly contentType?: Value<string>;

  /**
   * Whether every instance gets all objects, or each a share of them.
   *
   * @default FullyReplicated
   */
  readonly distribution?: 'FullyReplicated' | 'ShardedByS3Key';

  /**
   * How the container sees the data: copied to disk, as a stream, or as files that are fetched when they are read (FastFile,
   * for prefixes only).
   *
   * @default - the step's `inputMode`
   */
  readonly inputMode?: TrainingInputMode;

  /**
   * Compression of the objects, which Pipe mode undoes and no other mode does.
   *
   * @default None
   */
  readonly compression?: 'None' | 'Gzip';

  /**
   * Wraps each object in a record, for algorithms that read RecordIO in Pipe mode.
   *
   * @default None
   */
  readonly recordWrapper?: 'None' | 'RecordIO';

  /**
   * Seed with which the order of the objects, or of the lines of an augmented manifest, is shuffled; in Pipe mode, for each
   * epoch anew. A whole number.
   *
   * @default - the order in S3 or in the manifest
   */
  readonly shuffleSeed?: number;

  /**
   * Names of the step's `instanceGroups` that get the data: 1 to 5.
   *
   * @default - all instances
   */
  readonly instanceGroups?: readonly string[];
  readonly path?: undefined;
}

/** The objects below a prefix, or those that a manifest lists. */
export interface ObjectTrainingInput extends S3TrainingInputOptions {
  /**
   * What `uri` names.
   *
   * @default S3Prefix
   */
  readonly dataType?: 'S3Prefix' | 'ManifestFile';
  readonly attributeNames?: undefined;
}

/** The lines of an augmented manifest, which only Pipe mode reads. */
export interface AugmentedManifestTrainingInput extends S3TrainingInputOptions {
  readonly dataType: 'AugmentedManifestFile';

  /** Attributes of each line that the algorithm gets, in this order: 1 to 16. */
  readonly attributeNames: readonly string[];
}

/** What channels of file systems have in common: files in place, in mode File. The job needs a `network` that reaches them. */
export interface FileSystemTrainingInputOptions {
  /** Folder of the file system: an absolute path of up to 4096 characters. That of FSx begins with the mount name. */
  readonly path: Value<string>;

  /**
   * Whether the containers may write.
   *
   * @default ro - they only read
   */
  readonly accessMode?: 'ro' | 'rw';

  /**
   * MIME type of the data, such as `text/csv`.
   *
   * @default - none: the algorithm decides
   */
  readonly contentType?: Value<string>;
  readonly uri?: undefined;
  readonly inputMode?: undefined;
}

/** A folder of an EFS file system. */
export interface EfsTrainingInput extends FileSystemTrainingInputOptions {
  /** File system, or its id. */
  readonly efs: efs.IFileSystemRef | string;
  readonly lustre?: undefined;
}

/** A folder of an FSx for Lustre file system. */
export interface LustreTrainingInput extends FileSystemTrainingInputOptions {
  /** Id of the file system, such as that of a `LustreFileSystem` of `aws-cdk-lib/aws-fsx`, or a reference to it. */
  readonly lustre: fsx.IFileSystemRef | string;
  readonly efs?: undefined;
}

export type S3TrainingInput = ObjectTrainingInput | AugmentedManifestTrainingInput;
export type FileSystemTrainingInput = EfsTrainingInput | LustreTrainingInput;

/** One channel of training data. */
export type TrainingInput = S3TrainingInput | FileSystemTrainingInput;

/** A channel as the Python SDK writes it. */
export function renderChannel(name: string, input: Value<string> | TrainingInput): Arguments<Channel> {
  const options = channelOptions(input);
  if (isFileSystem(options)) {
    const { type, id } = fileSystemOf(options);
    return {
      ChannelName: name,
      ContentType: options.contentType,
      DataSource: {
        FileSystemDataSource: {
          FileSystemId: id,
          FileSystemType: type,
          DirectoryPath: options.path,
          FileSystemAccessMode: options.accessMode ?? 'ro',
        },
      },
    };
  }
  return {
    ChannelName: name,
    ContentType: options.contentType,
    CompressionType: options.compression,
    RecordWrapperType: options.recordWrapper,
    InputMode: options.inputMode,
    ShuffleConfig: options.shuffleSeed === undefined ? undefined : { Seed: options.shuffleSeed },
    DataSource: {
      S3DataSource: {
        S3DataType: options.dataType ?? 'S3Prefix',
        S3Uri: options.uri,
        S3DataDistributionType: options.distribution ?? 'FullyReplicated',
        AttributeNames: options.attributeNames,
        InstanceGroupNames: options.instanceGroups,
      },
    },
  };
}

export function channelOptions(input: Value<string> | TrainingInput): TrainingInput {
  return typeof input === 'string' || input instanceof Expression ? { uri: input } : input;
}

export function isFileSystem(input: TrainingInput): input is FileSystemTrainingInput {
  return input.path !== undefined;
}

export function fileSystemOf(input: FileSystemTrainingInput): { type: 'EFS' | 'FSxLustre'; id: string } {
  const [type, system] =
    input.efs === undefined ? (['FSxLustre', input.lustre] as const) : (['EFS', input.efs] as const);
  return { type, id: typeof system === 'string' ? system : system.fileSystemRef.fileSystemId };
}

/** What a channel must fit to: settings of the whole job. */
export interface ChannelSurroundings {
  readonly inputMode?: TrainingInputMode;
  readonly network?: object;

  /** Names of the instance groups; none where all instances are alike. */
  readonly groups: readonly string[];
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-access-training-data.html */
export function channelRules(
  name: string,
  input: Value<string> | TrainingInput,
  surroundings: ChannelSurroundings,
): readonly Rule[] {
  const options = channelOptions(input);
  const at = `inputs.${name}`;
  return [
    [
      /^[A-Za-z0-9.\-_]{1,64}$/.test(name),
      `'inputs' must have names of 1 to 64 letters, digits, ., - and _, got: ${name}`,
    ],
    ...(isFileSystem(options) ? fileSystemRules(at, options, surroundings) : s3Rules(at, options, surroundings)),
  ];
}

function s3Rules(at: string, input: S3TrainingInput, { inputMode, groups }: ChannelSurroundings): readonly Rule[] {
  const mode = input.inputMode ?? inputMode ?? 'File';
  const { dataType = 'S3Prefix', attributeNames, compression = 'None', recordWrapper = 'None' } = input;
  const augmented = dataType === 'AugmentedManifestFile';
  const strangers = (input.instanceGroups ?? []).filter(group => !isUnknown(group) && !groups.includes(group));
  return [
    s3Uri(at, input.uri),
    [
      !augmented || mode === 'Pipe',
      `'${at}.inputMode' must be Pipe, the only mode that reads an augmented manifest, got: ${mode}`,
    ],
    [
      dataType !== 'ManifestFile' || mode !== 'FastFile',
      `'${at}.inputMode' must be File or Pipe for a manifest, because FastFile reads prefixes only, got: ${mode}`,
    ],
    [
      compression === 'None' || mode === 'Pipe',
      `'${at}.compression' must be None in mode ${mode}, because only Pipe decompresses, got: ${compression}`,
    ],
    [
      recordWrapper === 'None' || mode === 'Pipe',
      `'${at}.recordWrapper' must be None in mode ${mode}, because only Pipe makes records, got: ${recordWrapper}`,
    ],
    augmented
      ? count(`${at}.attributeNames`, attributeNames ?? [], 16, 1)
      : [
          attributeNames === undefined,
          `'${at}.attributeNames' must be left out unless 'dataType' is AugmentedManifestFile, got: ${String(attributeNames)}`,
        ],
    rule(input.shuffleSeed, Number.isSafeInteger, `'${at}.shuffleSeed' must be a whole number`),
    count(`${at}.instanceGroups`, input.instanceGroups, 5, input.instanceGroups ? 1 : 0),
    [
      strangers.length === 0,
      `'${at}.instanceGroups' must name instance groups of the job (${groups.join(', ') || 'it has none'}), got: ${strangers.join(', ')}`,
    ],
  ];
}

function fileSystemRules(at: string, input: FileSystemTrainingInput, job: ChannelSurroundings): readonly Rule[] {
  const { type, id } = fileSystemOf(input);
  const mode = job.inputMode ?? 'File';
  const absolute = (path: unknown) => String(path).startsWith('/') && String(path).length <= 4096;
  return [
    rule(
      id,
      text => /^fs-[0-9a-f]{8,18}$/.test(text),
      `'${at}.${type === 'EFS' ? 'efs' : 'lustre'}' must be the id of a file system, fs- and 8 to 18 of 0-9 and a-f`,
    ),
    rule(input.path, absolute, `'${at}.path' must start with / and have at most 4096 characters`),
    [mode === 'File', `'inputMode' must be File for '${at}', because ${mode} streams from S3 only, got: ${mode}`],
    [
      job.network !== undefined,
      `'network' must be given for '${at}', because ${type} is only reached in a VPC, got: none`,
    ],
  ];
}
