import type { ClarifyAnalysis } from '../../clarify';
import { isPlainObject } from '../expression';
import { problemsOf, type Rule } from '../problem';

type Holds = (value: unknown) => boolean;

/** What the program knows of an analysis, or a rule for its value, by the member's way in the file. */
const KNOWN: Readonly<Record<string, Holds>> = {
  dataset_type: value => value === 'text/csv',
  headers: Array.isArray,
  label: isColumn,
  excluded_columns: Array.isArray,
  label_values_or_threshold: Array.isArray,
  facet: Array.isArray,
  group_variable: isColumn,
  probability_threshold: isNumber,
  'methods.pre_training_bias.methods': () => true,
  'methods.post_training_bias.methods': () => true,
  'methods.shap.features_to_explain': Array.isArray,
  'methods.shap.use_logit': () => true,
  'methods.shap.save_local_shap_values': value => value === false,
  // A place in S3 is no input of the job.
  'methods.shap.baseline': value => Array.isArray(value) && value.every(Array.isArray),
  'methods.shap.num_samples': isNumber,
  'methods.shap.agg_method': () => true,
  'methods.shap.seed': isNumber,
  'methods.shap.num_clusters': isNumber,
  'methods.report.name': value => value === 'report',
  'methods.report.title': value => value === 'Analysis Report',
  // The model is read and not hosted.
  'predictor.instance_type': () => true,
  'predictor.initial_instance_count': () => true,
  'predictor.endpoint_name_prefix': () => true,
  'predictor.accept_type': value => value === 'text/csv',
  'predictor.content_type': value => value === 'text/csv',
};

/** What the value must be, where the member is known with some values only. */
const WORDS: Readonly<Record<string, string>> = {
  dataset_type: 'text/csv',
  'methods.shap.save_local_shap_values': 'false',
  'methods.shap.baseline': 'a list of records',
  'methods.report.name': 'report',
  'methods.report.title': 'Analysis Report',
  'predictor.accept_type': 'text/csv',
  'predictor.content_type': 'text/csv',
};

/** What the program cannot do of an analysis. */
export function openAnalysisProblems(analysis: ClarifyAnalysis): readonly string[] {
  let config: Readonly<Record<string, unknown>>;
  try {
    config = analysis.render('');
  } catch {
    // What is wrong with the analysis itself is said with its place, when the pipeline writes the file.
    return [];
  }
  const headers: Rule = [
    config.headers !== undefined,
    `'analysis' must have 'headers' with 'managed: false', whose program tells columns by name, got: none`,
  ];
  return problemsOf(headers, ...membersOf(config).map(([path, value]) => memberRule(path, value)));
}

function memberRule(path: string, value: unknown): Rule {
  const [holds, words] = [KNOWN[path], WORDS[path]];
  const problem =
    holds === undefined
      ? `'analysis' must be without '${path}' with 'managed: false', whose program does not know it`
      : `'analysis' must have ${words ?? 'another value'} as '${path}' with 'managed: false'`;
  return [holds?.(value) ?? false, `${problem}, got: ${JSON.stringify(value)}`];
}

/** The members of the file with a way of its own to each, down to those that are known or that nobody knows. */
function membersOf(config: Readonly<Record<string, unknown>>, before = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(config).flatMap(([name, value]) => {
    const path = `${before}${name}`;
    const goesOn = Object.keys(KNOWN).some(each => each.startsWith(`${path}.`));
    return goesOn && isPlainObject(value) ? membersOf(value, `${path}.`) : [[path, value] as const];
  });
}

function isColumn(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}
