import { Get } from './expression';

/**
 * Values of the running execution. All are texts; times are ISO 8601.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
 */
export class ExecutionVariable {
  /** When the execution started. */
  public static readonly START_DATE_TIME = new Get<string>('Execution.StartDateTime');
  /** When the step that reads it starts. */
  public static readonly CURRENT_DATE_TIME = new Get<string>('Execution.CurrentDateTime');
  public static readonly PIPELINE_NAME = new Get<string>('Execution.PipelineName');
  public static readonly PIPELINE_ARN = new Get<string>('Execution.PipelineArn');
  public static readonly PIPELINE_EXECUTION_ID = new Get<string>('Execution.PipelineExecutionId');
  public static readonly PIPELINE_EXECUTION_ARN = new Get<string>('Execution.PipelineExecutionArn');
  /** Name of the training job that the service makes for the step; only inside a training step. */
  public static readonly TRAINING_JOB_NAME = new Get<string>('Execution.TrainingJobName');
  /** Name of the processing job that the service makes for the step; only inside a processing step. */
  public static readonly PROCESSING_JOB_NAME = new Get<string>('Execution.ProcessingJobName');

  /** The variables that differ between two runs with equal parameters, so that a step that reads one is never cached. */
  public static readonly PER_RUN: readonly Get<string>[] = [
    ExecutionVariable.START_DATE_TIME,
    ExecutionVariable.CURRENT_DATE_TIME,
    ExecutionVariable.PIPELINE_EXECUTION_ID,
    ExecutionVariable.PIPELINE_EXECUTION_ARN,
    ExecutionVariable.TRAINING_JOB_NAME,
    ExecutionVariable.PROCESSING_JOB_NAME,
  ];

  private constructor() {}
}
