import type { Duration } from 'aws-cdk-lib/core';

export interface ConclusionWorkflowOptions {
  readonly partition: string;
  readonly experimentName: string;
  readonly productionVariant: string;
  readonly shadowVariant: string;

  /** Time for the endpoint to take its last configuration. */
  readonly timeout: Duration;
}

const PAUSE_SECONDS = 30;

const jsonata = (expression: string): string => `{% ${expression} %}`;

/** The state machine in Amazon States Language: look, stop, and look until the endpoint is as it should be. */
export function conclusionWorkflow(options: ConclusionWorkflowOptions): object {
  const { partition, experimentName: Name, productionVariant, shadowVariant, timeout } = options;
  const actions = (production: string, shadow: string) =>
    `{ '${productionVariant}': '${production}', '${shadowVariant}': '${shadow}' }`;
  const task = (action: string, fields: object) => ({
    Type: 'Task',
    Resource: `arn:${partition}:states:::aws-sdk:sagemaker:${action}`,
    TimeoutSeconds: 60,
    // Also sits out an update that has begun since the look, which the API calls a conflict.
    Retry: [
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 5, BackoffRate: 2, MaxAttempts: 4, JitterStrategy: 'FULL' },
    ],
    Output: {},
    ...fields,
  });
  const rule = (condition: string, Next: string) => ({ Condition: jsonata(condition), Next });
  const fail = (Error: string, Cause: string) => ({ Type: 'Fail', Error, Cause });

  return {
    Comment: 'Ends an inference experiment with one of its variants in production',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: timeout.toSeconds() + 1800,
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Pass',
        Assign: {
          winner: jsonata("($winner := $states.input.winner; $exists($winner) ? $string($winner) : '')"),
          reason: jsonata(
            "($reason := $states.input.reason; $exists($reason) ? $substring($string($reason), 0, 1024) : 'concluded by a workflow')",
          ),
          stopped: false,
          waited: 0,
        },
        Next: 'WinnerKnown',
      },
      WinnerKnown: {
        Type: 'Choice',
        Choices: [rule("$winner in ['shadow', 'production']", 'Describe')],
        Default: 'WinnerUnknown',
      },
      WinnerUnknown: fail('WinnerUnknown', jsonata("'winner must be shadow or production, got: ' & $winner")),
      Describe: task('describeInferenceExperiment', {
        Arguments: { Name },
        Assign: {
          status: jsonata('$states.result.Status'),
          statusReason: jsonata(
            "($reason := $states.result.StatusReason; $exists($reason) ? $reason : 'see the endpoint')",
          ),
        },
        Next: 'Status',
      }),
      Status: {
        Type: 'Choice',
        Choices: [
          rule("$stopped and $status = 'Completed'", 'Concluded'),
          rule("$stopped and $status = 'Cancelled'", 'Cancelled'),
          rule("$status in ['Completed', 'Cancelled']", 'AlreadyEnded'),
          rule("$status = 'Created'", 'NotStarted'),
          rule("$status = 'Running' and $not($stopped)", 'Stop'),
          rule(`$waited >= ${timeout.toSeconds()}`, 'TimedOut'),
        ],
        Default: 'Pause',
      },
      Pause: {
        Type: 'Wait',
        Seconds: PAUSE_SECONDS,
        Assign: { waited: jsonata(`$waited + ${PAUSE_SECONDS}`) },
        Next: 'Describe',
      },
      Stop: task('stopInferenceExperiment', {
        Arguments: {
          Name,
          ModelVariantActions: jsonata(
            `$winner = 'shadow' ? ${actions('Remove', 'Promote')} : ${actions('Retain', 'Remove')}`,
          ),
          DesiredState: 'Completed',
          Reason: jsonata('$reason'),
        },
        Assign: { stopped: true },
        Next: 'Pause',
      }),
      Concluded: { Type: 'Succeed', Output: { experiment: Name, winner: jsonata('$winner') } },
      Cancelled: fail('Cancelled', jsonata("'the experiment was cancelled: ' & $statusReason")),
      AlreadyEnded: fail('AlreadyEnded', jsonata("'the experiment has already ended: ' & $status")),
      NotStarted: fail('NotStarted', 'the experiment has not started'),
      TimedOut: fail('TimedOut', jsonata("'the experiment did not end in time, and is ' & $status")),
    },
  };
}
