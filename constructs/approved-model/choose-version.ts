import { NONE, baselineParameter, baselinePath, modelPackageParameter, parameterNames } from './parameter-names';
import { CANDIDATES, IS_APPROVED, asked, described } from './record-change';
import {
  type State,
  type WorkflowOptions,
  NO_REASON,
  caught,
  choice,
  firstPause,
  jsonata,
  pause,
  task,
} from './states';

/** ARN of the version that the event is about. */
const EVENT = `($exists($states.input.running) ? '${NONE}' : $states.input.detail.ModelPackageArn)`;

/** From the event to `$values`, what each parameter must be; or to NothingToDo. */
export function chooseVersion(options: WorkflowOptions): Record<string, State> {
  const packageName = modelPackageParameter(options.parameterPrefix);
  const names = parameterNames(options.parameterPrefix, options.baselines);
  const none = Object.fromEntries(names.map(name => [name, NONE]));

  return {
    Begin: {
      Type: 'Pass',
      Assign: {
        // An input that says `running` is no event of a version: it starts or stops what is deployed.
        running: jsonata("($given := $states.input.running; $exists($given) ? $string($given) : '')"),
        event: jsonata(EVENT),
        version: jsonata(EVENT),
        ...asked,
        // The event of a version that moved to another stage; whether it says so of an approval too is not known of every event.
        onlyStage: jsonata(
          "$count($states.input.detail.UpdatedModelPackageFields) > 0 and $not('ModelApprovalStatus' in $states.input.detail.UpdatedModelPackageFields)",
        ),
        previous: {},
        values: {},
        passedOver: [],
        stacks: options.stackNames,
        serving: options.stackNames[0],
        index: 0,
        outcomes: [],
        emptying: false,
        updateRequested: false,
        stackReason: NO_REASON,
        written: false,
        restoring: false,
        ...firstPause,
      },
      Next: 'ApprovalChanged',
    },
    // SageMaker sends the same event, with the unchanged status, when metadata or a model card change: that is no approval. A new
    // stage of the life cycle may be the archive.
    ApprovalChanged: choice('ListRunning', [
      "$onlyStage and $not('ModelLifeCycle' in $states.input.detail.UpdatedModelPackageFields)",
      'NothingToDo',
    ]),

    // One execution at a time, in the order of their start: two that write the parameters at once would mix two versions.
    ListRunning: task(options, 'sfn:listExecutions', 'MyTurn', {
      Arguments: {
        StateMachineArn: jsonata('$states.context.StateMachine.Id'),
        StatusFilter: 'RUNNING',
        MaxResults: 1000,
      },
      Assign: {
        myTurn: jsonata(
          '($me := $states.result.Executions[ExecutionArn = $states.context.Execution.Id]; ' +
            '$exists($me) and $not($exists($states.result.Executions[$toMillis(StartDate) < $toMillis($me.StartDate) or ' +
            '(StartDate = $me.StartDate and ExecutionArn < $me.ExecutionArn)])))',
        ),
      },
    }),
    MyTurn: choice(
      'PauseInQueue',
      ['$myTurn', 'Switched', firstPause],
      [
        `$waited >= ${options.queueTimeout.toSeconds().toString()}`,
        'MustRestore',
        { failure: { reason: 'earlier executions did not finish in time' } },
      ],
    ),
    PauseInQueue: pause('ListRunning'),
    Switched: choice('DescribeVersion', ["$running != ''", 'SwitchKnown']),

    DescribeVersion: {
      ...task(options, 'sagemaker:describeModelPackage', 'VersionReady', {
        Arguments: { ModelPackageName: jsonata('$version') },
        Assign: {
          packageStatus: jsonata('$states.result.ModelPackageStatus'),
          approved: jsonata(IS_APPROVED),
          ...described,
          values: {
            [packageName]: jsonata('$states.result.ModelPackageArn'),
            ...baselineValues(options),
          },
        },
      }),
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: caught, Next: 'VersionDeleted' }],
    },
    // The API has no error of its own for a version that is gone.
    VersionDeleted: choice('MustRestore', [
      "$contains($failure.reason, 'does not exist')",
      'ReadParameters',
      { approved: false, reason: jsonata("$version = $event ? 'deleted' : $reason") },
    ]),
    VersionReady: choice('ReadParameters', [
      `$packageStatus in ['Pending', 'InProgress'] and $waited < ${options.updateTimeout.toSeconds().toString()}`,
      'PauseForVersion',
    ]),
    PauseForVersion: pause('DescribeVersion'),

    ReadParameters: task(options, 'ssm:getParameters', 'Decide', {
      Arguments: { Names: names },
      Assign: {
        previous: jsonata(`$merge([${JSON.stringify(none)}, $states.result.Parameters.{ Name: Value }])`),
        ...firstPause,
      },
    }),
    Decide: choice(
      'NothingToDo',
      // An older version that is approved still is not approved anew by a move to another stage.
      ['$approved and $not($onlyStage and $version = $event)', 'WriteParameters'],
      [`$not($approved) and $lookup($previous, '${packageName}') = $event`, 'ListApproved'],
    ),
    ListApproved: task(options, 'sagemaker:listModelPackages', 'CandidateFound', {
      Arguments: {
        ModelPackageGroupName: options.modelPackageGroupName,
        ModelApprovalStatus: 'Approved',
        SortBy: 'CreationTime',
        SortOrder: 'Descending',
        MaxResults: 100,
      },
      Assign: {
        candidate: jsonata(
          `($found := ${CANDIDATES}[$not(ModelPackageArn in $append($passedOver, [$event, $version]))]; ` +
            `$exists($found) ? $found[0].ModelPackageArn : '${NONE}')`,
        ),
        passedOver: jsonata('$append($passedOver, [$version])'),
      },
    }),
    CandidateFound: choice(
      'WriteParameters',
      [`$candidate != '${NONE}'`, 'DescribeVersion', { version: jsonata('$candidate') }],
      // What watches the endpoint must go before the endpoint itself.
      [
        'true',
        'WriteParameters',
        { version: NONE, values: none, emptying: true, stacks: [...options.stackNames].reverse() },
      ],
    ),
  };
}

/** The S3 URI of each baseline in the description of a version. */
function baselineValues({ parameterPrefix, baselines }: WorkflowOptions): Record<string, string> {
  return Object.fromEntries(
    baselines.map(baseline => [
      baselineParameter(parameterPrefix, baseline),
      jsonata(`($uri := $states.result.${baselinePath(baseline)}; $exists($uri) ? $uri : '${NONE}')`),
    ]),
  );
}
