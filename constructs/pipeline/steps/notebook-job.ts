import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { Duration, Stack } from 'aws-cdk-lib/core';
import type { FileSet } from '../../assets';
import { ContainerImage } from '../../images';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, Late, type Value } from '../expression';
import { grantContainer } from '../job';
import { grantJob } from '../permission';
import { count, problemsOf, rule, type Rule, wholeNumber } from '../problem';
import type { JobException } from '../retry';
import { type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { type ProgramJobProps, programJobRules, renderProgramJob } from './program-job';

export interface NotebookJobStepProps extends StepProps, RetryableProps<JobException>, ProgramJobProps {
  /** The notebook and what it needs beside it: modules, data, an initialization script. They lie in one folder. */
  readonly files: FileSet;

  /** The notebook that runs, one of `files`; such as `score.ipynb`. */
  readonly notebook: string;

  /**
   * Shell script that runs before the notebook, one of `files`.
   *
   * @default - none
   */
  readonly initializationScript?: string;

  /**
   * Container with Jupyter and the program that runs notebooks: one of SageMaker Distribution, or one made for notebook jobs.
   *
   * @default - SageMaker Distribution 3.2.0, which some regions do not have
   */
  readonly image?: ContainerImage;

  /**
   * Kernel in the image that runs the notebook.
   *
   * @default python3
   */
  readonly kernelName?: string;

  /**
   * Values that take the place of those in the cell with the tag `parameters`: up to 100. They are texts; a number of the
   * pipeline becomes one by `join('', count)`.
   *
   * @default - those in the notebook
   */
  readonly parameters?: Readonly<Record<string, Value<string>>>;

  /**
   * Environment variables: up to 100, with the 8 or 9 that notebook jobs have.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, Value<string>>>;

  /**
   * Name of the notebook job in Studio, which the names of its training job and of the notebook it leaves begin with: 1 to 63
   * letters, digits, - and _, the first a letter.
   *
   * @default - the step's name
   */
  readonly notebookJobName?: string;

  /**
   * Tags of the job, by key: up to 46. Studio lists a job with the tags of its domain, and of a user profile or space.
   *
   * @default - those that say that it is a notebook job
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * Number of times that the job is run, where the service fails it: 1 to 30.
   *
   * @default 1
   */
  readonly maxRetryAttempts?: Value<number>;

  /**
   * Time after which the job is stopped: 1 second to 28 days, in whole seconds.
   *
   * @default Duration.days(2)
   */
  readonly maxRuntime?: Duration;

  /**
   * Any part of the CreateTrainingJob request, laid over what the other props give. The role has a prop.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateTrainingJobRequest, 'TrainingJobName' | 'RoleArn' | 'Tags'>;
}

const CHANNEL = 'sagemaker_headless_execution_pipelinestep';

/**
 * Runs a Jupyter notebook, and keeps it with its outputs.
 *
 * Runs a training job, and costs the time of its instance.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-auto-run.html
 */
export class NotebookJobStep extends StepWithProperties<DescribeTrainingJobResponse> {
  /** Name of the training job, below which the results lie: `<outputPath>/<jobName>/output/`. */
  public readonly jobName: Expression<string> = this.property('TrainingJobName');

  /** File name of the notebook with its outputs. */
  public readonly outputNotebook: Expression<string> = this.property("Environment['SM_OUTPUT_NOTEBOOK_NAME']");

  /** S3 URI of the prefix for the results; reading it makes the notebook run first. */
  public readonly results: Expression<string>;

  private readonly props: NotebookJobStepProps;
  private readonly image: ContainerImage;

  public constructor(name: string, props: NotebookJobStepProps) {
    const { files, image = ContainerImage.sagemakerDistribution(), notebookJobName = name } = props;
    const base = {
      // The service makes the name longer.
      TrainingJobName: jobNameOf(notebookJobName),
      ...renderProgramJob(props, {
        image,
        entrypoint: ['amazon_sagemaker_scheduler'],
        channels: { [CHANNEL]: new Late(({ scope }) => files.bind(scope).s3Uri) },
        maxRuntime: (props.maxRuntime ?? Duration.days(2)).toSeconds({ integral: false }),
      }),
      RetryStrategy: { MaximumRetryAttempts: props.maxRetryAttempts ?? 1 },
      EnableInterContainerTrafficEncryption: true,
      Environment: environmentOf(props, notebookJobName),
      HyperParameters: props.parameters,
      Tags: Object.entries(tagsOf(props, notebookJobName)).map(([Key, Value]) => ({ Key, Value })),
    };
    super(name, {
      type: 'Training',
      props,
      arguments: mergeArguments(base, props.request),
      problems: problemsOf(...programJobRules(props), ...notebookRules(name, props)),
    });
    this.props = props;
    this.image = image;
    this.results = this.get('OutputDataConfig.S3OutputPath', props.outputPath);
  }

  public override bind(context: StepContext): void {
    const role = grantContainer(this.props, this.image, context);
    grantJob(context, 'TrainingJob', role);
    this.props.files.bind(context.scope).grantRead(role);
  }
}

/** A job's name has no underscores. */
function jobNameOf(notebookJobName: string): string {
  return notebookJobName.replaceAll('_', '-');
}

function environmentOf(
  props: Pick<NotebookJobStepProps, 'environment' | 'initializationScript' | 'kernelName' | 'notebook'>,
  notebookJobName: string,
): Record<string, Value<string> | Late> {
  const { initializationScript } = props;
  return {
    ...props.environment,
    AWS_DEFAULT_REGION: new Late(({ scope }) => Stack.of(scope).region),
    SM_JOB_DEF_VERSION: '1.0',
    SM_ENV_NAME: 'sagemaker-default-env',
    SM_SKIP_EFS_SIMULATION: 'true',
    SM_EXECUTION_INPUT_PATH: `/opt/ml/input/data/${CHANNEL}`,
    SM_KERNEL_NAME: props.kernelName ?? 'python3',
    SM_INPUT_NOTEBOOK_NAME: props.notebook,
    SM_OUTPUT_NOTEBOOK_NAME: `${jobNameOf(notebookJobName)}.ipynb`,
    ...(initializationScript !== undefined && { SM_INIT_SCRIPT: initializationScript }),
  };
}

function tagsOf({ tags, notebook }: NotebookJobStepProps, notebookJobName: string): Record<string, string> {
  return {
    ...tags,
    'sagemaker:name': notebookJobName,
    'sagemaker:notebook-name': notebook,
    'sagemaker:notebook-job-origin': 'PIPELINE_STEP',
    'sagemaker:is-studio-archived': 'false',
  };
}

function notebookRules(name: string, props: NotebookJobStepProps): readonly Rule[] {
  const { files, notebook, initializationScript, notebookJobName = name, environment = {}, tags = {} } = props;
  const oneOf = (prop: string, file: string): Rule => [
    files.fileNames.includes(file),
    `'${prop}' must be one of the files (${files.fileNames.join(', ')}), got: ${file}`,
  ];
  const own = Object.keys(environmentOf({ notebook, initializationScript }, name));
  const taken = Object.keys(environment).filter(variable => own.includes(variable));
  const takenTags = Object.keys(tags).filter(key => Object.hasOwn(tagsOf({ ...props, tags: undefined }, name), key));
  return [
    oneOf('notebook', notebook),
    [notebook.endsWith('.ipynb'), `'notebook' must be a Jupyter notebook, which ends with .ipynb, got: ${notebook}`],
    ...(initializationScript === undefined ? [] : [oneOf('initializationScript', initializationScript)]),
    rule(
      notebookJobName,
      text => /^[a-zA-Z](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?$/.test(text),
      `'notebookJobName' must be 1 to 63 letters, digits, - and _, start with a letter and end with a letter or digit`,
    ),
    count('parameters', props.parameters, 100),
    count('environment', environment, 100 - own.length),
    [taken.length === 0, `'environment' must not hold what notebook jobs set, got: ${taken.join(', ')}`],
    count('tags', tags, 46),
    [takenTags.length === 0, `'tags' must not hold what notebook jobs set, got: ${takenTags.join(', ')}`],
    wholeNumber('maxRetryAttempts', props.maxRetryAttempts, 1, 30),
  ];
}
