import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import * as kms from 'aws-cdk-lib/aws-kms';
import { App, Stack, Stage, Token } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { DataBiasAnalysis, ModelBiasAnalysis } from '../../constructs/clarify';
import { ContainerImage } from '../../constructs/images';
import {
  ClarifyCheckStep,
  type ClarifyCheckStepProps,
  type DataQualityCheckProps,
  FailStep,
  ModelStep,
  type ModelQualityCheckProps,
  Parameter,
  Pipeline,
  QualityCheckStep,
  RawStep,
  RegisterModelStep,
  type RegisterModelStepProps,
  type SingleContainerModelProps,
  type SingleContainerPackage,
  type Step,
  type VersionedPackage,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf } from '../support/definition';

const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1');
const env = { account: '111122223333', region: 'eu-west-1' };
const pipelineOf = (...steps: Step[]) => new Pipeline(new Stack(new App(), 'Loans', { env }), 'Pipeline', { steps });
const written = (...steps: Step[]) => {
  const definition = definitionOf(pipelineOf(...steps));
  expect(checkDefinition(definition)).toEqual([]);
  const step = definition.Steps.at(-1);
  if (!step) throw new Error('a step is needed');
  return step;
};
const expectProblem = (step: Step, problem: string) => {
  expect(() => pipelineOf(step)).toThrow(new Error(`Loans/Pipeline: step '${step.name}': ${problem}`));
};
const many = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`name${index}`, 'a']));

describe('ModelStep', () => {
  const step = (props: Partial<SingleContainerModelProps> = {}) => new ModelStep('Create', { image, ...props });

  test('needs an image only, which may hold the model', () => {
    expect(written(step()).Arguments).toEqual({
      ExecutionRoleArn: '${PipelineRoleD68726F7.Arn}',
      PrimaryContainer: { Image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1' },
    });
  });

  test('tells the name that the service gave', () => {
    expect(step().modelName.render()).toEqual({ Get: 'Steps.Create.ModelName' });
  });

  test('lays the request over what the props give', () => {
    const request = { PrimaryContainer: { ContainerHostname: 'a' }, EnableNetworkIsolation: true };
    expect(written(step({ modelData: 's3://loans/model.tar.gz', request })).Arguments).toMatchObject({
      PrimaryContainer: { ModelDataUrl: 's3://loans/model.tar.gz', ContainerHostname: 'a' },
      EnableNetworkIsolation: true,
    });
  });

  test.each([
    [{ modelData: 'model.tar.gz' }, "'modelData' must be an S3 URI, which starts with s3://, got: model.tar.gz"],
    [{ environment: many(101) }, "'environment' must be at most 100, got: 101"],
  ] as [Partial<SingleContainerModelProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(step(props), problem);
  });
});

describe('RegisterModelStep', () => {
  type Props = RegisterModelStepProps & VersionedPackage & SingleContainerPackage;
  const valid: Props = {
    modelPackageGroupName: 'loans',
    image,
    modelData: 's3://loans/model.tar.gz',
    contentTypes: ['text/csv'],
    responseTypes: ['text/csv'],
  };
  const step = (props: Partial<Props> = {}) => new RegisterModelStep('Register', { ...valid, ...props });

  test('waits for a manual approval and validates the model, unless said otherwise', () => {
    expect(written(step()).Arguments).toEqual({
      ModelPackageGroupName: 'loans',
      ModelApprovalStatus: 'PendingManualApproval',
      InferenceSpecification: {
        Containers: [
          {
            Image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1',
            ModelDataUrl: 's3://loans/model.tar.gz',
          },
        ],
        SupportedContentTypes: ['text/csv'],
        SupportedResponseMIMETypes: ['text/csv'],
      },
      SkipModelValidation: 'None',
    });
  });

  test('carries a model card as text, with the values of CloudFormation in it', () => {
    const content = { intended_uses: { purpose_of_model: `for "${Token.asString({ Ref: 'Bank' })}"` } };
    const { ModelCard } = written(step({ modelCard: { content } })).Arguments as { ModelCard: Record<string, string> };
    expect(ModelCard.ModelCardStatus).toBe('Draft');
    expect(JSON.parse(ModelCard.ModelCardContent ?? '')).toEqual({
      intended_uses: { purpose_of_model: 'for "${Bank}"' },
    });
    expect(written(step({ modelCard: { content: {}, status: 'Approved' } })).Arguments.ModelCard).toEqual({
      ModelCardContent: '{}',
      ModelCardStatus: 'Approved',
    });
  });

  test('has no metrics and baselines but those of the given checks', () => {
    const check = {
      instanceType: 'ml.m5.large',
      dataset: 's3://loans/a',
      outputPath: 's3://loans/b',
      skipCheck: true,
    } as const;
    const dataQuality = new QualityCheckStep('Check', { ...check, checkType: 'DATA_QUALITY' });
    const { ModelMetrics, DriftCheckBaselines } = written(dataQuality, step({ checks: { dataQuality } })).Arguments;
    expect(Object.keys(ModelMetrics as object)).toEqual(['ModelDataQuality']);
    expect(Object.keys(DriftCheckBaselines as object)).toEqual(['ModelDataQuality']);
  });

  test('tells the ARN of the version', () => {
    expect(step().modelPackageArn.render()).toEqual({ Get: 'Steps.Register.ModelPackageArn' });
  });

  test.each([
    [
      { modelPackageGroupName: 'loans_1' },
      "'modelPackageGroupName' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: loans_1",
    ],
    [{ modelData: 'a' }, "'modelData' must be an S3 URI, which starts with s3://, got: a"],
    [{ samplePayloadUrl: 'a' }, "'samplePayloadUrl' must be an S3 URI, which starts with s3://, got: a"],
    [{ packageDescription: 'x'.repeat(1025) }, "'packageDescription' must have at most 1024 characters, got: 1025"],
    [{ environment: many(101) }, "'environment' must be at most 100, got: 101"],
    [{ customerMetadata: many(51) }, "'customerMetadata' must be at most 50, got: 51"],
    [{ contentTypes: [] }, "'contentTypes' must name at least one MIME type, got: none"],
    [{ responseTypes: [] }, "'responseTypes' must name at least one MIME type, got: none"],
    [
      { modelCard: { content: { a: [Parameter.string('A')] } } },
      `'modelCard.content' must be known before the pipeline runs, got: {"Get":"Parameters.A"}`,
    ],
  ] as [Partial<Props>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(step(props), problem);
  });
});

const check = { instanceType: 'ml.m5.large', dataset: 's3://loans/a', outputPath: 's3://loans/b' } as const;

describe('QualityCheckStep', () => {
  const ofData = (props: Partial<DataQualityCheckProps> = {}) =>
    new QualityCheckStep('Check', { ...check, checkType: 'DATA_QUALITY', modelPackageGroupName: 'loans', ...props });
  const ofModel = (props: Partial<ModelQualityCheckProps> = {}) =>
    new QualityCheckStep('Check', {
      ...check,
      checkType: 'MODEL_QUALITY',
      problemType: 'BinaryClassification',
      groundTruthAttribute: 'credit_risk',
      inferenceAttribute: 'prediction',
      modelPackageGroupName: 'loans',
      ...props,
    });

  test('checks, fails on a violation and keeps the baseline, unless said otherwise', () => {
    expect(written(ofData())).toMatchObject({
      CheckType: 'DATA_QUALITY',
      SkipCheck: false,
      FailOnViolation: true,
      RegisterNewBaseline: false,
      ModelPackageGroupName: 'loans',
      Arguments: {
        Environment: { dataset_format: '{"csv": {"header": true, "output_columns_position": "START"}}' },
      },
    });
  });

  test('reads JSON lines', () => {
    expect(written(ofData({ datasetFormat: 'json-lines' })).Arguments.Environment).toMatchObject({
      dataset_format: '{"json": {"lines": true}}',
    });
  });

  test('tells its baselines', () => {
    const { calculatedBaseline, driftBaseline } = ofModel();
    expect(calculatedBaseline.statistics.render()).toEqual({ Get: 'Steps.Check.CalculatedBaselineStatistics' });
    expect(driftBaseline.constraints.render()).toEqual({ Get: 'Steps.Check.BaselineUsedForDriftCheckConstraints' });
  });

  const twoFiles = FileSet.fromDirectory(joinPath(__dirname, '..', '..', 'constructs', 'assets'), [
    'README.md',
    'deployed-file.ts',
    'stored-files.ts',
  ]);
  test.each([
    [
      ofData({ modelPackageGroupName: undefined }),
      "'modelPackageGroupName' or 'suppliedBaselineConstraints' must be given unless 'skipCheck' is true, got: neither",
    ],
    [
      ofData({ modelPackageGroupName: undefined, skipCheck: Parameter.boolean('Skip') }),
      "'modelPackageGroupName' or 'suppliedBaselineConstraints' must be given unless 'skipCheck' is true, got: neither",
    ],
    [
      ofData({ modelPackageGroupName: '-' }),
      "'modelPackageGroupName' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: -",
    ],
    [ofData({ dataset: 'a' }), "'dataset' must be an S3 URI, which starts with s3://, got: a"],
    [ofData({ outputPath: 'a' }), "'outputPath' must be an S3 URI, which starts with s3://, got: a"],
    [
      ofData({ suppliedBaselineConstraints: 'a' }),
      "'suppliedBaselineConstraints' must be an S3 URI, which starts with s3://, got: a",
    ],
    [
      ofData({ suppliedBaselineConstraints: 's3://a', suppliedBaselineStatistics: 'a' }),
      "'suppliedBaselineStatistics' must be an S3 URI, which starts with s3://, got: a",
    ],
    [
      ofData({ suppliedBaselineStatistics: 's3://a' }),
      "'suppliedBaselineStatistics' must come with 'suppliedBaselineConstraints', got: statistics alone",
    ],
    [ofData({ recordPreprocessor: twoFiles }), "'recordPreprocessor' must be one file, got: file-set.ts, index.ts"],
    [
      ofData({ postAnalyticsProcessor: twoFiles }),
      "'postAnalyticsProcessor' must be one file, got: file-set.ts, index.ts",
    ],
    [
      ofData({
        instanceType: 'ml.r5d.large',
        volumeEncryptionKey: kms.Key.fromKeyArn(new Stack(), 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1'),
      }),
      "'volumeEncryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.r5d.large",
    ],
    [ofData({ instanceCount: 0 }), "'instanceCount' must be a whole number from 1 to 100, got: 0"],
    [
      ofModel({ inferenceAttribute: undefined }),
      "'inferenceAttribute' or 'probabilityAttribute' must be given, got: neither",
    ],
    [
      ofModel({ problemType: 'Regression', probabilityAttribute: 'p' }),
      "'probabilityAttribute' must be left out for Regression, got: p",
    ],
    [
      ofModel({ probabilityAttribute: 'p', probabilityThreshold: 1.5 }),
      "'probabilityThreshold' must be from 0 to 1, got: 1.5",
    ],
    [ofModel({ probabilityThreshold: 0.5 }), "'probabilityThreshold' must come with 'probabilityAttribute', got: 0.5"],
  ])('fails when a prop breaks a rule: %#', (step, problem) => {
    expectProblem(step, problem);
  });
});

describe('ClarifyCheckStep', () => {
  const dataset = { datasetType: 'text/csv', headers: ['credit_risk', 'age'], label: 'credit_risk' } as const;
  const bias = { labelValues: [1], facets: [{ nameOrIndex: 'age', threshold: 25 }] } as const;
  const predictor = { instanceType: 'ml.m5.large' };
  const dataBias = new DataBiasAnalysis({ dataset, bias });
  const props = { ...check, modelPackageGroupName: 'loans' };

  test('uploads the analysis under the name that Clarify looks for, and the configuration of a later monitor', () => {
    const step = new ClarifyCheckStep('Check', { ...props, analysis: dataBias });
    const register = new RegisterModelStep('Register', {
      modelPackageGroupName: 'loans',
      image,
      modelData: 's3://loans/model.tar.gz',
      contentTypes: ['text/csv'],
      responseTypes: ['text/csv'],
      checks: { dataBias: step },
    });
    const pipeline = pipelineOf(step, register);
    const text = JSON.stringify(definitionOf(pipeline));
    const hashes = [...text.matchAll(/([0-9a-f]{32})\/analysis_config\.json/g)].map(([, hash = '']) => hash);
    const { outdir = '' } = Stage.of(pipeline) ?? {};
    const files = hashes.map(
      hash => JSON.parse(readFileSync(joinPath(outdir, `files.${hash}`, 'analysis_config.json'), 'utf8')) as object,
    );
    expect(files).toEqual([dataBias.render(''), dataBias.renderForMonitor('')]);
  });

  test('tells its constraints', () => {
    const step = new ClarifyCheckStep('Check', { ...props, analysis: dataBias });
    expect(step.calculatedConstraints.render()).toEqual({ Get: 'Steps.Check.CalculatedBaselineConstraints' });
    expect(step.driftConstraints.render()).toEqual({ Get: 'Steps.Check.BaselineUsedForDriftCheckConstraints' });
  });

  test('fails when the job of a model check could not reach its endpoint', () => {
    const analysis = new ModelBiasAnalysis({ dataset, bias, predictor });
    const isolated: ClarifyCheckStepProps = { ...props, analysis, modelName: 'loans', isolateNetwork: true };
    expectProblem(
      new ClarifyCheckStep('Check', isolated as typeof isolated & { analysis: ModelBiasAnalysis }),
      "'isolateNetwork' must be false for MODEL_BIAS, whose job calls an endpoint, got: true",
    );
    expect(() =>
      pipelineOf(new ClarifyCheckStep('Check', { ...props, analysis: dataBias, isolateNetwork: true })),
    ).not.toThrow();
  });

  test('fails with the path of the pipeline and the name of the step when the analysis is wrong', () => {
    const analysis = new DataBiasAnalysis({
      dataset,
      bias: { ...bias, facets: [{ nameOrIndex: 'sex', threshold: 1 }] },
    });
    expect(() => pipelineOf(new ClarifyCheckStep('Check', { ...props, analysis }))).toThrow(
      /^Loans\/Pipeline: step 'Check': 'bias.facets/,
    );
  });
});

describe('RawStep and FailStep', () => {
  test('a raw step reads any value of its kind', () => {
    const raw = new RawStep('Notify', { type: 'Lambda', arguments: {} });
    const ticket = raw.value<string>("OutputParameters['ticket']");
    expect(ticket.render()).toEqual({ Get: "Steps.Notify.OutputParameters['ticket']" });
    expect(ticket.reads).toEqual([raw]);
  });

  test.each([
    [
      new RawStep('Notify', { type: 'Lambda', arguments: {}, members: { Name: 'a', Type: 'b', FunctionArn: 'c' } }),
      "'members' must not hold what other props give, got: Name, Type",
    ],
    [new RawStep('Notify', { type: '', arguments: {} }), "'type' must name a kind of step, got: nothing"],
    [
      new FailStep('Fail', { errorMessage: 'x'.repeat(3073) }),
      "'errorMessage' must have at most 3072 characters, got: 3073",
    ],
  ])('fails when a prop breaks a rule: %#', (step, problem) => {
    expectProblem(step, problem);
  });
});
