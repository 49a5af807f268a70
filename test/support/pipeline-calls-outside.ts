import type { Deployment } from './deployment';
import type { Call, Json, StepJson } from './pipeline-calls';

/** What a pipeline calls for a step that runs outside SageMaker; undefined for any other. */
export function outsideCalls(deployment: Deployment, step: StepJson): Call[] | undefined {
  switch (step.Type) {
    case 'Lambda':
      return each(['lambda:InvokeFunction'], String(step.FunctionArn));
    case 'Callback':
      return queueCalls(deployment, String(step.SqsQueueUrl));
    case 'EMR':
      return emrCalls(deployment, step.Arguments);
    case 'EMRServerless':
      return emrServerlessCalls(deployment, step.Arguments);
    default:
      return undefined;
  }
}

/** Steps are added to a cluster that exists; a cluster of its own is started with the job in it. */
function emrCalls({ region, account }: Deployment, args: Json): Call[] {
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  const { ClusterId: id, ClusterConfig: config, ExecutionRoleArn: role } = args;
  const cluster = arn('elasticmapreduce', `cluster/${typeof id === 'string' ? id : 'j-NEW'}`);
  const emr = (...verbs: string[]) => verbs.map(verb => ({ action: `elasticmapreduce:${verb}`, resource: cluster }));
  const watch = (rule: string) =>
    each(['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], arn('events', `rule/${rule}`));
  if (config === undefined) {
    const context = role === undefined ? undefined : { 'elasticmapreduce:ExecutionRoleArn': role as string };
    return [
      ...emr('AddJobFlowSteps').map(call => ({ ...call, context })),
      ...emr('CancelSteps', 'DescribeStep', 'ListSteps'),
      ...watch('SageMakerPipelineExecutionEMRStepStatusUpdateRule'),
    ];
  }
  const { ServiceRole: service, AutoScalingRole: scaling, Tags: tags } = config as Json;
  const pass = (resource: unknown, to: string) =>
    resource === undefined
      ? []
      : [{ action: 'iam:PassRole', resource: resource as string, context: { 'iam:PassedToService': to } }];
  return [
    ...emr('DescribeCluster', 'DescribeStep', 'ListSteps', 'TerminateJobFlows'),
    { action: 'elasticmapreduce:RunJobFlow', resource: '*' },
    ...(tags === undefined ? [] : emr('AddTags')),
    ...pass(service, 'elasticmapreduce.amazonaws.com'),
    ...pass(scaling, 'application-autoscaling.amazonaws.com'),
    ...watch('SageMakerPipelineExecutionEMRClusterStatusUpdateRule'),
  ];
}

/** The documentation of EMR Serverless is the source: AWS publishes no policy for this kind of step. */
function emrServerlessCalls({ region, account }: Deployment, args: Json): Call[] {
  const { ApplicationId: id, ApplicationConfig: config, ExecutionRoleArn: role, JobConfig: job } = args;
  const application = `arn:aws:emr-serverless:${region}:${account}:/applications/${typeof id === 'string' ? id : '00new'}`;
  const actions = (...verbs: string[]) => verbs.map(verb => `emr-serverless:${verb}`);
  const tags = (tagged: unknown, resource: string) =>
    (tagged as Json | undefined)?.tags === undefined ? [] : each(actions('TagResource'), resource);
  return [
    ...(config === undefined ? [] : each(actions('CreateApplication'), '*')),
    ...each(actions('GetApplication', 'StartApplication', 'StartJobRun'), application),
    ...tags(config, application),
    ...each(actions('CancelJobRun', 'GetJobRun'), `${application}/jobruns/1`),
    ...tags(job, `${application}/jobruns/1`),
    {
      action: 'iam:PassRole',
      resource: role as string,
      context: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' },
    },
  ];
}

/** Who sends to a queue with a key needs data keys, and decrypts them to check them. */
function queueCalls(deployment: Deployment, url: string): Call[] {
  const queue = deployment
    .resources('AWS::SQS::Queue')
    .find(({ stack, id }) => deployment.resolve(stack, { Ref: id }) === url);
  if (queue === undefined) throw new Error(`a queue of the app is needed, got: ${url}`);
  const { stack, id, resource } = queue;
  const key = deployment.resolve(stack, resource.Properties.KmsMasterKeyId) as string | undefined;
  return [
    { action: 'sqs:SendMessage', resource: deployment.arn(stack, id) },
    ...(key === undefined ? [] : each(['kms:Decrypt', 'kms:GenerateDataKey'], key)),
  ];
}

const each = (actions: readonly string[], resource: string): Call[] => actions.map(action => ({ action, resource }));
