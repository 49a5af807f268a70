import type { DefinedStep } from './definition';

/** Steps that wait for themselves, over what they read and what they depend on. */
export function cycleFindings(steps: readonly DefinedStep[]): string[] {
  const awaited = new Map(steps.map(step => [step.Name, namesAwaited(step)]));
  const done = new Set<string>();
  const findings: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) findings.push(`cycle: ${[...path.slice(path.indexOf(name)), name].join(' -> ')}`);
    if (path.includes(name) || done.has(name)) return;
    (awaited.get(name) ?? []).forEach(next => visit(next, [...path, name]));
    done.add(name);
  };
  steps.forEach(({ Name }) => visit(Name, []));
  return findings;
}

function namesAwaited(step: DefinedStep): readonly string[] {
  const read = [...JSON.stringify(step).matchAll(/"Get":"Steps\.([^."]+)\./g)].map(([, name = '']) => name);
  return [...read, ...((step.DependsOn ?? []) as string[])];
}

const LEAVES: Readonly<Record<string, readonly [step: RegExp, result: string]>> = {
  'ModelMetrics.ModelDataQuality.Statistics': [/^DATA_QUALITY$/, 'CalculatedBaselineStatistics'],
  'ModelMetrics.ModelDataQuality.Constraints': [/^DATA_QUALITY$/, 'CalculatedBaselineConstraints'],
  'ModelMetrics.ModelQuality.Statistics': [/^MODEL_QUALITY$/, 'CalculatedBaselineStatistics'],
  'ModelMetrics.ModelQuality.Constraints': [/^MODEL_QUALITY$/, 'CalculatedBaselineConstraints'],
  'ModelMetrics.Bias.PreTrainingReport': [/^DATA_BIAS$/, 'CalculatedBaselineConstraints'],
  'ModelMetrics.Bias.PostTrainingReport': [/^MODEL_BIAS$/, 'CalculatedBaselineConstraints'],
  'ModelMetrics.Bias.Report': [/_BIAS$/, 'CalculatedBaselineConstraints'],
  'ModelMetrics.Explainability.Report': [/^MODEL_EXPLAINABILITY$/, 'CalculatedBaselineConstraints'],
  'DriftCheckBaselines.ModelDataQuality.Statistics': [/^DATA_QUALITY$/, 'BaselineUsedForDriftCheckStatistics'],
  'DriftCheckBaselines.ModelDataQuality.Constraints': [/^DATA_QUALITY$/, 'BaselineUsedForDriftCheckConstraints'],
  'DriftCheckBaselines.ModelQuality.Statistics': [/^MODEL_QUALITY$/, 'BaselineUsedForDriftCheckStatistics'],
  'DriftCheckBaselines.ModelQuality.Constraints': [/^MODEL_QUALITY$/, 'BaselineUsedForDriftCheckConstraints'],
  'DriftCheckBaselines.Bias.PreTrainingConstraints': [/^DATA_BIAS$/, 'BaselineUsedForDriftCheckConstraints'],
  'DriftCheckBaselines.Bias.PostTrainingConstraints': [/^MODEL_BIAS$/, 'BaselineUsedForDriftCheckConstraints'],
  'DriftCheckBaselines.Explainability.Constraints': [/^MODEL_EXPLAINABILITY$/, 'BaselineUsedForDriftCheckConstraints'],
};

/**
 * Results of checks that a version is registered with, in the wrong place: each belongs to one kind of check and one result.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
 */
export function baselineFindings(step: DefinedStep, steps: readonly DefinedStep[]): string[] {
  if (step.Type !== 'RegisterModel') return suppliedFindings(step);
  return Object.entries(LEAVES).flatMap(([path, [kind, result]]) => {
    const leaf = path
      .split('.')
      .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], step.Arguments);
    const { Get } = ((leaf as { S3Uri?: unknown } | undefined)?.S3Uri ?? {}) as { Get?: string };
    const [, name, property] = /^Steps\.([^.]+)\.([^.]+)$/.exec(Get ?? '') ?? [];
    const source = steps.find(({ Name, Type }) => Name === name && Type.endsWith('Check'));
    const fits = !source || (kind.test(String(source.CheckType)) && property === result);
    return fits ? [] : [`${step.Name}.${path}: must be ${result} of a ${kind.source} check, got: ${Get ?? ''}`];
  });
}

/** A file whose name says that it is the other one. */
function suppliedFindings({ Name, ...step }: DefinedStep): string[] {
  return (['Statistics', 'Constraints'] as const).flatMap((kind, index) => {
    const supplied = step[`SuppliedBaseline${kind}`];
    const other = ['constraints.json', 'statistics.json'][index] ?? '';
    return typeof supplied === 'string' && supplied.endsWith(other)
      ? [`${Name}.SuppliedBaseline${kind}: must not be ${other}, got: ${supplied}`]
      : [];
  });
}
