import { Resource, type ResourceProps } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { FeatureGroupGrants } from './feature-group-grants';

export interface FeatureMetricOptions extends cloudwatch.MetricOptions {
  /**
   * CloudWatch namespace. AWS documents the metrics and their dimensions, not the namespace: see where your account has them.
   *
   * @default 'AWS/SageMaker/FeatureStore'
   */
  readonly namespace?: string;
}

/** A feature group that was declared here, in another stack, or by hand. */
export interface IFeatureGroup extends refs.IFeatureGroupRef {
  readonly grants: FeatureGroupGrants;

  /** Any metric of one operation on records, such as `GetRecord`. */
  metric(metricName: string, operation: string, options?: FeatureMetricOptions): cloudwatch.Metric;

  /** Time in microseconds to answer one operation, as average over 5 minutes. */
  metricLatency(operation: string, options?: FeatureMetricOptions): cloudwatch.Metric;

  /** Requests of one operation that were throttled, as sum over 5 minutes. */
  metricThrottledRequests(operation: string, options?: FeatureMetricOptions): cloudwatch.Metric;

  /** Requests of one operation that failed in the service, as sum over 5 minutes. */
  metricServerErrors(operation: string, options?: FeatureMetricOptions): cloudwatch.Metric;
}

export abstract class FeatureGroupBase extends Resource implements IFeatureGroup {
  public abstract readonly featureGroupRef: refs.FeatureGroupReference;
  public abstract readonly grants: FeatureGroupGrants;

  public metric(metricName: string, operation: string, options?: FeatureMetricOptions): cloudwatch.Metric {
    const dimensionsMap = { FeatureGroupName: this.featureGroupRef.featureGroupName, OperationName: operation };
    return new cloudwatch.Metric({ namespace: 'AWS/SageMaker/FeatureStore', metricName, dimensionsMap, ...options });
  }

  public metricLatency(operation: string, options?: FeatureMetricOptions): cloudwatch.Metric {
    return this.metric('Latency', operation, { statistic: 'Average', ...options });
  }

  public metricThrottledRequests(operation: string, options?: FeatureMetricOptions): cloudwatch.Metric {
    return this.metric('ThrottledRequests', operation, { statistic: 'Sum', ...options });
  }

  public metricServerErrors(operation: string, options?: FeatureMetricOptions): cloudwatch.Metric {
    return this.metric('Operation5XXErrors', operation, { statistic: 'Sum', ...options });
  }
}

export class ImportedFeatureGroup extends FeatureGroupBase {
  public readonly featureGroupRef: refs.FeatureGroupReference;
  public readonly grants = FeatureGroupGrants.fromFeatureGroup(this);

  constructor(scope: Construct, id: string, featureGroupName: string, props?: ResourceProps) {
    super(scope, id, props);
    this.featureGroupRef = { featureGroupName };
  }
}
