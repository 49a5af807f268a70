import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { App, Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FileSet } from '../../constructs/assets';
import { DataBiasAnalysis, ModelBiasAnalysis } from '../../constructs/clarify';
import { ContainerImage } from '../../constructs/images';
import {
  ClarifyCheckStep,
  Condition,
  ConditionStep,
  ExecutionVariable,
  FailStep,
  join,
  ModelStep,
  Parameter,
  Pipeline,
  ProcessingStep,
  QualityCheckStep,
  RawStep,
  RegisterModelStep,
  type Step,
  TrainingStep,
  TransformStep,
  TuningStep,
} from '../../constructs/pipeline';
import { allowedTo, type Statement } from '../support/role-policy';

const env = { account: '111122223333', region: 'eu-west-1' };
const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1');
const job = { image, instanceType: 'ml.m5.large' } as const;
const check = { instanceType: 'ml.m5.large', dataset: 's3://loans/a', outputPath: 's3://loans/checks' } as const;
const SAGEMAKER = 'arn:${AWS::Partition}:sagemaker:eu-west-1:111122223333';
const S3 = 'arn:${AWS::Partition}:s3:::';
const ASSETS = `${S3}cdk-hnb659fds-assets-111122223333-eu-west-1`;
const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/loans';

/** What a pipeline of these steps lets its own role and that of its jobs do. */
function allowedFor(...steps: Step[]): { pipeline: Statement[]; job: Statement[]; stack: Stack } {
  const stack = new Stack(new App(), 'Loans', { env });
  const assumedBy = new iam.ServicePrincipal('sagemaker.amazonaws.com');
  const [role, jobRole] = ['Runs', 'Jobs'].map(id => new iam.Role(stack, id, { assumedBy }));
  const pipeline = new Pipeline(stack, 'Pipeline', { steps, role, jobRole });
  expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  return { pipeline: allowedTo(pipeline.role), job: allowedTo(pipeline.jobRole), stack };
}

const passes: Statement = {
  Action: ['iam:PassRole'],
  Resource: [expect.stringMatching(/^\$\{Jobs[0-9A-F]{8}\.Arn\}$/) as string],
  Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
};
const runs = (kind: string, resource: string, ...more: string[]): Statement => ({
  Action: [
    'sagemaker:AddTags',
    ...['Create', 'Describe', 'Stop'].map(verb => `sagemaker:${verb}${kind}`),
    ...more,
  ].sort(),
  Resource: [`${SAGEMAKER}:${resource}/*`],
});
const reads = (...objects: string[]): Statement => ({
  Action: ['s3:GetObject'],
  Resource: objects.map(object => `${S3}${object}`),
});
const pulls: Statement[] = [
  {
    Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    Resource: ['arn:${AWS::Partition}:ecr:eu-west-1:111122223333:repository/loans'],
  },
  { Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] },
];
const usesVersions = (...actions: string[]): Statement => ({
  Action: actions.map(action => `sagemaker:${action}`),
  Resource: [`${SAGEMAKER}:model-package-group/loans`, `${SAGEMAKER}:model-package/loans/*`],
});

describe('the pipeline role and the job role', () => {
  test('of a processing step', () => {
    const { pipeline, job: own } = allowedFor(new ProcessingStep('Prepare', job));
    expect(pipeline).toEqual([runs('ProcessingJob', 'processing-job'), passes]);
    expect(own).toEqual(pulls);
  });

  test('of a processing step with one file of code', () => {
    const code = { files: FileSet.fromJson('prepare.py', 1), entry: 'prepare.py' };
    const { job: own } = allowedFor(new ProcessingStep('Prepare', { ...job, code }));
    const key = expect.stringMatching(/^arn:.*-eu-west-1\/[0-9a-f]{32}\/prepare\.py$/) as string;
    expect(own).toEqual([
      ...pulls,
      { Action: ['s3:GetObject'], Resource: [key] },
      {
        Action: ['s3:ListBucket'],
        Resource: [ASSETS],
        Condition: { StringLike: { 's3:prefix': [expect.stringMatching(/^[0-9a-f]{32}\/prepare\.py\*$/)] } },
      },
    ]);
  });

  test('of a training step', () => {
    const step = new TrainingStep('Train', { ...job, inputs: { train: 's3://loans/a' }, outputPath: 's3://loans/b' });
    const { pipeline, job: own } = allowedFor(step);
    expect(pipeline).toEqual([runs('TrainingJob', 'training-job'), passes]);
    expect(own).toEqual(pulls);
  });

  test('of a tuning step', () => {
    const step = new TuningStep('Tune', {
      training: { ...job, inputs: { train: 's3://loans/a' }, outputPath: 's3://loans/b' },
      objective: { metricName: 'validation:auc', type: 'Maximize' },
      ranges: { eta: { type: 'Continuous', min: 0.1, max: 0.5 } },
      maxTrainingJobs: 4,
    });
    const { pipeline, job: own } = allowedFor(step);
    const lists = 'sagemaker:ListTrainingJobsForHyperParameterTuningJob';
    expect(pipeline).toEqual([runs('HyperParameterTuningJob', 'hyper-parameter-tuning-job', lists), passes]);
    expect(own).toEqual(pulls);
  });

  test('of a model step', () => {
    const { pipeline, job: own } = allowedFor(new ModelStep('Create', { image }));
    expect(pipeline).toEqual([
      {
        Action: ['sagemaker:AddTags', 'sagemaker:CreateModel', 'sagemaker:DescribeModel'],
        Resource: [`${SAGEMAKER}:model/*`],
      },
      passes,
    ]);
    expect(own).toEqual(pulls);
  });

  const transform = {
    modelName: 'loans',
    input: 's3://loans/a',
    outputPath: 's3://loans/b',
    instanceType: 'ml.m5.large',
  } as const;

  test('of a transform step, which runs with the role of the model', () => {
    const { pipeline, job: own } = allowedFor(new TransformStep('Predict', transform));
    expect(pipeline).toEqual([runs('TransformJob', 'transform-job')]);
    expect(own).toEqual([]);
  });

  test('of a register step, which checks image and artifact itself', () => {
    const train = new TrainingStep('Train', {
      ...job,
      inputs: { train: 's3://loans/a' },
      outputPath: join('/', 's3://loans/runs', ExecutionVariable.PIPELINE_EXECUTION_ID),
    });
    const register = new RegisterModelStep('Register', {
      modelPackageGroupName: 'loans',
      image,
      modelData: train.modelArtifacts,
      contentTypes: ['text/csv'],
      responseTypes: ['text/csv'],
    });
    const { pipeline } = allowedFor(train, register);
    expect(pipeline).toEqual([
      runs('TrainingJob', 'training-job'),
      passes,
      usesVersions('AddTags', 'CreateModelPackage', 'DescribeModelPackage'),
      ...pulls,
      reads('loans/runs/*'),
    ]);
  });

  test.each([
    [
      'Loans',
      ['model-package-group/Loans', 'model-package/Loans/*', 'model-package-group/loans', 'model-package/loans/*'],
    ],
    [Parameter.string('Group'), ['model-package-group/*', 'model-package/*/*']],
  ])(
    'of a register step for a group with capitals, or one that is not known: %#',
    (modelPackageGroupName, resources) => {
      const register = new RegisterModelStep('Register', {
        modelPackageGroupName,
        image,
        modelData: 's3://loans/model.tar.gz',
        contentTypes: ['text/csv'],
        responseTypes: ['text/csv'],
      });
      const { pipeline } = allowedFor(register);
      expect(pipeline[0]?.Resource).toEqual(resources.map(resource => `${SAGEMAKER}:${resource}`));
      expect(pipeline.at(-1)).toEqual(reads('loans/model.tar.gz'));
    },
  );

  test('of a quality check against a group and supplied baselines', () => {
    const step = new QualityCheckStep('Check', {
      ...check,
      checkType: 'DATA_QUALITY',
      modelPackageGroupName: 'loans',
      suppliedBaselineConstraints: 's3://loans/baseline/constraints.json',
      suppliedBaselineStatistics: 's3://loans/baseline/statistics.json',
    });
    const { pipeline, job: own } = allowedFor(step);
    expect(pipeline).toEqual([
      runs('ProcessingJob', 'processing-job'),
      passes,
      reads('loans/checks/*'),
      reads('loans/baseline/constraints.json'),
      reads('loans/baseline/statistics.json'),
      usesVersions('DescribeModelPackage', 'ListModelPackages'),
    ]);
    expect(own.map(({ Action }) => Action)).toEqual(pulls.map(({ Action }) => Action));
  });

  const dataset = { datasetType: 'text/csv', headers: ['credit_risk', 'age'], label: 'credit_risk' } as const;
  const bias = { labelValues: [1], facets: [{ nameOrIndex: 'age', threshold: 25 }] } as const;
  const endpointActions = [
    'sagemaker:AddTags',
    'sagemaker:CreateEndpoint',
    'sagemaker:CreateEndpointConfig',
    'sagemaker:DeleteEndpoint',
    'sagemaker:DeleteEndpointConfig',
    'sagemaker:DescribeEndpoint',
    'sagemaker:DescribeEndpointConfig',
    'sagemaker:InvokeEndpoint',
  ];

  test('of a check of data bias, which needs no endpoint', () => {
    const analysis = new DataBiasAnalysis({ dataset, bias });
    const { job: own } = allowedFor(new ClarifyCheckStep('Check', { ...check, skipCheck: true, analysis }));
    expect(own.flatMap(({ Action }) => Action).filter(action => action.startsWith('sagemaker:'))).toEqual([]);
    expect(own.flatMap(({ Resource }) => Resource)).toContainEqual(
      expect.stringMatching(/\/[0-9a-f]{32}\/analysis_config\.json$/),
    );
  });

  test.each([
    [undefined, 'sm-clarify-'],
    ['loans-clarify', 'loans-clarify'],
  ])('of a check of model bias: endpoints with the prefix %p only', (endpointNamePrefix, prefix) => {
    const predictor = { instanceType: 'ml.m5.large', endpointNamePrefix };
    const analysis = new ModelBiasAnalysis({ dataset, bias, predictor });
    const step = new ClarifyCheckStep('Check', { ...check, skipCheck: true, analysis, modelName: 'loans' });
    expect(allowedFor(step).job.slice(-2)).toEqual([
      {
        Action: endpointActions,
        Resource: [`${SAGEMAKER}:endpoint-config/${prefix}*`, `${SAGEMAKER}:endpoint/${prefix}*`],
      },
      { Action: ['sagemaker:DescribeModel'], Resource: [`${SAGEMAKER}:model/*`] },
    ]);
  });

  test('of conditions and failures: only what is in the branches', () => {
    const gate = new ConditionStep('Gate', {
      conditions: [Condition.equals(Parameter.string('Opens'), 'yes')],
      ifSteps: [new ProcessingStep('Prepare', job)],
      elseSteps: [new FailStep('Fail', { errorMessage: 'no' })],
    });
    expect(allowedFor(gate).pipeline).toEqual([runs('ProcessingJob', 'processing-job'), passes]);
  });

  test('of a raw step: what it says, in each pipeline it is in', () => {
    const resources = ['arn:aws:lambda:eu-west-1:111122223333:function:notify'];
    const permissions = [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources })];
    const step = new RawStep('Notify', { type: 'Lambda', arguments: {}, permissions });
    for (const { pipeline } of [allowedFor(step), allowedFor(step)]) {
      expect(pipeline).toEqual([{ Action: ['lambda:InvokeFunction'], Resource: resources }]);
    }
  });

  test('of two steps of a kind: each permission once', () => {
    const { pipeline } = allowedFor(new ProcessingStep('First', job), new ProcessingStep('Second', job));
    expect(pipeline).toHaveLength(2);
  });
});

describe('reading a property file', () => {
  const reading = (uri: Parameters<typeof join>[1]) => {
    const stepOf = (place: ReturnType<typeof join> | string) =>
      new ProcessingStep('Evaluate', {
        ...job,
        outputs: { report: place },
        propertyFiles: { metrics: { output: 'report', path: 'metrics.json' } },
      });
    return allowedFor(stepOf(uri as string));
  };
  const id = ExecutionVariable.PIPELINE_EXECUTION_ID;

  test.each([
    ['the file, where its place is known', 's3://loans/report', 'loans/report/metrics.json'],
    ['the file, below a prefix with a slash at its end', 's3://loans/report/', 'loans/report/metrics.json'],
    ['the file, in the root of a bucket', 's3://loans', 'loans/metrics.json'],
    ['the literal prefix', join('/', 's3://loans/runs', id, 'report'), 'loans/runs/*'],
    ['the literal prefix without a slash', join('', 's3://loans/runs-', id), 'loans/runs-*'],
    ['the bucket, where nothing more is known', join('/', 's3://loans', id), 'loans/*'],
  ])('is allowed to the pipeline for %s', (_, uri, object) => {
    const { pipeline, stack } = reading(uri);
    expect(pipeline.at(-1)).toEqual(reads(object));
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  test.each([
    join('', 's3://loans-', id, '/report'),
    join('/', 's3:/', Parameter.string('Bucket'), 'report'),
    Parameter.string('Place'),
  ])('is not allowed, and warned of, where the bucket is not known: %#', uri => {
    const { pipeline, stack } = reading(uri);
    expect(pipeline.flatMap(({ Action }) => Action)).not.toContain('s3:GetObject');
    Annotations.fromStack(stack).hasWarning(
      '/Loans/Pipeline',
      "step 'Evaluate': the bucket of 'metrics.json' is only known when the pipeline runs, so reading it is not granted; grant s3:GetObject to the pipeline's role [ack: sagemaker-cdk:read-not-granted-Evaluate]",
    );
  });
});

describe('keys and networks', () => {
  const withKey = (make: (key: kms.IKey) => Step) => {
    const stack = new Stack(new App(), 'Keys', { env });
    return allowedFor(make(kms.Key.fromKeyArn(stack, 'Key', KEY)));
  };
  const about = (statements: readonly Statement[], service: string) =>
    statements.filter(({ Action }) => Action.every(action => action.startsWith(`${service}:`)));
  const describes: Statement = { Action: ['kms:DescribeKey'], Resource: [KEY] };
  const volumes: Statement = {
    Action: ['kms:CreateGrant'],
    Resource: [KEY],
    Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  };

  test('a key of volumes may be given to SageMaker by the role of the job, and by nobody else', () => {
    const { pipeline, job: own } = withKey(key => new ProcessingStep('Prepare', { ...job, volumeEncryptionKey: key }));
    expect(about(own, 'kms')).toEqual([describes, volumes]);
    expect(about(pipeline, 'kms')).toEqual([]);
  });

  test('a key of results encrypts for the job, and decrypts for the pipeline where that reads them', () => {
    const outputs = { report: 's3://loans/report' };
    const { pipeline, job: own } = withKey(
      key =>
        new ProcessingStep('Evaluate', {
          ...job,
          outputEncryptionKey: key,
          outputs,
          propertyFiles: { metrics: { output: 'report', path: 'metrics.json' } },
        }),
    );
    expect(about(own, 'kms')).toEqual([
      { Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'], Resource: [KEY] },
    ]);
    expect(about(pipeline, 'kms')).toEqual([{ Action: ['kms:Decrypt'], Resource: [KEY] }]);
    const unread = withKey(key => new ProcessingStep('Prepare', { ...job, outputEncryptionKey: key, outputs }));
    expect(about(unread.pipeline, 'kms')).toEqual([]);
  });

  test('a key of a transform’s volumes may be given to SageMaker by the pipeline', () => {
    const { pipeline } = withKey(
      key =>
        new TransformStep('Predict', {
          modelName: 'loans',
          input: 's3://loans/a',
          outputPath: 's3://loans/b',
          instanceType: 'ml.m5.large',
          volumeEncryptionKey: key,
        }),
    );
    expect(about(pipeline, 'kms')).toEqual([describes, volumes]);
  });

  test('a job in a VPC may make its network interfaces', () => {
    const stack = new Stack(new App(), 'Network', { env });
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-west-1a'],
      isolatedSubnetIds: ['subnet-1'],
    });
    const network = { vpc, securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] };
    const { pipeline, job: own } = allowedFor(new ProcessingStep('Prepare', { ...job, network }));
    expect(about(own, 'ec2')).toEqual([
      {
        Action: [
          'ec2:CreateNetworkInterface',
          'ec2:CreateNetworkInterfacePermission',
          'ec2:DeleteNetworkInterface',
          'ec2:DeleteNetworkInterfacePermission',
          'ec2:DescribeDhcpOptions',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeVpcs',
        ],
        Resource: ['*'],
      },
    ]);
    expect(about(pipeline, 'ec2')).toEqual([]);
  });
});
