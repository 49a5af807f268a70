import type { Construct } from 'constructs';
import { sagemakerArn, type Permission } from './permission';

interface KindFacts {
  readonly resource: string;
  /** Actions on one job. */
  readonly actions: readonly string[];
  /** Actions that take no resource. */
  readonly lists: readonly string[];
}

const KINDS = {
  AutoML: {
    resource: 'automl-job',
    actions: ['CreateAutoMLJob', 'CreateAutoMLJobV2', 'DescribeAutoMLJob', 'DescribeAutoMLJobV2', 'StopAutoMLJob'],
    lists: ['ListAutoMLJobs', 'ListCandidatesForAutoMLJob'],
  },
  Compilation: {
    resource: 'compilation-job',
    actions: ['CreateCompilationJob', 'DescribeCompilationJob', 'StopCompilationJob'],
    lists: ['ListCompilationJobs'],
  },
  InferenceRecommendations: {
    resource: 'inference-recommendations-job',
    actions: [
      'CreateInferenceRecommendationsJob',
      'DescribeInferenceRecommendationsJob',
      'StopInferenceRecommendationsJob',
    ],
    lists: ['ListInferenceRecommendationsJobs', 'ListInferenceRecommendationsJobSteps'],
  },
  Labeling: {
    resource: 'labeling-job',
    actions: ['CreateLabelingJob', 'DescribeLabelingJob', 'StopLabelingJob'],
    lists: ['ListLabelingJobs'],
  },
  Model: {
    resource: 'model',
    actions: ['CreateModel', 'DescribeModel'],
    lists: ['ListModels'],
  },
  Processing: {
    resource: 'processing-job',
    actions: ['CreateProcessingJob', 'DescribeProcessingJob', 'StopProcessingJob'],
    lists: ['ListProcessingJobs'],
  },
  Training: {
    resource: 'training-job',
    actions: ['CreateTrainingJob', 'DescribeTrainingJob', 'StopTrainingJob'],
    lists: ['ListTrainingJobs'],
  },
  Transform: {
    resource: 'transform-job',
    actions: ['CreateTransformJob', 'DescribeTransformJob', 'StopTransformJob'],
    lists: ['ListTransformJobs'],
  },
  Tuning: {
    resource: 'hyper-parameter-tuning-job',
    actions: [
      'CreateHyperParameterTuningJob',
      'DescribeHyperParameterTuningJob',
      'ListTrainingJobsForHyperParameterTuningJob',
      'StopHyperParameterTuningJob',
    ],
    lists: ['ListHyperParameterTuningJobs'],
  },
} as const satisfies Record<string, KindFacts>;

/** What a role may start: a kind of job, or a model for jobs and endpoints to use. */
export type JobKind = keyof typeof KINDS;

export const JOB_KINDS = Object.keys(KINDS) as readonly JobKind[];

/** Permissions to create, tag, read, list and stop everything of these kinds in this account and region. */
export function startKinds(scope: Construct, kinds: readonly JobKind[]): Permission[] {
  const facts: KindFacts[] = [...new Set(kinds)].map(kind => KINDS[kind]);
  return [
    ...facts.map(({ resource, actions }) => ({
      actions: [...prefixed(actions), 'sagemaker:AddTags'],
      resources: [sagemakerArn(scope, resource, '*')],
      wildcardReason: 'The names of jobs and models are made up at run time; the kind, account and region are fixed',
    })),
    {
      actions: facts.flatMap(({ lists }) => prefixed(lists)),
      resources: ['*'],
      wildcardReason: 'List actions take no resource; they show names and states, not data',
    },
  ];
}

const prefixed = (actions: readonly string[]): string[] => actions.map(action => `sagemaker:${action}`);
