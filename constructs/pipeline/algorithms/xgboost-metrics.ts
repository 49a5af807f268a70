import type { XgboostVersion } from '../../images';
import type { Direction } from './content';
import { isFrom } from './xgboost-version';

/** The metrics of a version, and their better end. Version `1` holds XGBoost 0.72. */
export function xgboostMetrics(version: XgboostVersion): Readonly<Record<string, Direction>> {
  const from = (first: XgboostVersion) => isFrom(version, first);
  return {
    ...maximize('auc', 'map', 'ndcg'),
    ...minimize('error', 'logloss', 'mae', 'merror', 'mlogloss', 'rmse'),
    ...(from('0.90-1') && { ...maximize('accuracy', 'aucpr', 'f1'), ...minimize('gamma-deviance', 'mse') }),
    // The containers of 0.90 call these maximal, although they are losses; tunings are judged by what the container says.
    ...(from('0.90-1') && (from('1.0-1') ? minimize(...NEGATIVE_LIKELIHOODS) : maximize(...NEGATIVE_LIKELIHOODS))),
    ...(from('1.0-1') && minimize('rmsle')),
    ...(from('1.2-1') && { ...maximize('r2'), ...minimize('aft-nloglik', 'interval-regression-accuracy', 'mphe') }),
    ...(from('1.2-2') && maximize('f1_binary', 'f1_macro')),
    ...(from('1.3-1') && {
      ...maximize('balanced_accuracy', 'precision', 'precision_macro', 'precision_micro'),
      ...maximize('recall', 'recall_macro', 'recall_micro'),
      ...minimize('mape'),
    }),
  };
}

const NEGATIVE_LIKELIHOODS = ['cox-nloglik', 'gamma-nloglik', 'poisson-nloglik', 'tweedie-nloglik'];

const maximize = (...names: readonly string[]) => directed('Maximize', names);
const minimize = (...names: readonly string[]) => directed('Minimize', names);

function directed(direction: Direction, names: readonly string[]): Readonly<Record<string, Direction>> {
  return Object.fromEntries(names.map(name => [name, direction]));
}
