import { NONE, modelPackageParameter } from './parameter-names';
import { type State, type WorkflowOptions, choice, jsonata, retry } from './states';

/** Source and type of the events of the history. */
export const CHANGE_SOURCE = 'approved-model';
export const CHANGE_TYPE = 'Approved Model Change';

/** The stage of `ModelLifeCycle` that takes a version out of use, as the templates of the registry name it. */
const isArchived = (version: string): string => `$lowercase(${version}.ModelLifeCycle.Stage) = 'archived'`;

/** Whether the answer of DescribeModelPackage is about a version that may be deployed. */
export const IS_APPROVED =
  "$states.result.ModelApprovalStatus = 'Approved' and $states.result.ModelPackageStatus = 'Completed' " +
  `and $not(${isArchived('$states.result')})`;

/** Versions in the answer of ListModelPackages that may be deployed, as far as the list says. */
export const CANDIDATES = `$states.result.ModelPackageSummaryList[ModelPackageStatus = 'Completed' and $not(${isArchived('$')})]`;

/** Who asked for the change, and why, as far as the input says. */
export const asked = {
  actor: jsonata("($given := $states.input.actor; $exists($given) ? $string($given) : 'unknown')"),
  reason: jsonata("($given := $states.input.reason; $exists($given) ? $string($given) : '')"),
};

const ABOUT_EVENT = '$states.result.ModelPackageArn = $event';
const WORDS = [
  `(${isArchived('$states.result')}) ? ($said := $states.result.ModelLifeCycle.StageDescription; $boolean($said) ? 'archived: ' & $said : 'archived')`,
  '$boolean($states.result.ApprovalDescription) ? $states.result.ApprovalDescription',
  "$lookup({ 'Approved': 'approved', 'Rejected': 'rejected', 'PendingManualApproval': 'set back to pending' }, $states.result.ModelApprovalStatus)",
].join(' : ');

/**
 * The same, as the description of the version that the event is about says: what a person wrote, or else what was done. A version
 * that takes its place is there for the same reason.
 */
export const described = {
  actor: jsonata(
    `($by := $states.result.LastModifiedBy; $who := [$by.UserProfileArn, $by.IamIdentity.Arn][0]; ${ABOUT_EVENT} and $exists($who) ? $who : $actor)`,
  ),
  reason: jsonata(`($words := ${ABOUT_EVENT} ? (${WORDS}); $exists($words) ? $words : $reason)`),
};

/** From the end of a deployment to its record in the history, which nothing waits for in vain. */
export function recordChange(options: WorkflowOptions): Record<string, State> {
  const name = modelPackageParameter(options.parameterPrefix);
  const before = `($found := $lookup($previous, '${name}'); $exists($found) ? $found : '${NONE}')`;
  const numberOf = (arn: string) => `$number($split(${arn}, '/')[-1])`;
  const outcome =
    `$running = 'true' ? 'started' : $running = 'false' ? 'stopped' : $version = '${NONE}' ? 'taken out of service' ` +
    `: $before != '${NONE}' and ${numberOf('$before')} > ${numberOf('$version')} ? 'rolled back' : 'deployed'`;
  const common = `'parameterPrefix': '${options.parameterPrefix}', 'version': $version, 'actor': $actor, 'stacks': $outcomes, 'execution': $states.context.Execution.Id`;
  const change = `($before := ${before}; $merge([{ ${common}, 'outcome': ${outcome}, 'reason': $reason }, $running = '' ? { 'previousVersion': $before } : {}]))`;
  const failure =
    `$merge([{ ${common}, 'outcome': 'failed', 'asked': $reason, ` +
    `'previousValuesRestored': $restoring and $not($exists($failure.restoreError)) }, $running = '' ? {} : { 'running': $running }, $failure])`;
  const record = (detail: string, next: string): State => ({
    Type: 'Task',
    Resource: `arn:${options.partition}:states:::events:putEvents`,
    Arguments: { Entries: [{ Source: CHANGE_SOURCE, DetailType: CHANGE_TYPE, Detail: jsonata(`$string(${detail})`) }] },
    TimeoutSeconds: 60,
    Retry: retry,
    // The model is deployed, or the failure told, whether or not it is written down; the logs of the workflow say so.
    Catch: [{ ErrorEquals: ['States.ALL'], Next: next }],
    Output: {},
    Next: next,
  });

  return {
    // What left everything as it was, such as an approval that was sent twice, is no change.
    Changed: choice('Deployed', [
      "'updated' in $outcomes.outcome or $count($keys($values)[$lookup($values, $) != $lookup($previous, $)]) > 0",
      'RecordChange',
    ]),
    RecordChange: record(change, 'Deployed'),
    RecordFailure: record(failure, 'Failed'),
  };
}
