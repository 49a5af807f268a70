import type { aws_lambda as refs } from 'aws-cdk-lib/interfaces';
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

export interface LambdaStepProps<Outputs extends OutputTypes> extends ExchangeProps<Outputs> {
  /**
   * Function that is called with the inputs, and returns a structure with the outputs as members. It has 10 minutes, whatever
   * its own timeout is.
   */
  readonly lambdaFunction: refs.IFunctionRef;
}

/**
 * Calls a Lambda function, and waits for its answer.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class LambdaStep<const Outputs extends OutputTypes = NoOutputs> extends ExchangeStep<Outputs> {
  private readonly functionArn: string;

  public constructor(name: string, props: LambdaStepProps<Outputs>) {
    const { inputs = {}, outputs } = props;
    const { functionArn } = props.lambdaFunction.functionRef;
    super(name, {
      type: 'Lambda',
      props,
      arguments: inputs,
      members: { FunctionArn: functionArn, OutputParameters: renderOutputs(outputs) },
      cacheKeys: Object.keys(inputs),
      problems: problemsOf(...exchangeRules(props)),
    });
    this.functionArn = functionArn;
  }

  public override bind({ pipelineRole }: StepContext): void {
    allow(pipelineRole, { actions: ['lambda:InvokeFunction'], resources: [this.functionArn] });
  }
}
