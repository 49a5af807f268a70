import { Duration } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { PipelineBase } from '../pipeline-base';
import type { Step } from '../step';

export interface FailureAlarmOptions {
  /**
   * Step to watch, or its name.
   *
   * @default - the executions
   */
  readonly step?: Step | string;

  /**
   * Failures within one period that set the alarm off: 1 or more.
   *
   * @default 1
   */
  readonly threshold?: number;

  /**
   * Time in which failures are counted. The alarm is over when this time has passed without as many.
   *
   * @default Duration.minutes(5)
   */
  readonly period?: Duration;
}

export interface DurationAlarmOptions {
  /** Time that an execution, or the step, may take: above 0. */
  readonly longerThan: Duration;

  /**
   * Step to watch, or its name.
   *
   * @default - the executions
   */
  readonly step?: Step | string;

  /**
   * Time that the alarm looks at once. The alarm is over when this time has passed without a slow execution.
   *
   * @default Duration.minutes(5)
   */
  readonly period?: Duration;
}

const FIVE_MINUTES = Duration.minutes(5);

export function failureAlarm(pipeline: PipelineBase, id: string, options: FailureAlarmOptions): cloudwatch.Alarm {
  const { step, threshold = 1, period = FIVE_MINUTES } = options;
  if (!(threshold >= 1)) {
    throw new Error(`${pipeline.node.path}: 'threshold' must be 1 or more, got: ${threshold}`);
  }
  return new cloudwatch.Alarm(pipeline, id, {
    alarmDescription: `Pipeline ${pipeline.pipelineName}: failures of ${whatOf(step)}`,
    metric: step === undefined ? pipeline.metricFailed({ period }) : pipeline.metricStepFailed(step, { period }),
    threshold,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    // There is a metric only while something runs.
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
}

export function durationAlarm(pipeline: PipelineBase, id: string, options: DurationAlarmOptions): cloudwatch.Alarm {
  const { step, longerThan, period = FIVE_MINUTES } = options;
  const threshold = longerThan.toMilliseconds();
  if (!longerThan.isUnresolved() && threshold <= 0) {
    throw new Error(`${pipeline.node.path}: 'longerThan' must be above 0, got: ${threshold} milliseconds`);
  }
  return new cloudwatch.Alarm(pipeline, id, {
    alarmDescription: `Pipeline ${pipeline.pipelineName}: milliseconds that ${whatOf(step)} took`,
    metric: step === undefined ? pipeline.metricDuration({ period }) : pipeline.metricStepDuration(step, { period }),
    threshold,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
}

function whatOf(step: Step | string | undefined): string {
  if (step === undefined) return 'executions';
  return `step ${typeof step === 'string' ? step : step.name}`;
}
