import { Expression, type Value } from '../expression';
import { isUnknown, type Rule, wholeNumber } from '../problem';
import { groupNames, type TrainingCluster, type TrainingInstanceGroup } from './training-cluster';
import { type ModelParallelParameters, modelParallelRules } from './training-model-parallel';
import { toJson, type TrainingScript } from './training-script';

/** Of strategies that run on one group of a cluster of several types. */
export interface GroupedStrategy {
  /**
   * Name of the instance group whose instances train together.
   *
   * @default - all instances, or the only group
   */
  readonly instanceGroup?: string;
}

/** The program runs under Open MPI, such as one with Horovod. */
export interface MpiDistribution extends GroupedStrategy {
  readonly strategy: 'mpi';

  /**
   * Number of processes on each instance: 1 or more.
   *
   * @default - one for each GPU, by the training toolkit
   */
  readonly processesPerHost?: Value<number>;

  /**
   * More options of `mpirun`, such as `-verbose -x NCCL_DEBUG=VERSION`.
   *
   * @default - none
   */
  readonly mpiOptions?: string;
}

/** PyTorch's `torchrun` runs the program, a `.py` file, on each GPU or Trainium core. */
export interface TorchrunDistribution {
  readonly strategy: 'torchrun';
}

/** TensorFlow's parameter servers, one on each instance. */
export interface ParameterServerDistribution {
  readonly strategy: 'parameter-server';
}

/** The library of SageMaker for data parallelism. */
export interface DataParallelDistribution extends GroupedStrategy {
  readonly strategy: 'data-parallel';

  /**
   * What starts the processes: MPI on ml.p3.16xlarge, ml.p3dn.24xlarge, ml.p4d.24xlarge and ml.p4de.24xlarge, `torchrun` on
   * newer ones.
   *
   * @default mpi
   */
  readonly launcher?: 'mpi' | 'torchrun';

  /**
   * More options of `mpirun`.
   *
   * @default - none
   */
  readonly mpiOptions?: string;
}

/** The library of SageMaker for models that are too large for one GPU. */
export interface ModelParallelDistribution extends GroupedStrategy {
  readonly strategy: 'model-parallel';

  /**
   * Parameters of the library, in its own names.
   *
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-parallel-v2.html
   */
  readonly parameters: ModelParallelParameters;

  /**
   * What starts the processes: MPI for version 1 of the library, `torchrun` for version 2.
   *
   * @default mpi
   */
  readonly launcher?: 'mpi' | 'torchrun';

  /**
   * Number of processes on each instance with launcher `mpi`: 1 or more.
   *
   * @default - one for each GPU, by the training toolkit
   */
  readonly processesPerHost?: Value<number>;

  /**
   * More options of `mpirun`, with launcher `mpi`.
   *
   * @default - none
   */
  readonly mpiOptions?: string;
}

/** How a program is started on all instances of a job, by the training toolkit in the container. */
export type TrainingDistribution =
  | MpiDistribution
  | TorchrunDistribution
  | ParameterServerDistribution
  | DataParallelDistribution
  | ModelParallelDistribution;

/** The hyperparameters by which the Python SDK gives a distribution to the toolkit. */
export function distributionHyperparameters(
  distribution: TrainingDistribution | undefined,
  cluster: TrainingCluster,
): Record<string, Value<string>> {
  if (!distribution) return {};
  const group = groupOf(distribution, cluster);
  const onGroup = group && { sagemaker_distribution_instance_groups: JSON.stringify([group.name]) };
  const instanceType = { sagemaker_instance_type: renderType(cluster.instanceType) };
  const library = {
    ...instanceType,
    ...('launcher' in distribution && distribution.launcher === 'torchrun' && TORCHRUN),
  };
  switch (distribution.strategy) {
    case 'mpi':
      return { ...onGroup, ...mpi(distribution) };
    case 'torchrun':
      return { ...TORCHRUN, ...(!cluster.instanceGroups && instanceType) };
    case 'parameter-server':
      return { sagemaker_parameter_server_enabled: 'true' };
    case 'data-parallel':
      return {
        ...onGroup,
        ...library,
        sagemaker_distributed_dataparallel_enabled: 'true',
        sagemaker_distributed_dataparallel_custom_mpi_options: JSON.stringify(distribution.mpiOptions ?? ''),
      };
    case 'model-parallel':
      return {
        ...onGroup,
        ...library,
        ...(distribution.launcher !== 'torchrun' && mpi(distribution)),
        sagemaker_distributed_dataparallel_enabled: 'false',
        mp_parameters: JSON.stringify(distribution.parameters),
      };
  }
}

const TORCHRUN = { sagemaker_torch_distributed_enabled: 'true' };

function mpi({ processesPerHost, mpiOptions = '' }: Omit<MpiDistribution, 'strategy'>): Record<string, Value<string>> {
  return {
    sagemaker_mpi_enabled: 'true',
    ...(processesPerHost !== undefined && { sagemaker_mpi_num_of_processes_per_host: toJson(processesPerHost) }),
    sagemaker_mpi_custom_mpi_options: JSON.stringify(mpiOptions),
  };
}

function renderType(type: TrainingCluster['instanceType']): Value<string> {
  // Of a cluster of several types, the Python SDK writes None.
  if (type === undefined) return 'null';
  return type instanceof Expression ? type : JSON.stringify(type);
}

/** The group that a strategy runs on: the one that it names, or the only one. */
function groupOf(
  distribution: TrainingDistribution,
  { instanceGroups = [] }: TrainingCluster,
): TrainingInstanceGroup | undefined {
  const only = instanceGroups.length === 1 ? instanceGroups[0] : undefined;
  const name = 'instanceGroup' in distribution ? distribution.instanceGroup : undefined;
  return takesGroup(distribution) ? (instanceGroups.find(group => group.name === name) ?? only) : undefined;
}

function takesGroup(distribution: TrainingDistribution): distribution is TrainingDistribution & GroupedStrategy {
  return !['torchrun', 'parameter-server'].includes(distribution.strategy);
}

/** Those that the library starts on with MPI. */
const DATA_PARALLEL_TYPES = ['ml.p3.16xlarge', 'ml.p3dn.24xlarge', 'ml.p4d.24xlarge', 'ml.p4de.24xlarge'];

/** What the Python SDK refuses, and what the library's documentation does. */
export function distributionRules(
  distribution: TrainingDistribution | undefined,
  cluster: TrainingCluster,
  script: TrainingScript | undefined,
): readonly Rule[] {
  if (!distribution) return [];
  const { strategy } = distribution;
  const torchrun = strategy === 'torchrun' || ('launcher' in distribution && distribution.launcher === 'torchrun');
  const type = groupOf(distribution, cluster)?.instanceType ?? cluster.instanceType;
  const known = isUnknown(type) ? undefined : String(type);
  const processes = 'processesPerHost' in distribution ? distribution.processesPerHost : undefined;
  const options = 'mpiOptions' in distribution ? distribution.mpiOptions : undefined;
  return [
    ...groupRules(distribution, cluster),
    [
      torchrun || !(known ?? '').startsWith('ml.trn'),
      `'distribution.strategy' must be torchrun on Trainium instances, got: ${strategy}`,
    ],
    [
      !torchrun || known === undefined || /^ml\.(p|g|trn)/.test(known),
      `'instanceType' must have GPUs or Trainium for torchrun, got: ${known ?? ''}`,
    ],
    [
      !torchrun || !script || script.entry.endsWith('.py'),
      `'script.entry' must be a .py file for torchrun, got: ${script?.entry ?? ''}`,
    ],
    [
      strategy !== 'data-parallel' || torchrun || known === undefined || DATA_PARALLEL_TYPES.includes(known),
      `'instanceType' must be one of ${DATA_PARALLEL_TYPES.join(', ')} for data-parallel with launcher mpi, got: ${known ?? ''}`,
    ],
    [
      strategy !== 'model-parallel' || torchrun || known !== 'ml.p5.48xlarge',
      `'distribution.launcher' must be torchrun on ml.p5.48xlarge, which this library starts on with torchrun only, got: mpi`,
    ],
    [
      !torchrun || (processes === undefined && options === undefined),
      `'distribution' must have no 'processesPerHost' and no 'mpiOptions' with launcher torchrun, got: ${[processes === undefined ? [] : 'processesPerHost', options === undefined ? [] : 'mpiOptions'].flat().join(', ')}`,
    ],
    wholeNumber('distribution.processesPerHost', processes, 1),
    ...(strategy === 'model-parallel' ? modelParallelRules(distribution.parameters) : []),
  ];
}

function groupRules(distribution: TrainingDistribution, cluster: TrainingCluster): readonly Rule[] {
  const names = groupNames(cluster);
  const name = 'instanceGroup' in distribution ? distribution.instanceGroup : undefined;
  const several = names.length > 1;
  return [
    [
      name === undefined || names.includes(name),
      `'distribution.instanceGroup' must name one of the instance groups (${names.join(', ') || 'there are none'}), got: ${name ?? ''}`,
    ],
    [
      !several || !takesGroup(distribution) || name !== undefined,
      `'distribution.instanceGroup' must name the group that trains (${names.join(', ')}), because a distribution runs on one, got: none`,
    ],
    [
      names.length === 0 || distribution.strategy !== 'parameter-server',
      `'distribution.strategy' must be another one with 'instanceGroups', because parameter servers run on all instances alike, got: parameter-server`,
    ],
  ];
}
