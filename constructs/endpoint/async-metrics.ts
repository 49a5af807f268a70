import { Duration } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { EndpointBase, EndpointMetricOptions } from './endpoint-base';

/**
 * Metrics that asynchronous endpoints publish, and no others do. They publish no `Invocations`, no
 * `InvocationsPerInstance` and no `OverheadLatency`.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
 */
export class AsyncMetrics {
  public static fromEndpoint(endpoint: EndpointBase): AsyncMetrics {
    return new AsyncMetrics(endpoint);
  }

  private constructor(private readonly endpoint: EndpointBase) {}

  /** Requests that wait or are being answered. */
  public backlogSize(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofEndpoint('ApproximateBacklogSize', options);
  }

  /** The same per instance: what scaling follows. */
  public backlogSizePerInstance(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofEndpoint('ApproximateBacklogSizePerInstance', options);
  }

  /** Seconds that the oldest request has waited, at most. */
  public ageOfOldestRequest(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofEndpoint('ApproximateAgeOfOldestRequest', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** 1 while requests wait and there is no instance, else 0. */
  public hasBacklogWithoutCapacity(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ofEndpoint('HasBacklogWithoutCapacity', { period: Duration.minutes(1), ...options });
  }

  /** Requests that failed for any reason, as a sum. */
  public invocationFailures(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.endpoint.metric('InvocationFailures', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests that expired in the queue, as a sum. */
  public expiredRequests(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.endpoint.metric('ExpiredRequests', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Notifications that could not be published, as a sum. */
  public notificationFailures(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.endpoint.metric('NotificationFailures', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Milliseconds in the queue, on average. */
  public timeInBacklog(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.endpoint.metric('TimeInBacklog', options);
  }

  /** Milliseconds from the request to the answer in S3, on average. */
  public totalProcessingTime(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.endpoint.metric('TotalProcessingTime', options);
  }

  private ofEndpoint(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const dimensionsMap = { EndpointName: this.endpoint.endpointName };
    const namespace = 'AWS/SageMaker';
    return new cloudwatch.Metric({ namespace, metricName, dimensionsMap, ...options }).attachTo(this.endpoint);
  }
}
