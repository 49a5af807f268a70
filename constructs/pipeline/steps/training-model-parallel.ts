import { numberBetween, rule, type Rule, wholeNumber } from '../problem';

/** Parameters of SageMaker's library for model parallelism, in its own names. Those of version 2 are given as they are. */
export interface ModelParallelParameters {
  /** Number of parts that the model is split into: 1 or more. */
  readonly partitions?: number;

  /** Number of parts of a batch that go through the model one after the other: 1 or more. */
  readonly microbatches?: number;

  /** Number of microbatches that are computed at the same time: 1 or more. */
  readonly active_microbatches?: number;
  readonly pipeline?: 'simple' | 'interleaved' | '_only_forward';
  readonly placement_strategy?: 'spread' | 'cluster';
  readonly optimize?: 'speed' | 'memory';

  /** Whether the library splits the model; false needs `default_partition`. */
  readonly auto_partition?: boolean;

  /** Part that takes what the program assigns to none: less than `partitions`. */
  readonly default_partition?: number;

  /** Weight of memory, against time, when the model is split: 0 to 1. */
  readonly memory_weight?: number;

  /** Data parallelism of PyTorch besides. */
  readonly ddp?: boolean;

  /** Port of `ddp`: 0 or more. */
  readonly ddp_port?: number;

  /** Backend of `ddp`. */
  readonly ddp_dist_backend?: string;

  /** Data parallelism of Horovod besides; not together with `ddp`. */
  readonly horovod?: boolean;
  readonly [parameter: string]: string | number | boolean | undefined;
}

/** What the Python SDK refuses. */
export function modelParallelRules(parameters: ModelParallelParameters): readonly Rule[] {
  const at = (name: string) => `distribution.parameters.${name}`;
  const { partitions, default_partition: first, auto_partition: auto, ddp, horovod } = parameters;
  const needsDdp = ['ddp_port', 'ddp_dist_backend'].filter(name => parameters[name] !== undefined);
  return [
    ...(['partitions', 'microbatches', 'active_microbatches'] as const).map(name =>
      wholeNumber(at(name), parameters[name], 1),
    ),
    wholeNumber(at('ddp_port'), parameters.ddp_port, 0),
    numberBetween(at('memory_weight'), parameters.memory_weight, 0, 1),
    [
      auto !== false || first !== undefined,
      `'${at('default_partition')}' must be given where 'auto_partition' is false, got: none`,
    ],
    rule(
      first,
      part => part === undefined || partitions === undefined || part < partitions,
      `'${at('default_partition')}' must be less than 'partitions' (${String(partitions)})`,
    ),
    [
      needsDdp.length === 0 || ddp !== undefined,
      `'${at('ddp')}' must be given with ${needsDdp.join(' and ')}, got: none`,
    ],
    [!(ddp && horovod), `'${at('horovod')}' must not be true together with 'ddp', got: true`],
  ];
}
