import { Get } from './expression';

/**
 * Values of the running execution. All are texts; times are ISO 8601.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
 */
export const ExecutionVariable = {
  /** When the execution started. */
  START_DATE_TIME: new Get<string>('Execution.StartDateTime'),
  /** The time when the variable is read. */
  CURRENT_DATE_TIME: new Get<string>('Execution.CurrentDateTime'),
  PIPELINE_NAME: new Get<string>('Execution.PipelineName'),
  PIPELINE_ARN: new Get<string>('Execution.PipelineArn'),
  PIPELINE_EXECUTION_ID: new Get<string>('Execution.PipelineExecutionId'),
  PIPELINE_EXECUTION_ARN: new Get<string>('Execution.PipelineExecutionArn'),
  /** Name of the training job that the service makes for the step that reads it. */
  TRAINING_JOB_NAME: new Get<string>('Execution.TrainingJobName'),
  /** Name of the processing job that the service makes for the step that reads it. */
  PROCESSING_JOB_NAME: new Get<string>('Execution.ProcessingJobName'),
} as const;

/** The experiment and trial of the running execution, of a pipeline with an `experiment`. */
export const ExperimentVariable = {
  EXPERIMENT_NAME: new Get<string>('PipelineExperimentConfig.ExperimentName'),
  TRIAL_NAME: new Get<string>('PipelineExperimentConfig.TrialName'),
} as const;

/** The variables that differ between two runs with equal parameters, so that a step that reads one is never cached. */
export const PER_RUN: readonly Get<string>[] = [
  ExecutionVariable.START_DATE_TIME,
  ExecutionVariable.CURRENT_DATE_TIME,
  ExecutionVariable.PIPELINE_EXECUTION_ID,
  ExecutionVariable.PIPELINE_EXECUTION_ARN,
  ExecutionVariable.TRAINING_JOB_NAME,
  ExecutionVariable.PROCESSING_JOB_NAME,
];
