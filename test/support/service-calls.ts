import { requestProblems } from './request-schema';

/** One call of a service: `DeleteModelPackage`, and its request. */
export interface ServiceCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What clients of the SDK send. Those that a test makes up have no schema. */
export interface ServiceCommand {
  readonly input: object;
  readonly schema?: unknown;
}

/** Stands in for AWS: keeps what was asked, in order, refuses what the schema of the operation does not allow, and answers. */
export class ServiceCalls {
  public readonly all: ServiceCall[] = [];

  constructor(public answer: (call: ServiceCall) => unknown) {}

  public get names(): string[] {
    return this.all.map(({ name }) => name);
  }

  /** Takes the place of `send` of a client. */
  public readonly send = async (command: ServiceCommand): Promise<unknown> => {
    const name = command.constructor.name.replace(/Command$/, '');
    // Members that are undefined are not sent.
    const call = { name, input: JSON.parse(JSON.stringify(command.input)) as Record<string, unknown> };
    this.all.push(call);
    // An operation is [9, namespace, name, traits, input, output].
    const [, , , , schema] = (command.schema ?? []) as unknown[];
    const problems = schema === undefined ? [] : requestProblems(schema, call.input, {}, name);
    if (problems.length > 0) {
      throw new Error(problems.join('\n'));
    }
    return Promise.resolve(this.answer(call));
  };
}

/** An error as the SDK throws it. */
export function serviceError(name: string, message = `refused: ${name}`): Error {
  return Object.assign(new Error(message), { name });
}
