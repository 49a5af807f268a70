import type {
  CreateProcessingJobRequest,
  DescribeProcessingJobResponse,
  ProcessingInstanceType,
} from '@aws-sdk/client-sagemaker';
import type { Duration } from 'aws-cdk-lib/core';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { FileSet } from '../../assets';
import type { ContainerImage } from '../../images';
import { mergeArguments, type PartialArguments } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, JsonGet, Late, type Scalar, type Value } from '../expression';
import {
  type ClusterProps,
  clusterRules,
  grantContainer,
  imageUri,
  jobRole,
  type JobProps,
  networkRules,
} from '../job';
import { renderCluster, renderVpcConfig, roleArn } from '../job';
import { grantJob, grantReadOutput } from '../permission';
import { problemsOf, seconds } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { outputOptions, type ProcessingArguments, type ProcessingInput, type ProcessingOutput } from './processing-io';
import { renderInput, renderOutput } from './processing-io';

/** A Python program that runs in the container. */
export interface Code {
  /** Files that are placed in `/opt/ml/processing/input/code`. */
  readonly files: FileSet;

  /** The file that `python3` runs; one of `files`. */
  readonly entry: string;
}

/** A JSON file whose values later steps can read. */
export interface PropertyFile<Output extends string> {
  /** The output that the file belongs to. */
  readonly output: Output;

  /** Path of the file below the output's folder. */
  readonly path: string;
}

export interface ProcessingStepProps<Output extends string, File extends string>
  extends StepProps, CacheableProps, RetryableProps<JobException>, JobProps, ClusterProps<ProcessingInstanceType> {
  /** Container that runs. */
  readonly image: ContainerImage;

  /**
   * Python program that the container runs.
   *
   * @default - the entrypoint of the image
   */
  readonly code?: Code;

  /**
   * Command that the container runs; not together with `code`.
   *
   * @default - `code`, or the entrypoint of the image
   */
  readonly entrypoint?: readonly string[];

  /**
   * Arguments of the command: up to 100.
   *
   * @default - none
   */
  readonly arguments?: readonly Value<string>[];

  /**
   * Inputs by name: up to 10, that of `code` included.
   *
   * @default - none
   */
  readonly inputs?: Readonly<Record<string, Value<string> | ProcessingInput>>;

  /**
   * Outputs by name: up to 10.
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
   * Time after which the job is stopped: 1 second to 9 days.
   *
   * @default - one day, by the service
   */
  readonly maxRuntime?: Duration;

  /**
   * Key that encrypts the outputs in S3.
   *
   * @default - the default encryption of the bucket
   */
  readonly outputEncryptionKey?: kms.IKey;

  /**
   * Any part of the CreateProcessingJob request, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: PartialArguments<Omit<CreateProcessingJobRequest, 'ProcessingJobName'>>;
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
    super(name, {
      type: 'Processing',
      props,
      arguments: mergeArguments(renderArguments(props), props.request),
      members: renderPropertyFiles(props.propertyFiles),
      propertyFiles: Object.keys(props.propertyFiles ?? {}),
      cacheKeys: ['AppSpecification', 'Environment', 'ProcessingInputs'],
      problems: problemsIn(props),
    });
    this.props = props;
  }

  /** S3 URI of an output. */
  public output(name: Output): Expression<string> {
    return this.property(`ProcessingOutputConfig.Outputs['${name as string}'].S3Output.S3Uri` as 'RoleArn');
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
    const role = jobRole(this.props, context);
    grantJob(context, 'ProcessingJob', role);
    grantContainer(this.props, [image], context);
    code?.files.bind(context.scope).grantRead(role);
    outputEncryptionKey?.grantEncryptDecrypt(role);
    for (const file of Object.values<PropertyFile<Output>>(propertyFiles ?? {})) {
      const output = outputs?.[file.output];
      if (output !== undefined) grantReadOutput(context, outputOptions(output).uri);
      outputEncryptionKey?.grantDecrypt(context.pipelineRole);
    }
  }

  private read<T extends Scalar>(file: File, path: string): Expression<T> {
    return new JsonGet<T>(this, file, path);
  }
}

function renderArguments<O extends string, F extends string>(props: ProcessingStepProps<O, F>): ProcessingArguments {
  const { code, inputs = {}, outputs } = props;
  const network = {
    EnableInterContainerTrafficEncryption: props.encryptInterContainerTraffic,
    EnableNetworkIsolation: props.isolateNetwork,
    VpcConfig: renderVpcConfig(props),
  };
  const entrypoint = code ? ['python3', `${CODE_PATH}/${code.entry}`] : props.entrypoint;
  const allInputs: [string, Value<string> | Late | ProcessingInput][] = Object.entries(inputs);
  if (code) allInputs.push(['code', new Late(({ scope }) => code.files.bind(scope).s3Uri)]);
  const allOutputs = Object.entries<Value<string> | ProcessingOutput>(outputs ?? {});
  return {
    ProcessingResources: { ClusterConfig: renderCluster(props) },
    AppSpecification: {
      ImageUri: imageUri(props.image),
      ContainerEntrypoint: entrypoint,
      ContainerArguments: props.arguments,
    },
    RoleArn: roleArn(props),
    ProcessingInputs: allInputs.length > 0 ? allInputs.map(([name, input]) => renderInput(name, input)) : undefined,
    ProcessingOutputConfig:
      allOutputs.length > 0
        ? {
            Outputs: allOutputs.map(([name, output]) => renderOutput(name, outputOptions(output))),
            KmsKeyId: props.outputEncryptionKey?.keyArn,
          }
        : undefined,
    Environment: props.environment,
    StoppingCondition: props.maxRuntime && { MaxRuntimeInSeconds: props.maxRuntime.toSeconds() },
    NetworkConfig: Object.values(network).some(value => value !== undefined) ? network : undefined,
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
  const inputCount = Object.keys(inputs).length + (code ? 1 : 0);
  const outputCount = Object.keys(outputs).length;
  return problemsOf(
    ...clusterRules(props),
    ...networkRules(props),
    [!code || !entrypoint, `'entrypoint' must be left out where 'code' is given, got: ${String(entrypoint)}`],
    [
      !code || code.files.fileNames.includes(code.entry),
      `'code.entry' must be one of the files (${code?.files.fileNames.join(', ') ?? ''}), got: ${code?.entry ?? ''}`,
    ],
    [!code || !('code' in inputs), `'inputs' must not use the name code, which 'code' takes, got: code`],
    [inputCount <= 10, `'inputs' must be at most 10, that of 'code' included, got: ${inputCount}`],
    [outputCount <= 10, `'outputs' must be at most 10, got: ${outputCount}`],
    seconds('maxRuntime', props.maxRuntime, 1, 777_600),
    ...Object.entries(propertyFiles).map(
      ([name, { output }]) =>
        [
          Object.hasOwn(outputs, output),
          `'propertyFiles.${name}.output' must name one of the outputs (${Object.keys(outputs).join(', ')}), got: ${output}`,
        ] as const,
    ),
  );
}
