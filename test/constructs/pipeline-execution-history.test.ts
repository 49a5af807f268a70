import { runSimulation } from '@cloud-copilot/iam-simulate';
import aslValidator from 'asl-validator';
import {
  DescribePipelineExecutionRequest$,
  ListPipelineParametersForExecutionRequest$,
} from '@aws-sdk/client-sagemaker';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ExecutionHistory, type ExecutionHistoryOptions, FailStep, Pipeline } from '../../constructs/pipeline';
import documented from '../fixtures/pipeline-events.json';
import { matchesPattern } from '../support/event-pattern';
import { requestProblems } from '../support/request-schema';
import { allowedTo } from '../support/role-policy';
import { serviceModel } from '../support/service-model';
import { workflowOf } from '../support/start-workflow';
import { type Execution, runStateMachine, TaskError } from '../support/state-machine';
import { newStack } from '../support/steps';

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'sagemaker:describePipelineExecution': DescribePipelineExecutionRequest$,
  'sagemaker:listPipelineParametersForExecution': ListPipelineParametersForExecutionRequest$,
  'events:putEvents': serviceModel('events')('PutEventsRequest'),
};
const PERSON = 'arn:aws:sagemaker:eu-west-1:111122223333:user-profile/d-1/data-scientist';
const ROLE = 'arn:aws:sts::111122223333:assumed-role/Start/session';

const historyIn = (stack = newStack(), overrides: Partial<ExecutionHistoryOptions> = {}) => {
  const steps = [new FailStep('Fail', { errorMessage: 'no' })];
  const pipeline = new Pipeline(stack, 'Pipeline', { pipelineName: 'Loans', steps });
  return new ExecutionHistory(stack, 'History', { pipeline, ...overrides });
};

const changedTo = (currentPipelineExecutionStatus: string) => ({
  ...documented.execution,
  detail: {
    ...documented.execution.detail,
    pipelineArn: 'arn:aws:sagemaker:eu-west-1:111122223333:pipeline/loans',
    pipelineExecutionArn: 'arn:aws:sagemaker:eu-west-1:111122223333:pipeline/loans/execution/p4jn9xou8a8s',
    currentPipelineExecutionStatus,
  },
});
const { pipelineExecutionArn } = changedTo('').detail;

interface Answers {
  readonly execution?: object;
  readonly parameters?: readonly { Name: string; Value: string }[];
  readonly failures?: Readonly<Record<string, number>>;
}

async function run(event: object, answers: Answers = {}): Promise<Execution & { readonly told: unknown[] }> {
  const left = { ...answers.failures };
  const execution = await runStateMachine(workflowOf(historyIn().stateMachine), {
    input: event,
    onCall: ({ action, arguments: request }) => {
      expect(requestProblems(SCHEMAS[action], request, {}, action)).toEqual([]);
      if ((left[action] ?? 0) > 0) {
        left[action] = (left[action] ?? 0) - 1;
        throw new TaskError('SageMaker.SageMakerException', 'Rate exceeded');
      }
      switch (action) {
        case 'sagemaker:describePipelineExecution':
          return { PipelineExecutionArn: pipelineExecutionArn, ...answers.execution };
        case 'sagemaker:listPipelineParametersForExecution':
          return { PipelineParameters: answers.parameters ?? [] };
        default:
          return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
      }
    },
  });
  const told = execution.calls
    .filter(({ action }) => action === 'events:putEvents')
    .flatMap(call => call.arguments.Entries as { Source: string; DetailType: string; Detail: string }[])
    .map(({ Detail, ...entry }) => ({ ...entry, detail: JSON.parse(Detail) as object }));
  return { ...execution, told };
}

describe('the workflow', () => {
  test('is Amazon States Language', () => {
    const { isValid, errorsText } = aslValidator(structuredClone(workflowOf(historyIn().stateMachine)));
    expect({ isValid, errors: errorsText('\n') }).toEqual({ isValid: true, errors: '' });
  });

  test('says who started an execution, and with which parameters', async () => {
    const { status, told, calls } = await run(changedTo('Executing'), {
      execution: { CreatedBy: { UserProfileArn: PERSON, IamIdentity: { Arn: ROLE } } },
      parameters: [
        { Name: 'Reason', Value: 'alarm Drift-age: it is "so"' },
        { Name: 'MinimumAuc', Value: '0.8' },
      ],
    });
    expect(status).toBe('SUCCEEDED');
    expect(told).toEqual([
      {
        Source: 'pipeline-execution',
        DetailType: 'Pipeline Execution Described',
        detail: {
          pipeline: 'Loans',
          execution: pipelineExecutionArn,
          outcome: 'started',
          actor: PERSON,
          parameters: { Reason: 'alarm Drift-age: it is "so"', MinimumAuc: '0.8' },
        },
      },
    ]);
    expect(calls[1]?.arguments).toEqual({ PipelineExecutionArn: pipelineExecutionArn, MaxResults: 100 });
  });

  test.each([
    ['Succeeded', 'succeeded'],
    ['Failed', 'failed'],
    ['Stopped', 'stopped'],
  ])('an execution that is %s, it calls %s', async (status, outcome) => {
    const { told } = await run(changedTo(status), { execution: { CreatedBy: { IamIdentity: { Arn: ROLE } } } });
    expect(told).toMatchObject([{ detail: { outcome, actor: ROLE, parameters: {} } }]);
    expect(told).toMatchObject([{ detail: expect.not.objectContaining({ failureReason: '' }) as object }]);
  });

  test('says why an execution failed, and of a new run of it no longer', async () => {
    const execution = { FailureReason: 'Step failure: One or multiple steps failed.' };
    expect((await run(changedTo('Failed'), { execution })).told).toMatchObject([
      { detail: { outcome: 'failed', failureReason: execution.FailureReason, actor: 'unknown' } },
    ]);
    expect((await run(changedTo('Executing'), { execution })).told).toMatchObject([
      { detail: expect.not.objectContaining({ failureReason: execution.FailureReason }) as object },
    ]);
  });

  test.each(Object.keys(SCHEMAS))('sits throttling of %s out, but not for ever', async action => {
    expect(await run(changedTo('Failed'), { failures: { [action]: 6 } })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run(changedTo('Failed'), { failures: { [action]: 7 } })).toMatchObject({ status: 'FAILED' });
  });
});

describe('the events', () => {
  test('are those that eventPattern matches, of this pipeline', async () => {
    const { told } = await run(changedTo('Succeeded'));
    const [{ Source: source, DetailType, detail }] = told as [{ Source: string; DetailType: string; detail: object }];
    const { eventPattern } = historyIn();
    const { detailType, ...others } = eventPattern;
    const pattern = { ...others, 'detail-type': detailType };
    const sent = { source, 'detail-type': DetailType, detail };
    expect(matchesPattern(pattern, sent)).toBe(true);
    expect(matchesPattern(pattern, { ...sent, detail: { ...detail, pipeline: 'Other' } })).toBe(false);
  });

  test('follow the service, which are matched in any spelling of the name, save stopping', () => {
    const stack = newStack();
    const { stateMachine } = historyIn(stack);
    const rules = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')) as {
      Properties: { EventPattern: unknown; Targets: { Arn: unknown }[] };
    }[];
    expect(rules).toHaveLength(1);
    const pattern = JSON.parse(
      JSON.stringify(rules[0]?.Properties.EventPattern).replaceAll(
        /\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g,
        '"arn:aws$1"',
      ),
    ) as unknown;
    const statuses = ['Executing', 'Succeeded', 'Failed', 'Stopped', 'Stopping'];
    expect(statuses.map(status => matchesPattern(pattern, changedTo(status)))).toEqual([true, true, true, true, false]);
    expect(rules[0]?.Properties.Targets.map(({ Arn }) => Arn)).toEqual([stack.resolve(stateMachine.stateMachineArn)]);
  });
});

describe('the role', () => {
  const stack = newStack();
  const role = historyIn(stack).node.findChild('Role') as Parameters<typeof allowedTo>[0];
  const execution = pipelineExecutionArn;
  const bus = 'arn:aws:events:eu-west-1:111122223333:event-bus/default';
  const own = { 'events:source': ['pipeline-execution'], 'events:detail-type': ['Pipeline Execution Described'] };

  const simulate = async (action: string, resource: string, contextVariables: Record<string, string[]> = {}) => {
    const Statement = allowedTo(role).map(({ Action, Resource, Condition }) => ({
      Effect: 'Allow',
      Action,
      Resource: Resource.map(arn => arn.replaceAll('${AWS::Partition}', 'aws')),
      ...(Condition !== undefined && { Condition }),
    }));
    const response = await runSimulation(
      {
        identityPolicies: [{ name: 'policy', policy: { Version: '2012-10-17', Statement } }],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        request: {
          action,
          principal: 'arn:aws:iam::111122223333:role/History',
          resource: { resource, accountId: '111122223333' },
          contextVariables,
        },
      },
      {},
    );
    if (response.resultType === 'error') throw new Error(JSON.stringify(response.errors));
    return response.overallResult;
  };

  test.each([
    ['sagemaker:DescribePipelineExecution', execution, {}],
    ['sagemaker:ListPipelineParametersForExecution', execution, {}],
    ['events:PutEvents', bus, own],
  ])('may %s', async (action, resource, context) => {
    expect(await simulate(action, resource, context)).toBe('Allowed');
  });

  test.each([
    ['sagemaker:DescribePipelineExecution', execution.replace('loans', 'other'), {}],
    ['sagemaker:StopPipelineExecution', execution, {}],
    ['sagemaker:RetryPipelineExecution', execution, {}],
    ['sagemaker:StartPipelineExecution', execution.replace(/\/execution.*/, ''), {}],
    ['events:PutEvents', bus, { ...own, 'events:source': ['aws.sagemaker'] }],
    ['events:PutEvents', bus, { ...own, 'events:detail-type': ['Approved Model Change'] }],
    ['events:PutEvents', bus.replace('default', 'other'), own],
  ])('may not %s on %s with %j', async (action, resource, context) => {
    expect(await simulate(action, resource, context)).toBe('ImplicitlyDenied');
  });
});

test('logs are kept for three months, or for logRetention', () => {
  for (const [logRetention, RetentionInDays] of [
    [undefined, 90],
    [logs.RetentionDays.ONE_WEEK, 7],
  ] as const) {
    const stack = newStack();
    historyIn(stack, { logRetention });
    Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays },
      DeletionPolicy: 'Delete',
    });
    Template.fromStack(stack).hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: Match.objectLike({ IncludeExecutionData: true, Level: 'ALL' }),
      TracingConfiguration: { Enabled: true },
    });
  }
});
