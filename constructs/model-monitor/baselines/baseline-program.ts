import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Stack, Token } from 'aws-cdk-lib/core';
import { Analyzer, type AnalyzerKind, type AnalyzerOptions } from '../../analyzer';
import { FileSet } from '../../assets';
import type { ContainerImage } from '../../images';
import { openImage } from '../open/open-job';

/** A file or a prefix that the job copies into its container. */
export interface JobInput {
  readonly name: string;
  readonly s3Uri: string;

  /** Folder in the container. */
  readonly localPath: string;
}

/** What a baseline job runs. */
export interface BaselineProgram {
  readonly image: ContainerImage;
  readonly entrypoint?: readonly string[];
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;

  /** Folder in the container where the program looks for the data set. */
  readonly datasetPath: string;

  /** What else it reads. */
  readonly inputs: readonly JobInput[];
}

/** The part of a job that says what it runs and reads. */
export function renderProgram(scope: Construct, program: BaselineProgram, data: JobInput) {
  const { image, entrypoint, arguments: containerArguments, environment, inputs } = program;
  return {
    appSpecification: {
      imageUri: image.bind(scope).imageUri,
      containerEntrypoint: entrypoint && [...entrypoint],
      containerArguments: containerArguments && [...containerArguments],
    },
    environment: environment && { ...environment },
    processingInputs: [data, ...inputs].map(renderJobInput),
  };
}

function renderJobInput({
  name,
  s3Uri,
  localPath,
}: JobInput): sagemaker.CfnProcessingJob.ProcessingInputsObjectProperty {
  return { inputName: name, s3Input: { s3Uri, localPath, s3DataType: 'S3Prefix', s3InputMode: 'File' } };
}

/** The analyzer of this project, making a baseline: it checks nothing, and what it computes is the baseline. */
export function openProgram(
  job: Construct & iam.IGrantable,
  kind: AnalyzerKind,
  options: AnalyzerOptions<string>,
  inputs: readonly JobInput[],
): BaselineProgram {
  const program = FileSet.fromDirectory(Analyzer.folder).bind(job);
  program.grantRead(job);
  return {
    image: openImage(),
    environment: { AWS_DEFAULT_REGION: Stack.of(job).region },
    entrypoint: Analyzer.entrypoint,
    arguments: Analyzer.arguments<string>(kind, { ...options, skipCheck: true, registerNewBaseline: true }),
    datasetPath: Analyzer.inputs.dataset,
    inputs: [{ name: 'code', s3Uri: program.s3Uri, localPath: Analyzer.inputs.code }, ...inputs],
  };
}

/** Scripts as inputs, each in a folder of its own, by the name of the input. */
export function scriptInputs(
  scripts: Readonly<Record<string, string | undefined>>,
  folders: Readonly<Record<string, string>>,
): JobInput[] {
  return Object.entries(scripts).flatMap(([name, s3Uri]) =>
    s3Uri === undefined ? [] : [{ name, s3Uri, localPath: folders[name] ?? '' }],
  );
}

/** Checks that the name of a script can be read off its URI, which may begin with a token but must not end with one. */
export function validateScriptNames(path: string, uris: Readonly<Record<string, string | undefined>>): void {
  for (const [prop, uri] of Object.entries(uris)) {
    if (uri !== undefined && Token.isUnresolved(fileName(uri))) {
      throw new Error(
        `${path}: '${prop}' must end in the literal name of a file, got: a value known at deployment only`,
      );
    }
  }
}

/** Name of the file at the end of a URI. */
export function fileName(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}
