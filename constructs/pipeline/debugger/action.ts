import { Stack } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { StepContext } from '../context';
import { ExecutionVariable } from '../execution-variable';
import { join, literalBeginning, type Value } from '../expression';
import { allow } from '../permission';
import { type Rule, rule } from '../problem';

/** What is known about the rule that an action belongs to. */
export interface ActionScope {
  /** Name of the step that trains. */
  readonly step: string;
}

/**
 * What happens when a rule about tensors fires.
 *
 * Actions call AWS from the rule's container, so they work only where that reaches the internet.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-actions.html
 */
export class DebuggerAction {
  /**
   * Stops the training job.
   *
   * The job is found by the beginning of its name, in lower case, and left alone where several jobs in progress fit. By default
   * that is `pipelines-<execution>-` and the lower-case beginning of the step's name: in an execution that trains several models
   * at a time, let the names of these steps begin differently, in lower case.
   */
  public static stopTraining(jobNamePrefix?: Value<string>): DebuggerAction {
    return new DebuggerAction('stoptraining', 'training_job_prefix', jobNamePrefix);
  }

  /** Sends an e-mail through the topic `SMDebugRules`, once the receiver has confirmed the subscription. */
  public static email(address: Value<string>): DebuggerAction {
    return new DebuggerAction('email', 'endpoint', address);
  }

  /** Sends a text message through the topic `SMDebugRules`, to a number such as `+12223334444`. */
  public static sms(phoneNumber: Value<string>): DebuggerAction {
    return new DebuggerAction('sms', 'endpoint', phoneNumber);
  }

  private constructor(
    public readonly name: 'stoptraining' | 'email' | 'sms',
    private readonly key: string,
    private readonly value?: Value<string>,
  ) {}

  /** The action as the Python SDK writes it: the rules' containers want the quotes escaped. */
  public render({ step }: ActionScope): readonly Value<string>[] {
    const value = this.value ?? jobNamePrefix(step);
    const [before, after] = [`{\\"${this.key}\\": \\"`, `\\", \\"name\\": \\"${this.name}\\"}`];
    return typeof value === 'string' ? [before + value + after] : [before, value, after];
  }

  /** What is wrong with the action, by the prop that lists it. */
  public rules(prop: string): readonly Rule[] {
    const [holds, problem] = RULES[this.name];
    return [rule(this.value, value => holds.test(String(value)), `'${prop}' must ${problem}`)];
  }

  /** Gives the role of the rule what the action needs. */
  public grant({ scope }: StepContext, role: iam.IRole): void {
    if (this.name === 'stoptraining') {
      grantStop(scope, role, literalBeginning(this.value ?? JOBS_OF_PIPELINES).text);
      return;
    }
    const topic = Stack.of(scope).formatArn({ service: 'sns', resource: 'SMDebugRules' });
    allow(role, { actions: ['sns:CreateTopic', 'sns:Publish', 'sns:Subscribe'], resources: [topic] });
  }
}

const JOBS_OF_PIPELINES = 'pipelines-';
// The service cuts the names of steps to fit its 63 characters.
const LONGEST_STEP = 20;

const RULES = {
  stoptraining: [
    /^[a-z0-9-]+$/,
    'look for lower-case letters, digits and -, as the action compares names in lower case',
  ],
  email: [/^[^\s@"\\]+@[^\s@"\\]+\.[^\s@"\\]+$/, 'send to an e-mail address, such as team@example.com'],
  sms: [/^\+[0-9]{1,15}$/, 'send to a phone number of + and 1 to 15 digits'],
} as const;

/** What the names of a step's jobs begin with; the action writes all in lower case and then compares exactly. */
export function jobNamePrefix(step: string): Value<string> {
  const [beginning = ''] = /^[a-z0-9-]*/.exec(step) ?? [];
  return join(
    '-',
    JOBS_OF_PIPELINES.slice(0, -1),
    ExecutionVariable.PIPELINE_EXECUTION_ID,
    beginning.slice(0, LONGEST_STEP),
  );
}

/** Lets a role find the job whose name begins so, and stop it. */
export function grantStop(scope: StepContext['scope'], role: iam.IRole, prefix = JOBS_OF_PIPELINES): void {
  const jobs = Stack.of(scope).formatArn({ service: 'sagemaker', resource: `training-job/${prefix}*` });
  allow(role, {
    actions: ['sagemaker:ListTrainingJobs'],
    resources: ['*'],
    wildcardReason: 'IAM knows no resource for this list, by which the rule finds the job to stop',
  });
  allow(role, {
    actions: ['sagemaker:StopTrainingJob'],
    resources: [jobs],
    wildcardReason:
      'The service makes up the name of the job of a pipeline; its beginning, account and region are fixed',
  });
}
