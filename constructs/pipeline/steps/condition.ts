import type { Condition } from '../condition';
import type { StepContext } from '../context';
import { type Expression, Get } from '../expression';
import { problemsOf } from '../problem';
import { Step, type StepProps } from '../step';

export interface ConditionStepProps extends StepProps {
  /** Statements that must all be true for `ifSteps` to run: at least one. */
  readonly conditions: readonly Condition[];

  /**
   * Steps that run when all conditions are true. They are listed here and not in the pipeline's `steps`.
   *
   * @default - none
   */
  readonly ifSteps?: readonly Step[];

  /**
   * Steps that run when a condition is false.
   *
   * @default - none
   */
  readonly elseSteps?: readonly Step[];
}

/**
 * Runs one of two lists of steps.
 *
 * The service never joins the two branches again, and it does not take a condition inside a branch. No step can depend on a
 * condition step; one that must wait for it belongs into a branch.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class ConditionStep extends Step {
  private readonly props: ConditionStepProps;

  public constructor(name: string, props: ConditionStepProps) {
    const { conditions, ifSteps = [], elseSteps = [] } = props;
    super(name, {
      type: 'Condition',
      props,
      arguments: {},
      reads: conditions.flatMap(condition => condition.operands),
      problems: problemsOf(
        [conditions.length > 0, `'conditions' must hold at least one condition, got: none`],
        [ifSteps.length + elseSteps.length > 0, `'ifSteps' or 'elseSteps' must hold at least one step, got: none`],
      ),
    });
    this.props = props;
  }

  public override get branches(): Readonly<Record<string, readonly Step[]>> {
    return { ifSteps: this.props.ifSteps ?? [], elseSteps: this.props.elseSteps ?? [] };
  }

  /** Which branch runs, as the text `True` or `False`. */
  public get outcome(): Expression<string> {
    return new Get(`Steps.${this.name}.Outcome`, [this]);
  }

  public override bind(): void {
    // The service evaluates conditions itself; the pipeline binds the steps of the branches.
  }

  public override render(context: StepContext): object {
    const { conditions, ifSteps = [], elseSteps = [] } = this.props;
    return {
      ...super.render(context),
      Arguments: {
        Conditions: conditions.map(condition => condition.render()),
        IfSteps: ifSteps.map(step => step.render(context)),
        ElseSteps: elseSteps.map(step => step.render(context)),
      },
    };
  }
}
