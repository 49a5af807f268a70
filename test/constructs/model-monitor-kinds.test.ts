import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { App, Duration, Stack, Tags } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import {
  AttributionConstraints,
  AttributionDriftMonitor,
  BaselineConstraints,
  BaselineStatistics,
  BiasConstraints,
  BiasDriftMonitor,
  DataQualityMonitor,
  ModelQualityConstraints,
  ModelQualityMonitor,
  type ModelQualityMonitorProps,
} from '../../constructs/model-monitor';

const dataset = { datasetType: 'text/csv', headers: ['good', 'age', 'amount'], label: 'good' } as const;
const predictor = { instanceType: 'ml.m5.large', contentType: 'text/csv' } as const;
const bias = { facets: [{ nameOrIndex: 'age', threshold: 25 }], labelValues: [1] } as const;
const biasAnalysis = new ModelBiasAnalysis({ dataset, predictor, bias });
const shap = { baseline: [[30, 1000]], numSamples: 50, aggMethod: 'mean_abs' } as const;
const explain = (overrides: object = {}) => new ModelExplainabilityAnalysis({ dataset, predictor, shap, ...overrides });

const newStack = () => new Stack(new App(), 'Monitoring', { env: { account: '111122223333', region: 'eu-west-1' } });
const places = (stack: Stack) => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'loans');
  return {
    endpointName: 'loans',
    capturedData: { bucket, prefix: 'captured' },
    output: { bucket, prefix: 'reports' },
    groundTruth: { bucket, prefix: 'labels' },
  };
};
const score = { probabilityAttribute: '0', probabilityThreshold: 0.5 };
const uri = (name: string) => `s3://baselines/7/${name}.json`;

const qualityIn = (stack: Stack, overrides: object = {}) =>
  new ModelQualityMonitor(stack, 'Loans', {
    ...places(stack),
    problemType: 'BinaryClassification',
    ...score,
    baselineConstraints: ModelQualityConstraints.fromS3Uri(uri('quality')),
    ...overrides,
  });
const biasIn = (stack: Stack, overrides: object = {}) =>
  new BiasDriftMonitor(stack, 'Loans', {
    ...places(stack),
    ...score,
    analysis: biasAnalysis,
    baselineConstraints: BiasConstraints.fromS3Uri(uri('bias')),
    ...overrides,
  });
const attributionIn = (stack: Stack, overrides: object = {}) => {
  const { endpointName, capturedData, output } = places(stack);
  return new AttributionDriftMonitor(stack, 'Loans', {
    endpointName,
    capturedData,
    output,
    analysis: explain(),
    modelName: 'Loans-7',
    baselineConstraints: AttributionConstraints.fromS3Uri(uri('explainability')),
    ...overrides,
  });
};

const SCHEDULE = 'AWS::SageMaker::MonitoringSchedule';
const QUALITY = 'AWS::SageMaker::ModelQualityJobDefinition';
const BIAS = 'AWS::SageMaker::ModelBiasJobDefinition';
const ATTRIBUTION = 'AWS::SageMaker::ModelExplainabilityJobDefinition';
const PATH = 'Monitoring/Loans';
const MERGER = 'sagemaker-model-monitor-groundtruth-merger';

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}
const statements = (stack: Stack) =>
  Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(
    policy =>
      (policy as { Properties: { PolicyDocument: { Statement: Statement[] } } }).Properties.PolicyDocument.Statement,
  );
const about = (stack: Stack, prefix: string) =>
  statements(stack)
    .filter(({ Action }) => [Action].flat()[0]?.startsWith(prefix))
    .map(({ Action, Resource, Condition }) => [Action, Resource, ...(Condition ? [Condition] : [])]);
const objects = (arn: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::${arn}`]] });
const under = (prefix: string) => ({ StringLike: { 's3:prefix': [prefix, `${prefix}/*`] } });
const propertiesOf = (stack: Stack, type: string) => {
  const [[id, resource] = ['', {}]] = Object.entries(Template.fromStack(stack).findResources(type));
  return { id, ...(resource as { Properties: Record<string, unknown>; DependsOn: string[] }) };
};
const common = (stack: Stack) => ({
  JobResources: { ClusterConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 } },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  RoleArn: { 'Fn::GetAtt': [Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Role'))[0], 'Arn'] },
});
const output = {
  MonitoringOutputs: [
    { S3Output: { S3Uri: 's3://loans/reports', LocalPath: '/opt/ml/processing/output', S3UploadMode: 'EndOfJob' } },
  ],
};
const environment = { publish_cloudwatch_metrics: 'Enabled' };
const endpoint = { EndpointName: 'loans', LocalPath: '/opt/ml/processing/input/endpoint' };
const groundTruth = { GroundTruthS3Input: { S3Uri: 's3://loans/labels' } };
const scored = { ProbabilityAttribute: '0', ProbabilityThresholdAttribute: 0.5 };

describe('a job definition', () => {
  test('of model quality holds all that the job needs, and has no name', () => {
    const stack = newStack();
    qualityIn(stack);
    expect(propertiesOf(stack, QUALITY).Properties).toEqual({
      ...common(stack),
      ModelQualityAppSpecification: {
        ImageUri: '468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer',
        ProblemType: 'BinaryClassification',
        Environment: environment,
      },
      ModelQualityBaselineConfig: { ConstraintsResource: { S3Uri: uri('quality') } },
      ModelQualityJobInput: { EndpointInput: { ...endpoint, ...scored }, ...groundTruth },
      ModelQualityJobOutputConfig: output,
    });
  });

  test('of bias drift reads the analysis from a file', () => {
    const stack = newStack();
    biasIn(stack, { featuresAttribute: 'features' });
    expect(propertiesOf(stack, BIAS).Properties).toEqual({
      ...common(stack),
      ModelBiasAppSpecification: {
        ImageUri: expect.stringMatching(/\/sagemaker-clarify-processing:/) as string,
        ConfigUri: expect.stringMatching(/^s3:\/\/.*\/analysis_config\.json$/) as string,
        Environment: environment,
      },
      ModelBiasBaselineConfig: { ConstraintsResource: { S3Uri: uri('bias') } },
      ModelBiasJobInput: {
        EndpointInput: { ...endpoint, ...scored, FeaturesAttribute: 'features' },
        ...groundTruth,
      },
      ModelBiasJobOutputConfig: output,
    });
  });

  test('of attribution drift takes no labels', () => {
    const stack = newStack();
    const attributes = { featuresAttribute: 'features', inferenceAttribute: 'label', probabilityAttribute: 'score' };
    attributionIn(stack, attributes);
    expect(propertiesOf(stack, ATTRIBUTION).Properties).toEqual({
      ...common(stack),
      ModelExplainabilityAppSpecification: {
        ImageUri: expect.stringMatching(/\/sagemaker-clarify-processing:/) as string,
        ConfigUri: expect.stringMatching(/^s3:\/\/.*\/analysis_config\.json$/) as string,
        Environment: environment,
      },
      ModelExplainabilityBaselineConfig: { ConstraintsResource: { S3Uri: uri('explainability') } },
      ModelExplainabilityJobInput: {
        EndpointInput: {
          ...endpoint,
          FeaturesAttribute: 'features',
          InferenceAttribute: 'label',
          ProbabilityAttribute: 'score',
        },
      },
      ModelExplainabilityJobOutputConfig: output,
    });
  });

  test.each([
    [qualityIn, QUALITY, 'ModelQuality'],
    [biasIn, BIAS, 'ModelBias'],
    [attributionIn, ATTRIBUTION, 'ModelExplainability'],
  ] as const)('waits for its policy, and is found by the schedule (%#)', (create, type, monitoringType) => {
    const stack = newStack();
    create(stack, { schedule: { everyHours: 6 } });
    const { id, DependsOn } = propertiesOf(stack, type);
    const [policy] = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(DependsOn).toContain(policy);
    expect(propertiesOf(stack, SCHEDULE).Properties).toEqual({
      MonitoringScheduleName: expect.stringMatching(/^Monitoring-Loans-/) as string,
      MonitoringScheduleConfig: {
        MonitoringJobDefinitionName: {
          'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::GetAtt': [id, 'JobDefinitionArn'] }] }],
        },
        MonitoringType: monitoringType,
        ScheduleConfig: { ScheduleExpression: 'cron(0 0/6 ? * * *)' },
      },
    });
  });

  test('is not replaced by a tag of the app', () => {
    const stack = newStack();
    qualityIn(stack);
    Tags.of(stack).add('release', '7');
    Template.fromStack(stack).hasResourceProperties(QUALITY, { Tags: Match.absent() });
    Template.fromStack(stack).hasResourceProperties(SCHEDULE, { Tags: [{ Key: 'release', Value: '7' }] });
  });

  test('takes the settings of the job', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    qualityIn(stack, {
      encryptionKey,
      instanceCount: 2,
      isolateNetwork: true,
      metrics: 'Disabled',
      maxRuntime: Duration.hours(2),
      recordPreprocessorUri: 's3://scripts/pre.py',
      postAnalyticsProcessorUri: 's3://scripts/post.py',
    });
    const key = stack.resolve(encryptionKey.keyArn) as unknown;
    Template.fromStack(stack).hasResourceProperties(QUALITY, {
      JobResources: { ClusterConfig: { InstanceCount: 2, VolumeKmsKeyId: key } },
      NetworkConfig: { EnableNetworkIsolation: true, EnableInterContainerTrafficEncryption: true },
      StoppingCondition: { MaxRuntimeInSeconds: 7200 },
      ModelQualityAppSpecification: {
        Environment: { publish_cloudwatch_metrics: 'Disabled' },
        RecordPreprocessorSourceUri: 's3://scripts/pre.py',
        PostAnalyticsProcessorSourceUri: 's3://scripts/post.py',
      },
      ModelQualityJobOutputConfig: { KmsKeyId: key },
    });
    expect(about(stack, 's3:')[0]).toEqual([
      's3:GetObject',
      [objects('baselines/7/quality.json'), objects('scripts/pre.py'), objects('scripts/post.py')],
    ]);
  });

  test.each([
    [Duration.days(8), Duration.days(1), '-P8D', '-P1D'],
    [Duration.hours(30), Duration.minutes(90), '-PT30H', '-PT90M'],
    [Duration.hours(7), Duration.hours(0), '-PT7H', '-PT0H'],
  ])('looks at a window (%#)', (startOffset, endOffset, StartTimeOffset, EndTimeOffset) => {
    for (const [create, type, input] of [
      [qualityIn, QUALITY, 'ModelQualityJobInput'],
      [biasIn, BIAS, 'ModelBiasJobInput'],
    ] as const) {
      const stack = newStack();
      create(stack, { analysisWindow: { startOffset, endOffset } });
      const window = { EndpointInput: { StartTimeOffset, EndTimeOffset } };
      Template.fromStack(stack).hasResourceProperties(type, { [input]: window });
    }
  });

  test('gives each of two jobs half the time of an hour', () => {
    const hourly = { schedule: { every: 'hour' } };
    for (const [create, type, seconds] of [
      [qualityIn, QUALITY, 1800],
      [biasIn, BIAS, 1800],
      [attributionIn, ATTRIBUTION, 3600],
    ] as const) {
      const stack = newStack();
      create(stack, hourly);
      Template.fromStack(stack).hasResourceProperties(type, { StoppingCondition: { MaxRuntimeInSeconds: seconds } });
    }
  });
});

describe('batch transform', () => {
  const batch = { endpointName: undefined, transformFormat: 'csv' };
  const captured = {
    DataCapturedDestinationS3Uri: 's3://loans/captured',
    LocalPath: '/opt/ml/processing/input/transform',
  };

  test('is watched by every kind', () => {
    for (const [create, type, input, attributes] of [
      [qualityIn, QUALITY, 'ModelQualityJobInput', scored],
      [biasIn, BIAS, 'ModelBiasJobInput', scored],
      [attributionIn, ATTRIBUTION, 'ModelExplainabilityJobInput', {}],
    ] as const) {
      const stack = newStack();
      create(stack, batch);
      const BatchTransformInput = { ...captured, ...attributes, DatasetFormat: { Csv: { Header: false } } };
      Template.fromStack(stack).hasResourceProperties(type, {
        [input]: { BatchTransformInput, EndpointInput: Match.absent() },
      });
    }
  });

  test.each([
    ['csv', { Csv: { Header: false } }],
    ['csv-with-header', { Csv: { Header: true } }],
    ['json', { Json: { Line: false } }],
    ['json-lines', { Json: { Line: true } }],
    ['parquet', { Parquet: true }],
  ] as const)('of data quality may be %s', (transformFormat, DatasetFormat) => {
    const stack = newStack();
    const { capturedData, output: reports } = places(stack);
    const monitor = new DataQualityMonitor(stack, 'Loans', {
      capturedData,
      output: reports,
      transformFormat,
      baselineStatistics: BaselineStatistics.fromS3Uri(uri('statistics')),
      baselineConstraints: BaselineConstraints.fromS3Uri(uri('constraints')),
    });
    const inputs = [{ BatchTransformInput: { ...captured, DatasetFormat } }];
    Template.fromStack(stack).hasResourceProperties(SCHEDULE, {
      MonitoringScheduleConfig: { MonitoringJobDefinition: { MonitoringInputs: inputs } },
    });
    expect(monitor.metric('any').toMetricConfig().metricStat).toMatchObject({
      namespace: 'aws/sagemaker/ModelMonitoring/data-metrics',
      dimensions: [{ name: 'MonitoringSchedule', value: monitor.scheduleName }],
    });
  });
});

describe('the role', () => {
  const written = [['s3:AbortMultipartUpload', 's3:PutObject'], objects('loans/reports/*')];
  const read = (prefix: string) => [
    ['s3:GetObject', objects(`loans/${prefix}/*`)],
    ['s3:ListBucket', objects('loans'), under(prefix)],
  ];

  test('of model quality reads labels and what was merged, and pulls two images', () => {
    const stack = newStack();
    qualityIn(stack);
    expect(about(stack, 's3:')).toEqual([
      ['s3:GetObject', objects('baselines/7/quality.json')],
      ...read('captured'),
      written,
      ...read('labels'),
      ...read('reports/merge'),
    ]);
    const pulled = JSON.stringify(about(stack, 'ecr:'));
    expect(pulled).toContain('sagemaker-model-monitor-analyzer');
    expect(pulled).toContain(MERGER);
  });

  test('of bias drift also reads its analysis', () => {
    const stack = newStack();
    biasIn(stack);
    const text = JSON.stringify(about(stack, 's3:'));
    expect(text).toContain('analysis_config.json');
    expect(about(stack, 's3:')).toEqual(expect.arrayContaining([...read('labels'), ...read('reports/merge'), written]));
    expect(about(stack, 'sagemaker:')).toEqual([]);
    expect(JSON.stringify(about(stack, 'ecr:'))).toContain(MERGER);
  });

  test.each([
    [{}, 'sm-clarify-', ['Loans-7', 'loans-7']],
    [
      { modelName: 'loans-7', analysis: explain({ predictor: { ...predictor, endpointNamePrefix: 'try-loans' } }) },
      'try-loans',
      ['loans-7'],
    ],
  ])('of attribution drift asks one model on endpoints of its prefix (%#)', (overrides, prefix, models) => {
    const stack = newStack();
    attributionIn(stack, overrides);
    const arn = (name: string) => ({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:sagemaker:eu-west-1:111122223333:${name}`]],
    });
    const [endpoints, described] = about(stack, 'sagemaker:');
    expect(endpoints?.[1]).toEqual([arn(`endpoint-config/${prefix}*`), arn(`endpoint/${prefix}*`)]);
    const resources = models.map(name => arn(`model/${name}`));
    expect(described).toEqual(['sagemaker:DescribeModel', resources.length === 1 ? resources[0] : resources]);
    expect(JSON.stringify(about(stack, 's3:'))).not.toMatch(/labels|merge/);
    expect(JSON.stringify(about(stack, 'ecr:'))).not.toContain(MERGER);
  });

  test.each([qualityIn, biasIn, attributionIn])('has no wildcard that is not acknowledged (%#)', create => {
    const stack = newStack();
    create(stack);
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });
});

describe('metrics and alarms', () => {
  const endpointDimensions = (scheduleName: string) => [
    { Name: 'Endpoint', Value: 'loans' },
    { Name: 'MonitoringSchedule', Value: scheduleName },
  ];

  test('of model quality watch one number, from either side', () => {
    const stack = newStack();
    const monitor = qualityIn(stack);
    monitor.addQualityAlarm('Auc', 'auc', { below: 0.7, evaluationPeriods: 2 });
    monitor.addQualityAlarm('Misses', 'false_negative_rate', { above: 0.3 });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'Predictions have become worse: auc',
      Namespace: 'aws/sagemaker/Endpoints/model-metrics',
      MetricName: 'auc',
      Dimensions: endpointDimensions(monitor.scheduleName),
      Period: 86400,
      Threshold: 0.7,
      EvaluationPeriods: 2,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'ignore',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'false_negative_rate',
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  const group = { label: 'good', labelValue: '1', facet: 'age', facetValue: '25' };

  test('of bias name the group, and measure the distance from zero', () => {
    const stack = newStack();
    const monitor = biasIn(stack);
    monitor.addBiasAlarm('Dpl', 'DPL', group, { beyond: 0.1 });
    monitor.addBiasAlarm('Di', 'DI', group, { below: 0.8 });
    const dimensions = (stage: string) => [
      { Name: 'BiasStage', Value: stage },
      ...endpointDimensions(monitor.scheduleName).slice(0, 1),
      { Name: 'Facet', Value: 'age' },
      { Name: 'FacetValue', Value: '25' },
      { Name: 'Label', Value: 'good' },
      { Name: 'LabelValue', Value: '1' },
      ...endpointDimensions(monitor.scheduleName).slice(1),
    ];
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription:
        'People of group age 25 have a favourable label less or more often than others: DPL further from 0 than 0.1',
      Threshold: 0.1,
      ComparisonOperator: 'GreaterThanThreshold',
      Metrics: [
        Match.objectLike({ Expression: 'ABS(bias)' }),
        Match.objectLike({
          Id: 'bias',
          MetricStat: Match.objectLike({
            Metric: {
              Namespace: 'aws/sagemaker/Endpoints/bias-metrics',
              MetricName: 'bias_metric_DPL',
              Dimensions: dimensions('Pre-training'),
            },
          }),
        }),
      ],
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'bias_metric_DI',
      Dimensions: dimensions('Post-Training'),
      Threshold: 0.8,
      ComparisonOperator: 'LessThanThreshold',
    });
  });

  test('of attribution name the feature and the label', () => {
    const stack = newStack();
    const monitor = attributionIn(stack);
    monitor.addAttributionAlarm('Age', 'age', { above: 0.2, label: 'good' });
    expect(monitor.metricForFeature('amount').dimensions).toMatchObject({ Label: 'label0' });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'Predictions do not depend on age as they should',
      Namespace: 'aws/sagemaker/Endpoints/explainability-metrics',
      MetricName: 'feature_age',
      Threshold: 0.2,
      Dimensions: [
        { Name: 'Endpoint', Value: 'loans' },
        { Name: 'ExplainabilityMethod', Value: 'KernelShap' },
        { Name: 'Label', Value: 'good' },
        { Name: 'MonitoringSchedule', Value: monitor.scheduleName },
        { Name: 'ValueType', Value: 'GlobalShapValues' },
      ],
    });
  });

  test('fail where there is nothing to watch', () => {
    expect(() => qualityIn(newStack()).metricForQuality('rmse')).toThrow(
      new Error(
        `${PATH}: 'metric' must be one of BinaryClassification (accuracy, precision, recall, f0_5, f1, f2, auc, au_prc, true_positive_rate, true_negative_rate, false_positive_rate, false_negative_rate), got: rmse`,
      ),
    );
    expect(() => qualityIn(newStack(), { metrics: 'Disabled' }).addQualityAlarm('A', 'auc', { below: 1 })).toThrow(
      new Error(`${PATH}: 'metrics' must be Enabled for an alarm, got: Disabled`),
    );
    expect(() => biasIn(newStack()).addBiasAlarm('A', 'DPPL', group, { beyond: 0 })).toThrow(
      new Error(`${PATH}: 'beyond' must be more than 0, got: 0`),
    );
    expect(() => attributionIn(newStack()).addAttributionAlarm('A', 'age', { above: 1, evaluationPeriods: 8 })).toThrow(
      new Error(`${PATH}: 'evaluationPeriods' must be a whole number from 1 to 7, the runs of 7 days, got: 8`),
    );
  });
});

describe('validation', () => {
  const window = (startOffset: Duration, endOffset: Duration) => ({ analysisWindow: { startOffset, endOffset } });
  const hourly = { schedule: { every: 'hour' } };

  test.each<[(stack: Stack, overrides: object) => unknown, object, string]>([
    [
      qualityIn,
      { baselineConstraints: ModelQualityConstraints.fromS3Uri('s3://b/') },
      "'baselineConstraints' must be the S3 URI of a file, got: s3://b/",
    ],
    [
      biasIn,
      { baselineConstraints: BiasConstraints.fromS3Uri('s3://b/') },
      "'baselineConstraints' must be the S3 URI of a file, got: s3://b/",
    ],
    [
      attributionIn,
      { baselineConstraints: AttributionConstraints.fromS3Uri('s3://b/') },
      "'baselineConstraints' must be the S3 URI of a file, got: s3://b/",
    ],
    [
      qualityIn,
      { recordPreprocessorUri: 'pre.py' },
      "'recordPreprocessorUri' must be the S3 URI of a file, got: pre.py",
    ],
    ...[qualityIn, biasIn].map((create): [typeof create, object, string] => [
      create,
      { probabilityThreshold: 1 },
      "'probabilityThreshold' must be more than 0 and less than 1, got: 1",
    ]),
    [
      biasIn,
      window(Duration.days(1), Duration.days(1)),
      "'analysisWindow.startOffset' must be longer than 'endOffset', 1440 minutes, got: 1440 minutes",
    ],
    [
      qualityIn,
      window(Duration.seconds(90), Duration.hours(0)),
      "'analysisWindow.startOffset' must be a literal time of whole minutes, got: Duration.seconds(90)",
    ],
    [
      qualityIn,
      { ...hourly, maxRuntime: Duration.minutes(31) },
      "'maxRuntime' must be a whole number from 1 to 1800 seconds, half the time between two runs of two jobs each, got: 1860",
    ],
    [
      attributionIn,
      { modelName: 'a_b' },
      "'modelName' must be 1 to 63 letters, digits and hyphens, with no hyphen first or last, got: a_b",
    ],
    [
      attributionIn,
      { analysis: explain({ shap: undefined, pdp: { features: ['age'] } }) },
      "'analysis' must have SHAP values, which are what is compared, got: none",
    ],
    [
      attributionIn,
      { endpointName: '-x' },
      "'endpointName' must be 1 to 63 letters, digits and hyphens, with no hyphen first or last, got: -x",
    ],
  ])('fails (%#)', (create, overrides, message) => {
    const stack = newStack();
    expect(() => create(stack, overrides)).toThrow(new Error(`${PATH}: ${message}`));
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Resources');
  });

  test('fails when a place is no prefix', () => {
    const bucket = s3.Bucket.fromBucketName(newStack(), 'Other', 'loans');
    for (const prop of ['capturedData', 'output', 'groundTruth']) {
      expect(() => qualityIn(newStack(), { [prop]: { bucket, prefix: 'x/' } })).toThrow(
        new Error(`${PATH}: '${prop}.prefix' must not be empty and have no slash first or last, got: x/`),
      );
    }
  });

  test('the compiler refuses baselines of another kind, and predictions that cannot be read', () => {
    type Fits<Given, Wanted> = Given extends Wanted ? true : false;
    const swapped: [
      Fits<BiasConstraints, ModelQualityConstraints>,
      Fits<ModelQualityConstraints, AttributionConstraints>,
      Fits<AttributionConstraints, BiasConstraints>,
      Fits<BaselineConstraints, ModelQualityConstraints>,
    ] = [false, false, false, false];
    const { endpointName, ...rest } = places(newStack());
    const all = { ...rest, baselineConstraints: ModelQualityConstraints.fromS3Uri(uri('quality')) };
    const wrong: ModelQualityMonitorProps[] = [
      // @ts-expect-error a regression has no score
      { ...all, endpointName, problemType: 'Regression', ...score },
      // @ts-expect-error a score needs its threshold
      { ...all, endpointName, problemType: 'BinaryClassification', probabilityAttribute: '0' },
      // @ts-expect-error an endpoint, or batch transform
      { ...all, endpointName, transformFormat: 'csv', problemType: 'Regression', inferenceAttribute: '0' },
      // @ts-expect-error one of both is needed
      { ...all, problemType: 'Regression', inferenceAttribute: '0' },
    ];
    expect([...swapped, ...wrong]).toHaveLength(8);
  });
});
