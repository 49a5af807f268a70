import type { StepContext } from './context';
import { JsonGet } from './expression';
import { PER_RUN } from './execution-variable';
import { cycleProblems } from './graph-cycle';
import { quotaProblems, quotaWarnings } from './quota';
import { type LimitOptions, limitFindings } from './limits/check';
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

  /** What is wrong with the texts that only a pipeline knows, such as the URIs of images. */
  readonly lateProblems: (context: StepContext) => readonly string[];
}

export interface Warning {
  readonly id: string;
  readonly message: string;
}

/** Checks how steps stand to each other. */
export function graphOf(listed: readonly Step[], options: LimitOptions = {}): Graph {
  const places = listed.flatMap(step => placesOf(step, []));
  const placeOf = new Map<Step, Place>();
  const byName = new Map<string, Place>();
  const problems: string[] = [];
  const late: Graph['lateProblems'][] = [];

  for (const place of places) {
    const { step } = place;
    const other = placeOf.get(step) ?? byName.get(step.name);
    if (other?.step === step) {
      problems.push(`step '${step.name}' is listed twice, ${whereBoth(other, place)}; list it once`);
      continue;
    }
    if (other) {
      problems.push(
        `step '${step.name}' has a name that another step has, ${whereBoth(other, place)}; give one of them another name`,
      );
    }
    placeOf.set(step, place);
    byName.set(step.name, place);
  }
  const unique = [...placeOf.values()];
  for (const place of unique) {
    const inStep = (problem: string) => `step '${place.step.name}': ${problem}`;
    const own = place.step.problems;
    const limits = limitFindings(place.step, options);
    // Rules in the words of the props come first, so that one mistake is not told twice.
    problems.push(...(own.length > 0 ? own : limits.problems).map(inStep));
    late.push(context => limits.late(context).map(inStep));
    problems.push(...nestingProblems(place), ...edgeProblems(place, placeOf), ...propertyFileProblems(place.step));
  }
  const steps = unique.map(({ step }) => step);
  problems.push(...cycleProblems(steps), ...quotaProblems(steps));
  const lateProblems = (context: StepContext) => late.flatMap(each => each(context));
  const warnings = [...steps.flatMap(cacheWarnings), ...quotaWarnings(steps)];
  return { steps, problems, warnings, lateProblems };
}

function placesOf(step: Step, branches: readonly string[]): readonly Place[] {
  const inside = Object.entries(step.branches).flatMap(([branch, children]) =>
    children.flatMap(child => placesOf(child, [...branches, `${step.name}.${branch}`])),
  );
  return [{ step, branches }, ...inside];
}

function edgeProblems({ step, branches }: Place, placeOf: ReadonlyMap<Step, Place>): readonly string[] {
  const read = step.expressions.flatMap(expression => expression.reads.map(source => ({ verb: 'reads', source })));
  const awaited = step.dependsOn.map(source => ({ verb: 'depends on', source }));
  const problems = [...read, ...awaited].flatMap(({ verb, source }) => {
    const edge = `step '${step.name}' ${verb} step '${source.name}'`;
    const place = placeOf.get(source);
    if (!place) return [`${edge}, which is not in the pipeline; add it to 'steps'`];
    const reachable = place.branches.every((branch, depth) => branches[depth] === branch);
    // The service runs one branch and never joins them again: a step outside would wait for ever.
    // https://github.com/aws/sagemaker-python-sdk/issues/3565
    return reachable
      ? []
      : [
          `step '${step.name}' (in ${where({ branches })}) ${verb} step '${source.name}' (in ${where(place)}), which may not run; move both into one branch`,
        ];
  });
  return [...new Set(problems)];
}

function nestingProblems({ step, branches }: Place): readonly string[] {
  const nested = Object.keys(step.branches).length > 0 && branches.length > 0;
  return nested
    ? [
        `step '${step.name}' is a condition inside ${where({ branches })}, and SageMaker does not support nested conditions; use one step with several conditions`,
      ]
    : [];
}

function propertyFileProblems(step: Step): readonly string[] {
  const problems = step.expressions
    .filter(expression => expression instanceof JsonGet)
    .flatMap(({ propertyFile, path, reads: [source] }) => {
      const known = source?.propertyFiles ?? [];
      if (path === '') {
        return [
          `step '${step.name}' reads property file '${propertyFile}' of step '${source?.name ?? ''}' without a path; name a value, such as metrics.auc.value`,
        ];
      }
      return known.includes(propertyFile)
        ? []
        : [
            `step '${step.name}' reads property file '${propertyFile}' of step '${source?.name ?? ''}', which has ${known.join(', ') || 'none'}; add it to 'propertyFiles'`,
          ];
    });
  return [...new Set(problems)];
}

function cacheWarnings(step: Step): readonly Warning[] {
  const perRun = step.cacheKeys.find(expression => PER_RUN.some(variable => variable === expression));
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

function whereBoth(one: Place, other: Place): string {
  return [...new Set([one, other].map(place => `in ${where(place)}`))].join(' and ');
}
