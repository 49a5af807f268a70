import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { acknowledgeWildcards } from '../../roles';
import type { PipelineBase } from '../pipeline-base';
import { consoleHost } from './console';
import { EXECUTION_STATUS_CHANGE, type ExecutionStatus, ruleFor } from './events';

export interface NotificationOptions {
  /**
   * Statuses to tell of, at least one.
   *
   * @default ['Failed', 'Stopped']
   */
  readonly statuses?: readonly ExecutionStatus[];
}

export function notify(pipeline: PipelineBase, topic: sns.ITopic, options: NotificationOptions): events.Rule {
  const { statuses = ['Failed', 'Stopped'] } = options;
  if (statuses.length === 0) {
    throw new Error(`${pipeline.node.path}: 'statuses' must hold at least one element, got: []`);
  }
  const { pipelineName } = pipeline;
  const id = `Notify${topic.node.addr.slice(-8)}`;
  if (pipeline.node.tryFindChild(id)) {
    throw new Error(
      `${pipeline.node.path}: 'topic' must be told once, of all its 'statuses', got: ${topic.node.path} for a second time`,
    );
  }
  const rule = ruleFor(
    pipeline,
    id,
    EXECUTION_STATUS_CHANGE,
    { currentPipelineExecutionStatus: statuses },
    {
      description: `Tells of executions of ${pipelineName}: ${statuses.join(', ')}`,
      // A role gets the use of the topic's key by a grant; EventBridge itself would have to be named in the policy of the key.
      target: new targets.SnsTopic(topic, { authorizeUsingRole: true, message: messageOf(pipeline) }),
    },
  );
  if (topic.masterKey) {
    acknowledgeWildcards(rule, ['kms:GenerateDataKey*'], 'The topic needs it for publishing; it is that one key');
  }
  return rule;
}

/** Lines that a person reads. SNS shows each in quotes. */
function messageOf(pipeline: PipelineBase): events.RuleTargetInput {
  const execution = events.EventField.fromPath('$.detail.pipelineExecutionArn');
  const status = events.EventField.fromPath('$.detail.currentPipelineExecutionStatus');
  const start = events.EventField.fromPath('$.detail.executionStartTime');
  const end = events.EventField.fromPath('$.detail.executionEndTime');
  const region = events.EventField.fromPath('$.region');
  // An execution has no page outside Studio, and its event gives no reason; the command does, wherever it is run.
  const lines = [
    `Pipeline ${pipeline.pipelineName}: ${status}`,
    `Execution: ${execution}`,
    `Time: ${start} to ${end}`,
    `Steps and reasons: aws sagemaker list-pipeline-execution-steps --region ${region} --pipeline-execution-arn ${execution}`,
    `Studio: https://${consoleHost(pipeline)}/sagemaker/home?region=${region}#/studio`,
  ];
  return events.RuleTargetInput.fromMultilineText(lines.join('\n'));
}
