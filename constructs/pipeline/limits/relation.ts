import { Token } from 'aws-cdk-lib/core';

/** Members of a structure as they are given. */
type Members = Readonly<Record<string, unknown>>;

/** The words of a problem with members of one structure: the member at fault, the rule, what was given. */
export interface Broken {
  /** Path below the structure; empty for the structure itself. */
  readonly member: string;
  readonly must: string;
  readonly got: string;
}

type Pair = readonly [member: string, value: string];

type Relation = (members: Members) => Broken | undefined;

const given = (members: Members, names: readonly string[]) => names.filter(name => members[name] !== undefined);
const listed = (names: readonly string[]) => names.join(' and ') || 'none';

/** The text or number at a path, if it is known. */
function literal(members: Members, path: string): unknown {
  const value = path.split('.').reduce<unknown>((part, name) => (part as Members | undefined)?.[name], members);
  return Token.isUnresolved(value) ? undefined : value;
}

function oneOf(...names: readonly string[]): Relation {
  return members => {
    const found = given(members, names);
    return found.length === 1
      ? undefined
      : { member: '', must: `have exactly one of ${names.join(', ')}`, got: listed(found) };
  };
}

/** The first member excludes the others. */
function excludes(first: string, ...others: readonly string[]): Relation {
  return members => {
    const found = given(members, others);
    return members[first] === undefined || found.length === 0
      ? undefined
      : { member: found[0] ?? '', must: `be left out where ${first} is given`, got: listed([first, ...found]) };
  };
}

function needs(first: string, other: string): Relation {
  return members =>
    members[first] === undefined || members[other] !== undefined
      ? undefined
      : { member: other, must: `be given where ${first} is`, got: 'nothing' };
}

/** Two numbers of which the first is at least the second. */
function atLeast(first: string, second: string): Relation {
  return members => {
    const [more, less] = [literal(members, first), literal(members, second)];
    return typeof more !== 'number' || typeof less !== 'number' || more >= less
      ? undefined
      : { member: first, must: `be at least ${second}, which is ${less}`, got: String(more) };
  };
}

/** A value of one member that fits only together with one value of another. An absent other one has its default. */
function onlyWith([member, value]: Pair, [other, wanted]: Pair, byDefault?: string): Relation {
  return members => {
    const found = members[other] === undefined ? byDefault : literal(members, other);
    const known = members[other] === undefined || typeof found === 'string';
    return literal(members, member) !== value || !known || found === wanted
      ? undefined
      : { member, must: `not be ${value} unless ${other} is ${wanted}`, got: value };
  };
}

function only(member: string, value: string): Relation {
  return members => {
    const found = literal(members, member);
    return typeof found !== 'string' || found === value
      ? undefined
      : { member, must: `be ${value} in a pipeline`, got: found };
  };
}

function trainingJob(members: Members): Broken | undefined {
  if (members.ServerlessJobConfig !== undefined) return undefined;
  const missing = ['AlgorithmSpecification', 'ResourceConfig', 'StoppingCondition'].find(
    name => members[name] === undefined,
  );
  return missing === undefined
    ? undefined
    : { member: missing, must: 'be given where ServerlessJobConfig is not', got: 'nothing' };
}

/** The processing job copies a file to a place, unless its own program does. */
function localPath(place: string): Relation {
  return members =>
    members.AppManaged === undefined || members.AppManaged === false
      ? members[place] === undefined || literal(members, place) === undefined || hasPath(members[place])
        ? undefined
        : { member: `${place}.LocalPath`, must: 'be given where AppManaged is not true', got: 'nothing' }
      : undefined;
}

const hasPath = (place: unknown) => (place as Members).LocalPath !== undefined;

/** Hyperband has settings and early stopping of its own. */
function hyperband(members: Members): Broken | undefined {
  const { StrategyConfig: config, TrainingJobEarlyStoppingType: stopping } = members;
  const strategy = literal(members, 'Strategy');
  if (typeof strategy !== 'string') return undefined;
  if (strategy === 'Hyperband') {
    return stopping === 'Auto'
      ? { member: 'TrainingJobEarlyStoppingType', must: 'be Off where Strategy is Hyperband', got: stopping }
      : undefined;
  }
  return config === undefined
    ? undefined
    : { member: 'StrategyConfig', must: 'be left out where Strategy is not Hyperband', got: `Strategy ${strategy}` };
}

function payload(members: Members): Broken | undefined {
  const [parallel, size] = [literal(members, 'MaxConcurrentTransforms'), literal(members, 'MaxPayloadInMB')];
  if (typeof size !== 'number') return undefined;
  const total = size * (typeof parallel === 'number' && parallel > 0 ? parallel : 1);
  return total <= 100
    ? undefined
    : { member: 'MaxPayloadInMB', must: 'be at most 100 for all MaxConcurrentTransforms together', got: String(total) };
}

function associationEnd(members: Members): Broken | undefined {
  const found = given(members, ['Arn', 'Name', 'Type']).join(' and ');
  return found === 'Arn' || found === 'Name and Type'
    ? undefined
    : { member: '', must: 'have either Arn, or Name and Type', got: found || 'none' };
}

/**
 * What the documentation of the API says of members of one structure and the model of the service does not, by shape.
 *
 * Sources: the descriptions of these members in botocore 1.43.107; for EMR and lineage, the developer guide's page on steps.
 */
const RELATIONS: Readonly<Record<string, readonly Relation[]>> = {
  ProcessingInput: [oneOf('S3Input', 'DatasetDefinition'), localPath('S3Input'), localPath('DatasetDefinition')],
  ProcessingOutput: [oneOf('S3Output', 'FeatureStoreOutput')],
  ProcessingS3Input: [onlyWith(['S3CompressionType', 'Gzip'], ['S3InputMode', 'Pipe'], 'File')],
  CreateTrainingJobRequest: [trainingJob],
  AlgorithmSpecification: [oneOf('AlgorithmName', 'TrainingImage')],
  HyperParameterAlgorithmSpecification: [oneOf('AlgorithmName', 'TrainingImage')],
  DataSource: [oneOf('S3DataSource', 'FileSystemDataSource', 'DatasetSource')],
  ProcessingClusterConfig: [oneOf('InstanceType', 'InstancePreferences')],
  ResourceConfig: [
    excludes('InstanceGroups', 'InstanceType', 'InstanceCount'),
    excludes('InstancePreferences', 'InstanceType', 'InstanceGroups', 'InstancePlacementConfig'),
  ],
  StoppingCondition: [atLeast('MaxWaitTimeInSeconds', 'MaxRuntimeInSeconds')],
  CreateHyperParameterTuningJobRequest: [oneOf('TrainingJobDefinition', 'TrainingJobDefinitions')],
  HyperParameterTrainingJobDefinition: [oneOf('ResourceConfig', 'HyperParameterTuningResourceConfig')],
  HyperParameterTuningResourceConfig: [excludes('InstanceConfigs', 'InstanceType', 'InstanceCount', 'VolumeSizeInGB')],
  HyperParameterTuningJobConfig: [hyperband],
  AutoMLJobConfig: [only('Mode', 'ENSEMBLING')],
  CreateTransformJobRequest: [payload],
  CreateModelInput: [oneOf('PrimaryContainer', 'Containers')],
  ContainerDefinition: [oneOf('Image', 'ModelPackageName')],
  ProductionVariant: [
    excludes('ServerlessConfig', 'InstanceType', 'InitialInstanceCount', 'InstancePools'),
    excludes('InstancePools', 'InstanceType'),
  ],
  CreateInferenceComponentInput: [oneOf('Specification', 'Specifications')],
  InferenceComponentSpecification: [
    excludes('ModelName', 'Container'),
    excludes('BaseInferenceComponentName', 'ComputeResourceRequirements'),
  ],
  InferenceComponentComputeResourceRequirements: [atLeast('MaxMemoryRequiredInMb', 'MinMemoryRequiredInMb')],
  CreateCustomModelRequest: [oneOf('ModelSourceConfig', 'CustomModelDataSource')],
  AssociationEnd: [associationEnd],
  EMRStepArguments: [oneOf('ClusterId', 'ClusterConfig'), excludes('ClusterConfig', 'ExecutionRoleArn')],
  JobFlowInstancesConfig: [
    oneOf('InstanceGroups', 'InstanceFleets'),
    needs('EmrManagedMasterSecurityGroup', 'EmrManagedSlaveSecurityGroup'),
    needs('EmrManagedSlaveSecurityGroup', 'EmrManagedMasterSecurityGroup'),
  ],
  EMRServerlessStepArguments: [oneOf('ApplicationId', 'ApplicationConfig')],
};

/** The rules that members of a shape break together. */
export function brokenRelations(shape: string, members: Members): readonly Broken[] {
  return (RELATIONS[shape] ?? []).flatMap(relation => relation(members) ?? []);
}

/** The shapes whose members are compared. */
export const RELATED_SHAPES: readonly string[] = Object.keys(RELATIONS);
