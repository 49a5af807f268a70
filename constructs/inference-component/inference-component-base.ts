import { Resource } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import { InferenceComponentGrants, type NamedInferenceComponentRef } from './inference-component-grants';

/** An inference component made here or elsewhere: what can be done with one of which only the names are known. */
export abstract class InferenceComponentBase extends Resource implements NamedInferenceComponentRef {
  public abstract readonly inferenceComponentName: string;
  public abstract readonly endpointName: string;
  public abstract readonly inferenceComponentRef: refs.InferenceComponentReference;
  public readonly grants: InferenceComponentGrants = InferenceComponentGrants.fromInferenceComponent(this);

  /** Any metric of requests, from `AWS/SageMaker`. */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricIn('AWS/SageMaker', metricName, options);
  }

  /** Any metric of the copies, from `/aws/sagemaker/InferenceComponents`. */
  public metricCopies(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricIn('/aws/sagemaker/InferenceComponents', metricName, options);
  }

  /** Requests, as a sum. */
  public metricInvocations(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Invocations', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests per copy, as a sum: what scaling follows. */
  public metricInvocationsPerCopy(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('InvocationsPerCopy', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests at the same time per copy, at most: what scaling follows. */
  public metricConcurrentRequestsPerCopy(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ConcurrentRequestsPerCopy', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** Requests that found no copy to answer them, as a sum. */
  public metricNoCapacityInvocationFailures(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('NoCapacityInvocationFailures', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests that the model answered with a 4xx code, as a sum; the average is their share of all requests. */
  public metricInvocation4XXErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Invocation4XXErrors', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests that the model answered with a 5xx code, as a sum; the average is their share of all requests. */
  public metricInvocation5XXErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Invocation5XXErrors', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Microseconds that the model took, as the 99th percentile. */
  public metricModelLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ModelLatency', { statistic: cloudwatch.Stats.p(99), ...options });
  }

  /** Percent of the reserved CPU cores in use, or of all that it may use where none are reserved; the average of all copies. */
  public metricCpuUtilization(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricCopies('CPUUtilizationNormalized', options);
  }

  /** Percent of the reserved memory in use; the average of all copies. */
  public metricMemoryUtilization(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricCopies('MemoryUtilizationNormalized', options);
  }

  /** Percent of the reserved accelerators in use; the average of all copies. */
  public metricGpuUtilization(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricCopies('GPUUtilizationNormalized', options);
  }

  /** Percent of the accelerators' memory in use; the average of all copies. */
  public metricGpuMemoryUtilization(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricCopies('GPUMemoryUtilizationNormalized', options);
  }

  private metricIn(namespace: string, metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const dimensionsMap = { InferenceComponentName: this.inferenceComponentName };
    return new cloudwatch.Metric({ namespace, metricName, dimensionsMap, ...options }).attachTo(this);
  }
}
