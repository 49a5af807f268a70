import { ContainerImage } from '../../constructs/images';
import {
  ClarifyCheckStep,
  ExecutionVariable,
  join,
  ModelStep,
  MonitoredTransform,
  Parameter,
  ProcessingStep,
  QualityCheckStep,
  type Step,
} from '../../constructs/pipeline';
import { dataBiasAnalysis } from './analyses';
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

export interface BatchScoringPipelineProps extends WorkloadPipelineProps {
  /** S3 URI below which readers find the decisions that passed their checks, each execution in a folder of its own. */
  readonly decisionsUri: string;
}

/**
 * Scores a file of applications with a registered version. Before that, their quality is checked against the data that the
 * approved version has learned from, so that strange applications get no score. After that, the answers are checked against those
 * that the version gave when it was made, and the decisions for bias, against that of the past loans. A check that finds violations
 * fails, and what waits for it does not run: decisions reach their readers only if all checks passed.
 */
export function batchScoringSteps(props: BatchScoringPipelineProps): readonly Step[] {
  const { settings, encryptionKey, network, modelPackageGroupName } = props;
  const modelPackageArn = Parameter.string('ModelPackageArn', {
    description: 'ARN of the version that scores, such as the approved one',
  });
  const applications = Parameter.string('ApplicationsUri', {
    description: 'S3 URI of files of applications: the columns of the file of loans; a label is ignored',
  });
  const knownAnswers = Parameter.string('KnownAnswersUri', {
    description:
      'S3 URI of the answers of the version to held-out loans: answers/answers.csv of the execution that made the version',
  });
  const at = underRun(props);
  const job = processingOf(props);
  const program = {
    ...job,
    image: ContainerImage.scikitLearn('1.2-1'),
    retryPolicies: RETRY_JOB,
  } as const;
  const code = (entry: string) => ({ files: stepFiles(), entry });
  const check = { ...job, managed: hasManagedChecks(settings) } as const;

  const encode = new ProcessingStep('Encode', {
    ...program,
    description: 'Encodes the applications as the loans were encoded for training',
    code: code('encode.py'),
    inputs: { applications },
    outputs: { features: at('features'), table: at('table') },
  });
  const model = new ModelStep('CreateModel', { modelPackageArn, network, retryPolicies: RETRY_CALL });
  const score = new MonitoredTransform('Score', {
    transform: {
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
    },
    check: {
      ...check,
      checkType: 'DATA_QUALITY',
      dataset: encode.output('table'),
      outputPath: at('data-quality'),
      modelPackageGroupName,
    },
    checkFirst: true,
  });
  const decide = new ProcessingStep('Decide', {
    ...program,
    description: 'Turns scores into decisions',
    code: code('decide.py'),
    inputs: { applications: encode.output('features'), scores: score.transform.results },
    outputs: { decisions: at('decisions'), answers: at('answers'), outcomes: at('outcomes') },
  });
  const describe = new QualityCheckStep('DescribeKnownAnswers', {
    ...check,
    description: 'Makes the baseline of the answers',
    checkType: 'DATA_QUALITY',
    dataset: knownAnswers,
    outputPath: at('known-answers'),
    skipCheck: true,
    registerNewBaseline: true,
  });
  const { statistics, constraints } = describe.calculatedBaseline;
  const quality = new QualityCheckStep('CheckAnswers', {
    ...check,
    description: 'Are the answers distributed as those to the held-out loans?',
    checkType: 'DATA_QUALITY',
    dataset: decide.output('answers'),
    outputPath: at('answer-quality'),
    suppliedBaselineStatistics: statistics,
    suppliedBaselineConstraints: constraints,
  });
  const bias = new ClarifyCheckStep('CheckDecisionBias', {
    ...check,
    description: 'Do the decisions favour a group more than those of the past?',
    analysis: dataBiasAnalysis,
    dataset: decide.output('outcomes'),
    outputPath: at('decision-bias'),
    modelPackageGroupName,
  });
  const handOver = new ProcessingStep('HandOver', {
    ...program,
    // What a reader may have taken away must be there again.
    cacheExpireAfter: undefined,
    description: 'Copies checked decisions to where their readers look',
    code: code('hand_over.py'),
    arguments: ['--execution', ExecutionVariable.PIPELINE_EXECUTION_ID],
    inputs: { decisions: decide.output('decisions') },
    outputs: {
      decisions: {
        uri: join('/', props.decisionsUri, ExecutionVariable.PIPELINE_EXECUTION_ID),
        localPath: '/opt/ml/processing/output',
      },
    },
    dependsOn: [quality, bias],
  });
  return [encode, model, ...score.steps, decide, describe, quality, bias, handOver];
}
