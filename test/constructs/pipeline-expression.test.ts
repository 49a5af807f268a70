import { App, Duration, Lazy, Stack, Token } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  Condition,
  ConditionStep,
  ExecutionVariable,
  FailStep,
  join,
  Parameter,
  Pipeline,
  type PipelineProps,
  ProcessingStep,
  type ProcessingStepProps,
  RawStep,
  type RetryPolicy,
} from '../../constructs/pipeline';
import { literalBeginning, text } from '../../constructs/pipeline/expression';
import { definitionOf, definitionTextOf } from '../support/definition';

const valid: ProcessingStepProps<string, string> = {
  image: ContainerImage.fromUri('loans/prepare'),
  instanceType: 'ml.m5.large',
  outputs: { report: 's3://loans/report' },
  propertyFiles: { metrics: { output: 'report', path: 'metrics.json' } },
};
const evaluate = () => new ProcessingStep('Evaluate', valid);
const pipelineIn = (stack: Stack, props: PipelineProps) => new Pipeline(stack, 'Pipeline', props);
const newStack = () => new Stack(new App(), 'Loans');
const definitionWith = (props: PipelineProps) => definitionOf(pipelineIn(newStack(), props));
const failing = (props: PipelineProps) => () => pipelineIn(newStack(), props);

/** How a value is written as an argument. */
const rendered = (value: unknown, ...others: PipelineProps['steps']) => {
  const step = new RawStep('Raw', { type: 'Lambda', arguments: { value } });
  return definitionWith({ steps: [...others, step] }).Steps.at(-1)?.Arguments.value;
};

describe('expressions', () => {
  test('join writes literals and expressions in their order', () => {
    const parameter = Parameter.integer('Count');
    expect(rendered(join('/', 's3://loans', parameter, 3, true, ExecutionVariable.PIPELINE_NAME))).toEqual({
      'Std:Join': {
        On: '/',
        Values: ['s3://loans', { Get: 'Parameters.Count' }, 3, true, { Get: 'Execution.PipelineName' }],
      },
    });
  });

  test('join takes a nested join with the same separator apart, and leaves one with another whole', () => {
    const id = ExecutionVariable.PIPELINE_EXECUTION_ID;
    expect(rendered(join('/', join('/', 's3://loans', id), 'train', join('-', id, 'a')))).toEqual({
      'Std:Join': {
        On: '/',
        Values: [
          's3://loans',
          { Get: 'Execution.PipelineExecutionId' },
          'train',
          { 'Std:Join': { On: '-', Values: [{ Get: 'Execution.PipelineExecutionId' }, 'a'] } },
        ],
      },
    });
  });

  test('a value of a property file may stand inside a join', () => {
    const step = evaluate();
    const auc = {
      'Std:JsonGet': { PropertyFile: { Get: 'Steps.Evaluate.PropertyFiles.metrics' }, Path: 'auc.value' },
    };
    expect(rendered(join(' ', 'AUC', step.number('metrics', 'auc.value')), step)).toEqual({
      'Std:Join': { On: ' ', Values: ['AUC', auc] },
    });
    expect(rendered(step.text('metrics', 'auc.value'), step)).toEqual(auc);
    expect(rendered(step.boolean('metrics', 'auc.value'), step)).toEqual(auc);
  });

  test.each([
    [Parameter.string('Place'), '{"Get":"Parameters.Place"}'],
    [
      join('-', 'a', ExecutionVariable.PIPELINE_NAME),
      '{"Std:Join":{"On":"-","Values":["a",{"Get":"Execution.PipelineName"}]}}',
    ],
  ])('fails when it is used in a template string: %#', (expression, form) => {
    expect(() => expression.toString()).toThrow(
      new Error(
        `a pipeline expression has no text at synthesis; use join() instead of a template string, got: ${form}`,
      ),
    );
  });

  test('text writes numbers and booleans as texts, and joins expressions', () => {
    expect([text('a'), text(0.2), text(true)]).toEqual(['a', '0.2', 'true']);
    expect(rendered(text(Parameter.integer('Depth')))).toEqual({
      'Std:Join': { On: '', Values: [{ Get: 'Parameters.Depth' }] },
    });
  });

  test('text keeps a number that is only known at deployment', () => {
    const number = Token.asNumber({ Ref: 'Depth' });
    expect(newStack().resolve(text(number))).toEqual({ Ref: 'Depth' });
  });

  test.each([
    ['s3://loans/report', { text: 's3://loans/report', complete: true }],
    [join('/', 's3://loans', 'report'), { text: 's3://loans/report', complete: true }],
    [join('/', 's3:/', 'loans', Parameter.string('Run'), 'report'), { text: 's3://loans/', complete: false }],
    [join('', 's3://', Parameter.string('Bucket')), { text: 's3://', complete: false }],
    [Parameter.string('Place'), { text: '', complete: false }],
    [evaluate().output('report'), { text: 's3://loans/report', complete: false }],
    [join('/', evaluate().output('report'), 'a'), { text: 's3://loans/report', complete: false }],
    [evaluate().text('metrics', 'a'), { text: '', complete: false }],
  ])('knows the literal beginning of a text: %#', (value, expected) => {
    expect(literalBeginning(value)).toEqual(expected);
  });

  test('members that are undefined are left out, and expressions are found at any depth', () => {
    const inner = Object.assign(Object.create(null) as object, { deep: Parameter.string('Deep') });
    expect(rendered({ a: undefined, b: [{ c: null }], inner })).toEqual({
      b: [{ c: null }],
      inner: { deep: { Get: 'Parameters.Deep' } },
    });
  });

  test.each([
    ['START_DATE_TIME', 'StartDateTime'],
    ['CURRENT_DATE_TIME', 'CurrentDateTime'],
    ['PIPELINE_NAME', 'PipelineName'],
    ['PIPELINE_ARN', 'PipelineArn'],
    ['PIPELINE_EXECUTION_ID', 'PipelineExecutionId'],
    ['PIPELINE_EXECUTION_ARN', 'PipelineExecutionArn'],
    ['TRAINING_JOB_NAME', 'TrainingJobName'],
    ['PROCESSING_JOB_NAME', 'ProcessingJobName'],
  ] as const)('ExecutionVariable.%s is Execution.%s', (name, variable) => {
    expect(rendered(ExecutionVariable[name])).toEqual({ Get: `Execution.${variable}` });
  });
});

describe('parameters', () => {
  const step = (parameter: Parameter) => new RawStep('Raw', { type: 'Lambda', arguments: { parameter } });

  test.each([
    [Parameter.string('A'), { Name: 'A', Type: 'String' }],
    [Parameter.integer('A', { description: 'how many' }), { Name: 'A', Type: 'Integer', Description: 'how many' }],
    [Parameter.float('A', { default: 0.5 }), { Name: 'A', Type: 'Float', DefaultValue: 0.5 }],
    [Parameter.boolean('A', { default: false }), { Name: 'A', Type: 'Boolean', DefaultValue: false }],
    [
      Parameter.string('A', { default: '', enumValues: ['', 'b'] }),
      { Name: 'A', Type: 'String', DefaultValue: '', EnumValues: ['', 'b'] },
    ],
  ])('are declared with what is given and nothing else: %#', (parameter, declaration) => {
    expect(definitionWith({ steps: [step(parameter)] }).Parameters).toEqual([declaration]);
  });

  test.each([
    [6, '6.0'],
    [0.75, '0.75'],
    [-2, '-2.0'],
    [1e21, '1e+21'],
  ])('write the default %d of a float as %s', (value, written) => {
    const pipeline = pipelineIn(newStack(), { steps: [step(Parameter.float('A', { default: value }))] });
    expect(definitionTextOf(pipeline)).toContain(`"DefaultValue":${written}}`);
  });

  test('write the default of an integer without a point', () => {
    const pipeline = pipelineIn(newStack(), { steps: [step(Parameter.integer('A', { default: 6 }))] });
    expect(definitionTextOf(pipeline)).toContain('"DefaultValue":6}');
  });

  test('take defaults that are only known at deployment', () => {
    const number = Token.asNumber({ Ref: 'Number' });
    const place = Lazy.string({ produce: () => 'b' });
    const { Parameters = [] } = definitionWith({
      steps: [new FailStep('Fail', { errorMessage: 'no' })],
      parameters: [
        Parameter.integer('A', { default: number }),
        Parameter.float('B', { default: number }),
        Parameter.string('C', { default: place, enumValues: ['a'] }),
      ],
    });
    expect(Parameters.map(({ DefaultValue }) => DefaultValue)).toEqual(['${Number}', '${Number}', 'b']);
  });

  test('are declared once, however often they are read, and also when only listed', () => {
    const [read, listed] = [Parameter.string('Read'), Parameter.string('Listed')];
    const steps = [
      new RawStep('First', { type: 'Lambda', arguments: { read } }),
      new RawStep('Second', { type: 'Lambda', arguments: { read: join('-', read, 'a') } }),
    ];
    const { Parameters = [] } = definitionWith({ steps, parameters: [listed, read] });
    expect(Parameters.map(({ Name }) => Name)).toEqual(['Listed', 'Read']);
  });

  test('are found in conditions, in branches and in the experiment', () => {
    const [left, message, trial] = ['Left', 'Message', 'Trial'].map(name => Parameter.string(name));
    const gate = new ConditionStep('Gate', {
      conditions: [Condition.equals(left ?? '', 'a')],
      ifSteps: [new FailStep('Fail', { errorMessage: message ?? '' })],
    });
    const experiment = { experimentName: 'loans', trialName: trial ?? '' };
    const { Parameters = [] } = definitionWith({ steps: [gate], experiment });
    expect(Parameters.map(({ Name }) => Name)).toEqual(['Left', 'Message', 'Trial']);
  });

  test.each([
    [Parameter.string('a b'), "parameter 'a b': 'name' must be 1 to 64 letters, digits, - and _, got: a b"],
    [Parameter.integer('A', { default: 1.5 }), "parameter 'A': 'default' must be a whole number, got: 1.5"],
    [Parameter.float('A', { default: NaN }), "parameter 'A': 'default' must be a finite number, got: NaN"],
    [
      Parameter.string('A', { default: 'c', enumValues: ['a', 'b'] }),
      "parameter 'A': 'default' must be one of a, b, got: c",
    ],
    [Parameter.string('A', { enumValues: [] }), "parameter 'A': 'enumValues' must hold at least one value, got: none"],
  ])('fails when the declaration is wrong: %#', (parameter, problem) => {
    expect(failing({ steps: [step(parameter)] })).toThrow(new Error(`Loans/Pipeline: ${problem}`));
  });

  test('fails when two of them have one name', () => {
    const steps = [step(Parameter.string('A'))];
    expect(failing({ steps, parameters: [Parameter.string('A')] })).toThrow(
      new Error("Loans/Pipeline: parameter 'A' must be one object, got: two with the same name"),
    );
  });

  test('fails when there are more than 200', () => {
    const parameters = Array.from({ length: 201 }, (_, index) => Parameter.string(`P${index}`));
    expect(failing({ steps: [new FailStep('Fail', { errorMessage: 'no' })], parameters })).toThrow(
      new Error("Loans/Pipeline: 'parameters' must be at most 200, those that steps read included, got: 201"),
    );
  });
});

describe('conditions', () => {
  const count = Parameter.integer('Count');
  const status = Parameter.string('Status');
  const [Count, Status] = [{ Get: 'Parameters.Count' }, { Get: 'Parameters.Status' }];
  const gate = (...conditions: Condition[]) =>
    new ConditionStep('Gate', { conditions, elseSteps: [new FailStep('Fail', { errorMessage: 'no' })] });
  const written = (condition: Condition) =>
    (definitionWith({ steps: [gate(condition)] }).Steps[0]?.Arguments as { Conditions: object[] }).Conditions;

  test.each([
    [Condition.equals(status, 'a'), { Type: 'Equals', LeftValue: Status, RightValue: 'a' }],
    [
      Condition.equals(true, Parameter.boolean('Flag')),
      { Type: 'Equals', LeftValue: true, RightValue: { Get: 'Parameters.Flag' } },
    ],
    [Condition.greaterThan(count, 1), { Type: 'GreaterThan', LeftValue: Count, RightValue: 1 }],
    [Condition.greaterThanOrEqualTo(1, count), { Type: 'GreaterThanOrEqualTo', LeftValue: 1, RightValue: Count }],
    [Condition.lessThan(count, 1.5), { Type: 'LessThan', LeftValue: Count, RightValue: 1.5 }],
    [Condition.lessThanOrEqualTo(count, count), { Type: 'LessThanOrEqualTo', LeftValue: Count, RightValue: Count }],
    [Condition.in(count, [1, count]), { Type: 'In', QueryValue: Count, Values: [1, Count] }],
    [
      Condition.not(Condition.lessThan(count, 1)),
      { Type: 'Not', Condition: { Type: 'LessThan', LeftValue: Count, RightValue: 1 } },
    ],
    [
      Condition.or(Condition.lessThan(count, 1), Condition.or(Condition.equals(status, 'a'))),
      {
        Type: 'Or',
        Conditions: [
          { Type: 'LessThan', LeftValue: Count, RightValue: 1 },
          { Type: 'Or', Conditions: [{ Type: 'Equals', LeftValue: Status, RightValue: 'a' }] },
        ],
      },
    ],
  ])('are written as the service reads them: %#', (condition, form) => {
    expect(written(condition)).toEqual([form]);
  });

  test.each([
    [Condition.in(status, []), "'Condition.in' must have at least one value, got: none"],
    [Condition.not(Condition.in(status, [])), "'Condition.in' must have at least one value, got: none"],
    [Condition.or(), "'Condition.or' must have at least one condition, got: none"],
    [Condition.or(Condition.in(status, [])), "'Condition.in' must have at least one value, got: none"],
  ])('fails when there is nothing to compare with: %#', (condition, problem) => {
    expect(failing({ steps: [gate(condition)] })).toThrow(new Error(`Loans/Pipeline: step 'Gate': ${problem}`));
  });
});

describe('retries', () => {
  const retried = (policy: RetryPolicy) => new ProcessingStep('Evaluate', { ...valid, retryPolicies: [policy] });
  const written = (policy: RetryPolicy) => definitionWith({ steps: [retried(policy)] }).Steps[0]?.RetryPolicies;
  const exceptionTypes = ['SageMaker.CAPACITY_ERROR'] as const;

  test('are five, after a second and with twice the interval each time, unless said otherwise', () => {
    expect(written({ exceptionTypes })).toEqual([
      { ExceptionType: ['SageMaker.CAPACITY_ERROR'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 5 },
    ]);
  });

  test('end after a time instead of a number of attempts', () => {
    expect(written({ exceptionTypes, expireAfter: Duration.hours(1), interval: Duration.minutes(1) })).toEqual([
      { ExceptionType: ['SageMaker.CAPACITY_ERROR'], IntervalSeconds: 60, BackoffRate: 2, ExpireAfterMin: 60 },
    ]);
  });

  test.each([
    [undefined, '2.0'],
    [3, '3.0'],
    [1.5, '1.5'],
  ])('write the backoff rate %p as the float %s', (backoffRate, written) => {
    const pipeline = pipelineIn(newStack(), { steps: [retried({ exceptionTypes, backoffRate })] });
    expect(definitionTextOf(pipeline)).toContain(`"BackoffRate":${written},`);
  });

  test('are left out when the list is empty', () => {
    const step = new ProcessingStep('Evaluate', { ...valid, retryPolicies: [] });
    expect(definitionWith({ steps: [step] }).Steps[0]).not.toHaveProperty('RetryPolicies');
  });

  test('take numbers that are only known at deployment', () => {
    const token = Token.asNumber({ Ref: 'Number' });
    expect(
      written({ exceptionTypes, maxAttempts: token, backoffRate: token, interval: Duration.seconds(token) }),
    ).toEqual([
      {
        ExceptionType: ['SageMaker.CAPACITY_ERROR'],
        IntervalSeconds: '${Number}',
        BackoffRate: '${Number}',
        MaxAttempts: '${Number}',
      },
    ]);
  });

  test.each([
    [{ exceptionTypes: [] }, "'retryPolicies.exceptionTypes' must name at least one exception, got: none"],
    [
      { exceptionTypes, interval: Duration.hours(13) },
      "'retryPolicies.interval' must be 0 to 43200 whole seconds, got: 46800 seconds",
    ],
    [
      { exceptionTypes, interval: Duration.millis(1500) },
      "'retryPolicies.interval' must be 0 to 43200 whole seconds, got: 1.5 seconds",
    ],
    [{ exceptionTypes, backoffRate: -1 }, "'retryPolicies.backoffRate' must be 0 or more, got: -1"],
    [{ exceptionTypes, maxAttempts: 21 }, "'retryPolicies.maxAttempts' must be a whole number from 0 to 20, got: 21"],
    [{ exceptionTypes, maxAttempts: 1.5 }, "'retryPolicies.maxAttempts' must be a whole number from 0 to 20, got: 1.5"],
    [
      { exceptionTypes, expireAfter: Duration.days(11) },
      "'retryPolicies.expireAfter' must be 0 to 14400 whole minutes, got: 15840 minutes",
    ],
    [
      { exceptionTypes, expireAfter: Duration.seconds(90) },
      "'retryPolicies.expireAfter' must be 0 to 14400 whole minutes, got: 1.5 minutes",
    ],
  ] as [RetryPolicy, string][])('fails when a limit is out of range: %#', (policy, problem) => {
    expect(failing({ steps: [retried(policy)] })).toThrow(new Error(`Loans/Pipeline: step 'Evaluate': ${problem}`));
  });
});

describe('caches', () => {
  const cached = (cacheExpireAfter: Duration) => new ProcessingStep('Evaluate', { ...valid, cacheExpireAfter });

  test.each([
    [Duration.days(30), 'P30D'],
    [Duration.hours(36), 'P1DT12H'],
    [Duration.minutes(90), 'PT1H30M'],
  ])('are written as an ISO duration: %#', (duration, text) => {
    expect(definitionWith({ steps: [cached(duration)] }).Steps[0]?.CacheConfig).toEqual({
      Enabled: true,
      ExpireAfter: text,
    });
  });

  test.each([
    [Duration.seconds(30), 'be 1 or more whole minutes, got: 0.5 minutes'],
    [Duration.minutes(0), 'be 1 or more whole minutes, got: 0 minutes'],
    [Duration.minutes(Token.asNumber({ Ref: 'Minutes' })), 'be known at synthesis, got: a token'],
  ])('fails when the duration cannot be written: %#', (duration, rule) => {
    expect(failing({ steps: [cached(duration)] })).toThrow(
      new Error(`Loans/Pipeline: step 'Evaluate': 'cacheExpireAfter' must ${rule}`),
    );
  });
});
