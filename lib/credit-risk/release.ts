import { Duration } from 'aws-cdk-lib/core';
import { join as joinPath } from 'node:path';
import { FileSet } from '../../constructs/assets';
import {
  CallbackStep,
  Condition,
  ConditionStep,
  EndpointConfigStep,
  EndpointStep,
  ExecutionVariable,
  FailStep,
  InferenceComponentStep,
  join,
  LambdaStep,
  LineageStep,
  ModelStep,
  NotebookJobStep,
  Parameter,
  type Step,
} from '../../constructs/pipeline';
import type { ExecutionRole } from '../../constructs/roles';
import { isAvailable } from '../availability';
import { clusterOf, RETRY_CALL, RETRY_JOB, underRun, type WorkloadPipelineProps } from './jobs';
import type { ReleaseDesk } from './release-desk';
import { trialEndpointName } from './workload';

export interface ReleaseProps extends WorkloadPipelineProps {
  readonly desk: ReleaseDesk;

  /** Role of the endpoint, which may pull the image of the workload and read its models. */
  readonly jobRole: ExecutionRole;
}

/**
 * Puts a registered version on trial, if a function finds it good enough and a person agrees: on an endpoint that several
 * versions can share, with a notebook about its answers and a record of the release.
 *
 * The endpoint costs the time of its instance until somebody deletes it.
 */
export function releaseSteps(props: ReleaseProps): readonly Step[] {
  const { settings, network, desk, jobRole } = props;
  const modelPackageArn = Parameter.string('ModelPackageArn', { description: 'ARN of the version that goes on trial' });
  const minimumAuc = Parameter.float('MinimumAuc', {
    default: settings.minimumAuc,
    description: 'Least area under the ROC curve for a version to go on trial',
  });
  const execution = ExecutionVariable.PIPELINE_EXECUTION_ID;
  const name = trialEndpointName(settings);

  const lookUp = new LambdaStep('LookUp', {
    description: 'Reads what the registry knows of the version',
    lambdaFunction: desk.lookUp,
    inputs: { modelPackageArn, minimumAuc },
    outputs: { status: 'String', auc: 'Float', releasable: 'Boolean' },
  });
  const ask = new CallbackStep('AskPerson', {
    description: 'Waits until a person agrees, and says who it was',
    queue: desk.questions,
    inputs: { modelPackageArn, status: lookUp.output('status'), auc: lookUp.output('auc') },
    outputs: { releasedBy: 'String' },
  });
  // The network of a model on a shared endpoint is that of the endpoint's configuration.
  const model = new ModelStep('CreateModel', { modelPackageArn, dependsOn: [ask], retryPolicies: RETRY_CALL });
  const config = new EndpointConfigStep('CreateConfig', {
    endpointConfigName: join('-', name, execution),
    variants: { main: { instanceType: settings.endpointInstanceType } },
    role: jobRole,
    network,
    encryptionKey: clusterOf(props, settings.endpointInstanceType).volumeEncryptionKey,
    dependsOn: [ask],
    retryPolicies: RETRY_CALL,
  });
  const endpoint = new EndpointStep('DeployEndpoint', {
    endpointName: name,
    endpointConfigName: config.endpointConfigName,
  });
  const component = new InferenceComponentStep('PlaceModel', {
    inferenceComponentName: `${name}-scores`,
    endpointName: endpoint.endpointName,
    variantName: 'main',
    model: { modelName: model.modelName, resources: { minMemoryMB: 1024, cpuCores: 1 } },
  });
  const report = isAvailable('notebookJob', settings) ? reportStep(props, { endpoint, component }) : undefined;
  const record = new LineageStep('Record', {
    description: 'Records what was released where, and by whom',
    actions: {
      release: {
        name: join('-', 'release', execution),
        type: 'TrialRelease',
        sourceUri: ExecutionVariable.PIPELINE_EXECUTION_ARN,
        status: 'Completed',
        properties: {
          releasedBy: ask.output('releasedBy'),
          auc: join('', lookUp.output('auc')),
          ...(report && { report: report.results }),
        },
      },
    },
    artifacts: {
      version: { name: join('-', 'version', execution), type: 'ModelPackage', sourceUri: modelPackageArn },
    },
    contexts: {
      trial: { name: join('-', 'trial', execution), type: 'Endpoint', sourceUri: endpoint.property('EndpointArn') },
    },
    associations: [
      { source: { artifact: 'version' }, destination: { action: 'release' }, type: 'ContributedTo' },
      { source: { action: 'release' }, destination: { context: 'trial' }, type: 'AssociatedWith' },
    ],
  });
  const refuse = new FailStep('Refuse', {
    errorMessage: join(' ', 'The version is', lookUp.output('status'), 'and its AUC is', lookUp.output('auc')),
  });
  const gate = new ConditionStep('Releasable', {
    conditions: [Condition.equals(lookUp.output('releasable'), true)],
    ifSteps: [ask, model, config, endpoint, component, ...(report ? [report] : []), record],
    elseSteps: [refuse],
  });
  return [lookUp, gate];
}

/** A notebook about what the version on trial answers. */
function reportStep(
  props: ReleaseProps,
  { endpoint, component }: { readonly endpoint: EndpointStep; readonly component: InferenceComponentStep },
): NotebookJobStep {
  const { settings, encryptionKey, network } = props;
  const features = Parameter.string('FeaturesUri', {
    description:
      'S3 URI of a file of encoded loans without labels: test/features.csv of the execution that made the version',
  });
  return new NotebookJobStep('Report', {
    description: 'Asks the version on trial, and shows its answers',
    files: FileSet.fromDirectory(joinPath(__dirname, 'notebooks')),
    notebook: 'trial.ipynb',
    parameters: {
      endpoint_name: endpoint.endpointName,
      component_name: component.inferenceComponentName,
      features_uri: features,
    },
    ...clusterOf(props, settings.trainingInstanceType),
    outputPath: underRun(props)('report'),
    outputEncryptionKey: encryptionKey,
    network,
    maxRuntime: Duration.hours(1),
    retryPolicies: RETRY_JOB,
  });
}
