import {
  FIRST_PAUSE_SECONDS,
  NO_REASON,
  type State,
  type WorkflowOptions,
  caughtOnStack,
  choice,
  firstPause,
  jsonata,
  pause,
  resource,
  task,
} from './states';

/** Stacks that hold nothing yet: they read the parameters when they are deployed. */
const NOT_DEPLOYED = ['REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'DELETE_COMPLETE'];
const UPDATABLE = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
];

const oneOf = (values: readonly string[]): string => `[${values.map(value => `'${value}'`).join(', ')}]`;

/** Updates `$stacks` one after the other; each waits for updates by others and then for its own. */
export function updateStacks(options: WorkflowOptions): Record<string, State> {
  const timedOut = `$waited >= ${options.updateTimeout.toSeconds().toString()}`;
  const stackFailure = (reason: string) => ({
    failure: { stack: jsonata('$stacks[$index]'), status: jsonata('$stack.StackStatus'), reason },
  });
  const done = (outcome: string) => ({ done: { stack: jsonata('$stacks[$index]'), outcome } });

  return {
    NextStack: choice(
      'Changed',
      ['$index < $count($stacks)', 'DescribeStack'],
      [
        "'failed' in $outcomes.outcome",
        'NotifyFailure',
        {
          failure: jsonata("$outcomes[outcome = 'failed'][0].{ 'stack': stack, 'status': status, 'reason': reason }"),
        },
      ],
    ),
    DescribeStack: {
      ...task(options, 'cloudformation:describeStacks', 'StackStatus', {
        Arguments: { StackName: jsonata('$stacks[$index]') },
        Assign: {
          stack: jsonata(
            "$states.result.Stacks[0].{ 'StackStatus': StackStatus, 'Capabilities': [Capabilities], " +
              "'Parameters': [Parameters.{ 'ParameterKey': ParameterKey, 'UsePreviousValue': true }] }",
          ),
          // A finished rollback has no reason any more, so the one it had while it ran is kept.
          stackReason: jsonata(
            '($reason := $states.result.Stacks[0].StackStatusReason; $exists($reason) ? $reason : $stackReason)',
          ),
        },
      }),
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: caughtOnStack, Next: 'StackMissing' }],
    },
    StackMissing: choice('StackFailed', [
      "$contains($failure.reason, 'does not exist')",
      'StackDone',
      done('not deployed'),
    ]),
    StackStatus: choice(
      'StackFailed',
      [`$not($updateRequested) and $stack.StackStatus in ${oneOf(NOT_DEPLOYED)}`, 'StackDone', done('not deployed')],
      [
        `$contains($stack.StackStatus, /_IN_PROGRESS$/) and ${timedOut}`,
        'StackFailed',
        stackFailure('the stack did not finish in time'),
      ],
      ['$contains($stack.StackStatus, /_IN_PROGRESS$/)', 'PauseForStack'],
      [`$updateRequested and $stack.StackStatus = 'UPDATE_COMPLETE'`, 'StackDone', done('updated')],
      [`$not($updateRequested) and $stack.StackStatus in ${oneOf(UPDATABLE)}`, 'UpdateStack'],
      ['true', 'StackFailed', stackFailure(jsonata('$stackReason'))],
    ),
    PauseForStack: pause('DescribeStack'),
    // The template, the parameter keys and the role that deployed the stack stay; CloudFormation reads the SSM parameters anew.
    UpdateStack: {
      Type: 'Task',
      Resource: resource(options, 'cloudformation:updateStack'),
      Arguments: {
        StackName: jsonata('$stacks[$index]'),
        UsePreviousTemplate: true,
        Parameters: jsonata('$stack.Parameters'),
        Capabilities: jsonata('$stack.Capabilities'),
      },
      Assign: { updateRequested: true, stackReason: NO_REASON, pause: FIRST_PAUSE_SECONDS },
      TimeoutSeconds: 60,
      // No Retry: CloudFormation says everything with the same error, and only its message tells them apart.
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: caughtOnStack, Next: 'UpdateRefused' }],
      Next: 'PauseForStack',
    },
    UpdateRefused: choice(
      'StackFailed',
      ["$contains($failure.reason, 'No updates are to be performed')", 'StackDone', done('unchanged')],
      [
        `$contains($failure.reason, /IN_PROGRESS state and can ?not be updated|Rate exceeded|Throttling|SdkClientException/) and $not(${timedOut})`,
        'PauseForStack',
      ],
    ),
    StackFailed: choice(
      'NotifyFailure',
      // The stack that serves the model says which version is the approved one, also for every later deployment.
      ['$stacks[$index] = $serving', 'MustRestore'],
      // A rejected version must not go on serving, or a stopped one cost money, because something else failed.
      ['$emptying', 'StackDone', { done: jsonata("$merge([{ 'outcome': 'failed' }, $failure])") }],
    ),
    StackDone: {
      Type: 'Pass',
      Assign: {
        outcomes: jsonata('$append($outcomes, [$done])'),
        index: jsonata('$index + 1'),
        updateRequested: false,
        stackReason: NO_REASON,
        ...firstPause,
      },
      Next: 'NextStack',
    },
  };
}
