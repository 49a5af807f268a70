import { publish } from './open-publishing';
import { SETTLE_SECONDS, runJob } from './open-run';
import { type OpenWorkflowOptions, LATE } from './open-states';
import { type State, jsonata } from '../states';

/**
 * A state machine in Amazon States Language that runs the job of a monitor and publishes its metrics.
 *
 * The name of a scheduled job is its time, so that a start that is delivered twice finds the job and goes on with it: the same metrics
 * are published twice. A run by hand has a job and a folder of its own. While the scheduled run before is on, a run is left out.
 */
export function openWorkflow(options: OpenWorkflowOptions): object {
  const { maxRuntimeSeconds, queueSeconds } = options;
  return {
    Comment: `Runs the monitor ${options.jobNamePrefix}`,
    QueryLanguage: 'JSONata',
    // Never reached, because every wait has a limit of its own.
    TimeoutSeconds: SETTLE_SECONDS + queueSeconds + maxRuntimeSeconds + 4 * 3600,
    StartAt: 'Configure',
    States: { ...runJob(options), ...publish(options), ...finish() },
  };
}

function finish(): Record<string, State> {
  return {
    Done: {
      Type: 'Succeed',
      Output: {
        outcome: jsonata('$summary.outcome'),
        violations: jsonata('$summary.violation_count'),
        job: jsonata('$job'),
        reports: LATE.reports,
      },
    },
    LeftOut: {
      Type: 'Succeed',
      Output: { outcome: 'LeftOut', reason: 'the run before is not over', job: jsonata('$previous') },
    },
    Failed: { Type: 'Fail', Error: 'MonitorFailed', Cause: jsonata('$failure.reason') },
  };
}
