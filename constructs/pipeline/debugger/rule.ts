import type { ProcessingInstanceType } from '@aws-sdk/client-sagemaker';
import { FileSet } from '../../assets';
import { ContainerImage } from '../../images';
import { type Expression, Late, type Value } from '../expression';
import { count, maxLength, type Rule, s3Uri, wholeNumber } from '../problem';
import type { DebuggerAction } from './action';
import { type BuiltInRules, collectionsOf, rangesOf } from './built-in-rules';
import type { ProfilerRules } from './profiler-rules';
import { parameterRules, type RuleParameter } from './rule-parameter';
import type { TensorCollections } from './tensor-collection';

/** Of all rules. */
export interface RuleOptions {
  /**
   * Name of the rule in the job, unique there: 1 to 256 characters.
   *
   * @default - the name of the built-in rule
   */
  readonly name?: string;

  /**
   * S3 URI of the prefix that the rule's output is uploaded to.
   *
   * @default - `rule-output` under the place of the model
   */
  readonly outputPath?: Value<string>;

  /**
   * Folder in the rule's container that its output is written to, up to 4096 characters.
   *
   * @default /opt/ml/processing/output/rule/
   */
  readonly localPath?: Value<string>;
}

/** Of rules about tensors. */
export interface TensorRuleOptions {
  /**
   * Collections that are saved for the rule, by name.
   *
   * @default - what the Python SDK saves for the rule
   */
  readonly collections?: TensorCollections;

  /**
   * What happens when the rule fires, besides what the job's description tells.
   *
   * @default - nothing
   */
  readonly actions?: readonly DebuggerAction[];
}

/** Of rules of your own. */
export interface CustomRuleJob extends Omit<RuleOptions, 'name'> {
  /** Type of the instance that evaluates the rule, whose time is paid for. */
  readonly instanceType: ProcessingInstanceType | Expression<string>;

  /**
   * Size of its storage volume, in GiB: 1 or more.
   *
   * @default 30
   */
  readonly volumeSizeGiB?: Value<number>;

  /**
   * Parameters of the rule by name, up to 100 with those that its source takes.
   *
   * @default - none
   */
  readonly parameters?: Readonly<Record<string, RuleParameter>>;
}

/** A rule of your own: a class in a Python file, or a container of its own. */
export type CustomRuleOptions = CustomRuleJob & (RuleInFile | RuleInImage);

export interface RuleInFile {
  /** Python file with the rule, which uses the library `smdebug`. */
  readonly source: RuleSource;

  /**
   * Container that runs the file.
   *
   * @default ContainerImage.debuggerRuleEvaluator()
   */
  readonly image?: ContainerImage;
}

export interface RuleInImage {
  /** Container of the rule. */
  readonly image: ContainerImage;

  readonly source?: never;
}

export interface RuleSource {
  /** A file that is uploaded, or the S3 URI of one. */
  readonly file: FileSet | Value<string>;

  /** Class in the file. */
  readonly ruleClass: Value<string>;
}

/** What every rule is for the job. */
export interface RuleContent extends Omit<CustomRuleJob, 'instanceType' | 'parameters'>, TensorRuleOptions {
  readonly name: string;
  readonly image: ContainerImage;
  readonly instanceType?: CustomRuleJob['instanceType'];
  readonly source?: RuleSource;
  readonly parameters: Readonly<Record<string, RuleParameter | Late>>;
  /** What is wrong with the rule, by the prop that it stands in. */
  readonly rules: (prop: string) => readonly Rule[];
}

/** Options of a built-in rule, which must be given where one of its parameters must. */
export type BuiltInArguments<Parameters, Options> =
  Partial<Parameters> extends Parameters
    ? [options?: Options & { readonly parameters?: Parameters }]
    : [options: Options & { readonly parameters: Parameters }];

/**
 * A rule about the tensors that a training saves.
 *
 * Debugger is closed to new customers from 30 July 2026 (AWS documentation).
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html
 */
export class DebuggerRule {
  /** A rule of SageMaker's. Runs free of charge. */
  public static builtIn<Name extends keyof BuiltInRules>(
    rule: Name,
    ...[options = {}]: BuiltInArguments<BuiltInRules[Name], RuleOptions & TensorRuleOptions>
  ): DebuggerRule {
    const collections = options.collections ?? collectionsOf(rule);
    return new DebuggerRule({ ...builtIn(rule, options), collections, actions: options.actions });
  }

  /** A rule of your own. */
  public static custom(name: string, options: CustomRuleOptions & TensorRuleOptions): DebuggerRule {
    return new DebuggerRule({ ...custom(name, options), collections: options.collections, actions: options.actions });
  }

  declare protected readonly about: 'tensors';
  private constructor(public readonly content: RuleContent) {}
}

/**
 * A rule about how a training uses its machines.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-profiler-rules.html
 */
export class ProfilerRule {
  /** A rule of SageMaker's. Runs free of charge. */
  public static builtIn<Name extends keyof ProfilerRules>(
    rule: Name,
    ...[options = {}]: BuiltInArguments<ProfilerRules[Name], RuleOptions>
  ): ProfilerRule {
    return new ProfilerRule(builtIn(rule, options));
  }

  /** A rule of your own. */
  public static custom(name: string, options: CustomRuleOptions): ProfilerRule {
    return new ProfilerRule(custom(name, options));
  }

  declare protected readonly about: 'machines';
  private constructor(public readonly content: RuleContent) {}
}

function builtIn(rule: string, options: RuleOptions & { readonly parameters?: object }): RuleContent {
  const given = Object.entries({ ...options.parameters }).filter(([, value]) => value !== undefined);
  const parameters = Object.fromEntries(given) as Record<string, RuleParameter>;
  const { name = rule, outputPath, localPath } = options;
  return {
    name,
    image: ContainerImage.debuggerRules(),
    outputPath,
    localPath,
    parameters: { rule_to_invoke: rule, ...parameters },
    rules: prop => [
      ...placeRules(prop, name, options),
      ...Object.entries(parameters).flatMap(([key, value]) =>
        parameterRules(`${prop}.parameters.${key}`, value, rangesOf(rule)[key] ?? 'text'),
      ),
    ],
  };
}

function custom(name: string, options: CustomRuleOptions): RuleContent {
  const { source, parameters = {} } = options;
  const places = source && { source_s3_uri: sourceUri(source.file), rule_to_invoke: source.ruleClass };
  return {
    ...options,
    name,
    image: options.image ?? ContainerImage.debuggerRuleEvaluator(),
    volumeSizeGiB: options.volumeSizeGiB ?? 30,
    parameters: { ...places, ...parameters },
    rules: prop => [
      ...placeRules(prop, name, options),
      wholeNumber(`${prop}.volumeSizeGiB`, options.volumeSizeGiB, 1),
      ...(source ? [sourceRule(prop, source.file)] : []),
      ...Object.keys(places ?? {}).map(
        key =>
          [
            !Object.hasOwn(parameters, key),
            `'${prop}.parameters' must not use the names that 'source' takes, got: ${key}`,
          ] as const,
      ),
      count(`${prop}.parameters`, { ...places, ...parameters }, 100),
      ...Object.entries(parameters).flatMap(([key, value]) => parameterRules(`${prop}.parameters.${key}`, value, {})),
    ],
  };
}

function placeRules(prop: string, name: string, { outputPath, localPath }: RuleOptions): readonly Rule[] {
  return [
    [name !== '' && name.length <= 256, `'${prop}.name' must have 1 to 256 characters, got: ${name.length}`],
    s3Uri(`${prop}.outputPath`, outputPath),
    maxLength(`${prop}.localPath`, localPath, 4096),
  ];
}

function sourceRule(prop: string, file: RuleSource['file']): Rule {
  if (!(file instanceof FileSet)) return s3Uri(`${prop}.source.file`, file);
  const count = file.fileNames.length;
  return [count === 1, `'${prop}.source.file' must be one file, got: ${count} files`];
}

function sourceUri(file: RuleSource['file']): Value<string> | Late {
  return file instanceof FileSet ? new Late(({ scope }) => file.bind(scope).s3Uri) : file;
}
