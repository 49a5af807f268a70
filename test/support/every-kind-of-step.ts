import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
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
  TrainingStep,
  TransformStep,
  TuningStep,
} from '../../constructs/pipeline';
import { stepsOutsideSageMaker } from './steps-outside-sagemaker';

/** The pipeline that the fixtures come from, with this builder. */
export function everyKind({ mutableRole = false } = {}): Pipeline {
  const stack = new Stack(new App(), 'Loans', { env: { account: '111122223333', region: 'eu-west-1' } });
  const key = (name: string) => kms.Key.fromKeyArn(stack, name, `arn:aws:kms:eu-west-1:111122223333:key/${name}`);
  const volumeEncryptionKey = key('volumes');
  const outputEncryptionKey = key('results');
  const network = {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      isolatedSubnetIds: ['subnet-1', 'subnet-2'],
    }),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
  };
  const cacheExpireAfter = Duration.days(30);
  const onStart = {
    exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
    interval: Duration.seconds(10),
    backoffRate: 1.5,
    maxAttempts: 4,
  } as const;
  const onCapacity = {
    exceptionTypes: ['SageMaker.CAPACITY_ERROR'],
    interval: Duration.minutes(2),
    expireAfter: Duration.hours(4),
  } as const;
  const repeated = { cacheExpireAfter, retryPolicies: [onStart, onCapacity] };

  const rawData = Parameter.string('RawDataUri', { default: 's3://loans/raw/loans.csv' });
  const count = Parameter.integer('InstanceCount', { default: 2 });
  const minimum = Parameter.float('MinimumAuc', { default: 0.75 });
  const skip = Parameter.boolean('SkipChecks', { default: true });
  const approvalStatus = Parameter.string('ApprovalStatus', {
    default: 'PendingManualApproval',
    enumValues: ['Approved', 'PendingManualApproval'],
  });
  const run = (name: string) => join('/', 's3://loans/runs', ExecutionVariable.PIPELINE_EXECUTION_ID, name);
  const file = (name: string) => FileSet.fromJson(name, name);
  const xgboost = ContainerImage.xgboost();

  const prepare = new ProcessingStep('Prepare', {
    ...repeated,
    displayName: 'Prepare the loans',
    description: 'Splits and encodes the loans',
    image: ContainerImage.scikitLearn('1.2-1'),
    code: { files: file('prepare.py'), entry: 'prepare.py' },
    arguments: ['--label', 'credit_risk', '--raw', rawData],
    instanceType: 'ml.m5.xlarge',
    instanceCount: count,
    volumeSizeGiB: 50,
    volumeEncryptionKey,
    outputEncryptionKey,
    maxRuntime: Duration.hours(1),
    environment: { LOG_LEVEL: 'info', RUN: ExecutionVariable.PIPELINE_EXECUTION_ID },
    network,
    isolateNetwork: false,
    encryptInterContainerTraffic: true,
    inputs: {
      raw: rawData,
      reference: {
        uri: 's3://loans/reference/',
        localPath: '/opt/ml/processing/reference',
        distribution: 'ShardedByS3Key',
      },
    },
    outputs: {
      train: run('train'),
      test: run('test'),
      progress: { uri: 's3://loans/progress', localPath: '/opt/ml/processing/progress', uploadMode: 'Continuous' },
    },
    propertyFiles: { report: { output: 'progress', path: 'report.json' } },
  });

  const train = new TrainingStep('Train', {
    ...repeated,
    dependsOn: [prepare],
    image: xgboost,
    instanceType: 'ml.m5.xlarge',
    instanceCount: count,
    volumeSizeGiB: 40,
    volumeEncryptionKey,
    outputEncryptionKey,
    outputPath: 's3://loans/models',
    maxRuntime: Duration.hours(1),
    spot: { maxWait: Duration.hours(2) },
    checkpoints: { uri: 's3://loans/checkpoints' },
    hyperparameters: { objective: 'binary:logistic', num_round: 50, eta: 0.2, max_depth: count },
    metricDefinitions: { auc: 'auc: ([0-9.]+)' },
    environment: { LOG_LEVEL: 'info' },
    network,
    isolateNetwork: true,
    encryptInterContainerTraffic: true,
    inputs: {
      train: { uri: prepare.output('train'), contentType: 'text/csv' },
      validation: {
        uri: 's3://loans/validation.manifest',
        dataType: 'ManifestFile',
        distribution: 'ShardedByS3Key',
        compression: 'Gzip',
        recordWrapper: 'RecordIO',
        inputMode: 'Pipe',
      },
    },
    request: { ProfilerConfig: { DisableProfiler: true } },
  });

  const tune = new TuningStep('Tune', {
    ...repeated,
    training: {
      image: xgboost,
      instanceType: 'ml.m5.xlarge',
      inputs: { train: { uri: prepare.output('train'), contentType: 'text/csv' } },
      outputPath: 's3://loans/tuned',
      hyperparameters: { objective: 'binary:logistic', num_round: 50 },
      maxRuntime: Duration.hours(1),
    },
    objective: { metricName: 'validation:auc', type: 'Maximize' },
    ranges: {
      eta: { type: 'Continuous', min: 0.01, max: 0.5, scaling: 'Logarithmic' },
      max_depth: { type: 'Integer', min: 2, max: 8 },
      booster: { type: 'Categorical', values: ['gbtree', 'dart'] },
    },
    strategy: 'Random',
    maxTrainingJobs: 10,
    maxParallelTrainingJobs: 2,
    maxRuntime: Duration.hours(2),
    earlyStopping: true,
    randomSeed: 7,
  });

  const model = new ModelStep('Create-CreateModel', {
    image: xgboost,
    modelData: tune.bestModel(),
    environment: { LOG_LEVEL: 'info' },
    network,
    isolateNetwork: true,
    retryPolicies: [onStart],
  });
  const transform = new TransformStep('Predict', {
    ...repeated,
    modelName: model.modelName,
    input: { uri: prepare.output('test'), contentType: 'text/csv', splitType: 'Line', compression: 'Gzip' },
    outputPath: run('predictions'),
    outputEncryptionKey,
    volumeEncryptionKey,
    accept: 'text/csv',
    assembleWith: 'Line',
    instanceType: 'ml.m5.xlarge',
    instanceCount: 2,
    batchStrategy: 'MultiRecord',
    maxConcurrentTransforms: 4,
    maxPayloadMB: 6,
    environment: { LOG_LEVEL: 'info' },
    inputFilter: '$[1:]',
    outputFilter: '$[0,-1]',
    joinSource: 'Input',
  });

  const check = {
    instanceType: 'ml.m5.xlarge',
    volumeEncryptionKey,
    outputEncryptionKey,
    maxRuntime: Duration.hours(1),
    network,
    isolateNetwork: false,
    encryptInterContainerTraffic: true,
  } as const;
  const dataQuality = new QualityCheckStep('CheckDataQuality', {
    ...check,
    checkType: 'DATA_QUALITY',
    dataset: prepare.output('train'),
    datasetFormat: 'csv-without-header',
    outputPath: run('data-quality'),
    recordPreprocessor: file('preprocessor.py'),
    postAnalyticsProcessor: file('postprocessor.py'),
    skipCheck: skip,
    failOnViolation: false,
    registerNewBaseline: true,
    modelPackageGroupName: 'loans',
    suppliedBaselineStatistics: 's3://loans/baseline/statistics.json',
    suppliedBaselineConstraints: 's3://loans/baseline/constraints.json',
    cacheExpireAfter,
  });
  const modelQuality = new QualityCheckStep('CheckModelQuality', {
    ...check,
    checkType: 'MODEL_QUALITY',
    dataset: 's3://loans/scored/',
    outputPath: run('model-quality'),
    problemType: 'BinaryClassification',
    inferenceAttribute: 'prediction',
    probabilityAttribute: 'probability',
    groundTruthAttribute: 'credit_risk',
    probabilityThreshold: 0.5,
    skipCheck: true,
  });
  const dataset = {
    datasetType: 'text/csv',
    headers: ['credit_risk', 'age', 'amount'],
    label: 'credit_risk',
  } as const;
  const bias = { labelValues: [1], facets: [{ nameOrIndex: 'age', threshold: 25 }] } as const;
  const predictor = { instanceType: 'ml.m5.large' };
  const dataBias = new ClarifyCheckStep('CheckDataBias', {
    ...check,
    analysis: new DataBiasAnalysis({ dataset, bias }),
    dataset: prepare.output('train'),
    outputPath: run('data-bias'),
    modelPackageGroupName: 'loans',
    suppliedBaselineConstraints: 's3://loans/baseline/analysis.json',
  });
  const modelBias = new ClarifyCheckStep('CheckModelBias', {
    ...check,
    analysis: new ModelBiasAnalysis({ dataset, bias, predictor }),
    modelName: model.modelName,
    dataset: prepare.output('test'),
    outputPath: run('model-bias'),
    skipCheck: skip,
    registerNewBaseline: skip,
    modelPackageGroupName: 'loans',
    cacheExpireAfter,
  });
  const explain = new ClarifyCheckStep('Explain', {
    ...check,
    analysis: new ModelExplainabilityAnalysis({
      dataset,
      predictor,
      shap: { baseline: [[25, 1000]], numSamples: 100 },
    }),
    modelName: model.modelName,
    dataset: prepare.output('test'),
    outputPath: run('explainability'),
    skipCheck: true,
    registerNewBaseline: true,
  });

  const register = new RegisterModelStep('Register-RegisterModel', {
    modelPackageGroupName: 'loans',
    image: xgboost,
    modelData: train.modelArtifacts,
    environment: { LOG_LEVEL: 'info' },
    contentTypes: ['text/csv'],
    responseTypes: ['text/csv'],
    inferenceInstances: ['ml.m5.large'],
    transformInstances: ['ml.m5.xlarge'],
    approvalStatus,
    packageDescription: 'A model of loans',
    checks: { dataQuality, dataBias, modelQuality, modelBias, explainability: explain },
    metadata: { CommitId: '0a1b2c', Repository: 'loans' },
    customerMetadata: { team: 'risk', execution: ExecutionVariable.PIPELINE_EXECUTION_ID },
    samplePayloadUrl: 's3://loans/sample.tar.gz',
    skipModelValidation: true,
    retryPolicies: [onStart],
  });

  const auc = prepare.number('report', 'metrics.auc.value');
  const gate = new ConditionStep('GoodEnough', {
    displayName: 'Is it good enough?',
    conditions: [
      Condition.greaterThanOrEqualTo(auc, minimum),
      Condition.greaterThan(auc, 0.5),
      Condition.lessThan(count, 10),
      Condition.lessThanOrEqualTo(count, 8),
      Condition.equals(approvalStatus, 'PendingManualApproval'),
      Condition.not(Condition.equals(skip, true)),
      Condition.or(
        Condition.in(approvalStatus, ['Approved', 'PendingManualApproval']),
        Condition.not(Condition.lessThan(auc, 0.9)),
      ),
    ],
    ifSteps: [new FailStep('TooGood', { errorMessage: 'too good' })],
    elseSteps: [
      new FailStep('TooWeak', { errorMessage: join(' ', 'The AUC was', auc, 'and must be at least', minimum) }),
    ],
  });
  const notify = new RawStep('Notify', {
    type: 'Lambda',
    arguments: { model: train.modelArtifacts, attempts: 3 },
    members: {
      FunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:notify',
      OutputParameters: [{ OutputName: 'ticket', OutputType: 'String' }],
    },
    cacheExpireAfter,
  });

  const role = iam.Role.fromRoleArn(stack, 'Jobs', 'arn:aws:iam::111122223333:role/Jobs', { mutable: mutableRole });
  return new Pipeline(stack, 'Pipeline', {
    role,
    steps: [
      prepare,
      train,
      tune,
      model,
      transform,
      dataQuality,
      modelQuality,
      dataBias,
      modelBias,
      explain,
      register,
      gate,
      notify,
      ...stepsOutsideSageMaker(stack, { rawData, count, skip, minimum }),
    ],
  });
}
