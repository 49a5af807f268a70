import type { CreateProcessingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import { Expression, Late, type Value } from '../expression';
import { rule, type Rule, s3Uri } from '../problem';

/** Arguments of a processing step: the request without the name, which the service makes. */
export type ProcessingArguments = Arguments<Omit<CreateProcessingJobRequest, 'ProcessingJobName'>>;

type InputArguments = NonNullable<ProcessingArguments['ProcessingInputs']>[number];
type OutputArguments = NonNullable<NonNullable<ProcessingArguments['ProcessingOutputConfig']>['Outputs']>[number];

export interface ProcessingInput {
  /** S3 URI of an object or of a prefix. */
  readonly uri: Value<string>;

  /**
   * Folder in the container, below `/opt/ml/processing/`; up to 256 characters.
   *
   * @default /opt/ml/processing/input/<name>
   */
  readonly localPath?: string;

  /**
   * Whether every instance gets all objects, or each a share of them.
   *
   * @default FullyReplicated
   */
  readonly distribution?: 'FullyReplicated' | 'ShardedByS3Key';
}

export interface ProcessingOutput {
  /** S3 URI of the prefix that the folder's files are uploaded to. */
  readonly uri: Value<string>;

  /**
   * Folder in the container, below `/opt/ml/processing/`; up to 256 characters.
   *
   * @default /opt/ml/processing/output/<name>
   */
  readonly localPath?: string;

  /**
   * Whether files are uploaded when the job ends, or while it runs.
   *
   * @default EndOfJob
   */
  readonly uploadMode?: 'EndOfJob' | 'Continuous';
}

/** An input whose place may only be known inside a pipeline. */
export type LateInput = Omit<ProcessingInput, 'uri'> & { readonly uri: Value<string> | Late };

/** An input as the Python SDK writes it. */
export function renderInput(name: string, input: Value<string> | Late | LateInput): InputArguments {
  const { uri, localPath, distribution } = inputOptions(input);
  return {
    InputName: name,
    AppManaged: false,
    S3Input: {
      S3Uri: uri,
      LocalPath: localPath ?? `/opt/ml/processing/input/${name}`,
      S3DataType: 'S3Prefix',
      S3InputMode: 'File',
      S3DataDistributionType: distribution ?? 'FullyReplicated',
      S3CompressionType: 'None',
    },
  };
}

/** An output as the Python SDK writes it. */
export function renderOutput(name: string, output: Value<string> | ProcessingOutput): OutputArguments {
  const { uri, localPath, uploadMode } = outputOptions(output);
  return {
    OutputName: name,
    AppManaged: false,
    S3Output: {
      S3Uri: uri,
      LocalPath: localPath ?? `/opt/ml/processing/output/${name}`,
      S3UploadMode: uploadMode ?? 'EndOfJob',
    },
  };
}

export function outputOptions(output: Value<string> | ProcessingOutput): ProcessingOutput {
  return typeof output === 'string' || output instanceof Expression ? { uri: output } : output;
}

/** Rules for one input or output, `prop` being the way to it. */
export function placeRules(prop: string, place: Value<string> | ProcessingInput | ProcessingOutput): readonly Rule[] {
  const { uri, localPath }: ProcessingInput = inputOptions(place);
  const inside = (path = '') => path.startsWith('/opt/ml/processing/') && path.length <= 256;
  return [
    s3Uri(prop, uri),
    rule(localPath, inside, `'${prop}.localPath' must start with /opt/ml/processing/ and have at most 256 characters`),
  ];
}

function inputOptions(input: Value<string> | ProcessingInput): ProcessingInput;
function inputOptions(input: Value<string> | Late | LateInput): LateInput;
function inputOptions(input: Value<string> | Late | LateInput): LateInput {
  return typeof input === 'string' || input instanceof Expression || input instanceof Late ? { uri: input } : input;
}
