import type { CreateTrainingJobRequest, DebugRuleConfiguration } from '@aws-sdk/client-sagemaker';
import { Stack, Token } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { FileSet } from '../../assets';
import type { Arguments } from '../arguments';
import type { StepContext } from '../context';
import { expressionsIn, join, Late, type Value } from '../expression';
import { imageUri } from '../job';
import { isUnknown, type Rule } from '../problem';
import type { TrainingJob, TrainingOptions } from '../steps/training-job';
import { type DebuggerAction, grantStop, jobNamePrefix } from './action';
import { hookRules, renderHook, type TrainingDebugger } from './hook';
import { profilerRules, renderProfiler, type TrainingProfiler } from './profiler';
import type { RuleContent } from './rule';
import { parameterText } from './rule-parameter';
import { renderTensorBoard, type TensorBoardOutput, tensorBoardRules } from './tensor-board';

/** How a training is watched while it runs. */
export interface DebuggingProps {
  /**
   * Tensors that are saved, and rules about them. Debugger is closed to new customers from 30 July 2026 (AWS documentation).
   *
   * @default - none
   */
  readonly debugger?: TrainingDebugger;

  /**
   * What is measured of the machines, and rules about it; `false` measures nothing.
   *
   * @default - what the service does by itself
   */
  readonly profiler?: TrainingProfiler | false;

  /**
   * Where files for TensorBoard are kept.
   *
   * @default - they are not kept
   */
  readonly tensorBoard?: TensorBoardOutput;
}

type Debugged = DebuggingProps & Pick<TrainingOptions, 'outputPath'>;

export function renderDebugging(
  step: string,
  { debugger: hook, profiler, tensorBoard, outputPath }: Debugged,
): Arguments<
  Pick<
    CreateTrainingJobRequest,
    | 'DebugHookConfig'
    | 'DebugRuleConfigurations'
    | 'ProfilerConfig'
    | 'ProfilerRuleConfigurations'
    | 'TensorBoardOutputConfig'
  >
> {
  const { ofTensors, ofMachines } = contentsOf({ debugger: hook, profiler });
  return {
    DebugHookConfig: hook && renderHook(hook, outputPath),
    DebugRuleConfigurations: renderRules(step, ofTensors),
    ProfilerConfig: profiler === undefined ? undefined : renderProfiler(profiler, outputPath),
    ProfilerRuleConfigurations: renderRules(step, ofMachines),
    TensorBoardOutputConfig: tensorBoard && renderTensorBoard(tensorBoard),
  };
}

function renderRules(step: string, rules: readonly RuleContent[]): Arguments<DebugRuleConfiguration>[] | undefined {
  if (rules.length === 0) return undefined;
  return rules.map(rule => ({
    RuleConfigurationName: rule.name,
    RuleEvaluatorImage: imageUri(rule.image),
    InstanceType: rule.instanceType,
    VolumeSizeInGB: rule.volumeSizeGiB,
    LocalPath: rule.localPath,
    S3OutputPath: rule.outputPath,
    RuleParameters: {
      ...Object.fromEntries(Object.entries(rule.parameters).map(([name, value]) => [name, late(value)])),
      ...(stopsByItself(rule) && { training_job_name_prefix: jobPrefix(step, rule) }),
      ...(rule.actions && rule.actions.length > 0 && { action_json: renderActions(step, rule.actions) }),
    },
  }));
}

const late = (value: RuleContent['parameters'][string]) => (value instanceof Late ? value : parameterText(value));

/** A list in JSON, with escaped quotes. */
function renderActions(step: string, actions: readonly DebuggerAction[]): Value<string> {
  const parts = actions.flatMap((action, index) => [...(index > 0 ? [', '] : []), ...action.render({ step })]);
  const list = ['[', ...parts, ']'];
  return expressionsIn(list).length > 0 ? join('', ...list) : list.join('');
}

const stopsByItself = ({ parameters }: RuleContent) => parameters.stop_training_on_fire === true;

function jobPrefix(step: string, { parameters }: RuleContent): Value<string> {
  const { training_job_name_prefix: given } = parameters as Record<string, Value<string> | undefined>;
  return given ?? jobNamePrefix(step);
}

export function debuggingRules(props: DebuggingProps & TrainingJob): readonly Rule[] {
  const { debugger: hook, profiler, tensorBoard } = props;
  const { ofTensors, ofMachines } = contentsOf(props);
  return [
    ...(hook ? hookRules(hook) : []),
    ...(profiler ? profilerRules(profiler) : []),
    ...(tensorBoard ? tensorBoardRules(tensorBoard) : []),
    ...rulesOf('debugger.rules', ofTensors),
    ...rulesOf('profiler.rules', ofMachines),
    ...uniqueNames([...ofTensors, ...ofMachines]),
    ...ofTensors.flatMap(rule => actionRules(props, rule)),
    ...jobRules(props),
  ];
}

function rulesOf(prop: string, rules: readonly RuleContent[]): readonly Rule[] {
  return [
    [rules.length <= 20, `'${prop}' must be at most 20, got: ${rules.length}`],
    ...rules.flatMap(each => each.rules(`${prop}.${each.name}`)),
  ];
}

function uniqueNames(rules: readonly RuleContent[]): readonly Rule[] {
  return rules.map(({ name }, index) => [
    rules.findIndex(each => each.name === name) === index,
    `'rules' must have different names; give one of the two another 'name', got: ${name} twice`,
  ]);
}

/** Where actions cannot reach AWS, or the service does not take them. */
function actionRules(props: TrainingOptions, content: RuleContent): readonly Rule[] {
  const { name, actions = [] } = content;
  if (actions.length === 0 && !stopsByItself(content)) return [];
  const prop = `debugger.rules.${name}.${actions.length > 0 ? 'actions' : 'parameters.stop_training_on_fire'}`;
  const refusals: [string, boolean][] = [
    ['network', props.network !== undefined],
    ['isolateNetwork', props.isolateNetwork === true],
    ['spot', props.spot !== undefined],
  ];
  const length = actions.length > 0 ? lengthOf(renderActions('', actions)) : 0;
  return [
    ...refusals.map(([other, given]): Rule => [
      !given,
      `'${prop}' must be left out where '${other}' is given, got: ${namesOf(content)}`,
    ]),
    ...actions.flatMap(action => action.rules(prop)),
    [length <= 256, `'${prop}' must have at most 256 characters in JSON, got: ${length}`],
  ];
}

const namesOf = ({ actions = [] }: RuleContent) => actions.map(action => action.name).join(', ') || 'true';

/** Characters that are known at synthesis. */
const lengthOf = (value: Value<string>) => (isUnknown(value) ? 0 : String(value).length);

function jobRules(props: DebuggingProps & TrainingJob): readonly Rule[] {
  const { debugger: hook, profiler, checkpoints } = props;
  const fleets = props.instanceGroups ?? [props];
  const counts = fleets.map(({ instanceCount = 1 }) => instanceCount);
  const instances = counts.some(isUnknown) ? 1 : counts.reduce<number>((sum, each) => sum + Number(each), 0);
  const types = fleets.map(({ instanceType }) => instanceType).filter(type => !isUnknown(type));
  const withoutProfiler = types.map(String).find(type => type.startsWith('ml.trn'));
  return [
    [
      !hook || instances <= 1 || checkpoints === undefined,
      `'debugger' must be left out of training on several instances with checkpoints, got: ${instances} instances`,
    ],
    [
      !profiler || withoutProfiler === undefined,
      `'profiler' must be false or left out for ml.trn instances, got: ${withoutProfiler ?? ''}`,
    ],
  ];
}

/** Regions without Debugger, as the Python SDK knows them. */
const REGIONS_WITHOUT = [
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'eu-central-2',
  'eu-south-2',
  'me-central-1',
  'us-gov-east-1',
  'us-iso-east-1',
  'us-isob-east-1',
];

/** Gives the role of a training, which its rules run under too, what the rules need, and returns the role. */
export function grantDebugging(step: string, props: DebuggingProps, context: StepContext, role: iam.IRole): iam.IRole {
  const { ofTensors, ofMachines } = contentsOf(props);
  const { scope } = context;
  if (props.debugger || props.profiler) checkRegion(step, props.debugger ? 'debugger' : 'profiler', context);
  for (const rule of [...ofTensors, ...ofMachines]) {
    rule.image.grantPull(scope, role);
    if (rule.source?.file instanceof FileSet) rule.source.file.bind(scope).grantRead(role);
    if (stopsByItself(rule)) grantStop(scope, role);
    for (const action of rule.actions ?? []) action.grant(context, role);
  }
  return role;
}

function checkRegion(step: string, prop: string, { scope }: StepContext): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || !REGIONS_WITHOUT.includes(region)) return;
  throw new Error(
    `${scope.node.path}: step '${step}': '${prop}' must be left out in a region without Debugger, got: ${region}`,
  );
}

function contentsOf({
  debugger: hook,
  profiler,
}: DebuggingProps): Record<'ofTensors' | 'ofMachines', readonly RuleContent[]> {
  return {
    ofTensors: (hook?.rules ?? []).map(({ content }) => content),
    ofMachines: profiler ? (profiler.rules ?? []).map(({ content }) => content) : [],
  };
}
