import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { StepContext } from '../context';
import { allow } from '../permission';
import { problemsOf } from '../problem';
import {
  type ExchangeProps,
  exchangeRules,
  ExchangeStep,
  type NoOutputs,
  type OutputTypes,
  renderOutputs,
} from './exchange';

export interface CallbackStepProps<Outputs extends OutputTypes> extends ExchangeProps<Outputs> {
  /**
   * Queue that gets the message: `token`, `arguments` (the inputs), `pipelineExecutionArn` and `status`. When the execution is
   * stopped, a second one comes with the status `Stopping`.
   */
  readonly queue: sqs.IQueue;
}

/**
 * Sends a message to a queue, and waits until somebody answers its token with SendPipelineExecutionStepSuccess or
 * SendPipelineExecutionStepFailure: a person who approves, or work outside SageMaker.
 *
 * Who answers needs `grants.answer` of the pipeline.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class CallbackStep<const Outputs extends OutputTypes = NoOutputs> extends ExchangeStep<Outputs> {
  private readonly queue: sqs.IQueue;

  public constructor(name: string, props: CallbackStepProps<Outputs>) {
    const { queue, inputs = {}, outputs } = props;
    super(name, {
      type: 'Callback',
      props,
      arguments: inputs,
      members: { SqsQueueUrl: queue.queueUrl, OutputParameters: renderOutputs(outputs) },
      cacheKeys: Object.keys(inputs),
      problems: problemsOf(...exchangeRules(props)),
    });
    this.queue = queue;
  }

  public override bind({ pipelineRole }: StepContext): void {
    const { queueArn, encryptionMasterKey } = this.queue;
    allow(pipelineRole, { actions: ['sqs:SendMessage'], resources: [queueArn] });
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    encryptionMasterKey?.grant(pipelineRole, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}
