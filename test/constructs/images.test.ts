import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Annotations, Template } from 'aws-cdk-lib/assertions';
import { App, Aws, CfnOutput, Stack, Validations } from 'aws-cdk-lib/core';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { ContainerImage, type Processor } from '../../constructs/images';
import fixture from '../fixtures/image-uris.json';

type Intrinsic =
  string | { Ref: string } | { 'Fn::Join': [string, Intrinsic[]] } | { 'Fn::FindInMap': [string, Intrinsic, string] };
interface Rendered {
  Mappings?: Record<string, Record<string, Record<string, string>>>;
  Outputs: Record<string, { Value: Intrinsic }>;
}

const stackIn = (region?: string) => new Stack(new App(), 'Build', { env: { region } });
const jobIn = (stack: Stack) => new Construct(stack, 'Train');
const bind = (image: ContainerImage, region?: string) => image.bind(jobIn(stackIn(region))).imageUri;
const roleIn = (scope: Construct) =>
  new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });

/** The image that a line of the fixture describes: the factory's name and its arguments. */
function imageOf([factory, ...args]: unknown[]): ContainerImage {
  const make = Reflect.get(ContainerImage, String(factory)) as (...args: unknown[]) => ContainerImage;
  return make(...args);
}

/** What CloudFormation makes of a value in one region. */
function evaluate(value: Intrinsic, region: string, template: Rendered): string | undefined {
  if (typeof value === 'string') {
    return value;
  }
  if ('Ref' in value) {
    return { 'AWS::Region': region, 'AWS::URLSuffix': RegionInfo.get(region).domainSuffix }[value.Ref];
  }
  if ('Fn::Join' in value) {
    const [separator, parts] = value['Fn::Join'];
    return parts.map(part => evaluate(part, region, template)).join(separator);
  }
  const [map, key, attribute] = value['Fn::FindInMap'];
  return template.Mappings?.[map]?.[evaluate(key, region, template) ?? '']?.[attribute];
}

const samples = [...fixture.retrieved, ...fixture.published].map(
  ({ image, region, uri }) => [JSON.stringify(image), region, uri, image] as const,
);

describe('URIs', () => {
  test.each(samples)('%s in %s', (_name, region, uri, image) => {
    expect(bind(imageOf(image), region)).toBe(uri);
  });

  test('one environment-agnostic template gives the same in every region', () => {
    const stack = stackIn();
    samples.forEach(([, , , image], index) => {
      new CfnOutput(stack, `Uri${index}`, { value: imageOf(image).bind(stack).imageUri });
    });
    const template = Template.fromStack(stack).toJSON() as Rendered;
    samples.forEach(([, region, uri], index) => {
      expect(evaluate(template.Outputs[`Uri${index}`]?.Value ?? '', region, template)).toBe(uri);
    });
  });

  test('XGBoost without a version is 1.7-1', () => {
    expect(bind(ContainerImage.xgboost(), 'us-east-1')).toBe(bind(ContainerImage.xgboost('1.7-1'), 'us-east-1'));
  });

  test('a scope may be given where the image serves both', () => {
    const forTraining = ContainerImage.xgboost('1.7-1', { scope: 'training', processor: 'gpu' });
    expect(bind(forTraining, 'us-east-1')).toBe(bind(ContainerImage.xgboost(), 'us-east-1'));
  });

  test('an own repository gives its URI by tag, latest by default, or by digest', () => {
    const stack = stackIn('eu-west-1');
    const repository = ecr.Repository.fromRepositoryAttributes(stack, 'Repository', {
      repositoryArn: 'arn:aws:ecr:eu-west-1:111122223333:repository/scoring',
      repositoryName: 'scoring',
    });
    const uri = (tagOrDigest?: string) => {
      const { imageUri } = ContainerImage.fromRepository(repository, tagOrDigest).bind(stack);
      return stack.resolve(imageUri) as unknown;
    };
    const digest = `sha256:${'0'.repeat(64)}`;
    const of = (end: string) => ({
      'Fn::Join': ['', ['111122223333.dkr.ecr.eu-west-1.', { Ref: 'AWS::URLSuffix' }, `/scoring${end}`]],
    });
    expect([uri(), uri('v1'), uri(digest)]).toEqual([of(':latest'), of(':v1'), of(`@${digest}`)]);
  });

  test('any other URI passes as it is', () => {
    expect(bind(ContainerImage.fromUri('registry.example.com/scoring:1'))).toBe('registry.example.com/scoring:1');
  });
});

describe('account mappings', () => {
  const mappingsOf = (stack: Stack) => (Template.fromStack(stack).toJSON() as Rendered).Mappings;

  test('one per registry, however many images and grants use it, with that registry only', () => {
    const stack = stackIn();
    const role = roleIn(stack);
    const images = [ContainerImage.xgboost(), ContainerImage.xgboost('1.5-1'), ContainerImage.scikitLearn('1.2-1')];
    images.forEach((image, index) => {
      new CfnOutput(stack, `Uri${index}`, { value: image.bind(new Construct(stack, `Job${index}`)).imageUri });
      image.grantPull(stack, role);
    });
    const mappings = mappingsOf(stack);
    expect(Object.keys(mappings ?? {})).toEqual(['ImageAccountsFrameworks']);
    expect(mappings?.ImageAccountsFrameworks?.['cn-north-1']).toEqual({ account: '450853457545' });
    expect(Object.keys(mappings?.ImageAccountsFrameworks ?? {})).toHaveLength(37);
  });

  test('a region without the image is not in the mapping, so that CloudFormation refuses the template there', () => {
    const stack = stackIn();
    new CfnOutput(stack, 'Uri', { value: ContainerImage.builtInAlgorithm('lda').bind(stack).imageUri });
    const regions = Object.keys(mappingsOf(stack)?.ImageAccountsLda ?? {});
    expect(regions).toContain('eu-west-1');
    expect(regions).not.toContain('eu-west-3');
  });

  test('none where the region is known', () => {
    const stack = stackIn('us-gov-west-1');
    new CfnOutput(stack, 'Uri', { value: ContainerImage.clarify().bind(stack).imageUri });
    expect(mappingsOf(stack)).toBeUndefined();
  });

  test('each stack has its own', () => {
    const app = new App();
    const stacks = ['One', 'Two'].map(id => new Stack(app, id));
    stacks.forEach(stack => new CfnOutput(stack, 'Uri', { value: ContainerImage.clarify().bind(stack).imageUri }));
    stacks.forEach(stack => expect(Object.keys(mappingsOf(stack) ?? {})).toEqual(['ImageAccountsClarify']));
  });
});

describe('grantPull', () => {
  const statementsOf = (stack: Stack) =>
    Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(
      policy =>
        (policy as { Properties: { PolicyDocument: { Statement: unknown[] } } }).Properties.PolicyDocument.Statement,
    );
  const pullFrom = (resource: unknown) => [
    {
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: resource,
    },
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
  ];
  const arn = (region: string, account: unknown, repository: string) => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ecr:${region}:${String(account)}:repository/${repository}`]],
  });

  test('an AWS image in a known region: its repository only', () => {
    const stack = stackIn('eu-central-1');
    const grant = ContainerImage.xgboost().grantPull(stack, roleIn(stack));
    expect(grant.success).toBe(true);
    expect(statementsOf(stack)).toEqual(pullFrom(arn('eu-central-1', '492215442770', 'sagemaker-xgboost')));
  });

  test('an AWS image in any region: the account comes from the mapping', () => {
    const stack = stackIn();
    ContainerImage.xgboost().grantPull(stack, roleIn(stack));
    const account = { 'Fn::FindInMap': ['ImageAccountsFrameworks', { Ref: 'AWS::Region' }, 'account'] };
    const parts = [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':ecr:',
      { Ref: 'AWS::Region' },
      ':',
      account,
      ':repository/sagemaker-xgboost',
    ];
    expect(statementsOf(stack)).toEqual(pullFrom({ 'Fn::Join': ['', parts] }));
  });

  test('a role in another stack gets a mapping of its own', () => {
    const app = new App();
    const [roles, jobs] = [new Stack(app, 'Roles'), new Stack(app, 'Jobs')];
    ContainerImage.clarify().grantPull(jobs, roleIn(roles));
    app.synth();
    const template = Template.fromStack(roles).toJSON() as Rendered;
    const [mapping, ...others] = Object.values(template.Mappings ?? {});
    expect(others).toEqual([]);
    expect(mapping?.['us-east-1']).toEqual({ account: '205585389593' });
  });

  test('an own repository grants through the repository', () => {
    const stack = stackIn();
    const repository = new ecr.Repository(stack, 'Repository');
    ContainerImage.fromRepository(repository).grantPull(stack, roleIn(stack));
    const [pull, logIn] = pullFrom({ 'Fn::GetAtt': ['Repository22E53BBD', 'Arn'] });
    expect(statementsOf(stack)).toEqual([
      { ...pull, Action: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'] },
      logIn,
    ]);
  });

  test.each([
    '111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/scoring:v1',
    '111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/scoring',
    `111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/scoring@sha256:${'0'.repeat(64)}`,
    '111122223333.dkr.ecr-fips.eu-west-1.amazonaws.com/team/scoring:v1',
    '111122223333.dkr-ecr.eu-west-1.on.aws/team/scoring:v1',
  ])('the URI %s: the repository in it', uri => {
    const stack = stackIn();
    ContainerImage.fromUri(uri).grantPull(stack, roleIn(stack));
    expect(statementsOf(stack)).toEqual(pullFrom(arn('eu-west-1', '111122223333', 'team/scoring')));
    Annotations.fromStack(stack).hasNoWarning('*', '*');
  });

  test.each(['registry.example.com/scoring:1', '1234.dkr.ecr.eu-west-1.amazonaws.com/scoring'])(
    'the URI %s: nothing',
    uri => {
      const stack = stackIn();
      expect(ContainerImage.fromUri(uri).grantPull(stack, roleIn(stack)).success).toBe(false);
      expect(statementsOf(stack)).toEqual([]);
      Annotations.fromStack(stack).hasNoWarning('*', '*');
    },
  );

  test('a URI that is a token: nothing, with a warning', () => {
    const stack = stackIn();
    const uri = `${Aws.ACCOUNT_ID}.dkr.ecr.${Aws.REGION}.${Aws.URL_SUFFIX}/scoring:1`;
    expect(ContainerImage.fromUri(uri).grantPull(jobIn(stack), roleIn(stack)).success).toBe(false);
    expect(statementsOf(stack)).toEqual([]);
    Annotations.fromStack(stack).hasWarning(
      '/Build/Train',
      'the image URI is a token, so pulling it is not granted; use ContainerImage.fromRepository [ack: images:pull-not-granted]',
    );
  });

  test('the wildcard of the login is acknowledged on the policy, once', () => {
    const stack = stackIn();
    const role = roleIn(stack);
    ContainerImage.xgboost().grantPull(stack, role);
    ContainerImage.clarify().grantPull(stack, role);
    const acknowledged = role.node
      .findChild('DefaultPolicy')
      .node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
    expect(acknowledged.map(({ data }) => data as unknown)).toEqual([
      {
        'Annotation::AwsSolutions-IAM5[Resource::*]':
          'ecr:GetAuthorizationToken takes no resource: IAM accepts it on * only. Pulling itself is limited to the repositories used.',
      },
    ]);
  });
});

describe('errors', () => {
  const failures: [string, () => ContainerImage, string][] = [
    [
      'the version does not exist',
      // @ts-expect-error not a version of Spark
      () => ContainerImage.spark('1.6'),
      `'version' must be one of 2.4, 3.0, 3.1, 3.2, 3.3, 3.5 for spark, got: 1.6`,
    ],
    [
      'the version is not built for the processor',
      () => ContainerImage.pytorch('2.8.0', { scope: 'training', processor: 'neuronx' }),
      `'processor' must be one of cpu, gpu for pytorch 2.8.0, got: neuronx`,
    ],
    [
      'the version is not built for the processor of the instance type',
      () => ContainerImage.xgboost('1.7-1', { instanceType: 'ml.c7g.xlarge' }),
      `'instanceType' must have one of the processors cpu, gpu for xgboost 1.7-1, got: ml.c7g.xlarge`,
    ],
    [
      'no image is built for the instance type',
      () => ContainerImage.pytorch('2.8.0', { scope: 'training', instanceType: 'ml.dl1.24xlarge' }),
      `'instanceType' must be one whose processor images are built for, such as ml.m5.xlarge, got: ml.dl1.24xlarge`,
    ],
    [
      'the instance type is a token',
      () => ContainerImage.pytorch('2.8.0', { scope: 'training', instanceType: Aws.STACK_NAME }),
      `'instanceType' must be known at synth (give 'processor' instead), got: a token`,
    ],
    [
      'the processor is not given where there is a choice',
      () => ContainerImage.modelServer('tritonserver', '24.09'),
      `'processor' must be one of cpu, gpu for tritonserver 24.09, got: nothing`,
    ],
    [
      'a processor is given where there is one build',
      () => ContainerImage.modelServer('djl-lmi', '0.36.0', { processor: 'gpu' }),
      `'processor' must be left out for djl-lmi 0.36.0, which is built one way, got: gpu`,
    ],
    [
      'an instance type is given where there is one build',
      () => ContainerImage.modelServer('djl-lmi', '0.36.0', { instanceType: 'ml.g5.xlarge' }),
      `'instanceType' must be left out for djl-lmi 0.36.0, which is built one way, got: ml.g5.xlarge`,
    ],
    [
      'the version is not built for the scope',
      () => ContainerImage.pytorch('2.8.0', { scope: 'inference', processor: 'gpu' }),
      `'scope' must be one of training for pytorch 2.8.0 gpu, got: inference`,
    ],
    [
      'the processor exists for the other scope only',
      () => ContainerImage.xgboost('1.5-1', { scope: 'training', processor: 'graviton' }),
      `'scope' must be one of inference for xgboost 1.5-1 graviton, got: training`,
    ],
    [
      'the base framework does not exist',
      () =>
        ContainerImage.huggingFace('4.49.0', {
          scope: 'training',
          processor: 'gpu',
          baseFrameworkVersion: 'pytorch2.6.0',
        }),
      `'baseFrameworkVersion' must be one of pytorch2.5.1 for huggingface 4.49.0 gpu training, got: pytorch2.6.0`,
    ],
    [
      'the base framework is not given where there is a choice',
      () => ContainerImage.huggingFace('4.26.0', { scope: 'inference', processor: 'cpu' }),
      `'baseFrameworkVersion' must be one of pytorch1.13.1, tensorflow2.11.0 for huggingface 4.26.0 cpu inference, got: nothing`,
    ],
    [
      'the Python does not exist',
      () => ContainerImage.pytorch('2.8.0', { scope: 'training', processor: 'gpu', pythonVersion: 'py311' }),
      `'pythonVersion' must be one of py312 for pytorch 2.8.0 gpu training, got: py311`,
    ],
    [
      'the Python is not given where there is a choice',
      () => ContainerImage.pytorch('1.6.0', { scope: 'training', processor: 'gpu' }),
      `'pythonVersion' must be one of py3, py36 for pytorch 1.6.0 gpu training, got: nothing`,
    ],
    [
      'a Python is given where the tag names none',
      () => ContainerImage.tensorflow('2.18.0', { scope: 'inference', processor: 'gpu', pythonVersion: 'py310' }),
      `'pythonVersion' must be left out for tensorflow 2.18.0 gpu inference, which is built one way, got: py310`,
    ],
    [
      'the Spark version is not built with the Python',
      () => ContainerImage.spark('3.3', { pythonVersion: 'py312', containerVersion: '1.0' }),
      `'pythonVersion' must be one of py39 for spark 3.3, got: py312`,
    ],
    [
      'the Spark container version is not a version',
      () => ContainerImage.spark('3.3', { pythonVersion: 'py39', containerVersion: 'v1.0' }),
      `'containerVersion' must be digits and dots, such as 1.3, got: v1.0`,
    ],
    [
      'the image does not exist in the region',
      () => ContainerImage.detailedProfiler(),
      `'region' must be one where detailed-profiler latest exists (eu-central-1, eu-west-1, il-central-1, us-east-1, us-east-2, us-west-2), got: ap-southeast-2`,
    ],
    [
      'the URI has blanks',
      () => ContainerImage.fromUri('my image'),
      `'uri' must be 1 to 255 characters without blanks, got: my image`,
    ],
    ['the URI is empty', () => ContainerImage.fromUri(''), `'uri' must be 1 to 255 characters without blanks, got: `],
  ];

  test.each(failures)('fails when %s', (_name, image, message) => {
    const error = new Error(`Build/Train: ${message}`);
    expect(() => bind(image(), 'ap-southeast-2')).toThrow(error);
    const stack = stackIn('ap-southeast-2');
    expect(() => image().grantPull(jobIn(stack), roleIn(stack))).toThrow(error);
  });

  test('fails when a tag or digest is malformed', () => {
    const stack = stackIn();
    const repository = new ecr.Repository(stack, 'Repository');
    const image = ContainerImage.fromRepository(repository, '-v1');
    const error = new Error(
      `Build: 'tagOrDigest' must be a tag (1 to 128 letters, digits, _, . and -, the first none of . and -) or a digest (sha256: and 64 hexadecimal digits), got: -v1`,
    );
    expect(() => image.bind(stack)).toThrow(error);
    expect(() => image.grantPull(stack, roleIn(stack))).toThrow(error);
  });
});

test.each<[string, Processor]>([
  ['ml.m5.xlarge', 'cpu'],
  ['ml.c6i.large', 'cpu'],
  ['ml.i3en.large', 'cpu'],
  ['ml.p5en.48xlarge', 'gpu'],
  ['ml.gr6.4xlarge', 'gpu'],
  ['ml.p6-b200.48xlarge', 'gpu'],
])('an instance type %s runs the %s image', (instanceType, processor) => {
  const image = (choice: { instanceType: string } | { processor: Processor }) =>
    bind(ContainerImage.pytorch('2.5.1', { scope: 'inference', ...choice }), 'us-east-1');
  expect(image({ instanceType })).toBe(image({ processor }));
});

test.each(['ml.m6gd.large', 'ml.c6gn.large', 'ml.r8g.large'])(
  'an instance type %s runs the graviton image',
  instanceType => {
    expect(bind(ContainerImage.xgboost('1.5-1', { instanceType }), 'us-east-1')).toMatch(/:1\.5-1-arm64$/);
  },
);

test.each(['ml.inf2.xlarge', 'ml.trn1.2xlarge', 'ml.trn2.48xlarge'])(
  'an instance type %s runs the neuronx image',
  instanceType => {
    expect(bind(ContainerImage.huggingFace('4.51.3', { scope: 'inference', instanceType }), 'us-east-1')).toMatch(
      /-neuronx-/,
    );
  },
);

// Checked by tsc.
export const refusedByTheCompiler = [
  // @ts-expect-error not a built-in algorithm of this name
  () => ContainerImage.builtInAlgorithm('xgboost'),
  // @ts-expect-error not a version
  () => ContainerImage.xgboost('1.7'),
  // @ts-expect-error the scope is missing
  () => ContainerImage.pytorch('2.8.0', { processor: 'gpu' }),
  // @ts-expect-error neither a processor nor an instance type
  () => ContainerImage.pytorch('2.8.0', { scope: 'training' }),
  // @ts-expect-error both a processor and an instance type
  () => ContainerImage.pytorch('2.8.0', { scope: 'training', processor: 'gpu', instanceType: 'ml.g5.xlarge' }),
  // @ts-expect-error a version of another server
  () => ContainerImage.modelServer('djl-lmi', '3.3.6'),
  // @ts-expect-error half a build
  () => ContainerImage.spark('3.5', { pythonVersion: 'py312' }),
];
