import { DescribeStacksInput$, UpdateStackInput$ } from '@aws-sdk/client-cloudformation';
import { DescribeModelPackageInput$, ListModelPackagesInput$ } from '@aws-sdk/client-sagemaker';
import { PublishInput$ } from '@aws-sdk/client-sns';
import { GetParametersRequest$, PutParameterRequest$ } from '@aws-sdk/client-ssm';
import { App, Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { ApprovedModel } from '../../constructs/approved-model';
import { requestProblems } from './request-schema';
import { serviceModel } from './service-model';
import { type Call, type Execution, runStateMachine, TaskError } from './state-machine';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
export const PREFIX = '/credit-risk/approved';
export const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:failures`;
export const MACHINE = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:deploy`;
export const EXECUTION = `arn:aws:states:${REGION}:${ACCOUNT}:execution:deploy:mine`;

export const template = synthesize('Serving', 'Monitoring');
export const definition = definitionIn(template);
export const version = (number: number) =>
  `arn:aws:sagemaker:${REGION}:${ACCOUNT}:model-package/credit-risk/${number.toString()}`;

export const SCHEMAS: Readonly<Record<string, unknown>> = {
  'cloudformation:describeStacks': DescribeStacksInput$,
  'cloudformation:updateStack': UpdateStackInput$,
  'sagemaker:describeModelPackage': DescribeModelPackageInput$,
  'sagemaker:listModelPackages': ListModelPackagesInput$,
  // The optimized integration; its detail may also be an object, which the API's may not.
  'events:putEvents': serviceModel('events')('PutEventsRequest'),
  'sns:publish': PublishInput$,
  'ssm:getParameters': GetParametersRequest$,
  'ssm:putParameter': PutParameterRequest$,
};

export const BASELINES = {
  ModelDataQuality: {
    Statistics: { ContentType: 'application/json', S3Uri: 's3://bucket/data/statistics.json' },
    Constraints: { ContentType: 'application/json', S3Uri: 's3://bucket/data/constraints.json' },
  },
  Bias: { ConfigFile: { S3Uri: 's3://bucket/bias/analysis_config.json' } },
  Explainability: { Constraints: { ContentType: 'application/json', S3Uri: 's3://bucket/shap/constraints.json' } },
};
export const ROLLBACK_REASON = 'The following resource(s) failed to update: [Endpoint].';

export class FakeStack {
  public status = 'UPDATE_COMPLETE';
  public next: string[] = [];
  public deployed = 'none';
  public outcome: 'complete' | 'rollback' = 'complete';
  public updates = 0;

  constructor(overrides: Partial<FakeStack> = {}) {
    Object.assign(this, overrides);
  }

  public describe(name: string): object {
    this.status = this.next.shift() ?? this.status;
    const reason = this.status === 'UPDATE_ROLLBACK_IN_PROGRESS' ? { StackStatusReason: ROLLBACK_REASON } : {};
    const contents =
      name === 'Serving'
        ? {
            Capabilities: ['CAPABILITY_NAMED_IAM'],
            Parameters: [
              { ParameterKey: 'ApprovedModelPackageArn', ParameterValue: 'key', ResolvedValue: this.deployed },
              {
                ParameterKey: 'BootstrapVersion',
                ParameterValue: '/cdk-bootstrap/hnb659fds/version',
                ResolvedValue: '28',
              },
            ],
          }
        : {};
    return { StackName: name, StackStatus: this.status, ...reason, ...contents };
  }

  public update(name: string, model: string): void {
    const refuse = (reason: string) => {
      throw new TaskError(
        'CloudFormation.CloudFormationException',
        `${reason} (Service: CloudFormation, Status Code: 400)`,
      );
    };
    if (!/^(UPDATE|CREATE|UPDATE_ROLLBACK)_COMPLETE$/.test(this.status)) {
      refuse(`Stack:${stackArn(name)} is in ${this.status} state and can not be updated.`);
    }
    if (this.deployed === model) {
      refuse('No updates are to be performed.');
    }
    this.updates += 1;
    this.status = 'UPDATE_IN_PROGRESS';
    if (this.outcome === 'rollback') {
      this.next = [
        'UPDATE_IN_PROGRESS',
        'UPDATE_ROLLBACK_IN_PROGRESS',
        'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
        'UPDATE_ROLLBACK_COMPLETE',
      ];
    } else {
      this.next = ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE'];
      this.deployed = model;
    }
  }
}

interface Version {
  readonly approval: string;
  readonly stage?: string;
  readonly stageDescription?: string;
  readonly approvalDescription?: string;
  readonly modifiedBy?: object;
  readonly baselines?: object;

  /** One for each look, the last one for good. */
  readonly status?: string[];
}

/** An AWS account as far as the workflow can see it, which refuses requests that the real services would not understand. */
export class Account {
  public readonly versions: Record<number, Version> = {};
  public readonly parameters: Record<string, string> = {};
  public readonly stacks: Record<string, FakeStack> = { Serving: new FakeStack(), Monitoring: new FakeStack() };
  public readonly published: object[] = [];

  /** The history: events as they were sent. */
  public readonly sent: { Source: string; DetailType: string; Detail: string }[] = [];
  public readonly written: string[] = [];
  public beforeCall: (call: Call) => void = () => undefined;

  /** The state machine that events start. */
  public definition = definition;

  /** How many executions that started before are running, at each look. */
  public earlierExecutions: number[] = [];

  /** Looks at which this execution is not in the list yet. */
  public unlistedFor = 0;

  /** Whether ListModelPackages says which stage a version is in. */
  public listsStages = true;

  /** Versions that ListModelPackages still takes for approved. */
  public stillListed: number[] = [];

  constructor(deployed?: number) {
    const names = [
      'data-quality-statistics',
      'data-quality-constraints',
      'model-quality-statistics',
      'model-quality-constraints',
      'bias-configuration',
      'bias-pre-training-constraints',
      'bias-post-training-constraints',
      'explainability-configuration',
      'explainability-constraints',
    ];
    for (const name of ['model-package-arn', ...names]) {
      this.parameters[`${PREFIX}/${name}`] = 'none';
    }
    this.parameters[`${PREFIX}/running`] = 'true';
    if (deployed !== undefined) {
      this.versions[deployed] = { approval: 'Approved' };
      this.parameters[`${PREFIX}/model-package-arn`] = version(deployed);
      this.stacks.Serving = new FakeStack({ deployed: version(deployed) });
      this.stacks.Monitoring = new FakeStack({ deployed: version(deployed) });
    }
  }

  /** The parameters that say what is approved: all but the one that says whether it runs. */
  public get approved(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(this.parameters).filter(([name]) => !name.endsWith('/running')));
  }

  public event(number: number, detail: object = {}): Promise<Execution> {
    return this.start({
      source: 'aws.sagemaker',
      'detail-type': 'SageMaker Model Package State Change',
      detail: { ModelPackageGroupName: 'credit-risk', ModelPackageArn: version(number), ...detail },
    });
  }

  public start(input: object): Promise<Execution> {
    return runStateMachine(this.definition, {
      input,
      context: { Execution: { Id: EXECUTION }, StateMachine: { Id: MACHINE } },
      maxSteps: 10_000,
      onCall: call => this.answer(call),
    });
  }

  public fail(action: string, times: number, error: TaskError): void {
    let left = times;
    this.beforeCall = call => {
      if (call.action === action && left-- > 0) {
        throw error;
      }
    };
  }

  /** The details of the events in the history. */
  public get history(): Record<string, unknown>[] {
    return this.sent.map(({ Detail }) => JSON.parse(Detail) as Record<string, unknown>);
  }

  public message(): unknown {
    const [published] = this.published as { Message: string }[];
    return JSON.parse(published?.Message ?? 'null');
  }

  private answer(call: Call): unknown {
    const request = call.arguments as Record<string, string> & { Names: string[] };
    if (call.action !== 'sfn:listExecutions') {
      expect(requestProblems(SCHEMAS[call.action], request, {}, call.action)).toEqual([]);
    }
    this.beforeCall(call);
    switch (call.action) {
      case 'sfn:listExecutions':
        return { Executions: this.executions() };
      case 'sagemaker:describeModelPackage':
        return this.describe(request.ModelPackageName ?? '');
      case 'sagemaker:listModelPackages':
        return { ModelPackageSummaryList: this.list(request) };
      case 'ssm:getParameters':
        expect(request.Names.length).toBeLessThanOrEqual(10);
        return {
          Parameters: request.Names.map(Name => ({ Name, Value: this.parameters[Name] })),
          InvalidParameters: [],
        };
      case 'ssm:putParameter':
        this.written.push(request.Name ?? '');
        this.parameters[request.Name ?? ''] = request.Value ?? '';
        return { Version: 2, Tier: 'Standard' };
      case 'cloudformation:describeStacks':
        return { Stacks: [this.stack(request.StackName ?? '').describe(request.StackName ?? '')] };
      case 'cloudformation:updateStack': {
        const name = request.StackName ?? '';
        // What the stacks hold is there while a version is approved and the model is not stopped.
        const isRunning = this.parameters[`${PREFIX}/running`] === 'true';
        const approved = this.parameters[`${PREFIX}/model-package-arn`] ?? '';
        this.stack(name).update(name, isRunning ? approved : 'none');
        return { StackId: stackArn(name) };
      }
      case 'events:putEvents':
        this.sent.push(...(request.Entries as unknown as typeof this.sent));
        return { Entries: [{ EventId: '1' }], FailedEntryCount: 0 };
      case 'sns:publish':
        this.published.push(request);
        return { MessageId: '1' };
      default:
        throw new Error(`unexpected call ${call.action}`);
    }
  }

  private executions(): object[] {
    const execution = (ExecutionArn: string, StartDate: string) => ({ ExecutionArn, StartDate, Status: 'RUNNING' });
    const earlier = this.earlierExecutions.shift() ?? 0;
    const mine = this.unlistedFor-- > 0 ? [] : [execution(EXECUTION, '2026-01-01T00:00:00.500Z')];
    return [
      execution(`${EXECUTION}-later`, '2026-01-01T00:00:01Z'),
      execution(`${EXECUTION}-same-time`, '2026-01-01T00:00:00.500Z'),
      ...mine,
      ...Array.from({ length: earlier }, (_, i) => execution(`earlier-${i.toString()}`, '2026-01-01T00:00:00.499Z')),
    ];
  }

  private describe(arn: string): object {
    const found = this.versions[Number(arn.split('/').at(-1))];
    if (!found) {
      throw new TaskError(
        'SageMaker.SageMakerException',
        `ModelPackage ${arn} does not exist. (Service: SageMaker, Status Code: 400)`,
      );
    }
    const status = (found.status?.length ?? 0) > 1 ? found.status?.shift() : found.status?.[0];
    return {
      ModelPackageArn: arn,
      ModelPackageStatus: status ?? 'Completed',
      ModelApprovalStatus: found.approval,
      ...(found.stage && { ModelLifeCycle: lifeCycleOf(found) }),
      ...(found.approvalDescription && { ApprovalDescription: found.approvalDescription }),
      ...(found.modifiedBy && { LastModifiedBy: found.modifiedBy }),
      ...(found.baselines && { DriftCheckBaselines: found.baselines }),
    };
  }

  private list(request: Record<string, unknown>): object[] {
    expect(request).toEqual({
      ModelPackageGroupName: 'credit-risk',
      ModelApprovalStatus: 'Approved',
      SortBy: 'CreationTime',
      SortOrder: 'Descending',
      MaxResults: 100,
    });
    return Object.entries(this.versions)
      .filter(([number, { approval }]) => approval === 'Approved' || this.stillListed.includes(Number(number)))
      .map(([number, found]) => ({
        ModelPackageArn: version(Number(number)),
        ModelPackageStatus: 'Completed',
        ...(found.stage && this.listsStages && { ModelLifeCycle: lifeCycleOf(found) }),
      }))
      .reverse();
  }

  private stack(name: string): FakeStack {
    const stack = this.stacks[name];
    if (!stack) {
      throw new TaskError(
        'CloudFormation.CloudFormationException',
        `Stack with id ${name} does not exist (Service: CloudFormation)`,
      );
    }
    return stack;
  }
}

function lifeCycleOf({ stage, stageDescription }: Version): object {
  return {
    Stage: stage,
    StageStatus: 'Retired',
    ...(stageDescription && { StageDescription: stageDescription }),
  };
}

export function synthesize(...stackNames: string[]): Template {
  const stack = new Stack(new App(), 'Build');
  const modelPackageGroup = new sagemaker.CfnModelPackageGroup(stack, 'Group', {
    modelPackageGroupName: 'credit-risk',
  });
  new ApprovedModel(stack, 'Approved', {
    modelPackageGroup,
    parameterPrefix: PREFIX,
    stackNames,
  });
  return Template.fromStack(stack);
}

export function definitionIn(synthesized: Template): object {
  const [found] = Object.values(synthesized.findResources('AWS::StepFunctions::StateMachine'));
  const { DefinitionString } = (found as { Properties: Record<string, unknown> }).Properties;
  return JSON.parse(resolve(DefinitionString) as string) as object;
}

/** Resolves the intrinsic functions of the template to the names that this file uses. */
export function resolve(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(resolve);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const node = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (node['Fn::Join']) {
    return node['Fn::Join'][1].map(resolve).join(node['Fn::Join'][0]);
  }
  if (node.Ref) {
    const known: Record<string, string> = { 'AWS::Partition': 'aws', 'AWS::Region': REGION, 'AWS::AccountId': ACCOUNT };
    return known[node.Ref] ?? (node.Ref.includes('Workflow') ? MACHINE : TOPIC);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
}

export function serviceException(action: string): string {
  const names: Record<string, string> = {
    cloudformation: 'CloudFormation',
    sagemaker: 'SageMaker',
    ssm: 'Ssm',
    sfn: 'Sfn',
    sns: 'Sns',
    events: 'EventBridge',
  };
  const name = names[action.split(':')[0] ?? ''] ?? '';
  return `${name}.${name}Exception`;
}

export function parameterArn(name: string): string {
  return `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`;
}

export function stackArn(name: string): string {
  return `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${name}/0f5a`;
}
