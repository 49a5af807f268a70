import type { Step } from './step';

interface Edge {
  readonly verb: 'reads' | 'depends on';
  readonly source: Step;
}

/**
 * Steps that wait for each other, and so for ever.
 *
 * A step can only be made of steps that exist, so this needs a step whose `dependsOn` was replaced, or a kind of step that was
 * written outside this folder.
 */
export function cycleProblems(steps: readonly Step[]): readonly string[] {
  const done = new Set<Step>();
  const way = new Set<Step>();
  const problems: string[] = [];
  const visit = (step: Step): void => {
    if (done.has(step)) return;
    if (way.has(step)) {
      const steps = [...way];
      problems.push(problemOf(steps.slice(steps.indexOf(step))));
      return;
    }
    way.add(step);
    for (const { source } of edgesOf(step)) visit(source);
    way.delete(step);
    done.add(step);
  };
  steps.forEach(visit);
  return problems;
}

function edgesOf({ expressions, dependsOn }: Step): readonly Edge[] {
  const read = new Set(expressions.flatMap(({ reads }) => reads));
  return [
    ...[...read].map((source): Edge => ({ verb: 'reads', source })),
    ...dependsOn.map((source): Edge => ({ verb: 'depends on', source })),
  ];
}

function problemOf(cycle: readonly Step[]): string {
  const [first, next = first] = cycle;
  const verb = first && edgesOf(first).find(({ source }) => source === next)?.verb;
  const names = [...cycle, first].map(step => step?.name).join(' -> ');
  return `step '${first?.name ?? ''}' ${verb ?? ''} step '${next?.name ?? ''}', which waits for step '${first?.name ?? ''}' (${names}); remove one of these edges`;
}
