import { Field, type StartValue } from './start-parameters';

export interface StartWorkflowOptions {
  readonly partition: string;
  readonly pipelineName: string;
  readonly values: readonly StartValue[];

  /** Most executions that may run at the same time; undefined for any number. */
  readonly maxConcurrentExecutions?: number;

  /** Least time between two starts, in seconds; undefined for none. */
  readonly cooldownSeconds?: number;
}

type State = Readonly<Record<string, unknown>>;

/**
 * Executions that are looked at, newest first. More would not always fit: with descriptions and reasons of failure, each of up to
 * 3 KB, a hundred are larger than the 256 KiB that a state may receive.
 */
export const EXECUTIONS_LOOKED_AT = 20;

const SUMMARIES = '$states.result.PipelineExecutionSummaries';
const NEWEST = `$string(${SUMMARIES}[0].PipelineExecutionArn)`;

/** Covers throttling, of which a burst of events brings a lot, and passing faults. A start is repeated with the same token. */
const RETRY = [
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 6,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
];

/**
 * A state machine in Amazon States Language that starts the pipeline, unless it has just been started.
 *
 * Look and start are two calls, and two workflows may look before either starts. Both then send the same request token, which is
 * made from the newest execution they saw, and SageMaker completes a request with a token at most once: one execution, not two.
 */
export function startWorkflow(options: StartWorkflowOptions): object {
  const { pipelineName, maxConcurrentExecutions: max, cooldownSeconds } = options;
  const look = {
    PipelineName: pipelineName,
    SortBy: 'CreationTime',
    SortOrder: 'Descending',
    MaxResults: EXECUTIONS_LOOKED_AT,
  };
  const running = `${SUMMARIES}[PipelineExecutionStatus in ['Executing', 'Stopping']]`;
  const sinceStart = `$millis() - $toMillis(${SUMMARIES}[0].StartTime)`;
  const fields = fieldsOf(options.values);
  return {
    Comment: `Starts the pipeline ${pipelineName}, unless it has just been started`,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 1800,
    StartAt: 'Begin',
    States: {
      Begin: { Type: 'Pass', ...(Object.keys(fields).length > 0 && { Assign: fields }), Next: 'Look' },
      Look: {
        ...task(options, 'listPipelineExecutions', look),
        Assign: {
          newest: jsonata(`$count(${SUMMARIES}) = 0 ? '' : ${NEWEST}`),
          seed: jsonata(`$count(${SUMMARIES}) = 0 ? '' : ${NEWEST}`),
          running: jsonata(`$count(${running})`),
          ...(cooldownSeconds !== undefined && {
            recent: jsonata(`$count(${SUMMARIES}) = 0 ? false : ${sinceStart} < ${cooldownSeconds * 1000}`),
          }),
        },
        Next: 'MayStart',
      },
      MayStart: {
        Type: 'Choice',
        Choices: [
          ...(max === undefined ? [] : [{ Condition: jsonata(`$running >= ${max}`), Next: 'Busy' }]),
          ...(cooldownSeconds === undefined ? [] : [{ Condition: jsonata('$recent'), Next: 'TooSoon' }]),
          { Condition: jsonata("$newest = ''"), Next: 'FirstStart' },
        ],
        Default: 'Start',
      },
      // A pipeline that was deleted and made again has no executions either: its first start needs another token than the old one's.
      FirstStart: {
        ...task(options, 'describePipeline', { PipelineName: pipelineName }),
        Assign: { seed: jsonata("$states.result.PipelineArn & ' ' & $states.result.CreationTime") },
        Next: 'Start',
      },
      Start: {
        ...task(options, 'startPipelineExecution', {
          PipelineName: pipelineName,
          ClientRequestToken: jsonata("$hash($seed, 'SHA-256')"),
          ...(options.values.length > 0 && { PipelineParameters: options.values.map(renderValue) }),
        }),
        Assign: { started: jsonata('$states.result.PipelineExecutionArn') },
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Assign: { failure: jsonata("$states.errorOutput.Error & ': ' & $states.errorOutput.Cause") },
            Next: 'Pause',
          },
        ],
        Next: 'Started',
      },
      // No documentation says what a token does with other parameters than those it came with first: if it is an error, look who won.
      Pause: { Type: 'Wait', Seconds: 10, Next: 'LookAgain' },
      LookAgain: {
        ...task(options, 'listPipelineExecutions', { ...look, MaxResults: 1 }),
        Assign: { winner: jsonata(`$count(${SUMMARIES}) = 0 ? '' : ${NEWEST}`) },
        Next: 'Overtaken',
      },
      Overtaken: {
        Type: 'Choice',
        Choices: [{ Condition: jsonata('$winner != $newest'), Next: 'AlreadyStarted' }],
        Default: 'Failed',
      },
      Started: end({ outcome: 'started', execution: jsonata('$started') }),
      ...(max !== undefined && { Busy: end(skipped(`executions are running: ${max} or more`, '$newest')) }),
      ...(cooldownSeconds !== undefined && {
        TooSoon: end(skipped(`the last start was less than ${cooldownSeconds} seconds ago`, '$newest')),
      }),
      AlreadyStarted: end(skipped('somebody else started the pipeline at the same time', '$winner')),
      Failed: { Type: 'Fail', Error: 'StartFailed', Cause: jsonata('$failure') },
    },
  };
}

const jsonata = (expression: string): string => `{% ${expression} %}`;

const end = (output: State): State => ({ Type: 'Succeed', Output: output });

const skipped = (reason: string, execution: string): State => ({
  outcome: 'skipped',
  reason,
  execution: jsonata(execution),
});

function task({ partition }: StartWorkflowOptions, action: string, request: State): State {
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::aws-sdk:sagemaker:${action}`,
    Arguments: request,
    TimeoutSeconds: 60,
    Retry: RETRY,
    Output: {},
  };
}

/** The pieces of values with fields, as data: a literal in an expression would have to be escaped, which no token could be. */
function fieldsOf(values: readonly StartValue[]): State {
  return Object.fromEntries(
    values.flatMap(({ pieces }, index) =>
      isLiteral(pieces)
        ? []
        : [[`value${index}`, pieces.map(piece => (piece instanceof Field ? jsonata(piece.jsonata) : piece))]],
    ),
  );
}

function renderValue({ name, pieces, maxLength }: StartValue, index: number): State {
  if (isLiteral(pieces)) return { Name: name, Value: pieces.join('').slice(0, maxLength) };
  const value = `$join($value${index})`;
  return { Name: name, Value: jsonata(maxLength === undefined ? value : `$substring(${value}, 0, ${maxLength})`) };
}

const isLiteral = (pieces: StartValue['pieces']): pieces is readonly string[] =>
  pieces.every(piece => typeof piece === 'string');
