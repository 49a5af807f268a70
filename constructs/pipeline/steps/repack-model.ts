import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { Duration } from 'aws-cdk-lib/core';
import { join as joinPath } from 'node:path';
import { FileSet } from '../../assets';
import { ContainerImage } from '../../images';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import { type Expression, Late, type Value } from '../expression';
import { grantContainer, type JobProps } from '../job';
import { grantJob } from '../permission';
import { problemsOf, s3Uri } from '../problem';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import type { Code } from './processing';
import { type ProgramJobProps, programJobRules, renderProgramJob } from './program-job';

/** A model with its code, in the form of the props of `ModelStep` and `RegisterModelStep`. */
export interface RepackedModel {
  /** S3 URI of the new `model.tar.gz`. */
  readonly modelData: Expression<string>;

  /** Environment variables that tell the containers of the frameworks which code to run. */
  readonly environment: Readonly<Record<'SAGEMAKER_PROGRAM' | 'SAGEMAKER_SUBMIT_DIRECTORY', string>>;
}

export interface RepackModelStepProps
  extends
    StepProps,
    CacheableProps,
    RetryableProps<JobException>,
    ProgramJobProps,
    Pick<JobProps, 'role' | 'network' | 'isolateNetwork'> {
  /** S3 URI of the `model.tar.gz`. */
  readonly modelData: Value<string>;

  /**
   * Code that answers requests. Its files become the folder `code` of the archive, in the place of one that is there; `entry` is
   * the file that the container runs.
   */
  readonly code: Code;

  /**
   * Container with Python 3.7 or later, in which the packing runs.
   *
   * @default - scikit-learn 1.2-1
   */
  readonly image?: ContainerImage;

  /**
   * Time after which the job is stopped: 1 second to 28 days, in whole seconds.
   *
   * @default Duration.days(1)
   */
  readonly maxRuntime?: Duration;

  /**
   * Any part of the CreateTrainingJob request, laid over what the other props give. The role has a prop.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateTrainingJobRequest, 'TrainingJobName' | 'RoleArn'>;
}

const CHANNELS = '/opt/ml/input/data';
const SCRIPT = joinPath(__dirname, '..', 'scripts', 'repack.py');

/**
 * Packs code into a model, for containers of frameworks that look for it in the archive, such as those of PyTorch and TensorFlow.
 *
 * Runs a training job, whose only cost is the time of its instance. An archive with members or links that lead out of it is
 * refused, and so are devices.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/adapt-inference-container.html
 */
export class RepackModelStep extends StepWithProperties<DescribeTrainingJobResponse> {
  /** S3 URI of the new `model.tar.gz`. */
  public readonly modelArtifacts: Expression<string>;

  /** The model with its code: `new ModelStep(name, { image, ...repack.model })`. */
  public readonly model: RepackedModel;

  private readonly props: RepackModelStepProps;
  private readonly image: ContainerImage;
  private readonly script: FileSet;

  public constructor(name: string, props: RepackModelStepProps) {
    const { code, modelData, image = ContainerImage.scikitLearn('1.2-1') } = props;
    const script = FileSet.fromFile(SCRIPT);
    const uploaded = (files: FileSet) => new Late(({ scope }) => files.bind(scope).s3Uri);
    const base = {
      ...renderProgramJob(props, {
        image,
        entrypoint: ['python3', `${CHANNELS}/repack/repack.py`],
        arguments: ['--entry', code.entry],
        channels: { model: modelData, code: uploaded(code.files), repack: uploaded(script) },
        maxRuntime: (props.maxRuntime ?? Duration.days(1)).toSeconds({ integral: false }),
      }),
      EnableNetworkIsolation: props.isolateNetwork,
    };
    super(name, {
      type: 'Training',
      props,
      arguments: mergeArguments(base, props.request),
      cacheKeys: ['AlgorithmSpecification', 'InputDataConfig'],
      problems: problemsOf(...programJobRules(props), s3Uri('modelData', modelData), [
        code.files.fileNames.includes(code.entry),
        `'code.entry' must be one of the files (${code.files.fileNames.join(', ')}), got: ${code.entry}`,
      ]),
    });
    this.props = props;
    this.image = image;
    this.script = script;
    this.modelArtifacts = this.get('ModelArtifacts.S3ModelArtifacts', props.outputPath);
    this.model = {
      modelData: this.modelArtifacts,
      environment: { SAGEMAKER_PROGRAM: code.entry, SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code' },
    };
  }

  public override bind(context: StepContext): void {
    const role = grantContainer(this.props, this.image, context);
    grantJob(context, 'TrainingJob', role);
    for (const files of [this.props.code.files, this.script]) files.bind(context.scope).grantRead(role);
  }
}
