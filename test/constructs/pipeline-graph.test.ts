import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  type AwaitableStep,
  Condition,
  ConditionStep,
  ExecutionVariable,
  type Expression,
  FailStep,
  join,
  Parameter,
  Pipeline,
  ProcessingStep,
  RawStep,
  type Step,
  TransformStep,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf } from '../support/definition';

const prepare = (name = 'Prepare') =>
  new ProcessingStep(name, {
    image: ContainerImage.fromUri('loans/prepare'),
    instanceType: 'ml.m5.large',
    outputs: { train: 's3://loans/train' },
    propertyFiles: { metrics: { output: 'train', path: 'metrics.json' } },
  });
/** A step that reads expressions and awaits steps. */
const reader = (name: string, value: Expression | string = '', ...dependsOn: AwaitableStep[]) =>
  new RawStep(name, { type: 'Lambda', arguments: { value }, dependsOn });
const gate = (ifSteps: Step[], elseSteps: Step[] = [], name = 'Gate') =>
  new ConditionStep(name, {
    conditions: [Condition.equals(Parameter.string(`${name}Opens`), 'yes')],
    ifSteps,
    elseSteps,
  });
const newStack = () => new Stack(new App(), 'Loans');
const pipelineOf = (...steps: Step[]) => new Pipeline(newStack(), 'Pipeline', { steps });
const failing =
  (...steps: Step[]) =>
  () =>
    pipelineOf(...steps);
const error = (...problems: string[]) => new Error(problems.map(problem => `Loans/Pipeline: ${problem}`).join('\n'));

describe('the graph of a pipeline', () => {
  test('takes steps in any order, as their edges follow from what they read', () => {
    const first = prepare();
    const { Steps } = definitionOf(pipelineOf(reader('Second', first.output('train')), first));
    expect(Steps.map(({ Name, DependsOn }) => [Name, DependsOn])).toEqual([
      ['Second', undefined],
      ['Prepare', undefined],
    ]);
  });

  test('writes DependsOn for awaited steps only', () => {
    const [first, second] = [prepare(), prepare('Other')];
    const { Steps } = definitionOf(pipelineOf(first, second, reader('Last', first.output('train'), second)));
    expect(Steps.at(-1)?.DependsOn).toEqual(['Other']);
  });

  test('lets a step in a branch read what is before the condition, and what is in its own branch', () => {
    const [first, inside] = [prepare(), prepare('Inside')];
    const last = reader('Last', join('', first.output('train'), inside.output('train')), first, inside);
    const definition = definitionOf(pipelineOf(first, gate([inside, last])));
    expect(definition.Steps.map(({ Name }) => Name)).toEqual(['Prepare', 'Gate']);
    expect(definition.Steps[1]?.Arguments).toMatchObject({
      IfSteps: [{ Name: 'Inside' }, { Name: 'Last' }],
      ElseSteps: [],
    });
  });

  test('lets a step read which branch of a condition ran', () => {
    const condition = gate([new FailStep('Fail', { errorMessage: 'no' })]);
    const { Steps } = definitionOf(pipelineOf(condition, reader('Tell', condition.outcome)));
    expect(Steps[1]?.Arguments).toEqual({ value: { Get: 'Steps.Gate.Outcome' } });
  });

  test.each([
    ['reads', reader('Last', prepare().output('train'))],
    ['depends on', reader('Last', '', prepare())],
    ['reads', gate([new FailStep('Last', { errorMessage: join('', prepare().number('metrics', 'a')) })])],
  ])('fails when a step %s one that is not listed', (verb, step) => {
    expect(failing(step)).toThrow(
      error(`step 'Last' ${verb} step 'Prepare', which is not in the pipeline; add it to 'steps'`),
    );
  });

  test('fails when a condition reads a step that is not listed', () => {
    const condition = new ConditionStep('Gate', {
      conditions: [Condition.or(Condition.not(Condition.lessThan(1, prepare().number('metrics', 'a'))))],
      ifSteps: [new FailStep('Fail', { errorMessage: 'no' })],
    });
    expect(failing(condition)).toThrow(
      error("step 'Gate' reads step 'Prepare', which is not in the pipeline; add it to 'steps'"),
    );
  });

  test('fails when a step of the same name is listed instead of the one that is read', () => {
    expect(failing(prepare(), reader('Last', prepare().output('train')))).toThrow(
      error("step 'Last' reads step 'Prepare', which is not in the pipeline; add it to 'steps'"),
    );
  });

  test('fails when a step is listed twice, and says its other problems once', () => {
    const step = prepare('a b');
    expect(failing(step, step)).toThrow(
      error(
        "step 'a b' is listed twice, in 'steps'; list it once",
        "step 'a b': 'name' must be 1 to 64 letters, digits, - and _, got: a b",
      ),
    );
  });

  test('fails when a step of a branch is also listed', () => {
    const step = prepare();
    expect(failing(step, gate([step]))).toThrow(
      error("step 'Prepare' is listed twice, in 'steps' and in 'Gate.ifSteps'; list it once"),
    );
  });

  test('fails when a step is in both branches', () => {
    const step = prepare();
    expect(failing(gate([step], [step]))).toThrow(
      error("step 'Prepare' is listed twice, in 'Gate.ifSteps' and in 'Gate.elseSteps'; list it once"),
    );
  });

  test('fails when two steps have one name, also in different branches', () => {
    expect(failing(gate([prepare()], [prepare()]))).toThrow(
      error(
        "step 'Prepare' has a name that another step has, in 'Gate.ifSteps' and in 'Gate.elseSteps'; give one of them another name",
      ),
    );
  });

  test('fails when a step reads one of the other branch', () => {
    const step = prepare();
    expect(failing(gate([step], [reader('Last', step.output('train'))]))).toThrow(
      error(
        "step 'Last' (in 'Gate.elseSteps') reads step 'Prepare' (in 'Gate.ifSteps'), which may not run; move both into one branch",
      ),
    );
  });

  test('fails when a step after a condition reads or awaits one inside', () => {
    const step = prepare();
    const rest = "step 'Prepare' (in 'Gate.ifSteps'), which may not run; move both into one branch";
    expect(failing(gate([step]), reader('Last', step.output('train'), step))).toThrow(
      error(`step 'Last' (in 'steps') reads ${rest}`, `step 'Last' (in 'steps') depends on ${rest}`),
    );
  });

  test('fails when a condition is inside a branch', () => {
    const fail = new FailStep('Fail', { errorMessage: 'no' });
    expect(failing(gate([gate([fail], [], 'Inner')]))).toThrow(
      error(
        "step 'Inner' is a condition inside 'Gate.ifSteps', and SageMaker does not support nested conditions; use one step with several conditions",
      ),
    );
  });

  test('fails when a property file does not exist', () => {
    const step = prepare() as ProcessingStep<string, string>;
    const value = join(' ', step.number('metric', 'a'), step.number('metric', 'b'));
    expect(failing(step, reader('Last', value))).toThrow(
      error("step 'Last' reads property file 'metric' of step 'Prepare', which has metrics; add it to 'propertyFiles'"),
    );
    const other = new ProcessingStep<string, string>('Other', {
      image: ContainerImage.fromUri('a'),
      instanceType: 'ml.m5.large',
    });
    expect(failing(other, reader('Last', other.number('metric', 'a')))).toThrow(
      error("step 'Last' reads property file 'metric' of step 'Other', which has none; add it to 'propertyFiles'"),
    );
  });

  test('says all problems at once, each with the path of the pipeline', () => {
    expect(failing(prepare('a b'), reader('Last', prepare().output('train')))).toThrow(
      error(
        "step 'a b': 'name' must be 1 to 64 letters, digits, - and _, got: a b",
        "step 'Last' reads step 'Prepare', which is not in the pipeline; add it to 'steps'",
      ),
    );
  });

  test('changes nothing when the lists that a condition was made from change', () => {
    const steps: Step[] = [new FailStep('Fail', { errorMessage: 'no' })];
    const condition = gate(steps);
    steps.push(condition);
    expect(() => pipelineOf(condition)).not.toThrow();
  });
});

describe('steps that are never reused', () => {
  const cacheExpireAfter = Duration.days(1);
  const warningsOf = (step: Step) => {
    const pipeline = pipelineOf(step);
    return Annotations.fromStack(Stack.of(pipeline)).findWarning('*', Match.anyValue());
  };
  const inputs = { raw: join('/', 's3://loans', ExecutionVariable.PIPELINE_EXECUTION_ID) };
  const job = {
    image: ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:1'),
    instanceType: 'ml.m5.large',
  } as const;

  test('are warned of when an input differs in every execution', () => {
    const [warning, ...more] = warningsOf(new ProcessingStep('Prepare', { ...job, inputs, cacheExpireAfter }));
    expect(more).toEqual([]);
    expect(warning?.entry.data).toEqual(
      'step \'Prepare\' has \'cacheExpireAfter\', but reads {"Get":"Execution.PipelineExecutionId"}, which differs in every execution, so no result is ever reused [ack: sagemaker-cdk:never-cached-Prepare]',
    );
  });

  test('are not warned of when they are not cached, or when only an output differs', () => {
    expect(warningsOf(new ProcessingStep('Prepare', { ...job, inputs }))).toEqual([]);
    expect(warningsOf(new ProcessingStep('Prepare', { ...job, outputs: inputs, cacheExpireAfter }))).toEqual([]);
  });

  test('a transform is reused whatever its output and its payload are', () => {
    const props = {
      modelName: 'loans',
      instanceType: 'ml.m5.large',
      outputPath: inputs.raw,
      cacheExpireAfter,
    } as const;
    expect(warningsOf(new TransformStep('Predict', { ...props, input: 's3://loans/a' }))).toEqual([]);
    expect(warningsOf(new TransformStep('Predict', { ...props, input: inputs.raw }))).toHaveLength(1);
  });
});

describe('large pipelines', () => {
  test('of 200 steps, each of which reads the one before, are written whole', () => {
    const steps: Step[] = [prepare('Step0')];
    for (let index = 1; index < 200; index++) {
      const before = steps.at(-1) as ProcessingStep<'train'>;
      steps.push(
        new ProcessingStep(`Step${index}`, {
          image: ContainerImage.fromUri('loans/prepare'),
          instanceType: 'ml.m5.large',
          inputs: { raw: before.output('train') },
          outputs: { train: `s3://loans/${index}` },
        }),
      );
    }
    const definition = definitionOf(pipelineOf(...steps));
    expect(definition.Steps).toHaveLength(200);
    expect(checkDefinition(definition)).toEqual([]);
  });

  const wide = (characters: number) => reader('Wide', 'x'.repeat(characters));

  test('fails when the API would refuse the length', () => {
    expect(failing(wide(1_048_576))).toThrow(
      error("'steps' must make a definition of at most 1048576 characters, got: 1048697"),
    );
  });
});
