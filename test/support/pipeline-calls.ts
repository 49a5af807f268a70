import { debuggerCalls } from './debugger-calls';
import type { Deployment } from './deployment';
import { directCalls } from './direct-calls';
import { openCheckCalls } from './open-check-calls';
import { outsideCalls } from './pipeline-calls-outside';

/** One thing that a role must be able to do. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;

  /** The call goes through the VPC of the job. */
  readonly inVpc?: boolean;
}

/** What one step takes: what the pipeline's role calls, and what the role of its job does. */
export interface StepCalls {
  readonly step: string;
  readonly type: string;
  readonly pipeline: readonly Call[];
  readonly job: readonly Call[];

  /** Role of the job, as an ARN. */
  readonly jobRole?: string;
}

export interface StepJson {
  readonly Name: string;
  readonly Type: string;
  readonly Arguments: Json;
  readonly ModelPackageGroupName?: string;
  readonly FunctionArn?: string;
  readonly SqsQueueUrl?: string;
  readonly PropertyFiles?: readonly { readonly OutputName: string; readonly FilePath: string }[];
}

interface DefinitionJson {
  readonly Parameters: readonly { readonly Name: string; readonly DefaultValue: unknown }[];
  readonly Steps: readonly StepJson[];
}

export type Json = Readonly<Record<string, unknown>>;

interface JobFacts {
  /** Resource type in ARNs. */
  readonly resource: string;

  /** Actions of the pipeline on the job. */
  readonly actions: readonly string[];

  /**
   * Path of the role in the step's arguments.
   *
   * @default - the job runs under the role of a model
   */
  readonly role?: readonly string[];
  readonly logGroup?: string;
}

const verbs = (job: string) => ['Create', 'Describe', 'Stop'].map(verb => `sagemaker:${verb}${job}`);
const PROCESSING: JobFacts = {
  resource: 'processing-job',
  actions: verbs('ProcessingJob'),
  role: ['RoleArn'],
  logGroup: 'ProcessingJobs',
};

/** Steps that start something of their own. */
const JOBS: Readonly<Record<string, JobFacts>> = {
  Processing: PROCESSING,
  QualityCheck: PROCESSING,
  ClarifyCheck: PROCESSING,
  Training: { resource: 'training-job', actions: verbs('TrainingJob'), role: ['RoleArn'], logGroup: 'TrainingJobs' },
  Tuning: {
    resource: 'hyper-parameter-tuning-job',
    actions: [...verbs('HyperParameterTuningJob'), 'sagemaker:ListTrainingJobsForHyperParameterTuningJob'],
    role: ['TrainingJobDefinition', 'RoleArn'],
    logGroup: 'TrainingJobs',
  },
  Transform: { resource: 'transform-job', actions: verbs('TransformJob'), logGroup: 'TransformJobs' },
  AutoML: { resource: 'automl-job', actions: verbs('AutoMLJob'), role: ['RoleArn'] },
  Model: {
    resource: 'model',
    actions: ['sagemaker:CreateModel', 'sagemaker:DescribeModel'],
    role: ['ExecutionRoleArn'],
  },
};

/** Steps that call nothing. */
const SILENT = ['Condition', 'Fail'];

/**
 * What the roles of a pipeline must be able to do, derived from its definition alone.
 *
 * A kind of step that this function does not know is an error, so that a new one cannot go unchecked.
 */
export function callsOf(deployment: Deployment): StepCalls[] {
  const [pipeline] = deployment.resources('AWS::SageMaker::Pipeline');
  const body = (pipeline?.resource.Properties.PipelineDefinition as Json).PipelineDefinitionBody;
  const definition = JSON.parse(deployment.resolve(pipeline?.stack ?? '', body) as string) as DefinitionJson;
  const all = definition.Steps.flatMap(branches);
  const value = evaluator({ ...definition, Steps: all });
  const steps = all.map(step => ({ ...step, Arguments: value(step.Arguments) as Json }));
  return steps.map(step => stepCalls(deployment, step, steps));
}

function stepCalls(deployment: Deployment, step: StepJson, steps: readonly StepJson[]): StepCalls {
  const { Name: name, Type: type, Arguments: args } = step;
  const arn = (resource: string) => `arn:aws:sagemaker:${deployment.region}:${deployment.account}:${resource}`;
  const facts = JOBS[type];
  const direct = directCalls(step, arn);
  if (direct) return { step: name, type, pipeline: direct, job: [] };
  if (type === 'RegisterModel') {
    const { ModelPackageGroupName: group } = args as { ModelPackageGroupName?: string };
    const version = arn(`model-package/${group === undefined ? `pipelines-1-${name}-2` : `${group}/1`}`);
    const create = ['CreateModelPackage', 'DescribeModelPackage', 'AddTags'].map(verb => `sagemaker:${verb}`);
    const looks = accessesOf(args).filter(({ action }) => !action.startsWith('kms:'));
    return { step: name, type, pipeline: [...each(create, version), ...looks], job: [] };
  }
  const outside = outsideCalls(deployment, step);
  if (outside !== undefined) return { step: name, type, pipeline: outside, job: [] };
  if (facts === undefined) {
    if (SILENT.includes(type)) return { step: name, type, pipeline: [], job: [] };
    throw new Error(`step '${name}' must be of a known kind, got: ${type}`);
  }
  const roles = rolesOf(args, facts);
  const [own] = roles;
  const toService = { 'iam:PassedToService': 'sagemaker.amazonaws.com' };
  return {
    step: name,
    type,
    pipeline: [
      ...each([...facts.actions, 'sagemaker:AddTags'], arn(`${facts.resource}/pipelines-1-${name}-2`)),
      ...roles.map(role => ({ action: 'iam:PassRole', resource: role, context: toService })),
      ...volumeCalls(args),
      ...baselineCalls(step, arn),
      ...versionCalls(args),
      ...propertyFileCalls(step),
    ],
    job: [
      ...accessesOf(args),
      ...openCheckCalls(args, steps, arn),
      ...logCalls(deployment, facts.logGroup),
      ...networkCalls(args),
      ...debuggerCalls(name, args, (service, resource) =>
        ['arn:aws', service, deployment.region, deployment.account, resource].join(':'),
      ),
    ],
    jobRole: own ?? (at(modelOf(args, steps), ['ExecutionRoleArn']) as string),
  };
}

/** The roles of a job; a tuning of several algorithms has one for each. */
function rolesOf(args: Json, { role }: JobFacts): readonly string[] {
  const definitions = (args.TrainingJobDefinitions ?? []) as readonly Json[];
  const own = role && (at(args, role) as string | undefined);
  return [...(own === undefined ? [] : [own]), ...definitions.map(({ RoleArn: each }) => each as string)];
}

/** Who starts a job gives SageMaker the use of the key of its volumes. */
function volumeCalls(args: Json): Call[] {
  const key = /"VolumeKmsKeyId":"([^"]+)"/.exec(JSON.stringify(args))?.[1];
  const forService = { 'kms:GrantIsForAWSResource': 'true' };
  return key === undefined
    ? []
    : [
        { action: 'kms:CreateGrant', resource: key, context: forService },
        { action: 'kms:DescribeKey', resource: key },
      ];
}

/** A check compares with the baseline of the last approved version. */
function baselineCalls({ ModelPackageGroupName: group }: StepJson, arn: (resource: string) => string): Call[] {
  if (group === undefined) return [];
  return each(['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages'], arn(`model-package/${group}/1`));
}

/** A model can be made from a version in the registry, where it must be allowed too. */
function versionCalls({ Containers: containers }: Json): Call[] {
  const versions = ((containers ?? []) as readonly { readonly ModelPackageName?: string }[]).flatMap(
    ({ ModelPackageName: version }) => version ?? [],
  );
  return versions.flatMap(version => each(['sagemaker:CreateModel', 'sagemaker:DescribeModelPackage'], version));
}

/** The pipeline itself reads property files. */
function propertyFileCalls({ PropertyFiles: files = [], Arguments: args }: StepJson): Call[] {
  const outputs = (at(args, ['ProcessingOutputConfig', 'Outputs']) ?? []) as readonly Json[];
  const key = at(args, ['ProcessingOutputConfig', 'KmsKeyId']) as string | undefined;
  return files.flatMap(({ OutputName: name, FilePath: path }) => {
    const output = outputs.find(({ OutputName: each }) => each === name);
    return [
      { action: 's3:GetObject', resource: objectArn(`${String(at(output, ['S3Output', 'S3Uri']))}/${path}`) },
      ...(key ? [{ action: 'kms:Decrypt', resource: key }] : []),
    ];
  });
}

function logCalls({ region, account }: Deployment, group?: string): Call[] {
  const arn = `arn:aws:logs:${region}:${account}:log-group:/aws/sagemaker/${group ?? ''}`;
  return group === undefined
    ? []
    : [
        { action: 'logs:CreateLogGroup', resource: arn },
        { action: 'logs:PutLogEvents', resource: `${arn}:log-stream:job/algo-1` },
        {
          action: 'cloudwatch:PutMetricData',
          resource: '*',
          context: { 'cloudwatch:namespace': `/aws/sagemaker/${group}` },
        },
      ];
}

function networkCalls(args: Json): Call[] {
  return JSON.stringify(args).includes('"VpcConfig"')
    ? each(['ec2:CreateNetworkInterface', 'ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface'], '*')
    : [];
}

/** Files, images and keys that arguments mention, wherever they stand. */
function accessesOf(args: Json): Call[] {
  const inVpc = JSON.stringify(args).includes('"VpcConfig"');
  const visit = (value: unknown, key: string, parent: string): Call[] => {
    if (typeof value !== 'string') {
      const next = (name: string) => (Number.isNaN(Number(name)) ? name : key);
      return Object.entries((value ?? {}) as Json).flatMap(([name, member]) => visit(member, next(name), key));
    }
    if (key === 'ModelDataUrl') return [{ action: 's3:GetObject', resource: objectArn(value), inVpc }];
    if (key === 'S3Uri' && /^S3(Input|DataSource)$/.test(parent)) return reads(value, inVpc);
    if (key === 'S3OutputPath' || (key === 'S3Uri' && parent === 'S3Output')) {
      return [{ action: 's3:PutObject', resource: objectArn(`${value}/file`), inVpc }];
    }
    if (/Image(Uri)?$/.test(key)) return pulls(value);
    if (!key.endsWith('KmsKeyId')) return [];
    return [
      { action: 'kms:CreateGrant', resource: value, context: { 'kms:GrantIsForAWSResource': 'true' } },
      ...each(['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'], value),
    ];
  };
  return visit(args, '', '');
}

function reads(uri: string, inVpc: boolean): Call[] {
  const [bucket = '', ...key] = uri.replace('s3://', '').split('/');
  const isFile = /\.[a-z]+$/.test(uri);
  return [
    { action: 's3:GetObject', resource: objectArn(isFile ? uri : `${uri.replace(/\/$/, '')}/file`), inVpc },
    { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}`, context: { 's3:prefix': key.join('/') }, inVpc },
  ];
}

function pulls(image: string): Call[] {
  const [, account, region, repository] = /^(\d+)\.dkr\.ecr\.([a-z0-9-]+)\.[a-z.]+\/([^:@]+)/.exec(image) ?? [];
  const actions = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
  return [
    ...each(actions, `arn:aws:ecr:${String(region)}:${String(account)}:repository/${String(repository)}`),
    { action: 'ecr:GetAuthorizationToken', resource: '*' },
  ];
}

/** The expressions of a definition as one execution would see them, with the defaults of its parameters. */
function evaluator({ Parameters: parameters, Steps: steps }: DefinitionJson): (value: unknown) => unknown {
  const get = (path: string): unknown => {
    const [, kind, name = '', rest = ''] = /^(\w+)\.([\w-]+)\.?(.*)$/.exec(path) ?? [];
    if (kind === 'Parameters') return parameters.find(parameter => parameter.Name === name)?.DefaultValue;
    if (kind === 'Execution') return name;
    const keys = rest.split(/[.[\]']+/).filter(Boolean);
    return evaluate(at(steps.find(step => step.Name === name)?.Arguments, keys) ?? `${name}-${keys.at(-1) ?? ''}`);
  };
  const evaluate = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(evaluate);
    if (typeof value !== 'object' || value === null) return value;
    const { Get: path, 'Std:Join': join } = value as { Get?: string; 'Std:Join'?: { On: string; Values: unknown[] } };
    if (path !== undefined) return get(path);
    if (join !== undefined) return join.Values.map(evaluate).join(join.On);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, evaluate(member)]));
  };
  return evaluate;
}

/** A member of nested data; a key of a list is the name of one of its elements. */
function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    const list = Array.isArray(inner) ? (inner as Json[]) : undefined;
    return list ? list.find(item => Object.values(item).includes(key)) : (inner as Json | undefined)?.[key];
  }, value);
}

function branches(step: StepJson): StepJson[] {
  const { IfSteps: yes = [], ElseSteps: no = [] } = step.Arguments as Record<string, StepJson[] | undefined>;
  return [step, ...[...yes, ...no].flatMap(branches)];
}

/** A transform job runs under the role of its model, which another step makes: its name is evaluated to that step's. */
function modelOf(args: Json, steps: readonly StepJson[]): Json | undefined {
  return steps.find(({ Name: name }) => args.ModelName === `${name}-ModelName`)?.Arguments;
}

const each = (actions: readonly string[], resource: string): Call[] => actions.map(action => ({ action, resource }));
const objectArn = (uri: string) => uri.replace('s3://', 'arn:aws:s3:::');
