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
    case 'BedrockCustomModel':
    case 'BedrockCustomModelDeployment':
    case 'BedrockModelImport':
    case 'BedrockProvisionedModelThroughput':
      return bedrockCalls(type, args, resource => sagemaker(resource).replace(':sagemaker:', ':bedrock:'));
    case 'Lineage':
      return lineageCalls(args, on, sagemaker);
    default:
      return undefined;
  }
}

/** Who creates something in Bedrock names only what is there already. */
function bedrockCalls(type: string, args: Json, bedrock: (resource: string) => string): Call[] {
  const model = String(args.ModelArn ?? args.ModelId);
  const [verb = '', create = '*', created = '', tags = 'Tags'] =
    {
      BedrockCustomModel: ['CustomModel', '*', 'custom-model/a', 'ModelTags'],
      BedrockCustomModelDeployment: [
        'CustomModelDeployment',
        bedrock(`custom-model/${model}`),
        'custom-model-deployment/a',
      ],
      BedrockModelImport: ['ModelImportJob', '*', 'model-import-job/a', 'JobTags'],
      BedrockProvisionedModelThroughput: [
        'ProvisionedModelThroughput',
        bedrock(`custom-model/${model}`),
        'provisioned-model/a',
      ],
    }[type] ?? [];
  const key = args.ModelKmsKeyArn ?? args.ImportedModelKmsKeyId;
  const context = { 'kms:ViaService': `bedrock.${bedrock('').split(':')[3] ?? ''}.amazonaws.com` };
  const uses = ['CreateGrant', 'Decrypt', 'DescribeKey', 'GenerateDataKey'];
  return [
    { action: `bedrock:Create${verb}`, resource: create },
    { action: `bedrock:Get${verb}`, resource: bedrock(created) },
    ...(args[tags] ? [{ action: 'bedrock:TagResource', resource: bedrock(created) }] : []),
    ...(args.ImportedModelTags ? [{ action: 'bedrock:TagResource', resource: bedrock('imported-model/a') }] : []),
    ...passes(args.RoleArn, 'bedrock.amazonaws.com'),
    ...(typeof key === 'string' ? uses.map(use => ({ action: `kms:${use}`, resource: key, context })) : []),
  ];
}

/** A hash takes the place of an artifact's name in its ARN. */
function lineageCalls(
  args: Json,
  on: (resource: string, ...verbs: string[]) => Call[],
  sagemaker: (resource: string) => string,
): Call[] {
  const list = (member: string) => (args[member] ?? []) as readonly Json[];
  const place = (kind: string, name: unknown) =>
    kind === 'Artifact' ? 'artifact/0a1b2c' : `${kind.toLowerCase()}/${String(name)}`;
  const created = ['Action', 'Artifact', 'Context'].flatMap(kind =>
    list(`${kind}s`).flatMap(entity => on(place(kind, entity[`${kind}Name`]), `Create${kind}`, 'AddTags')),
  );
  const ends = list('Associations').flatMap(({ Source, Destination }) => [Source, Destination] as Json[]);
  return [
    ...created,
    ...(ends as { Arn?: string; Type?: string; Name?: string }[]).map(({ Arn: arn = '', Type: type, Name: name }) => ({
      action: 'sagemaker:AddAssociation',
      resource: arn.startsWith('arn:') ? arn : sagemaker(place(type ?? 'Artifact', name)),
    })),
  ];
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
