import { type RunOptions, runStateMachine, TaskError } from './state-machine';

const run = (States: Record<string, object>, options: Partial<RunOptions> = {}) =>
  runStateMachine(
    { QueryLanguage: 'JSONata', StartAt: Object.keys(States)[0], States },
    { onCall: () => ({}), ...options },
  );

const task = { Type: 'Task', Resource: 'arn:aws-cn:states:::aws-sdk:ssm:getParameter', End: true };

describe('runStateMachine', () => {
  test('renders arguments, assigns with the values from before, and passes outputs on', async () => {
    const { status, output, calls } = await run(
      {
        Begin: { Type: 'Pass', Assign: { a: 1, b: '{% $states.input.two %}' }, Output: { kept: true }, Next: 'Swap' },
        Swap: { Type: 'Pass', Assign: { a: '{% $b %}', b: '{% $a %}' }, Next: 'Call' },
        Call: { ...task, Arguments: { Name: '{% $a & "/" & $b %}', Deep: [{ x: '{% $states.input.kept %}' }] } },
      },
      { input: { two: 2 }, onCall: () => ({ Value: 'v' }) },
    );
    expect(calls).toMatchObject([{ action: 'ssm:getParameter', arguments: { Name: '2/1', Deep: [{ x: true }] } }]);
    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: { Value: 'v' } });
  });

  test('retries in virtual time, with backoff up to the longest delay, then catches', async () => {
    const Retry = [
      { ErrorEquals: ['Other'], MaxAttempts: 9 },
      { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 10, BackoffRate: 3, MaxAttempts: 3, MaxDelaySeconds: 60 },
    ];
    const Catch = [{ ErrorEquals: ['States.ALL'], Assign: { why: '{% $states.errorOutput.Cause %}' }, Next: 'Caught' }];
    const { output, calls } = await run(
      {
        Call: { ...task, Retry, Catch },
        Caught: { Type: 'Pass', Output: '{% [$states.input.Error, $why] %}', End: true },
      },
      {
        onCall: () => {
          throw new TaskError('Ssm.SsmException', 'Rate exceeded');
        },
      },
    );
    expect(calls.map(({ seconds }) => seconds)).toEqual([0, 10, 40, 100]);
    expect(output).toEqual(['Ssm.SsmException', 'Rate exceeded']);
  });

  test('a map sees the variables around it and keeps its own', async () => {
    const ItemProcessor = {
      StartAt: 'Item',
      States: {
        Item: { Type: 'Pass', Assign: { n: 9 }, Output: '{% $states.input * $factor %}', End: true },
      },
    };
    const { output } = await run({
      Begin: { Type: 'Pass', Assign: { factor: 10, n: 0 }, Next: 'Each' },
      Each: { Type: 'Map', Items: [1, 2], ItemProcessor, Output: '{% [$states.result, $n] %}', End: true },
    });
    expect(output).toEqual([10, 20, 0]);
  });

  test('waits and clocks are virtual', async () => {
    const { output, seconds } = await run({
      Before: { Type: 'Pass', Assign: { before: '{% $millis() %}' }, Next: 'Wait' },
      Wait: { Type: 'Wait', Seconds: '{% 60 * 60 %}', Next: 'After' },
      After: { Type: 'Succeed', Output: '{% $millis() - $before %}' },
    });
    expect({ output, seconds }).toEqual({ output: 3_600_000, seconds: 3600 });
  });

  test.each([
    ['an expression without a value', { Pass: { Type: 'Pass', Output: '{% $states.input.missing %}', End: true } }],
    ['a condition that is no boolean', { Choose: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'X' }] } }],
    ['$eval', { Pass: { Type: 'Pass', Output: "{% $eval('1') %}", End: true } }],
  ])('%s fails the execution', async (_, states: Record<string, object>) => {
    expect(await run(states)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  test('no matching choice fails the execution', async () => {
    const Choices = [{ Condition: '{% false %}', Next: 'X' }];
    expect(await run({ Choose: { Type: 'Choice', Choices } })).toMatchObject({ error: 'States.NoChoiceMatched' });
  });

  test.each([
    ["state 'Both': Parallel states cannot be run", { Both: { Type: 'Parallel', End: true } }],
    ["no state 'Gone'", { Pass: { Type: 'Pass', Next: 'Gone' } }],
    ["state 'Pass' leads nowhere", { Pass: { Type: 'Pass' } }],
    ["state 'Wait': Seconds must be a whole number, got: -1", { Wait: { Type: 'Wait', Seconds: -1, End: true } }],
    [
      'still running after 5001 states, last: A, B, A, B, A, B, A, B',
      { B: { Type: 'Pass', Next: 'A' }, A: { Type: 'Pass', Next: 'B' } },
    ],
  ])('throws: %s', async (message, states: Record<string, object>) => {
    await expect(run(states)).rejects.toThrow(message);
  });
});
