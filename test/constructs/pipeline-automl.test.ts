import { Annotations } from 'aws-cdk-lib/assertions';
import { Duration } from 'aws-cdk-lib/core';
import {
  AutoMLStep,
  type AutoMLStepProps,
  ExecutionVariable,
  type Expression,
  join,
  ModelStep,
  Parameter,
  Pipeline,
  RegisterModelStep,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf, definitionTextOf, normalised } from '../support/definition';
import {
  allowedFor,
  expectProblem,
  findingsIn,
  fixtureOf,
  given,
  newStack,
  passes,
  pipelineOf,
  refusedCalls,
  SAGEMAKER,
  written,
} from '../support/steps';

const valid: AutoMLStepProps = {
  trainingData: 's3://loans/raw/',
  targetAttribute: 'credit_risk',
  outputPath: 's3://loans/automl',
};
const step = (props: Partial<AutoMLStepProps> = {}) => new AutoMLStep('Automl', { ...valid, ...props });

/** The pipeline that the fixture comes from, with this builder. */
function asInFixture(): Pipeline {
  const stack = newStack();
  const role = given.role(stack);
  const search = step({
    trainingData: { uri: given.rawData, compression: 'Gzip' },
    contentType: 'text/csv;header=present',
    sampleWeightAttribute: 'weight',
    outputEncryptionKey: given.key(stack, 'results'),
    volumeEncryptionKey: given.key(stack, 'volumes'),
    problem: { type: 'BinaryClassification', objective: 'AUC' },
    maxCandidates: given.count,
    maxRuntimePerTrainingJob: Duration.hours(1),
    maxRuntime: Duration.hours(2),
    encryptInterContainerTraffic: true,
    network: given.network(stack),
    validationFraction: 0.25,
    featureSpecificationUri: 's3://loans/features.json',
    role,
    cacheExpireAfter: Duration.days(30),
    displayName: 'Search a model',
    description: 'Autopilot',
    retryPolicies: [
      {
        exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
        interval: Duration.seconds(10),
        backoffRate: 1.5,
        maxAttempts: 4,
      },
      {
        exceptionTypes: ['SageMaker.CAPACITY_ERROR'],
        interval: Duration.minutes(2),
        expireAfter: Duration.hours(4),
      },
    ],
  });
  const model = new ModelStep('CreateBest-CreateModel', { ...search.bestCandidateModel, role });
  return new Pipeline(stack, 'Pipeline', { steps: [search, model] });
}

describe('AutoMLStep', () => {
  test('writes the search and a model of its best candidate as the Python SDK does', () => {
    const definition = definitionOf(asInFixture());
    expect(normalised(definition.Steps)).toEqual(normalised(fixtureOf('automl')));
    expect(checkDefinition(definition)).toEqual([]);
    expect(findingsIn(fixtureOf('automl'))).toEqual([]);
  });

  test('needs data, a target and a place, and writes nothing else but the mode that pipelines take', () => {
    expect(written(step()).Arguments).toEqual({
      InputDataConfig: [
        {
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://loans/raw/' } },
          TargetAttributeName: 'credit_risk',
          ChannelType: 'training',
        },
      ],
      OutputDataConfig: { S3OutputPath: 's3://loans/automl' },
      AutoMLJobConfig: { Mode: 'ENSEMBLING' },
      RoleArn: '${PipelineRoleD68726F7.Arn}',
    });
  });

  test('ranks with data of its own, chooses algorithms and takes the rest of the request', () => {
    const props: Partial<AutoMLStepProps> = {
      validationData: { uri: 's3://loans/validation.manifest', dataType: 'ManifestFile' },
      algorithms: ['catboost', 'xgboost'],
      request: {
        Tags: [{ Key: 'team', Value: 'risk' }],
        AutoMLJobConfig: { CompletionCriteria: { MaxCandidates: 3 } },
      },
    };
    expect(written(step(props)).Arguments).toMatchObject({
      InputDataConfig: [
        { ChannelType: 'training' },
        {
          DataSource: { S3DataSource: { S3DataType: 'ManifestFile', S3Uri: 's3://loans/validation.manifest' } },
          TargetAttributeName: 'credit_risk',
          ChannelType: 'validation',
        },
      ],
      AutoMLJobConfig: {
        CandidateGenerationConfig: { AlgorithmsConfig: [{ AutoMLAlgorithms: ['catboost', 'xgboost'] }] },
        CompletionCriteria: { MaxCandidates: 3 },
        Mode: 'ENSEMBLING',
      },
      Tags: [{ Key: 'team', Value: 'risk' }],
    });
  });

  test('tells the reports about the best candidate', () => {
    expect(step().insightsReport.render()).toEqual({
      Get: 'Steps.Automl.BestCandidateProperties.ModelInsightsJsonReportPath',
    });
    expect(step().explainabilityReport.render()).toEqual({
      Get: 'Steps.Automl.BestCandidateProperties.ExplainabilityJsonReportPath',
    });
    const search = step();
    const container = 'Steps.Automl.BestCandidate.InferenceContainers[0]';
    expect(search.bestCandidateModel.modelData.reads).toEqual([search]);
    expect(search.bestCandidateModel.environment.MODEL_NAME.render()).toEqual({
      Get: `${container}.Environment['MODEL_NAME']`,
    });
  });

  test('warns that the image of the best candidate is not known, in a model and in a version', () => {
    const search = step();
    const { bestCandidateModel } = search;
    const model = new ModelStep('Create', bestCandidateModel);
    const register = new RegisterModelStep('Register', {
      ...bestCandidateModel,
      modelPackageGroupName: 'loans',
      contentTypes: ['text/csv'],
      responseTypes: ['text/csv'],
    });
    const stack = pipelineOf(search, model, register).stack;
    Annotations.fromStack(stack).hasWarning(
      '/Loans/Pipeline',
      'the image {"Get":"Steps.Automl.BestCandidate.InferenceContainers[0].Image"} is only known when the pipeline runs, so pulling it is not granted; grant the pull from its repository to Loans/Pipeline/Role [ack: sagemaker-cdk:pull-not-granted]',
    );
    expect(allowedFor(search, model).job).toEqual([]);
  });

  test('warns when a per-run value makes a cached search run always', () => {
    const trainingData = join('/', 's3://loans', ExecutionVariable.PIPELINE_EXECUTION_ID);
    const { stack } = pipelineOf(step({ trainingData, cacheExpireAfter: Duration.days(1) }));
    Annotations.fromStack(stack).hasWarning(
      '/Loans/Pipeline',
      `step 'Automl' has 'cacheExpireAfter', but reads {"Get":"Execution.PipelineExecutionId"}, which differs in every execution, so no result is ever reused [ack: sagemaker-cdk:never-cached-Automl]`,
    );
  });

  test('keeps the point of a fraction that has none', () => {
    const request = { AutoMLJobConfig: { DataSplitConfig: { ValidationFraction: 1 } } };
    expect(definitionTextOf(pipelineOf(step({ request })))).toContain('"ValidationFraction":1.0}');
  });

  test('lets the pipeline start, watch and stop it with the role of the job', async () => {
    const { pipeline, job } = allowedFor(step());
    expect(pipeline).toEqual([
      {
        Action: [
          'sagemaker:AddTags',
          'sagemaker:CreateAutoMLJob',
          'sagemaker:DescribeAutoMLJob',
          'sagemaker:StopAutoMLJob',
        ],
        Resource: [`${SAGEMAKER}:automl-job/*`],
      },
      passes(),
    ]);
    expect(job).toEqual([]);
    expect(await refusedCalls(pipelineOf(step()))).toEqual([]);
  });

  test('lets the role of the job use keys and network', () => {
    const stack = newStack();
    const { job } = allowedFor(
      step({ volumeEncryptionKey: given.key(stack, 'volumes'), network: given.network(stack) }),
    );
    expect(job.flatMap(({ Action }) => Action)).toEqual(
      expect.arrayContaining(['kms:CreateGrant', 'kms:DescribeKey', 'ec2:CreateNetworkInterface']),
    );
  });

  test.each([
    [{ trainingData: 'a' }, "'trainingData' must be an S3 URI, which starts with s3://, got: a"],
    [{ validationData: { uri: 'a' } }, "'validationData' must be an S3 URI, which starts with s3://, got: a"],
    [{ targetAttribute: '' }, "'targetAttribute' must name a column, got: "],
    [{ sampleWeightAttribute: 'a b' }, "'sampleWeightAttribute' must be 1 to 256 letters, digits, _ and -, got: a b"],
    [{ outputPath: 'a' }, "'outputPath' must be an S3 URI, which starts with s3://, got: a"],
    [{ maxCandidates: 751 }, "'maxCandidates' must be a whole number from 1 to 750, got: 751"],
    [
      { maxRuntimePerTrainingJob: Duration.millis(1500) },
      "'maxRuntimePerTrainingJob' must be 1 or more whole seconds, got: 1.5 seconds",
    ],
    [{ maxRuntime: Duration.seconds(0) }, "'maxRuntime' must be 1 to 2592000 whole seconds, got: 0 seconds"],
    [{ algorithms: [] }, "'algorithms' must be 1 to 8, got: 0"],
    [{ validationFraction: 1 }, "'validationFraction' must be more than 0 and less than 1, got: 1"],
    [{ featureSpecificationUri: 'a' }, "'featureSpecificationUri' must be an S3 URI, which starts with s3://, got: a"],
  ] as [Partial<AutoMLStepProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(step(props), problem);
  });

  test('knows metrics, algorithms, failures and the request by type', () => {
    // @ts-expect-error: a metric of another kind of problem
    step({ problem: { type: 'Regression', objective: 'AUC' } });
    // @ts-expect-error: both or neither
    step({ problem: { type: 'Regression' } });
    // @ts-expect-error: no algorithm of the ensembling mode
    step({ algorithms: ['mlp'] });
    // @ts-expect-error: AutoML ignores this failure
    step({ retryPolicies: [{ exceptionTypes: ['SageMaker.JOB_INTERNAL_ERROR'] }] });
    // @ts-expect-error: pipelines refuse it
    step({ request: { ModelDeployConfig: { AutoGenerateEndpointName: true } } });
    // @ts-expect-error: pipelines refuse it
    step({ request: { GenerateCandidateDefinitionsOnly: true } });
    // @ts-expect-error: pipelines take one mode
    step({ request: { AutoMLJobConfig: { Mode: 'AUTO' } } });
    // @ts-expect-error: no such property
    step().property('BestCandidateProperties.Report');
    const value: Expression<number> = step().property('BestCandidate.FinalAutoMLJobObjectiveMetric.Value');
    expect(step({ targetAttribute: Parameter.string('Target') })).toBeInstanceOf(AutoMLStep);
    expect(value.render()).toEqual({ Get: 'Steps.Automl.BestCandidate.FinalAutoMLJobObjectiveMetric.Value' });
  });
});
