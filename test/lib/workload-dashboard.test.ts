import { App, Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { FailStep, Pipeline } from '../../constructs/pipeline';
import { WorkloadDashboard, type WorkloadDashboardProps } from '../../lib/workload-dashboard';

const ACCOUNT = '111122223333';
const VERSION = `arn:aws:sagemaker:eu-central-1:${ACCOUNT}:model-package/loans/7`;

const newStack = (region?: string) =>
  new Stack(new App(), 'Monitoring', { env: region === undefined ? undefined : { account: ACCOUNT, region } });

const propsIn = (stack: Stack): WorkloadDashboardProps => ({
  title: 'Loans',
  endpointName: 'loans',
  modelPackageArn: VERSION,
  modelPackageGroupName: 'loan-models',
  pipeline: new Pipeline(stack, 'Pipeline', {
    pipelineName: 'loan-pipeline',
    steps: [new FailStep('Fail', { errorMessage: 'no' })],
  }),
  history: logs.LogGroup.fromLogGroupName(stack, 'History', 'loan-history'),
  monitors: [],
  alarms: [],
});

const drift = new cloudwatch.Metric({ namespace: 'loans', metricName: 'drift_age' });
const monitorsIn = (stack: Stack, ...titles: string[]) => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'loan-data');
  return titles.map(title => ({ title, metrics: [drift], reports: { bucket, prefix: `monitoring/${title}` } }));
};

interface Widget {
  readonly type: string;
  readonly width: number;
  readonly x: number;
  readonly y: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly query?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

/** The widgets, with the partition and the region of the deployment. */
function widgetsOf(stack: Stack): Widget[] {
  const [dashboard] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')) as {
    Properties: { DashboardBody: unknown };
  }[];
  const text = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const { Ref: ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
    if (join) return join[1].map(text).join(join[0]);
    return { 'AWS::Partition': 'aws', 'AWS::Region': 'here' }[ref ?? ''] ?? JSON.stringify(value).replaceAll('"', "'");
  };
  return (JSON.parse(text(dashboard?.Properties.DashboardBody)) as { widgets: Widget[] }).widgets;
}

const dashboardIn = (region: string | undefined, overrides: (stack: Stack) => Partial<WorkloadDashboardProps>) => {
  const stack = newStack(region);
  new WorkloadDashboard(stack, 'Loans', { ...propsIn(stack), ...overrides(stack) });
  return widgetsOf(stack);
};
const titled = (widgets: readonly Widget[], title: string) =>
  widgets.find(({ properties }) => properties.title === title);
const metricsOf = (widget: Widget | undefined) =>
  widget?.properties.metrics?.map(metric => metric.filter(part => typeof part === 'string'));

describe('the dashboard', () => {
  test('says which version is approved, and links to what there is to read', () => {
    const [first] = dashboardIn('eu-central-1', stack => ({ monitors: monitorsIn(stack, 'data', 'bias') }));
    expect(first?.type).toBe('text');
    expect(first?.properties.markdown?.split('\n\n')).toEqual([
      '# Loans',
      `Approved version: \`${VERSION}\``,
      'Pipeline `loan-pipeline` and registry `loan-models` in [Studio](https://console.aws.amazon.com/sagemaker/home?region=eu-central-1#/studio)',
      'History: [log group](https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/loan-history)',
      'Reports: [data](https://console.aws.amazon.com/s3/buckets/loan-data?region=eu-central-1&prefix=monitoring/data/) · [bias](https://console.aws.amazon.com/s3/buckets/loan-data?region=eu-central-1&prefix=monitoring/bias/)',
    ]);
  });

  test.each([
    ['cn-north-1', 'https://console.amazonaws.cn/'],
    ['us-gov-west-1', 'https://console.amazonaws-us-gov.com/'],
  ])('links to the console of %s', (region, host) => {
    const [first] = dashboardIn(region, stack => ({ monitors: monitorsIn(stack, 'data') }));
    const links = [...(first?.properties.markdown?.matchAll(/\((https:\/\/[^/]+\/)/g) ?? [])].map(([, link]) => link);
    expect(links).toEqual([host, host, host]);
  });

  test('lets CloudFormation choose the console where only the deployment knows the region', () => {
    const [first] = dashboardIn(undefined, () => ({}));
    const markdown = first?.properties.markdown ?? '';
    expect(markdown).toContain("{'Fn::If':['IsPartitionOfGovCloud','console.amazonaws-us-gov.com'");
    expect(markdown).toContain('sagemaker/home?region=here#/studio');
  });

  test('shows traffic, latency and errors of the endpoint', () => {
    const widgets = dashboardIn('eu-central-1', () => ({}));
    const names = widgets.flatMap(widget => metricsOf(widget) ?? []).map(([, name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(['Invocations', 'ModelLatency', 'Invocation4XXErrors', 'Invocation5XXErrors']),
    );
  });

  test('shows the drift that each monitor has seen, two in a row', () => {
    const widgets = dashboardIn('eu-central-1', stack => ({ monitors: monitorsIn(stack, 'data', 'quality', 'bias') }));
    const shown = ['data', 'quality', 'bias'].map(title => titled(widgets, title));
    expect(shown.map(widget => metricsOf(widget))).toEqual(Array(3).fill([['loans', 'drift_age']]));
    expect(shown.map(widget => widget?.x)).toEqual([0, 12, 0]);
    expect(shown[2]?.y).toBeGreaterThan(shown[0]?.y ?? 0);
  });

  test('names no reports and no alarms where nothing is watched', () => {
    const widgets = dashboardIn('eu-central-1', () => ({}));
    expect(widgets[0]?.properties.markdown).not.toContain('Reports');
    expect(widgets.map(({ type }) => type)).not.toContain('alarm');
  });

  test('shows alarms by their names, so that it is there without them', () => {
    const widgets = dashboardIn('eu-central-1', stack => {
      const alarmOf = (alarmName: string) =>
        new cloudwatch.Alarm(stack, alarmName, { alarmName, metric: drift, threshold: 1, evaluationPeriods: 1 });
      return { alarms: [alarmOf('errors'), alarmOf('drift')] };
    });
    const [alarms] = widgets.filter(({ type }) => type === 'alarm');
    expect(alarms?.properties).toMatchObject({
      title: 'Alarms',
      alarms: ['errors', 'drift'].map(name => `arn:aws:cloudwatch:eu-central-1:${ACCOUNT}:alarm:${name}`),
    });
  });

  test('shows the runs of the pipeline, and the last ones with their reasons', () => {
    const widgets = dashboardIn('eu-central-1', () => ({}));
    expect(metricsOf(titled(widgets, 'Runs of the pipeline'))).toEqual(
      ['Started', 'Succeeded', 'Failed', 'Stopped'].map(outcome => [
        'AWS/Sagemaker/ModelBuildingPipeline',
        `Execution${outcome}`,
        'PipelineName',
        'loan-pipeline',
      ]),
    );
    expect(titled(widgets, 'Last runs of the pipeline, and why')).toMatchObject({
      type: 'log',
      properties: {
        query:
          'SOURCE \'loan-history\' | fields @timestamp, detail.outcome, detail.parameters.Reason, detail.actor, detail.failureReason\n| filter source = "pipeline-execution"\n| sort @timestamp desc\n| limit 20',
      },
    });
  });

  test('shows what became of the versions', () => {
    expect(
      titled(
        dashboardIn('eu-central-1', () => ({})),
        'Versions, why and by whom',
      ),
    ).toMatchObject({
      type: 'log',
      width: 24,
      properties: {
        query:
          'SOURCE \'loan-history\' | fields @timestamp, detail.outcome, detail.version, detail.reason, detail.actor\n| filter source = "approved-model"\n| sort @timestamp desc\n| limit 20',
      },
    });
  });
});
