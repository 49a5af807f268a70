import * as kms from 'aws-cdk-lib/aws-kms';
import { Duration } from 'aws-cdk-lib/core';
import { DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import { ContainerImage } from '../../constructs/images';
import {
  ClarifyCheckStep,
  MonitoredTransform,
  QualityCheckStep,
  RegisterModelStep,
  type TransformStepProps,
  TransformStep,
} from '../../constructs/pipeline';
import { expectProblem, fixtureSteps, newStack, written } from '../support/step-fixture';

const stack = newStack();
const transform: TransformStepProps = {
  modelName: 'loans',
  input: { uri: 's3://loans/batch', contentType: 'text/csv', splitType: 'Line' },
  outputPath: 's3://loans/predictions',
  accept: 'text/csv',
  assembleWith: 'Line',
  instanceType: 'ml.m5.large',
  joinSource: 'Input',
  dataCapture: {
    uri: 's3://loans/captured',
    encryptionKey: kms.Key.fromKeyArn(stack, 'Volumes', 'arn:aws:kms:eu-west-1:111122223333:key/volumes'),
    generateInferenceId: true,
  },
  invocationTimeout: Duration.minutes(2),
  invocationMaxRetries: 1,
};
const instances = { instanceType: 'ml.m5.xlarge' } as const;
const baseline = {
  suppliedBaselineConstraints: 's3://loans/baseline/constraints.json',
  suppliedBaselineStatistics: 's3://loans/baseline/statistics.json',
};
const dataset = { datasetType: 'text/csv', headers: ['credit_risk', 'age', 'amount'], label: 'credit_risk' } as const;
const predictor = { instanceType: 'ml.m5.large' };
const explanation = new ModelExplainabilityAnalysis({
  dataset,
  predictor,
  shap: { baseline: [[25, 1000]], numSamples: 100 },
});
const bias = { labelValues: [1], facets: [{ nameOrIndex: 'age', threshold: 25 }] } as const;
const quality = {
  ...instances,
  ...baseline,
  checkType: 'MODEL_QUALITY',
  outputPath: 's3://loans/quality',
  datasetFormat: 'csv-without-header',
  problemType: 'BinaryClassification',
  inferenceAttribute: '_c2',
  groundTruthAttribute: '_c0',
} as const;
const dataQuality = {
  ...instances,
  ...baseline,
  checkType: 'DATA_QUALITY',
  outputPath: 's3://loans/data-quality',
  failOnViolation: false,
} as const;
const explained = {
  ...instances,
  analysis: explanation,
  outputPath: 's3://loans/explanations',
  suppliedBaselineConstraints: 's3://loans/baseline/analysis.json',
} as const;

describe('MonitoredTransform', () => {
  const after = new MonitoredTransform('Predict', {
    transform: { ...transform, displayName: 'Predict the loans-transform', description: 'Checks the answers' },
    check: {
      ...quality,
      dataset: 's3://loans/predictions',
      displayName: 'Predict the loans-monitoring',
      description: 'Checks the answers',
    },
  });
  const before = new MonitoredTransform('Score2', {
    transform,
    check: { ...dataQuality, dataset: 's3://loans/batch' },
    checkFirst: true,
  });
  const explain = new MonitoredTransform('Explain2', {
    transform,
    check: { ...explained, dataset: 's3://loans/batch' },
  });
  const fixture = fixtureSteps('monitored-transform');
  const actual = written([...after.steps, ...before.steps, ...explain.steps], stack);

  test.each(Object.keys(fixture))('%s is as the Python SDK writes it', name => {
    expect(actual[name]).toEqual(fixture[name]);
  });

  test('checks the results of the transform, unless data is given', () => {
    const { steps } = new MonitoredTransform('Predict', { transform, check: quality });
    const inputs = written(steps)['Predict-monitoring']?.Arguments.ProcessingInputs;
    expect(inputs).toMatchObject([
      { S3Input: { S3Uri: { Get: 'Steps.Predict-transform.TransformOutput.S3OutputPath' } } },
    ]);
  });

  test('waits for what the steps wait for besides each other', () => {
    const first = new TransformStep('First', transform);
    const [one, other] = [
      new MonitoredTransform('One', { transform, check: { ...quality, dependsOn: [first] } }),
      new MonitoredTransform('Other', {
        transform: { ...transform, dependsOn: [first] },
        check: { ...dataQuality, dataset: 's3://loans/batch' },
        checkFirst: true,
      }),
    ];
    const steps = written([first, ...one.steps, ...other.steps]);
    expect(steps['One-monitoring']?.DependsOn).toEqual(['First', 'One-transform']);
    expect(steps['Other-transform']?.DependsOn).toEqual(['First', 'Other-monitoring']);
  });

  test('gives both steps with their types, so that the check can stand in its place in a registration', () => {
    const register = new RegisterModelStep('Register', {
      modelPackageGroupName: 'loans',
      image: ContainerImage.xgboost(),
      modelData: 's3://loans/model.tar.gz',
      contentTypes: ['text/csv'],
      responseTypes: ['text/csv'],
      checks: { modelQuality: after.check, dataQuality: before.check, explainability: explain.check },
    });
    const { Register } = written([...after.steps, ...before.steps, ...explain.steps, register], newStack());
    expect(Register?.Arguments.ModelMetrics).toMatchObject({
      ModelQuality: { Statistics: { S3Uri: { Get: 'Steps.Predict-monitoring.CalculatedBaselineStatistics' } } },
      ModelDataQuality: { Constraints: { S3Uri: { Get: 'Steps.Score2-monitoring.CalculatedBaselineConstraints' } } },
      Explainability: { Report: { S3Uri: { Get: 'Steps.Explain2-monitoring.CalculatedBaselineConstraints' } } },
    });
  });

  test('checks bias with and without the model', () => {
    const check = { ...instances, outputPath: 's3://loans/bias', modelPackageGroupName: 'loans' } as const;
    const ofData = new MonitoredTransform('Data', {
      transform,
      check: { ...check, analysis: new DataBiasAnalysis({ dataset, bias }) },
    });
    const ofModel = new MonitoredTransform('Model', {
      transform,
      check: { ...check, analysis: new ModelBiasAnalysis({ dataset, bias, predictor }) },
    });
    const steps = written([...ofData.steps, ...ofModel.steps]);
    expect(steps['Data-monitoring']).not.toHaveProperty('ModelName');
    expect(steps['Model-monitoring']?.ModelName).toBe('loans');
  });

  test('fails without a baseline', () => {
    const { steps } = new MonitoredTransform('Explain', {
      transform,
      check: { ...explained, suppliedBaselineConstraints: undefined, dataset: 's3://loans/batch' },
    });
    expectProblem(
      steps,
      "'modelPackageGroupName' or 'suppliedBaselineConstraints' must be given unless 'skipCheck' is true, got: neither",
    );
  });
});

describe('QualityCheckStep', () => {
  const fixture = fixtureSteps('quality-check-formats');
  const check = { ...instances, checkType: 'DATA_QUALITY', outputPath: 's3://loans/q', skipCheck: true } as const;
  const actual = written([
    new QualityCheckStep('CheckCaptured', { ...check, dataset: 's3://loans/captured', datasetFormat: 'captured' }),
    new QualityCheckStep('CheckJson', { ...check, dataset: 's3://loans/json', datasetFormat: 'json' }),
  ]);

  test.each(Object.keys(fixture))('%s is as the Python SDK writes it', name => {
    expect(actual[name]).toEqual(fixture[name]);
  });

  test('takes what the props do not give of the job', () => {
    const step = new QualityCheckStep('Check', {
      ...check,
      dataset: 's3://loans/a',
      request: { Tags: [{ Key: 'team', Value: 'risk' }], Environment: { start_time: 'a' } },
    });
    expect(written([step]).Check?.Arguments).toMatchObject({
      Tags: [{ Key: 'team', Value: 'risk' }],
      Environment: { start_time: 'a', output_path: '/opt/ml/processing/output' },
    });
  });
});

test('explanations of images are uploaded while the job runs', () => {
  const step = new ClarifyCheckStep('Explain', {
    ...instances,
    analysis: new ModelExplainabilityAnalysis({
      dataset: { datasetType: 'application/x-image' },
      predictor: { instanceType: 'ml.m5.large', labelHeaders: ['cat', 'dog'], contentType: 'image/jpeg' },
      shap: { imageConfig: { modelType: 'IMAGE_CLASSIFICATION' } },
    }),
    dataset: 's3://loans/images',
    outputPath: 's3://loans/explanations',
    modelName: 'cats',
    skipCheck: true,
  });
  expect(written([step]).Explain?.Arguments.ProcessingOutputConfig).toMatchObject({
    Outputs: [{ S3Output: { S3UploadMode: 'Continuous' } }],
  });
});

describe('TransformStep', () => {
  test.each([
    [{ dataCapture: { uri: 'a' } }, "'dataCapture.uri' must be an S3 URI, which starts with s3://, got: a"],
    [
      { invocationTimeout: Duration.hours(2) },
      "'invocationTimeout' must be 1 to 3600 whole seconds, got: 7200 seconds",
    ],
    [{ invocationMaxRetries: 4 }, "'invocationMaxRetries' must be a whole number from 0 to 3, got: 4"],
  ])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(new TransformStep('Predict', { ...transform, ...props }), problem);
  });
});

// The compiler reads the rest: each line below `@ts-expect-error` must not compile.
export const refused = () => [
  // @ts-expect-error: predictions cannot be checked before they are made
  new MonitoredTransform('A', { transform, check: { ...quality, dataset: 's3://loans/a' }, checkFirst: true }),
  // @ts-expect-error: what is checked before the transform is not its results
  new MonitoredTransform('A', { transform, check: dataQuality, checkFirst: true }),
  // @ts-expect-error: a transform is always checked
  new MonitoredTransform('A', { transform, check: { ...quality, skipCheck: true } }),
  // @ts-expect-error: the model is that of the transform
  new MonitoredTransform('A', { transform, check: { ...explained, modelName: 'other' } }),
];
