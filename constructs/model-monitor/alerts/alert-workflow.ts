import { PROBLEM, type State, caught as caughtAs, choice, jsonata, task } from '../states';

/** Source of the events that tell of monitors. */
export const ALERT_SOURCE = 'sagemaker-cdk.model-monitor';

/** What the events tell. */
export const VIOLATIONS = 'Model Monitor Violations';
export const FAILURE = 'Model Monitor Failure';

/** What a rule hands over: what is known of the monitor, and what happened. */
export interface AlertInput {
  readonly monitor: {
    /** Name of the schedule. */
    readonly name: string;

    /** Sentence that says what the monitor compares. */
    readonly compares: string;
    readonly endpoint?: string;
  };
  readonly event: unknown;
}

export interface AlertWorkflowOptions {
  readonly partition: string;

  /** Topic that hears of violations and failures; absent for none. */
  readonly topicArn?: string;
}

/** What a variable holds, and a job is never called, while there is nothing. */
const NONE = 'none';

/** Times that a call is tried again. */
const ATTEMPTS = 4;

/** Looks at a job whose result is not there yet, one minute apart, before that is reported. */
const MOST_LOOKS = 10;

/**
 * A state machine in Amazon States Language that reads how a job of a monitor ended, and tells of violations and failures.
 *
 * The event of a job does not say whether there were violations: its exit message does, which begins with `CompletedWithViolations`. What
 * is told to the bus and to the topic does not depend on each other.
 */
export function alertWorkflow(options: AlertWorkflowOptions): object {
  return {
    Comment: 'Tells of violations that a monitor found, and of runs that failed',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 3600,
    StartAt: 'Begin',
    States: { ...look(options), ...tell(options) },
  };
}

function look({ partition }: AlertWorkflowOptions): Record<string, State> {
  const detail = '$states.input.event.detail';
  return {
    Begin: {
      Type: 'Pass',
      Assign: {
        monitor: jsonata('$states.input.monitor'),
        time: jsonata('$states.input.event.time'),
        // A run of the analyzer of this project can also fail before there is a job, or after it; then the event is of its workflow.
        job: jsonata(`$exists(${detail}.ProcessingJobName) ? ${detail}.ProcessingJobName : '${NONE}'`),
        message: NONE,
        report: NONE,
        looks: 0,
        problem: NONE,
        reason: jsonata(
          `$type(${detail}.cause) = 'string' ? ${detail}.cause : $exists(${detail}.status) ? 'its workflow ended as ' & ${detail}.status : 'there is no reason in the event'`,
        ),
      },
      Output: {},
      Next: 'HasJob',
    },
    HasJob: choice('Look', [`$job = '${NONE}'`, 'Failure']),
    Look: {
      ...task(partition, 'sagemaker:describeProcessingJob', { ProcessingJobName: jsonata('$job') }, ATTEMPTS),
      Assign: {
        looks: jsonata('$looks + 1'),
        status: jsonata('$states.result.ProcessingJobStatus'),
        message: jsonata(`$exists($states.result.ExitMessage) ? $states.result.ExitMessage : '${NONE}'`),
        report: jsonata(
          `$exists($states.result.ProcessingOutputConfig.Outputs[0].S3Output) ? $states.result.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri : '${NONE}'`,
        ),
        reason: jsonata(
          "$exists($states.result.FailureReason) ? $states.result.FailureReason : $exists($states.result.ExitMessage) ? $states.result.ExitMessage : 'the job ended as ' & $states.result.ProcessingJobStatus",
        ),
      },
      Catch: [caughtAs({ reason: jsonata(`'its result could not be read: ' & ${PROBLEM}`) }, 'Failure')],
      Next: 'Judge',
    },
    Judge: choice(
      'Failure',
      ["$status = 'Completed' and $contains($message, /^CompletedWithViolations/)", 'Violations'],
      ["$status = 'Completed'", 'NothingToTell'],
      [`$status in ['InProgress', 'Stopping'] and $looks < ${MOST_LOOKS}`, 'Pause'],
    ),
    Pause: { Type: 'Wait', Seconds: 60, Next: 'Look' },
    NothingToTell: { Type: 'Succeed', Output: { outcome: 'nothing to tell' } },
  };
}

function tell({ partition, topicArn }: AlertWorkflowOptions): Record<string, State> {
  const common = "'monitor': $monitor.name, 'time': $time";
  const endpoint = "$exists($monitor.endpoint) ? { 'endpoint': $monitor.endpoint } : {}";
  const job = `$job = '${NONE}' ? {} : { 'job': $job }`;
  const report = `$report = '${NONE}' ? {} : { 'report': $report }`;
  // Model Monitor's own containers count; one of somebody else may not.
  const found = '$match($message, /with ([0-9]+) violation/)';
  const next = topicArn === undefined ? 'Told' : 'Publish';
  return {
    Violations: {
      Type: 'Pass',
      Assign: {
        type: VIOLATIONS,
        count: jsonata(`$exists(${found}) ? $number(${found}[0].groups[0]) : 0`),
      },
      Next: 'DescribeViolations',
    },
    DescribeViolations: {
      Type: 'Pass',
      Assign: {
        detail: jsonata(
          `$merge([{ ${common} }, ${endpoint}, ${job}, ${report}, $count = 0 ? {} : { 'violations': $count }])`,
        ),
        subject: 'Model monitor found violations',
        text: jsonata(
          `'The monitor ' & $monitor.name & ' found ' & ($count = 0 ? 'violations' : $count = 1 ? '1 violation' : $string($count) & ' violations') & ` +
            `' in the run that ended at ' & $time & '. ' & $monitor.compares & ($report = '${NONE}' ? '' : ' What it found is listed in ' & $report & '/constraint_violations.json.')`,
        ),
      },
      Next: 'PutEvents',
    },
    Failure: {
      Type: 'Pass',
      Assign: {
        type: FAILURE,
        detail: jsonata(`$merge([{ ${common} }, ${endpoint}, ${job}, { 'reason': $reason }])`),
        subject: 'Model monitor failed',
        text: jsonata(
          "'The monitor ' & $monitor.name & ' could not do its check at ' & $time & ', so nobody knows whether there are violations. ' & $monitor.compares & ' The reason: ' & $reason",
        ),
      },
      Next: 'PutEvents',
    },
    PutEvents: {
      ...task(
        partition,
        'eventbridge:putEvents',
        {
          Entries: [{ Source: ALERT_SOURCE, DetailType: jsonata('$type'), Detail: jsonata('$string($detail)') }],
        },
        ATTEMPTS,
      ),
      // The call succeeds even if the bus refuses the event.
      Assign: {
        problem: jsonata(
          `$states.result.FailedEntryCount > 0 ? 'the bus refused the event: ' & $states.result.Entries[0].ErrorCode : '${NONE}'`,
        ),
      },
      Catch: [caught(next)],
      Next: next,
    },
    ...(topicArn !== undefined && {
      Publish: {
        ...task(
          partition,
          'sns:publish',
          {
            TopicArn: topicArn,
            Subject: jsonata("$substring($subject & ': ' & $monitor.name, 0, 99)"),
            Message: jsonata('$text'),
          },
          ATTEMPTS,
        ),
        Catch: [caught('Told')],
        Next: 'Told',
      },
    }),
    Told: choice('NotTold', [`$problem = '${NONE}'`, 'Done']),
    Done: { Type: 'Succeed', Output: jsonata("{ 'outcome': $type, 'detail': $detail }") },
    NotTold: { Type: 'Fail', Error: 'MonitorAlertFailed', Cause: jsonata('$problem') },
  };
}

const caught = (next: string): State => caughtAs({ problem: jsonata(PROBLEM) }, next);
