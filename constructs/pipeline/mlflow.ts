import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Value } from './expression';
import { maxLength, rule, type Rule } from './problem';
import { allow } from './permission';

/** Where a managed MLflow records what runs do. */
export interface MlflowTracking {
  /** ARN of an MLflow tracking server or an MLflow app. */
  readonly resourceArn: string;

  /**
   * Name of the MLflow experiment: 1 to 256 characters.
   *
   * @default - by the service
   */
  readonly experimentName?: Value<string>;
}

export function mlflowRules(at: string, tracking: MlflowTracking | undefined): readonly Rule[] {
  if (!tracking) return [];
  return [
    rule(
      tracking.resourceArn,
      arn => /^arn:[^:]+:sagemaker:[^:]*:\d{12}:mlflow-(app|tracking-server)\/.+$/.test(arn),
      `'${at}.resourceArn' must be the ARN of an MLflow tracking server or an MLflow app`,
    ),
    ...nameRules(`${at}.experimentName`, tracking.experimentName),
  ];
}

export function nameRules(at: string, name: Value<string> | undefined): readonly Rule[] {
  return [rule(name, text => text !== '', `'${at}' must have at least 1 character`), maxLength(at, name, 256)];
}

/** Lets roles record runs, with their parameters, metrics and models, in an MLflow. Where it keeps files is yours to grant. */
export function grantMlflow(roles: readonly iam.IRole[], { resourceArn }: MlflowTracking): void {
  const kind = /:mlflow-(app|tracking-server)\//.exec(resourceArn)?.[1];
  // An ARN that is only known at deployment may be of either kind; what does not fit it allows nothing.
  const recording = kind === 'app' ? [] : RECORDING_ACTIONS;
  const calling = kind === 'tracking-server' ? [] : ['sagemaker:CallMlflowAppApi'];
  for (const role of new Set(roles)) {
    allow(role, { actions: [...recording, ...calling], resources: [resourceArn] });
  }
}

/** Experiments are found or made, runs and logged models are made and filled; nothing is deleted, and no model registered. */
const RECORDING_ACTIONS = [
  'CreateExperiment',
  'CreateRun',
  'FinalizeLoggedModel',
  'GetExperiment',
  'GetExperimentByName',
  'GetLoggedModel',
  'GetMetricHistory',
  'GetRun',
  'ListArtifacts',
  'ListLoggedModelArtifacts',
  'LogBatch',
  'LogInputs',
  'LogLoggedModelParams',
  'LogMetric',
  'LogModel',
  'LogOutputs',
  'LogParam',
  'SearchExperiments',
  'SearchLoggedModels',
  'SearchRuns',
  'SetExperimentTag',
  'SetLoggedModelTags',
  'SetTag',
  'UpdateRun',
].map(action => `sagemaker-mlflow:${action}`);
