import type { Value } from '../expression';
import { maxLength, problemsOf } from '../problem';
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
    super(name, {
      type: 'Fail',
      props,
      arguments: { ErrorMessage: errorMessage },
      problems: problemsOf(maxLength('errorMessage', errorMessage, 3072)),
    });
  }

  public override bind(): void {
    // A failure needs no permission.
  }
}
