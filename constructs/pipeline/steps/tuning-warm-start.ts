import type { HyperParameterTuningJobWarmStartConfig } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import { Expression, type Value } from '../expression';
import { count, rule, type Rule } from '../problem';

/** A tuning that has a job, such as a `TuningStep`. */
export interface PreviousTuning {
  /** Name of the tuning job. */
  readonly jobName: Expression<string>;
}

/**
 * What a tuning learns from earlier ones. The objective and the number of hyperparameters, fixed and searched, must be theirs.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
 */
export interface TuningWarmStart {
  /** Whether data and image are those of the earlier tunings, or differ. */
  readonly type: 'IdenticalDataAndAlgorithm' | 'TransferLearning';

  /** The earlier tunings, by the names of their jobs or as steps of this pipeline: 1 to 5, all of them ended. */
  readonly parents: readonly (Value<string> | PreviousTuning)[];
}

export function renderWarmStart({ type, parents }: TuningWarmStart): Arguments<HyperParameterTuningJobWarmStartConfig> {
  return {
    WarmStartType: type,
    ParentHyperParameterTuningJobs: parents.map(parent => ({ HyperParameterTuningJobName: jobNameOf(parent) })),
  };
}

export function warmStartRules({ parents }: TuningWarmStart): readonly Rule[] {
  return [
    count('warmStart.parents', parents, 5, 1),
    ...parents.map(parent =>
      rule(
        jobNameOf(parent),
        name => /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$/.test(String(name)) && String(name).length <= 32,
        `'warmStart.parents' must be names of 1 to 32 letters, digits and hyphens, a letter or digit at both ends`,
      ),
    ),
  ];
}

function jobNameOf(parent: Value<string> | PreviousTuning): Value<string> {
  return typeof parent === 'string' || parent instanceof Expression ? parent : parent.jobName;
}
