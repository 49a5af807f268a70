import * as sdk from '@aws-sdk/client-sagemaker';
import { BEDROCK } from './bedrock-schemas';
import { serviceModel } from './service-model';

/** What the service takes for a kind of step. */
export interface Kind {
  readonly request?: unknown;
  readonly optional?: readonly string[];
  readonly refused?: readonly string[];
  readonly properties: readonly unknown[];
  readonly caches?: boolean;
  readonly retries?: readonly string[];
  readonly keys?: readonly string[];

  /** Arguments of which exactly one is given. */
  readonly oneOf?: readonly string[];

  /** Takes a flat map of values, and declares its outputs. */
  readonly exchanges?: boolean;
}

const STEP_FAILURES = ['Step.SERVICE_FAULT', 'Step.THROTTLING'];
const JOB_FAILURES = [
  ...STEP_FAILURES,
  'SageMaker.JOB_INTERNAL_ERROR',
  'SageMaker.CAPACITY_ERROR',
  'SageMaker.RESOURCE_LIMIT',
];
const CHECK_KEYS = [
  'CheckType',
  'ModelPackageGroupName',
  'SuppliedBaselineConstraints',
  'SkipCheck',
  'FailOnViolation',
  'RegisterNewBaseline',
];
/** A schema of our own, in the form of the SDK's. */
const texts = (...names: string[]) => [3, '', '', 0, names, names.map(() => 0)];
/** A structure of our own, in the same form; the first `required` members are required. */
const structure = (members: Readonly<Record<string, unknown>>, required = 0) => [
  3,
  '',
  '',
  0,
  Object.keys(members),
  Object.values(members),
  required,
];
const MAP_OF_TEXTS = 128;
const LINEAGE_END = texts('Name', 'Type', 'Arn');
const PROCESSING = { request: sdk.CreateProcessingJobRequest$, optional: ['ProcessingJobName'], caches: true };
/** What the service decides on in a cluster that a step makes. */
const emr = serviceModel('emr', {
  RunJobFlowInput: ['Name', 'Steps', 'AutoTerminationPolicy'],
  JobFlowInstancesConfig: ['KeepJobFlowAliveWhenNoSteps', 'TerminationProtected'],
  StepConfig: ['Name'],
});
const emrServerless = serviceModel('emr-serverless', {
  StartJobRunRequest: ['clientToken'],
  CreateApplicationRequest: ['clientToken'],
});
/** Of what is called with a flat map of values, and answers with outputs that the step declares. */
const EXCHANGE = { exchanges: true, properties: [], caches: true };
const JOB = { caches: true, retries: JOB_FAILURES };

export const KINDS: Readonly<Record<string, Kind>> = {
  ...BEDROCK,
  Processing: { ...PROCESSING, ...JOB, properties: [sdk.DescribeProcessingJobResponse$], keys: ['PropertyFiles'] },
  Training: {
    ...JOB,
    request: sdk.CreateTrainingJobRequest$,
    optional: ['TrainingJobName'],
    properties: [sdk.DescribeTrainingJobResponse$],
  },
  Tuning: {
    ...JOB,
    request: sdk.CreateHyperParameterTuningJobRequest$,
    optional: ['HyperParameterTuningJobName'],
    oneOf: ['TrainingJobDefinition', 'TrainingJobDefinitions'],
    properties: [sdk.DescribeHyperParameterTuningJobResponse$, sdk.ListTrainingJobsForHyperParameterTuningJobResponse$],
  },
  Transform: {
    ...JOB,
    request: sdk.CreateTransformJobRequest$,
    optional: ['TransformJobName'],
    properties: [sdk.DescribeTransformJobResponse$],
  },
  Model: {
    request: sdk.CreateModelInput$,
    optional: ['ModelName'],
    properties: [sdk.DescribeModelOutput$],
    retries: STEP_FAILURES,
  },
  RegisterModel: {
    request: sdk.CreateModelPackageInput$,
    refused: ['CertifyForMarketplace'],
    properties: [sdk.DescribeModelPackageOutput$],
    retries: STEP_FAILURES,
  },
  ClarifyCheck: {
    ...PROCESSING,
    properties: [texts('CalculatedBaselineConstraints', 'BaselineUsedForDriftCheckConstraints')],
    keys: [...CHECK_KEYS, 'ModelName'],
  },
  QualityCheck: {
    ...PROCESSING,
    properties: [
      texts('CalculatedBaselineConstraints', 'BaselineUsedForDriftCheckConstraints'),
      texts('CalculatedBaselineStatistics', 'BaselineUsedForDriftCheckStatistics'),
    ],
    keys: [...CHECK_KEYS, 'SuppliedBaselineStatistics'],
  },
  AutoML: {
    caches: true,
    retries: JOB_FAILURES.filter(failure => failure !== 'SageMaker.JOB_INTERNAL_ERROR'),
    request: sdk.CreateAutoMLJobRequest$,
    optional: ['AutoMLJobName'],
    refused: ['ModelDeployConfig', 'GenerateCandidateDefinitionsOnly'],
    properties: [
      sdk.DescribeAutoMLJobResponse$,
      structure({
        BestCandidateProperties: () => texts('ModelInsightsJsonReportPath', 'ExplainabilityJsonReportPath'),
      }),
    ],
  },
  EndpointConfig: {
    caches: true,
    // Which failures can be named is not documented; there is no job that could fail.
    retries: STEP_FAILURES,
    request: sdk.CreateEndpointConfigInput$,
    optional: ['EndpointConfigName'],
    refused: ['DataCaptureConfig', 'ExplainerConfig'],
    properties: [sdk.DescribeEndpointConfigOutput$],
  },
  Endpoint: {
    caches: true,
    request: sdk.CreateEndpointInput$,
    refused: ['DeploymentConfig'],
    properties: [sdk.DescribeEndpointOutput$],
  },
  InferenceComponent: {
    request: sdk.CreateInferenceComponentInput$,
    properties: [sdk.DescribeInferenceComponentOutput$],
  },
  Lineage: {
    request: structure({
      Actions: [1, '', '', 0, () => sdk.CreateActionRequest$],
      Artifacts: [1, '', '', 0, () => sdk.CreateArtifactRequest$],
      Contexts: [1, '', '', 0, () => sdk.CreateContextRequest$],
      Associations: [
        1,
        '',
        '',
        0,
        () => structure({ Source: () => LINEAGE_END, Destination: () => LINEAGE_END, AssociationType: 0 }, 2),
      ],
    }),
    properties: [structure({ ActionArns: MAP_OF_TEXTS, ArtifactArns: MAP_OF_TEXTS, ContextArns: MAP_OF_TEXTS })],
  },
  EMR: {
    request: [
      3,
      '',
      '',
      0,
      ['StepConfig', 'ClusterId', 'ExecutionRoleArn', 'ClusterConfig'],
      [emr('StepConfig'), 0, 0, emr('RunJobFlowInput')],
      1,
    ],
    properties: [emr('Step')],
    caches: true,
    retries: STEP_FAILURES,
    oneOf: ['ClusterId', 'ClusterConfig'],
  },
  EMRServerless: {
    request: [
      3,
      '',
      '',
      0,
      ['ExecutionRoleArn', 'JobConfig', 'ApplicationId', 'ApplicationConfig'],
      [0, emrServerless('StartJobRunRequest'), 0, emrServerless('CreateApplicationRequest')],
      2,
    ],
    // The id of an application that the step makes is not known before.
    optional: ['JobConfig.applicationId'],
    properties: [emrServerless('GetJobRunResponse')],
    caches: true,
    retries: STEP_FAILURES,
    oneOf: ['ApplicationId', 'ApplicationConfig'],
  },
  Lambda: { ...EXCHANGE, keys: ['FunctionArn', 'OutputParameters'] },
  Callback: { ...EXCHANGE, keys: ['SqsQueueUrl', 'OutputParameters'] },
  Condition: { properties: [texts('Outcome')] },
  Fail: { request: [3, '', '', 0, ['ErrorMessage'], [0], 1], properties: [] },
};
