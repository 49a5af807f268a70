import { NONE, modelPackageParameter, runningParameter } from './parameter-names';
import { type State, type WorkflowOptions, choice, jsonata, task } from './states';

/** From an input `{ "running": "true" }` or `{ "running": "false" }` to `$values`, in the queue of the approvals. */
export function switchRunning(options: WorkflowOptions): Record<string, State> {
  const running = runningParameter(options.parameterPrefix);
  const modelPackage = modelPackageParameter(options.parameterPrefix);
  const valueOf = (name: string, otherwise: string) =>
    jsonata(`($found := $states.result.Parameters[Name = '${name}'].Value; $exists($found) ? $found : '${otherwise}')`);

  return {
    SwitchKnown: choice('ReadRunning', [
      "$not($running in ['true', 'false'])",
      'MustRestore',
      { failure: { reason: jsonata("'running must be true or false, got: ' & $running") } },
    ]),
    // The stacks are updated even if the parameter has its value already, so that a start or stop can be repeated to mend a failed one.
    ReadRunning: task(options, 'ssm:getParameters', 'StartOrStop', {
      Arguments: { Names: [running, modelPackage] },
      Assign: { previous: { [running]: valueOf(running, 'true') }, version: valueOf(modelPackage, NONE) },
    }),
    StartOrStop: choice(
      'WriteParameters',
      ["$running = 'true'", 'WriteParameters', { values: { [running]: 'true' } }],
      // What watches the endpoint must go before the endpoint itself.
      [
        'true',
        'WriteParameters',
        { values: { [running]: 'false' }, emptying: true, stacks: [...options.stackNames].reverse() },
      ],
    ),
  };
}
