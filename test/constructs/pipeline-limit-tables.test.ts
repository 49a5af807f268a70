import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-sagemaker';
import { RawStep } from '../../constructs/pipeline';
import { limitFindings } from '../../constructs/pipeline/limits/check';
import { REQUESTS, STEP_SHAPES } from '../../constructs/pipeline/limits/departure';
import { patternOf } from '../../constructs/pipeline/limits/pattern';
import { type Broken, brokenRelations, RELATED_SHAPES } from '../../constructs/pipeline/limits/relation';
import { type Service, shapeOf, tableOf } from '../../constructs/pipeline/limits/table';
import { enumProblem } from '../../constructs/pipeline/limits/wording';
import type { DefinedStep } from '../support/definition';
import { withBranches } from '../support/definition-parts';
import { membersIn } from '../support/schema-members';
import { withExpressions } from '../support/steps';

const SERVICES: readonly Service[] = ['sagemaker', 'bedrock', 'emr', 'emr-serverless'];
const FIXTURES = join(__dirname, '..', 'fixtures', 'pipeline');

const shapesOf = (service: Service) => Object.entries(tableOf(service).shapes);

describe('the tables of limits', () => {
  test('know every member of the requests that the AWS SDK has types of', () => {
    const requests = Object.values(REQUESTS)
      .filter(({ service, shape }) => service === 'sagemaker' && !Object.hasOwn(STEP_SHAPES, shape))
      .map(({ shape }) => (sdk as unknown as Record<string, unknown>)[`${shape}$`]);
    const members = membersIn(requests);
    expect(members.size).toBeGreaterThan(150);
    const unknown = [...members].flatMap(([name, known]) =>
      known
        .filter(member => !Object.hasOwn(shapeOf('sagemaker', name).members ?? {}, member))
        .map(each => [name, each]),
    );
    expect(unknown).toEqual([]);
  });

  test.each(SERVICES)('refer to shapes and types that exist: %s', service => {
    const types = ['string', 'integer', 'number', 'boolean', 'any'];
    const names = new Set([...shapesOf(service).map(([name]) => name), ...Object.keys(STEP_SHAPES), ...types]);
    const used = shapesOf(service).flatMap(([, shape]) => [
      ...Object.values(shape.members ?? {}),
      ...[shape.item, shape.key, shape.value].flatMap(name => name ?? []),
    ]);
    expect(used.filter(name => !names.has(name))).toEqual([]);
    expect(shapesOf(service).filter(([name]) => types.includes(name))).toEqual([]);
    expect(tableOf(service).origin).toMatch(new RegExp(`^botocore \\d+\\.\\d+\\.\\d+, service model ${service}$`));
  });

  test.each(SERVICES)('have words for every pattern, and JavaScript reads it: %s', service => {
    const patterns = shapesOf(service).flatMap(([, { pattern }]) => pattern ?? []);
    expect(patterns.length).toBeGreaterThan(2);
    expect(patterns.filter(pattern => patternOf(pattern) === undefined)).toEqual([]);
    patterns.forEach(pattern => patternOf(pattern)?.matches('a'));
  });

  test('have instance types of the form that is checked', () => {
    const lists = SERVICES.flatMap(shapesOf).flatMap(([, shape]) => (shape.enum?.startsWith('ml.') ? shape.enum : []));
    const types = lists.flatMap(list => list.split(' '));
    expect(types.length).toBeGreaterThan(500);
    expect(types.flatMap(type => enumProblem('a', ['ml.m5.xlarge'], type))).toEqual([]);
  });

  const textOf = (file: string) => readFileSync(join(FIXTURES, file), 'utf8').replaceAll('"<files>/', '"s3://files/');
  const stepsIn = (text: string) => (JSON.parse(text) as { steps?: DefinedStep[] }).steps ?? [];

  test.each(readdirSync(FIXTURES).filter(file => stepsIn(textOf(file)).length > 0))(
    'find nothing in what the Python SDK writes: %s',
    file => {
      const all = stepsIn(textOf(file)).flatMap(withBranches);
      expect(all.length).toBeGreaterThan(0);
      for (const { Name, Type, Arguments } of all) {
        const step = new RawStep(Name, { type: Type, arguments: withExpressions(Arguments) });
        expect([Name, limitFindings(step).problems]).toEqual([Name, []]);
      }
    },
  );
});

describe('members that depend on each other', () => {
  const nothing: Broken | undefined = undefined;
  const cases: readonly [shape: string, members: Record<string, unknown>, broken: Broken | undefined][] = [
    ['ProcessingInput', { S3Input: { LocalPath: '/opt/ml/processing/a' } }, nothing],
    ['ProcessingInput', { S3Input: {}, AppManaged: true }, nothing],
    [
      'ProcessingInput',
      { S3Input: { LocalPath: 'a' }, DatasetDefinition: { LocalPath: 'a' } },
      { member: '', must: 'have exactly one of S3Input, DatasetDefinition', got: 'S3Input and DatasetDefinition' },
    ],
    [
      'ProcessingInput',
      { S3Input: {} },
      { member: 'S3Input.LocalPath', must: 'be given where AppManaged is not true', got: 'nothing' },
    ],
    [
      'ProcessingInput',
      { DatasetDefinition: {}, AppManaged: false },
      { member: 'DatasetDefinition.LocalPath', must: 'be given where AppManaged is not true', got: 'nothing' },
    ],
    ['ProcessingOutput', {}, { member: '', must: 'have exactly one of S3Output, FeatureStoreOutput', got: 'none' }],
    ['ProcessingS3Input', { S3CompressionType: 'Gzip', S3InputMode: 'Pipe' }, nothing],
    ['ProcessingS3Input', { S3CompressionType: 'None' }, nothing],
    [
      'ProcessingS3Input',
      { S3CompressionType: 'Gzip' },
      { member: 'S3CompressionType', must: 'not be Gzip unless S3InputMode is Pipe', got: 'Gzip' },
    ],
    [
      'ProcessingClusterConfig',
      { InstanceType: 'a', InstancePreferences: [] },
      {
        member: '',
        must: 'have exactly one of InstanceType, InstancePreferences',
        got: 'InstanceType and InstancePreferences',
      },
    ],
    ['CreateTrainingJobRequest', { ServerlessJobConfig: {} }, nothing],
    [
      'CreateTrainingJobRequest',
      { AlgorithmSpecification: {}, ResourceConfig: {} },
      { member: 'StoppingCondition', must: 'be given where ServerlessJobConfig is not', got: 'nothing' },
    ],
    [
      'AlgorithmSpecification',
      {},
      { member: '', must: 'have exactly one of AlgorithmName, TrainingImage', got: 'none' },
    ],
    ['HyperParameterAlgorithmSpecification', { AlgorithmName: 'a' }, nothing],
    [
      'HyperParameterAlgorithmSpecification',
      {},
      { member: '', must: 'have exactly one of AlgorithmName, TrainingImage', got: 'none' },
    ],
    [
      'DataSource',
      { S3DataSource: {}, FileSystemDataSource: {} },
      {
        member: '',
        must: 'have exactly one of S3DataSource, FileSystemDataSource, DatasetSource',
        got: 'S3DataSource and FileSystemDataSource',
      },
    ],
    ['ResourceConfig', { VolumeKmsKeyId: 'a' }, nothing],
    [
      'ResourceConfig',
      { InstanceGroups: [], InstanceCount: 1 },
      {
        member: 'InstanceCount',
        must: 'be left out where InstanceGroups is given',
        got: 'InstanceGroups and InstanceCount',
      },
    ],
    [
      'ResourceConfig',
      { InstancePreferences: [], InstanceType: 'a' },
      {
        member: 'InstanceType',
        must: 'be left out where InstancePreferences is given',
        got: 'InstancePreferences and InstanceType',
      },
    ],
    ['StoppingCondition', { MaxWaitTimeInSeconds: 2, MaxRuntimeInSeconds: 2 }, nothing],
    ['StoppingCondition', { MaxWaitTimeInSeconds: 2, MaxRuntimeInSeconds: {} }, nothing],
    [
      'StoppingCondition',
      { MaxWaitTimeInSeconds: 1, MaxRuntimeInSeconds: 2 },
      { member: 'MaxWaitTimeInSeconds', must: 'be at least MaxRuntimeInSeconds, which is 2', got: '1' },
    ],
    [
      'CreateHyperParameterTuningJobRequest',
      { TrainingJobDefinition: {}, TrainingJobDefinitions: [] },
      {
        member: '',
        must: 'have exactly one of TrainingJobDefinition, TrainingJobDefinitions',
        got: 'TrainingJobDefinition and TrainingJobDefinitions',
      },
    ],
    [
      'HyperParameterTrainingJobDefinition',
      {},
      { member: '', must: 'have exactly one of ResourceConfig, HyperParameterTuningResourceConfig', got: 'none' },
    ],
    [
      'HyperParameterTuningResourceConfig',
      { InstanceConfigs: [], VolumeSizeInGB: 1 },
      {
        member: 'VolumeSizeInGB',
        must: 'be left out where InstanceConfigs is given',
        got: 'InstanceConfigs and VolumeSizeInGB',
      },
    ],
    ['HyperParameterTuningJobConfig', { Strategy: 'Hyperband', StrategyConfig: {} }, nothing],
    [
      'HyperParameterTuningJobConfig',
      { Strategy: 'Random', StrategyConfig: {} },
      { member: 'StrategyConfig', must: 'be left out where Strategy is not Hyperband', got: 'Strategy Random' },
    ],
    [
      'HyperParameterTuningJobConfig',
      { Strategy: 'Hyperband', TrainingJobEarlyStoppingType: 'Auto' },
      { member: 'TrainingJobEarlyStoppingType', must: 'be Off where Strategy is Hyperband', got: 'Auto' },
    ],
    ['AutoMLJobConfig', {}, nothing],
    ['AutoMLJobConfig', { Mode: 'AUTO' }, { member: 'Mode', must: 'be ENSEMBLING in a pipeline', got: 'AUTO' }],
    ['CreateTransformJobRequest', { MaxConcurrentTransforms: 10, MaxPayloadInMB: 10 }, nothing],
    [
      'CreateTransformJobRequest',
      { MaxConcurrentTransforms: 10, MaxPayloadInMB: 11 },
      { member: 'MaxPayloadInMB', must: 'be at most 100 for all MaxConcurrentTransforms together', got: '110' },
    ],
    ['CreateModelInput', {}, { member: '', must: 'have exactly one of PrimaryContainer, Containers', got: 'none' }],
    [
      'ContainerDefinition',
      { Image: 'a', ModelPackageName: 'b' },
      { member: '', must: 'have exactly one of Image, ModelPackageName', got: 'Image and ModelPackageName' },
    ],
    [
      'ProductionVariant',
      { ServerlessConfig: {}, InitialInstanceCount: 1 },
      {
        member: 'InitialInstanceCount',
        must: 'be left out where ServerlessConfig is given',
        got: 'ServerlessConfig and InitialInstanceCount',
      },
    ],
    [
      'CreateInferenceComponentInput',
      {},
      { member: '', must: 'have exactly one of Specification, Specifications', got: 'none' },
    ],
    [
      'InferenceComponentSpecification',
      { ModelName: 'a', Container: {} },
      { member: 'Container', must: 'be left out where ModelName is given', got: 'ModelName and Container' },
    ],
    [
      'InferenceComponentComputeResourceRequirements',
      { MinMemoryRequiredInMb: 512, MaxMemoryRequiredInMb: 256 },
      { member: 'MaxMemoryRequiredInMb', must: 'be at least MinMemoryRequiredInMb, which is 512', got: '256' },
    ],
    [
      'CreateCustomModelRequest',
      {},
      { member: '', must: 'have exactly one of ModelSourceConfig, CustomModelDataSource', got: 'none' },
    ],
    ['AssociationEnd', { Arn: 'a' }, nothing],
    ['AssociationEnd', { Name: 'a' }, { member: '', must: 'have either Arn, or Name and Type', got: 'Name' }],
    [
      'EMRStepArguments',
      { ClusterConfig: {}, ExecutionRoleArn: 'a' },
      {
        member: 'ExecutionRoleArn',
        must: 'be left out where ClusterConfig is given',
        got: 'ClusterConfig and ExecutionRoleArn',
      },
    ],
    [
      'JobFlowInstancesConfig',
      { InstanceFleets: [], EmrManagedMasterSecurityGroup: 'a' },
      {
        member: 'EmrManagedSlaveSecurityGroup',
        must: 'be given where EmrManagedMasterSecurityGroup is',
        got: 'nothing',
      },
    ],
    [
      'EMRServerlessStepArguments',
      {},
      { member: '', must: 'have exactly one of ApplicationId, ApplicationConfig', got: 'none' },
    ],
  ];

  test.each(cases)('are compared in %s %j', (shape, members, broken) => {
    expect(brokenRelations(shape, members)).toEqual(broken ? [broken] : []);
  });

  test('are all tried here, and belong to shapes and members that exist', () => {
    expect(new Set(cases.flatMap(([shape, , broken]) => (broken ? shape : [])))).toEqual(new Set(RELATED_SHAPES));
    const nameless = cases.filter(([shape, members]) => {
      const known = SERVICES.flatMap(service => Object.keys(shapeOf(service, shape).members ?? {}));
      return Object.keys(members).some(member => !known.includes(member));
    });
    expect(nameless).toEqual([]);
  });
});
