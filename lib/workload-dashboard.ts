import { Stack } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Endpoint } from '../constructs/endpoint';
import { consoleHost, type Pipeline } from '../constructs/pipeline';
import { lastingAlarm } from './lasting-alarm';

/** A monitor as the dashboard shows it; its metrics and reports are known before it is there. */
export interface WatchedDrift {
  readonly title: string;
  readonly metrics: readonly cloudwatch.IMetric[];

  /** Where its reports are. */
  readonly reports: { readonly bucket: s3.IBucket; readonly prefix: string };
}

export interface WorkloadDashboardProps {
  /** Name of the workload, as a title. */
  readonly title: string;
  readonly endpointName: string;

  /** ARN of the approved version, `none` while there is none. */
  readonly modelPackageArn: string;
  readonly modelPackageGroupName: string;
  readonly pipeline: Pipeline;

  /** Log group of what became of versions and executions. */
  readonly history: logs.ILogGroup;
  readonly monitors: readonly WatchedDrift[];

  /** Alarms of the workload that exist while it runs. */
  readonly alarms: readonly cloudwatch.Alarm[];
}

/**
 * What there is to know of the workload: which version is approved, its traffic, latency and errors, its alarms, the drift that each
 * monitor has seen, the last runs of the pipeline and what became of the versions, with links to the rest.
 *
 * Costs three dollars a month from the fourth dashboard of the account on, and what its queries read.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export class WorkloadDashboard extends Construct {
  constructor(scope: Construct, id: string, props: WorkloadDashboardProps) {
    super(scope, id);
    const endpoint = Endpoint.fromEndpointName(this, 'Endpoint', props.endpointName, ['primary']);
    new cloudwatch.Dashboard(this, 'Dashboard', {
      widgets: [
        [new cloudwatch.TextWidget({ markdown: this.overview(props), width: 24, height: 6 })],
        ...this.alarmRow(props),
        ...endpoint.dashboardWidgets(),
        ...rowsOf(props.monitors.map(({ title, metrics }) => graph(title, metrics))),
        [
          graph('Runs of the pipeline', [
            props.pipeline.metricStarted(),
            props.pipeline.metricSucceeded(),
            props.pipeline.metricFailed(),
            props.pipeline.metricStopped(),
          ]),
          table('Last runs of the pipeline, and why', props.history, 'pipeline-execution', [
            'detail.outcome',
            'detail.parameters.Reason',
            'detail.actor',
            'detail.failureReason',
          ]),
        ],
        [
          table(
            'Versions, why and by whom',
            props.history,
            'approved-model',
            ['detail.outcome', 'detail.version', 'detail.reason', 'detail.actor'],
            24,
          ),
        ],
      ],
    });
  }

  /** Text in Markdown: what is approved, and where to read more. */
  private overview(props: WorkloadDashboardProps): string {
    const { region } = Stack.of(this);
    const console = `https://${consoleHost(this)}`;
    const link = (text: string, path: string) => `[${text}](${console}/${path})`;
    const reports = props.monitors.map(({ title, reports: { bucket, prefix } }) =>
      link(title, `s3/buckets/${bucket.bucketName}?region=${region}&prefix=${prefix}/`),
    );
    const studio = link('Studio', `sagemaker/home?region=${region}#/studio`);
    const logGroup = `cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${props.history.logGroupName}`;
    return [
      `# ${props.title}`,
      `Approved version: \`${props.modelPackageArn}\``,
      `Pipeline \`${props.pipeline.pipelineName}\` and registry \`${props.modelPackageGroupName}\` in ${studio}`,
      `History: ${link('log group', logGroup)}`,
      ...(reports.length > 0 ? [`Reports: ${reports.join(' · ')}`] : []),
    ].join('\n\n');
  }

  private alarmRow({ alarms }: WorkloadDashboardProps): cloudwatch.IWidget[][] {
    if (alarms.length === 0) return [];
    const known = alarms.map((alarm, index) => lastingAlarm(this, `Alarm${index}`, alarm));
    return [[new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: known, width: 24, height: 3 })]];
  }
}

function graph(title: string, metrics: readonly cloudwatch.IMetric[]): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({ title, left: [...metrics], width: 12 });
}

/** The newest events of one source in the history. */
function table(title: string, { logGroupName }: logs.ILogGroup, source: string, fields: readonly string[], width = 12) {
  return new cloudwatch.LogQueryWidget({
    title,
    logGroupNames: [logGroupName],
    queryLines: [
      `fields @timestamp, ${fields.join(', ')}`,
      `filter source = "${source}"`,
      'sort @timestamp desc',
      'limit 20',
    ],
    width,
  });
}

/** Two in each row. */
function rowsOf(widgets: readonly cloudwatch.IWidget[]): cloudwatch.IWidget[][] {
  return widgets.flatMap((_, index) => (index % 2 === 0 ? [widgets.slice(index, index + 2)] : []));
}
