import { ContainerImage, type XgboostVersion } from '../../images';
import { isUnknown, type Rule } from '../problem';
import type { AlgorithmContent, AlgorithmJob, Direction } from './content';
import { boolean, continuous, type Hyperparameter, type Hyperparameters, integer, jsonList } from './hyperparameter';
import { type HyperparameterValues, listOf, oneOf, shown } from './hyperparameter';
import { hasGpu, hasSeveralInstances, mediaType, modeOf, settingsOf } from './job-rules';
import type { XgboostHyperparameter, XgboostHyperparameters } from './xgboost-hyperparameters';
import { xgboostMetrics } from './xgboost-metrics';
import { isFrom } from './xgboost-version';

const CSV = ['text/csv', 'csv'];
const LIBSVM = ['text/libsvm', 'text/x-libsvm', 'libsvm'];
const OTHER_TYPES = ['application/x-parquet', 'parquet', 'application/x-recordio-protobuf', 'recordio-protobuf'];
const GROWING = ['distcol', 'grow_colmaker', 'grow_histmaker', 'grow_quantile_histmaker'];
const UPDATING = ['prune', 'refresh'];

/**
 * The rules of the container itself, which refuses what breaks them after the instances have started.
 *
 * @see https://github.com/aws/sagemaker-xgboost-container
 */
export function xgboost(version: XgboostVersion, hyperparameters: XgboostHyperparameters): AlgorithmContent {
  const name = `XGBoost ${version}`;
  const given: HyperparameterValues = { ...hyperparameters };
  const metrics = xgboostMetrics(version);
  const contentTypes = isFrom(version, '0.90-1') ? [...CSV, ...LIBSVM, ...OTHER_TYPES] : [...CSV, ...LIBSVM];
  const channel = { contentTypes, pipedContentTypes: pipedTypes(version) };
  return {
    name,
    image: ContainerImage.xgboost(version),
    given,
    hyperparameters: known(version, Object.keys(metrics)),
    channels: [
      { name: 'train', required: true, ...channel },
      { name: 'validation', ...channel },
    ],
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([metric, direction]): [string, Direction] => [`validation:${metric}`, direction]),
    ),
    measuredOn: ['validation'],
    checkpoints: isFrom(version, '0.90-1'),
    rules: tuned => rulesBetween(version, given, tuned),
    jobRules: (job, tuned) => jobRules(version, given, job, tuned),
  };
}

/** LibSVM was never read from pipes, and 3.2-0 reads nothing from them. */
function pipedTypes(version: XgboostVersion): readonly string[] | undefined {
  if (isFrom(version, '3.2-0')) return [];
  return isFrom(version, '0.90-1') ? [...CSV, ...OTHER_TYPES] : undefined;
}

function known(version: XgboostVersion, metrics: readonly string[]): Hyperparameters {
  const from = (first: XgboostVersion) => isFrom(version, first);
  const all: Record<XgboostHyperparameter, Hyperparameter | false> = {
    aft_loss_distribution: from('1.2-1') && oneOf(['normal', 'logistic', 'extreme']),
    aft_loss_distribution_scale: from('1.2-1') && continuous({ min: 0 }),
    alpha: continuous({ min: 0 }, { tunable: true }),
    base_score: continuous({ min: 0 }),
    booster: oneOf(['gbtree', 'gblinear', 'dart']),
    colsample_bylevel: continuous({ above: 0, max: 1 }, { tunable: true }),
    colsample_bynode: from('0.90-1') && continuous({ above: 0, max: 1 }, { tunable: true }),
    colsample_bytree: continuous({ above: 0, max: 1 }, { tunable: true }),
    csv_weights: integer({ min: 0, max: 1 }),
    deterministic_histogram: from('1.2-1') && boolean('true'),
    dsplit: from('0.90-1') && oneOf(['row', 'col']),
    early_stopping_rounds: integer({ min: 1 }),
    eta: continuous({ min: 0, max: 1 }, { tunable: true }),
    eval_metric: metricHyperparameter(metrics, from('0.90-1')),
    gamma: continuous({ min: 0 }, { tunable: true }),
    grow_policy: oneOf(['depthwise', 'lossguide']),
    interaction_constraints: from('1.0-1') && INTERACTIONS,
    lambda: continuous({ min: 0 }, { tunable: true }),
    lambda_bias: continuous({ min: 0, max: 1 }),
    max_bin: integer({ min: 0 }),
    max_delta_step: continuous({ min: 0 }, { tunable: true }),
    max_depth: integer({ min: 0 }, { tunable: true }),
    max_leaves: integer({ min: 0 }),
    min_child_weight: continuous({ min: 0 }, { tunable: true }),
    monotone_constraints: from('1.0-1') && MONOTONE,
    normalize_type: oneOf(['tree', 'forest']),
    nthread: integer({ min: 1 }),
    num_class: integer({ min: 2 }),
    num_parallel_tree: from('0.90-2') && integer({ min: 1 }),
    num_round: integer({ min: 1 }, { required: true, tunable: true }),
    objective: from('0.90-1') ? oneOf(objectives(version)) : { type: 'FreeText' },
    one_drop: integer({ min: 0, max: 1 }),
    predictor: from('0.90-1') && oneOf(from('1.2-1') ? ['auto', 'cpu_predictor', 'gpu_predictor'] : ['cpu_predictor']),
    prob_buffer_row: from('1.3-1') && integer({ above: 1 }),
    process_type: oneOf(['default', 'update']),
    rate_drop: continuous({ min: 0, max: 1 }),
    refresh_leaf: integer({ min: 0, max: 1 }),
    sample_type: oneOf(['uniform', 'weighted']),
    sampling_method: from('1.3-1') && oneOf(['uniform', 'gradient_based']),
    save_model_on_termination: from('1.0-1') && boolean('true'),
    scale_pos_weight: continuous({ above: 0 }),
    seed: integer({ above: -(2 ** 31), below: 2 ** 31 - 1 }),
    silent: !from('1.2-1') && integer({ min: 0, max: 1 }),
    single_precision_histogram: from('1.2-1') && !from('1.7-1') && boolean('true'),
    sketch_eps: continuous({ above: 0, below: 1 }),
    skip_drop: continuous({ min: 0, max: 1 }),
    subsample: continuous({ above: 0, max: 1 }, { tunable: true }),
    // The container calls it fixed; the developer guide's page on ranges tunes it.
    tree_method: oneOf(['auto', 'exact', 'approx', 'hist', ...(from('1.2-1') ? ['gpu_hist'] : [])], { tunable: true }),
    tweedie_variance_power: continuous({ above: 1, below: 2 }),
    updater: listOf(updaters(version), list => list.join(',')),
    use_dask_gpu_training: from('1.5-1') && boolean('true'),
    verbosity: from('0.90-1') && integer({ min: 0, max: 3 }),
  };
  const entries = Object.entries(all);
  return Object.fromEntries(entries.filter((entry): entry is [string, Hyperparameter] => entry[1] !== false));
}

function objectives(version: XgboostVersion): readonly string[] {
  return [
    ...['binary:hinge', 'binary:logistic', 'binary:logitraw', 'count:poisson', 'multi:softmax', 'multi:softprob'],
    ...['rank:map', 'rank:ndcg', 'rank:pairwise'],
    ...(isFrom(version, '1.7-1') ? ['reg:absoluteerror'] : []),
    ...['reg:gamma', 'reg:linear', 'reg:logistic'],
    ...(isFrom(version, '1.2-1') ? ['reg:pseudohubererror'] : []),
    'reg:squarederror',
    ...(isFrom(version, '1.0-1') ? ['reg:squaredlogerror'] : []),
    'reg:tweedie',
    ...(isFrom(version, '1.2-1') ? ['survival:aft'] : []),
    'survival:cox',
  ];
}

function updaters(version: XgboostVersion): readonly string[] {
  const local = isFrom(version, '1.7-1') ? [] : ['grow_local_histmaker'];
  const grow = ['grow_colmaker', 'grow_histmaker', ...local, 'grow_skmaker'];
  return ['coord_descent', 'distcol', ...grow, 'prune', 'refresh', 'shotgun', 'sync'];
}

function metricHyperparameter(metrics: readonly string[], checked: boolean): Hyperparameter {
  const isKnown = (metric: unknown) => {
    const [name = '', threshold] = String(metric).split('@');
    return threshold === undefined
      ? metrics.includes(name)
      : ['error', 'map', 'ndcg'].includes(name) && Number.isFinite(Number(threshold));
  };
  return {
    type: 'FreeText',
    rule: `one or more of ${metrics.join(', ')}; error, map and ndcg also with @ and a threshold`,
    holds: value => !checked || (listed(value).length > 0 && listed(value).every(isKnown)),
  };
}

const INTERACTIONS: Hyperparameter = {
  type: 'FreeText',
  write: groups => `[${groups.map(group => jsonList(listed(group))).join(', ')}]`,
  rule: 'lists of whole numbers of 1 or more',
  holds: value => listed(value).every(group => listed(group).every(one => Number.isInteger(one) && Number(one) >= 1)),
};

const MONOTONE: Hyperparameter = {
  type: 'FreeText',
  // A tuple in Python; with one element it needs the comma.
  write: list => `(${list.join(',')}${list.length === 1 ? ',' : ''})`,
  rule: 'one or more of -1, 0, 1',
  holds: value => listed(value).length > 0 && listed(value).every(one => one === -1 || one === 0 || one === 1),
};

function rulesBetween(version: XgboostVersion, given: HyperparameterValues, tuned: readonly string[]): readonly Rule[] {
  const { objective, eval_metric, tree_method, updater, process_type } = given;
  const metrics = eval_metric === undefined || isUnknown(eval_metric) ? [] : listed(eval_metric);
  const needs = (name: string, methods: readonly string[]): Rule => [
    given[name] === undefined || methodIsOpen(given, tuned) || methods.includes(String(tree_method)),
    `'algorithm.tree_method' must be ${methods.join(' or ')} with ${name}, got: ${shown(tree_method)}`,
  ];
  const literal = objective === undefined || !isUnknown(objective);
  const hasObjective = (pattern: RegExp) => !literal || (objective !== undefined && pattern.test(String(objective)));
  const list = isUnknown(updater) ? [] : listed(updater);
  return [
    [
      // From 1.2-1 on, the container stops at any metric that comes without an objective.
      metrics.length === 0 || objective !== undefined || !isFrom(version, '1.2-1'),
      `'algorithm.objective' must be given with eval_metric, got: none`,
    ],
    [
      !metrics.includes('auc') || !isFrom(version, '0.90-1') || hasObjective(/^(binary|rank):/),
      `'algorithm.objective' must be one of binary: or rank: with eval_metric auc, got: ${shown(objective)}`,
    ],
    [
      !metrics.includes('aft-nloglik') || hasObjective(/^survival:aft$/),
      `'algorithm.objective' must be survival:aft with eval_metric aft-nloglik, got: ${shown(objective)}`,
    ],
    needs('monotone_constraints', ['exact', 'hist']),
    needs('interaction_constraints', ['exact', 'hist', 'approx']),
    [
      list.filter(one => GROWING.includes(String(one))).length <= 1,
      `'algorithm.updater' must have at most one of ${GROWING.slice(0, 3).join(', ')}, got: ${list.join(', ')}`,
    ],
    [
      process_type !== 'update' || list.every(one => UPDATING.includes(String(one))),
      `'algorithm.updater' must be prune and refresh with process_type update, got: ${list.join(', ')}`,
    ],
  ];
}

/** Whether the tree method is only known when the pipeline runs. */
function methodIsOpen({ tree_method }: HyperparameterValues, tuned: readonly string[]): boolean {
  return tuned.includes('tree_method') || (tree_method !== undefined && isUnknown(tree_method));
}

function jobRules(
  version: XgboostVersion,
  given: HyperparameterValues,
  job: AlgorithmJob,
  tuned: readonly string[],
): readonly Rule[] {
  const { tree_method, use_dask_gpu_training } = given;
  const gpu: Rule = [
    tree_method !== 'gpu_hist' || hasGpu(job.instanceType) !== false,
    `'instanceType' must have a GPU with tree_method gpu_hist, got: ${shown(job.instanceType)}`,
  ];
  if (use_dask_gpu_training !== true) return [gpu];
  const methods = isFrom(version, '3.2-0') ? ['gpu_hist', 'hist'] : ['gpu_hist'];
  const words = 'with use_dask_gpu_training';
  return [
    gpu,
    [
      methodIsOpen(given, tuned) || methods.includes(String(tree_method)),
      `'algorithm.tree_method' must be ${methods.join(' or ')} ${words}, got: ${shown(tree_method)}`,
    ],
    [
      tree_method === 'gpu_hist' || hasGpu(job.instanceType) !== false,
      `'instanceType' must have a GPU ${words}, got: ${shown(job.instanceType)}`,
    ],
    ...Object.keys(job.inputs).flatMap(channel => daskRules(channel, words, job)),
  ];
}

function daskRules(channel: string, words: string, job: AlgorithmJob): readonly Rule[] {
  const { contentType, distribution } = settingsOf(job, channel);
  const type = contentType === undefined ? 'none' : isUnknown(contentType) ? '' : mediaType(String(contentType));
  const types = [...CSV, 'application/x-parquet', 'parquet'];
  return [
    [modeOf(job, channel) !== 'Pipe', `'inputs.${channel}.inputMode' must be File or FastFile ${words}, got: Pipe`],
    [
      type === '' || types.includes(type),
      `'inputs.${channel}.contentType' must be one of ${types.join(', ')} ${words}, got: ${type}`,
    ],
    [
      distribution !== 'ShardedByS3Key' || !hasSeveralInstances(job),
      `'inputs.${channel}.distribution' must be FullyReplicated ${words}, got: ShardedByS3Key`,
    ],
  ];
}

function listed(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(',') : [];
}
