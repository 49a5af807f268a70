import type { Value } from '../expression';
import { Step, type StepProps } from '../step';

export interface FailStepProps extends StepProps {
  /** Reason that the execution shows, up to 3072 characters. */
  readonly errorMessage: Value<string>;
}

/**
 * Ends the execution as failed. No step can depend on it.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class FailStep extends Step {
  public constructor(name: string, props: FailStepProps) {
    const { errorMessage } = props;
    const length = typeof errorMessage === 'string' ? errorMessage.length : 0;
    super(name, {
      type: 'Fail',
      props,
      arguments: { ErrorMessage: errorMessage },
      problems: length <= 3072 ? [] : [`'errorMessage' must have at most 3072 characters, got: ${length}`],
    });
  }

  public override bind(): void {
    // A failure needs no permission.
  }
}
