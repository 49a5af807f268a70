import { createHash } from 'node:crypto';
import jsonata from 'jsonata';

/**
 * Runs a JSONata state machine in memory: the expressions by the real JSONata, the time virtually, and the tasks by the test.
 *
 * Understands Task, Choice, Wait, Pass, Succeed, Fail and inline Map, with Assign, Output, Retry and Catch, and refuses the rest. Follows
 * https://states-language.net and https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html.
 */
export async function runStateMachine(definition: object, options: RunOptions): Promise<Execution> {
  const machine = definition as Machine;
  if (machine.QueryLanguage !== 'JSONata') {
    throw new Error('only JSONata state machines can be run');
  }
  return new Interpreter(options).run(machine);
}

export interface RunOptions {
  readonly input?: unknown;

  /** Answers each call of a task: returns the result, or throws a TaskError. */
  readonly onCall: (call: Call) => unknown;

  /** Merged into `$states.context`. */
  readonly context?: Readonly<Record<string, unknown>>;

  /** Seconds from the beginning of 2026 to the start; 0 when absent. */
  readonly startsAt?: number;

  /** States entered before the run is given up as endless; 5,000 when absent. */
  readonly maxSteps?: number;
}

export interface Call {
  readonly state: string;

  /** What follows `states:::` in the resource, without `aws-sdk:`, such as `ssm:putParameter`. */
  readonly action: string;
  readonly arguments: Readonly<Record<string, unknown>>;

  /** Seconds since the start. */
  readonly seconds: number;
}

export interface Execution {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;

  /** States entered, in order. */
  readonly path: readonly string[];
  readonly calls: readonly Call[];
  readonly seconds: number;
}

/** The failure of a task, with the name and the cause that Step Functions reports. */
export class TaskError extends Error {
  constructor(
    public readonly error: string,
    public override readonly cause: string,
  ) {
    super(`${error}: ${cause}`);
  }
}

type Variables = Readonly<Record<string, unknown>>;

interface Flow {
  readonly Next?: string;
  readonly End?: boolean;
  readonly Assign?: Record<string, unknown>;
  readonly Output?: unknown;
}

interface State extends Flow {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Choices?: readonly (Flow & { readonly Condition: unknown })[];
  readonly Default?: string;
  readonly Seconds?: unknown;
  readonly Error?: unknown;
  readonly Cause?: unknown;
  readonly Items?: unknown;
  readonly ItemProcessor?: Machine;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly (Flow & { readonly ErrorEquals: readonly string[] })[];
}

interface Machine {
  readonly QueryLanguage?: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
}

/** Where a state leads: the flow that applies, what it may see, and its output unless it says otherwise. */
interface Outcome {
  readonly flow: Flow;
  readonly output: unknown;
  readonly seen?: Variables;
}

const TERMINAL = ['Succeed', 'Fail'];
export const START_OF_YEAR = Date.parse('2026-01-01T00:00:00Z');

class Interpreter {
  private readonly path: string[] = [];
  private readonly calls: Call[] = [];
  private start = START_OF_YEAR;
  private seconds = 0;

  constructor(private readonly options: RunOptions) {
    this.start += (options.startsAt ?? 0) * 1000;
  }

  public async run(machine: Machine): Promise<Execution> {
    const trace = () => ({ path: this.path, calls: this.calls, seconds: this.seconds });
    try {
      const output = await this.runStates(machine, this.options.input ?? {}, {});
      return { status: 'SUCCEEDED', output, ...trace() };
    } catch (error) {
      if (!(error instanceof TaskError)) {
        throw error;
      }
      return { status: 'FAILED', error: error.error, cause: error.cause, ...trace() };
    }
  }

  private async runStates(machine: Machine, firstInput: unknown, outer: Variables): Promise<unknown> {
    let name: string | undefined = machine.StartAt;
    let input = firstInput;
    let variables = outer;
    while (name !== undefined) {
      const state: State | undefined = machine.States[name];
      if (!state) {
        throw new Error(`no state '${name}'`);
      }
      this.path.push(name);
      if (this.path.length > (this.options.maxSteps ?? 5000)) {
        throw new Error(
          `still running after ${this.path.length.toString()} states, last: ${this.path.slice(-8).join(', ')}`,
        );
      }
      const { flow, output, seen }: Outcome = await this.step(name, state, input, variables);
      const states = { input, context: this.context(name), ...seen };
      const assigned = await this.render(flow.Assign ?? {}, states, variables);
      input = flow.Output === undefined ? output : await this.render(flow.Output, states, variables);
      variables = { ...variables, ...(assigned as Variables) };
      if (flow.Next === undefined && flow.End !== true && !TERMINAL.includes(state.Type)) {
        throw new Error(`state '${name}' leads nowhere`);
      }
      name = flow.Next;
    }
    return input;
  }

  private async step(name: string, state: State, input: unknown, variables: Variables): Promise<Outcome> {
    const states = { input, context: this.context(name) };
    switch (state.Type) {
      case 'Task':
      case 'Map':
        return this.attempt(name, state, input, variables);
      case 'Choice':
        return this.choose(name, state, input, variables);
      case 'Wait': {
        const seconds = await this.render(state.Seconds, states, variables);
        if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0) {
          throw new Error(`state '${name}': Seconds must be a whole number, got: ${String(seconds)}`);
        }
        this.seconds += seconds;
        return { flow: state, output: input };
      }
      case 'Pass':
      case 'Succeed':
        return { flow: state, output: input };
      case 'Fail':
        throw new TaskError(
          String(await this.render(state.Error ?? '', states, variables)),
          String(await this.render(state.Cause ?? '', states, variables)),
        );
      default:
        throw new Error(`state '${name}': ${state.Type} states cannot be run`);
    }
  }

  /** Runs a task or a map with its retries and catchers. */
  private async attempt(name: string, state: State, input: unknown, variables: Variables): Promise<Outcome> {
    const retries = new Map<Retrier, number>();
    for (;;) {
      try {
        const result = await (state.Type === 'Map'
          ? this.map(name, state, input, variables)
          : this.call(name, state, input, variables));
        return { flow: state, output: result, seen: { result } };
      } catch (error) {
        if (!(error instanceof TaskError)) {
          throw error;
        }
        const retrier = state.Retry?.find(({ ErrorEquals }) => matches(ErrorEquals, error));
        const attempts = retrier ? (retries.get(retrier) ?? 0) : 0;
        if (retrier && attempts < (retrier.MaxAttempts ?? 3)) {
          retries.set(retrier, attempts + 1);
          const delay = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** attempts;
          this.seconds += Math.min(delay, retrier.MaxDelaySeconds ?? delay);
          continue;
        }
        const catcher = state.Catch?.find(({ ErrorEquals }) => matches(ErrorEquals, error));
        if (!catcher) {
          throw error;
        }
        const errorOutput = { Error: error.error, Cause: error.cause };
        return { flow: catcher, output: errorOutput, seen: { errorOutput } };
      }
    }
  }

  private async call(name: string, state: State, input: unknown, variables: Variables): Promise<unknown> {
    const rendered = await this.render(state.Arguments ?? {}, { input, context: this.context(name) }, variables);
    const action = (state.Resource ?? '').replace(/^arn:[^:]*:states:::(aws-sdk:)?/, '');
    const call: Call = { state: name, action, arguments: rendered as Call['arguments'], seconds: this.seconds };
    this.calls.push(call);
    return this.options.onCall(call);
  }

  private async map(name: string, state: State, input: unknown, variables: Variables): Promise<unknown[]> {
    const items = await this.render(state.Items ?? input, { input, context: this.context(name) }, variables);
    if (!Array.isArray(items) || !state.ItemProcessor) {
      throw new Error(`state '${name}': Items must be a list and ItemProcessor be given`);
    }
    const results: unknown[] = [];
    for (const item of items as unknown[]) {
      results.push(await this.runStates(state.ItemProcessor, item, variables));
    }
    return results;
  }

  private async choose(name: string, state: State, input: unknown, variables: Variables): Promise<Outcome> {
    for (const rule of state.Choices ?? []) {
      const condition = await this.render(rule.Condition, { input, context: this.context(name) }, variables);
      if (typeof condition !== 'boolean') {
        throw new TaskError(
          'States.QueryEvaluationError',
          `'${name}': a condition is not a boolean: ${String(condition)}`,
        );
      }
      if (condition) {
        return { flow: rule, output: input };
      }
    }
    if (state.Default === undefined) {
      throw new TaskError('States.NoChoiceMatched', name);
    }
    return { flow: { ...state, Next: state.Default }, output: input };
  }

  /** Evaluates every `{% … %}` in a value. All expressions see the variables as they were before the state's Assign. */
  private async render(value: unknown, states: Variables, variables: Variables): Promise<unknown> {
    if (Array.isArray(value)) {
      return Promise.all(value.map(item => this.render(item, states, variables)));
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(
        async ([key, item]) => [key, await this.render(item, states, variables)] as const,
      );
      return Object.fromEntries(await Promise.all(entries));
    }
    const expression = typeof value === 'string' ? /^\{%([^]*)%\}$/.exec(value)?.[1] : undefined;
    return expression === undefined ? value : this.evaluate(expression, states, variables);
  }

  private async evaluate(expression: string, states: Variables, variables: Variables): Promise<unknown> {
    let result: unknown;
    try {
      const seen = Object.entries({ ...variables, states }).filter(([name]) => expression.includes(`$${name}`));
      result = await compile(expression).evaluate(undefined, {
        ...structuredClone(Object.fromEntries(seen)),
        millis: () => this.now(),
        now: () => new Date(this.now()).toISOString(),
        // Step Functions adds functions of its own; these take the places of States.StringToJson and States.Hash.
        parse: (text: string) => JSON.parse(text) as unknown,
        hash: (text: string, algorithm: string) => createHash(algorithm.replace('-', '')).update(text).digest('hex'),
      });
    } catch (error) {
      throw new TaskError('States.QueryEvaluationError', `${expression.trim()}: ${(error as Error).message}`);
    }
    if (result === undefined) {
      throw new TaskError('States.QueryEvaluationError', `${expression.trim()}: returned nothing (undefined)`);
    }
    // What JSONata returns carries hidden properties of its own, which no service would see.
    return JSON.parse(JSON.stringify(result)) as unknown;
  }

  private now(): number {
    return this.start + this.seconds * 1000;
  }

  private context(state: string): Variables {
    const EnteredTime = new Date(this.now()).toISOString();
    return { State: { Name: state, EnteredTime }, ...this.options.context };
  }
}

const compiled = new Map<string, jsonata.Expression>();

function compile(expression: string): jsonata.Expression {
  const known = compiled.get(expression);
  if (known) {
    return known;
  }
  const made = jsonata(expression);
  // Step Functions has no $eval.
  made.assign('eval', undefined);
  compiled.set(expression, made);
  return made;
}

function matches(errorEquals: readonly string[], { error }: TaskError): boolean {
  return errorEquals.some(
    name => name === error || name === 'States.ALL' || (name === 'States.TaskFailed' && error !== 'States.Timeout'),
  );
}
