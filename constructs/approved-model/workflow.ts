import { chooseVersion } from './choose-version';
import { type State, type WorkflowOptions, PROBLEM, choice, jsonata, resource, retry, task } from './states';
import { recordChange } from './record-change';
import { switchRunning } from './switch-running';
import { updateStacks } from './update-stacks';

/**
 * The state machine in Amazon States Language.
 *
 * An event only says which version to look at; what happens follows from what the registry and the parameters say once it is this
 * execution's turn. Late, repeated and concurrent events are therefore harmless, and the last approval wins.
 */
export function deploymentWorkflow(options: WorkflowOptions): object {
  const { queueTimeout, stackNames, updateTimeout } = options;
  return {
    Comment: 'Deploys the approved version of a model package group by updating the stacks that use it',
    QueryLanguage: 'JSONata',
    // Never reached, because every wait has a limit of its own, after which the failure is reported; a timeout here reports nothing.
    TimeoutSeconds: queueTimeout.toSeconds() + (stackNames.length + 1) * updateTimeout.toSeconds() + 3600,
    StartAt: 'Begin',
    States: {
      ...chooseVersion(options),
      ...switchRunning(options),
      ...writeParameters(options),
      ...updateStacks(options),
      ...recordChange(options),
      ...finish(options),
    },
  };
}

/** Writes `$values`, which are the new ones or, to take them back, the previous ones. */
function writeParameters(options: WorkflowOptions): Record<string, State> {
  return {
    WriteParameters: {
      Type: 'Map',
      Items: jsonata("[$each($values, function($value, $name) { { 'Name': $name, 'Value': $value } })]"),
      MaxConcurrency: 1,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'PutParameter',
        States: {
          PutParameter: {
            Type: 'Task',
            Resource: resource(options, 'ssm:putParameter'),
            Arguments: {
              Name: jsonata('$states.input.Name'),
              Value: jsonata('$states.input.Value'),
              Type: 'String',
              Overwrite: true,
            },
            TimeoutSeconds: 60,
            Retry: retry,
            End: true,
          },
        },
      },
      Assign: { written: true },
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Assign: {
            written: true,
            failure: jsonata(
              `$restoring ? $merge([$failure, { 'restoreError': ${PROBLEM} }]) : { 'reason': ${PROBLEM} }`,
            ),
          },
          Next: 'MustRestore',
        },
      ],
      Next: 'Written',
    },
    Written: choice('NextStack', ['$restoring', 'NotifyFailure']),
  };
}

function finish(options: WorkflowOptions): Record<string, State> {
  const report = `'parameterPrefix': '${options.parameterPrefix}', 'version': $version, 'stacks': $outcomes`;
  // Only an execution that starts or stops what is deployed says so.
  const switched = "$running = '' ? {} : { 'running': $running }";
  return {
    MustRestore: choice('NotifyFailure', [
      '$written and $not($restoring)',
      'WriteParameters',
      { restoring: true, values: jsonata('$previous') },
    ]),
    NotifyFailure: {
      ...task(options, 'sns:publish', 'RecordFailure', {
        Arguments: {
          TopicArn: options.topicArn,
          Subject: `Deployment failed: ${options.parameterPrefix}`.slice(0, 100),
          Message: jsonata(
            `$string($merge([{ ${report}, 'previousValuesRestored': $restoring and $not($exists($failure.restoreError)), ` +
              `'execution': $states.context.Execution.Id }, ${switched}, $failure]), true)`,
          ),
        },
      }),
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'RecordFailure' }],
    },
    Failed: { Type: 'Fail', Error: 'DeploymentFailed', Cause: jsonata('$failure.reason') },
    NothingToDo: { Type: 'Succeed', Output: { version: jsonata('$version'), outcome: 'nothing to do' } },
    Deployed: { Type: 'Succeed', Output: jsonata(`$merge([{ ${report} }, ${switched}])`) },
  };
}
