import { Resource } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { AsyncInference } from './async-inference';
import { AsyncMetrics } from './async-metrics';
import { EndpointGrants, type NamedEndpointRef } from './endpoint-grants';
import { type EndpointKind, endpointWidgets } from './endpoint-widgets';

export interface EndpointMetricOptions extends cloudwatch.MetricOptions {
  /**
   * Variant to look at.
   *
   * @default - the only variant; with several it must be named
   */
  readonly variant?: string;

  /**
   * Container to look at, by its host name, where a model has several.
   *
   * @default - all containers together
   */
  readonly container?: string;
}

/** An endpoint made here or elsewhere: what can be done with one of which only the name is known. */
export abstract class EndpointBase extends Resource implements NamedEndpointRef {
  public abstract readonly endpointName: string;
  public abstract readonly endpointRef: refs.EndpointReference;
  public readonly grants: EndpointGrants = EndpointGrants.fromEndpoint(this);

  /** Metrics of the queue, for an asynchronous endpoint. */
  public readonly asyncMetrics: AsyncMetrics = AsyncMetrics.fromEndpoint(this);

  /** Where requests and answers lie, if the endpoint is asynchronous and was made here. */
  public readonly async?: AsyncInference;

  protected abstract readonly variantNames: readonly string[];
  /** Variant that gets copies of the requests: it has metrics, and is never meant where no variant is named. */
  protected readonly shadowName?: string;
  protected readonly kind: EndpointKind = 'instances';

  /** Rows of graphs with the metrics of each variant, for a dashboard; of an imported endpoint as if it had instances. */
  public dashboardWidgets(): cloudwatch.IWidget[][] {
    return endpointWidgets(this, this.variantNames, this.kind);
  }

  /** Any metric of requests, from `AWS/SageMaker`. */
  public metric(metricName: string, options: EndpointMetricOptions = {}): cloudwatch.Metric {
    return this.metricIn('AWS/SageMaker', metricName, options);
  }

  /** Any metric of instances, from `/aws/sagemaker/Endpoints`. */
  public metricInstance(metricName: string, options: EndpointMetricOptions = {}): cloudwatch.Metric {
    return this.metricIn('/aws/sagemaker/Endpoints', metricName, options);
  }

  /** Requests, as a sum. */
  public metricInvocations(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('Invocations', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests per instance, as a sum: what scaling follows. */
  public metricInvocationsPerInstance(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('InvocationsPerInstance', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests that the model answered with a 4xx code, as a sum; the average is their share of all requests. */
  public metricInvocation4XXErrors(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('Invocation4XXErrors', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests that the model answered with a 5xx code, as a sum; the average is their share of all requests. */
  public metricInvocation5XXErrors(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('Invocation5XXErrors', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Microseconds that the model took, as the 99th percentile. */
  public metricModelLatency(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('ModelLatency', { statistic: cloudwatch.Stats.p(99), ...options });
  }

  /** Microseconds that SageMaker added, as the 99th percentile. */
  public metricOverheadLatency(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('OverheadLatency', { statistic: cloudwatch.Stats.p(99), ...options });
  }

  /** Microseconds that one of several containers took, as their average. Name the container. */
  public metricContainerLatency(options: EndpointMetricOptions & { readonly container: string }): cloudwatch.Metric {
    return this.metric('ContainerLatency', options);
  }

  /** Microseconds that requests to a multi-model endpoint waited for their model, as the average of those that did. */
  public metricModelLoadingWaitTime(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('ModelLoadingWaitTime', options);
  }

  /** Microseconds that a multi-model endpoint took to fetch a model from S3, on average. */
  public metricModelDownloadingTime(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('ModelDownloadingTime', options);
  }

  /** Microseconds that a multi-model container took to load a model, on average. */
  public metricModelLoadingTime(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('ModelLoadingTime', options);
  }

  /** Microseconds that a multi-model container took to unload a model, on average. */
  public metricModelUnloadingTime(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('ModelUnloadingTime', options);
  }

  /** Share of requests to a multi-model endpoint that found their model loaded, 0 to 1; the sum counts them. */
  public metricModelCacheHit(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('ModelCacheHit', options);
  }

  /** Models in memory per instance of a multi-model endpoint, on average. */
  public metricLoadedModelCount(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metricInstance('LoadedModelCount', options);
  }

  /** Microseconds to start a container of a serverless endpoint, as the 99th percentile; nothing where one was running. */
  public metricModelSetupTime(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metric('ModelSetupTime', { statistic: cloudwatch.Stats.p(99), ...options });
  }

  /** Percent of a core in use, summed over the cores of an instance; the average of all instances. */
  public metricCpuUtilization(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metricInstance('CPUUtilization', options);
  }

  /** Percent of the memory in use; the average of all instances. */
  public metricMemoryUtilization(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metricInstance('MemoryUtilization', options);
  }

  /** Percent of the disk in use; the average of all instances. */
  public metricDiskUtilization(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metricInstance('DiskUtilization', options);
  }

  /** Percent of a GPU in use, summed over the GPUs of an instance; the average of all instances. */
  public metricGpuUtilization(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metricInstance('GPUUtilization', options);
  }

  /** Percent of a GPU's memory in use, summed over the GPUs of an instance; the average of all instances. */
  public metricGpuMemoryUtilization(options?: EndpointMetricOptions): cloudwatch.Metric {
    return this.metricInstance('GPUMemoryUtilization', options);
  }

  private metricIn(namespace: string, metricName: string, options: EndpointMetricOptions): cloudwatch.Metric {
    const { variant, container, ...metricOptions } = options;
    const dimensionsMap = {
      EndpointName: this.endpointName,
      VariantName: this.namedVariant(variant),
      ...(container === undefined ? {} : { ContainerName: container }),
    };
    return new cloudwatch.Metric({ namespace, metricName, dimensionsMap, ...metricOptions }).attachTo(this);
  }

  private namedVariant(variant: string | undefined): string {
    const [only, ...others] = this.variantNames;
    const name = variant ?? (others.length === 0 ? only : undefined);
    if (name === undefined || (only !== undefined && !this.variantNames.includes(name) && name !== this.shadowName)) {
      const known =
        only === undefined ? 'a variant of the imported endpoint' : `a variant (${this.variantNames.join(', ')})`;
      throw new Error(`${this.node.path}: 'variant' must name ${known}, got: ${variant ?? 'none'}`);
    }
    return name;
  }
}
