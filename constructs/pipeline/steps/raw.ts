import type * as iam from 'aws-cdk-lib/aws-iam';
import type { StepContext } from '../context';
import { type Expression, Get, type Scalar } from '../expression';
import type { JobException } from '../retry';
import { problemsOf } from '../problem';
import { AwaitableStep, type CacheableProps, type RetryableProps, type StepProps } from '../step';

export interface RawStepProps extends StepProps, CacheableProps, RetryableProps<JobException> {
  /** Kind of the step in the service's words, such as `Lineage`. */
  readonly type: string;

  /** The step's `Arguments`; expressions may stand in the place of texts, numbers and booleans. */
  readonly arguments: Readonly<Record<string, unknown>>;

  /**
   * Keys of this kind that stand beside `Arguments`, such as `FunctionArn`.
   *
   * @default - none
   */
  readonly members?: Readonly<Record<string, unknown>>;

  /**
   * What the pipeline's role must be allowed to do for this step.
   *
   * @default - nothing
   */
  readonly permissions?: readonly iam.PolicyStatement[];
}

const KEYS = ['Name', 'Type', 'DisplayName', 'Description', 'DependsOn', 'CacheConfig', 'RetryPolicies', 'Arguments'];

/** A step of a kind that has no class here. Its edges follow from the expressions in its arguments, like those of any step. */
export class RawStep extends AwaitableStep {
  private readonly permissions: readonly iam.PolicyStatement[];

  public constructor(name: string, props: RawStepProps) {
    const { type, members, permissions = [] } = props;
    const taken = Object.keys(members ?? {}).filter(key => KEYS.includes(key));
    super(name, {
      type,
      props,
      arguments: props.arguments,
      members,
      problems: problemsOf(
        [type !== '', `'type' must name a kind of step, got: nothing`],
        [taken.length === 0, `'members' must not hold what other props give, got: ${taken.join(', ')}`],
      ),
    });
    this.permissions = permissions;
  }

  /** A value that the service knows once the step has run; nobody checks the path. */
  public value<T extends Scalar>(path: string): Expression<T> {
    return new Get<T>(`Steps.${this.name}.${path}`, [this]);
  }

  public override bind({ pipelineRole }: StepContext): void {
    for (const statement of this.permissions) {
      pipelineRole.addToPrincipalPolicy(statement);
    }
  }
}
