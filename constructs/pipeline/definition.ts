import type { StepContext } from './context';
import { ExperimentVariable } from './execution-variable';
import { type Expression, expressionsIn, render, type Value } from './expression';
import { type MlflowTracking, mlflowRules } from './mlflow';
import { Parameter } from './parameter';
import { isUnknown, maxLength, problemsOf, type Rule } from './problem';
import type { Step } from './step';

/** Experiment and trial that the jobs of each execution are recorded in. */
export interface PipelineExperiment {
  /** Name of the experiment: up to 120 characters. */
  readonly experimentName: Value<string>;

  /** Name of the trial: up to 120 characters. */
  readonly trialName: Value<string>;
}

/** What a definition is made of. */
export interface DefinitionProps {
  readonly steps: readonly Step[];
  readonly parameters?: readonly Parameter[];
  readonly experiment?: PipelineExperiment;
  readonly mlflow?: MlflowTracking;
}

const MAX_PARAMETERS = 200;

/** The definition as plain data. `allSteps` are the steps with those in branches. */
export function renderDefinition(props: DefinitionProps, allSteps: readonly Step[], context: StepContext): object {
  const { experiment, mlflow } = props;
  return {
    Version: '2020-12-01',
    Metadata: {},
    Parameters: parametersOf(props, allSteps).map(parameter => parameter.renderDeclaration()),
    ...(experiment && {
      PipelineExperimentConfig: {
        ExperimentName: render(experiment.experimentName),
        TrialName: render(experiment.trialName),
      },
    }),
    ...(mlflow && {
      MlflowConfig: {
        MlflowResourceArn: mlflow.resourceArn,
        // As the Python SDK writes it; the service is only known to take null, not a missing name.
        MlflowExperimentName: mlflow.experimentName === undefined ? null : render(mlflow.experimentName),
      },
    }),
    Steps: props.steps.map(step => step.render(context)),
  };
}

/** What is wrong outside the steps, in the words of an error message. */
export function definitionProblems(props: DefinitionProps, allSteps: readonly Step[]): readonly string[] {
  const parameters = parametersOf(props, allSteps);
  const names = parameters.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [
    ...problemsOf([props.steps.length > 0, `'steps' must hold at least one step, got: none`]),
    ...problemsOf(
      ...experimentRules(props.experiment),
      ...experimentVariableRules(props, allSteps),
      ...pipelineMlflowRules(props.mlflow),
    ),
    ...parameters.flatMap(({ problems }) => problems),
    ...[...twice].map(name => `parameter '${name}' must be one object, got: two with the same name`),
    ...problemsOf([
      parameters.length <= MAX_PARAMETERS,
      `'parameters' must be at most ${MAX_PARAMETERS}, those that steps read included, got: ${parameters.length}`,
    ]),
  ];
}

/** The parameters that are listed or read, each once. */
export function parametersOf(
  { parameters = [], experiment, mlflow }: DefinitionProps,
  allSteps: readonly Step[],
): Parameter[] {
  const own = expressionsIn([experiment, mlflow]);
  const all = [...parameters, ...allSteps.flatMap(step => step.expressions), ...own];
  const isParameter = (expression: Expression): expression is Parameter => expression instanceof Parameter;
  return [...new Set(all.filter(isParameter))];
}

function experimentVariableRules({ experiment }: DefinitionProps, allSteps: readonly Step[]): readonly Rule[] {
  const readsIn = (value: unknown) =>
    expressionsIn(value).some(expression => Object.values(ExperimentVariable).some(each => each === expression));
  const readers = allSteps.filter(step => readsIn(step.expressions)).map(({ name }) => `'${name}'`);
  return [
    [
      experiment !== undefined || readers.length === 0,
      `'experiment' must be given where a step reads its names, got: none for step ${readers.join(', ')}`,
    ],
    [!readsIn(experiment), `'experiment' must not read its own names, got: ExperimentVariable`],
  ];
}

function pipelineMlflowRules(mlflow: DefinitionProps['mlflow']): readonly Rule[] {
  const reads = expressionsIn(mlflow?.experimentName).flatMap(expression => expression.reads.map(({ name }) => name));
  return [
    [reads.length === 0, `'mlflow.experimentName' must not read a step, got: ${reads.join(', ')}`],
    ...mlflowRules('mlflow', mlflow),
  ];
}

function experimentRules(experiment: DefinitionProps['experiment']): readonly Rule[] {
  if (!experiment) return [];
  const reads = expressionsIn(experiment).flatMap(expression => expression.reads.map(({ name }) => name));
  return [
    [reads.length === 0, `'experiment' must not read a step, got: ${reads.join(', ')}`],
    ...(['experimentName', 'trialName'] as const).flatMap(name => {
      const value = experiment[name];
      return isUnknown(value) ? [] : [maxLength(`experiment.${name}`, value, 120)];
    }),
  ];
}
