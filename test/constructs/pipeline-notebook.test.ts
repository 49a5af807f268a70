import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Duration } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import {
  ExecutionVariable,
  join as joined,
  NotebookJobStep,
  type NotebookJobStepProps,
  Parameter,
  ProcessingStep,
} from '../../constructs/pipeline';
import { ContainerImage } from '../../constructs/images';
import { allowedFor, expectProblem, fixtureSteps, newStack, written } from '../support/step-fixture';

const folder = mkdtempSync(join(tmpdir(), 'notebooks-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['score.ipynb', 'start.sh', 'helper.py']) writeFileSync(join(folder, name), name);

const files = FileSet.fromDirectory(folder);
const one = FileSet.fromFile(join(folder, 'score.ipynb'));
const raw = Parameter.string('RawDataUri', { default: 's3://loans/raw/loans.csv' });
const valid: NotebookJobStepProps = { files, notebook: 'score.ipynb', outputPath: 's3://loans/notebooks' };
const step = (props: Partial<NotebookJobStepProps> = {}) => new NotebookJobStep('Score', { ...valid, ...props });
const many = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`NAME${index}`, 'a']));

describe('NotebookJobStep', () => {
  const stack = newStack();
  const key = (name: string) => kms.Key.fromKeyArn(stack, name, `arn:aws:kms:eu-west-1:111122223333:key/${name}`);
  const results = (name: string) =>
    joined('/', 's3://loans/notebooks/loans', ExecutionVariable.PIPELINE_EXECUTION_ID, name);
  const score = new NotebookJobStep('Score', {
    displayName: 'Score the loans',
    description: 'Runs a notebook',
    notebookJobName: 'score-loans',
    files,
    notebook: 'score.ipynb',
    initializationScript: 'start.sh',
    parameters: { data: raw, run: ExecutionVariable.PIPELINE_EXECUTION_ID },
    environment: { LOG_LEVEL: 'info' },
    outputPath: results('Score'),
    outputEncryptionKey: key('results'),
    instanceType: 'ml.m5.xlarge',
    volumeSizeGiB: 50,
    volumeEncryptionKey: key('volumes'),
    network: {
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-1',
        availabilityZones: ['eu-west-1a', 'eu-west-1b'],
        isolatedSubnetIds: ['subnet-1', 'subnet-2'],
      }),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
    },
    maxRetryAttempts: 3,
    maxRuntime: Duration.hours(1),
    tags: { team: 'risk' },
    retryPolicies: [
      {
        exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
        interval: Duration.seconds(10),
        backoffRate: 1.5,
        maxAttempts: 4,
      },
    ],
  });
  const report = new NotebookJobStep('Report', { ...valid, outputPath: results('Report'), dependsOn: [score] });
  const fixture = fixtureSteps('notebook-job');
  const actual = written([score, report], stack);

  test.each(Object.keys(fixture))('%s is as the Python SDK writes it', name => {
    expect(actual[name]).toEqual(fixture[name]);
  });

  test('runs one notebook without anything beside it', () => {
    const inputs = written([step({ files: one })]).Score?.Arguments.InputDataConfig;
    expect(inputs).toMatchObject([{ DataSource: { S3DataSource: { S3Uri: '<files>/score.ipynb' } } }]);
  });

  test('runs another image with another kernel', () => {
    const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/notebooks:1');
    expect(written([step({ image, kernelName: 'conda_loans' })]).Score?.Arguments).toMatchObject({
      AlgorithmSpecification: { TrainingImage: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/notebooks:1' },
      Environment: { SM_KERNEL_NAME: 'conda_loans' },
    });
  });

  test('names the job and its notebook without underscores', () => {
    expect(written([step({ notebookJobName: 'score_loans' })]).Score?.Arguments).toMatchObject({
      TrainingJobName: 'score-loans',
      Environment: { SM_OUTPUT_NOTEBOOK_NAME: 'score-loans.ipynb' },
      Tags: [{ Key: 'sagemaker:name', Value: 'score_loans' }, {}, {}, {}],
    });
  });

  test('takes what the props do not give of the job', () => {
    const request = { EnableNetworkIsolation: true, ResourceConfig: { KeepAlivePeriodInSeconds: 600 } };
    expect(written([step({ request })]).Score?.Arguments).toMatchObject(request);
  });

  test('tells other steps where its results lie, and what they are called', () => {
    const { jobName, outputNotebook, results: place } = step();
    const publish = new ProcessingStep('Publish', {
      image: ContainerImage.scikitLearn('1.2-1'),
      instanceType: 'ml.m5.large',
      inputs: { notebook: joined('/', place, jobName, 'output') },
      arguments: [outputNotebook],
    });
    const read = step();
    expect(read.property('TrainingJobStatus').render()).toEqual({ Get: 'Steps.Score.TrainingJobStatus' });
    // @ts-expect-error: a training job has no such property
    read.property('NotebookJobStatus');
    expect(() => written([publish])).toThrow(/reads step 'Score', which is not in the pipeline/);
    expect(outputNotebook.render()).toEqual({ Get: "Steps.Score.Environment['SM_OUTPUT_NOTEBOOK_NAME']" });
    expect(place.render()).toEqual({ Get: 'Steps.Score.OutputDataConfig.S3OutputPath' });
  });

  test('lets the pipeline run the job, and the job read its files, pull its image and use its keys', () => {
    const other = newStack();
    const encryption = kms.Key.fromKeyArn(other, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/loans');
    const { pipeline, job } = allowedFor(
      [step({ outputEncryptionKey: encryption, volumeEncryptionKey: encryption })],
      other,
    );
    expect(pipeline.map(({ Action }) => Action)).toEqual([
      [
        'sagemaker:AddTags',
        'sagemaker:CreateTrainingJob',
        'sagemaker:DescribeTrainingJob',
        'sagemaker:StopTrainingJob',
      ],
      ['iam:PassRole'],
    ]);
    expect(job.map(({ Action }) => Action)).toEqual([
      ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      ['ecr:GetAuthorizationToken'],
      ['kms:DescribeKey'],
      ['kms:CreateGrant'],
      ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
      ['s3:GetObject'],
      ['s3:ListBucket'],
    ]);
    expect(job[0]?.Resource).toEqual([
      'arn:${AWS::Partition}:ecr:eu-west-1:819792524951:repository/sagemaker-distribution-prod',
    ]);
    expect(job.at(-2)?.Resource).toEqual([expect.stringMatching(/-assets-111122223333-eu-west-1\/[0-9a-f]{32}\/\*$/)]);
  });

  test('lets nothing of the pipeline use the key of the results', () => {
    const other = newStack();
    const encryption = kms.Key.fromKeyArn(other, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/loans');
    const { pipeline } = allowedFor([step({ outputEncryptionKey: encryption })], other);
    expect(pipeline.flatMap(({ Action }) => Action).filter(action => action.startsWith('kms:'))).toEqual([]);
  });

  const names = 'helper.py, score.ipynb, start.sh';
  test.each([
    [step({ notebook: 'other.ipynb' }), `'notebook' must be one of the files (${names}), got: other.ipynb`],
    [step({ notebook: 'helper.py' }), "'notebook' must be a Jupyter notebook, which ends with .ipynb, got: helper.py"],
    [
      step({ initializationScript: 'init.sh' }),
      `'initializationScript' must be one of the files (${names}), got: init.sh`,
    ],
    [
      step({ notebookJobName: '1st' }),
      "'notebookJobName' must be 1 to 63 letters, digits, - and _, start with a letter and end with a letter or digit, got: 1st",
    ],
    [
      new NotebookJobStep('Score-', valid),
      "'notebookJobName' must be 1 to 63 letters, digits, - and _, start with a letter and end with a letter or digit, got: Score-",
    ],
    [step({ parameters: many(101) }), "'parameters' must be at most 100, got: 101"],
    [step({ environment: many(93) }), "'environment' must be at most 92, got: 93"],
    [step({ environment: many(92), initializationScript: 'start.sh' }), "'environment' must be at most 91, got: 92"],
    [
      step({ environment: { SM_KERNEL_NAME: 'a', AWS_DEFAULT_REGION: 'b' } }),
      "'environment' must not hold what notebook jobs set, got: SM_KERNEL_NAME, AWS_DEFAULT_REGION",
    ],
    [step({ tags: many(47) }), "'tags' must be at most 46, got: 47"],
    [step({ tags: { 'sagemaker:name': 'a' } }), "'tags' must not hold what notebook jobs set, got: sagemaker:name"],
    [step({ maxRetryAttempts: 31 }), "'maxRetryAttempts' must be a whole number from 1 to 30, got: 31"],
    [step({ maxRuntime: Duration.days(29) }), "'maxRuntime' must be 1 to 2419200 whole seconds, got: 2505600 seconds"],
    [step({ outputPath: 'a' }), "'outputPath' must be an S3 URI, which starts with s3://, got: a"],
    [step({ volumeSizeGiB: 0 }), "'volumeSizeGiB' must be a whole number from 1 to 16384, got: 0"],
  ])('fails when a prop breaks a rule: %#', (broken, problem) => {
    expectProblem(broken, problem);
  });

  test('fails where SageMaker Distribution is not, and no image is given', () => {
    const china = newStack('cn-north-1');
    expect(() => written([step()], china)).toThrow(
      /^Loans\/Pipeline: 'region' must be one where sagemaker-distribution 3\.2\.0 exists \(.*\), got: cn-north-1$/,
    );
  });
});
