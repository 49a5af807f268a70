import { join } from 'node:path';
import { ROOT } from './source-files';

/** Functions behind a custom resource, as `Provider` takes them. */
export interface Handlers {
  readonly onEvent: (event: never, context: never) => Promise<unknown>;
  readonly isComplete: (event: never, context: never) => Promise<unknown>;
}

/** What CloudFormation is told in the end. */
export interface FrameworkAnswer {
  readonly Status: string;
  readonly Reason: string;
  readonly PhysicalResourceId: string;
}

interface Framework {
  onEvent(request: object): Promise<void>;
  isComplete(event: unknown): Promise<void>;
}

const RUNTIME = join(ROOT, 'node_modules/aws-cdk-lib/custom-resources/lib/provider-framework/runtime');
const ENVIRONMENT = {
  USER_ON_EVENT_FUNCTION_ARN: 'onEvent',
  USER_IS_COMPLETE_FUNCTION_ARN: 'isComplete',
  WAITER_STATE_MACHINE_ARN: 'waiter',
} as const;

/** An hour, every 20 seconds. */
const MOST_STEPS = 180;

/**
 * Runs handlers inside the provider framework of aws-cdk-lib, the very code that is deployed, until it answers CloudFormation.
 *
 * Each call of a handler gets the context that `nextCall` returns; time passes in between.
 */
export async function runInFramework(
  handlers: Handlers,
  request: object,
  nextCall: () => object = () => ({}),
): Promise<FrameworkAnswer> {
  let event: unknown;
  let answer: FrameworkAnswer | undefined;
  jest.doMock(join(RUNTIME, 'outbound.js'), () => ({
    invokeFunction: async ({ FunctionName, Payload }: { FunctionName: keyof Handlers; Payload: string }) => {
      try {
        const result = await handlers[FunctionName](JSON.parse(Payload) as never, nextCall() as never);
        return { Payload: Buffer.from(JSON.stringify(result)) };
      } catch (error) {
        const errorMessage = error instanceof Error ? error.message : String(error);
        return { FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify({ errorMessage })) };
      }
    },
    startExecution: ({ input }: { input: string }) => Promise.resolve((event = JSON.parse(input))),
    httpRequest: (_options: object, body: string) => Promise.resolve((answer = JSON.parse(body) as FrameworkAnswer)),
  }));
  const quiet = jest.spyOn(console, 'log').mockReturnValue();
  Object.assign(process.env, ENVIRONMENT);
  try {
    jest.resetModules();
    const framework = jest.requireActual<Framework>(join(RUNTIME, 'framework.js'));
    await framework.onEvent({ RequestId: 'request', ResponseURL: 'https://example.com/answer', ...request });
    for (let step = 0; step < MOST_STEPS && !answer; step++) {
      // What is not complete is thrown, and the state machine calls again; anything else is an answer.
      await framework.isComplete(event).catch(() => undefined);
    }
  } finally {
    Object.keys(ENVIRONMENT).forEach(name => Reflect.deleteProperty(process.env, name));
    quiet.mockRestore();
  }
  if (!answer) throw new Error('no answer within an hour');
  return answer;
}
