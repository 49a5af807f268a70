import { Analyzer, type AnalyzerKind, type AnalyzerOptions } from '../../analyzer';
import { FileSet } from '../../assets';
import { ContainerImage } from '../../images';
import { mergeArguments } from '../arguments';
import { Expression, join, Late, type Value } from '../expression';
import type { Rule } from '../problem';
import type { StepContent } from '../step';
import { type CheckProps, failsOnViolation } from './check';
import { renderProcessingJob } from './processing-job';

/** Container that has the libraries of the program. */
export const openImage = (): ContainerImage => ContainerImage.xgboost(Analyzer.xgboostVersion);

/** The program that checks. */
export const openProgram = (): FileSet => FileSet.fromDirectory(Analyzer.folder);

/** Name of the one output. */
export const OPEN_OUTPUT = 'result';

/** Property file that counts the violations, and its path in the output. */
export const SUMMARY = 'summary';
export const SUMMARY_PATH = 'summary.json';

/** Where the program leaves what a managed check tells as its properties. */
const QUALITY_FILES: Readonly<Record<string, string>> = {
  CalculatedBaselineStatistics: 'statistics.json',
  CalculatedBaselineConstraints: 'constraints.json',
  BaselineUsedForDriftCheckStatistics: 'baseline/statistics.json',
  BaselineUsedForDriftCheckConstraints: 'baseline/constraints.json',
};
const ANALYSIS_FILES: Readonly<Record<string, string>> = {
  CalculatedBaselineConstraints: 'analysis.json',
  BaselineUsedForDriftCheckConstraints: 'baseline/analysis.json',
};

export function openFile(checkType: string, property: string): string {
  const files = checkType.endsWith('QUALITY') ? QUALITY_FILES : ANALYSIS_FILES;
  return files[property] ?? property;
}

type Input = keyof typeof Analyzer.inputs;

/** What one kind of check adds to what all have in common. */
export interface OpenCheck {
  readonly kind: AnalyzerKind;
  readonly options: AnalyzerOptions<Expression<string>>;

  /** Places in S3 by the program's name for them; those that are not given are no inputs. */
  readonly inputs: Readonly<Partial<Record<Input, Value<string> | Late>>>;
}

/** A check as a processing step: CreateProcessingJob for the program, with the summary as a property file. */
export function renderOpenCheck(
  props: CheckProps,
  { kind, options, inputs }: OpenCheck,
): Pick<StepContent, 'type' | 'arguments' | 'members' | 'propertyFiles' | 'cacheKeys'> {
  const places: Partial<Record<Input, Value<string> | Late>> = {
    dataset: props.dataset,
    baselineConstraints: props.suppliedBaselineConstraints,
    ...inputs,
    code: new Late(({ scope }) => openProgram().bind(scope).s3Uri),
  };
  const given = (Object.keys(Analyzer.inputs) as Input[]).flatMap(name => {
    const uri = places[name];
    return uri === undefined ? [] : [[name, { uri, localPath: Analyzer.inputs[name] }] as const];
  });
  const job = renderProcessingJob(props, {
    image: openImage(),
    entrypoint: Analyzer.entrypoint,
    arguments: Analyzer.arguments<Expression<string>>(kind, {
      ...options,
      modelPackageGroupName: props.modelPackageGroupName,
      skipCheck: word(props.skipCheck),
      failOnViolation: word(failsOnViolation(props)),
      registerNewBaseline: word(props.registerNewBaseline),
    }),
    inputs: Object.fromEntries(given),
    outputs: { [OPEN_OUTPUT]: { uri: props.outputPath, localPath: Analyzer.output } },
  });
  return {
    type: 'Processing',
    arguments: mergeArguments(job, props.request),
    members: { PropertyFiles: [{ PropertyFileName: SUMMARY, OutputName: OPEN_OUTPUT, FilePath: SUMMARY_PATH }] },
    propertyFiles: [SUMMARY],
    cacheKeys: ['AppSpecification', 'Environment', 'ProcessingInputs'],
  };
}

/** A truth value in an argument, where the service takes a parameter as part of a text only. */
function word(value: Value<boolean> | undefined): boolean | Expression<string> | undefined {
  return value instanceof Expression ? join('', value) : value;
}

/** What the program cannot do. `modelName` is the model that it looks up. */
export function openRules(props: CheckProps, modelName?: Value<string>): readonly Rule[] {
  const { instanceCount = 1, isolateNetwork = false, modelPackageGroupName } = props;
  const shown = instanceCount instanceof Expression ? JSON.stringify(instanceCount.render()) : instanceCount;
  const alone = (prop: string, name: unknown): Rule => [
    !isolateNetwork || name === undefined,
    `'isolateNetwork' must be false for '${prop}' with 'managed: false', whose job looks it up itself, got: true`,
  ];
  return [
    [shown === 1, `'instanceCount' must be 1 with 'managed: false', whose program runs on one instance, got: ${shown}`],
    alone('modelPackageGroupName', modelPackageGroupName),
    alone('modelName', modelName),
  ];
}
