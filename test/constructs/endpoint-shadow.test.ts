import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Endpoint, type EndpointProps, Model, type ShadowVariant } from '../../constructs/endpoint';

const CONFIG = 'AWS::SageMaker::EndpointConfig';
const valid: Omit<ShadowVariant, 'model'> = { name: 'Challenger', instanceType: 'ml.m5.large' };

describe('Endpoint with a shadow variant', () => {
  const newStack = () => new Stack(new App(), 'Serving');
  const modelIn = (stack: Stack, version: number) =>
    new Model(stack, `Model${version}`, {
      modelPackageArn: `arn:aws:sagemaker:eu-central-1:111122223333:model-package/loans/${version}`,
    });
  const endpointIn = (stack: Stack, shadow: Partial<ShadowVariant> = {}, overrides: Partial<EndpointProps> = {}) =>
    new Endpoint(stack, 'Loans', {
      endpointName: 'loans',
      variants: [{ name: 'Champion', model: modelIn(stack, 1), instanceType: 'ml.m5.large' }],
      shadowVariant: { ...valid, model: modelIn(stack, 2), ...shadow },
      ...overrides,
    });
  const configOf = (stack: Stack) => {
    const [config] = Object.values(Template.fromStack(stack).findResources(CONFIG));
    return (config as { Properties: Record<string, Record<string, unknown>[]> }).Properties;
  };

  test('copies every request by default', () => {
    const stack = newStack();
    endpointIn(stack);
    const { ProductionVariants, ShadowProductionVariants } = configOf(stack);
    expect(ProductionVariants).toMatchObject([{ VariantName: 'Champion', InitialVariantWeight: 1 }]);
    expect(ShadowProductionVariants).toEqual([
      {
        VariantName: 'Challenger',
        ModelName: { 'Fn::GetAtt': [expect.stringMatching(/^Model2/) as string, 'ModelName'] },
        InstanceType: 'ml.m5.large',
        InitialInstanceCount: 1,
        InitialVariantWeight: 1,
      },
    ]);
  });

  test('samplingPercentage is the weight of the shadow beside a production variant of weight 1', () => {
    const stack = newStack();
    endpointIn(stack, { samplingPercentage: 25 });
    expect(configOf(stack).ShadowProductionVariants).toMatchObject([{ InitialVariantWeight: 0.25 }]);
  });

  test('the shadow has its own fleet', () => {
    const stack = newStack();
    endpointIn(stack, {
      instanceCount: 2,
      volumeSizeGiB: 20,
      modelDownloadTimeout: Duration.minutes(5),
      containerStartupTimeout: Duration.minutes(2),
      routingStrategy: 'RANDOM',
    });
    expect(configOf(stack).ShadowProductionVariants).toMatchObject([
      {
        InitialInstanceCount: 2,
        VolumeSizeInGB: 20,
        ModelDataDownloadTimeoutInSeconds: 300,
        ContainerStartupHealthCheckTimeoutInSeconds: 120,
        RoutingConfig: { RoutingStrategy: 'RANDOM' },
      },
    ]);
  });

  test('an endpoint without a shadow has none', () => {
    const stack = newStack();
    endpointIn(stack, {}, { shadowVariant: undefined });
    Template.fromStack(stack).hasResourceProperties(CONFIG, { ShadowProductionVariants: Match.absent() });
  });

  test('alarms, which roll back, look at production only', () => {
    const stack = newStack();
    expect(endpointIn(stack, {}, { alarms: {} }).alarms).toHaveLength(2);
    const alarms = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm');
    expect(JSON.stringify(alarms)).not.toContain('Challenger');
  });

  test('metrics are of production unless the shadow is named', () => {
    const stack = newStack();
    const endpoint = endpointIn(stack);
    const dimensions = (variant?: string) => endpoint.metricModelLatency({ variant }).dimensions;
    expect(dimensions()).toEqual({ EndpointName: 'loans', VariantName: 'Champion' });
    expect(dimensions('Challenger')).toEqual({ EndpointName: 'loans', VariantName: 'Challenger' });
    expect(() => dimensions('Other')).toThrow(
      new Error("Serving/Loans: 'variant' must name a variant (Champion), got: Other"),
    );
  });

  test('the role of the shadow may write captured data and use the key, as that of production', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Bucket');
    endpointIn(stack, {}, { dataCapture: { bucket }, encryptionKey: new kms.Key(stack, 'Key') });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:PutObject' })]) },
      Roles: [{ Ref: Match.stringLikeRegexp('^Model1Role') }, { Ref: Match.stringLikeRegexp('^Model2Role') }],
    });
  });

  test('the model of the shadow waits for that policy', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Bucket');
    endpointIn(stack, {}, { dataCapture: { bucket } });
    const models = Object.values(Template.fromStack(stack).findResources('AWS::SageMaker::Model'));
    expect(models.map(({ DependsOn }) => JSON.stringify(DependsOn).includes('LoansHostingPolicy'))).toEqual([
      true,
      true,
    ]);
  });

  test('types refuse what a shadow does not have', () => {
    const model = modelIn(newStack(), 1);
    // @ts-expect-error its share of the requests is the sampling percentage
    const weighted: ShadowVariant = { ...valid, model, initialWeight: 1 };
    // @ts-expect-error whether a shadow can be scaled, AWS does not say
    const scaled: ShadowVariant = { ...valid, model, scaling: { minInstances: 1, maxInstances: 2 } };
    expect([weighted, scaled]).toHaveLength(2);
  });

  const refused = (overrides: (stack: Stack) => object): ((stack: Stack) => Partial<EndpointProps>) => overrides;
  test.each<[string, Partial<ShadowVariant>, (stack: Stack) => Partial<EndpointProps>, string]>([
    [
      'several production variants',
      {},
      stack => {
        const model = modelIn(stack, 3);
        const instanceType = 'ml.m5.large';
        return { variants: ['A', 'B'].map(name => ({ name, model, instanceType })) };
      },
      "'shadowVariant' must be left out, since SageMaker copies the requests of one production variant to one shadow, got: 2 variants",
    ],
    [
      'a serverless variant',
      {},
      refused(stack => ({ variants: [{ name: 'A', model: modelIn(stack, 3), serverless: { memorySizeMB: 2048 } }] })),
      "'shadowVariant' must be left out, since serverless variants have no shadows, got: a serverless variant",
    ],
    [
      'asynchronous requests',
      {},
      refused(() => ({ async: {} })),
      "'shadowVariant' must be left out, since asynchronous endpoints have no shadows, got: 'async'",
    ],
    [
      'Inf1',
      { instanceType: 'ml.inf1.xlarge' },
      () => ({}),
      "'shadowVariant' must be left out, since endpoints on ml.inf1 have no shadows, got: ml.inf1.xlarge",
    ],
    [
      'Inf1 in production',
      {},
      stack => ({ variants: [{ name: 'A', model: modelIn(stack, 3), instanceType: 'ml.inf1.2xlarge' }] }),
      "'shadowVariant' must be left out, since endpoints on ml.inf1 have no shadows, got: ml.inf1.2xlarge",
    ],
    [
      'a rolling deployment',
      {},
      refused(() => ({ deployment: { type: 'ROLLING' } })),
      "'shadowVariant' must be left out, since rolling deployments do not take endpoints with several variants, got: ROLLING",
    ],
    [
      'a weight in production',
      {},
      stack => ({ variants: [{ name: 'A', model: modelIn(stack, 3), instanceType: 'ml.m5.large', initialWeight: 2 }] }),
      "'variants[0].initialWeight' must be left out beside a shadow, whose share of the requests is its 'samplingPercentage', got: 2",
    ],
    [
      'a bad name',
      { name: 'a_b' },
      () => ({}),
      "'shadowVariant.name' must be 1 to 63 letters, digits and -, with no - at either end, got: a_b",
    ],
    [
      'the name of production',
      { name: 'Champion' },
      () => ({}),
      "'shadowVariant.name' must differ from the production variant's, got: Champion",
    ],
    [
      'no instance',
      { instanceCount: 0 },
      () => ({}),
      "'shadowVariant.instanceCount' must be a whole number of at least 1, got: 0",
    ],
    [
      'no request',
      { samplingPercentage: 0 },
      () => ({}),
      "'shadowVariant.samplingPercentage' must be a whole number from 1 to 100, got: 0",
    ],
    [
      'too much',
      { samplingPercentage: 101 },
      () => ({}),
      "'shadowVariant.samplingPercentage' must be a whole number from 1 to 100, got: 101",
    ],
    [
      'a part of a percent',
      { samplingPercentage: 0.5 },
      () => ({}),
      "'shadowVariant.samplingPercentage' must be a whole number from 1 to 100, got: 0.5",
    ],
    [
      'a large volume',
      { volumeSizeGiB: 513 },
      () => ({}),
      "'shadowVariant.volumeSizeGiB' must be a whole number from 1 to 512, got: 513",
    ],
    [
      'a volume beside local storage',
      { instanceType: 'ml.g5.xlarge', volumeSizeGiB: 20 },
      () => ({}),
      "'shadowVariant.volumeSizeGiB' must be left out for ml.g5.xlarge, which has local storage of a fixed size, got: 20",
    ],
    [
      'a short wait',
      { modelDownloadTimeout: Duration.seconds(59) },
      () => ({}),
      "'shadowVariant.modelDownloadTimeout' must last 60 to 3600 seconds, got: 59 seconds",
    ],
    [
      'a key beside local storage',
      { instanceType: 'ml.g5.xlarge' },
      stack => ({ encryptionKey: new kms.Key(stack, 'Key') }),
      "'encryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.g5.xlarge",
    ],
  ])('fails for %s', (_, shadow, overrides, message) => {
    const stack = newStack();
    expect(() => endpointIn(stack, shadow, overrides(stack))).toThrow(new Error(`Serving/Loans: ${message}`));
  });
});
