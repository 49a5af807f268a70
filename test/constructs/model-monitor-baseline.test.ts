import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { App, CfnParameter, Duration, Size, Stack, Tags } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CreateProcessingJobRequest$ } from '@aws-sdk/client-sagemaker';
import { DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import {
  AttributionBaseline,
  AttributionDriftMonitor,
  type AttributionDriftMonitorProps,
  BiasBaseline,
  BiasDriftMonitor,
  type BiasDriftMonitorProps,
  DataQualityBaseline,
  type DataQualityBaselineProps,
  DataQualityMonitor,
  type DataQualityMonitorProps,
  ModelQualityBaseline,
  ModelQualityMonitor,
  type ModelQualityMonitorProps,
} from '../../constructs/model-monitor';
import { textOf } from '../support/definition';
import { requestProblems } from '../support/request-schema';
import { allowedTo } from '../support/role-policy';

const JOB = 'AWS::SageMaker::ProcessingJob';
const PATH = 'Loans/Baseline';
const newStack = (app = new App()) =>
  new Stack(app, 'Loans', { env: { account: '111122223333', region: 'eu-west-1' } });
const bucketIn = (stack: Stack) =>
  (stack.node.tryFindChild('Data') as s3.IBucket | undefined) ?? s3.Bucket.fromBucketName(stack, 'Data', 'loans');
const valid = (stack: Stack): DataQualityBaselineProps => ({
  dataset: { bucket: bucketIn(stack), prefix: 'training' },
  output: { bucket: bucketIn(stack), prefix: 'baselines' },
});

const columns = { datasetType: 'text/csv', headers: ['good', 'age', 'amount'], label: 'good' } as const;
const bias = { facets: [{ nameOrIndex: 'age', threshold: 25 }], labelValues: [1] } as const;
const predictor = { instanceType: 'ml.m5.large', contentType: 'text/csv' } as const;
const shap = { baseline: [[30, 1000]], numSamples: 50, aggMethod: 'mean_abs' } as const;
const modelBias = new ModelBiasAnalysis({ dataset: columns, predictor, bias });
const dataBias = new DataBiasAnalysis({ dataset: columns, bias });
const attribution = new ModelExplainabilityAnalysis({ dataset: columns, predictor, shap });

const dataQuality = (stack: Stack, overrides: Partial<DataQualityBaselineProps> = {}) =>
  new DataQualityBaseline(stack, 'Baseline', { ...valid(stack), ...overrides });
const modelQuality = (stack: Stack, overrides: object = {}) =>
  new ModelQualityBaseline(stack, 'Baseline', {
    ...valid(stack),
    problemType: 'BinaryClassification',
    groundTruthAttribute: 'good',
    probabilityAttribute: 'score',
    probabilityThreshold: 0.5,
    ...overrides,
  });
const biasOf = (stack: Stack, overrides: object = {}) =>
  new BiasBaseline(stack, 'Baseline', { ...valid(stack), analysis: modelBias, modelName: 'Loans-7', ...overrides });
const attributionOf = (stack: Stack, overrides: object = {}) =>
  new AttributionBaseline(stack, 'Baseline', {
    ...valid(stack),
    analysis: attribution,
    modelName: 'Loans-7',
    ...overrides,
  });
const kinds = { dataQuality, modelQuality, biasOf, attributionOf };
type Kind = keyof typeof kinds;
const all = Object.keys(kinds) as Kind[];

interface Job {
  AppSpecification: { ImageUri: unknown; ContainerEntrypoint?: string[]; ContainerArguments?: string[] };
  Environment?: Record<string, string>;
  ProcessingInputs: { InputName: string; S3Input: Record<string, unknown> }[];
  ProcessingOutputConfig: { Outputs: { S3Output: { S3Uri: string } }[]; KmsKeyId?: unknown };
  ProcessingResources: unknown;
  RoleArn: unknown;
}
const jobIn = (stack: Stack): Job => {
  const [job] = Object.values(Template.fromStack(stack).findResources(JOB)) as [{ Properties: Job }];
  return job.Properties;
};
const resultsIn = (stack: Stack) => jobIn(stack).ProcessingOutputConfig.Outputs[0]?.S3Output.S3Uri;

describe('a baseline job', () => {
  test('of data quality is that of the SageMaker Python SDK', () => {
    const stack = newStack();
    const { role } = dataQuality(stack);
    expect(jobIn(stack)).toEqual({
      AppSpecification: { ImageUri: '468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer' },
      Environment: {
        dataset_format: '{"csv":{"header":true,"output_columns_position":"START"}}',
        dataset_source: '/opt/ml/processing/input/baseline_dataset_input',
        output_path: '/opt/ml/processing/output',
        publish_cloudwatch_metrics: 'Disabled',
      },
      ProcessingInputs: [
        {
          InputName: 'dataset',
          S3Input: {
            S3Uri: 's3://loans/training',
            LocalPath: '/opt/ml/processing/input/baseline_dataset_input',
            S3DataType: 'S3Prefix',
            S3InputMode: 'File',
          },
        },
      ],
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: 'result',
            S3Output: {
              S3Uri: expect.stringMatching(/^s3:\/\/loans\/baselines\/[0-9a-f]{16}$/) as string,
              LocalPath: '/opt/ml/processing/output',
              S3UploadMode: 'EndOfJob',
            },
          },
        ],
      },
      ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 } },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      RoleArn: stack.resolve(role.roleArn) as unknown,
    });
  });

  test.each([
    ['csv-without-header', '{"csv":{"header":false,"output_columns_position":"START"}}'],
    ['json-lines', '{"json":{"lines":true}}'],
    ['json', '{"json":{"lines":false}}'],
  ] as const)('reads %s', (datasetFormat, format) => {
    const stack = newStack();
    dataQuality(stack, { datasetFormat });
    expect(jobIn(stack).Environment?.dataset_format).toBe(format);
  });

  test('of model quality says where predictions and outcomes are', () => {
    const stack = newStack();
    modelQuality(stack);
    expect(jobIn(stack).Environment).toMatchObject({
      analysis_type: 'MODEL_QUALITY',
      problem_type: 'BinaryClassification',
      ground_truth_attribute: 'good',
      probability_attribute: 'score',
      probability_threshold_attribute: '0.5',
    });
    expect(jobIn(stack).Environment).not.toHaveProperty('inference_attribute');
    const labels = newStack();
    modelQuality(labels, {
      problemType: 'Regression',
      inferenceAttribute: 'predicted',
      probabilityAttribute: undefined,
      probabilityThreshold: undefined,
    });
    expect(jobIn(labels).Environment).toMatchObject({ problem_type: 'Regression', inference_attribute: 'predicted' });
    expect(jobIn(labels).Environment).not.toHaveProperty('probability_attribute');
  });

  test('runs scripts around the analysis', () => {
    const stack = newStack();
    const { role } = dataQuality(stack, {
      recordPreprocessorUri: 's3://scripts/pre.py',
      postAnalyticsProcessorUri: 's3://scripts/post.py',
    });
    const folder = '/opt/ml/processing/input';
    expect(jobIn(stack)).toMatchObject({
      Environment: {
        record_preprocessor_script: `${folder}/record_preprocessor_script_input/pre.py`,
        post_analytics_processor_script: `${folder}/post_analytics_processor_script_input/post.py`,
      },
      ProcessingInputs: [
        { InputName: 'dataset' },
        {
          InputName: 'record-preprocessor',
          S3Input: { S3Uri: 's3://scripts/pre.py', LocalPath: `${folder}/record_preprocessor_script_input` },
        },
        {
          InputName: 'post-analytics-processor',
          S3Input: { S3Uri: 's3://scripts/post.py', LocalPath: `${folder}/post_analytics_processor_script_input` },
        },
      ],
    });
    expect(allowedTo(role)).toContainEqual({
      Action: ['s3:GetObject'],
      Resource: ['arn:${AWS::Partition}:s3:::scripts/pre.py', 'arn:${AWS::Partition}:s3:::scripts/post.py'],
    });
  });

  test.each(['biasOf', 'attributionOf'] as const)('of Clarify (%s) reads its analysis from a file', kind => {
    const stack = newStack();
    kinds[kind](stack);
    const { AppSpecification, Environment, ProcessingInputs } = jobIn(stack);
    expect(AppSpecification).toEqual({
      ImageUri: expect.stringMatching(/\/sagemaker-clarify-processing:/) as string,
    });
    expect(Environment).toBeUndefined();
    expect(ProcessingInputs).toMatchObject([
      { InputName: 'dataset', S3Input: { LocalPath: '/opt/ml/processing/input/data' } },
      {
        InputName: 'analysis_config',
        S3Input: {
          S3Uri: expect.stringMatching(/\/analysis_config\.json$/) as string,
          LocalPath: '/opt/ml/processing/input/config',
        },
      },
    ]);
  });

  test.each(all.flatMap(kind => [[kind, true] as const, [kind, false] as const]))(
    'is what CreateProcessingJob takes (%s, managed: %s)',
    (kind, managed) => {
      const stack = newStack();
      kinds[kind](stack, { managed });
      const { AppSpecification, RoleArn, ProcessingInputs, ...rest } = jobIn(stack);
      const request = {
        ProcessingJobName: 'CloudFormation-makes-it-up',
        ...rest,
        AppSpecification: { ...AppSpecification, ImageUri: textOf(AppSpecification.ImageUri) },
        ProcessingInputs: ProcessingInputs.map(({ InputName, S3Input }) => ({
          InputName,
          S3Input: { ...S3Input, S3Uri: textOf(S3Input.S3Uri) },
        })),
        RoleArn: textOf(RoleArn),
      };
      expect(requestProblems(CreateProcessingJobRequest$, request, {}, 'CreateProcessingJob')).toEqual([]);
    },
  );

  test.each([
    ['dataQuality', 'data-quality', []],
    [
      'modelQuality',
      'model-quality',
      [
        ...['--problem-type', 'BinaryClassification', '--ground-truth-attribute', 'good'],
        ...['--probability-attribute', 'score', '--probability-threshold', '0.5'],
      ],
    ],
    ['biasOf', 'bias', ['--dataset-format', 'csv-without-header', '--model-name', 'Loans-7']],
    ['attributionOf', 'attribution', ['--dataset-format', 'csv-without-header', '--model-name', 'Loans-7']],
  ] as const)('runs the analyzer of this project, which checks nothing (%s)', (kind, name, options) => {
    const stack = newStack();
    kinds[kind](stack, { managed: false });
    const { AppSpecification, Environment, ProcessingInputs } = jobIn(stack);
    expect(AppSpecification).toEqual({
      ImageUri: expect.stringMatching(/\/sagemaker-xgboost:1\.7-1/) as string,
      ContainerEntrypoint: ['python3', '/opt/ml/processing/input/code/analyze.py'],
      ContainerArguments: [name, ...options, '--skip-check', 'true', '--register-new-baseline', 'true'],
    });
    expect(Environment).toEqual({ AWS_DEFAULT_REGION: 'eu-west-1' });
    const paths = ProcessingInputs.map(({ S3Input }) => S3Input.LocalPath);
    expect(paths).toEqual([
      '/opt/ml/processing/input/dataset',
      '/opt/ml/processing/input/code',
      ...(kind === 'biasOf' || kind === 'attributionOf' ? ['/opt/ml/processing/input/config'] : []),
    ]);
  });

  test('gives the analyzer of this project its scripts', () => {
    const stack = newStack();
    const postAnalyticsProcessorUri = 's3://scripts/post.py';
    dataQuality(stack, { managed: false, datasetFormat: 'json-lines', postAnalyticsProcessorUri });
    expect(jobIn(stack)).toMatchObject({
      AppSpecification: { ContainerArguments: expect.arrayContaining(['--dataset-format', 'json-lines']) as string[] },
      ProcessingInputs: [
        { InputName: 'dataset' },
        { InputName: 'code' },
        {
          InputName: 'post-analytics-processor',
          S3Input: {
            S3Uri: postAnalyticsProcessorUri,
            LocalPath: '/opt/ml/processing/input/post-analytics-processor',
          },
        },
      ],
    });
  });

  test('takes the settings of the job', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    dataQuality(stack, {
      instanceType: 'ml.m5.4xlarge',
      instanceCount: 2,
      volumeSize: Size.gibibytes(100),
      maxRuntime: Duration.days(9),
      isolateNetwork: true,
      encryptionKey,
    });
    const key = stack.resolve(encryptionKey.keyArn) as unknown;
    Template.fromStack(stack).hasResourceProperties(JOB, {
      ProcessingResources: {
        ClusterConfig: { InstanceType: 'ml.m5.4xlarge', InstanceCount: 2, VolumeSizeInGB: 100, VolumeKmsKeyId: key },
      },
      NetworkConfig: { EnableNetworkIsolation: true, EnableInterContainerTrafficEncryption: true },
      StoppingCondition: { MaxRuntimeInSeconds: 777600 },
      ProcessingOutputConfig: { KmsKeyId: key },
    });
  });

  test('has no name, waits for its policy, and is not replaced by a tag of the app', () => {
    const stack = newStack();
    dataQuality(stack);
    Tags.of(stack).add('release', '7');
    const template = Template.fromStack(stack);
    const [policy] = Object.keys(template.findResources('AWS::IAM::Policy'));
    template.hasResource(JOB, {
      Properties: { ProcessingJobName: Match.absent(), Tags: Match.absent() },
      DependsOn: Match.arrayWith([policy]),
    });
  });

  test('tells when it has failed', () => {
    const stack = newStack();
    const baseline = dataQuality(stack);
    baseline.onFailed('Failed', { target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')) });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.sagemaker'],
        'detail-type': ['SageMaker Processing Job State Change'],
        detail: { RoleArn: [stack.resolve(baseline.role.roleArn)], ProcessingJobStatus: ['Failed', 'Stopped'] },
      },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Topic') } })],
    });
  });

  test('is known by its ARN', () => {
    const stack = newStack();
    const { processingJobRef } = dataQuality(stack);
    const [job = ''] = Object.keys(Template.fromStack(stack).findResources(JOB));
    expect(JSON.stringify(stack.resolve(processingJobRef))).toContain(job);
  });
});

describe('the folder of a baseline', () => {
  const folderOf = (create: (stack: Stack) => unknown) => {
    const stack = newStack();
    create(stack);
    return resultsIn(stack);
  };

  test('stays while nothing changes', () => {
    expect(folderOf(dataQuality)).toBe(folderOf(dataQuality));
  });

  test.each<[string, Partial<DataQualityBaselineProps>]>([
    ['the revision', { revision: '2026-05' }],
    ['a setting of the job', { instanceType: 'ml.m5.2xlarge' }],
    ['the form of the data', { datasetFormat: 'json' }],
    ['a script', { recordPreprocessorUri: 's3://scripts/pre.py' }],
    ['the program', { managed: false }],
  ])('is another one when %s changes', (_, overrides) => {
    expect(folderOf(stack => dataQuality(stack, overrides))).not.toBe(folderOf(dataQuality));
  });

  test('is another one when the data is elsewhere', () => {
    const elsewhere = (stack: Stack) => dataQuality(stack, { dataset: { bucket: bucketIn(stack), prefix: 'new' } });
    expect(folderOf(elsewhere)).not.toBe(folderOf(dataQuality));
  });

  test('is another one when the analysis changes', () => {
    const other = new DataBiasAnalysis({ dataset: columns, bias: { ...bias, labelValues: [0] } });
    const of = (analysis: DataBiasAnalysis) => (stack: Stack) => biasOf(stack, { analysis, modelName: undefined });
    expect(folderOf(of(other))).not.toBe(folderOf(of(dataBias)));
  });

  test('is where monitors look, each for its own files', () => {
    const stack = newStack();
    const bucket = bucketIn(stack);
    const common = {
      endpointName: 'loans',
      capturedData: { bucket, prefix: 'captured' },
      output: { bucket, prefix: 'reports' },
    };
    const labelled = { ...common, groundTruth: { bucket, prefix: 'labels' }, inferenceAttribute: '0' };
    const data = new DataQualityBaseline(stack, 'Data1', valid(stack));
    new DataQualityMonitor(stack, 'DataQuality', {
      ...common,
      baselineStatistics: data.statistics,
      baselineConstraints: data.constraints,
    });
    const model = new ModelQualityBaseline(stack, 'Model', {
      ...valid(stack),
      ...{ problemType: 'Regression', groundTruthAttribute: 'good', inferenceAttribute: 'p' },
    });
    new ModelQualityMonitor(stack, 'ModelQuality', {
      ...labelled,
      problemType: 'Regression',
      baselineConstraints: model.constraints,
    });
    const biased = new BiasBaseline(stack, 'Bias', { ...valid(stack), analysis: dataBias });
    new BiasDriftMonitor(stack, 'BiasDrift', {
      ...labelled,
      analysis: modelBias,
      baselineConstraints: biased.constraints,
    });
    const attributed = new AttributionBaseline(stack, 'Attribution', {
      ...valid(stack),
      ...{ analysis: attribution, modelName: 'loans' },
    });
    new AttributionDriftMonitor(stack, 'Drift', {
      ...common,
      ...{ analysis: attribution, modelName: 'loans', baselineConstraints: attributed.constraints },
    });
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    for (const [baseline, file] of [
      [data, 'statistics.json'],
      [data, 'constraints.json'],
      [model, 'constraints.json'],
      [biased, 'analysis.json'],
      [attributed, 'analysis.json'],
    ] as const) {
      expect(text).toContain(`"S3Uri":"${baseline.resultsUri}/${file}"`);
    }
    const all4 = [data, model, biased, attributed].map(({ resultsUri }) => resultsUri);
    expect(new Set(all4).size).toBe(4);
  });

  test('cannot be given to a monitor of another kind', () => {
    type Fits<Given, Wanted> = Given extends Wanted ? true : false;
    const fits: [
      Fits<DataQualityBaseline['constraints'], DataQualityMonitorProps['baselineConstraints']>,
      Fits<DataQualityBaseline['constraints'], DataQualityMonitorProps['baselineStatistics']>,
      Fits<DataQualityBaseline['statistics'], DataQualityMonitorProps['baselineConstraints']>,
      Fits<DataQualityBaseline['constraints'], ModelQualityMonitorProps['baselineConstraints']>,
      Fits<ModelQualityBaseline['constraints'], DataQualityMonitorProps['baselineConstraints']>,
      Fits<BiasBaseline['constraints'], AttributionDriftMonitorProps['baselineConstraints']>,
      Fits<AttributionBaseline['constraints'], BiasDriftMonitorProps['baselineConstraints']>,
    ] = [true, false, false, false, false, false, false];
    expect(fits.filter(Boolean)).toHaveLength(1);
    // @ts-expect-error -- a model quality baseline has constraints only.
    expect(modelQuality(newStack()).statistics).toBeUndefined();
  });
});

describe('the role', () => {
  test('reads the data set, writes baselines, and pulls one image', () => {
    const stack = newStack();
    const { role, grantPrincipal } = dataQuality(stack);
    expect(grantPrincipal).toBe(role);
    const statements = allowedTo(role).map(({ Action, Resource }) => [Action, Resource]);
    const object = (path: string) => [`arn:\${AWS::Partition}:s3:::loans${path}`];
    expect(statements.filter(([action]) => action?.[0]?.startsWith('s3:'))).toEqual([
      [['s3:GetObject'], object('/training/*')],
      [['s3:ListBucket'], object('')],
      [['s3:AbortMultipartUpload', 's3:PutObject'], object('/baselines/*')],
    ]);
    expect(JSON.stringify(statements)).toContain('repository/sagemaker-model-monitor-analyzer');
  });

  test('of Clarify asks one model, through endpoints of its own', () => {
    const { role } = biasOf(newStack());
    const asked = allowedTo(role).filter(({ Action }) => Action.some(action => action.startsWith('sagemaker:')));
    expect(asked.map(({ Action }) => Action)).toEqual([
      expect.arrayContaining(['sagemaker:CreateEndpoint', 'sagemaker:InvokeEndpoint']),
      ['sagemaker:DescribeModel'],
    ]);
    expect(asked[1]?.Resource.map(arn => arn.split(':').pop())).toEqual(['model/Loans-7', 'model/loans-7']);
  });

  test('of the analyzer of this project looks the model up, and reads its artifacts', () => {
    const { role } = attributionOf(newStack(), { managed: false });
    const asked = allowedTo(role).filter(({ Action }) => Action.some(action => action.startsWith('sagemaker:')));
    expect(asked.map(({ Action }) => Action)).toEqual([
      ['sagemaker:DescribeModel'],
      ['sagemaker:DescribeModelPackage'],
    ]);
    expect(allowedTo(role)).toContainEqual({
      Action: ['s3:GetObject'],
      Resource: ['arn:${AWS::Partition}:s3:::*/model.tar.gz'],
      Condition: { StringEquals: { 'aws:ResourceAccount': '111122223333' } },
    });
  });

  test('of labels asks no model', () => {
    const { role } = biasOf(newStack(), { analysis: dataBias, modelName: undefined });
    expect(JSON.stringify(allowedTo(role))).not.toContain('sagemaker:');
  });

  test('looks up a model whose name is known at deployment only', () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'ModelName');
    const { role } = biasOf(stack, { managed: false, modelName: parameter.valueAsString });
    const asked = allowedTo(role).find(({ Action }) => Action.includes('sagemaker:DescribeModel'));
    expect(asked?.Resource).toEqual([expect.stringMatching(/:model\/\$\{ModelName\}$/)]);
  });
});

describe('validation', () => {
  const tokenUri = (stack: Stack) => new CfnParameter(stack, 'Script').valueAsString;

  test.each<[string, Partial<DataQualityBaselineProps>, string]>([
    [
      'two instances of one program',
      { managed: false, instanceCount: 2 },
      "'instanceCount' must be 1 with 'managed: false', whose job is one process, got: 2",
    ],
    [
      'a script for records that are not captured',
      { managed: false, recordPreprocessorUri: 's3://scripts/pre.py' },
      "'recordPreprocessorUri' must be left out with 'managed: false', whose program gives it captured records only, got: s3://scripts/pre.py",
    ],
    [
      'half a second',
      { maxRuntime: Duration.millis(500) },
      "'maxRuntime' must be a whole number from 1 to 777600 seconds, got: 0.5",
    ],
    [
      'ten days',
      { maxRuntime: Duration.days(10) },
      "'maxRuntime' must be a whole number from 1 to 777600 seconds, got: 864000",
    ],
    ['no type', { instanceType: 'm5.large' }, "'instanceType' must start with 'ml.', got: m5.large"],
    [
      'a folder as a script',
      { recordPreprocessorUri: 's3://scripts/' },
      "'recordPreprocessorUri' must be the S3 URI of a file, got: s3://scripts/",
    ],
  ])('fails with %s', (_, overrides, message) => {
    expect(() => dataQuality(newStack(), overrides)).toThrow(new Error(`${PATH}: ${message}`));
  });

  test.each(['dataset', 'output'] as const)('fails with a slash after the prefix of %s', prop => {
    const stack = newStack();
    expect(() => dataQuality(stack, { [prop]: { bucket: bucketIn(stack), prefix: 'a/' } })).toThrow(
      new Error(`${PATH}: '${prop}.prefix' must not be empty and have no slash first or last, got: a/`),
    );
  });

  test('fails with a script of which not even the name is known', () => {
    const stack = newStack();
    expect(() => dataQuality(stack, { recordPreprocessorUri: tokenUri(stack) })).toThrow(
      new Error(
        `${PATH}: 'recordPreprocessorUri' must end in the literal name of a file, got: a value known at deployment only`,
      ),
    );
  });

  test('takes a script whose bucket is known at deployment only', () => {
    const stack = newStack();
    dataQuality(stack, { recordPreprocessorUri: `s3://${tokenUri(stack)}/pre.py` });
    expect(jobIn(stack).Environment?.record_preprocessor_script).toMatch(/\/pre\.py$/);
  });

  test('fails with a name that no model has', () => {
    expect(() => biasOf(newStack(), { modelName: '-loans' })).toThrow(
      new Error(
        `${PATH}: 'modelName' must be 1 to 63 letters, digits and hyphens, with no hyphen first or last, got: -loans`,
      ),
    );
  });

  test('fails with a score that is no share', () => {
    expect(() => modelQuality(newStack(), { probabilityThreshold: 1 })).toThrow(
      new Error(`${PATH}: 'probabilityThreshold' must be more than 0 and less than 1, got: 1`),
    );
  });

  test('fails with attributions without SHAP values', () => {
    const analysis = new ModelExplainabilityAnalysis({ dataset: columns, predictor, pdp: { features: ['age'] } });
    expect(() => attributionOf(newStack(), { analysis })).toThrow(
      new Error(`${PATH}: 'analysis' must have SHAP values, which are what is compared, got: none`),
    );
  });

  test('fails with plots that the analyzer of this project does not draw', () => {
    const analysis = new ModelExplainabilityAnalysis({ dataset: columns, predictor, shap, pdp: { features: ['age'] } });
    expect(() => attributionOf(newStack(), { analysis, managed: false })).toThrow(
      new Error(
        `${PATH}: 'analysis' must have SHAP values of tables, with their baseline in it, and nothing else with 'managed: false', got: partial dependence plots`,
      ),
    );
  });

  test.each([
    [{ datasetType: 'application/jsonlines', label: 'good' }, 'application/jsonlines, without headers'],
    [{ datasetType: 'text/csv', label: 0 }, 'text/csv, without headers'],
    [{ ...columns, facetDataset: { s3Uri: 's3://facets/a.csv' } }, 'two data sets'],
  ] as const)('fails with data that the analyzer of this project does not read (%#)', (dataset, got) => {
    const facets = { ...bias, facets: [{ nameOrIndex: 'age', threshold: 25 }] } as const;
    const analysis = new DataBiasAnalysis({ dataset, bias: facets });
    const create = (managed: boolean) => () => biasOf(newStack(), { managed, analysis, modelName: undefined });
    expect(create(false)).toThrow(
      new Error(
        `${PATH}: 'analysis' must be of one data set in text/csv with headers, with 'managed: false', got: ${got}`,
      ),
    );
    expect(create(true)).not.toThrow();
  });
});
