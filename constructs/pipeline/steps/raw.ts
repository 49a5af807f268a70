import type * as iam from 'aws-cdk-lib/aws-iam';
import type { StepContext } from '../context';
import { type Expression, Get, type Scalar } from '../expression';
import type { JobException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';

export interface RawStepProps extends StepProps, CacheableProps, RetryableProps<JobException> {
  /** Kind of the step in the service's words, such as `Lineage`. */
  readonly type: string;

  /** The step's `Arguments`; expressions may stand in the place of texts, numbers and booleans. */
  readonly arguments: Readonly<Record<string, unknown>>;

  /**
   * Keys that stand beside `Arguments`, such as `FunctionArn`.
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

/** A step of a kind that has no class here. Its edges follow from the expressions in its arguments, like those of any step. */
export class RawStep extends StepWithProperties<unknown> {
  private readonly permissions: readonly iam.PolicyStatement[];

  public constructor(name: string, props: RawStepProps) {
    const { type, members, permissions = [] } = props;
    super(name, { type, props, arguments: props.arguments, members });
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
