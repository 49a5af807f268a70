import { type DefinedRead, type DefinedStep, graphIn, stepsIn } from './definition-graph';

const RESULT = ['[(', ')]'] as const;
const LEARNING = ['([', '])'] as const;
const CHECK = ['{{', '}}'] as const;
const CALL = ['[/', '/]'] as const;
const HOSTING = ['[\\', '\\]'] as const;

/** What a node of each kind of step stands between; others are rectangles. */
const SHAPES: Readonly<Record<string, readonly [string, string]>> = {
  Training: LEARNING,
  Tuning: LEARNING,
  AutoML: LEARNING,
  BedrockCustomModel: LEARNING,
  ClarifyCheck: CHECK,
  QualityCheck: CHECK,
  Condition: ['{', '}'],
  Fail: ['(((', ')))'],
  Transform: ['[[', ']]'],
  Model: RESULT,
  RegisterModel: RESULT,
  Lambda: CALL,
  Callback: CALL,
  EndpointConfig: HOSTING,
  Endpoint: HOSTING,
  InferenceComponent: HOSTING,
};

/**
 * The graph of a pipeline definition in the language of Mermaid, which GitHub and many editors draw.
 *
 * An arrow goes from a step to those that read its results, and is labelled with what they read; a dashed one is an order without
 * a reading. Arrows from a condition lead into its branches.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function mermaid(definition: object): string {
  const graph = new MermaidGraph(stepsIn(definition).map(({ name }) => name));
  const lines = [...graph.nodes(graphIn(definition)), ...stepsIn(definition).flatMap(step => graph.edges(step))];
  return ['flowchart TD', ...lines.map(line => `  ${line}`), ''].join('\n');
}

class MermaidGraph {
  private readonly ids = new Map<string, string>();

  public constructor(names: readonly string[]) {
    const taken = new Set<string>();
    for (const name of names) {
      // A word of the language, such as 'end', is no name of a node; nor is one with a hyphen.
      const id = `step_${name.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
      let unique = id;
      for (let number = 2; taken.has(unique); number++) unique = `${id}_${number}`;
      taken.add(unique);
      this.ids.set(name, unique);
    }
  }

  public nodes(steps: readonly DefinedStep[]): readonly string[] {
    return steps.flatMap(step => {
      const [open, close] = SHAPES[step.type] ?? ['[', ']'];
      const inside = branchesOf(step).flatMap(([branch, children]) =>
        isBox(children)
          ? [
              `subgraph ${this.box(step, branch)} ["${branch}"]`,
              ...this.nodes(children).map(line => `  ${line}`),
              'end',
            ]
          : this.nodes(children),
      );
      return [`${this.id(step.name)}${open}"${escape(step.name)}<br/>${escape(step.type)}"${close}`, ...inside];
    });
  }

  public edges(step: DefinedStep): readonly string[] {
    const target = this.id(step.name);
    const sources = [...new Set(step.reads.map(read => read.step))].filter(name => this.ids.has(name));
    const data = sources.map(source => {
      const labels = step.reads.filter(read => read.step === source).map(labelOf);
      return `${this.id(source)} -->|"${[...new Set(labels)].map(escape).join('<br/>')}"| ${target}`;
    });
    const order = step.dependsOn.filter(name => this.ids.has(name) && !sources.includes(name));
    const branches = branchesOf(step).map(([branch, children]) => {
      const [only] = children;
      const into = isBox(children) || !only ? this.box(step, branch) : this.id(only.name);
      return `${target} -->|"${branch}"| ${into}`;
    });
    return [...data, ...order.map(source => `${this.id(source)} -.-> ${target}`), ...branches];
  }

  private id(name: string): string {
    return this.ids.get(name) ?? '';
  }

  private box({ name }: DefinedStep, branch: string): string {
    return `${branch}_${this.id(name)}`;
  }
}

function branchesOf({ branches }: DefinedStep): readonly (readonly [string, readonly DefinedStep[]])[] {
  return Object.entries(branches).filter(([, children]) => children.length > 0);
}

/** A branch of one step needs no box around it, unless that is a condition with branches of its own. */
function isBox(children: readonly DefinedStep[]): boolean {
  return children.length > 1 || children.some(child => branchesOf(child).length > 0);
}

/** The key of a map, such as the name of an output, the place in a property file, or the last member of the path. */
function labelOf({ path, inFile }: DefinedRead): string {
  const keys = [...path.matchAll(/\['([^']*)'\]/g)].map(([, key]) => key);
  const last =
    keys.at(-1) ??
    path
      .replaceAll(/\[\d+\]/g, '')
      .split('.')
      .at(-1) ??
    path;
  return inFile === undefined ? last : `${last}: ${inFile}`;
}

/** Whatever might end a label, or mean something inside it, as the number of the character. */
function escape(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,:_()[\]/'-]/gu, char => `#${char.codePointAt(0) ?? 0};`);
}
