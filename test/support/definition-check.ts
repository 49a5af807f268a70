import type { DefinedStep, Definition } from './definition';
import { baselineFindings, cycleFindings } from './definition-graph';
import { type Kind, KINDS } from './definition-kinds';
import { limitFindings } from './definition-limits';
import {
  cacheFindings,
  declaredOutputs,
  exchangeFindings,
  oneOfFindings,
  serverlessFindings,
  outputNames,
  PARAMETER_TYPES,
  parameterFindings,
  propertyFileFindings,
} from './definition-parts';
import { repeated, retryFindings, unknownKeys, withBranches } from './definition-parts';
import { type Evaluation, isObject, requestProblems, type SimpleType, typeAt } from './request-schema';

const COMMON_KEYS = ['Name', 'Type', 'Arguments', 'DependsOn', 'DisplayName', 'Description'];
const EXECUTION_VARIABLES =
  /^Execution\.(StartDateTime|CurrentDateTime|PipelineName|PipelineArn|PipelineExecutionId|PipelineExecutionArn|TrainingJobName|ProcessingJobName)$/;
/** What is wrong with a definition; empty when nothing is. */
export function checkDefinition(definition: Definition): string[] {
  return new Checker(definition).findings();
}

class Checker {
  private readonly steps: readonly DefinedStep[];
  private readonly parameters: ReadonlyMap<string, SimpleType>;

  public constructor(private readonly definition: Definition) {
    this.steps = definition.Steps.flatMap(withBranches);
    this.parameters = new Map(
      (definition.Parameters ?? []).map(({ Name, Type }) => [Name, PARAMETER_TYPES[Type] ?? 'string']),
    );
  }

  public findings(): string[] {
    const { definition } = this;
    const known = ['Version', 'Metadata', 'Parameters', 'PipelineExperimentConfig', 'MlflowConfig', 'Steps'];
    return [
      ...unknownKeys('definition', definition, known),
      ...(definition.Version === '2020-12-01' ? [] : [`Version: must be 2020-12-01, got: ${definition.Version}`]),
      ...repeated(
        'step',
        this.steps.map(({ Name }) => Name),
      ),
      ...repeated(
        'parameter',
        (definition.Parameters ?? []).map(({ Name }) => Name),
      ),
      ...(definition.Parameters ?? []).flatMap(parameterFindings),
      ...this.scalar('PipelineExperimentConfig', Object.values(definition.PipelineExperimentConfig ?? {}), ['string']),
      ...this.steps.flatMap(step => this.stepFindings(step)),
      ...this.scopeFindings(definition.Steps, []),
      ...cycleFindings(this.steps),
    ];
  }

  private stepFindings(step: DefinedStep): string[] {
    const at = step.Name;
    const kind = KINDS[step.Type];
    if (!kind) return [`${at}: kind ${step.Type} is not known here`];
    const retries = kind.retries ? ['RetryPolicies'] : [];
    const caches = kind.caches ? ['CacheConfig'] : [];
    return [
      ...(/^[A-Za-z0-9\-_]{1,64}$/.test(at) ? [] : [`${at}: is no name of a step`]),
      ...unknownKeys(at, step, [...COMMON_KEYS, ...retries, ...caches, ...(kind.keys ?? [])]),
      ...(kind.request ? requestProblems(kind.request, step.Arguments, this.options(kind), at) : []),
      ...limitFindings(shapeName(kind), step.Arguments, at),
      ...baselineFindings(step, this.steps),
      ...oneOfFindings(step, kind),
      ...serverlessFindings(step),
      ...(kind.exchanges
        ? [
            ...exchangeFindings(step, kind),
            ...this.scalar(at, Object.values(step.Arguments), ['string', 'number', 'boolean']),
          ]
        : []),
      ...(step.Type === 'Condition' ? this.conditionStepFindings(step) : []),
      ...((step.RetryPolicies ?? []) as Record<string, unknown>[]).flatMap(policy => retryFindings(at, policy, kind)),
      ...cacheFindings(at, step.CacheConfig),
      ...((step.DependsOn ?? []) as string[]).flatMap(name => this.dependencyFindings(at, name)),
      ...propertyFileFindings(step),
      ...this.checkFindings(step),
      ...modeFindings(step),
    ];
  }

  private options(kind: Kind) {
    return { ...kind, evaluate: (value: Readonly<Record<string, unknown>>) => this.evaluate(value) };
  }

  private dependencyFindings(at: string, name: string): string[] {
    const type = this.steps.find(({ Name }) => Name === name)?.Type;
    if (type === undefined) return [`${at}: depends on ${name}, which does not exist`];
    return ['Fail', 'Condition'].includes(type) ? [`${at}: depends on ${name}, a ${type} step`] : [];
  }

  private checkFindings({ Name, Type, ...step }: DefinedStep): string[] {
    if (!Type.endsWith('Check')) return [];
    const types =
      Type === 'ClarifyCheck' ? ['DATA_BIAS', 'MODEL_BIAS', 'MODEL_EXPLAINABILITY'] : ['DATA_QUALITY', 'MODEL_QUALITY'];
    const needsModel = step.CheckType === 'MODEL_BIAS' || step.CheckType === 'MODEL_EXPLAINABILITY';
    const given = (names: readonly string[]) =>
      names.map(name => step[name]).filter(value => value !== undefined && value !== null);
    return [
      ...(types.includes(String(step.CheckType)) ? [] : [`${Name}.CheckType: must be one of ${types.join(', ')}`]),
      ...this.scalar(Name, given(['SkipCheck', 'FailOnViolation', 'RegisterNewBaseline']), ['boolean']),
      ...this.scalar(
        Name,
        given(['ModelPackageGroupName', 'SuppliedBaselineConstraints', 'SuppliedBaselineStatistics', 'ModelName']),
        ['string'],
      ),
      ...(needsModel === given(['ModelName']).length > 0
        ? []
        : [`${Name}.ModelName: belongs to model checks, and to all of them`]),
    ];
  }

  private conditionStepFindings({ Name, Arguments }: DefinedStep): string[] {
    const conditions = (Arguments.Conditions ?? []) as Record<string, unknown>[];
    return [
      ...unknownKeys(`${Name}.Arguments`, Arguments, ['Conditions', 'IfSteps', 'ElseSteps']),
      ...(conditions.length > 0 ? [] : [`${Name}: has no condition`]),
      ...conditions.flatMap(condition => this.conditionFindings(`${Name}.Conditions`, condition)),
    ];
  }

  private conditionFindings(at: string, condition: Record<string, unknown>): string[] {
    const type = String(condition.Type);
    const any: SimpleType[] = ['string', 'number', 'boolean'];
    const only = (...keys: string[]) => unknownKeys(at, condition, ['Type', ...keys]);
    switch (type) {
      case 'Equals':
        return [
          ...only('LeftValue', 'RightValue'),
          ...this.scalar(at, [condition.LeftValue, condition.RightValue], any),
        ];
      case 'GreaterThan':
      case 'GreaterThanOrEqualTo':
      case 'LessThan':
      case 'LessThanOrEqualTo':
        return [
          ...only('LeftValue', 'RightValue'),
          ...this.scalar(at, [condition.LeftValue, condition.RightValue], ['number']),
        ];
      case 'In':
        return [
          ...only('QueryValue', 'Values'),
          ...this.scalar(at, [condition.QueryValue, ...(condition.Values as unknown[])], any),
        ];
      case 'Not':
        return [...only('Condition'), ...this.conditionFindings(at, condition.Condition as Record<string, unknown>)];
      case 'Or':
        return [
          ...only('Conditions'),
          ...(condition.Conditions as Record<string, unknown>[]).flatMap(inner => this.conditionFindings(at, inner)),
        ];
      default:
        return [`${at}: ${type} is no condition`];
    }
  }

  /** Values that must be literals or functions of some types. */
  private scalar(at: string, values: readonly unknown[], types: readonly SimpleType[]): string[] {
    return values.flatMap(value => {
      const found = isObject(value) ? this.evaluate(value) : { types: [typeof value] };
      if (found && 'problem' in found) return [`${at}: ${found.problem}`];
      return found?.types.some(type => types.some(wanted => wanted === type))
        ? []
        : [`${at}: must be a ${types.join(' or ')}, got: ${JSON.stringify(value)}`];
    });
  }

  private evaluate(value: Readonly<Record<string, unknown>>): Evaluation | undefined {
    const [name = '', ...more] = Object.keys(value);
    if (!['Get', 'Std:Join', 'Std:JsonGet'].includes(name)) return undefined;
    if (more.length > 0) return { problem: `a function has one key, got: ${Object.keys(value).join(', ')}` };
    if (name === 'Get') return this.get(String(value.Get));
    return name === 'Std:Join' ? this.join(value['Std:Join']) : this.jsonGet(value['Std:JsonGet']);
  }

  private join(content: unknown): Evaluation {
    const { On, Values, ...more } = content as { On: unknown; Values: unknown };
    if (typeof On !== 'string' || !Array.isArray(Values) || Object.keys(more).length > 0) {
      return { problem: `Std:Join takes On, a text, and Values, a list, got: ${JSON.stringify(content)}` };
    }
    const [problem] = this.scalar('Std:Join', Values, ['string', 'number', 'boolean']);
    return problem === undefined ? { types: ['string'] } : { problem };
  }

  private jsonGet(content: unknown): Evaluation {
    const { PropertyFile, S3Uri, Path, ...more } = content as {
      PropertyFile?: { Get?: unknown };
      S3Uri?: unknown;
      Path: unknown;
    };
    if (S3Uri !== undefined && PropertyFile === undefined) return this.jsonAt(S3Uri, Path, more);
    const [, step = '', file] = /^Steps\.([^.]+)\.PropertyFiles\.([^.]+)$/.exec(String(PropertyFile?.Get)) ?? [];
    const files = (this.step(step)?.PropertyFiles ?? []) as { PropertyFileName: string }[];
    if (!files.some(({ PropertyFileName }) => PropertyFileName === file)) {
      return { problem: `no such property file: ${JSON.stringify(PropertyFile)}` };
    }
    const fits = typeof Path === 'string' && Path !== '' && Object.keys(more).length === 0;
    return fits
      ? { types: ['string', 'number', 'boolean'] }
      : { problem: `Std:JsonGet needs a Path, got: ${JSON.stringify(content)}` };
  }

  /** A value of a file by its place, which is joined of simple values. */
  private jsonAt(uri: unknown, path: unknown, more: object): Evaluation {
    const { Values = [] } = (uri as { 'Std:Join'?: { Values?: unknown[] } })['Std:Join'] ?? {};
    const simple = Values.length > 0 && Values.every(value => !isObject(value) || Object.hasOwn(value, 'Get'));
    const [problem] = this.scalar('Std:JsonGet', [uri], ['string']);
    if (problem !== undefined) return { problem };
    return simple && typeof path === 'string' && path !== '' && Object.keys(more).length === 0
      ? { types: ['string', 'number', 'boolean'] }
      : { problem: `Std:JsonGet needs a joined S3Uri and a Path, got: ${JSON.stringify(uri)}` };
  }

  private get(path: string): Evaluation {
    if (EXECUTION_VARIABLES.test(path)) return { types: ['string'] };
    if (
      /^PipelineExperimentConfig\.(ExperimentName|TrialName)$/.test(path) &&
      this.definition.PipelineExperimentConfig
    ) {
      return { types: ['string'] };
    }
    const [, parameter] = /^Parameters\.(.+)$/.exec(path) ?? [];
    const type = parameter === undefined ? undefined : this.parameters.get(parameter);
    if (type) return { types: [type] };
    const [, name = '', property = ''] = /^Steps\.([^.]+)\.(.+)$/s.exec(path) ?? [];
    const step = this.step(name);
    const [, output] = /^OutputParameters\['([^']*)'\]$/.exec(property) ?? [];
    const declared = declaredOutputs(step).get(output);
    if (declared) return { types: [declared] };
    const found = (KINDS[step?.Type ?? '']?.properties ?? []).flatMap(schema => typeAt(schema, property) ?? []);
    return found.length > 0 && this.namesOutput(step, property)
      ? { types: found }
      : { problem: `nothing is at ${path}` };
  }

  /** A named output that a property path reads must be one of the step. */
  private namesOutput(step: DefinedStep | undefined, property: string): boolean {
    const [, name] = /^ProcessingOutputConfig\.Outputs\['([^']*)'\]/.exec(property) ?? [];
    return name === undefined || outputNames(step).includes(name);
  }

  private step(name: string): DefinedStep | undefined {
    return this.steps.find(({ Name }) => Name === name);
  }

  /** A step may read and await what runs before it for certain: steps beside it and beside the branches around it. */
  private scopeFindings(steps: readonly DefinedStep[], outer: readonly string[]): string[] {
    const visible = [...outer, ...steps.map(({ Name }) => Name)];
    return steps.flatMap(step => {
      const { IfSteps = [], ElseSteps = [], ...own } = step.Arguments as Record<string, DefinedStep[]>;
      const text = JSON.stringify([
        step.Type === 'Condition' ? own : step.Arguments,
        { ...step, Arguments: undefined },
      ]);
      const read = [...text.matchAll(/"Get":"Steps\.([^."]+)\./g)].map(([, name = '']) => name);
      const awaited = (step.DependsOn ?? []) as string[];
      const nested =
        outer.length > 0 && step.Type === 'Condition' ? [`${step.Name}: is a condition inside a branch`] : [];
      const hidden = [...new Set([...read, ...awaited])].filter(name => !visible.includes(name));
      return [
        ...nested,
        ...hidden.map(name => `${step.Name}: reads or awaits ${name}, which is not visible there`),
        ...[IfSteps, ElseSteps].flatMap(branch =>
          step.Type === 'Condition' ? this.scopeFindings(branch, visible) : [],
        ),
      ];
    });
  }
}

/** Name of a request's shape; the schemas of the AWS SDK have it, ours do not. */
function shapeName({ request }: Kind): string {
  return Array.isArray(request) ? String(request[2]) : '';
}

/** Of AutoML, pipelines take one mode. */
function modeFindings({ Name, Type, Arguments }: DefinedStep): string[] {
  const { Mode } = (Arguments.AutoMLJobConfig ?? {}) as { Mode?: unknown };
  return Type !== 'AutoML' || Mode === 'ENSEMBLING' ? [] : [`${Name}.AutoMLJobConfig.Mode: must be ENSEMBLING`];
}
