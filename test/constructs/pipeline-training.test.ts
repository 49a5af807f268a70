import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { App, Duration, Stack, Token } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import { Parameter, Pipeline, TrainingStep, type TrainingStepProps, TuningStep } from '../../constructs/pipeline';
import { type DefinedStep, definitionOf, normalised } from '../support/definition';
import { findingsIn, fixtureOf, given, newStack, pipelineOf, written } from '../support/steps';

const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1');
// The Python SDK switches the profiler off for all of these jobs.
const request = { ProfilerConfig: { DisableProfiler: true } };
const job = { image, outputPath: 's3://loans/models', request } as const;
const inputs = { train: 's3://loans/train' };
const machine = { instanceType: 'ml.m5.xlarge' } as const;

const folder = mkdtempSync(joinPath(tmpdir(), 'training-'));
for (const name of ['train.py', 'model.py']) writeFileSync(joinPath(folder, name), `# ${name}\n`);
const files = FileSet.fromDirectory(folder);
const script = { files, entry: 'train.py' };

/** A step as it is written in a pipeline that runs under the role of the fixtures. */
function writtenAs(props: TrainingStepProps | ((stack: Stack) => TrainingStepProps), name = 'Train') {
  const stack = newStack();
  const step = new TrainingStep(name, typeof props === 'function' ? props(stack) : props);
  const pipeline = new Pipeline(stack, 'Pipeline', { role: given.role(stack), steps: [step] });
  return normalised(definitionOf(pipeline).Steps[0]) as DefinedStep;
}

describe('the fixtures of training jobs', () => {
  test.each(['training-inputs', 'training-script', 'training-settings'])('%s holds what the service takes', name => {
    expect(findingsIn(fixtureOf(name))).toEqual([]);
  });
});

describe('the channels of a training job', () => {
  test('are those of the Python SDK, for every kind of data', () => {
    const [expected] = fixtureOf('training-inputs');
    const props = (stack: Stack): TrainingStepProps => ({
      ...job,
      ...machine,
      network: given.network(stack),
      inputs: {
        shuffled: {
          uri: 's3://loans/train',
          shuffleSeed: 7,
          inputMode: 'Pipe',
          distribution: 'ShardedByS3Key',
          compression: 'Gzip',
          recordWrapper: 'RecordIO',
          contentType: 'application/x-recordio',
        },
        listed: { uri: 's3://loans/train.manifest', dataType: 'ManifestFile' },
        labelled: {
          uri: 's3://loans/labels.manifest',
          dataType: 'AugmentedManifestFile',
          attributeNames: ['source-ref', 'label'],
          inputMode: 'Pipe',
          recordWrapper: 'RecordIO',
        },
        fast: { uri: given.rawData, inputMode: 'FastFile' },
        shared: { efs: 'fs-0123456789abcdef0', path: '/loans/train' },
        scratch: {
          lustre: 'fs-0fedcba9876543210',
          path: '/1234abcd/ns1',
          accessMode: 'rw',
          contentType: 'text/csv',
        },
      },
    });
    expect(writtenAs(props, 'Channels')).toEqual(normalised(expected));
  });

  test('do not compile with members of another kind', () => {
    const refused: TrainingStepProps[] = [
      // @ts-expect-error: an augmented manifest needs its attributes
      { ...job, ...machine, inputs: { a: { uri: 's3://loans/a', dataType: 'AugmentedManifestFile' } } },
      // @ts-expect-error: only an augmented manifest has attributes
      { ...job, ...machine, inputs: { a: { uri: 's3://loans/a', attributeNames: ['a'] } } },
      // @ts-expect-error: a file system has a path
      { ...job, ...machine, inputs: { a: { efs: 'fs-01234567' } } },
      // @ts-expect-error: a file system has no place in S3
      { ...job, ...machine, inputs: { a: { efs: 'fs-01234567', path: '/', inputMode: 'Pipe' } } },
    ];
    expect(refused).toHaveLength(4);
  });
});

describe('script mode', () => {
  // The Python SDK packs the files and gives the place of the archive in S3, or, as in the fixture, in a channel of that name; here the
  // channel holds the files themselves. Its log level is the default of the toolkit.
  const unpacked = (step: DefinedStep | undefined): DefinedStep => {
    const text = JSON.stringify(step)
      .replaceAll('/code/sourcedir.tar.gz', '/code')
      .replaceAll('<files>/sourcedir.tar.gz', '<files>/')
      .replace('"sagemaker_container_log_level":"20",', '');
    return JSON.parse(text) as DefinedStep;
  };
  const [expected, expectedOfScikitLearn] = fixtureOf('training-script');

  test('is that of the Python SDK, with the files in the place of an archive', () => {
    const props: TrainingStepProps = {
      ...job,
      ...machine,
      inputs,
      script,
      isolateNetwork: true,
      hyperparameters: {
        epochs: 3,
        rate: 0.1,
        optimizer: 'adam',
        verbose: true,
        depth: given.count,
        source: given.rawData,
        quoted: 'say "hi"',
      },
    };
    const step = writtenAs(props, 'Script');
    // One text that is joined is that text.
    const source = { 'Std:Join': { On: '', Values: [{ Get: 'Parameters.RawDataUri' }] } };
    expect((step.Arguments.HyperParameters as Record<string, unknown>).source).toEqual(source);
    const same = { ...step.Arguments, HyperParameters: { ...(step.Arguments.HyperParameters as object), source: 0 } };
    const sdk = unpacked(expected).Arguments;
    expect(same).toEqual({ ...sdk, HyperParameters: { ...(sdk.HyperParameters as object), source: 0 } });
  });

  test('of scikit-learn is the same', () => {
    const sdk = unpacked(expectedOfScikitLearn);
    const scikitLearn = ContainerImage.scikitLearn('1.2-1');
    const props = { ...job, ...machine, image: scikitLearn, inputs, script, isolateNetwork: true };
    expect(writtenAs({ ...props, hyperparameters: { trees: 10 } }, 'ScriptSKLearn')).toEqual(sdk);
  });

  test('writes the region where the toolkit reads it, in any region', () => {
    const step = new TrainingStep('Train', { ...job, ...machine, inputs, script });
    const pipeline = new Pipeline(new Stack(new App(), 'Loans'), 'Pipeline', { steps: [step] });
    expect(definitionOf(pipeline).Steps[0]?.Arguments.HyperParameters).toEqual({
      sagemaker_program: '"train.py"',
      sagemaker_submit_directory: '"/opt/ml/input/data/code"',
      sagemaker_region: '"${AWS::Region}"',
    });
  });

  test('copies its files to disk also where the data is streamed', () => {
    const step = new TrainingStep('Train', { ...job, ...machine, inputs, script, inputMode: 'Pipe' });
    expect(written(step).Arguments.InputDataConfig).toMatchObject([{ ChannelName: 'train' }, { InputMode: 'File' }]);
  });

  test('is what the jobs of a tuning run, too', () => {
    const tune = new TuningStep('Tune', {
      training: { image, outputPath: 's3://loans/models', ...machine, inputs, script, hyperparameters: { depth: 'a' } },
      objective: { metricName: 'auc', type: 'Maximize' },
      ranges: { rate: { type: 'Continuous', min: 0.1, max: 0.5 } },
      maxTrainingJobs: 2,
    });
    expect(written(tune).Arguments.TrainingJobDefinition).toMatchObject({
      InputDataConfig: [{ ChannelName: 'train' }, { ChannelName: 'code' }],
      StaticHyperParameters: { depth: '"a"', sagemaker_program: '"train.py"' },
    });
  });
});

describe('the settings of a training job', () => {
  const [withCheckpoints, onSpot, onGroups] = fixtureOf('training-settings');

  test('checkpoints, retries, warm pool and command are those of the Python SDK', () => {
    const props: TrainingStepProps = {
      ...job,
      ...machine,
      inputs,
      checkpoints: { uri: 's3://loans/checkpoints', localPath: '/opt/ml/loans' },
      maxRetryAttempts: 3,
      keepAlivePeriod: Duration.minutes(30),
      entrypoint: ['python3', 'run.py'],
      arguments: ['--level', 'info'],
    };
    expect(writtenAs(props, 'Checkpoints')).toEqual(normalised(withCheckpoints));
  });

  test('spot capacity with checkpoints is that of the Python SDK', () => {
    const props: TrainingStepProps = {
      ...job,
      ...machine,
      inputs,
      maxRuntime: Duration.hours(1),
      spot: { maxWait: Duration.hours(2) },
      checkpoints: { uri: 's3://loans/checkpoints' },
    };
    expect(writtenAs(props, 'Spot')).toEqual(normalised(onSpot));
  });

  test('instance groups, and a channel for one of them, are those of the Python SDK', () => {
    const props: TrainingStepProps = {
      ...job,
      instanceGroups: [
        { name: 'cpu', instanceType: 'ml.c5.2xlarge', instanceCount: 2 },
        { name: 'gpu', instanceType: 'ml.p4d.24xlarge', instanceCount: given.count },
      ],
      volumeSizeGiB: 50,
      inputs: { train: { uri: 's3://loans/train', instanceGroups: ['gpu'] }, all: 's3://loans/all' },
    };
    expect(writtenAs(props, 'Groups')).toEqual(normalised(onGroups));
  });

  test('a group has one instance unless said otherwise', () => {
    const step = new TrainingStep('Train', { ...job, inputs, instanceGroups: [{ name: 'a', ...machine }] });
    expect(written(step).Arguments.ResourceConfig).toEqual({
      InstanceGroups: [{ InstanceGroupName: 'a', InstanceType: 'ml.m5.xlarge', InstanceCount: 1 }],
      VolumeSizeInGB: 30,
    });
  });

  test('experiment and MLflow name the job', () => {
    const props: TrainingStepProps = {
      ...job,
      ...machine,
      inputs,
      experiment: { trialComponentDisplayName: 'train' },
      mlflow: {
        resourceArn: 'arn:aws:sagemaker:eu-west-1:111122223333:mlflow-tracking-server/loans',
        experimentName: 'loans',
        runName: Parameter.string('RunName'),
      },
    };
    expect(written(new TrainingStep('Train', props)).Arguments).toMatchObject({
      ExperimentConfig: { TrialComponentDisplayName: 'train' },
      MlflowConfig: {
        MlflowResourceArn: 'arn:aws:sagemaker:eu-west-1:111122223333:mlflow-tracking-server/loans',
        MlflowExperimentName: 'loans',
        MlflowRunName: { Get: 'Parameters.RunName' },
      },
    });
  });

  test('takes what is only known at deployment', () => {
    const token = (name: string) => Token.asString({ Ref: name });
    const props: TrainingStepProps = {
      ...job,
      ...machine,
      network: given.network(newStack()),
      inputs: { shared: { efs: token('System'), path: token('Path') } },
      checkpoints: { uri: token('Uri'), localPath: token('Local') },
      mlflow: { resourceArn: token('Mlflow'), experimentName: token('Name') },
    };
    expect(() => pipelineOf(new TrainingStep('Train', props))).not.toThrow();
  });

  test('does not compile with two kinds of machines, or with none', () => {
    const group = { name: 'a', ...machine };
    const refused: TrainingStepProps[] = [
      // @ts-expect-error: machines are needed
      { ...job, inputs },
      // @ts-expect-error: groups have their own types
      { ...job, inputs, ...machine, instanceGroups: [group] },
      // @ts-expect-error: groups have their own numbers
      { ...job, inputs, instanceCount: 2, instanceGroups: [group] },
      // @ts-expect-error: a warm pool keeps instances of one type
      { ...job, inputs, keepAlivePeriod: Duration.minutes(1), instanceGroups: [group] },
      // @ts-expect-error: a pipeline decides on experiment and trial
      { ...job, inputs, ...machine, experiment: { trialComponentDisplayName: 'a', trialName: 'b' } },
    ];
    expect(refused).toHaveLength(5);
  });
});
