import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { ContainerImage } from '../../constructs/images';
import {
  type AwaitableStep,
  Condition,
  ConditionStep,
  FailStep,
  join,
  JsonFile,
  Parameter,
  Pipeline,
  ProcessingStep,
  RawStep,
  type Step,
} from '../../constructs/pipeline';
import { graphOf } from '../../constructs/pipeline/graph';
import { definitionOf } from '../support/definition';
import { newStack, pipelineOf } from '../support/steps';

const raw = (name: string, value: unknown = '', ...dependsOn: AwaitableStep[]) =>
  new RawStep(name, { type: 'Lambda', arguments: { value }, dependsOn });
const several = <T>(number: number, make: (index: number) => T): T[] =>
  Array.from({ length: number }, (_, n) => make(n));
const fails = (number: number, prefix = 'Fail') =>
  several(number, index => new FailStep(`${prefix}${index}`, { errorMessage: 'no' }));
const gate = (ifSteps: Step[], elseSteps: Step[] = []) =>
  new ConditionStep('Gate', { conditions: [Condition.equals(Parameter.string('Open'), 'yes')], ifSteps, elseSteps });
const evaluate = (name: string, files: number) =>
  new ProcessingStep<'report', string>(name, {
    image: ContainerImage.fromUri('loans/evaluate'),
    instanceType: 'ml.m5.large',
    outputs: { report: 's3://loans/report' },
    propertyFiles: Object.fromEntries(
      several(files, index => [`f${index}`, { output: 'report', path: `${index}.json` }]),
    ),
  });
const messagesOf = (...steps: Step[]) => graphOf(steps).warnings.map(({ id, message }) => `${id}: ${message}`);
const last = 'when AWS last documented it; ask AWS for the quota of the account, or split the pipeline';

describe('the quotas of pipelines', () => {
  test('are not warned of as long as AWS documented them', () => {
    const values = several(200, index => JsonFile.at('s3://loans/a.json').number(`v${index}`));
    expect(messagesOf(...fails(29), gate(fails(10, 'If'), fails(10, 'Else')))).toEqual([]);
    expect(messagesOf(gate(fails(20, 'If'), fails(20, 'Else')))).toEqual([]);
    expect(messagesOf(evaluate('A', 5), evaluate('B', 5))).toEqual([]);
    expect(messagesOf(raw('Reader', values))).toEqual([]);
  });

  test('are warned of by their names, steps in branches included', () => {
    expect(messagesOf(...fails(30), gate(fails(10, 'If'), fails(10, 'Else')))).toEqual([
      `quota-steps: the pipeline has 51 steps, and the quota 'Maximum number of steps per pipeline' was 50 ${last}`,
    ]);
    expect(messagesOf(gate(fails(21, 'If'), fails(22, 'Else')))).toEqual([
      `quota-Gate-ifSteps: 'Gate.ifSteps' has 21 steps, and the quota 'Maximum number of Steps in If-List' was 20 ${last}`,
      `quota-Gate-elseSteps: 'Gate.elseSteps' has 22 steps, and the quota 'Maximum number of Steps in Else-List' was 20 ${last}`,
    ]);
    expect(messagesOf(evaluate('A', 5), evaluate('B', 6))).toEqual([
      `quota-property-files: the pipeline has 11 property files, and the quota 'Maximum number of PropertyFiles in a pipeline' was 10 ${last}`,
    ]);
    const step = evaluate('A', 1);
    const values = [...several(200, index => step.number('f0', `v${index}`)), JsonFile.at('s3://loans/a').number('b')];
    expect(messagesOf(step, raw('Reader', values))).toEqual([
      `quota-json-values: the pipeline reads 201 values of JSON files, and the quota 'Maximum number of JsonGet functions in a pipeline' was 200 ${last}`,
    ]);
  });

  test('are warned of where the pipeline stands', () => {
    Annotations.fromStack(pipelineOf(...fails(51)).stack).hasWarning(
      '/Loans/Pipeline',
      Match.stringLikeRegexp('^the pipeline has 51 steps, .* \\[ack: sagemaker-cdk:quota-steps\\]$'),
    );
  });

  test('fails when there are more steps than any pipeline is known to have had', () => {
    expect(graphOf(fails(2000)).problems).toEqual([]);
    expect(graphOf([...fails(1990), gate(fails(10, 'If'))]).problems).toEqual([
      "'steps' must hold at most 2000 steps, those in branches included, got: 2001; split the pipeline",
    ]);
  });
});

describe('steps that wait for each other', () => {
  test('cannot be made by changing the lists and structures that steps were made of', () => {
    const [first, awaited, values] = [raw('First'), [] as AwaitableStep[], { inner: ['a'] as unknown[] }];
    const second = new RawStep('Second', {
      type: 'Lambda',
      arguments: { values },
      members: values,
      dependsOn: awaited,
    });
    const third = raw('Third', second.value('x'), first);
    awaited.push(third);
    values.inner.push(third.value('x'));
    const { Steps } = definitionOf(pipelineOf(first, second, third));
    expect(Steps[1]).toEqual({ Name: 'Second', Type: 'Lambda', inner: ['a'], Arguments: { values: { inner: ['a'] } } });
    expect(Object.isFrozen(third.dependsOn)).toBe(true);
  });

  /** What TypeScript does not allow. */
  const waitsFor = (step: Step, ...dependsOn: Step[]) => Reflect.set(step, 'dependsOn', dependsOn);

  test('fail with both ends and the way between them', () => {
    const first = raw('First');
    const second = raw('Second', first.value('x'));
    const third = raw('Third', '', second);
    waitsFor(first, third);
    expect(() => pipelineOf(first, second, third)).toThrow(
      new Error(
        "Loans/Pipeline: step 'First' depends on step 'Third', which waits for step 'First' (First -> Third -> Second -> First); remove one of these edges",
      ),
    );
  });

  test('fail when a step waits for itself, and when only some of the steps are in the circle', () => {
    const own = raw('Own');
    waitsFor(own, own);
    expect(graphOf([own]).problems).toEqual([
      "step 'Own' depends on step 'Own', which waits for step 'Own' (Own -> Own); remove one of these edges",
    ]);
    const [first, second] = [raw('First'), raw('Second')];
    waitsFor(first, second);
    waitsFor(second, first);
    expect(graphOf([raw('Before', first.value('x')), second, first]).problems).toEqual([
      "step 'First' depends on step 'Second', which waits for step 'First' (First -> Second -> First); remove one of these edges",
    ]);
  });

  test('fail without the names of steps beside the way', () => {
    const [first, beside] = [raw('First'), raw('Beside')];
    const second = raw('Second', first.value('x'));
    waitsFor(first, beside, second);
    expect(graphOf([first, beside, second]).problems).toEqual([
      "step 'First' depends on step 'Second', which waits for step 'First' (First -> Second -> First); remove one of these edges",
    ]);
  });

  test('are told from steps that are reached on two ways', () => {
    const first = raw('First');
    const [left, right] = [raw('Left', first.value('x')), raw('Right', '', first)];
    expect(graphOf([raw('Last', left.value('x'), left, right), right, left, first]).problems).toEqual([]);
  });

  test('are found in a chain of 2000 steps without any', () => {
    const steps: AwaitableStep[] = [raw('S0')];
    for (let index = 1; index < 2000; index++) steps.push(raw(`S${index}`, '', ...steps.slice(-1)));
    expect(graphOf(steps.reverse()).problems).toEqual([]);
  });
});

describe('what is read of property files', () => {
  test('fails without a path', () => {
    const step = evaluate('Evaluate', 1);
    expect(() => pipelineOf(step, raw('Last', join('', step.number('f0', ''))))).toThrow(
      new Error(
        "Loans/Pipeline: step 'Last' reads property file 'f0' of step 'Evaluate' without a path; name a value, such as metrics.auc.value",
      ),
    );
  });
});

describe('parameters', () => {
  const long = (length: number) => 'x'.repeat(length);
  const pipelineWith = (parameter: Parameter) => () =>
    new Pipeline(newStack(), 'Pipeline', { steps: fails(1), parameters: [parameter] });
  const letters = several(16, index => String.fromCharCode(97 + index));

  test('take as much as is documented', () => {
    const options = { default: long(1024), enumValues: [long(1024), ...letters.slice(1)], description: long(4096) };
    expect(pipelineWith(Parameter.string('A', options))).not.toThrow();
    expect(pipelineWith(Parameter.string('A', { default: long(4096) }))).not.toThrow();
  });

  test.each([
    [Parameter.string('A', { default: long(4097) }), "'default' must have at most 4096 characters, got: 4097"],
    [Parameter.float('A', { description: long(4097) }), "'description' must have at most 4096 characters, got: 4097"],
    [Parameter.string('A', { enumValues: [...letters, 'z'] }), "'enumValues' must be at most 16, got: 17"],
    [Parameter.string('A', { enumValues: ['a', 'b', 'a'] }), "'enumValues' must be different, got: a twice"],
    [Parameter.string('A', { enumValues: [long(1025)] }), "'enumValues' must have at most 1024 characters, got: 1025"],
  ])('fail when a limit is passed: %#', (parameter, problem) => {
    expect(pipelineWith(parameter)).toThrow(new Error(`Loans/Pipeline: parameter 'A': ${problem}`));
  });

  test('have literals as defaults, and texts as enumerations', () => {
    // @ts-expect-error: a default is no expression
    Parameter.string('A', { default: join('', 'a') });
    // @ts-expect-error: only texts have enumerations
    Parameter.integer('A', { enumValues: [1, 2] });
    // @ts-expect-error: a text is no default of a number
    Parameter.float('A', { default: '0.5' });
    expect(Parameter.boolean('A', { default: true }).renderDeclaration()).toEqual({
      Name: 'A',
      Type: 'Boolean',
      DefaultValue: true,
    });
  });
});
