import * as iam from 'aws-cdk-lib/aws-iam';
import { Duration } from 'aws-cdk-lib/core';
import { DataBiasAnalysis } from '../../constructs/clarify';
import { ContainerImage } from '../../constructs/images';
import {
  AutoMLStep,
  ClarifyCheckStep,
  Condition,
  ConditionStep,
  EmrStep,
  EndpointConfigStep,
  FailStep,
  ModelStep,
  Parameter,
  ProcessingStep,
  QualityCheckStep,
  RawStep,
  RegisterModelStep,
  type Step,
  TrainingStep,
  TransformStep,
  TuningStep,
} from '../../constructs/pipeline';
import { newStack, pipelineOf } from '../support/steps';

// Mistakes in props that the compiler cannot see, or was told not to: each fails at synthesis, and says what is wrong.

const image = ContainerImage.xgboost();
const machine = { image, instanceType: 'ml.m5.xlarge' } as const;
const processing = (more: object) => new ProcessingStep('Step', { ...machine, ...more });
const training = (more: object) =>
  new TrainingStep('Step', {
    ...machine,
    inputs: { train: 's3://loans/train' },
    outputPath: 's3://loans/models',
    ...more,
  });
const model = (more: object) => new ModelStep('Step', { image, modelData: 's3://loans/model.tar.gz', ...more });
const transform = (more: object) =>
  new TransformStep('Step', {
    instanceType: 'ml.m5.xlarge',
    modelName: 'loans',
    input: 's3://loans/in',
    outputPath: 's3://loans/out',
    ...more,
  });
const register = (more: object) =>
  new RegisterModelStep('Step', {
    modelPackageGroupName: 'loans',
    image,
    modelData: 's3://loans/model.tar.gz',
    contentTypes: ['text/csv'],
    responseTypes: ['text/csv'],
    ...more,
  });
const tuning = (more: object, request: object = {}) =>
  new TuningStep('Step', {
    training: { ...machine, inputs: { train: 's3://loans/train' }, outputPath: 's3://loans/tuned' },
    objective: { metricName: 'validation:auc', type: 'Maximize' },
    ranges: { max_depth: { type: 'Integer', min: 2, max: 8 } },
    maxTrainingJobs: 4,
    maxParallelTrainingJobs: 2,
    ...more,
    request,
  });
const raw = (type: string, args: object) =>
  new RawStep('Step', { type, arguments: args as Readonly<Record<string, unknown>> });
const unlisted = model({ name: 'x' });

/** The steps of a pipeline, and what is said of the step named Step. */
type Mistake = readonly [what: string, steps: () => readonly Step[], problem: string];

const mistakes: readonly Mistake[] = [
  [
    'a misspelt member in a request',
    () => [training({ request: { Environments: {} } })],
    `'Arguments.Environments' must be a member that the API has, such as Environment, got: Environments`,
  ],
  [
    'a number in an environment',
    () => [processing({ environment: { SEED: 7 } })],
    `'Arguments.Environment['SEED']' must be a text, got: 7`,
  ],
  [
    'a name of a variable with a hyphen',
    () => [processing({ environment: { 'log-level': 'info' } })],
    `names in 'Arguments.Environment' must be letters, digits and _, with no digit first, got: log-level`,
  ],
  [
    'a variable that is too long',
    () => [processing({ environment: { NOTE: 'x'.repeat(257) } })],
    `'Arguments.Environment['NOTE']' must have at most 256 characters, got: 257`,
  ],
  [
    'an argument in several lines',
    () => [processing({ arguments: ['a\nb'] })],
    `'Arguments.AppSpecification.ContainerArguments[0]' must be text in one line, got: a\\nb`,
  ],
  [
    'a text for a list of arguments',
    () => [processing({ request: { AppSpecification: { ContainerArguments: '--raw' } } })],
    `'Arguments.AppSpecification.ContainerArguments' must be a list, got: the text '--raw'`,
  ],
  [
    'an unknown distribution',
    () => [processing({ inputs: { raw: { uri: 's3://loans', distribution: 'Sharded' } } })],
    `'Arguments.ProcessingInputs[0].S3Input.S3DataDistributionType' must be one of FullyReplicated, ShardedByS3Key, got: Sharded`,
  ],
  [
    'an instance type of EC2',
    () => [processing({ instanceType: 'm5.xlarge' })],
    `'Arguments.ProcessingResources.ClusterConfig.InstanceType' must be an instance type such as ml.m5.xlarge, got: m5.xlarge`,
  ],
  [
    'a name of an experiment',
    () => [training({ request: { ExperimentConfig: { ExperimentName: 'a' } } })],
    `'Arguments.ExperimentConfig.ExperimentName' must be left out, because the experiment of the pipeline decides it, got: a value`,
  ],
  [
    'two kinds of cluster',
    () => [
      training({
        request: {
          ResourceConfig: {
            InstanceGroups: [{ InstanceType: 'ml.m5.large', InstanceCount: 1, InstanceGroupName: 'a' }],
          },
        },
      }),
    ],
    `'Arguments.ResourceConfig.InstanceType' must be left out where InstanceGroups is given, got: InstanceGroups and InstanceType and InstanceCount`,
  ],
  [
    'a warm pool for a day',
    () => [training({ request: { ResourceConfig: { KeepAlivePeriodInSeconds: 86_400 } } })],
    `'Arguments.ResourceConfig.KeepAlivePeriodInSeconds' must be a whole number from 0 to 21600, got: 86400`,
  ],
  [
    'a tag with a wrong character',
    () => [training({ request: { Tags: [{ Key: 'team!', Value: 'risk' }] } })],
    `'Arguments.Tags[0].Key' must be letters, digits, blanks and the characters _ . : / = + - @, got: team!`,
  ],
  [
    'a strategy that is none',
    () => [tuning({ strategy: 'Guess' })],
    `'Arguments.HyperParameterTuningJobConfig.Strategy' must be one of Bayesian, Random, Hyperband, Grid, got: Guess`,
  ],
  [
    'settings of another strategy',
    () => [
      tuning(
        { strategy: 'Random' },
        { HyperParameterTuningJobConfig: { StrategyConfig: { HyperbandStrategyConfig: {} } } },
      ),
    ],
    `'Arguments.HyperParameterTuningJobConfig.StrategyConfig' must be left out where Strategy is not Hyperband, got: Strategy Random`,
  ],
  [
    'too long a name of a tuning job',
    () => [tuning({}, { HyperParameterTuningJobName: 'x'.repeat(33) })],
    `'Arguments.HyperParameterTuningJobName' must have 1 to 32 characters, got: 33`,
  ],
  [
    'containers beside the container',
    () => [model({ request: { Containers: [] } })],
    `'Arguments' must have exactly one of PrimaryContainer, Containers, got: PrimaryContainer and Containers`,
  ],
  [
    'a model package beside an image',
    () => [model({ request: { PrimaryContainer: { ModelPackageName: 'loans' } } })],
    `'Arguments.PrimaryContainer' must have exactly one of Image, ModelPackageName, got: Image and ModelPackageName`,
  ],
  [
    'an unknown split',
    () => [transform({ input: { uri: 's3://loans/in', splitType: 'Lines' } })],
    `'Arguments.TransformInput.SplitType' must be one of None, Line, RecordIO, TFRecord, got: Lines`,
  ],
  [
    'a response of no media type',
    () => [register({ responseTypes: ['*'] })],
    `'Arguments.InferenceSpecification.SupportedResponseMIMETypes[0]' must be a media type such as text/csv, got: *`,
  ],
  [
    'an unknown approval',
    () => [register({ approvalStatus: 'Maybe' })],
    `'Arguments.ModelApprovalStatus' must be one of Approved, Rejected, PendingManualApproval, got: Maybe`,
  ],
  [
    'a package for the marketplace',
    () => [register({ request: { CertifyForMarketplace: true } })],
    `'Arguments.CertifyForMarketplace' must be left out, because SageMaker Pipelines refuses it, got: a value`,
  ],
  [
    'a description by another name',
    () => [register({ request: { Description: 'a' } })],
    `'Arguments.Description' must be a member that the API has, got: Description`,
  ],
  [
    'a capture of data',
    () => [
      new EndpointConfigStep('Step', {
        variants: { main: { modelName: 'loans', instanceType: 'ml.m5.large' } },
        request: { DataCaptureConfig: {} } as never,
      }),
    ],
    `'Arguments.DataCaptureConfig' must be left out, because SageMaker Pipelines refuses it, got: a value`,
  ],
  [
    'a mode of Autopilot that a pipeline does not take',
    () => [
      new AutoMLStep('Step', {
        trainingData: 's3://loans',
        targetAttribute: 'a',
        outputPath: 's3://loans',
        request: { AutoMLJobConfig: { Mode: 'AUTO' } } as never,
      }),
    ],
    `'mode' must be ENSEMBLING, because a pipeline takes no other mode of Autopilot, got: AUTO`,
  ],
  [
    'a cluster that outlives its step',
    () => [emr({ KeepJobFlowAliveWhenNoSteps: true })],
    `'Arguments.ClusterConfig.Instances.KeepJobFlowAliveWhenNoSteps' must be left out, because the pipeline decides it, got: a value`,
  ],
  [
    'a raw step without its image',
    () => [
      raw('Processing', {
        RoleArn: 'arn:aws:iam::111122223333:role/Jobs',
        ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } },
        AppSpecification: {},
      }),
    ],
    `'Arguments.AppSpecification.ImageUri' must be given, got: nothing`,
  ],
];

/** Mistakes that the rules in the words of the props find. */
const inWordsOfProps: readonly Mistake[] = [
  [
    'a volume of nothing',
    () => [training({ volumeSizeGiB: 0 })],
    `'volumeSizeGiB' must be a whole number from 1 to 16384, got: 0`,
  ],
  [
    'half an instance',
    () => [training({ instanceCount: 0.5 })],
    `'instanceCount' must be a whole number of 1 or more, got: 0.5`,
  ],
  [
    'a wait that is shorter than the run',
    () => [
      training({ maxRuntime: Duration.hours(2), spot: { maxWait: Duration.hours(1), checkpointUri: 's3://loans/c' } }),
    ],
    `'spot.maxWait' must be`,
  ],
  [
    'a property file of no output',
    () => [processing({ outputs: { a: 's3://loans' }, propertyFiles: { f: { output: 'b', path: 'x' } } })],
    `'propertyFiles.f.output' must name one of the outputs (a), got: b`,
  ],
  [
    'a place that is no S3 URI',
    () => [processing({ outputs: { a: '/opt/ml' } })],
    `'outputs.a' must be an S3 URI, which starts with s3://, got: /opt/ml`,
  ],
  [
    'a check without a baseline',
    () => [
      new QualityCheckStep('Step', {
        instanceType: 'ml.m5.large',
        checkType: 'DATA_QUALITY',
        dataset: 's3://loans',
        outputPath: 's3://loans',
      }),
    ],
    `'modelPackageGroupName' or 'suppliedBaselineConstraints' must be given unless 'skipCheck' is true`,
  ],
  [
    'a bias check without a baseline',
    () => [
      new ClarifyCheckStep('Step', {
        instanceType: 'ml.m5.large',
        analysis: new DataBiasAnalysis({
          dataset: { datasetType: 'text/csv', headers: ['a', 'b'], label: 'a' },
          bias: { labelValues: [1], facets: [{ nameOrIndex: 'b', threshold: 1 }] },
        }),
        dataset: 's3://loans',
        outputPath: 's3://loans',
      }),
    ],
    `'modelPackageGroupName' or 'suppliedBaselineConstraints' must be given unless 'skipCheck' is true`,
  ],
  [
    'a step that nobody lists',
    () => [transform({ modelName: unlisted.modelName })],
    `reads step 'Step', which is not in the pipeline; add it to 'steps'`,
  ],
  ['a name used twice', () => [training({}), model({})], `has a name that another step has`],
  ['a condition inside a branch', () => [gate('Outer', gate('Step'))], `is a condition inside 'Outer.ifSteps'`],
];

function emr(instances: object): EmrStep {
  const stack = newStack();
  const role = (name: string) => iam.Role.fromRoleArn(stack, name, `arn:aws:iam::111122223333:role/${name}`);
  return new EmrStep('Step', {
    jar: 'command-runner.jar',
    cluster: {
      releaseLabel: 'emr-7.5.0',
      serviceRole: role('Emr'),
      instanceProfile: iam.InstanceProfile.fromInstanceProfileAttributes(stack, 'Profile', {
        instanceProfileArn: 'arn:aws:iam::111122223333:instance-profile/Nodes',
        role: role('Nodes'),
      }),
      instances: {
        InstanceGroups: [{ InstanceRole: 'MASTER', InstanceCount: 1, InstanceType: 'm5.xlarge' }],
        ...instances,
      },
    },
  });
}

function gate(name: string, ...ifSteps: readonly Step[]): ConditionStep {
  const minimum = Parameter.float('Minimum', { default: 1 });
  return new ConditionStep(name, {
    conditions: [Condition.lessThan(minimum, 1)],
    ifSteps: ifSteps.length > 0 ? ifSteps : [new FailStep('Stop', { errorMessage: 'a' })],
  });
}

describe('a mistake in props', () => {
  test.each(mistakes)('fails: %s', (_, steps, problem) => {
    expect(() => pipelineOf(...steps())).toThrow(new Error(`Loans/Pipeline: step 'Step': ${problem}`));
  });

  test.each(inWordsOfProps)('fails in the words of the props: %s', (_, steps, problem) => {
    expect(() => pipelineOf(...steps())).toThrow(problem);
  });
});
