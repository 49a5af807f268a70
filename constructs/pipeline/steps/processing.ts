import type { CreateProcessingJobRequest, DescribeProcessingJobResponse } from '@aws-sdk/client-sagemaker';
import type { FileSet } from '../../assets';
import type { ContainerImage } from '../../images';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, JsonGet, Late, type Scalar, type Value } from '../expression';
import { grantContainer } from '../job';
import { grantJob, grantReadOutput } from '../permission';
import { count, problemsOf, type Rule } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import {
  type LateInput,
  outputOptions,
  placeRules,
  type ProcessingInput,
  type ProcessingOutput,
} from './processing-io';
import { type ProcessingJobProps, processingJobRules, renderProcessingJob } from './processing-job';

/** A program that runs in the container. */
export interface Code {
  /** Files that are placed in `/opt/ml/processing/input/code`. */
  readonly files: FileSet;

  /** The file that the command runs; one of `files`. */
  readonly entry: string;

  /**
   * Command in front of the file, 1 to 99 words, such as `smspark-submit` in a Spark container.
   *
   * @default - python3
   */
  readonly command?: readonly string[];
}

/** A JSON file whose values later steps can read. */
export interface PropertyFile<Output extends string> {
  /**
   * The output that the file belongs to. The pipeline's role may read the file where the URI of the output begins with the
   * name of a bucket; else a warning says that reading it is yours to grant.
   */
  readonly output: Output;

  /** Path of the file below the output's folder, such as `evaluation.json`. */
  readonly path: string;
}

export interface ProcessingStepProps<Output extends string, File extends string>
  extends StepProps, CacheableProps, RetryableProps<JobException>, ProcessingJobProps {
  /** Container that runs. */
  readonly image: ContainerImage;

  /**
   * Program that the container runs, in Python unless its `command` says otherwise:
   * `{ files: FileSet.fromFile('steps/prepare.py'), entry: 'prepare.py' }`.
   *
   * @default - the entrypoint of the image
   */
  readonly code?: Code;

  /**
   * Command that the container runs, 1 to 100 words; not together with `code`.
   *
   * @default - `code`, or the entrypoint of the image
   */
  readonly entrypoint?: readonly string[];

  /**
   * Arguments of the command: 1 to 100.
   *
   * @default - none
   */
  readonly arguments?: readonly Value<string>[];

  /**
   * Inputs by name: up to 10, that of `code` included. A text is the S3 URI.
   *
   * @default - none
   */
  readonly inputs?: Readonly<Record<string, Value<string> | ProcessingInput>>;

  /**
   * Outputs by name: up to 10. A text is the S3 URI.
   *
   * @default - none
   */
  readonly outputs?: Readonly<Record<Output, Value<string> | ProcessingOutput>>;

  /**
   * JSON files by name whose values later steps can read with `number`, `text` and `boolean`.
   *
   * @default - none
   */
  readonly propertyFiles?: Readonly<Record<File, PropertyFile<NoInfer<Output>>>>;

  /**
   * Environment variables: up to 100.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, Value<string>>>;

  /**
   * Any part of the CreateProcessingJob request, laid over what the other props give. The role has a prop.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateProcessingJobRequest, 'ProcessingJobName' | 'RoleArn'>;
}

const CODE_PATH = '/opt/ml/processing/input/code';

/**
 * Runs a container on data in S3, such as to prepare features or to evaluate a model.
 *
 * Costs the time of its instances.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class ProcessingStep<
  Output extends string = never,
  File extends string = never,
> extends StepWithProperties<DescribeProcessingJobResponse> {
  private readonly props: ProcessingStepProps<Output, File>;

  public constructor(name: string, props: ProcessingStepProps<Output, File>) {
    const { code, entrypoint, outputs = {} } = props;
    const job = {
      ...props,
      entrypoint: code ? [...(code.command ?? ['python3']), `${CODE_PATH}/${code.entry}`] : entrypoint,
      inputs: inputsOf(props),
      outputs,
    };
    super(name, {
      type: 'Processing',
      props,
      arguments: mergeArguments(renderProcessingJob(props, job), props.request),
      members: renderPropertyFiles(props.propertyFiles),
      propertyFiles: Object.keys(props.propertyFiles ?? {}),
      cacheKeys: ['AppSpecification', 'Environment', 'ProcessingInputs'],
      problems: problemsIn(props),
    });
    this.props = props;
  }

  /** S3 URI of an output. */
  public output(name: Output): Expression<string> {
    const output = this.props.outputs?.[name];
    return this.get(
      `ProcessingOutputConfig.Outputs['${name}'].S3Output.S3Uri`,
      output === undefined ? undefined : outputOptions(output).uri,
    );
  }

  /** A number in one of the property files, by its path, such as `metrics.auc.value`. */
  public number(file: File, path: string): Expression<number> {
    return this.read(file, path);
  }

  /** A text in one of the property files, by its path. */
  public text(file: File, path: string): Expression<string> {
    return this.read(file, path);
  }

  /** A boolean in one of the property files, by its path. */
  public boolean(file: File, path: string): Expression<boolean> {
    return this.read(file, path);
  }

  public override bind(context: StepContext): void {
    const { image, code, outputEncryptionKey, outputs, propertyFiles } = this.props;
    const role = grantContainer(this.props, image, context);
    grantJob(context, 'ProcessingJob', role);
    code?.files.bind(context.scope).grantRead(role);
    for (const file of Object.values<PropertyFile<Output>>(propertyFiles ?? {})) {
      const output = outputs?.[file.output];
      if (output !== undefined) grantReadOutput(context, this.name, outputOptions(output).uri, file.path);
      outputEncryptionKey?.grant(context.pipelineRole, 'kms:Decrypt');
    }
  }

  private read<T extends Scalar>(file: File, path: string): Expression<T> {
    return new JsonGet<T>(this, file, path);
  }
}

type Inputs = Record<string, Value<string> | LateInput>;

function inputsOf({ inputs, code }: Pick<ProcessingStepProps<never, never>, 'inputs' | 'code'>): Inputs {
  return {
    ...inputs,
    ...(code && { code: { uri: new Late(({ scope }) => code.files.bind(scope).s3Uri), localPath: CODE_PATH } }),
  };
}

function renderPropertyFiles(files: Readonly<Record<string, PropertyFile<string>>> = {}): object | undefined {
  const entries = Object.entries(files);
  if (entries.length === 0) return undefined;
  return {
    PropertyFiles: entries.map(([name, { output, path }]) => ({
      PropertyFileName: name,
      OutputName: output,
      FilePath: path,
    })),
  };
}

function problemsIn(props: ProcessingStepProps<string, string>): readonly string[] {
  const { code, entrypoint, inputs = {}, outputs = {}, propertyFiles = {} } = props;
  const ofPlaces = (prop: string, places: Readonly<Record<string, Value<string> | ProcessingInput>>) =>
    Object.entries(places).flatMap(([name, place]) => placeRules(`${prop}.${name}`, place));
  return problemsOf(
    ...processingJobRules(props),
    [!code || !entrypoint, `'entrypoint' must be left out where 'code' is given, got: ${entrypoint?.join(' ') ?? ''}`],
    [
      !code || code.files.fileNames.includes(code.entry),
      `'code.entry' must be one of the files (${code?.files.fileNames.join(', ') ?? ''}), got: ${code?.entry ?? ''}`,
    ],
    count('entrypoint', entrypoint, 100, 1),
    count('arguments', props.arguments, 100, 1),
    count('environment', props.environment, 100),
    [!code || !Object.hasOwn(inputs, 'code'), `'inputs' must not use the name code, which 'code' takes, got: code`],
    count('inputs', inputsOf(props), 10),
    count('outputs', outputs, 10),
    ...ofPlaces('inputs', inputs),
    ...ofPlaces('outputs', outputs),
    ...Object.entries(propertyFiles).flatMap(([name, file]) => propertyFileRules(name, file, outputs)),
  );
}

function propertyFileRules(name: string, { output, path }: PropertyFile<string>, outputs: object): readonly Rule[] {
  const names = Object.keys(outputs).join(', ');
  return [
    [
      Object.hasOwn(outputs, output),
      `'propertyFiles.${name}.output' must name one of the outputs (${names}), got: ${output}`,
    ],
    [path !== '' && !path.startsWith('/'), `'propertyFiles.${name}.path' must be a relative path, got: ${path}`],
  ];
}
