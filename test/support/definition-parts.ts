import type { DeclaredParameter, DefinedStep } from './definition';
import type { Kind } from './definition-kinds';
import type { SimpleType } from './request-schema';

export const PARAMETER_TYPES: Readonly<Record<string, SimpleType>> = {
  String: 'string',
  Integer: 'number',
  Float: 'number',
  Boolean: 'boolean',
};

export function withBranches(step: DefinedStep): readonly DefinedStep[] {
  if (step.Type !== 'Condition') return [step];
  const { IfSteps = [], ElseSteps = [] } = step.Arguments as Record<string, DefinedStep[]>;
  return [step, ...[...IfSteps, ...ElseSteps].flatMap(withBranches)];
}

export function parameterFindings({
  Name,
  Type,
  DefaultValue: value,
  EnumValues,
  ...more
}: DeclaredParameter): string[] {
  const type = PARAMETER_TYPES[Type];
  const fits = value === undefined || (typeof value === type && (Type !== 'Integer' || Number.isInteger(value)));
  return [
    ...unknownKeys(`parameter ${Name}`, more, ['Description']),
    ...(type ? [] : [`parameter ${Name}: ${Type} is no type`]),
    ...(fits ? [] : [`parameter ${Name}: default must be a ${Type}, got: ${JSON.stringify(value)}`]),
    ...(EnumValues && Type !== 'String' ? [`parameter ${Name}: only texts have EnumValues`] : []),
    ...(EnumValues && value !== undefined && !EnumValues.includes(value)
      ? [`parameter ${Name}: default is not allowed`]
      : []),
  ];
}

export function retryFindings(at: string, policy: Record<string, unknown>, { retries = [] }: Kind): string[] {
  const types = policy.ExceptionType;
  const wrong =
    Array.isArray(types) && types.length > 0 ? types.filter(type => !retries.includes(String(type))) : ['nothing'];
  const both = policy.MaxAttempts !== undefined && policy.ExpireAfterMin !== undefined;
  const between = (key: string, max: number) => {
    const value = policy[key] ?? 0;
    return typeof value === 'number' && value >= 0 && value <= max
      ? []
      : [`${at}: ${key} is out of range: ${JSON.stringify(value)}`];
  };
  return [
    ...unknownKeys(`${at}.RetryPolicies`, policy, [
      'ExceptionType',
      'IntervalSeconds',
      'BackoffRate',
      'MaxAttempts',
      'ExpireAfterMin',
    ]),
    ...wrong.map(type => `${at}: cannot retry ${String(type)}`),
    ...(both ? [`${at}: MaxAttempts and ExpireAfterMin exclude each other`] : []),
    ...between('IntervalSeconds', 43_200),
    ...between('BackoffRate', Infinity),
    ...between('MaxAttempts', 20),
    ...between('ExpireAfterMin', 14_400),
  ];
}

export function cacheFindings(at: string, config: unknown): string[] {
  if (config === undefined) return [];
  const { Enabled, ExpireAfter } = config as Record<string, unknown>;
  const fits = typeof Enabled === 'boolean' && /^P?(?=.)(\d+[YMWD])*(T(\d+[HM])+)?$/i.test(String(ExpireAfter));
  return fits ? [] : [`${at}.CacheConfig: must have Enabled and a duration, got: ${JSON.stringify(config)}`];
}

export function propertyFileFindings(step: DefinedStep): string[] {
  const files = (step.PropertyFiles ?? []) as Record<string, string>[];
  return [
    ...repeated(
      `${step.Name}: property file`,
      files.map(file => file.PropertyFileName ?? ''),
    ),
    ...files.flatMap(file =>
      unknownKeys(`${step.Name}.PropertyFiles`, file, ['PropertyFileName', 'OutputName', 'FilePath']),
    ),
    ...files
      .filter(file => !outputNames(step).includes(file.OutputName ?? ''))
      .map(file => `${step.Name}: property file of ${String(file.OutputName)}, which is no output`),
  ];
}

export function outputNames(step: DefinedStep | undefined): readonly string[] {
  const config = step?.Arguments.ProcessingOutputConfig as { Outputs?: { OutputName: string }[] } | undefined;
  const outputs = config?.Outputs;
  return Array.isArray(outputs) ? outputs.map(({ OutputName }) => OutputName) : [];
}

/** Arguments that exclude each other, and of which one is needed. */
export function oneOfFindings({ Name, Arguments }: DefinedStep, { oneOf }: Kind): string[] {
  const given = oneOf?.filter(name => Object.hasOwn(Arguments, name)) ?? [];
  return oneOf && given.length !== 1 ? [`${Name}: needs one of ${oneOf.join(', ')}, got: ${given.join(', ')}`] : [];
}

/** What a step says twice must be the same. */
export function serverlessFindings({ Name, Type, Arguments }: DefinedStep): string[] {
  if (Type !== 'EMRServerless') return [];
  const { JobConfig = {}, ExecutionRoleArn, ApplicationId } = Arguments as Record<string, Record<string, unknown>>;
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  return [
    ...(same(ExecutionRoleArn, JobConfig.executionRoleArn) ? [] : [`${Name}: has two roles`]),
    ...(same(ApplicationId, JobConfig.applicationId) ? [] : [`${Name}: has two applications`]),
  ];
}

/** Type of each output that a step declares. */
export function declaredOutputs(step: DefinedStep | undefined): ReadonlyMap<unknown, SimpleType | undefined> {
  const outputs = (step?.OutputParameters ?? []) as Record<string, unknown>[];
  return new Map(outputs.map(({ OutputName, OutputType }) => [OutputName, PARAMETER_TYPES[String(OutputType)]]));
}

/** What is wrong with the outputs that a step declares, and with what it calls. */
export function exchangeFindings(step: DefinedStep, { keys = [] }: Kind): string[] {
  const outputs = (step.OutputParameters ?? []) as Record<string, unknown>[];
  const at = `${step.Name}.OutputParameters`;
  const names = outputs.map(({ OutputName }) => String(OutputName));
  return [
    ...keys.flatMap(key => (step[key] === undefined ? [`${step.Name}.${key}: is missing`] : [])),
    ...(outputs.length > 50 ? [`${at}: at most 50`] : []),
    ...outputs.flatMap(output => unknownKeys(at, output, ['OutputName', 'OutputType'])),
    ...names.filter(name => name.length > 256 || name === '').map(name => `${at}: ${name} is no name`),
    ...[...declaredOutputs(step)].filter(([, type]) => !type).map(([name]) => `${at}: ${String(name)} has no type`),
    ...repeated(at, names),
  ];
}

export function unknownKeys(at: string, value: object, known: readonly string[]): string[] {
  return Object.keys(value).flatMap(key => (known.includes(key) ? [] : [`${at}.${key}: is unknown`]));
}

export function repeated(what: string, names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map(
    name => `${what} ${name}: is not unique`,
  );
}
