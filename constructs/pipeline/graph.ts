import { JsonGet } from './expression';
import { ExecutionVariable } from './execution-variable';
import type { Step } from './step';

interface Place {
  readonly step: Step;
  /** The branches around the step, outermost first, such as `Gate.ifSteps`. */
  readonly branches: readonly string[];
}

/** What is known of a pipeline's steps before any is rendered. */
export interface Graph {
  /** All steps, those in branches included. */
  readonly steps: readonly Step[];
  readonly problems: readonly string[];
  readonly warnings: readonly Warning[];
}

export interface Warning {
  readonly id: string;
  readonly message: string;
}

/** Checks how steps stand to each other. */
export function graphOf(steps: readonly Step[]): Graph {
  const places = steps.flatMap(step => placesOf(step, []));
  const byName = new Map<string, Place>();
  const problems: string[] = [];

  for (const place of places) {
    const { step } = place;
    const other = byName.get(step.name);
    if (other) {
      const same = other.step === step ? 'is listed twice' : 'has a name that another step has';
      problems.push(
        `step '${step.name}' ${same}, in ${where(other)} and in ${where(place)}; give one of them another name`,
      );
    }
    byName.set(step.name, place);
  }
  for (const place of places) {
    problems.push(...place.step.problems.map(problem => `step '${place.step.name}': ${problem}`));
    problems.push(...edgeProblems(place, byName));
  }
  return {
    steps: places.map(({ step }) => step),
    problems,
    warnings: places.flatMap(({ step }) => cacheWarnings(step)),
  };
}

function placesOf(step: Step, branches: readonly string[]): readonly Place[] {
  const inside = Object.entries(step.branches).flatMap(([branch, children]) =>
    children.flatMap(child => placesOf(child, [...branches, `${step.name}.${branch}`])),
  );
  return [{ step, branches }, ...inside];
}

function edgeProblems({ step, branches }: Place, byName: ReadonlyMap<string, Place>): readonly string[] {
  const read = step.expressions.flatMap(expression => expression.reads.map(source => ({ verb: 'reads', source })));
  const awaited = step.dependsOn.map(source => ({ verb: 'depends on', source }));
  const problems = [...read, ...awaited].flatMap(({ verb, source }) => {
    const place = byName.get(source.name);
    if (place?.step !== source) {
      return [`step '${step.name}' ${verb} step '${source.name}', which is not in the pipeline; add it to 'steps'`];
    }
    const reachable = place.branches.every((branch, depth) => branches[depth] === branch);
    // The service runs one branch and never joins them again: a step outside would wait for ever.
    // https://github.com/aws/sagemaker-python-sdk/issues/3565
    return reachable
      ? []
      : [
          `step '${step.name}' (in ${where({ branches })}) ${verb} step '${source.name}' (in ${where(place)}), which may not run; move both into one branch`,
        ];
  });
  const nested = Object.keys(step.branches).length > 0 && branches.length > 0;
  return [
    ...new Set(problems),
    ...(nested
      ? [
          `step '${step.name}' is a condition inside ${where({ branches })}, and SageMaker does not support nested conditions; use one step with several conditions`,
        ]
      : []),
    ...propertyFileProblems(step),
  ];
}

function propertyFileProblems(step: Step): readonly string[] {
  return step.expressions
    .filter(expression => expression instanceof JsonGet)
    .flatMap(({ propertyFile, reads: [source] }) => {
      const known = source?.propertyFiles ?? [];
      return known.includes(propertyFile)
        ? []
        : [
            `step '${step.name}' reads property file '${propertyFile}' of step '${source?.name ?? ''}', which has ${known.join(', ') || 'none'}; add it to 'propertyFiles'`,
          ];
    });
}

function cacheWarnings(step: Step): readonly Warning[] {
  const perRun = step.cacheKeys.find(expression => ExecutionVariable.PER_RUN.some(variable => variable === expression));
  return perRun === undefined
    ? []
    : [
        {
          id: `never-cached-${step.name}`,
          message: `step '${step.name}' has 'cacheExpireAfter', but reads ${JSON.stringify(perRun.render())}, which differs in every execution, so no result is ever reused`,
        },
      ];
}

function where({ branches }: Pick<Place, 'branches'>): string {
  return branches.length > 0 ? `'${branches.join('.')}'` : `'steps'`;
}
