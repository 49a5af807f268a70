import type {
  CreateTrainingJobRequest,
  HyperParameterTrainingJobDefinition,
  TrainingInstanceType,
} from '@aws-sdk/client-sagemaker';
import { type Arguments, mergeArguments, type RequestOverride } from '../arguments';
import type { Expression, Value } from '../expression';
import { type ClusterProps, renderCluster, volumeKeyRule } from '../job';
import { count, type Rule, wholeNumber } from '../problem';
import { resourceRule, strategyOf, type TuningLimits } from './tuning-limits';
import { renderObjective, renderRanges, searchRules, type TuningSearch } from './tuning-ranges';
import { renderTrainingJob, type TrainingJobProps, trainingJobRules } from './training-job';
import { givenHyperparameters, renderAlgorithm, renderHyperparameters, tuningSourceRules } from './training-source';

/** Instances that are taken instead of others. */
export type TuningInstances = Pick<
  ClusterProps<TrainingInstanceType>,
  'instanceType' | 'instanceCount' | 'volumeSizeGiB'
>;

/** The training jobs of a tuning with one algorithm. */
export interface TunedTraining extends TuningSearch {
  /** The jobs that are compared; `hyperparameters` are those that stay the same. */
  readonly training: TrainingJobProps;

  /**
   * Instances that are taken, in this order, where those of `training` are not to be had: up to 5.
   *
   * @default - none: the job waits or fails
   */
  readonly fallbackInstances?: readonly TuningInstances[];
}

/** The training jobs of one algorithm among several. */
export interface TuningDefinition extends TunedTraining {
  /**
   * Any part of the training job definition in the CreateHyperParameterTuningJob request, laid over what the other props give.
   * Name and role are decided.
   *
   * @default - none
   */
  readonly request?: RequestOverride<HyperParameterTrainingJobDefinition, 'DefinitionName' | 'RoleArn'>;
}

const MAX_ENVIRONMENT = 48;

/** Training jobs need no limit of time in a training step, and one in a tuning; `renderTrainingJob` always writes it. */
export type DefinitionArguments = Arguments<
  Omit<HyperParameterTrainingJobDefinition, 'StoppingCondition'> & Pick<CreateTrainingJobRequest, 'StoppingCondition'>
>;

/** The definition of the training jobs of a tuning with one algorithm. */
export function renderTraining({ training, fallbackInstances }: TunedTraining): DefinitionArguments {
  return {
    ...renderTrainingJob(training),
    AlgorithmSpecification: renderAlgorithm(training),
    HyperParameterTuningResourceConfig: fallbackInstances?.length
      ? {
          AllocationStrategy: 'Prioritized',
          InstanceConfigs: [training, ...fallbackInstances].map(renderInstances),
          VolumeKmsKeyId: training.volumeEncryptionKey?.keyArn,
        }
      : renderCluster(training),
    StaticHyperParameters: renderHyperparameters(training),
  };
}

/** The same for one algorithm among several, with its own objective and ranges. */
export function renderDefinition(name: string, definition: TuningDefinition): DefinitionArguments {
  const base: DefinitionArguments = {
    DefinitionName: name,
    TuningObjective: renderObjective(definition.objective),
    HyperParameterRanges: renderRanges(definition.ranges),
    ...renderTraining(definition),
  };
  return mergeArguments(base, definition.request);
}

function renderInstances(instances: TuningInstances): {
  InstanceType: TrainingInstanceType | Expression<string>;
  InstanceCount: Value<number>;
  VolumeSizeInGB: Value<number>;
} {
  const { InstanceType, InstanceCount, VolumeSizeInGB } = renderCluster(instances);
  return { InstanceType, InstanceCount, VolumeSizeInGB };
}

export function trainingRules(
  definition: TunedTraining,
  limits: TuningLimits,
  { autotune, strategyInRequest }: { readonly autotune: boolean; readonly strategyInRequest: boolean },
): readonly Rule[] {
  const { training, fallbackInstances = [] } = definition;
  const strategy = strategyOf(limits);
  return [
    ...below('training', trainingJobRules(training, MAX_ENVIRONMENT, Object.keys(definition.ranges))),
    count('fallbackInstances', fallbackInstances, 5),
    ...fallbackInstances.flatMap((instances, index) =>
      below(`fallbackInstances[${index}]`, [
        wholeNumber('instanceCount', instances.instanceCount, 1),
        wholeNumber('volumeSizeGiB', instances.volumeSizeGiB, 1, 16_384),
      ]),
    ),
    ...fallbackInstances.flatMap(({ instanceType }) =>
      below('training', [volumeKeyRule({ instanceType, volumeEncryptionKey: training.volumeEncryptionKey })]),
    ),
    ...searchRules(definition, { strategy, autotune }, training),
    ...tuningSourceRules(training, definition.objective, definition.ranges, strategy),
    ...(strategy === 'Hyperband' && !strategyInRequest ? [resourceRule(limits, givenHyperparameters(training))] : []),
  ];
}

/** The same rules for a prop inside another one. */
export function below(prop: string, rules: readonly Rule[]): readonly Rule[] {
  return rules.map(([holds, problem]) => [holds, problem.replace(/^'/, `'${prop}.`)]);
}
