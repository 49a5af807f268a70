import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Duration, Stage } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  ExecutionVariable,
  ModelStep,
  Parameter,
  RegisterModelStep,
  RepackModelStep,
  type RepackModelStepProps,
} from '../../constructs/pipeline';
import {
  allowedFor,
  expectProblem,
  fixtureSteps,
  newStack,
  pipelineOf,
  stepNamed,
  written,
} from '../support/step-fixture';

const folder = mkdtempSync(join(tmpdir(), 'inference-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['inference.py', 'requirements.txt']) writeFileSync(join(folder, name), name);

const raw = Parameter.string('RawDataUri', { default: 's3://loans/raw/loans.csv' });
const code = { files: FileSet.fromDirectory(folder), entry: 'inference.py' };
const valid: RepackModelStepProps = { modelData: raw, code, outputPath: 's3://loans/loans' };
const step = (props: Partial<RepackModelStepProps> = {}) => new RepackModelStep('Repack', { ...valid, ...props });
const image = ContainerImage.fromUri('763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.1-cpu-py310');
const without = (members: object, ...names: string[]) =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));

describe('RepackModelStep', () => {
  const stack = newStack();
  const network = {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      isolatedSubnetIds: ['subnet-1', 'subnet-2'],
    }),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
  };
  const retryPolicies = [
    {
      exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
      interval: Duration.seconds(10),
      backoffRate: 1.5,
      maxAttempts: 4,
    },
  ] as const;
  const repack = new RepackModelStep('Repacked-RepackModel-loans', {
    ...valid,
    network,
    retryPolicies,
    description: 'Used to repack a model with customer scripts for a register/create model step',
    request: { ProfilerConfig: { DisableProfiler: true } },
  });
  const create = new ModelStep('Repacked-CreateModel', { image, ...repack.model, network, retryPolicies });
  const actual = written([repack, create], stack);
  const repacking = stepNamed(actual, 'Repacked-RepackModel-loans');
  const fixture = fixtureSteps('repack');

  test('is the job of the Python SDK, but for the script and its places', () => {
    const { Arguments: ours, ...ownStep } = repacking;
    const { Arguments: theirs, ...sdkStep } = stepNamed(fixture, 'Repacked-RepackModel-loans');
    const places = ['AlgorithmSpecification', 'InputDataConfig'];
    expect(ownStep).toEqual(sdkStep);
    // The SDK gives its script hyperparameters, and a hook for Debugger, which has nothing to record.
    expect(without(ours, ...places)).toEqual(without(theirs, ...places, 'HyperParameters', 'DebugHookConfig'));
    expect(ours.AlgorithmSpecification).toEqual({
      ...(theirs.AlgorithmSpecification as object),
      ContainerEntrypoint: ['python3', '/opt/ml/input/data/repack/repack.py'],
      ContainerArguments: ['--entry', 'inference.py'],
    });
    const [sdkChannel] = theirs.InputDataConfig as [object];
    const uploaded = (name: string) => ({
      DataSource: {
        S3DataSource: { S3DataType: 'S3Prefix', S3DataDistributionType: 'FullyReplicated', S3Uri: `<files>/${name}` },
      },
    });
    expect(ours.InputDataConfig).toEqual([
      { ...sdkChannel, ChannelName: 'model' },
      { ...uploaded(''), ChannelName: 'code' },
      { ...uploaded('repack.py'), ChannelName: 'repack' },
    ]);
  });

  test('gives a model that knows its code, as that of the Python SDK does', () => {
    const { Arguments: theirs } = stepNamed(fixture, 'Repacked-CreateModel');
    const container = theirs.PrimaryContainer as { Environment: object };
    const needless = ['SAGEMAKER_CONTAINER_LOG_LEVEL', 'SAGEMAKER_REGION'];
    expect(actual['Repacked-CreateModel']?.Arguments).toEqual({
      ...theirs,
      PrimaryContainer: { ...container, Environment: without(container.Environment, ...needless) },
    });
  });

  test('uploads the script as it is', () => {
    const pipeline = pipelineOf([step()]);
    const { outdir = '' } = Stage.of(pipeline) ?? {};
    const script = FileSet.fromFile(join(__dirname, '../../constructs/pipeline/scripts/repack.py')).bind(pipeline);
    const [hash = ''] = /[0-9a-f]{32}/.exec(script.s3Uri) ?? [];
    const uploaded = join(outdir, `files.${hash}`, 'repack.py');
    expect(existsSync(uploaded)).toBe(true);
    expect(readFileSync(uploaded, 'utf8')).toContain('def repack(');
  });

  test('registers a version with its code', () => {
    const packed = step();
    const register = new RegisterModelStep('Register', {
      modelPackageGroupName: 'loans',
      image,
      ...packed.model,
      contentTypes: ['text/csv'],
      responseTypes: ['text/csv'],
    });
    expect(written([packed, register]).Register?.Arguments.InferenceSpecification).toMatchObject({
      Containers: [
        {
          ModelDataUrl: { Get: 'Steps.Repack.ModelArtifacts.S3ModelArtifacts' },
          Environment: { SAGEMAKER_PROGRAM: 'inference.py', SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code' },
        },
      ],
    });
    // The pipeline reads the new archive, whose place begins with the output path.
    const reads = allowedFor([packed, register]).pipeline.filter(({ Action }) => Action.includes('s3:GetObject'));
    expect(reads.flatMap(({ Resource }) => Resource)).toEqual(['arn:${AWS::Partition}:s3:::loans/loans*']);
  });

  test('can do without any network', () => {
    expect(written([step({ isolateNetwork: true })]).Repack?.Arguments.EnableNetworkIsolation).toBe(true);
  });

  test('is cached as long as the model, the code and the script stay', () => {
    const cached = (modelData: RepackModelStepProps['modelData']) =>
      allowedFor([step({ modelData, cacheExpireAfter: Duration.days(1) })]).warnings;
    expect(cached(raw)).toEqual([]);
    expect(cached(ExecutionVariable.PIPELINE_EXECUTION_ID)).toEqual([expect.stringContaining('never-cached-Repack')]);
  });

  test('lets the pipeline run the job, and the job read code and script, and pull its image', () => {
    const { pipeline, job } = allowedFor([step()]);
    expect(pipeline.map(({ Action }) => Action)).toEqual([
      [
        'sagemaker:AddTags',
        'sagemaker:CreateTrainingJob',
        'sagemaker:DescribeTrainingJob',
        'sagemaker:StopTrainingJob',
      ],
      ['iam:PassRole'],
    ]);
    const reads = job.filter(({ Action }) => Action.includes('s3:GetObject')).flatMap(({ Resource }) => Resource);
    expect(reads).toEqual([
      expect.stringMatching(/\/[0-9a-f]{32}\/\*$/),
      expect.stringMatching(/\/[0-9a-f]{32}\/repack\.py$/),
    ]);
    expect(job.flatMap(({ Action }) => Action).filter(action => !/^(ecr|s3):/.test(action))).toEqual([]);
  });

  test.each([
    [step({ modelData: 'a' }), "'modelData' must be an S3 URI, which starts with s3://, got: a"],
    [
      step({ code: { ...code, entry: 'predict.py' } }),
      "'code.entry' must be one of the files (inference.py, requirements.txt), got: predict.py",
    ],
    [step({ outputPath: 'a' }), "'outputPath' must be an S3 URI, which starts with s3://, got: a"],
    [step({ maxRuntime: Duration.seconds(0) }), "'maxRuntime' must be 1 to 2419200 whole seconds, got: 0 seconds"],
  ])('fails when a prop breaks a rule: %#', (broken, problem) => {
    expectProblem(broken, problem);
  });
});
