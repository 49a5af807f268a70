import type { Expression } from './expression';
import { JsonGet } from './expression';
import { readsJsonFile } from './json-file';
import type { Step } from './step';

/** The most steps that a pipeline is known to have had: that of an integration test of the SageMaker Python SDK. */
const MAX_STEPS = 2000;

/** A number of things in a pipeline, and the quota that it counts against. */
interface Use {
  readonly id: string;
  readonly quota: string;
  readonly limit: number;
  readonly found: number;
  readonly what: string;
}

/**
 * Quotas of pipelines that AWS documented from 2020 to 2022. Newer documentation names none of them, and accounts may have other
 * ones, so that they are no errors.
 *
 * @see https://github.com/awsdocs/amazon-sagemaker-developer-guide/blob/9396034/doc_source/pipelines-quotas.md
 */
function usesOf(steps: readonly Step[]): readonly Use[] {
  const isJson = (expression: Expression) => expression instanceof JsonGet || readsJsonFile(expression);
  return [
    {
      id: 'steps',
      quota: 'Maximum number of steps per pipeline',
      limit: 50,
      found: steps.length,
      what: 'the pipeline has %d steps',
    },
    {
      id: 'property-files',
      quota: 'Maximum number of PropertyFiles in a pipeline',
      limit: 10,
      found: steps.flatMap(({ propertyFiles }) => propertyFiles).length,
      what: 'the pipeline has %d property files',
    },
    {
      id: 'json-values',
      quota: 'Maximum number of JsonGet functions in a pipeline',
      limit: 200,
      found: steps.flatMap(({ expressions }) => expressions.filter(isJson)).length,
      what: 'the pipeline reads %d values of JSON files',
    },
    ...steps.flatMap(({ name, branches }) =>
      Object.entries(branches).map(([branch, children]) => ({
        id: `${name}-${branch}`,
        quota: `Maximum number of Steps in ${branch === 'ifSteps' ? 'If' : 'Else'}-List`,
        limit: 20,
        found: children.length,
        what: `'${name}.${branch}' has %d steps`,
      })),
    ),
  ];
}

/** Says where a pipeline is larger than AWS documented, by the name of the quota. */
export function quotaWarnings(steps: readonly Step[]): readonly { readonly id: string; readonly message: string }[] {
  return usesOf(steps)
    .filter(({ found, limit }) => found > limit)
    .map(({ id, quota, limit, found, what }) => ({
      id: `quota-${id}`,
      message: `${what.replace('%d', String(found))}, and the quota '${quota}' was ${limit} when AWS last documented it; ask AWS for the quota of the account, or split the pipeline`,
    }));
}

export function quotaProblems(steps: readonly Step[]): readonly string[] {
  return steps.length > MAX_STEPS
    ? [
        `'steps' must hold at most ${MAX_STEPS} steps, those in branches included, got: ${steps.length}; split the pipeline`,
      ]
    : [];
}
