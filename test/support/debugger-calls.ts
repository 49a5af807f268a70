import type { Call, Json } from './pipeline-calls';

interface Rule {
  readonly RuleParameters?: Readonly<Record<string, string>>;
}

/**
 * What the rules of a training job do under its role, as the open source of their library does it: read what was saved, and
 * answer. Their own logs are those of processing jobs.
 */
export function debuggerCalls(step: string, args: Json, arn: (service: string, resource: string) => string): Call[] {
  const { DebugHookConfig: hook, ProfilerConfig: profiler } = args as Record<string, Json | undefined>;
  const { DebugRuleConfigurations: tensors = [], ProfilerRuleConfigurations: machines = [] } = args as Readonly<
    Record<string, readonly Rule[] | undefined>
  >;
  return [
    ...(tensors.length > 0 ? readsUnder(hook?.S3OutputPath) : []),
    ...(machines.length > 0 ? readsUnder(profiler?.S3OutputPath) : []),
    ...[...tensors, ...machines].flatMap(({ RuleParameters: parameters = {} }) => [
      ...(parameters.source_s3_uri ? [reads(parameters.source_s3_uri)] : []),
      ...actionsOf(parameters).flatMap(({ name }) => (name === 'stoptraining' ? stops(step, arn) : sends(arn))),
      ...(parameters.stop_training_on_fire === 'True' ? stops(step, arn) : []),
      {
        action: 'logs:PutLogEvents',
        resource: arn('logs', 'log-group:/aws/sagemaker/ProcessingJobs:log-stream:rule/algo-1'),
      },
    ]),
  ];
}

/** The container reads this text as JSON with escaped quotes. */
export function actionsOf({ action_json: actions = '[]' }: Rule['RuleParameters'] & object): Record<string, string>[] {
  return JSON.parse(JSON.parse(`"${actions}"`) as string) as Record<string, string>[];
}

const reads = (uri: string): Call => ({ action: 's3:GetObject', resource: uri.replace('s3://', 'arn:aws:s3:::') });

function readsUnder(uri: unknown): Call[] {
  const [bucket = ''] = String(uri).replace('s3://', '').split('/');
  return [reads(`${String(uri)}/file`), { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` }];
}

const stops = (step: string, arn: (service: string, resource: string) => string): Call[] => [
  { action: 'sagemaker:ListTrainingJobs', resource: '*' },
  { action: 'sagemaker:StopTrainingJob', resource: arn('sagemaker', `training-job/pipelines-1-${step}-2`) },
];

const sends = (arn: (service: string, resource: string) => string): Call[] =>
  ['CreateTopic', 'Publish', 'Subscribe'].map(verb => ({
    action: `sns:${verb}`,
    resource: arn('sns', 'SMDebugRules'),
  }));
