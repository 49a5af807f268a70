import type { Duration } from 'aws-cdk-lib/core';
import { Float } from './json';
import { duration, numberBetween, type Rule, wholeNumber } from './problem';

/** Failures of the call that starts a step. The service retries these by itself, even without a policy. */
export type StepException = 'Step.SERVICE_FAULT' | 'Step.THROTTLING';

/** Failures of a job that a step started; tuning and AutoML jobs ignore `SageMaker.JOB_INTERNAL_ERROR`. */
export type JobException =
  StepException | 'SageMaker.JOB_INTERNAL_ERROR' | 'SageMaker.CAPACITY_ERROR' | 'SageMaker.RESOURCE_LIMIT';

interface RetryPolicyBase<E extends JobException> {
  /** The failures that are retried: at least one. */
  readonly exceptionTypes: readonly E[];

  /**
   * Time before the first retry: 0 to 43,200 seconds.
   *
   * @default Duration.seconds(1)
   */
  readonly interval?: Duration;

  /**
   * Factor by which the interval grows with each retry: 0 or more.
   *
   * @default 2
   */
  readonly backoffRate?: number;
}

/** When and how often a failed step is tried again: either up to a number of attempts or up to a time. */
export type RetryPolicy<E extends JobException = JobException> = RetryPolicyBase<E> &
  (
    | {
        /**
         * Number of retries: 0 to 20.
         *
         * @default 5
         */
        readonly maxAttempts?: number;
        readonly expireAfter?: undefined;
      }
    | {
        /** Time after which no retry starts: 0 to 14,400 minutes, in whole minutes. */
        readonly expireAfter: Duration;
        readonly maxAttempts?: undefined;
      }
  );

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html */
export function renderRetryPolicy(policy: RetryPolicy): object {
  const limit =
    policy.expireAfter === undefined
      ? { MaxAttempts: policy.maxAttempts ?? 5 }
      : { ExpireAfterMin: policy.expireAfter.toMinutes({ integral: false }) };
  return {
    ExceptionType: policy.exceptionTypes,
    IntervalSeconds: policy.interval?.toSeconds({ integral: false }) ?? 1,
    BackoffRate: new Float(policy.backoffRate ?? 2),
    ...limit,
  };
}

export function retryRules({
  exceptionTypes,
  interval,
  backoffRate,
  maxAttempts,
  expireAfter,
}: RetryPolicy): readonly Rule[] {
  return [
    [exceptionTypes.length > 0, `'retryPolicies.exceptionTypes' must name at least one exception, got: none`],
    duration('retryPolicies.interval', interval, 'seconds', 0, 43_200),
    numberBetween('retryPolicies.backoffRate', backoffRate, 0),
    wholeNumber('retryPolicies.maxAttempts', maxAttempts, 0, 20),
    duration('retryPolicies.expireAfter', expireAfter, 'minutes', 0, 14_400),
  ];
}
