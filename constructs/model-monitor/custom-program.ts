import { Token } from 'aws-cdk-lib/core';
import type { ContainerImage } from '../images';

interface ProgramOptions {
  /** What is checked, in a few words that complete "It checks …": alerts say it. 1 to 200 characters. */
  readonly checks: string;

  /**
   * Environment variables of the container, at most 49, beside those that the service adds for the run: `dataset_source`,
   * `output_path`, `start_time`, `end_time` and others.
   *
   * @default - only those of the service
   */
  readonly environment?: Readonly<Record<string, string>>;
}

interface OwnContainer extends ProgramOptions {
  /** Image with a program of its own that keeps the container contract of Model Monitor. */
  readonly image: ContainerImage;

  /**
   * Command of the container, 1 to 100 parts.
   *
   * @default - that of the image
   */
  readonly entrypoint?: readonly [string, ...string[]];

  /**
   * Arguments of the command, 1 to 50.
   *
   * @default - none
   */
  readonly arguments?: readonly [string, ...string[]];
  readonly recordPreprocessorUri?: never;
  readonly postAnalyticsProcessorUri?: never;
}

interface OwnScripts extends ProgramOptions {
  readonly image?: never;
  readonly entrypoint?: never;
  readonly arguments?: never;

  /** S3 URI of a Python script whose `preprocess_handler` turns a captured record into columns, or leaves it out. */
  readonly recordPreprocessorUri: string;

  /**
   * S3 URI of a Python script whose `postprocess_handler` is called after the analysis.
   *
   * @default - nothing is called
   */
  readonly postAnalyticsProcessorUri?: string;
}

/** What a monitor of your own runs: a container, or scripts around the analyzer of Model Monitor. */
export type CustomProgram = OwnContainer | OwnScripts;

/** Variables of the container contract, and the one that `metrics` sets. */
const RESERVED: readonly string[] = [
  ...['dataset_format', 'dataset_source', 'output_path', 'start_time', 'end_time', 'publish_cloudwatch_metrics'],
  ...['sagemaker_endpoint_name', 'sagemaker_monitoring_schedule_name', 'sagemaker_endpoint_datacapture_prefix'],
  ...['baseline_constraints', 'baseline_statistics'],
];

/** Checks a program before anything is created. */
export function validateProgram(path: string, props: CustomProgram): void {
  const { checks, environment = {} } = props;
  requireLength(path, 'checks', checks.length, 200, 'characters', checks);
  requireLength(path, 'entrypoint', props.entrypoint?.length, 100, 'parts', props.entrypoint);
  requireLength(path, 'arguments', props.arguments?.length, 50, 'arguments', props.arguments);
  const names = Object.keys(environment);
  if (names.length > 49) {
    throw new Error(`${path}: 'environment' must hold at most 49 variables, got: ${names.length}`);
  }
  const reserved = names.find(name => RESERVED.includes(name));
  if (reserved !== undefined) {
    throw new Error(`${path}: 'environment' must leave out what the service sets, got: ${reserved}`);
  }
  const wrong = names.find(name => !/^[a-zA-Z_][a-zA-Z0-9_]{0,255}$/.test(name));
  if (wrong !== undefined) {
    throw new Error(
      `${path}: 'environment' must have names of 1 to 256 letters, digits and _, the first no digit, got: ${wrong}`,
    );
  }
}

function requireLength(
  path: string,
  prop: string,
  length: number | undefined,
  most: number,
  things: string,
  value: unknown,
): void {
  if (length === undefined || Token.isUnresolved(value)) return;
  if (length < 1 || length > most) {
    throw new Error(`${path}: '${prop}' must have 1 to ${most} ${things}, got: ${length}`);
  }
}
