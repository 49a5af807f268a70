import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ContainerImage } from '../../constructs/images';
import {
  AutoMLStep,
  ClarifyCheckStep,
  type HostedContainer,
  ModelStep,
  type MultiContainerModelProps,
  type PackageContainer,
  Parameter,
  QualityCheckStep,
  RegisterModelStep,
  type RegisterModelStepProps,
  type RegisteredModelProps,
  type SingleContainerModelProps,
  type SingleContainerPackage,
  type UnversionedPackage,
  type VersionedPackage,
} from '../../constructs/pipeline';
import { ModelExplainabilityAnalysis } from '../../constructs/clarify';
import { allowedFor, expectProblem, fixtureSteps, newStack, written } from '../support/step-fixture';

const xgboost = ContainerImage.xgboost();
const raw = Parameter.string('RawDataUri', { default: 's3://loans/raw/loans.csv' });
const types = { contentTypes: ['text/csv'], responseTypes: ['text/csv'] } as const;
const modelData = 's3://loans/model.tar.gz';
const own = (name: string) => ContainerImage.fromUri(`111122223333.dkr.ecr.eu-west-1.amazonaws.com/${name}:1`);
const encoder: HostedContainer = { image: own('encoder'), modelData: 's3://loans/encoder/model.tar.gz' };
const predictor: HostedContainer = { image: own('predictor'), modelData };
const SAGEMAKER = 'arn:${AWS::Partition}:sagemaker:eu-west-1:111122223333';
const many = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`name${index}`, 'a']));

describe('models of several kinds', () => {
  const fixture = fixtureSteps('model-containers');
  const stack = newStack();
  const network = {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      isolatedSubnetIds: ['subnet-1', 'subnet-2'],
    }),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
  };
  const both = [
    {
      image: ContainerImage.scikitLearn('1.2-1'),
      modelData: 's3://loans/encoder/model.tar.gz',
      environment: { STAGE: 'encode' },
    },
    { image: xgboost, modelData: raw, environment: { STAGE: 'predict' } },
  ] as const;
  const forRecommender = { nearestModelName: 'xgboost', dataInputConfig: '[[1,2]]' };
  const uncompressed = { prefix: 's3://loans/uncompressed/' };
  const steps = [
    new RegisterModelStep('RegisterBoth-RegisterModel', {
      ...types,
      containers: both.map(container => ({
        ...container,
        ...forRecommender,
        framework: 'SKLEARN',
        frameworkVersion: '1.2-1',
      })),
      modelPackageGroupName: 'loans',
      inferenceInstances: ['ml.m5.large'],
      transformInstances: ['ml.m5.xlarge'],
      approvalStatus: 'Approved',
      packageDescription: 'An encoder and a model',
      customerMetadata: { team: 'risk' },
      domain: 'MACHINE_LEARNING',
      task: 'CLASSIFICATION',
      samplePayloadUrl: 's3://loans/sample.tar.gz',
      skipModelValidation: true,
      sourceUri: 's3://loans/source',
    }),
    new ModelStep('CreateBoth-CreateModel', { containers: both, network }),
    new RegisterModelStep('RegisterOne-RegisterModel', {
      ...types,
      ...forRecommender,
      image: xgboost,
      modelData,
      environment: {},
      modelPackageGroupName: 'loans',
      domain: 'MACHINE_LEARNING',
      task: 'REGRESSION',
      samplePayloadUrl: 's3://loans/sample.tar.gz',
      framework: 'XGBOOST',
      frameworkVersion: '1.7-1',
      lifeCycle: { stage: 'Staging', status: 'InReview', description: 'Waits for a review' },
      sourceUri: 'arn:aws:sagemaker:eu-west-1:111122223333:model/loans',
      reports: { modelQuality: 's3://loans/insights.json', explainability: 's3://loans/explanation.json' },
      // The Python SDK writes an empty structure where it has no metric.
      request: { ModelMetrics: { Bias: {} } },
    }),
    new ModelStep('CreateUncompressed-CreateModel', { image: xgboost, modelData: uncompressed, environment: {} }),
    new RegisterModelStep('RegisterUncompressed-RegisterModel', {
      ...types,
      image: xgboost,
      modelData: uncompressed,
      environment: {},
      modelPackageGroupName: 'loans',
    }),
    new ModelStep('CreateFromPackage-CreateModel', {
      modelPackageArn: 'arn:aws:sagemaker:eu-west-1:111122223333:model-package/loans/1',
    }),
    new ModelStep('CreateMany-CreateModel', {
      image: xgboost,
      modelData: 's3://loans/many/',
      mode: 'MultiModel',
      environment: {},
    }),
  ];
  const actual = written(steps, stack);

  test.each(Object.keys(fixture))('%s is as the Python SDK writes it', name => {
    expect(actual[name]).toEqual(fixture[name]);
  });
});

describe('ModelStep', () => {
  const single = (props: Partial<SingleContainerModelProps> = {}) =>
    new ModelStep('Create', { image: xgboost, ...props });
  const several = (props: Partial<MultiContainerModelProps> = {}) =>
    new ModelStep('Create', { containers: [encoder, predictor], ...props });
  const registered = (props: Partial<RegisteredModelProps> = {}) =>
    new ModelStep('Create', { modelPackageArn: `${SAGEMAKER}:model-package/loans/1`, ...props });
  const registering = new RegisterModelStep('Register', { ...types, ...predictor, modelPackageGroupName: 'loans' });

  test('calls containers one by one, by their names', () => {
    const containers = [
      { ...encoder, hostname: 'encoder' },
      { ...predictor, hostname: 'predictor' },
    ];
    expect(written([several({ containers, invocation: 'Direct' })]).Create?.Arguments).toMatchObject({
      Containers: [{ ContainerHostname: 'encoder' }, { ContainerHostname: 'predictor' }],
      InferenceExecutionConfig: { Mode: 'Direct' },
    });
  });

  test('keeps no models in memory where that does not help', () => {
    const step = single({ modelData: 's3://loans/many/', mode: 'MultiModel', modelCache: 'Disabled' });
    expect(written([step]).Create?.Arguments.PrimaryContainer).toMatchObject({
      Mode: 'MultiModel',
      MultiModelConfig: { ModelCacheSetting: 'Disabled' },
    });
  });

  test('takes a version that the pipeline registers, with variables of its own', () => {
    const step = registered({ modelPackageArn: registering.modelPackageArn, environment: { LEVEL: 'info' } });
    expect(written([registering, step]).Create?.Arguments.Containers).toEqual([
      { ModelPackageName: { Get: 'Steps.Register.ModelPackageArn' }, Environment: { LEVEL: 'info' } },
    ]);
  });

  test('lets its role pull each image', () => {
    const { job } = allowedFor([several()]);
    const pulls = job.filter(({ Action }) => Action.includes('ecr:BatchGetImage'));
    expect(pulls.flatMap(({ Resource }) => Resource)).toEqual([
      'arn:${AWS::Partition}:ecr:eu-west-1:111122223333:repository/encoder',
      'arn:${AWS::Partition}:ecr:eu-west-1:111122223333:repository/predictor',
    ]);
  });

  const creates = {
    Action: ['sagemaker:AddTags', 'sagemaker:CreateModel', 'sagemaker:DescribeModel'],
    Resource: [`${SAGEMAKER}:model/*`],
  };

  test('lets the pipeline use a version that is known, and says what is not granted', () => {
    const arn = 'arn:aws:sagemaker:eu-west-1:111122223333:model-package/Loans/1';
    const { pipeline, job, warnings } = allowedFor([registered({ modelPackageArn: arn })]);
    expect(pipeline).toEqual([
      creates,
      { Action: ['sagemaker:CreateModel', 'sagemaker:DescribeModelPackage'], Resource: [arn, arn.toLowerCase()] },
      expect.objectContaining({ Action: ['iam:PassRole'] }),
    ]);
    expect(job).toEqual([]);
    expect(warnings).toEqual([
      "step 'Create': image and data of a registered model are not known at synthesis, so they are not granted; let Loans/Jobs pull the image and read the data [ack: sagemaker-cdk:version-not-granted-Create]",
    ]);
  });

  test('lets the pipeline use any version where the version is not known', () => {
    const step = registered({ modelPackageArn: Parameter.string('Version') });
    expect(allowedFor([step]).pipeline[1]).toEqual({
      Action: ['sagemaker:CreateModel', 'sagemaker:DescribeModelPackage'],
      Resource: [`${SAGEMAKER}:model-package/*`],
    });
  });

  const extra = {
    ChannelName: 'a',
    S3DataSource: { S3Uri: 's3://loans/a/', S3DataType: 'S3Prefix', CompressionType: 'None' },
  } as const;

  test.each([
    ['Create', single({ request: { PrimaryContainer: { AdditionalModelDataSources: [] } } })],
    [
      'Register',
      new RegisterModelStep('Register', {
        ...types,
        ...predictor,
        modelPackageGroupName: 'loans',
        request: { InferenceSpecification: { Containers: [{ AdditionalModelDataSources: [extra] }] } },
      }),
    ],
  ])('warns of what pipelines refuse in step %s', (name, step) => {
    expect(allowedFor([step]).warnings).toEqual([
      `step '${name}': pipelines were reported to refuse AdditionalModelDataSources (https://github.com/aws/sagemaker-python-sdk/issues/4994); put all files into one model [ack: sagemaker-cdk:additional-model-data-${name}]`,
    ]);
    expect(allowedFor([single()]).warnings).toEqual([]);
  });

  const named = { ...encoder, hostname: 'encoder' };
  const files = { prefix: 's3://loans/model/' };
  test.each([
    [
      single({ modelData: { prefix: 's3://loans/model' } }),
      "'modelData.prefix' must end with a slash, got: s3://loans/model",
    ],
    [
      single({ modelData: { prefix: 'model/' } }),
      "'modelData.prefix' must be an S3 URI, which starts with s3://, got: model/",
    ],
    [
      single({ mode: 'MultiModel' }),
      "'modelData' must be the S3 URI of the prefix of several archives for MultiModel, got: nothing",
    ],
    [
      single({ mode: 'MultiModel', modelData: files }),
      "'modelData' must be the S3 URI of the prefix of several archives for MultiModel, got: the files of one model",
    ],
    [single({ modelCache: 'Disabled' }), "'modelCache' must come with the mode MultiModel, got: SingleModel"],
    [
      several({ containers: [{ ...encoder, modelCache: 'Enabled' }] }),
      "'containers[0].modelCache' must come with the mode MultiModel, got: SingleModel",
    ],
    [several({ containers: [] }), "'containers' must be 1 to 15, got: 0"],
    [several({ containers: Array.from({ length: 16 }, () => encoder) }), "'containers' must be 1 to 15, got: 16"],
    [
      several({ containers: [named, predictor] }),
      "'containers' must all have a 'hostname', or none of them, got: 1 of 2",
    ],
    [several({ containers: [named, named] }), "'containers' must have different hostnames, got: encoder twice"],
    [
      several({ invocation: 'Direct' }),
      "'containers' must all have a 'hostname' for the invocation Direct, got: 2 without one",
    ],
    [
      several({ containers: [{ ...encoder, hostname: '-' }] }),
      "'containers[0].hostname' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: -",
    ],
    [
      several({ containers: [{ ...encoder, environment: many(101) }] }),
      "'containers[0].environment' must be at most 100, got: 101",
    ],
    [
      registered({ modelPackageArn: 'loans/1' }),
      "'modelPackageArn' must be the ARN of a version in the model registry, got: loans/1",
    ],
    [
      registered({
        modelPackageArn: 'arn:aws:sagemaker:eu-west-1:111122223333:model-package/loans/1',
        environment: many(101),
      }),
      "'environment' must be at most 100, got: 101",
    ],
  ])('fails when a prop breaks a rule: %#', (step, problem) => {
    expectProblem(step, problem);
  });
});

describe('RegisterModelStep', () => {
  type Versioned = RegisterModelStepProps & VersionedPackage & SingleContainerPackage;
  type Unversioned = RegisterModelStepProps & UnversionedPackage & SingleContainerPackage;
  const versioned = (props: Partial<Versioned> = {}) =>
    new RegisterModelStep('Register', { ...types, ...predictor, modelPackageGroupName: 'loans', ...props });
  const instances = { inferenceInstances: ['ml.m5.large'], transformInstances: ['ml.m5.large'] } as const;
  const alone = (props: Partial<Unversioned> = {}) =>
    new RegisterModelStep('Register', { ...types, ...predictor, ...instances, unversioned: true, ...props });

  test('makes a package of its own, which nobody approves', () => {
    const { Register } = written([alone()]);
    expect(Register?.Arguments).not.toHaveProperty('ModelPackageGroupName');
    expect(Register?.Arguments).not.toHaveProperty('ModelApprovalStatus');
    expect(allowedFor([alone()]).pipeline[0]).toEqual({
      Action: ['sagemaker:AddTags', 'sagemaker:CreateModelPackage', 'sagemaker:DescribeModelPackage'],
      Resource: [`${SAGEMAKER}:model-package/*`],
    });
  });

  test('carries the reports of Autopilot as metrics, each in its place', () => {
    const search = new AutoMLStep('Search', { trainingData: raw, targetAttribute: 'a', outputPath: 's3://loans/a' });
    const { Register } = written([search, versioned({ reports: search.reports })]);
    const report = (name: string) => ({
      S3Uri: { Get: `Steps.Search.BestCandidateProperties.${name}` },
      ContentType: 'application/json',
    });
    expect(Register?.Arguments.ModelMetrics).toEqual({
      ModelQuality: { Statistics: report('ModelInsightsJsonReportPath') },
      Explainability: { Report: report('ExplainabilityJsonReportPath') },
    });
    expect(Register?.Arguments).not.toHaveProperty('DriftCheckBaselines');
  });

  const check = { instanceType: 'ml.m5.large', dataset: 's3://loans/a', outputPath: 's3://loans/b' } as const;
  const skipped = { ...check, skipCheck: true, registerNewBaseline: true } as const;
  const dataQuality = new QualityCheckStep('CheckData', { ...skipped, checkType: 'DATA_QUALITY' });
  const explain = new ClarifyCheckStep('Explain', {
    ...skipped,
    analysis: new ModelExplainabilityAnalysis({
      dataset: { datasetType: 'text/csv', headers: ['good', 'age'], label: 'good' },
      predictor: { instanceType: 'ml.m5.large' },
      shap: { baseline: [[25]], numSamples: 10 },
    }),
    modelName: 'loans',
  });

  test('carries reports beside checks of another kind', () => {
    const reports = { explainability: 's3://loans/explanation.json' };
    const { Register } = written([dataQuality, versioned({ checks: { dataQuality }, reports })]);
    expect(Object.keys(Register?.Arguments.ModelMetrics as object)).toEqual(['ModelDataQuality', 'Explainability']);
    expect(Object.keys(Register?.Arguments.DriftCheckBaselines as object)).toEqual(['ModelDataQuality']);
  });

  test('encrypts the package with a key that the pipeline may use', () => {
    const stack = newStack();
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/loans';
    const step = versioned({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn) });
    expect(allowedFor([step], stack).pipeline.filter(({ Resource }) => Resource.includes(arn))).toEqual([
      { Action: ['kms:DescribeKey'], Resource: [arn] },
      {
        Action: ['kms:CreateGrant'],
        Resource: [arn],
        Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      },
      { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: [arn] },
    ]);
    expect(written([step]).Register?.Arguments.SecurityConfig).toEqual({ KmsKeyId: arn });
  });

  test('lets the pipeline pull all images and read all models', () => {
    const containers: PackageContainer[] = [
      { image: own('encoder'), modelData: { prefix: 's3://loans/encoder/' } },
      predictor,
      { image: own('filter') },
    ];
    const step = new RegisterModelStep('Register', { ...types, containers, modelPackageGroupName: 'loans' });
    const { pipeline } = allowedFor([step]);
    const resourcesOf = (action: string) =>
      pipeline.filter(({ Action }) => Action.includes(action)).flatMap(({ Resource }) => Resource);
    expect(resourcesOf('s3:GetObject')).toEqual([
      'arn:${AWS::Partition}:s3:::loans/encoder/*',
      'arn:${AWS::Partition}:s3:::loans/model.tar.gz',
    ]);
    expect(resourcesOf('ecr:BatchGetImage')).toEqual(
      ['encoder', 'predictor', 'filter'].map(
        name => `arn:\${AWS::Partition}:ecr:eu-west-1:111122223333:repository/${name}`,
      ),
    );
  });

  test.each([
    [
      versioned({ checks: { explainability: explain }, reports: { explainability: 's3://loans/a' } }),
      "'reports.explainability' must be left out where 'checks.explainability' is given, got: both",
    ],
    [
      versioned({ reports: { modelQuality: 'a' } }),
      "'reports.modelQuality' must be an S3 URI, which starts with s3://, got: a",
    ],
    [
      versioned({ frameworkVersion: 'latest' }),
      "'frameworkVersion' must be a digit, a point and 1 to 8 letters, digits, . and -, such as 1.7, got: latest",
    ],
    [
      versioned({ dataInputConfig: 'x'.repeat(16_385) }),
      "'dataInputConfig' must have at most 16384 characters, got: 16385",
    ],
    [versioned({ sourceUri: 'x'.repeat(1025) }), "'sourceUri' must have at most 1024 characters, got: 1025"],
    [
      versioned({ lifeCycle: { stage: 'in review', status: 'Open' } }),
      "'lifeCycle.stage' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: in review",
    ],
    [
      versioned({ lifeCycle: { stage: 'Review', status: '' } }),
      "'lifeCycle.status' must be 1 to 63 letters, digits and hyphens, and start and end with a letter or digit, got: ",
    ],
    [
      versioned({ lifeCycle: { stage: 'Review', status: 'Open', description: 'x'.repeat(1025) } }),
      "'lifeCycle.description' must have at most 1024 characters, got: 1025",
    ],
    [
      alone({ inferenceInstances: [] }),
      "'inferenceInstances' must name at least one instance type for a package without versions, got: none",
    ],
    [
      alone({ transformInstances: [] }),
      "'transformInstances' must name at least one instance type for a package without versions, got: none",
    ],
    [
      new RegisterModelStep('Register', {
        ...types,
        modelPackageGroupName: 'loans',
        containers: [{ ...encoder, frameworkVersion: 'a' }],
      }),
      "'containers[0].frameworkVersion' must be a digit, a point and 1 to 8 letters, digits, . and -, such as 1.7, got: a",
    ],
  ])('fails when a prop breaks a rule: %#', (step, problem) => {
    expectProblem(step.expressions.length > 0 ? [explain, step] : step, problem);
  });
});

// The compiler reads the rest: each line below `@ts-expect-error` must not compile.
export const refused = () => [
  // @ts-expect-error: a group, or a package without versions
  new RegisterModelStep('Register', { ...types, ...predictor }),
  // @ts-expect-error: nobody approves a package without versions
  // prettier-ignore
  new RegisterModelStep('Register', { ...types, ...predictor, unversioned: true, inferenceInstances: [], transformInstances: [], approvalStatus: 'Approved' }),
  // @ts-expect-error: a package without versions needs instance types
  new RegisterModelStep('Register', { ...types, ...predictor, unversioned: true }),
  // @ts-expect-error: one container or several
  new ModelStep('Create', { image: xgboost, containers: [encoder] }),
  // @ts-expect-error: an image, several containers or a version
  new ModelStep('Create', {}),
  // @ts-expect-error: the service ignores the name of a single container
  new ModelStep('Create', { image: xgboost, hostname: 'a' }),
  // @ts-expect-error: a check of data in the place of a check of predictions
  // prettier-ignore
  new RegisterModelStep('Register', { ...types, ...predictor, modelPackageGroupName: 'a', checks: { modelQuality: new QualityCheckStep('a', { checkType: 'DATA_QUALITY', dataset: 's3://a', outputPath: 's3://b', instanceType: 'ml.m5.large' }) } }),
];
