import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Duration, Stage } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  ClarifyCheckStep,
  ConditionStep,
  type DataQualityCheckProps,
  ExecutionVariable,
  FailStep,
  join,
  MonitoredTransform,
  Parameter,
  QualityCheckStep,
  RegisterModelStep,
  type Step,
} from '../../constructs/pipeline';
import { definitionOf } from '../support/definition';
import { check, dataBias, explain, modelBias, ofBias, ofData, ofModel, ofModelBias } from '../support/open-checks';
import { fixtureSteps, newStack, pipelineOf, stepNamed, written } from '../support/step-fixture';

// Checks with `managed: false`: what the Python SDK writes for the same processing jobs is the oracle.

const skipChecks = Parameter.boolean('SkipChecks', { default: true });
const newBaselines = Parameter.boolean('RegisterNewBaselines', { default: true });
const output = (step: string, file: string) => ({
  'Std:Join': {
    On: '/',
    Values: [{ Get: `Steps.${step}.ProcessingOutputConfig.Outputs['result'].S3Output.S3Uri` }, file],
  },
});

describe('a check with managed false', () => {
  const stack = newStack();
  const file = (name: string) => FileSet.fromText(name, '# a program of ours\n');
  const key = (name: string) => kms.Key.fromKeyArn(stack, name, `arn:aws:kms:eu-west-1:111122223333:key/${name}`);
  const dataQuality = new QualityCheckStep('CheckDataQuality', {
    ...check,
    checkType: 'DATA_QUALITY',
    dataset: 's3://loans/train/',
    datasetFormat: 'captured',
    outputPath: join('/', 's3://loans/runs', ExecutionVariable.PIPELINE_EXECUTION_ID, 'data-quality'),
    modelPackageGroupName: 'loans',
    suppliedBaselineConstraints: 's3://loans/baseline/constraints.json',
    suppliedBaselineStatistics: 's3://loans/baseline/statistics.json',
    recordPreprocessor: file('preprocessor.py'),
    postAnalyticsProcessor: file('postprocessor.py'),
    skipCheck: skipChecks,
    failOnViolation: 'where-managed',
    registerNewBaseline: true,
    volumeEncryptionKey: key('volumes'),
    outputEncryptionKey: key('results'),
    maxRuntime: Duration.hours(1),
    cacheExpireAfter: Duration.days(30),
    isolateNetwork: false,
    encryptInterContainerTraffic: true,
    network: {
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-1',
        availabilityZones: ['eu-west-1a', 'eu-west-1b'],
        isolatedSubnetIds: ['subnet-1', 'subnet-2'],
      }),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
    },
  });
  const steps: readonly Step[] = [
    dataQuality,
    ofModel({}, 'CheckModelQuality'),
    ofBias({ registerNewBaseline: newBaselines }, 'CheckDataBias'),
    ofModelBias(modelBias, { suppliedBaselineConstraints: 's3://loans/baseline/analysis.json' }),
    explain(),
    new ConditionStep('Gate', {
      conditions: dataQuality.conditions,
      elseSteps: [new FailStep('Refuse', { errorMessage: 'no' })],
    }),
  ];
  const fixture = fixtureSteps('open-check');
  const actual = written(steps, stack);

  test.each(Object.keys(fixture))('%s is as the Python SDK writes the same job', name => {
    expect(actual[name]).toEqual(fixture[name]);
  });

  test('has steps for the fixture and no more', () => {
    expect(Object.keys(actual)).toEqual(Object.keys(fixture));
  });

  test('gives the program the configuration that Clarify would get', () => {
    const pipeline = pipelineOf([ofBias()]);
    const [, hash = ''] = /([0-9a-f]{32})\/analysis_config\.json/.exec(JSON.stringify(definitionOf(pipeline))) ?? [];
    const { outdir = '' } = Stage.of(pipeline) ?? {};
    const uploaded = readFileSync(joinPath(outdir, `files.${hash}`, 'analysis_config.json'), 'utf8');
    expect(JSON.parse(uploaded)).toEqual(dataBias.render(''));
  });

  test.each([
    [{}, ['--fail-on-violation', 'true']],
    [{ failOnViolation: false }, ['--fail-on-violation', 'false']],
    [{ failOnViolation: 'where-managed' }, ['--fail-on-violation', 'false']],
    [{ skipCheck: false }, ['--skip-check', 'false', '--fail-on-violation', 'true']],
    [{ registerNewBaseline: false }, ['--fail-on-violation', 'true', '--register-new-baseline', 'false']],
  ] as [Partial<DataQualityCheckProps>, string[]][])('tells the program what the step does with %j', (props, words) => {
    const { AppSpecification } = stepNamed(written([ofData(props)]), 'Check').Arguments;
    expect((AppSpecification as { ContainerArguments: string[] }).ContainerArguments).toEqual([
      'data-quality',
      '--model-package-group-name',
      'loans',
      ...words,
    ]);
  });

  test('a model is looked up by the name that another step gives it', () => {
    const step = ofModelBias();
    const named = new ClarifyCheckStep('Named', {
      ...check,
      analysis: modelBias,
      modelName: Parameter.string('Model'),
      dataset: 's3://loans/holdout/',
      outputPath: 's3://loans/bias',
      skipCheck: true,
    });
    const { AppSpecification } = stepNamed(written([step, named]), 'Named').Arguments;
    expect((AppSpecification as { ContainerArguments: unknown[] }).ContainerArguments.slice(3, 5)).toEqual([
      '--model-name',
      { Get: 'Parameters.Model' },
    ]);
  });

  test('any part of the request can be laid over', () => {
    const { Arguments } = stepNamed(
      written([ofData({ request: { Tags: [{ Key: 'team', Value: 'risk' }] } })]),
      'Check',
    );
    expect(Arguments.Tags).toEqual([{ Key: 'team', Value: 'risk' }]);
  });

  test('a managed one stays what it is unless said otherwise', () => {
    expect(stepNamed(written([ofData({ managed: undefined })]), 'Check').Type).toBe('QualityCheck');
    expect(stepNamed(written([ofBias({ managed: true })]), 'Check').Type).toBe('ClarifyCheck');
    expect(
      stepNamed(written([ofData({ managed: true, failOnViolation: 'where-managed' })]), 'Check').FailOnViolation,
    ).toBe(true);
  });
});

describe('the results of a check with managed false', () => {
  test('lie below its own output, so that whoever reads them waits for it', () => {
    const { calculatedBaseline, driftBaseline } = ofData();
    expect(calculatedBaseline.statistics.render()).toEqual(output('Check', 'statistics.json'));
    expect(calculatedBaseline.constraints.render()).toEqual(output('Check', 'constraints.json'));
    expect(driftBaseline.statistics.render()).toEqual(output('Check', 'baseline/statistics.json'));
    expect(driftBaseline.constraints.render()).toEqual(output('Check', 'baseline/constraints.json'));
    expect(calculatedBaseline.statistics.reads.map(({ name }) => name)).toEqual(['Check']);
    expect(ofData().property('CalculatedBaselineStatistics').render()).toEqual(output('Check', 'statistics.json'));
    const step = explain();
    expect(step.calculatedConstraints.render()).toEqual(output('Explain', 'analysis.json'));
    expect(step.driftConstraints.render()).toEqual(output('Explain', 'baseline/analysis.json'));
  });

  test('take their places in a registration', () => {
    const data = ofBias({}, 'CheckDataBias');
    const checks = { dataQuality: ofData(), dataBias: data, modelBias: ofModelBias(), explainability: explain() };
    const register = new RegisterModelStep('Register', {
      modelPackageGroupName: 'loans',
      image: ContainerImage.xgboost(),
      modelData: 's3://loans/model.tar.gz',
      contentTypes: ['text/csv'],
      responseTypes: ['text/csv'],
      checks,
    });
    const { ModelMetrics, DriftCheckBaselines } = stepNamed(
      written([...Object.values(checks), register]),
      'Register',
    ).Arguments;
    const json = { ContentType: 'application/json' };
    const uri = (step: string, file: string) => ({ ...json, S3Uri: output(step, file) });
    const config = { ...json, S3Uri: '<files>/analysis_config.json' };
    expect(ModelMetrics).toEqual({
      ModelDataQuality: {
        Statistics: uri('Check', 'statistics.json'),
        Constraints: uri('Check', 'constraints.json'),
      },
      Bias: {
        PreTrainingReport: uri('CheckDataBias', 'analysis.json'),
        PostTrainingReport: uri('CheckModelBias', 'analysis.json'),
      },
      Explainability: { Report: uri('Explain', 'analysis.json') },
    });
    expect(DriftCheckBaselines).toEqual({
      ModelDataQuality: {
        Statistics: uri('Check', 'baseline/statistics.json'),
        Constraints: uri('Check', 'baseline/constraints.json'),
      },
      Bias: {
        ConfigFile: config,
        PreTrainingConstraints: uri('CheckDataBias', 'baseline/analysis.json'),
        PostTrainingConstraints: uri('CheckModelBias', 'baseline/analysis.json'),
      },
      Explainability: { Constraints: uri('Explain', 'baseline/analysis.json'), ConfigFile: config },
    });
  });

  test('are checked by conditions, which a managed check that fails by itself does not need', () => {
    const zero = { Type: 'Equals', RightValue: 0 };
    expect(ofData().conditions.map(each => each.render())).toMatchObject([zero]);
    expect(explain().conditions.map(each => each.render())).toMatchObject([zero]);
    for (const failOnViolation of [undefined, true, 'where-managed', Parameter.boolean('Fail')] as const) {
      expect(ofData({ managed: true, failOnViolation }).conditions).toEqual([]);
    }
  });

  test('fails when a condition asks a managed check that lets violations pass', () => {
    expect(() => ofData({ managed: true, failOnViolation: false }).conditions).toThrow(
      new Error(
        "step 'Check': 'failOnViolation' must be true or where-managed for 'conditions', because a managed check tells of violations in no other way, got: false",
      ),
    );
  });

  test('are there for a transform too, before or after it', () => {
    const transform = {
      modelName: 'loans',
      input: { uri: 's3://loans/batch', contentType: 'text/csv' },
      outputPath: 's3://loans/predictions',
      instanceType: 'ml.m5.large',
    } as const;
    const first = new MonitoredTransform('First', {
      transform,
      check: {
        ...check,
        checkType: 'DATA_QUALITY',
        dataset: 's3://loans/batch',
        outputPath: 's3://loans/quality',
        modelPackageGroupName: 'loans',
      },
      checkFirst: true,
    });
    const then = new MonitoredTransform('Then', {
      transform,
      check: { ...check, analysis: modelBias, outputPath: 's3://loans/bias', modelPackageGroupName: 'loans' },
    });
    const steps = written([...first.steps, ...then.steps]);
    expect(steps['First-monitoring']?.Type).toBe('Processing');
    expect(steps['First-transform']?.DependsOn).toEqual(['First-monitoring']);
    expect(steps['Then-monitoring']).toMatchObject({
      DependsOn: ['Then-transform'],
      Arguments: {
        AppSpecification: { ContainerArguments: expect.arrayContaining(['--model-name', 'loans']) as unknown },
      },
    });
  });
});
