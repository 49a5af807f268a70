import { Token } from 'aws-cdk-lib/core';
import * as events from 'aws-cdk-lib/aws-events';
import type { PipelineBase } from '../pipeline-base';
import type { Step } from '../step';

/** Status of an execution. */
export type ExecutionStatus = 'Executing' | 'Stopping' | 'Stopped' | 'Failed' | 'Succeeded';

export interface StepEventOptions extends events.OnEventOptions {
  /**
   * Step to watch, or its name.
   *
   * @default - every step
   */
  readonly step?: Step | string;
}

// https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
export const EXECUTION_STATUS_CHANGE = 'SageMaker Model Building Pipeline Execution Status Change';
export const STEP_STATUS_CHANGE = 'SageMaker Model Building Pipeline Execution Step Status Change';

/** A rule for one kind of event of one pipeline. */
export function ruleFor(
  pipeline: PipelineBase,
  id: string,
  detailType: string,
  detail: Readonly<Record<string, readonly string[]>>,
  { crossStackScope, eventPattern, target, ...rest }: events.OnEventOptions,
): events.Rule {
  const { account, region } = pipeline.env;
  for (const [prop, where] of Object.entries({ account, region })) {
    const here = pipeline.stack[prop as 'account' | 'region'];
    if (!Token.isUnresolved(where) && !Token.isUnresolved(here) && where !== here) {
      throw new Error(
        `${pipeline.node.path}: a rule must be in the ${prop} of the pipeline, which gets the events (${where}), got: ${here}`,
      );
    }
  }
  const rule = new events.Rule(crossStackScope ?? pipeline, id, { ...rest, targets: target && [target] });
  rule.addEventPattern(eventPattern);
  rule.addEventPattern({
    source: ['aws.sagemaker'],
    detailType: [detailType],
    detail: { ...detail, pipelineArn: [...pipeline.possibleArns] },
  });
  return rule;
}
