import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Duration, type Stack } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  AutoMLStep,
  CallbackStep,
  Condition,
  ConditionStep,
  EndpointConfigStep,
  EndpointStep,
  ExecutionVariable,
  FailStep,
  join,
  LambdaStep,
  LineageStep,
  ModelStep,
  Parameter,
  Pipeline,
  ProcessingStep,
  QualityCheckStep,
  RegisterModelStep,
  TrainingStep,
  TransformStep,
  TuningStep,
} from '../../constructs/pipeline';
import { checkDefinition, type Definition, definitionTextOf } from '../support/definition';
import { definitionBytes } from '../support/definition-bytes';
import { given, newStack } from '../support/steps';

const machine = { instanceType: 'ml.m5.xlarge' } as const;
const image = ContainerImage.xgboost();
const run = (name: string) => join('/', 's3://loans/runs', ExecutionVariable.PIPELINE_EXECUTION_ID, name);
const csv = <T>(uri: T) => ({ uri, contentType: 'text/csv' });
const onCapacity = {
  exceptionTypes: ['SageMaker.CAPACITY_ERROR'],
  interval: Duration.minutes(5),
  expireAfter: Duration.hours(4),
} as const;
const onStart = {
  exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
  interval: Duration.seconds(10),
  maxAttempts: 4,
} as const;
const cacheExpireAfter = Duration.days(30);

const prepareProps = () => ({
  ...machine,
  image: ContainerImage.scikitLearn('1.2-1'),
  code: { files: FileSet.fromJson('prepare.py', 'prepare.py'), entry: 'prepare.py' },
  arguments: ['--label', 'credit_risk'],
  inputs: { raw: given.rawData },
  outputs: { train: run('train'), test: run('test') },
});
const trainingProps = {
  ...machine,
  image,
  maxRuntime: Duration.hours(1),
} as const;

/** Prepares, trains, evaluates, and registers and scores or fails. */
function retrain(stack: Stack): Pipeline {
  const minimum = Parameter.float('MinimumAuc', { default: 1 });
  const approvalStatus = Parameter.string('ApprovalStatus', {
    default: 'PendingManualApproval',
    enumValues: ['Approved', 'PendingManualApproval'],
  });
  const prepare = new ProcessingStep('Prepare', {
    ...prepareProps(),
    cacheExpireAfter,
    retryPolicies: [onStart, onCapacity],
  });
  const train = new TrainingStep('Train', {
    ...trainingProps,
    displayName: 'Train the model',
    description: 'Boosted trees',
    instanceCount: given.count,
    inputs: { train: csv(prepare.output('train')) },
    outputPath: run('models'),
    hyperparameters: { objective: 'binary:logistic', num_round: 50, eta: 0.2 },
    request: { ProfilerConfig: { DisableProfiler: true } },
    cacheExpireAfter,
    retryPolicies: [onCapacity],
  });
  const evaluate = new ProcessingStep('Evaluate', {
    ...machine,
    image,
    code: { files: FileSet.fromJson('evaluate.py', 'evaluate.py'), entry: 'evaluate.py' },
    inputs: { model: train.modelArtifacts, test: prepare.output('test') },
    outputs: { report: run('report') },
    propertyFiles: { report: { output: 'report', path: 'evaluation.json' } },
  });
  const auc = evaluate.number('report', 'metrics.auc.value');
  const statistics = {
    ContentType: 'application/json',
    S3Uri: join('/', evaluate.output('report'), 'evaluation.json'),
  };
  const register = new RegisterModelStep('Loans-RegisterModel', {
    modelPackageGroupName: 'loans',
    image,
    modelData: train.modelArtifacts,
    contentTypes: ['text/csv'],
    responseTypes: ['text/csv'],
    inferenceInstances: ['ml.m5.large'],
    transformInstances: ['ml.m5.xlarge'],
    approvalStatus,
    request: { ModelMetrics: { ModelQuality: { Statistics: statistics } } },
    retryPolicies: [onStart],
  });
  const create = new ModelStep('Make-CreateModel', { image, modelData: train.modelArtifacts });
  const score = new TransformStep('Score', {
    ...machine,
    modelName: create.modelName,
    input: { ...csv(prepare.output('test')), splitType: 'Line' },
    outputPath: run('scores'),
    accept: 'text/csv',
    assembleWith: 'Line',
  });
  const gate = new ConditionStep('GoodEnough', {
    conditions: [Condition.greaterThanOrEqualTo(auc, minimum)],
    ifSteps: [register, create, score],
    elseSteps: [new FailStep('TooWeak', { errorMessage: join(' ', 'The AUC was', auc) })],
  });
  return new Pipeline(stack, 'Pipeline', {
    role: given.role(stack),
    parameters: [given.rawData, given.count, minimum, approvalStatus],
    experiment: {
      experimentName: ExecutionVariable.PIPELINE_NAME,
      trialName: ExecutionVariable.PIPELINE_EXECUTION_ID,
    },
    steps: [prepare, train, evaluate, gate],
  });
}

/** Checks data, tunes, makes the two best models, scores and checks again. */
function tune(stack: Stack): Pipeline {
  const skipCheck = Parameter.boolean('SkipChecks', { default: true });
  const prepare = new ProcessingStep('Prepare', prepareProps());
  const checkData = new QualityCheckStep('CheckData', {
    ...machine,
    checkType: 'DATA_QUALITY',
    dataset: prepare.output('train'),
    datasetFormat: 'csv-with-header',
    outputPath: run('data-quality'),
    skipCheck,
    registerNewBaseline: true,
    modelPackageGroupName: 'loans',
  });
  const search = new TuningStep('Tune', {
    training: {
      ...trainingProps,
      inputs: { train: csv(prepare.output('train')), validation: csv(prepare.output('test')) },
      outputPath: 's3://loans/tuned',
      hyperparameters: { objective: 'binary:logistic', num_round: 50 },
    },
    objective: { metricName: 'validation:auc', type: 'Maximize' },
    ranges: {
      eta: { type: 'Continuous', min: 0.01, max: 0.5, scaling: 'Logarithmic' },
      max_depth: { type: 'Integer', min: 2, max: 8 },
    },
    strategy: 'Bayesian',
    maxTrainingJobs: 10,
    maxParallelTrainingJobs: 2,
    earlyStopping: true,
    cacheExpireAfter,
    retryPolicies: [onCapacity],
    dependsOn: [checkData],
  });
  const [best, second] = [0, 1].map(
    rank => new ModelStep(`Best${rank}-CreateModel`, { image, modelData: search.bestModel(rank) }),
  ) as [ModelStep, ModelStep];
  const score = new TransformStep('Score', {
    ...machine,
    modelName: best.modelName,
    input: csv(prepare.output('test')),
    outputPath: run('scores'),
  });
  const checkModel = new QualityCheckStep('CheckModel', {
    ...machine,
    checkType: 'MODEL_QUALITY',
    dataset: score.results,
    datasetFormat: 'csv-without-header',
    outputPath: run('model-quality'),
    problemType: 'BinaryClassification',
    inferenceAttribute: '_c0',
    groundTruthAttribute: '_c1',
    skipCheck,
    modelPackageGroupName: 'loans',
  });
  return new Pipeline(stack, 'Pipeline', {
    role: given.role(stack),
    parameters: [given.rawData, skipCheck],
    steps: [prepare, checkData, search, best, second, score, checkModel],
  });
}

/** Asks a function, searches a model, asks a person, deploys and keeps a record. */
function deploy(stack: Stack): Pipeline {
  const ask = new LambdaStep('Ask', {
    lambdaFunction: lambda.Function.fromFunctionArn(
      stack,
      'Function',
      'arn:aws:lambda:eu-west-1:111122223333:function:ask',
    ),
    inputs: { data: given.rawData, attempts: 3, rate: 0.5 },
    outputs: { table: 'String', rows: 'Integer' },
  });
  const search = new AutoMLStep('Search', {
    trainingData: ask.output('table'),
    targetAttribute: 'credit_risk',
    outputPath: 's3://loans/automl',
    problem: { type: 'BinaryClassification', objective: 'AUC' },
    maxCandidates: 5,
    encryptInterContainerTraffic: false,
  });
  const found = new ModelStep('Found-CreateModel', search.bestCandidateModel);
  const approve = new CallbackStep('Approve', {
    queue: sqs.Queue.fromQueueAttributes(stack, 'Approvals', {
      queueArn: 'arn:aws:sqs:eu-west-1:111122223333:approvals',
      queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/approvals',
    }),
    inputs: { model: found.modelName, rows: ask.output('rows') },
    outputs: { approver: 'String' },
  });
  const config = new EndpointConfigStep('Config', {
    variants: { main: { modelName: found.modelName, instanceType: 'ml.m5.large' } },
    dependsOn: [approve],
  });
  const endpoint = new EndpointStep('Deploy', {
    endpointName: 'loans',
    endpointConfigName: config.endpointConfigName,
  });
  const record = new LineageStep('Record', {
    actions: {
      deployment: {
        name: ExecutionVariable.PIPELINE_EXECUTION_ID,
        type: 'Deployment',
        sourceUri: endpoint.property('EndpointArn'),
        properties: { approver: approve.output('approver') },
      },
    },
  });
  return new Pipeline(stack, 'Pipeline', {
    role: given.role(stack),
    steps: [ask, search, found, approve, config, endpoint, record],
  });
}

describe('a whole definition', () => {
  test.each([
    ['retrain', retrain],
    ['tune', tune],
    ['deploy', deploy],
  ])('is the same as the Python SDK writes, byte by byte: %s', (name, build) => {
    const path = joinPath(__dirname, '..', 'fixtures', 'pipeline-definitions', `${name}.json`);
    const [, expected = ''] = /"definition": (\{.*\})\s*\}\s*$/s.exec(readFileSync(path, 'utf8')) ?? [];
    const actual = definitionTextOf(build(newStack()));
    expect(definitionBytes(actual)).toBe(definitionBytes(expected));
    expect(checkDefinition(JSON.parse(actual) as Definition)).toEqual([]);
    expect(checkDefinition(JSON.parse(expected) as Definition)).toEqual([]);
  });

  test('is told from one that differs in a number, in the order of a list or in a key', () => {
    const [one, ...others] = [
      '{"a":[{"b":2.0,"c":"2.0"},1]}',
      '{"a":[{"b":2,"c":"2.0"},1]}',
      '{"a":[1,{"b":2.0,"c":"2.0"}]}',
      '{"a":[{"b":2.0,"d":"2.0"},1]}',
      '{"a":[{"b":2.0,"c":"2"},1]}',
    ].map(definitionBytes);
    expect(others).not.toContain(one);
    expect(definitionBytes('{ "a": [{ "c": "2.0", "b": 2.0, "d": null, "e": {} }, 1] }')).toBe(one);
  });
});
