import type { Call } from './pipeline-calls';

type Json = Readonly<Record<string, unknown>>;

interface DirectStep {
  readonly Name: string;
  readonly Type: string;
  readonly Arguments: Json;
}

/** What the pipeline's role calls for steps that create something without a job; undefined for steps of other kinds. */
export function directCalls(
  { Name: step, Type: type, Arguments: args }: DirectStep,
  sagemaker: (resource: string) => string,
): Call[] | undefined {
  const text = (member: string) => (args[member] as string | undefined) ?? `pipelines-1-${step}-2`;
  const on = (resource: string, ...verbs: string[]): Call[] =>
    verbs.map(verb => ({ action: `sagemaker:${verb}`, resource: sagemaker(resource) }));
  switch (type) {
    case 'EndpointConfig':
      return [
        ...on(
          `endpoint-config/${text('EndpointConfigName')}`,
          'CreateEndpointConfig',
          'DescribeEndpointConfig',
          'AddTags',
        ),
        ...passes(args.ExecutionRoleArn, 'sagemaker.amazonaws.com'),
        ...encrypts(args.KmsKeyId),
      ];
    case 'Endpoint':
      return [
        ...on(`endpoint/${text('EndpointName')}`, 'CreateEndpoint', 'UpdateEndpoint', 'DescribeEndpoint', 'AddTags'),
        ...on(`endpoint-config/${text('EndpointConfigName')}`, 'CreateEndpoint', 'UpdateEndpoint'),
      ];
    case 'InferenceComponent':
      return [
        ...on(
          `inference-component/${text('InferenceComponentName')}`,
          'CreateInferenceComponent',
          'UpdateInferenceComponent',
          'DescribeInferenceComponent',
          'AddTags',
        ),
        ...on(`endpoint/${text('EndpointName')}`, 'CreateInferenceComponent'),
      ];
    default:
      return undefined;
  }
}

function passes(role: unknown, service: string): Call[] {
  const context = { 'iam:PassedToService': service };
  return typeof role === 'string' ? [{ action: 'iam:PassRole', resource: role, context }] : [];
}

function encrypts(key: unknown): Call[] {
  if (typeof key !== 'string') return [];
  return [
    { action: 'kms:CreateGrant', resource: key, context: { 'kms:GrantIsForAWSResource': 'true' } },
    { action: 'kms:DescribeKey', resource: key },
  ];
}
