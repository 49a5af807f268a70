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
  public override readonly branches: { readonly ifSteps: readonly Step[]; readonly elseSteps: readonly Step[] };

  private readonly conditions: readonly Condition[];

  public constructor(name: string, props: ConditionStepProps) {
    const { conditions, ifSteps = [], elseSteps = [] } = props;
    super(name, {
      type: 'Condition',
      props,
      arguments: {},
      reads: conditions.flatMap(condition => condition.operands),
      problems: [
        ...problemsOf(
          [conditions.length > 0, `'conditions' must hold at least one condition, got: none`],
          [ifSteps.length + elseSteps.length > 0, `'ifSteps' or 'elseSteps' must hold at least one step, got: none`],
        ),
        ...conditions.flatMap(condition => condition.problems),
      ],
    });
    this.conditions = [...conditions];
    this.branches = { ifSteps: [...ifSteps], elseSteps: [...elseSteps] };
  }

  /** Which branch runs, as the text `True` or `False`. */
  public get outcome(): Expression<string> {
    return new Get(`Steps.${this.name}.Outcome`, [this]);
  }

  public override bind(): void {
    // The service evaluates conditions itself; the pipeline binds the steps of the branches.
  }

  public override render(context: StepContext): object {
    const { ifSteps, elseSteps } = this.branches;
    return {
      ...super.render(context),
      Arguments: {
        Conditions: this.conditions.map(condition => condition.render()),
        IfSteps: ifSteps.map(step => step.render(context)),
        ElseSteps: elseSteps.map(step => step.render(context)),
      },
    };
  }
}
