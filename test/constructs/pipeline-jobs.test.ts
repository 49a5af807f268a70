import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { App, Duration, Stack, Token } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  ExecutionVariable,
  join,
  Parameter,
  Pipeline,
  ProcessingStep,
  type ProcessingStepProps,
  type Step,
  TrainingStep,
  type TrainingStepProps,
  TransformStep,
  type TransformStepProps,
  TuningStep,
  type TuningStepProps,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf } from '../support/definition';

const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1');
const pipelineOf = (...steps: Step[]) => new Pipeline(new Stack(new App(), 'Loans'), 'Pipeline', { steps });
const argumentsOf = (step: Step) => {
  const definition = definitionOf(pipelineOf(step));
  expect(checkDefinition(definition)).toEqual([]);
  return definition.Steps[0]?.Arguments;
};
const expectProblem = (step: Step, problem: string) => {
  expect(() => pipelineOf(step)).toThrow(new Error(`Loans/Pipeline: step '${step.name}': ${problem}`));
};
const many = <T>(length: number, value: T) =>
  Object.fromEntries(Array.from({ length }, (_, index) => [`name${index}`, value]));
const networkWith = (subnets: number, groups: number) => {
  const stack = new Stack(new App(), 'Network', { env: { account: '111122223333', region: 'eu-west-1' } });
  const ids = Array.from({ length: subnets }, (_, index) => `subnet-${index}`);
  return {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ids, isolatedSubnetIds: ids }),
    securityGroups: Array.from({ length: groups }, (_, index) =>
      ec2.SecurityGroup.fromSecurityGroupId(stack, `Group${index}`, `sg-${index}`),
    ),
  };
};
const job = { image, instanceType: 'ml.m5.large' } as const;
const volumeEncryptionKey = kms.Key.fromKeyArn(new Stack(), 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1');

describe('ProcessingStep', () => {
  type Props = ProcessingStepProps<string, string>;
  const step = (props: Partial<Props> = {}) => new ProcessingStep('Prepare', { ...job, ...props });

  test('needs an image and an instance type, and writes nothing that was not asked for', () => {
    expect(argumentsOf(step())).toEqual({
      ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 } },
      AppSpecification: { ImageUri: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1' },
      RoleArn: '${PipelineRoleD68726F7.Arn}',
    });
  });

  test('runs an entrypoint instead of code', () => {
    expect(argumentsOf(step({ entrypoint: ['bash', 'run.sh'] }))).toMatchObject({
      AppSpecification: { ContainerEntrypoint: ['bash', 'run.sh'] },
    });
  });

  test('places a folder of code below one prefix, and runs its entry', () => {
    const files = FileSet.fromDirectory(`${__dirname}/../../constructs/assets`);
    expect(argumentsOf(step({ code: { files, entry: 'index.ts' } }))).toMatchObject({
      AppSpecification: { ContainerEntrypoint: ['python3', '/opt/ml/processing/input/code/index.ts'] },
      ProcessingInputs: [
        {
          InputName: 'code',
          S3Input: {
            S3Uri: expect.stringMatching(/^s3:\/\/cdk-\w+-assets-.*\/[0-9a-f]{32}\/$/) as string,
            LocalPath: '/opt/ml/processing/input/code',
          },
        },
      ],
    });
  });

  test('lays the request over what the props give: structures are merged, lists replaced, undefined changes nothing', () => {
    const request = {
      ProcessingResources: { ClusterConfig: { InstanceCount: Parameter.integer('Count'), VolumeSizeInGB: undefined } },
      AppSpecification: { ContainerArguments: ['b'] },
      StoppingCondition: undefined,
      Tags: [{ Key: 'team', Value: 'risk' }],
      ExperimentConfig: { TrialComponentDisplayName: 'prepare' },
    };
    const props = { arguments: ['a'], maxRuntime: Duration.hours(1), request };
    expect(argumentsOf(step(props))).toMatchObject({
      ProcessingResources: {
        ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: { Get: 'Parameters.Count' }, VolumeSizeInGB: 30 },
      },
      AppSpecification: { ContainerArguments: ['b'] },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      Tags: [{ Key: 'team', Value: 'risk' }],
      ExperimentConfig: { TrialComponentDisplayName: 'prepare' },
    });
  });

  test('names its outputs and reads any property of its job', () => {
    const prepare = step({ outputs: { train: 's3://loans/train' } });
    expect(prepare.output('train').render()).toEqual({
      Get: "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri",
    });
    expect(prepare.property('ProcessingResources.ClusterConfig.InstanceCount').render()).toEqual({
      Get: 'Steps.Prepare.ProcessingResources.ClusterConfig.InstanceCount',
    });
    expect(prepare.property("Environment['LOG_LEVEL']").reads).toEqual([prepare]);
  });

  test('runs in the given subnets and groups', () => {
    expect(argumentsOf(step({ network: networkWith(2, 1) }))).toMatchObject({
      NetworkConfig: { VpcConfig: { Subnets: ['subnet-0', 'subnet-1'], SecurityGroupIds: ['sg-0'] } },
    });
  });

  const files = FileSet.fromJson('prepare.py', 1);
  const place = 's3://loans/a';
  test.each([
    [{ instanceCount: 0 }, "'instanceCount' must be a whole number from 1 to 100, got: 0"],
    [{ instanceCount: 101 }, "'instanceCount' must be a whole number from 1 to 100, got: 101"],
    [{ volumeSizeGiB: 1.5 }, "'volumeSizeGiB' must be a whole number from 1 to 16384, got: 1.5"],
    [{ network: networkWith(17, 1) }, "'network.subnets' must be 1 to 16, got: 17"],
    [{ network: networkWith(1, 6) }, "'network.securityGroups' must be 1 to 5, got: 6"],
    [{ network: networkWith(1, 0) }, "'network.securityGroups' must be 1 to 5, got: 0"],
    [{ maxRuntime: Duration.days(10) }, "'maxRuntime' must be 1 to 777600 whole seconds, got: 864000 seconds"],
    [{ maxRuntime: Duration.millis(1500) }, "'maxRuntime' must be 1 to 777600 whole seconds, got: 1.5 seconds"],
    [
      { code: { files, entry: 'prepare.py' }, entrypoint: ['bash', 'run.sh'] },
      "'entrypoint' must be left out where 'code' is given, got: bash run.sh",
    ],
    [{ code: { files, entry: 'run.py' } }, "'code.entry' must be one of the files (prepare.py), got: run.py"],
    [
      { code: { files, entry: 'prepare.py' }, inputs: { code: place } },
      "'inputs' must not use the name code, which 'code' takes, got: code",
    ],
    [{ entrypoint: [] }, "'entrypoint' must be 1 to 100, got: 0"],
    [{ arguments: Array.from({ length: 101 }, () => 'a') }, "'arguments' must be 1 to 100, got: 101"],
    [{ environment: many(101, 'a') }, "'environment' must be at most 100, got: 101"],
    [{ inputs: many(11, place) }, "'inputs' must be at most 10, got: 11"],
    [{ code: { files, entry: 'prepare.py' }, inputs: many(10, place) }, "'inputs' must be at most 10, got: 11"],
    [{ outputs: many(11, place) }, "'outputs' must be at most 10, got: 11"],
    [{ inputs: { raw: 'loans/a' } }, "'inputs.raw' must be an S3 URI, which starts with s3://, got: loans/a"],
    [{ outputs: { raw: { uri: 'a' } } }, "'outputs.raw' must be an S3 URI, which starts with s3://, got: a"],
    [
      { inputs: { raw: { uri: place, localPath: '/tmp' } } },
      "'inputs.raw.localPath' must start with /opt/ml/processing/ and have at most 256 characters, got: /tmp",
    ],
    [
      { outputs: { raw: { uri: place, localPath: '/opt' } } },
      "'outputs.raw.localPath' must start with /opt/ml/processing/ and have at most 256 characters, got: /opt",
    ],
    [
      { outputs: { a: place, b: place }, propertyFiles: { report: { output: 'c', path: 'report.json' } } },
      "'propertyFiles.report.output' must name one of the outputs (a, b), got: c",
    ],
    [
      { outputs: { a: place }, propertyFiles: { report: { output: 'a', path: '/report.json' } } },
      "'propertyFiles.report.path' must be a relative path, got: /report.json",
    ],
    [{ displayName: 'x'.repeat(257) }, "'displayName' must have at most 256 characters, got: 257"],
    [{ description: 'x'.repeat(3073) }, "'description' must have at most 3072 characters, got: 3073"],
    [
      { instanceType: 'ml.g5.xlarge', volumeEncryptionKey },
      "'volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.g5.xlarge",
    ],
  ] as [Partial<Props>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(step(props), problem);
  });

  test('takes expressions wherever a literal would be checked for', () => {
    const count = Parameter.integer('Count');
    const uri = Parameter.string('Place');
    const props = { instanceCount: count, volumeSizeGiB: count, inputs: { a: uri }, outputs: { b: { uri } } };
    expect(() => argumentsOf(step(props))).not.toThrow();
  });
});

describe('TrainingStep', () => {
  const valid: TrainingStepProps = { ...job, inputs: { train: 's3://loans/train' }, outputPath: 's3://loans/models' };
  const step = (props: Partial<TrainingStepProps> = {}) =>
    new TrainingStep('Train', { ...valid, ...props } as TrainingStepProps);

  test('copies its channels to disk, and stops after a day, unless said otherwise', () => {
    expect(argumentsOf(step())).toEqual({
      AlgorithmSpecification: {
        TrainingImage: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1',
        TrainingInputMode: 'File',
      },
      RoleArn: '${PipelineRoleD68726F7.Arn}',
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: {
            S3DataSource: {
              S3DataType: 'S3Prefix',
              S3Uri: 's3://loans/train',
              S3DataDistributionType: 'FullyReplicated',
            },
          },
        },
      ],
      OutputDataConfig: { S3OutputPath: 's3://loans/models' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    });
  });

  test('reads an augmented manifest, and all channels in another mode', () => {
    const train = { uri: 's3://loans/m', dataType: 'AugmentedManifestFile', attributeNames: ['a'] } as const;
    expect(argumentsOf(step({ inputMode: 'Pipe', inputs: { train } }))).toMatchObject({
      AlgorithmSpecification: { TrainingInputMode: 'Pipe' },
      InputDataConfig: [
        { DataSource: { S3DataSource: { S3DataType: 'AugmentedManifestFile', AttributeNames: ['a'] } } },
      ],
    });
  });

  test('writes hyperparameters as texts: booleans as in JSON, as the containers read them', () => {
    const hyperparameters = {
      rounds: 50,
      verbose: true,
      eta: 0.1,
      objective: 'reg',
      depth: Parameter.integer('Depth'),
    };
    expect(argumentsOf(step({ hyperparameters }))).toMatchObject({
      HyperParameters: {
        rounds: '50',
        verbose: 'true',
        eta: '0.1',
        objective: 'reg',
        depth: { 'Std:Join': { On: '', Values: [{ Get: 'Parameters.Depth' }] } },
      },
    });
  });

  test('reads the artifacts of its job', () => {
    expect(step().modelArtifacts.render()).toEqual({ Get: 'Steps.Train.ModelArtifacts.S3ModelArtifacts' });
    expect(step().property('FinalMetricDataList[0].Value').render()).toEqual({
      Get: 'Steps.Train.FinalMetricDataList[0].Value',
    });
  });

  test.each([
    [{ inputs: {} }, "'inputs' must be 1 to 20, got: 0"],
    [{ inputs: many(21, 's3://loans/a') }, "'inputs' must be 1 to 20, got: 21"],
    [
      { inputs: { 'a b': 's3://loans/a' } },
      "'inputs' must have names of 1 to 64 letters, digits, ., - and _, got: a b",
    ],
    [{ inputs: { train: 'loans' } }, "'inputs.train' must be an S3 URI, which starts with s3://, got: loans"],
    [{ hyperparameters: many(101, 1) }, "'hyperparameters' must be at most 100, got: 101"],
    [{ metricDefinitions: many(41, 'a') }, "'metricDefinitions' must be at most 40, got: 41"],
    [{ environment: many(101, 'a') }, "'environment' must be at most 100, got: 101"],
    [{ outputPath: 'loans' }, "'outputPath' must be an S3 URI, which starts with s3://, got: loans"],
    [{ instanceCount: 0 }, "'instanceCount' must be a whole number of 1 or more, got: 0"],
    [{ maxRuntime: Duration.days(29) }, "'maxRuntime' must be 1 to 2419200 whole seconds, got: 2505600 seconds"],
    [
      { maxRuntime: Duration.hours(2), spot: { maxWait: Duration.hours(1) } },
      "'spot.maxWait' must be whole seconds, at least 'maxRuntime' (7200 seconds), got: 3600 seconds",
    ],
    [
      { spot: { maxWait: Duration.hours(1) } },
      "'spot.maxWait' must be whole seconds, at least 'maxRuntime' (86400 seconds), got: 3600 seconds",
    ],
    [
      { instanceType: 'ml.p3dn.24xlarge', volumeEncryptionKey },
      "'volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.p3dn.24xlarge",
    ],
  ] as [Partial<TrainingStepProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(step(props), problem);
  });
});

describe('TuningStep', () => {
  const training: TuningStepProps['training'] = {
    ...job,
    inputs: { train: 's3://loans/train' },
    outputPath: 's3://loans/models/',
  };
  const valid: TuningStepProps = {
    training,
    objective: { metricName: 'validation:auc', type: 'Maximize' },
    ranges: { eta: { type: 'Continuous', min: 0.1, max: 0.5 } },
    maxTrainingJobs: 4,
  };
  const step = (props: Partial<TuningStepProps> = {}) => new TuningStep('Tune', { ...valid, ...props });

  test('is Bayesian, one job at a time, and stops none early, unless said otherwise', () => {
    expect(argumentsOf(step())).toMatchObject({
      HyperParameterTuningJobConfig: {
        Strategy: 'Bayesian',
        HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'validation:auc' },
        ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 1 },
        ParameterRanges: {
          ContinuousParameterRanges: [{ Name: 'eta', MinValue: '0.1', MaxValue: '0.5', ScalingType: 'Auto' }],
          IntegerParameterRanges: [],
          CategoricalParameterRanges: [],
        },
        TrainingJobEarlyStoppingType: 'Off',
      },
      TrainingJobDefinition: {
        HyperParameterTuningResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
      },
    });
  });

  test('bestModel is below the output path, by rank', () => {
    expect(step().bestModel(1).render()).toEqual({
      'Std:Join': {
        On: '/',
        Values: [
          's3://loans/models',
          { Get: 'Steps.Tune.TrainingJobSummaries[1].TrainingJobName' },
          'output/model.tar.gz',
        ],
      },
    });
  });

  test('bestModel of a path that differs in every execution is where the tuning job says, as it may be a reused one', () => {
    const outputPath = join('/', 's3://loans', ExecutionVariable.PIPELINE_EXECUTION_ID);
    const tune = step({ training: { ...training, outputPath }, cacheExpireAfter: Duration.days(1) });
    expect(tune.bestModel().render()).toEqual({
      'Std:Join': {
        On: '/',
        Values: [
          { Get: 'Steps.Tune.TrainingJobDefinition.OutputDataConfig.S3OutputPath' },
          { Get: 'Steps.Tune.TrainingJobSummaries[0].TrainingJobName' },
          'output/model.tar.gz',
        ],
      },
    });
  });

  test.each([-1, 50, 0.5])('fails when the rank of the best model is %d', rank => {
    expect(() => step().bestModel(rank)).toThrow(
      new Error(`step 'Tune': 'rank' must be a whole number from 0 to 49, got: ${rank}`),
    );
  });

  test('takes ranges and limits that are only known at deployment or when the pipeline runs', () => {
    const token = Token.asNumber({ Ref: 'Number' });
    const tune = step({
      ranges: { eta: { type: 'Continuous', min: token, max: token } },
      maxTrainingJobs: Parameter.integer('Jobs'),
      maxParallelTrainingJobs: token,
    });
    expect(definitionOf(pipelineOf(tune)).Steps[0]?.Arguments).toMatchObject({
      HyperParameterTuningJobConfig: {
        ParameterRanges: { ContinuousParameterRanges: [{ MinValue: '${Number}', MaxValue: '${Number}' }] },
        ResourceLimits: { MaxNumberOfTrainingJobs: { Get: 'Parameters.Jobs' }, MaxParallelTrainingJobs: '${Number}' },
      },
    });
  });

  test('Grid takes as many jobs as there are combinations', () => {
    const ranges = {
      a: { type: 'Categorical', values: ['x', 'y'] },
      b: { type: 'Categorical', values: ['x', 'y'] },
    } as const;
    expect(() => argumentsOf(step({ strategy: 'Grid', ranges, maxTrainingJobs: 4 }))).not.toThrow();
    expectProblem(
      step({ strategy: 'Grid', ranges, maxTrainingJobs: 3 }),
      "'maxTrainingJobs' must be the number of combinations (4) with strategy Grid, got: 3",
    );
  });

  const continuous = { type: 'Continuous', min: 0, max: 1 } as const;
  test.each([
    [
      { training: { ...training, outputPath: 'a' } },
      "'training.outputPath' must be an S3 URI, which starts with s3://, got: a",
    ],
    [{ training: { ...training, environment: many(49, 'a') } }, "'training.environment' must be at most 48, got: 49"],
    [{ ranges: {} }, "'ranges' must name 1 to 30 hyperparameters, got: 0"],
    [{ ranges: many(31, continuous) }, "'ranges' must name 1 to 30 hyperparameters, got: 31"],
    [
      { training: { ...training, hyperparameters: { eta: 1 } } },
      "'ranges.eta' must not also stand in 'training.hyperparameters', got: eta",
    ],
    [{ ranges: { eta: { type: 'Categorical', values: [] } } }, "'ranges.eta.values' must be 1 to 30, got: 0"],
    [
      { strategy: 'Grid', ranges: { eta: continuous }, maxTrainingJobs: 1 },
      "'ranges.eta' must be Categorical with strategy Grid, got: Continuous",
    ],
    [{ ranges: { eta: { ...continuous, min: 2 } } }, "'ranges.eta.min' must be at most its 'max' (1), got: 2"],
    [
      { ranges: { depth: { type: 'Integer', min: 0.5, max: 2 } } },
      "'ranges.depth' must have whole numbers, got: 0.5 to 2",
    ],
    [
      { ranges: { eta: { ...continuous, scaling: 'Logarithmic' } } },
      "'ranges.eta.min' must be more than 0 with scaling Logarithmic, got: 0",
    ],
    [
      { ranges: { eta: { ...continuous, scaling: 'ReverseLogarithmic' } } },
      "'ranges.eta' must be Continuous from 0 to less than 1 with scaling ReverseLogarithmic, got: Continuous from 0 to 1",
    ],
    [
      { maxTrainingJobs: 0, maxParallelTrainingJobs: Parameter.integer('A') },
      "'maxTrainingJobs' must be a whole number from 1 to 750, got: 0",
    ],
    [{ maxParallelTrainingJobs: 5 }, "'maxParallelTrainingJobs' must be at most 'maxTrainingJobs' (4), got: 5"],
    [{ maxRuntime: Duration.minutes(1) }, "'maxRuntime' must be 120 to 15768000 whole seconds, got: 60 seconds"],
    [{ randomSeed: -1 }, "'randomSeed' must be a whole number of 0 or more, got: -1"],
    [
      { strategy: { type: 'Hyperband', maxResource: 9 }, earlyStopping: true },
      "'earlyStopping' must be false with strategy Hyperband, which stops jobs itself, got: true",
    ],
    [
      { training: { ...training, instanceType: 'ml.p4d.24xlarge', volumeEncryptionKey } },
      "'training.volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.p4d.24xlarge",
    ],
  ] as [Partial<TuningStepProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(step(props), problem);
  });
});

describe('TransformStep', () => {
  const valid: TransformStepProps = {
    modelName: 'loans',
    input: 's3://loans/test',
    outputPath: 's3://loans/predictions',
    instanceType: 'ml.m5.large',
  };
  const step = (props: Partial<TransformStepProps> = {}) => new TransformStep('Predict', { ...valid, ...props });

  test('needs a model, an input, an output and an instance type, and writes nothing that was not asked for', () => {
    expect(argumentsOf(step())).toEqual({
      ModelName: 'loans',
      TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://loans/test' } } },
      TransformOutput: { S3OutputPath: 's3://loans/predictions' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    });
  });

  test('reads a manifest', () => {
    expect(argumentsOf(step({ input: { uri: 's3://loans/m', dataType: 'ManifestFile' } }))).toMatchObject({
      TransformInput: { DataSource: { S3DataSource: { S3DataType: 'ManifestFile' } } },
    });
  });

  test('tells where its results are', () => {
    expect(step().results.render()).toEqual({ Get: 'Steps.Predict.TransformOutput.S3OutputPath' });
  });

  test.each([
    [{ input: 'loans' }, "'input' must be an S3 URI, which starts with s3://, got: loans"],
    [{ outputPath: 'loans' }, "'outputPath' must be an S3 URI, which starts with s3://, got: loans"],
    [{ instanceCount: 0 }, "'instanceCount' must be a whole number of 1 or more, got: 0"],
    [{ maxPayloadMB: 101 }, "'maxPayloadMB' must be a whole number from 0 to 100, got: 101"],
    [{ maxConcurrentTransforms: -1 }, "'maxConcurrentTransforms' must be a whole number of 0 or more, got: -1"],
    [
      { maxPayloadMB: 20, maxConcurrentTransforms: 6 },
      "'maxConcurrentTransforms' times 'maxPayloadMB' must be at most 100 MB, got: 120",
    ],
    [{ batchStrategy: 'SingleRecord' }, "'batchStrategy' must come with 'input.splitType', got: SingleRecord"],
    [{ environment: many(17, 'a') }, "'environment' must be at most 16, got: 17"],
    [{ inputFilter: 'x'.repeat(64) }, "'inputFilter' must have at most 63 characters, got: 64"],
    [{ outputFilter: 'x'.repeat(64) }, "'outputFilter' must have at most 63 characters, got: 64"],
    [
      { instanceType: 'ml.trn1.2xlarge', volumeEncryptionKey },
      "'volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.trn1.2xlarge",
    ],
  ] as [Partial<TransformStepProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(step(props), problem);
  });
});
