import { Resource } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import { PipelineGrants } from './pipeline-grants';
import type { Step } from './step';
import { durationAlarm, type DurationAlarmOptions, failureAlarm, type FailureAlarmOptions } from './watching/alarms';
import { EXECUTION_STATUS_CHANGE, ruleFor, STEP_STATUS_CHANGE, type StepEventOptions } from './watching/events';
import { notify, type NotificationOptions } from './watching/notification';

/** A pipeline made here or elsewhere: what can be done with one of which only the name is known. */
export abstract class PipelineBase extends Resource implements refs.IPipelineRef {
  public abstract readonly pipelineRef: refs.PipelineReference;
  public abstract readonly pipelineName: string;
  public abstract readonly pipelineArn: string;

  /** ARNs that the service may use for the pipeline: a name with capitals also occurs in lower case. */
  public abstract readonly possibleArns: readonly string[];
  public readonly grants: PipelineGrants = PipelineGrants.fromPipeline(this);

  /** The steps that can be watched, as objects and as names; undefined where nobody knows them. */
  protected abstract readonly watchableSteps: readonly (Step | string)[] | undefined;

  /** A metric of the executions, such as `ExecutionFailed` or `ExecutionDuration` (milliseconds). */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Sagemaker/ModelBuildingPipeline',
      metricName,
      dimensionsMap: { PipelineName: this.pipelineName },
      account: this.env.account,
      region: this.env.region,
      ...options,
    });
  }

  /** Executions that started, as a sum. */
  public metricStarted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecutionStarted', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Executions that succeeded, as a sum. */
  public metricSucceeded(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecutionSucceeded', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Executions that failed, as a sum. */
  public metricFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecutionFailed', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Executions that someone stopped, as a sum. */
  public metricStopped(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecutionStopped', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Milliseconds that an execution took, as a maximum. */
  public metricDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecutionDuration', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** A metric of one step, given itself or by its name, such as `StepFailed` or `StepDuration` (milliseconds). */
  public metricForStep(step: Step | string, metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const dimensionsMap = { PipelineName: this.pipelineName, StepName: this.nameOf(step) };
    return this.metric(metricName, { dimensionsMap, ...options });
  }

  /** Failures of one step, as a sum. */
  public metricStepFailed(step: Step | string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricForStep(step, 'StepFailed', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Milliseconds that one step took, as a maximum. */
  public metricStepDuration(step: Step | string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricForStep(step, 'StepDuration', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** An alarm on failures of executions, or of one step. Without executions all is well. */
  public addFailureAlarm(id: string, options: FailureAlarmOptions = {}): cloudwatch.Alarm {
    return failureAlarm(this, id, options);
  }

  /** An alarm on executions, or runs of one step, that took too long. It goes off when they end, not before. */
  public addDurationAlarm(id: string, options: DurationAlarmOptions): cloudwatch.Alarm {
    return durationAlarm(this, id, options);
  }

  /**
   * A rule for changes of an execution's status: `Executing`, `Succeeded`, `Failed`, `Stopping`, `Stopped`. One status is chosen
   * with `eventPattern: { detail: { currentPipelineExecutionStatus: ['Failed'] } }`.
   */
  public onExecutionStatusChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleFor(this, id, EXECUTION_STATUS_CHANGE, {}, options);
  }

  /** A rule for executions that succeed. The service may send the event of one execution more than once. */
  public onSucceeded(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleFor(this, id, EXECUTION_STATUS_CHANGE, { currentPipelineExecutionStatus: ['Succeeded'] }, options);
  }

  /** A rule for executions that fail. The service may send the event of one execution more than once. */
  public onFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleFor(this, id, EXECUTION_STATUS_CHANGE, { currentPipelineExecutionStatus: ['Failed'] }, options);
  }

  /** A rule for steps that fail; the event says which, and why (`$.detail.stepName`, `$.detail.failureReason`). */
  public onStepFailed(id: string, { step, ...options }: StepEventOptions = {}): events.Rule {
    const detail = {
      currentStepStatus: ['Failed'],
      ...(step !== undefined && { stepName: [this.nameOf(step)] }),
    };
    return ruleFor(this, id, STEP_STATUS_CHANGE, detail, options);
  }

  /**
   * Tells a topic of executions that end without success: which one, its status, when it ran, how to see why, and where.
   *
   * Creates a rule and a role for it, which may publish to the topic and use its key. A topic of another account must allow that
   * too, and so must an imported topic whose key was not imported with it.
   */
  public notify(topic: sns.ITopic, options: NotificationOptions = {}): events.Rule {
    return notify(this, topic, options);
  }

  /** The name of a step, if the pipeline has it. */
  private nameOf(step: Step | string): string {
    const name = typeof step === 'string' ? step : step.name;
    if (this.watchableSteps && !this.watchableSteps.includes(step)) {
      throw new Error(`${this.node.path}: 'step' must be one of the pipeline's steps, got: ${name}`);
    }
    return name;
  }
}
