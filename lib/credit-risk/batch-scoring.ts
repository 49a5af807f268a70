import { ContainerImage } from '../../constructs/images';
import {
  ModelStep,
  MonitoredTransform,
  Parameter,
  ProcessingStep,
  type Step,
  TransformStep,
  type TransformStepProps,
} from '../../constructs/pipeline';
import {
  clusterOf,
  processingOf,
  RETRY_CALL,
  RETRY_JOB,
  stepFiles,
  underRun,
  type WorkloadPipelineProps,
} from './jobs';
import { hasManagedChecks } from './workload';

/**
 * Scores a file of applications with a registered version. Their quality is checked first, against the data that the approved
 * version has learned from, so that strange applications get no score.
 */
export function batchScoringSteps(props: WorkloadPipelineProps): readonly Step[] {
  const { settings, encryptionKey, network, modelPackageGroupName } = props;
  const modelPackageArn = Parameter.string('ModelPackageArn', {
    description: 'ARN of the version that scores, such as the approved one',
  });
  const applications = Parameter.string('ApplicationsUri', {
    description: 'S3 URI of files of applications: the columns of the file of loans; a label is ignored',
  });
  const at = underRun(props);
  const job = processingOf(props);

  const encode = new ProcessingStep('Encode', {
    ...job,
    description: 'Encodes the applications as the loans were encoded for training',
    image: ContainerImage.scikitLearn('1.2-1'),
    code: { files: stepFiles(), entry: 'encode.py' },
    inputs: { applications },
    outputs: { features: at('features'), table: at('table') },
    retryPolicies: RETRY_JOB,
  });
  const model = new ModelStep('CreateModel', { modelPackageArn, network, retryPolicies: RETRY_CALL });
  const transform: TransformStepProps = {
    modelName: model.modelName,
    input: { uri: encode.output('features'), contentType: 'text/csv', splitType: 'Line' },
    outputPath: at('scores'),
    accept: 'text/csv',
    assembleWith: 'Line',
    // Each line of the result is the application with its score.
    joinSource: 'Input',
    ...clusterOf(props, settings.transformInstanceType),
    outputEncryptionKey: encryptionKey,
    retryPolicies: RETRY_JOB,
  };
  if (!hasManagedChecks(settings)) return [encode, model, new TransformStep('Score-transform', transform)];
  const score = new MonitoredTransform('Score', {
    transform,
    check: {
      ...job,
      checkType: 'DATA_QUALITY',
      dataset: encode.output('table'),
      outputPath: at('data-quality'),
      modelPackageGroupName,
      failOnViolation: true,
    },
    checkFirst: true,
  });
  return [encode, model, ...score.steps];
}
