import { Dashboard, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Endpoint, type AsyncMetrics, type EndpointBase } from '../../constructs/endpoint';
import { endpointIn, newStack, pairIn, variantIn } from '../support/endpoints';

interface Graph {
  readonly properties: { readonly title: string; readonly metrics: readonly (readonly [string, string])[] };
}

/** Title and metrics of each graph, as a dashboard has them. */
function graphsOf(endpoint: EndpointBase): Record<string, string[]> {
  const { stack } = endpoint;
  const dashboard = new Dashboard(stack, 'Dashboard', { widgets: endpoint.dashboardWidgets() });
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const { DashboardBody } = (resource as { Properties: { DashboardBody: { 'Fn::Join': [string, unknown[]] } } })
    .Properties;
  const body = DashboardBody['Fn::Join'][1].map(part => (typeof part === 'string' ? part : 'token')).join('');
  expect(dashboard.node.id).toBe('Dashboard');
  return Object.fromEntries(
    (JSON.parse(body) as { widgets: Graph[] }).widgets.map(({ properties }) => [
      properties.title,
      properties.metrics.map(([namespace, name]) => `${namespace} ${name}`),
    ]),
  );
}

describe('Dashboard of an Endpoint', () => {
  const common = (variant: string) => ({
    [`${variant}: errors`]: ['AWS/SageMaker Invocation4XXErrors', 'AWS/SageMaker Invocation5XXErrors'],
    [`${variant}: use (percent)`]: [
      '/aws/sagemaker/Endpoints CPUUtilization',
      '/aws/sagemaker/Endpoints MemoryUtilization',
    ],
    [`${variant}: requests`]: ['AWS/SageMaker Invocations'],
    [`${variant}: latency (microseconds)`]: ['AWS/SageMaker ModelLatency', 'AWS/SageMaker OverheadLatency'],
  });

  test('shows each variant on instances', () => {
    expect(graphsOf(pairIn(newStack(), {}, {}))).toEqual({ ...common('Champion'), ...common('Challenger') });
  });

  test('shows an imported endpoint by its name', () => {
    expect(graphsOf(Endpoint.fromEndpointName(newStack(), 'Theirs', 'theirs', ['All']))).toEqual(common('All'));
  });

  test('shows what a serverless endpoint publishes', () => {
    const stack = newStack();
    const { model } = variantIn(stack, 'All');
    const serverless = { memorySizeMiB: 1024, maxConcurrency: 1 } as const;
    expect(graphsOf(new Endpoint(stack, 'Loans', { variants: [{ name: 'All', model, serverless }] }))).toEqual({
      ...common('All'),
      'All: latency (microseconds)': [
        'AWS/SageMaker ModelLatency',
        'AWS/SageMaker OverheadLatency',
        'AWS/SageMaker ModelSetupTime',
      ],
      'All: use (percent)': ['/aws/sagemaker/Endpoints MemoryUtilization'],
    });
  });

  const asyncIn = () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');
    return endpointIn(stack, { async: { input: { bucket, prefix: 'in' }, output: { bucket, prefix: 'out' } } });
  };

  test('shows the queue of an asynchronous endpoint', () => {
    expect(graphsOf(asyncIn())).toEqual({
      'Backlog (requests)': ['AWS/SageMaker ApproximateBacklogSize', 'AWS/SageMaker ApproximateBacklogSizePerInstance'],
      'Age of the oldest request (seconds)': ['AWS/SageMaker ApproximateAgeOfOldestRequest'],
      'Champion: time to the answer (milliseconds)': [
        'AWS/SageMaker TimeInBacklog',
        'AWS/SageMaker TotalProcessingTime',
      ],
      'Champion: latency (microseconds)': ['AWS/SageMaker ModelLatency'],
      'Champion: errors': [
        'AWS/SageMaker Invocation4XXErrors',
        'AWS/SageMaker Invocation5XXErrors',
        'AWS/SageMaker InvocationFailures',
      ],
      'Champion: use (percent)': common('Champion')['Champion: use (percent)'],
    });
  });

  test.each<[string, (metrics: AsyncMetrics) => Metric, string, string, boolean]>([
    ['backlogSize', m => m.backlogSize(), 'ApproximateBacklogSize', 'Average', false],
    ['backlogSizePerInstance', m => m.backlogSizePerInstance(), 'ApproximateBacklogSizePerInstance', 'Average', false],
    ['ageOfOldestRequest', m => m.ageOfOldestRequest(), 'ApproximateAgeOfOldestRequest', 'Maximum', false],
    ['hasBacklogWithoutCapacity', m => m.hasBacklogWithoutCapacity(), 'HasBacklogWithoutCapacity', 'Average', false],
    ['invocationFailures', m => m.invocationFailures(), 'InvocationFailures', 'Sum', true],
    ['expiredRequests', m => m.expiredRequests(), 'ExpiredRequests', 'Sum', true],
    ['notificationFailures', m => m.notificationFailures(), 'NotificationFailures', 'Sum', true],
    ['timeInBacklog', m => m.timeInBacklog(), 'TimeInBacklog', 'Average', true],
    ['totalProcessingTime', m => m.totalProcessingTime(), 'TotalProcessingTime', 'Average', true],
  ])(
    'asyncMetrics.%s has the right name, statistic and dimensions',
    (_helper, metricOf, metricName, statistic, ofVariant) => {
      expect(metricOf(asyncIn().asyncMetrics)).toMatchObject({
        namespace: 'AWS/SageMaker',
        metricName,
        statistic,
        dimensions: { EndpointName: 'loans', ...(ofVariant && { VariantName: 'Champion' }) },
      });
    },
  );
});
