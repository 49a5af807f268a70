import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { EndpointBase } from './endpoint-base';

/** How an endpoint runs, which decides what it publishes. */
export type EndpointKind = 'instances' | 'serverless' | 'asynchronous';

/**
 * Rows of graphs for a dashboard, four graphs for each variant, with the metrics that the kind of endpoint publishes. An
 * asynchronous endpoint has two more for its queue.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
 */
export function endpointWidgets(
  endpoint: EndpointBase,
  variants: readonly string[],
  kind: EndpointKind,
): cloudwatch.IWidget[][] {
  const queue = kind === 'asynchronous' ? [queueRow(endpoint)] : [];
  return [...queue, ...variants.flatMap(variant => variantRows(endpoint, variant, kind))];
}

function queueRow(endpoint: EndpointBase): cloudwatch.IWidget[] {
  const { asyncMetrics } = endpoint;
  return [
    graph('Backlog (requests)', [asyncMetrics.backlogSize(), asyncMetrics.backlogSizePerInstance()]),
    graph('Age of the oldest request (seconds)', [asyncMetrics.ageOfOldestRequest()]),
  ];
}

function variantRows(endpoint: EndpointBase, variant: string, kind: EndpointKind): cloudwatch.IWidget[][] {
  const { asyncMetrics } = endpoint;
  const asynchronous = kind === 'asynchronous';
  const of = { variant };
  const errors = [endpoint.metricInvocation4XXErrors(of), endpoint.metricInvocation5XXErrors(of)];
  return [
    [
      asynchronous
        ? graph(`${variant}: time to the answer (milliseconds)`, [
            asyncMetrics.timeInBacklog(of),
            asyncMetrics.totalProcessingTime(of),
          ])
        : graph(`${variant}: requests`, [endpoint.metricInvocations(of)]),
      graph(`${variant}: latency (microseconds)`, [
        endpoint.metricModelLatency(of),
        ...(asynchronous ? [] : [endpoint.metricOverheadLatency(of)]),
        ...(kind === 'serverless' ? [endpoint.metricModelSetupTime(of)] : []),
      ]),
    ],
    [
      graph(`${variant}: errors`, [...errors, ...(asynchronous ? [asyncMetrics.invocationFailures(of)] : [])]),
      graph(`${variant}: use (percent)`, [
        ...(kind === 'serverless' ? [] : [endpoint.metricCpuUtilization(of)]),
        endpoint.metricMemoryUtilization(of),
      ]),
    ],
  ];
}

function graph(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: 12 });
}
