import * as kms from 'aws-cdk-lib/aws-kms';
import { Duration } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  AutoMLStep,
  EndpointConfigStep,
  type EndpointConfigStepProps,
  EndpointStep,
  type EndpointStepProps,
  ExecutionVariable,
  type Expression,
  type InferenceComponentModel,
  InferenceComponentStep,
  type InferenceComponentStepProps,
  join,
  ModelStep,
  Pipeline,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf, definitionTextOf, normalised } from '../support/definition';
import { allowedFor, expectProblem, findingsIn, fixtureOf, given, newStack } from '../support/steps';
import { passes, pipelineOf, refusedCalls, SAGEMAKER, written } from '../support/steps';

const variants = { main: { modelName: 'loans', instanceType: 'ml.m5.large' } } as const;
const resources = { minMemoryMB: 1024 };
const component: InferenceComponentStepProps = {
  inferenceComponentName: 'loans-component',
  endpointName: 'loans',
  variantName: 'main',
  model: { modelName: 'loans', resources },
};
const config = (props: Partial<EndpointConfigStepProps> = {}) =>
  new EndpointConfigStep('Config', { variants, ...props });
const deploy = (props: Partial<EndpointStepProps> = {}) =>
  new EndpointStep('Deploy', { endpointName: 'loans', endpointConfigName: 'loans-1', ...props });
const place = (props: Partial<InferenceComponentStepProps> = {}) =>
  new InferenceComponentStep('Component', { ...component, ...props });
const FIXTURES = ['automl', 'endpoint-config', 'endpoint', 'inference-component'];

/** The pipeline that the fixtures come from, with this builder. */
function asInFixtures(): Pipeline {
  const stack = newStack();
  const role = given.role(stack);
  const cacheExpireAfter = Duration.days(30);
  const search = new AutoMLStep('Automl', {
    trainingData: given.rawData,
    targetAttribute: 'credit_risk',
    outputPath: 's3://loans/automl',
  });
  const created = new ModelStep('CreateBest-CreateModel', { ...search.bestCandidateModel, role });
  const { modelName } = created;
  const timeouts = {
    modelDataDownloadTimeout: Duration.minutes(10),
    containerStartupTimeout: Duration.minutes(5),
  };
  const both = config({
    endpointConfigName: join('-', 'loans', ExecutionVariable.PIPELINE_EXECUTION_ID),
    variants: {
      main: {
        ...timeouts,
        modelName,
        instanceType: 'ml.m5.large',
        instanceCount: given.count,
        weight: 2,
        volumeSizeGiB: 64,
        request: { RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' } },
      },
      small: {
        modelName,
        weight: 0.5,
        serverless: { memorySizeMB: 2048, maxConcurrency: 5, provisionedConcurrency: 2 },
      },
    },
    shadowVariants: { shadow: { modelName: 'loans-next', instanceType: 'ml.m5.large' } },
    encryptionKey: given.key(stack, 'volumes'),
    request: { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://loans/answers' } } },
    displayName: 'Describe the endpoint',
    description: 'Two variants and a shadow',
    cacheExpireAfter,
    retryPolicies: [
      {
        exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
        interval: Duration.seconds(10),
        backoffRate: 1.5,
        maxAttempts: 4,
      },
    ],
  });
  const scaling = { Status: 'ENABLED', MinInstanceCount: 1, MaxInstanceCount: 3 } as const;
  const hosting = new EndpointConfigStep('HostingConfig', {
    variants: { main: { instanceType: 'ml.g5.xlarge', request: { ManagedInstanceScaling: scaling } } },
    role,
    network: given.network(stack),
    isolateNetwork: true,
  });
  const endpoint = deploy({
    endpointConfigName: both.endpointConfigName,
    request: { Tags: [{ Key: 'team', Value: 'risk' }] },
    cacheExpireAfter,
    dependsOn: [hosting],
    displayName: 'Deploy',
    description: 'Creates or updates',
  });
  const first = place({
    ...timeouts,
    endpointName: endpoint.endpointName,
    model: { modelName, resources: { cpuCores: 2, accelerators: 1, minMemoryMB: 1024, maxMemoryMB: 4096 } },
    copyCount: given.count,
    dependsOn: [endpoint],
    displayName: 'Place',
    description: 'One copy',
  });
  const container = new InferenceComponentStep('ContainerComponent', {
    ...component,
    inferenceComponentName: 'loans-container',
    model: {
      image: ContainerImage.xgboost(),
      modelData: search.bestCandidateModel.modelData,
      environment: { LOG_LEVEL: 'info' },
      resources: { cpuCores: 0.5, minMemoryMB: 512 },
    },
  });
  const adapter = new InferenceComponentStep('Adapter', {
    inferenceComponentName: 'loans-adapter',
    endpointName: 'loans',
    model: { baseInferenceComponentName: first.inferenceComponentName, modelData: 's3://loans/adapter.tar.gz' },
  });
  return new Pipeline(stack, 'Pipeline', {
    steps: [search, created, both, hosting, endpoint, first, container, adapter],
  });
}

describe('steps that deploy', () => {
  test.each(FIXTURES.slice(1))('write the %s step as the Python SDK does', fixture => {
    const { Steps } = definitionOf(asInFixtures());
    for (const expected of fixtureOf(fixture)) {
      expect(normalised(Steps.find(({ Name }) => Name === expected.Name))).toEqual(normalised(expected));
    }
  });

  test('fit the requests of the API, here and as the Python SDK writes them', () => {
    expect(checkDefinition(definitionOf(asInFixtures()))).toEqual([]);
    expect(findingsIn(FIXTURES.flatMap(fixtureOf))).toEqual([]);
  });

  test('have what they need', async () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const first = config({ encryptionKey: key });
    const second = deploy({ endpointConfigName: first.endpointConfigName });
    const pipeline = new Pipeline(stack, 'Pipeline', {
      steps: [first, second, place({ endpointName: second.endpointName }), deployCapital()],
    });
    expect(await refusedCalls(pipeline)).toEqual([]);
  });
  const deployCapital = () => new EndpointStep('Capital', { endpointName: 'Loans', endpointConfigName: 'Loans-1' });
});

describe('EndpointConfigStep', () => {
  test('needs a variant, with one instance and weight 1', () => {
    expect(written(config()).Arguments).toEqual({
      ProductionVariants: [
        {
          VariantName: 'main',
          ModelName: 'loans',
          InstanceType: 'ml.m5.large',
          InitialInstanceCount: 1,
          InitialVariantWeight: 1,
        },
      ],
    });
    expect(config().endpointConfigName.render()).toEqual({ Get: 'Steps.Config.EndpointConfigName' });
  });

  test('keeps weights as floats', () => {
    const text = definitionTextOf(pipelineOf(config()));
    expect(text).toContain('"InitialVariantWeight":1.0');
    expect(text).toContain('"InitialInstanceCount":1');
    expect(text).not.toContain('"InitialInstanceCount":1.0');
  });

  const own = ['sagemaker:AddTags', 'sagemaker:CreateEndpointConfig', 'sagemaker:DescribeEndpointConfig'];

  test('lets the pipeline create and read it, of any name or of one', () => {
    expect(allowedFor(config()).pipeline).toEqual([{ Action: own, Resource: [`${SAGEMAKER}:endpoint-config/*`] }]);
    expect(allowedFor(config({ endpointConfigName: 'loans' })).pipeline).toEqual([
      { Action: own, Resource: [`${SAGEMAKER}:endpoint-config/loans`] },
    ]);
  });

  test('lets the pipeline pass the role of inference components and give SageMaker the key', () => {
    const stack = newStack();
    const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/volumes';
    const { pipeline, job } = allowedFor(
      config({ role: given.role(stack, 'Hosting'), encryptionKey: given.key(stack, 'volumes') }),
    );
    expect(pipeline.slice(1)).toEqual([
      { Action: ['kms:DescribeKey'], Resource: [KEY] },
      {
        Action: ['kms:CreateGrant'],
        Resource: [KEY],
        Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      },
      passes('sagemaker.amazonaws.com', 'Hosting'),
    ]);
    expect(job).toEqual([]);
  });

  const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`v${index}`, variants.main]));
  const main = (variant: object) => ({ variants: { main: { ...variants.main, ...variant } } });
  const serverless = (limits: object) => ({
    variants: { main: { modelName: 'loans', serverless: { memorySizeMB: 1024, maxConcurrency: 5, ...limits } } },
  });
  test.each([
    [{ variants: {} }, "'variants' must be 1 to 10, got: 0"],
    [{ variants: many }, "'variants' must be 1 to 10, got: 11"],
    [{ shadowVariants: {} }, "'shadowVariants' must be 1 to 10, got: 0"],
    [
      { variants: { a_b: variants.main } },
      "'variants' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: a_b",
    ],
    [
      { endpointConfigName: '-' },
      "'endpointConfigName' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: -",
    ],
    [
      main({ modelName: 'a_b' }),
      "'variants.main.modelName' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: a_b",
    ],
    [main({ modelName: undefined }), "'role' must be given where a variant has no model, got: none for main"],
    [main({ weight: -1 }), "'variants.main.weight' must be 0 or more, got: -1"],
    [main({ instanceCount: 0 }), "'variants.main.instanceCount' must be a whole number of 1 or more, got: 0"],
    [main({ volumeSizeGiB: 513 }), "'variants.main.volumeSizeGiB' must be a whole number from 1 to 512, got: 513"],
    [
      main({ modelDataDownloadTimeout: Duration.seconds(59) }),
      "'variants.main.modelDataDownloadTimeout' must be 60 to 3600 whole seconds, got: 59 seconds",
    ],
    [
      main({ containerStartupTimeout: Duration.hours(2) }),
      "'variants.main.containerStartupTimeout' must be 60 to 3600 whole seconds, got: 7200 seconds",
    ],
    [
      serverless({ maxConcurrency: 201 }),
      "'variants.main.serverless.maxConcurrency' must be a whole number from 1 to 200, got: 201",
    ],
    [
      serverless({ provisionedConcurrency: 0 }),
      "'variants.main.serverless.provisionedConcurrency' must be a whole number from 1 to 200, got: 0",
    ],
    [
      serverless({ provisionedConcurrency: 6 }),
      "'variants.main.serverless.provisionedConcurrency' must be at most 'maxConcurrency' (5), got: 6",
    ],
  ] as [Partial<EndpointConfigStepProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(config(props), problem);
  });

  test('knows variants, failures and the request by type', () => {
    // @ts-expect-error: instances or serverless
    config({ variants: { main: { ...variants.main, serverless: { memorySizeMB: 1024, maxConcurrency: 1 } } } });
    // @ts-expect-error: no such size
    config({ variants: { main: { modelName: 'a', serverless: { memorySizeMB: 1000, maxConcurrency: 1 } } } });
    // @ts-expect-error: no job, so no failure of one
    config({ retryPolicies: [{ exceptionTypes: ['SageMaker.CAPACITY_ERROR'] }] });
    // @ts-expect-error: pipelines refuse it
    config({ request: { DataCaptureConfig: { EnableCapture: true } } });
    // @ts-expect-error: pipelines refuse it
    config({ request: { ExplainerConfig: {} } });
    const weight: Expression<number> = config().property('ProductionVariants[0].InitialVariantWeight');
    expect(weight.render()).toEqual({ Get: 'Steps.Config.ProductionVariants[0].InitialVariantWeight' });
  });
});

describe('EndpointStep', () => {
  test('needs two names, and tells its own', () => {
    expect(written(deploy()).Arguments).toEqual({ EndpointName: 'loans', EndpointConfigName: 'loans-1' });
    expect(deploy().endpointName.render()).toEqual({ Get: 'Steps.Deploy.EndpointName' });
  });

  test('lets the pipeline create, update and read this endpoint, with the configuration of the name or any', () => {
    const [endpoint, configs] = [`${SAGEMAKER}:endpoint/loans`, `${SAGEMAKER}:endpoint-config`];
    const [reads, changes] = [
      { Action: ['sagemaker:AddTags', 'sagemaker:DescribeEndpoint'], Resource: [endpoint] },
      ['sagemaker:CreateEndpoint', 'sagemaker:UpdateEndpoint'],
    ];
    expect(allowedFor(deploy()).pipeline).toEqual([
      reads,
      { Action: changes, Resource: [endpoint, `${configs}/loans-1`] },
    ]);
    const anyConfig = deploy({ endpointConfigName: join('-', 'loans', ExecutionVariable.PIPELINE_EXECUTION_ID) });
    expect(allowedFor(anyConfig).pipeline).toEqual([reads, { Action: changes, Resource: [endpoint, `${configs}/*`] }]);
  });

  test.each(['endpointName', 'endpointConfigName'])('fails when %s is no name', prop => {
    expectProblem(
      deploy({ [prop]: 'a_b' }),
      `'${prop}' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: a_b`,
    );
  });

  test('is not retried, and takes no deployment configuration', () => {
    // @ts-expect-error: the service does not retry it
    deploy({ retryPolicies: [] });
    // @ts-expect-error: pipelines refuse it
    deploy({ request: { DeploymentConfig: {} } });
    // @ts-expect-error: no such property
    deploy().property('ModelName');
    expect(deploy().property('EndpointArn').render()).toEqual({ Get: 'Steps.Deploy.EndpointArn' });
  });
});

describe('InferenceComponentStep', () => {
  test('needs names, a model and its memory, and makes one copy', () => {
    expect(written(place()).Arguments).toEqual({
      InferenceComponentName: 'loans-component',
      EndpointName: 'loans',
      VariantName: 'main',
      Specification: { ModelName: 'loans', ComputeResourceRequirements: { MinMemoryRequiredInMb: 1024 } },
      RuntimeConfig: { CopyCount: 1 },
    });
  });

  test.each([{}, { request: { Specification: { ComputeResourceRequirements: { NumberOfCpuCoresRequired: 2 } } } }])(
    'keeps what must be a float, from props and request: %#',
    props => {
      const model = { modelName: 'loans', resources: { ...resources, cpuCores: 2, accelerators: 1 } };
      const text = definitionTextOf(pipelineOf(place({ model, ...props })));
      expect(text).toContain('"NumberOfCpuCoresRequired":2.0');
      expect(text).toContain('"NumberOfAcceleratorDevicesRequired":1.0');
      expect(text).toContain('"MinMemoryRequiredInMb":1024}');
    },
  );

  test('lets the pipeline create, update and read this component, on this endpoint', () => {
    const [own, endpoint] = [`${SAGEMAKER}:inference-component/loans-component`, `${SAGEMAKER}:endpoint/loans`];
    expect(allowedFor(place()).pipeline).toEqual([
      { Action: ['sagemaker:CreateInferenceComponent'], Resource: [own, endpoint] },
      {
        Action: ['sagemaker:AddTags', 'sagemaker:DescribeInferenceComponent', 'sagemaker:UpdateInferenceComponent'],
        Resource: [own],
      },
    ]);
  });

  const model = (more: object): Partial<InferenceComponentStepProps> => ({
    model: { modelName: 'loans', resources: { ...resources, ...more } },
  });
  const adapter: InferenceComponentModel = { baseInferenceComponentName: 'base', modelData: 's3://loans/a' };
  const name = 'must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got:';
  const environment = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`name${index}`, 'a']));
  const image = ContainerImage.xgboost();
  test.each([
    [{ inferenceComponentName: '-' }, `'inferenceComponentName' ${name} -`],
    [{ endpointName: '-' }, `'endpointName' ${name} -`],
    [{ variantName: '-' }, `'variantName' ${name} -`],
    [{ model: { modelName: '-', resources } }, `'model.modelName' ${name} -`],
    [{ model: { ...adapter, baseInferenceComponentName: '-' } }, `'model.baseInferenceComponentName' ${name} -`],
    [{ model: { ...adapter, modelData: 'a' } }, "'model.modelData' must be an S3 URI, which starts with s3://, got: a"],
    [
      { model: { image, modelData: 'a', resources } },
      "'model.modelData' must be an S3 URI, which starts with s3://, got: a",
    ],
    [{ model: { image, environment, resources } }, "'model.environment' must be at most 100, got: 101"],
    [{ model: adapter, copyCount: 1 }, "'copyCount' must be left out for an adapter, got: a number of copies"],
    [{ copyCount: -1 }, "'copyCount' must be a whole number of 0 or more, got: -1"],
    [model({ minMemoryMB: 127 }), "'model.resources.minMemoryMB' must be a whole number of 128 or more, got: 127"],
    [model({ maxMemoryMB: 512 }), "'model.resources.maxMemoryMB' must be at least 'minMemoryMB' (1024), got: 512"],
    [model({ cpuCores: 0.2 }), "'model.resources.cpuCores' must be 0.25 or more, got: 0.2"],
    [model({ accelerators: 0 }), "'model.resources.accelerators' must be 1 or more, got: 0"],
    [
      { modelDataDownloadTimeout: Duration.seconds(1) },
      "'modelDataDownloadTimeout' must be 60 to 3600 whole seconds, got: 1 seconds",
    ],
    [
      { containerStartupTimeout: Duration.seconds(1) },
      "'containerStartupTimeout' must be 60 to 3600 whole seconds, got: 1 seconds",
    ],
  ] as [Partial<InferenceComponentStepProps>, string][])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(place(props), problem);
  });

  test('is neither retried nor cached, and an adapter has no resources', () => {
    // @ts-expect-error: the service does not retry it
    place({ retryPolicies: [] });
    // @ts-expect-error: the service does not cache it
    place({ cacheExpireAfter: Duration.days(1) });
    // @ts-expect-error: a model needs resources
    expect(() => place({ model: { modelName: 'loans' } })).toThrow();
    // @ts-expect-error: no such property
    place().property('ModelName');
    expect(place().property('RuntimeConfig.CurrentCopyCount').render()).toEqual({
      Get: 'Steps.Component.RuntimeConfig.CurrentCopyCount',
    });
  });
});
