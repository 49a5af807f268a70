import { Duration } from 'aws-cdk-lib/core';
import * as kms from 'aws-cdk-lib/aws-kms';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import { Parameter, TrainingStep, type TrainingStepProps, TuningStep } from '../../constructs/pipeline';
import { expectProblem, given, newStack, pipelineOf } from '../support/steps';

const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1');
const job = { image, inputs: { train: 's3://loans/train' }, outputPath: 's3://loans/models' } as const;
const machine = { instanceType: 'ml.m5.xlarge' } as const;
const network = given.network(newStack());
const uri = 's3://loans/a';
const many = <T>(length: number, value: T) =>
  Object.fromEntries(Array.from({ length }, (_, index) => [`name${index}`, value]));
const file = (name: string) => ({ files: FileSet.fromJson(name, 1), entry: name });
const manifest = { uri, dataType: 'AugmentedManifestFile', inputMode: 'Pipe' } as const;
const mlflow = { resourceArn: 'arn:aws:sagemaker:eu-west-1:111122223333:mlflow-app/app-1' };
const volumeEncryptionKey = kms.Key.fromKeyArn(newStack(), 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1');

type Bad = [Record<string, unknown>, string];

describe('a training job with machines of one type', () => {
  test.each([
    [
      { inputs: { a: { ...manifest, attributeNames: ['a'], inputMode: undefined } } },
      "'inputs.a.inputMode' must be Pipe, the only mode that reads an augmented manifest, got: File",
    ],
    [
      { inputs: { a: { ...manifest, attributeNames: ['a'], inputMode: 'FastFile' } } },
      "'inputs.a.inputMode' must be Pipe, the only mode that reads an augmented manifest, got: FastFile",
    ],
    [{ inputs: { a: { ...manifest, attributeNames: [] } } }, "'inputs.a.attributeNames' must be 1 to 16, got: 0"],
    [{ inputs: { a: manifest } }, "'inputs.a.attributeNames' must be 1 to 16, got: 0"],
    [
      { inputs: { a: { ...manifest, attributeNames: Array.from({ length: 17 }, () => 'a') } } },
      "'inputs.a.attributeNames' must be 1 to 16, got: 17",
    ],
    [
      { inputs: { a: { uri, attributeNames: ['a', 'b'] } } },
      "'inputs.a.attributeNames' must be left out unless 'dataType' is AugmentedManifestFile, got: a,b",
    ],
    [
      { inputMode: 'FastFile', inputs: { a: { uri, dataType: 'ManifestFile' } } },
      "'inputs.a.inputMode' must be File or Pipe for a manifest, because FastFile reads prefixes only, got: FastFile",
    ],
    [
      { inputs: { a: { uri, compression: 'Gzip' } } },
      "'inputs.a.compression' must be None in mode File, because only Pipe decompresses, got: Gzip",
    ],
    [
      { inputs: { a: { uri, recordWrapper: 'RecordIO', inputMode: 'FastFile' } } },
      "'inputs.a.recordWrapper' must be None in mode FastFile, because only Pipe makes records, got: RecordIO",
    ],
    [{ inputs: { a: { uri, shuffleSeed: 0.5 } } }, "'inputs.a.shuffleSeed' must be a whole number, got: 0.5"],
    [
      { inputs: { a: { uri, instanceGroups: ['gpu'] } } },
      "'inputs.a.instanceGroups' must name instance groups of the job (it has none), got: gpu",
    ],
    [
      { network, inputs: { a: { efs: 'loans', path: '/' } } },
      "'inputs.a.efs' must be the id of a file system, fs- and 8 to 18 of 0-9 and a-f, got: loans",
    ],
    [
      { network, inputs: { a: { lustre: 'fs-1', path: '/' } } },
      "'inputs.a.lustre' must be the id of a file system, fs- and 8 to 18 of 0-9 and a-f, got: fs-1",
    ],
    [
      { network, inputs: { a: { efs: 'fs-01234567', path: 'loans' } } },
      "'inputs.a.path' must start with / and have at most 4096 characters, got: loans",
    ],
    [
      { network, inputMode: 'Pipe', inputs: { a: { efs: 'fs-01234567', path: '/' } } },
      "'inputMode' must be File for 'inputs.a', because Pipe streams from S3 only, got: Pipe",
    ],
    [
      { inputs: { a: { lustre: 'fs-01234567', path: '/' } } },
      "'network' must be given for 'inputs.a', because FSxLustre is only reached in a VPC, got: none",
    ],
    [
      { script: { ...file('train.py'), entry: 'main.py' } },
      "'script.entry' must be one of the files outside of folders (train.py), got: main.py",
    ],
    [
      { script: { files: FileSet.fromDirectory(`${__dirname}/../steps/pyspark`), entry: 'sql/__init__.py' } },
      "'script.entry' must be one of the files outside of folders (__init__.py), got: sql/__init__.py",
    ],
    [
      { script: file('train.py'), inputs: { code: uri } },
      "'inputs' must not use the name code, which 'script' takes, got: code",
    ],
    [{ script: file('train.py'), inputs: many(20, uri) }, "'inputs' must be 1 to 20, got: 21"],
    [
      { script: file('train.py'), entrypoint: ['python3', 'a.py'] },
      "'entrypoint' must be left out where 'script' is given, got: python3 a.py",
    ],
    [
      { script: file('train.py'), hyperparameters: { sagemaker_program: 'a.py' } },
      "'hyperparameters' must not hold what 'script' and 'distribution' give, got: sagemaker_program",
    ],
    [{ script: file('train.py'), hyperparameters: many(98, 1) }, "'hyperparameters' must be at most 100, got: 101"],
    [{ entrypoint: [] }, "'entrypoint' must be 1 to 100, got: 0"],
    [{ entrypoint: ['x'.repeat(257)] }, "'entrypoint[0]' must have at most 256 characters, got: 257"],
    [{ arguments: [] }, "'arguments' must be 1 to 100, got: 0"],
    [{ arguments: ['a', 'x'.repeat(257)] }, "'arguments[1]' must have at most 256 characters, got: 257"],
    [{ checkpoints: { uri: 'loans' } }, "'checkpoints.uri' must be an S3 URI, which starts with s3://, got: loans"],
    [
      { checkpoints: { uri, localPath: 'checkpoints' } },
      "'checkpoints.localPath' must start with / and have at most 4096 characters, got: checkpoints",
    ],
    [{ maxRetryAttempts: 0 }, "'maxRetryAttempts' must be a whole number from 1 to 30, got: 0"],
    [{ maxRetryAttempts: 31 }, "'maxRetryAttempts' must be a whole number from 1 to 30, got: 31"],
    [{ keepAlivePeriod: Duration.seconds(0) }, "'keepAlivePeriod' must be 1 to 3600 whole seconds, got: 0 seconds"],
    [{ keepAlivePeriod: Duration.hours(2) }, "'keepAlivePeriod' must be 1 to 3600 whole seconds, got: 7200 seconds"],
    [
      { keepAlivePeriod: Duration.minutes(5), spot: { maxWait: Duration.days(2) } },
      "'keepAlivePeriod' must be left out with 'spot', whose instances are not kept, got: 5 minutes",
    ],
    [
      { experiment: { trialComponentDisplayName: '-train' } },
      "'experiment.trialComponentDisplayName' must be 1 to 120 letters, digits and hyphens, and start and end with a letter or digit, got: -train",
    ],
    [
      { mlflow: { resourceArn: 'arn:aws:sagemaker:eu-west-1:111122223333:model/a' } },
      "'mlflow.resourceArn' must be the ARN of an MLflow tracking server or an MLflow app, got: arn:aws:sagemaker:eu-west-1:111122223333:model/a",
    ],
    [{ mlflow: { ...mlflow, experimentName: '' } }, "'mlflow.experimentName' must have at least 1 character, got: "],
    [
      { mlflow: { ...mlflow, experimentName: 'x'.repeat(257) } },
      "'mlflow.experimentName' must have at most 256 characters, got: 257",
    ],
    [{ mlflow: { ...mlflow, runName: '' } }, "'mlflow.runName' must have at least 1 character, got: "],
    [
      { mlflow: { ...mlflow, runName: 'x'.repeat(257) } },
      "'mlflow.runName' must have at most 256 characters, got: 257",
    ],
  ] as Bad[])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(new TrainingStep('Train', { ...job, ...machine, ...props }), problem);
  });

  test('takes a channel in another mode than the job', () => {
    const inputs = { a: { uri, compression: 'Gzip', inputMode: 'Pipe' } } as const;
    const step = new TrainingStep('Train', { ...job, ...machine, inputMode: 'File', inputs });
    expect(() => pipelineOf(step)).not.toThrow();
  });

  test('takes expressions wherever a literal would be checked for', () => {
    const text = Parameter.string('Text');
    const props: TrainingStepProps = {
      ...job,
      ...machine,
      network,
      inputs: { a: { efs: 'fs-01234567', path: text } },
      arguments: [text],
      checkpoints: { uri: text },
      experiment: { trialComponentDisplayName: text },
      mlflow: { ...mlflow, experimentName: text },
    };
    expect(() => pipelineOf(new TrainingStep('Train', props))).not.toThrow();
  });
});

describe('a training job with instance groups', () => {
  const group = { name: 'gpu', instanceType: 'ml.p4d.24xlarge' } as const;

  test.each([
    [{ instanceGroups: [] }, "'instanceGroups' must be 1 to 5, got: 0"],
    [
      { instanceGroups: Array.from({ length: 6 }, (_, index) => ({ ...group, name: `group${index}` })) },
      "'instanceGroups' must be 1 to 5, got: 6",
    ],
    [{ instanceGroups: [group, group] }, "'instanceGroups' must have different names, got: gpu twice"],
    [{ instanceGroups: [{ ...group, name: '' }] }, "'instanceGroups' must have names of 1 to 64 characters, got: none"],
    [
      { instanceGroups: [{ ...group, name: 'x'.repeat(65) }] },
      `'instanceGroups.${'x'.repeat(65)}.name' must have at most 64 characters, got: 65`,
    ],
    [
      { instanceGroups: [{ ...group, instanceCount: 0 }] },
      "'instanceGroups.gpu.instanceCount' must be a whole number of 1 or more, got: 0",
    ],
    [{ instanceGroups: [group], volumeSizeGiB: 0 }, "'volumeSizeGiB' must be a whole number from 1 to 16384, got: 0"],
    [
      { instanceGroups: [{ ...group, instanceType: 'ml.m5.large', name: 'cpu' }, group], volumeEncryptionKey },
      "'volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.p4d.24xlarge",
    ],
    [
      { instanceGroups: [group], inputs: { a: { uri, instanceGroups: ['gpu', 'cpu'] } } },
      "'inputs.a.instanceGroups' must name instance groups of the job (gpu), got: cpu",
    ],
    [
      { instanceGroups: [group], inputs: { a: { uri, instanceGroups: [] } } },
      "'inputs.a.instanceGroups' must be 1 to 5, got: 0",
    ],
  ] as Bad[])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(new TrainingStep('Train', { ...job, ...(props as { instanceGroups: [] }) }), problem);
  });
});

test('a tuning fails with the problems of its training jobs', () => {
  const tune = new TuningStep('Tune', {
    training: { ...job, ...machine, maxRetryAttempts: 31 },
    objective: { metricName: 'auc', type: 'Maximize' },
    ranges: { rate: { type: 'Continuous', min: 0.1, max: 0.5 } },
    maxTrainingJobs: 2,
  });
  expectProblem(tune, "'training.maxRetryAttempts' must be a whole number from 1 to 30, got: 31");
});
