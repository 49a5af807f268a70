import { App, Aws, CfnParameter, Lazy, Stack } from 'aws-cdk-lib/core';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  CompiledModel,
  Endpoint,
  Model,
  type CompiledModelProps,
  type ModelContainer,
  type ModelProps,
  type ModelSource,
  type MultiContainerModelProps,
  type MultiModelProps,
} from '../../constructs/endpoint';
import { ContainerImage } from '../../constructs/images';
import { roleIn } from '../support/endpoints';

const ACCOUNT = '111122223333';
const image = ContainerImage.fromUri(`${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/loans:1`);
const newStack = () => new Stack(new App(), 'Serving', { env: { account: ACCOUNT, region: 'eu-central-1' } });
const bucketIn = (stack: Stack, id = 'Bucket') => s3.Bucket.fromBucketName(stack, id, 'models');
const arn = (rest: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, rest]] });

function statementsOf(stack: Stack, service: string): unknown[] {
  const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy');
  return Object.values(policies)
    .flatMap(policy => (policy as PolicyJson).Properties.PolicyDocument.Statement)
    .filter(({ Action }) => [Action].flat()[0]?.startsWith(`${service}:`));
}

interface PolicyJson {
  readonly Properties: { readonly PolicyDocument: { readonly Statement: { readonly Action: string | string[] }[] } };
}

const readsPrefix = [
  { Effect: 'Allow', Action: 's3:GetObject', Resource: arn(':s3:::models/loans/v1/*') },
  {
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: arn(':s3:::models'),
    Condition: { StringLike: { 's3:prefix': ['loans/v1', 'loans/v1/*'] } },
  },
];

describe('A model of one container', () => {
  const modelIn = (stack: Stack, props: ModelProps) => new Model(stack, 'Model', props);

  test('is single, and has no execution mode', () => {
    const stack = newStack();
    expect(modelIn(stack, { image }).demands).toEqual([]);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      InferenceExecutionConfig: Match.absent(),
      PrimaryContainer: { Mode: Match.absent(), ModelDataSource: Match.absent(), ContainerHostname: Match.absent() },
    });
  });

  test('of files without an archive reads what is under their prefix', () => {
    const stack = newStack();
    const { demands } = modelIn(stack, { image, artifact: { bucket: bucketIn(stack), prefix: 'loans/v1' } });
    expect(demands).toEqual(['uncompressedModel']);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        ModelDataUrl: Match.absent(),
        ModelDataSource: {
          S3DataSource: { S3Uri: 's3://models/loans/v1/', S3DataType: 'S3Prefix', CompressionType: 'None' },
        },
      },
    });
    expect(statementsOf(stack, 's3')).toEqual(readsPrefix);
  });

  test('from a repository pulls from it and from no other', () => {
    const stack = newStack();
    const repository = ecr.Repository.fromRepositoryName(stack, 'Repository', 'theirs');
    modelIn(stack, { image: ContainerImage.fromRepository(repository, '3') });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        Image: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('dkr.ecr'), '/theirs:3'])] },
      },
    });
    expect(statementsOf(stack, 'ecr')).toContainEqual(
      expect.objectContaining({ Resource: arn(`:ecr:eu-central-1:${ACCOUNT}:repository/theirs`) }),
    );
  });

  test.each(['', '/loans', 'loans/', '/'])('fails when the prefix of its files is "%s"', prefix => {
    const stack = newStack();
    expect(() => modelIn(stack, { image, artifact: { bucket: bucketIn(stack), prefix } })).toThrow(
      new Error(`Serving/Model: 'artifact.prefix' must have no slash at its ends and not be empty, got: ${prefix}`),
    );
  });

  test('takes any prefix from a token', () => {
    const stack = newStack();
    const { valueAsString: prefix } = new CfnParameter(stack, 'Prefix', { default: 'loans/v1' });
    modelIn(stack, { image, artifact: { bucket: bucketIn(stack), prefix } });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        ModelDataSource: { S3DataSource: { S3Uri: { 'Fn::Join': ['', ['s3://models/', { Ref: 'Prefix' }, '/']] } } },
      },
    });
  });

  test('fails with more variables than fit', () => {
    const environment = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`V${i + 10}`, 'x'.repeat(1024)]));
    expect(() => modelIn(newStack(), { image, environment })).toThrow(
      new Error("Serving/Model: 'environment' must hold at most 32768 bytes, of all containers together, got: 32864"),
    );
  });

  test('is made of one thing only', () => {
    const make = () => {
      const stack = newStack();
      const bucket = bucketIn(stack);
      const source = new CompiledModel({ image, artifact: { bucket, key: 'm.tar.gz' } });
      // @ts-expect-error: an archive or files, not both
      new Model(stack, 'A', { image, artifact: { bucket, key: 'm.tar.gz', prefix: 'm' } });
      // @ts-expect-error: one model or many
      new Model(stack, 'B', { image, artifact: { bucket, key: 'm.tar.gz' }, models: { bucket, prefix: 'm' } });
      // @ts-expect-error: there is nothing to cache
      new Model(stack, 'C', { image, modelCacheSetting: 'Disabled' });
      // @ts-expect-error: a source brings its own image
      new Model(stack, 'D', { image, source });
      // @ts-expect-error: only several containers have a mode
      new Model(stack, 'E', { image, mode: 'Direct' });
      // @ts-expect-error: variables belong to one of the containers
      new Model(stack, 'F', { containers: [{ image }, { image }], environment: { A: 'b' } });
      // @ts-expect-error: nobody could tell which image
      new Model(stack, 'G', { containers: [{ image }, { image }], image });
      // @ts-expect-error: nothing to host
      new Model(stack, 'H', { models: { bucket, prefix: 'm' } });
    };
    expect(make).toThrow();
  });
});

describe('A model of many models', () => {
  const modelIn = (stack: Stack, overrides: Partial<MultiModelProps> = {}) =>
    new Model(stack, 'Model', {
      image,
      models: { bucket: bucketIn(stack, 'Models'), prefix: 'loans/v1' },
      ...overrides,
    });

  test('has a prefix that ends in a slash, and caches by default', () => {
    const stack = newStack();
    expect(modelIn(stack).demands).toEqual(['multiModel']);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        Mode: 'MultiModel',
        ModelDataUrl: 's3://models/loans/v1/',
        ModelDataSource: Match.absent(),
        MultiModelConfig: Match.absent(),
      },
    });
  });

  test('reads and lists its prefix, and nothing else', () => {
    const stack = newStack();
    modelIn(stack);
    expect(statementsOf(stack, 's3')).toEqual(readsPrefix);
    expect(statementsOf(stack, 'kms')).toEqual([]);
  });

  test('decrypts with the key of the bucket', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Encrypted', { encryptionKey: new kms.Key(stack, 'Key') });
    modelIn(stack, { models: { bucket, prefix: 'loans' } });
    expect(statementsOf(stack, 'kms')).toEqual([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } },
    ]);
  });

  test.each(['Enabled', 'Disabled'] as const)('takes the cache setting %s', modelCacheSetting => {
    const stack = newStack();
    modelIn(stack, { modelCacheSetting });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { MultiModelConfig: { ModelCacheSetting: modelCacheSetting } },
    });
  });

  test('fails when its prefix has a slash at its end', () => {
    const stack = newStack();
    expect(() => modelIn(stack, { models: { bucket: bucketIn(stack), prefix: 'loans/' } })).toThrow(
      new Error("Serving/Model: 'models.prefix' must have no slash at its ends and not be empty, got: loans/"),
    );
  });

  const endpointIn = (stack: Stack, model: Model, captured: boolean) =>
    new Endpoint(stack, 'Loans', {
      endpointName: 'loans',
      variants: [{ name: 'All', model, instanceType: 'ml.m5.large' }],
      dataCapture: captured ? { bucket: bucketIn(stack) } : undefined,
    });

  test('warns when its requests are captured, which nothing can watch', () => {
    const stack = newStack();
    endpointIn(stack, modelIn(stack), true);
    Annotations.fromStack(stack).hasWarning(
      '/Serving/Loans',
      'Model Monitor does not support multi-model endpoints: nothing can watch the captured data of this one [ack: sagemaker-cdk:multi-model-data-capture]',
    );
  });

  test('and others warn of nothing', () => {
    const [many, one] = [newStack(), newStack()];
    endpointIn(many, modelIn(many), false);
    endpointIn(one, new Model(one, 'Model', { image }), true);
    for (const stack of [many, one]) {
      expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
    }
  });

  test('can be called for some of its models only', () => {
    const stack = newStack();
    const role = roleIn(stack);
    Endpoint.fromEndpointName(stack, 'Loans', 'loans').grants.invoke(role, { targetModels: ['a.tar.gz', 'team-b/*'] });
    expect(statementsOf(stack, 'sagemaker')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sagemaker:InvokeEndpoint',
        Resource: arn(`:sagemaker:eu-central-1:${ACCOUNT}:endpoint/loans`),
        Condition: { StringLike: { 'sagemaker:TargetModel': ['a.tar.gz', 'team-b/*'] } },
      },
    ]);
  });

  test('fails to be granted for no model', () => {
    const stack = newStack();
    const { grants } = Endpoint.fromEndpointName(stack, 'Loans', 'loans');
    expect(() => grants.invoke(roleIn(stack), { targetModels: [] })).toThrow(
      new Error("Serving/Loans: 'targetModels' must name at least one model, got: none"),
    );
  });

  test.each([
    ['metricModelLoadingWaitTime', 'ModelLoadingWaitTime', 'AWS/SageMaker'],
    ['metricModelDownloadingTime', 'ModelDownloadingTime', 'AWS/SageMaker'],
    ['metricModelLoadingTime', 'ModelLoadingTime', 'AWS/SageMaker'],
    ['metricModelUnloadingTime', 'ModelUnloadingTime', 'AWS/SageMaker'],
    ['metricModelCacheHit', 'ModelCacheHit', 'AWS/SageMaker'],
    ['metricLoadedModelCount', 'LoadedModelCount', '/aws/sagemaker/Endpoints'],
  ] as const)('has %s', (method, metricName, namespace) => {
    const metric = Endpoint.fromEndpointName(newStack(), 'Loans', 'loans', ['All'])[method]();
    expect(metric).toMatchObject({
      metricName,
      namespace,
      statistic: 'Average',
      dimensions: { EndpointName: 'loans', VariantName: 'All' },
    });
  });
});

describe('A model of several containers', () => {
  const containers: readonly ModelContainer[] = [{ image }, { image, environment: { STEP: '2' } }];
  const modelIn = (stack: Stack, overrides: Partial<MultiContainerModelProps> = {}) =>
    new Model(stack, 'Model', { containers, ...overrides });
  const named = (...hostnames: string[]) => hostnames.map(hostname => ({ image, hostname }));

  test('is an inference pipeline by default', () => {
    const stack = newStack();
    expect(modelIn(stack).demands).toEqual(['severalContainers']);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: Match.absent(),
      InferenceExecutionConfig: { Mode: 'Serial' },
      Containers: [
        { ContainerHostname: Match.absent(), Environment: Match.absent() },
        { ContainerHostname: Match.absent(), Environment: { STEP: '2' } },
      ],
    });
  });

  test('can be called one by one, and each may be of another kind', () => {
    const stack = newStack();
    modelIn(stack, {
      mode: 'Direct',
      containers: [
        { image, hostname: 'first', artifact: { bucket: bucketIn(stack), key: 'a.tar.gz' } },
        { hostname: 'second', modelPackageArn: `arn:aws:sagemaker:eu-central-1:${ACCOUNT}:model-package/loans/3` },
      ],
    });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      InferenceExecutionConfig: { Mode: 'Direct' },
      Containers: [
        { ContainerHostname: 'first', ModelDataUrl: 's3://models/a.tar.gz' },
        { ContainerHostname: 'second', ModelPackageName: Match.stringLikeRegexp('loans/3$') },
      ],
    });
  });

  test('has metrics of each container', () => {
    const endpoint = Endpoint.fromEndpointName(newStack(), 'Loans', 'loans', ['All']);
    const dimensions = { EndpointName: 'loans', VariantName: 'All', ContainerName: 'first' };
    const options = { container: 'first' };
    expect(endpoint.metricContainerLatency(options)).toMatchObject({ metricName: 'ContainerLatency', dimensions });
    expect(endpoint.metricInvocations(options)).toMatchObject({ metricName: 'Invocations', dimensions });
    // @ts-expect-error: without a container there is no such metric
    expect(() => endpoint.metricContainerLatency()).not.toThrow();
  });

  const bucket = s3.Bucket.fromBucketName(newStack(), 'Bucket', 'models');
  const many = { image, models: { bucket, prefix: 'm' } };
  test.each<[string, Partial<MultiContainerModelProps>, string]>([
    ['one container', { containers: [{ image }] }, "'containers' must hold 2 to 15 containers, got: 1"],
    [
      '16 containers',
      { containers: Array.from({ length: 16 }, () => ({ image })) },
      "'containers' must hold 2 to 15 containers, got: 16",
    ],
    [
      'a host name that is none',
      { containers: named('first', '-second') },
      "'containers[1].hostname' must be 1 to 63 letters, digits and -, with no - at either end, got: -second",
    ],
    [
      'no host names to call',
      { mode: 'Direct', containers: [{ image }, { image, hostname: 'b' }] },
      "'containers' must all have 'hostname' in mode Direct, which is how they are called, got: 1 of 2 with 'hostname'",
    ],
    [
      'some host names',
      { containers: [{ image }, { image, hostname: 'b' }] },
      "'containers' must all have 'hostname' or none of them, got: 1 of 2 with 'hostname'",
    ],
    ['equal host names', { containers: named('a', 'a') }, "'containers' must have different 'hostname's, got: a"],
    [
      'many models to call directly',
      { mode: 'Direct', containers: [{ ...many, hostname: 'a' }, ...named('b')] },
      "'containers' must have no 'models' in mode Direct, got: 1 with 'models'",
    ],
    [
      'many models twice',
      { containers: [many, many] },
      "'containers' must have 'models' at most once, got: 2 with 'models'",
    ],
    [
      'a wrong artifact',
      { containers: [{ image }, { image, artifact: { bucket, key: 'm.pkl' } }] },
      "'containers[1].artifact.key' must end in .tar.gz, got: m.pkl",
    ],
    [
      'variables that do not fit together',
      {
        containers: ['A', 'B'].map(first => ({
          image,
          environment: Object.fromEntries(
            Array.from({ length: 16 }, (_, i) => [`${first}${i + 10}`, 'x'.repeat(1024)]),
          ),
        })),
      },
      "'environment' must hold at most 32768 bytes, of all containers together, got: 32864",
    ],
  ])('fails with %s', (_, overrides, message) => {
    expect(() => modelIn(newStack(), overrides)).toThrow(new Error(`Serving/Model: ${message}`));
  });

  test('may hold many models once, in a pipeline, and takes host names from tokens', () => {
    const stack = newStack();
    const hostname = Lazy.string({ produce: () => 'late' });
    modelIn(stack, { containers: [...named('a'), { ...many, hostname }] });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      Containers: [{ ContainerHostname: 'a' }, { ContainerHostname: 'late', Mode: 'MultiModel' }],
    });
  });
});

describe('A model from a source', () => {
  test('is what the source says, with more variables', () => {
    const stack = newStack();
    const source: ModelSource = {
      bind: (scope, role) => {
        image.grantPull(scope, role);
        const s3DataSource = {
          s3Uri: 's3://hub/model/',
          s3DataType: 'S3Prefix',
          compressionType: 'None',
          hubAccessConfig: { hubContentArn: 'arn:aws:sagemaker:eu-central-1:aws:hub-content/hub/Model/loans/1' },
          modelAccessConfig: { acceptEula: true },
        };
        return {
          container: { image: 'hub', modelDataSource: { s3DataSource }, environment: { A: 'source', B: 'source' } },
          isolateNetwork: true,
        };
      },
    };
    new Model(stack, 'Model', { source, environment: { B: 'model' } });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      EnableNetworkIsolation: true,
      PrimaryContainer: {
        Environment: { A: 'source', B: 'model' },
        ModelDataSource: {
          S3DataSource: { ModelAccessConfig: { AcceptEula: true }, HubAccessConfig: Match.anyValue() },
        },
      },
    });
    expect(statementsOf(stack, 'ecr')).toHaveLength(2);
  });

  const compiledIn = (stack: Stack, overrides: Partial<CompiledModelProps> = {}) => {
    const artifact = { bucket: bucketIn(stack), key: 'compiled.tar.gz' };
    const neo = ContainerImage.neo('pytorch', '2.0', { processor: 'cpu' });
    return new Model(stack, 'Model', { source: new CompiledModel({ image: neo, artifact, ...overrides }) });
  };
  const read = (key: string) => ({ Effect: 'Allow', Action: 's3:GetObject', Resource: arn(`:s3:::models/${key}`) });

  test('compiled by Neo has the image for its target, and no script unless given', () => {
    const stack = newStack();
    compiledIn(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        Image: Match.stringLikeRegexp('/sagemaker-inference-pytorch:2\\.0-cpu'),
        ModelDataUrl: 's3://models/compiled.tar.gz',
        Environment: Match.absent(),
      },
    });
    expect(statementsOf(stack, 's3')).toEqual([read('compiled.tar.gz')]);
  });

  test('compiled by Neo finds its script in the archive', () => {
    const stack = newStack();
    compiledIn(stack, { program: 'inference.py' });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        Environment: {
          SAGEMAKER_PROGRAM: 'inference.py',
          SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
          SAGEMAKER_CONTAINER_LOG_LEVEL: '20',
          SAGEMAKER_REGION: 'eu-central-1',
        },
      },
    });
  });

  test('compiled by Neo reads the script that it was trained with', () => {
    const stack = newStack();
    const scripts = { bucket: s3.Bucket.fromBucketName(stack, 'Scripts', 'models'), key: 'source.tar.gz' };
    compiledIn(stack, { program: 'train.py', scripts });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        Environment: { SAGEMAKER_PROGRAM: 'train.py', SAGEMAKER_SUBMIT_DIRECTORY: 's3://models/source.tar.gz' },
      },
    });
    expect(statementsOf(stack, 's3')).toEqual([read('compiled.tar.gz'), read('source.tar.gz')]);
  });

  test('compiled by Neo fails with a script archive and no script', () => {
    const stack = newStack();
    const scripts = { bucket: bucketIn(new Stack()), key: 'source.tar.gz' };
    expect(() => compiledIn(stack, { scripts })).toThrow(
      new Error("Serving/Model: 'source.scripts' must come with 'program', got: no 'program'"),
    );
  });

  test.each(['artifact', 'scripts'])('compiled by Neo fails when %s is no archive', prop => {
    const stack = newStack();
    const archive = { bucket: bucketIn(new Stack()), key: 'model.zip' };
    expect(() => compiledIn(stack, { program: 'p.py', [prop]: archive })).toThrow(
      new Error(`Serving/Model: 'source.${prop}.key' must end in .tar.gz, got: model.zip`),
    );
  });

  test('knows its region at deployment if not before', () => {
    const stack = new Stack();
    compiledIn(stack, { image, program: 'p.py' });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { Environment: { SAGEMAKER_REGION: stack.resolve(Aws.REGION) as unknown } },
    });
  });
});
