import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  Parameter,
  type TrainingCluster,
  type TrainingDistribution,
  TrainingStep,
  type TrainingStepProps,
} from '../../constructs/pipeline';
import { expectProblem, given, written } from '../support/steps';

interface Job {
  readonly name: string;
  readonly ResourceConfig: object;
  readonly HyperParameters: Readonly<Record<string, unknown>>;
}

const path = joinPath(__dirname, '..', 'fixtures', 'pipeline', 'training-distribution.json');
const { jobs } = JSON.parse(readFileSync(path, 'utf8')) as { jobs: readonly Job[] };

const image = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1');
const job = { image, inputs: { train: 's3://loans/train' }, outputPath: 's3://loans/models' } as const;
const two = (instanceType: NonNullable<TrainingCluster['instanceType']>) => ({ instanceType, instanceCount: 2 });
const p4d = two('ml.p4d.24xlarge');
const cpu = { name: 'cpu', instanceType: 'ml.c5.2xlarge', instanceCount: 2 } as const;
const gpu = { name: 'gpu', instanceType: 'ml.p4d.24xlarge', instanceCount: given.count } as const;

describe('a distribution', () => {
  const parameters = {
    partitions: 2,
    microbatches: 4,
    pipeline: 'interleaved',
    optimize: 'speed',
    ddp: true,
    placement_strategy: 'spread',
    memory_weight: 0.5,
  } as const;
  const options = '-verbose -x NCCL_DEBUG=VERSION';
  const ours: Readonly<Record<string, readonly [TrainingCluster, TrainingDistribution]>> = {
    Mpi: [p4d, { strategy: 'mpi', processesPerHost: 8, mpiOptions: options }],
    MpiDefault: [p4d, { strategy: 'mpi' }],
    MpiGroup: [{ instanceGroups: [cpu, gpu] }, { strategy: 'mpi', instanceGroup: 'gpu' }],
    MpiOnlyGroup: [{ instanceGroups: [gpu] }, { strategy: 'mpi' }],
    Torchrun: [p4d, { strategy: 'torchrun' }],
    TorchrunTrainium: [two('ml.trn1.32xlarge'), { strategy: 'torchrun' }],
    TorchrunParameter: [two(Parameter.string('InstanceType')), { strategy: 'torchrun' }],
    ParameterServer: [two('ml.m5.xlarge'), { strategy: 'parameter-server' }],
    DataParallel: [p4d, { strategy: 'data-parallel', mpiOptions: '-verbose' }],
    DataParallelTorchrun: [two('ml.p5.48xlarge'), { strategy: 'data-parallel', launcher: 'torchrun' }],
    DataParallelGroup: [{ instanceGroups: [cpu, gpu] }, { strategy: 'data-parallel', instanceGroup: 'gpu' }],
    ModelParallel: [p4d, { strategy: 'model-parallel', parameters, processesPerHost: 8 }],
    ModelParallelTorchrun: [
      two('ml.p5.48xlarge'),
      { strategy: 'model-parallel', launcher: 'torchrun', parameters: { hybrid_shard_degree: 8 } },
    ],
  };
  // Python writes blanks into JSON.
  const read = ({ mp_parameters: json, ...others }: Readonly<Record<string, unknown>>) => ({
    ...others,
    ...(json !== undefined && { mp_parameters: JSON.parse(json as string) as unknown }),
  });

  test('is tested in every form of the fixture', () => {
    expect(Object.keys(ours)).toEqual(jobs.map(({ name }) => name));
  });

  test.each(jobs.map(each => [each.name, each] as const))('%s is that of the Python SDK', (name, expected) => {
    const [cluster, distribution] = ours[name] ?? [p4d];
    const { Arguments } = written(new TrainingStep(name, { ...job, ...cluster, distribution }));
    expect(read(Arguments.HyperParameters as Record<string, unknown>)).toEqual(read(expected.HyperParameters));
    expect(Arguments.ResourceConfig).toEqual(expected.ResourceConfig);
  });

  test('stands beside the hyperparameters of the program', () => {
    const hyperparameters = { epochs: 3, optimizer: 'adam' };
    const step = new TrainingStep('Train', {
      ...job,
      ...p4d,
      hyperparameters,
      distribution: { strategy: 'parameter-server' },
    });
    expect(written(step).Arguments.HyperParameters).toEqual({
      epochs: '3',
      optimizer: 'adam',
      sagemaker_parameter_server_enabled: 'true',
    });
  });

  test('on groups with torchrun says nothing of an instance type', () => {
    const step = new TrainingStep('Train', {
      ...job,
      instanceGroups: [cpu, gpu],
      distribution: { strategy: 'torchrun' },
    });
    expect(written(step).Arguments.HyperParameters).toEqual({ sagemaker_torch_distributed_enabled: 'true' });
  });

  test('does not compile with members of another strategy', () => {
    const refused: TrainingDistribution[] = [
      // @ts-expect-error: torchrun has no options of MPI
      { strategy: 'torchrun', mpiOptions: '-verbose' },
      // @ts-expect-error: the library needs its parameters
      { strategy: 'model-parallel' },
      // @ts-expect-error: no such strategy
      { strategy: 'smdistributed' },
      // @ts-expect-error: the pipeline of the library has other names
      { strategy: 'model-parallel', parameters: { pipeline: 'fast' } },
    ];
    expect(refused).toHaveLength(4);
  });
});

describe('fails when a distribution', () => {
  const fails = (props: TrainingCluster & Partial<TrainingStepProps>, problem: string) => {
    expectProblem(new TrainingStep('Train', { ...job, ...props } as TrainingStepProps), problem);
  };
  const groups = { instanceGroups: [cpu, gpu] };

  test.each([
    [
      { ...p4d, distribution: { strategy: 'mpi', instanceGroup: 'gpu' } },
      "'distribution.instanceGroup' must name one of the instance groups (there are none), got: gpu",
    ],
    [
      { ...groups, distribution: { strategy: 'data-parallel', instanceGroup: 'tpu' } },
      "'distribution.instanceGroup' must name one of the instance groups (cpu, gpu), got: tpu",
    ],
    [
      { ...groups, distribution: { strategy: 'mpi' } },
      "'distribution.instanceGroup' must name the group that trains (cpu, gpu), because a distribution runs on one, got: none",
    ],
    [
      { ...groups, distribution: { strategy: 'parameter-server' } },
      "'distribution.strategy' must be another one with 'instanceGroups', because parameter servers run on all instances alike, got: parameter-server",
    ],
    [
      { ...two('ml.trn1.32xlarge'), distribution: { strategy: 'mpi' } },
      "'distribution.strategy' must be torchrun on Trainium instances, got: mpi",
    ],
    [
      { ...two('ml.m5.xlarge'), distribution: { strategy: 'torchrun' } },
      "'instanceType' must have GPUs or Trainium for torchrun, got: ml.m5.xlarge",
    ],
    [
      { ...two('ml.c5.xlarge'), distribution: { strategy: 'data-parallel', launcher: 'torchrun' } },
      "'instanceType' must have GPUs or Trainium for torchrun, got: ml.c5.xlarge",
    ],
    [
      { ...two('ml.p5.48xlarge'), distribution: { strategy: 'data-parallel' } },
      "'instanceType' must be one of ml.p3.16xlarge, ml.p3dn.24xlarge, ml.p4d.24xlarge, ml.p4de.24xlarge for data-parallel with launcher mpi, got: ml.p5.48xlarge",
    ],
    [
      { ...groups, distribution: { strategy: 'data-parallel', instanceGroup: 'cpu' } },
      "'instanceType' must be one of ml.p3.16xlarge, ml.p3dn.24xlarge, ml.p4d.24xlarge, ml.p4de.24xlarge for data-parallel with launcher mpi, got: ml.c5.2xlarge",
    ],
    [
      { ...two('ml.p5.48xlarge'), distribution: { strategy: 'model-parallel', parameters: {} } },
      "'distribution.launcher' must be torchrun on ml.p5.48xlarge, which this library starts on with torchrun only, got: mpi",
    ],
    [
      {
        ...p4d,
        distribution: {
          strategy: 'model-parallel',
          parameters: {},
          launcher: 'torchrun',
          processesPerHost: 8,
          mpiOptions: '-v',
        },
      },
      "'distribution' must have no 'processesPerHost' and no 'mpiOptions' with launcher torchrun, got: processesPerHost, mpiOptions",
    ],
    [
      { ...p4d, distribution: { strategy: 'mpi', processesPerHost: 0 } },
      "'distribution.processesPerHost' must be a whole number of 1 or more, got: 0",
    ],
    [
      {
        ...p4d,
        distribution: { strategy: 'torchrun' },
        script: { files: FileSet.fromJson('train.sh', 1), entry: 'train.sh' },
      },
      "'script.entry' must be a .py file for torchrun, got: train.sh",
    ],
    [
      { ...p4d, distribution: { strategy: 'mpi' }, hyperparameters: { sagemaker_mpi_enabled: false } },
      "'hyperparameters' must not hold what 'script' and 'distribution' give, got: sagemaker_mpi_enabled",
    ],
  ] as [TrainingCluster & Partial<TrainingStepProps>, string][])('breaks a rule: %#', fails);

  test.each([
    [{ partitions: 0 }, "'distribution.parameters.partitions' must be a whole number of 1 or more, got: 0"],
    [{ microbatches: 1.5 }, "'distribution.parameters.microbatches' must be a whole number of 1 or more, got: 1.5"],
    [
      { active_microbatches: -1 },
      "'distribution.parameters.active_microbatches' must be a whole number of 1 or more, got: -1",
    ],
    [{ memory_weight: 2 }, "'distribution.parameters.memory_weight' must be from 0 to 1, got: 2"],
    [
      { auto_partition: false },
      "'distribution.parameters.default_partition' must be given where 'auto_partition' is false, got: none",
    ],
    [
      { partitions: 2, default_partition: 2 },
      "'distribution.parameters.default_partition' must be less than 'partitions' (2), got: 2",
    ],
    [{ ddp_port: 1 }, "'distribution.parameters.ddp' must be given with ddp_port, got: none"],
    [{ ddp: true, ddp_port: -1 }, "'distribution.parameters.ddp_port' must be a whole number of 0 or more, got: -1"],
    [{ ddp: true, horovod: true }, "'distribution.parameters.horovod' must not be true together with 'ddp', got: true"],
  ])('has parameters that the Python SDK refuses: %#', (parameters, problem) => {
    fails({ ...p4d, distribution: { strategy: 'model-parallel', parameters } }, problem);
  });
});
