import type { Duration } from 'aws-cdk-lib/core';
import type { Baseline } from './parameter-names';

export interface WorkflowOptions {
  readonly partition: string;
  readonly modelPackageGroupName: string;
  readonly parameterPrefix: string;
  readonly baselines: readonly Baseline[];
  readonly stackNames: readonly string[];
  readonly topicArn: string;
  readonly updateTimeout: Duration;
  readonly queueTimeout: Duration;
}

export type State = Readonly<Record<string, unknown>>;

export const FIRST_PAUSE_SECONDS = 15;
export const NO_REASON = 'see the events of the stack';
const LONGEST_PAUSE_SECONDS = 60;

export const jsonata = (expression: string): string => `{% ${expression} %}`;
export const firstPause = { waited: 0, pause: FIRST_PAUSE_SECONDS };

export const PROBLEM = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause";

export const caught = { failure: { reason: jsonata(PROBLEM) } };

export const caughtOnStack = { failure: { stack: jsonata('$stacks[$index]'), ...caught.failure } };

/** Covers throttling and passing faults; an error that stays takes half a minute longer to be reported. */
export const retry = [
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 4,
    MaxDelaySeconds: 30,
    JitterStrategy: 'FULL',
  },
];

export const resource = (options: WorkflowOptions, action: string): string =>
  `arn:${options.partition}:states:::aws-sdk:${action}`;

export function task(options: WorkflowOptions, action: string, next: string, fields: State): State {
  return {
    Type: 'Task',
    Resource: resource(options, action),
    TimeoutSeconds: 60,
    Retry: retry,
    Catch: [{ ErrorEquals: ['States.ALL'], Assign: caught, Next: 'MustRestore' }],
    // What later states need is in variables; the rest, such as a whole model card, would count towards the size limit of their input.
    Output: {},
    ...fields,
    Next: next,
  };
}

type Rule = readonly [condition: string, next: string, assign?: State];

export function choice(otherwise: string, ...rules: readonly Rule[]): State {
  return {
    Type: 'Choice',
    Choices: rules.map(([condition, Next, Assign]) => ({
      Condition: jsonata(condition),
      Next,
      ...(Assign && { Assign }),
    })),
    Default: otherwise,
  };
}

export const pause = (next: string): State => ({
  Type: 'Wait',
  Seconds: jsonata('$pause'),
  Assign: {
    waited: jsonata('$waited + $pause'),
    pause: jsonata(`$min([${LONGEST_PAUSE_SECONDS.toString()}, $pause * 2])`),
  },
  Next: next,
});
