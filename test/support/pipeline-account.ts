import {
  DescribePipelineRequest$,
  ListPipelineExecutionsRequest$,
  StartPipelineExecutionRequest$,
} from '@aws-sdk/client-sagemaker';
import { requestProblems } from './request-schema';
import { type Call, type Execution, runStateMachine, START_OF_YEAR, TaskError } from './state-machine';

export type Status = 'Executing' | 'Stopping' | 'Stopped' | 'Failed' | 'Succeeded';

export const PIPELINE = 'arn:aws:sagemaker:eu-west-1:111122223333:pipeline/loans';

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'sagemaker:describePipeline': DescribePipelineRequest$,
  'sagemaker:listPipelineExecutions': ListPipelineExecutionsRequest$,
  'sagemaker:startPipelineExecution': StartPipelineExecutionRequest$,
};

/** An execution of the fake pipeline. */
export interface FakeExecution {
  readonly arn: string;

  /** Seconds since the beginning of 2026. */
  readonly startedAt: number;

  /** Seconds since the beginning of 2026 at which it ends; it runs until then. */
  readonly endsAt: number;
  readonly status?: Status;
  readonly parameters?: unknown;
}

/**
 * SageMaker as far as a start workflow can see it: one pipeline, and request tokens that are remembered. Refuses requests that the
 * real service would not understand.
 */
export class PipelineAccount {
  /** In the order of their start. */
  public readonly executions: FakeExecution[] = [];
  public createdAt = '2025-12-01T08:00:00.000Z';

  /** Seconds that an execution takes. */
  public duration = 3600;

  /** What a known token does when it comes with another request: nobody says, so both are played. */
  public otherRequest: 'answered' | 'refused' = 'answered';

  /** Newest executions that the list does not show yet. */
  public listIsBehind = 0;

  /** Called before each call; may throw, or wait. */
  public beforeCall: (call: Call) => void | Promise<void> = () => undefined;

  /** Called after each start; may throw, as if the answer were lost. */
  public afterStart: () => void = () => undefined;

  private readonly tokens = new Map<string, { arn: string; request: string }>();

  constructor(private readonly pipelineName = 'loans') {}

  /** Runs a start workflow for an event, beginning at a second of 2026. */
  public run(definition: object, event: unknown = {}, startsAt = 0): Promise<Execution> {
    return runStateMachine(definition, {
      input: event,
      startsAt,
      onCall: async call => {
        await this.beforeCall(call);
        return this.answer(call, startsAt + call.seconds);
      },
    });
  }

  public add(startedAt: number, execution: Partial<FakeExecution> = {}): FakeExecution {
    const arn = `${PIPELINE}/execution/${(this.executions.length + 1).toString(36).padStart(12, '0')}`;
    const added = { arn, startedAt, endsAt: startedAt + this.duration, ...execution };
    this.executions.push(added);
    return added;
  }

  private answer({ action, arguments: request }: Call, now: number): unknown {
    const schema = SCHEMAS[action];
    const problems = schema === undefined ? [`unknown call: ${action}`] : requestProblems(schema, request, {}, action);
    const { PipelineName, MaxResults } = request as { PipelineName: string; MaxResults?: number };
    if (PipelineName !== this.pipelineName) problems.push(`unknown pipeline: ${PipelineName}`);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    switch (action) {
      case 'sagemaker:describePipeline':
        return { PipelineArn: PIPELINE, CreationTime: this.createdAt };
      case 'sagemaker:startPipelineExecution':
        return { PipelineExecutionArn: this.start(request, now) };
      default:
        return { PipelineExecutionSummaries: this.list(now).slice(0, MaxResults ?? 10) };
    }
  }

  private list(now: number): object[] {
    const shown = this.executions.slice(0, this.executions.length - this.listIsBehind);
    return shown.reverse().map(({ arn, startedAt, endsAt, status }) => ({
      PipelineExecutionArn: arn,
      StartTime: new Date(START_OF_YEAR + startedAt * 1000).toISOString(),
      PipelineExecutionStatus: status ?? (now < endsAt ? 'Executing' : 'Succeeded'),
    }));
  }

  private start(request: Call['arguments'], now: number): string {
    const { ClientRequestToken, PipelineParameters } = request as {
      ClientRequestToken: string;
      PipelineParameters?: unknown;
    };
    if (ClientRequestToken.length < 32 || ClientRequestToken.length > 128)
      throw new Error('a token of 32 to 128 characters');
    const known = this.tokens.get(ClientRequestToken);
    const text = JSON.stringify(request);
    if (known && known.request !== text && this.otherRequest === 'refused') {
      throw new TaskError('SageMaker.ConflictException', 'the token belongs to another request');
    }
    const arn = known?.arn ?? this.add(now, { parameters: PipelineParameters }).arn;
    this.tokens.set(ClientRequestToken, known ?? { arn, request: text });
    this.afterStart();
    return arn;
  }
}

/** Waits for a random number of turns, so that calls of many workflows mix. */
export function randomLatency(seed: number): () => Promise<void> {
  let state = seed;
  return async () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    for (let turns = state >>> 29; turns > 0; turns -= 1) await new Promise(resolve => setImmediate(resolve));
  };
}
