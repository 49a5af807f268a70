/** A state in Amazon States Language, or a part of one. */
export type State = Readonly<Record<string, unknown>>;

export const jsonata = (expression: string): string => `{% ${expression} %}`;

/** What went wrong, where an error is caught. */
export const PROBLEM = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause";

export const retry = (MaxAttempts: number): State => ({
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
});

/** Goes on somewhere else, whatever the error. */
export const caught = (Assign: State, Next: string): State => ({
  ErrorEquals: ['States.ALL'],
  Assign,
  Output: {},
  Next,
});

/** A call of the API, tried again on errors. */
export function task(partition: string, action: string, request: State, attempts = 5): State {
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::aws-sdk:${action}`,
    Arguments: request,
    TimeoutSeconds: 60,
    Retry: [retry(attempts)],
    Output: {},
  };
}

type Rule = readonly [condition: string, next: string];

export function choice(otherwise: string, ...rules: readonly Rule[]): State {
  return {
    Type: 'Choice',
    Choices: rules.map(([condition, Next]) => ({ Condition: jsonata(condition), Next })),
    Default: otherwise,
  };
}
