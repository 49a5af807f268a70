import { type OpenWorkflowOptions, JOB_FAILED, caught, failed } from './open-states';
import { type State, choice, jsonata, retry, task } from '../states';

/** Requests of the last minutes come to S3 late; the managed service, too, starts up to 20 minutes late. */
export const SETTLE_SECONDS = 600;

const FIRST_PAUSE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 120;
const QUEUE_PAUSE_SECONDS = 300;

/** What passes by itself: throttling, faults of the service, and instances of which the account has no more. */
const PASSING =
  '/throttl|rate exceeded|too many requests|ResourceLimitExceeded|InternalServerError|InternalFailure|ServiceUnavailable|Status Code: 5[0-9][0-9]/i';

/** From the start to a job that is completed, or to Failed, JobFailed or LeftOut. */
export function runJob(options: OpenWorkflowOptions): Record<string, State> {
  return { ...begin(options), ...create(options), ...follow(options) };
}

function begin({ bucket, root, minutesSince, jobNamePrefix, partition }: OpenWorkflowOptions): Record<string, State> {
  const now = '$states.context.Execution.StartTime';
  const own = "$substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 16)";
  const digits = (time: string) => `$replace($substring(${time}, 0, 16), /[^0-9]/, '')`;
  return {
    // Texts of the template go into variables: in an expression they would have to be escaped, which no token could be.
    Configure: {
      Type: 'Pass',
      Assign: {
        bucket,
        root,
        minutesSince,
        waited: 0,
        pause: FIRST_PAUSE_SECONDS,
        scheduled: jsonata('$exists($states.input.scheduledTime)'),
        time: jsonata(
          `$exists($states.input.scheduledTime) ? $string($states.input.scheduledTime) : $exists($states.input.time) ? $string($states.input.time) : ${now}`,
        ),
        failure: {
          reason: jsonata("'the time must be in UTC such as 2026-01-01T06:00:00Z, got: ' & $string($states.input)"),
        },
      },
      Output: {},
      Next: 'HasTime',
    },
    HasTime: choice('Failed', [
      '$contains($time, /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?Z$/)',
      'Measure',
    ]),
    Measure: {
      Type: 'Pass',
      Assign: {
        minutes: jsonata(
          '($given := $lookup($minutesSince, $substring($time, 11, 2)); $scheduled and $exists($given) ? $given : $minutesSince.other)',
        ),
      },
      Next: 'Name',
    },
    Name: {
      Type: 'Pass',
      Assign: {
        job: jsonata(`'${jobNamePrefix}-' & ($scheduled ? ${digits('$time')} : ${own})`),
        previous: jsonata(`'${jobNamePrefix}-' & ${digits('$fromMillis($toMillis($time) - $minutes * 60000)')}`),
        folder: jsonata(
          `$root & '/' & $replace($substring($time, 0, 13), /[-T]/, '/') & ($scheduled ? '' : '/' & ${own})`,
        ),
      },
      Next: 'IsScheduled',
    },
    IsScheduled: choice('CreateJob', ['$scheduled', 'Settle']),
    Settle: { Type: 'Wait', Seconds: SETTLE_SECONDS, Next: 'LookBack' },
    LookBack: {
      ...task(partition, 'sagemaker:describeProcessingJob', { ProcessingJobName: jsonata('$previous') }, 2),
      Assign: { status: jsonata('$states.result.ProcessingJobStatus') },
      // Mostly there was none, since the first run and those left out have no job.
      Catch: [{ ErrorEquals: ['States.ALL'], Output: {}, Next: 'CreateJob' }],
      Next: 'MayRun',
    },
    MayRun: choice('CreateJob', ["$status in ['InProgress', 'Stopping']", 'LeftOut']),
  };
}

function create({ partition, request, queueSeconds, maxRuntimeSeconds }: OpenWorkflowOptions): Record<string, State> {
  // An hour more than it may run: for instances to start, and for SageMaker to stop it by itself.
  const deadline = jsonata(`$millis() + ${(maxRuntimeSeconds + 3600) * 1000}`);
  return {
    CreateJob: {
      ...task(partition, 'sagemaker:createProcessingJob', request),
      Assign: { deadline },
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: { deadline, ...caught }, Output: {}, Next: 'FindJob' }],
      Next: 'Pause',
    },
    // There is a job of this name if the same start came before, or an answer was lost.
    FindJob: {
      ...describe(partition),
      Retry: [retry(2)],
      Catch: [{ ErrorEquals: ['States.ALL'], Output: {}, Next: 'MayQueue' }],
      Next: 'Judge',
    },
    MayQueue: choice('Failed', [`$waited < ${queueSeconds} and $contains($failure.reason, ${PASSING})`, 'Queue']),
    Queue: {
      Type: 'Wait',
      Seconds: QUEUE_PAUSE_SECONDS,
      Assign: { waited: jsonata(`$waited + ${QUEUE_PAUSE_SECONDS}`) },
      Next: 'CreateJob',
    },
  };
}

function follow({ partition }: OpenWorkflowOptions): Record<string, State> {
  return {
    Pause: {
      Type: 'Wait',
      Seconds: jsonata('$pause'),
      Assign: { pause: jsonata(`$min([${LONGEST_PAUSE_SECONDS}, $pause * 2])`) },
      Next: 'LookAtJob',
    },
    LookAtJob: { ...describe(partition), Catch: [failed], Next: 'Judge' },
    Judge: choice(
      'Pause',
      ["$status = 'Completed'", 'ReadSummary'],
      ["$status in ['Failed', 'Stopped']", 'JobFailed'],
      ['$millis() > $deadline', 'StopJob'],
    ),
    StopJob: {
      ...task(partition, 'sagemaker:stopProcessingJob', { ProcessingJobName: jsonata('$job') }),
      Assign: { failure: { reason: 'the job took too long and was stopped' } },
      Catch: [failed],
      Next: 'JobFailed',
    },
    JobFailed: { Type: 'Fail', Error: JOB_FAILED, Cause: jsonata('$failure.reason') },
  };
}

function describe(partition: string): State {
  const result = '$states.result';
  const either = `$exists(${result}.FailureReason) ? ${result}.FailureReason : $exists(${result}.ExitMessage) ? ${result}.ExitMessage`;
  return {
    ...task(partition, 'sagemaker:describeProcessingJob', { ProcessingJobName: jsonata('$job') }),
    Assign: {
      status: jsonata(`${result}.ProcessingJobStatus`),
      failure: {
        reason: jsonata(
          `${either} : ${result}.ProcessingJobStatus = 'Stopped' ? 'somebody stopped the job' : 'no reason given'`,
        ),
      },
    },
  };
}
