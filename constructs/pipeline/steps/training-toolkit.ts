import type { Late, Value } from '../expression';
import { count, type Rule } from '../problem';
import { distributionHyperparameters } from './training-distribution';
import type { TrainingJob } from './training-job';
import { scriptHyperparameters } from './training-script';

/** The hyperparameters that tell the training toolkit in the container what to run, and how. */
export function toolkitHyperparameters(props: TrainingJob): Record<string, Value<string> | Late> {
  return { ...scriptHyperparameters(props.script), ...distributionHyperparameters(props.distribution, props) };
}

const MAX_HYPERPARAMETERS = 100;

export function hyperparameterRules(props: TrainingJob): readonly Rule[] {
  const { hyperparameters = {} } = props;
  const written = toolkitHyperparameters(props);
  const clash = Object.keys(hyperparameters).filter(name => Object.hasOwn(written, name));
  return [
    count('hyperparameters', { ...hyperparameters, ...written }, MAX_HYPERPARAMETERS),
    [
      clash.length === 0,
      `'hyperparameters' must not hold what 'script' and 'distribution' give, got: ${clash.join(', ')}`,
    ],
  ];
}
