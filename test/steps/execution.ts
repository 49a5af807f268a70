import { CreateProcessingJobRequest$ } from '@aws-sdk/client-sagemaker';
import { hyperparameters } from '../../lib/credit-risk/hyperparameters';
import type { DefinedStep, Definition } from '../support/definition';
import type { Json } from '../support/pipeline-calls';
import { isObject, requestProblems } from '../support/request-schema';
import type { Containers, ProgramRequest } from './containers';
import type { Registry } from './registry';

export interface Ending {
  readonly status: 'Succeeded' | 'Failed';

  /** Steps that ended well, in order. */
  readonly steps: readonly string[];
  readonly failed?: string;
  readonly reason?: string;
}

/** What a job's program has asked, with the role that it did so with. */
export interface JobRequests {
  readonly step: string;
  readonly role: string;
  readonly requests: readonly ProgramRequest[];
}

class StepFailure extends Error {}

/** An execution of a pipeline on this machine: its definition decides what runs, with which arguments, and what comes then. */
export class Execution {
  public readonly asked: JobRequests[] = [];
  private readonly containers: Containers;
  private readonly registry: Registry;
  private readonly responses = new Map<string, Json>();

  constructor(
    { containers, registry }: { readonly containers: Containers; readonly registry: Registry },
    private readonly definition: Definition,
    private readonly id: string,
    private readonly parameters: Json = {},
  ) {
    this.containers = containers;
    this.registry = registry;
  }

  /** Goes on where another execution of the same parameters was, as by its cache: what these steps left is taken from there. */
  public reuse(other: Execution, ...steps: readonly string[]): this {
    for (const step of steps) this.responses.set(step, other.response(step));
    return this;
  }

  /** Runs all steps, each as soon as it can be; `before` is called before each. */
  public async run(before: (step: string) => void = () => undefined): Promise<Ending> {
    const waiting = this.definition.Steps.filter(({ Name }) => !this.responses.has(Name));
    const steps: string[] = [];
    while (waiting.length > 0) {
      const step = waiting.find(each => neededBy(each, this.definition).every(name => this.responses.has(name)));
      if (!step) throw new Error(`nothing can run of ${waiting.map(({ Name }) => Name).join(', ')}`);
      waiting.splice(waiting.indexOf(step), 1);
      before(step.Name);
      try {
        this.responses.set(step.Name, await this.runStep(step));
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error;
        return { status: 'Failed', steps, failed: step.Name, reason: error.message };
      }
      steps.push(step.Name);
      if (step.Type === 'Condition') waiting.push(...this.branchOf(step));
    }
    return { status: 'Succeeded', steps };
  }

  /** What a step was called with and has answered. */
  public response(step: string): Json {
    return this.responses.get(step) ?? missing(`step ${step} has not run`);
  }

  /** Where a processing step leaves an output. */
  public outputOf(step: string, name: string): string {
    const { Outputs } = this.response(step).ProcessingOutputConfig as { Outputs: unknown };
    return (memberOf(Outputs, name) as { S3Output: { S3Uri: string } }).S3Output.S3Uri;
  }

  private branchOf({ Name, Arguments }: DefinedStep): readonly DefinedStep[] {
    const { IfSteps, ElseSteps } = Arguments as Record<string, readonly DefinedStep[]>;
    return (this.response(Name).Outcome === 'True' ? IfSteps : ElseSteps) ?? [];
  }

  private async runStep(step: DefinedStep): Promise<Json> {
    if (step.Type === 'Condition') {
      const conditions = step.Arguments.Conditions as readonly Json[];
      return { Outcome: conditions.every(condition => this.holds(condition)) ? 'True' : 'False' };
    }
    const given = this.evaluate(step.Arguments) as Json;
    switch (step.Type) {
      case 'Processing':
        return this.process(step, given);
      case 'Tuning':
        return this.train(given);
      case 'Model':
        return {
          ...given,
          ModelName: this.registry.createModel(`pipelines-${this.id}-${step.Name}-a1b2c3d4e5`, given),
        };
      case 'Transform':
        return this.transform(given);
      case 'RegisterModel':
        return { ...given, ModelPackageArn: this.registry.register(given) };
      case 'Fail':
        throw new StepFailure(String(given.ErrorMessage));
      default:
        throw new Error(`step ${step.Name}: ${step.Type} steps cannot be run here`);
    }
  }

  private async process({ Name, PropertyFiles }: DefinedStep, given: Json): Promise<Json> {
    const problems = requestProblems(CreateProcessingJobRequest$, given, { optional: ['ProcessingJobName'] }, Name);
    expect(problems).toEqual([]);
    const { code, exitMessage, requests, log } = await this.containers.process(Name, given);
    this.asked.push({ step: Name, role: String(given.RoleArn), requests });
    if (code !== 0) throw new StepFailure(exitMessage ?? log);
    return { ...given, ExitMessage: exitMessage, PropertyFiles };
  }

  /** Trains once, with the middle of the ranges. */
  private async train(given: Json): Promise<Json> {
    const { TrainingJobDefinition: job, HyperParameterTuningJobConfig: search } = given as Record<string, Json>;
    const ranges = Object.values(search?.ParameterRanges as Json).flat() as { Name: keyof typeof hyperparameters }[];
    const chosen = ranges.map(({ Name }) => [Name, String(hyperparameters[Name])]);
    const name = 'TrainOrTune-001';
    const channels = (job?.InputDataConfig as Json[]).map(({ ChannelName, DataSource }) => {
      return [ChannelName, (DataSource as { S3DataSource: { S3Uri: string } }).S3DataSource.S3Uri] as const;
    });
    const { S3OutputPath } = job?.OutputDataConfig as { S3OutputPath: string };
    const parameters = { ...(job?.StaticHyperParameters as Json), ...(Object.fromEntries(chosen) as Json) };
    await this.containers.train(
      Object.fromEntries(channels) as Record<string, string>,
      parameters,
      `${S3OutputPath}/${name}/output/model.tar.gz`,
    );
    return { ...given, TrainingJobSummaries: [{ TrainingJobName: name }] };
  }

  private async transform(given: Json): Promise<Json> {
    const { TransformInput, TransformOutput, DataProcessing } = given as {
      TransformInput: { DataSource: { S3DataSource: { S3Uri: string } } };
      TransformOutput: { S3OutputPath: string };
      DataProcessing?: { JoinSource?: string };
    };
    const model = this.registry.artifactOf(String(given.ModelName));
    const { S3Uri } = TransformInput.DataSource.S3DataSource;
    const joined = DataProcessing?.JoinSource === 'Input';
    await this.containers.transform(model, S3Uri, TransformOutput.S3OutputPath, joined);
    return given;
  }

  private holds({ Type, LeftValue, RightValue }: Json): boolean {
    const [left, right] = [this.evaluate(LeftValue) as number, this.evaluate(RightValue) as number];
    if (Type === 'Equals') return left === right;
    if (Type === 'GreaterThanOrEqualTo') return left >= right;
    throw new Error(`conditions of type ${String(Type)} cannot be evaluated here`);
  }

  private evaluate(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(each => this.evaluate(each));
    if (!isObject(value)) return value;
    const { Get, 'Std:Join': joining, 'Std:JsonGet': reading } = value;
    if (typeof Get === 'string') return this.get(Get);
    if (joining !== undefined) {
      const { On, Values } = joining as { On: string; Values: unknown[] };
      return Values.map(each => String(this.evaluate(each))).join(On);
    }
    if (reading !== undefined) return this.read(reading as { PropertyFile: { Get: string }; Path: string });
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.evaluate(member)]));
  }

  private get(path: string): unknown {
    const [kind, name = '', ...rest] = partsOf(path);
    if (kind === 'Execution' && name === 'PipelineExecutionId') return this.id;
    if (kind === 'Parameters') {
      const declared = this.definition.Parameters?.find(({ Name }) => Name === name);
      return this.parameters[name] ?? declared?.DefaultValue ?? missing(`parameter ${name} has no value`);
    }
    if (kind !== 'Steps') throw new Error(`${path} cannot be read here`);
    return rest.reduce<unknown>((value, part) => memberOf(value, part) ?? missing(path), this.response(name));
  }

  private read({ PropertyFile, Path }: { PropertyFile: { Get: string }; Path: string }): unknown {
    const [, step = '', , name] = partsOf(PropertyFile.Get);
    const { PropertyFiles } = this.response(step) as {
      PropertyFiles: { PropertyFileName: string; OutputName: string; FilePath: string }[];
    };
    const file = PropertyFiles.find(({ PropertyFileName }) => PropertyFileName === name) ?? missing(PropertyFile.Get);
    const text = this.containers.get(`${this.outputOf(step, file.OutputName)}/${file.FilePath}`);
    if (text === undefined) missing(`${PropertyFile.Get} is not there`);
    const content: unknown = JSON.parse(text);
    return partsOf(Path).reduce((value, part) => memberOf(value, part) ?? missing(Path), content);
  }
}

function missing(what: string): never {
  throw new Error(what);
}

/** Steps that a step reads or waits for; what only a branch of it reads, the branch waits for. */
function neededBy(step: DefinedStep, { Steps }: Definition): string[] {
  const { DependsOn = [], Arguments } = step as DefinedStep & { DependsOn?: string[] };
  const read = [...JSON.stringify(Arguments).matchAll(/"Steps\.([\w-]+)\./g)].map(([, name = '']) => name);
  return [...DependsOn, ...read].filter(name => Steps.some(({ Name }) => Name === name));
}

/** `a.b['c'][0]` in its parts. */
function partsOf(path: string): string[] {
  return [...path.matchAll(/\['([^']+)'\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, key, index, name]) => key ?? index ?? name ?? '',
  );
}

/** A member, an item, or that item of a list of outputs which has a name. */
function memberOf(value: unknown, part: string): unknown {
  if (Array.isArray(value) && !/^\d+$/.test(part)) return value.find(({ OutputName }: Json) => OutputName === part);
  return (value as Readonly<Record<string, unknown>> | undefined)?.[part];
}
