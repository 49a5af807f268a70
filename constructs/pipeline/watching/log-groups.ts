import { stepsIn } from '../definition-graph';

const PROCESSING = ['/aws/sagemaker/ProcessingJobs'];
const TRAINING = ['/aws/sagemaker/TrainingJobs'];
const TRANSFORM = ['/aws/sagemaker/TransformJobs'];

/**
 * Log groups of the jobs of each kind of step.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
 */
const LOG_GROUPS: Readonly<Record<string, readonly string[]>> = {
  Processing: PROCESSING,
  ClarifyCheck: PROCESSING,
  QualityCheck: PROCESSING,
  Training: TRAINING,
  Tuning: TRAINING,
  Transform: TRANSFORM,
  // Its jobs are of the other kinds; the Python SDK reads a log group of its own besides.
  AutoML: ['/aws/sagemaker/AutoMLJobs', ...PROCESSING, ...TRAINING, ...TRANSFORM],
};

/** Names of the log groups that the jobs of a definition write to, in alphabetical order. */
export function logGroupNamesOf(definition: object): readonly string[] {
  return [...new Set(stepsIn(definition).flatMap(({ type }) => LOG_GROUPS[type] ?? []))].sort();
}
