import nodeConsole from 'node:console';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { App, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ApprovedVersion } from '../../constructs/approved-model';
import { DataBiasAnalysis } from '../../constructs/clarify';
import { ContainerImage } from '../../constructs/images';
import {
  BaselineConstraints,
  BaselineStatistics,
  BiasBaseline,
  DataQualityBaseline,
  DataQualityMonitor,
  MonitorAlerts,
} from '../../constructs/model-monitor';
import { cdkConfig } from '../support/app';
import { env } from '../support/node-environment';
import { allowedTo } from '../support/role-policy';

const bucketIn = (stack: Stack) =>
  (stack.node.tryFindChild('Data') as s3.IBucket | undefined) ?? s3.Bucket.fromBucketName(stack, 'Data', 'loans');
const data = (stack: Stack) => ({
  dataset: { bucket: bucketIn(stack), prefix: 'training' },
  output: { bucket: bucketIn(stack), prefix: 'baselines' },
});
const analysis = new DataBiasAnalysis({
  dataset: { datasetType: 'text/csv', headers: ['good', 'age'], label: 'good' },
  bias: { facets: [{ nameOrIndex: 'age', threshold: 25 }], labelValues: [1] },
});

describe('a template with baselines', () => {
  const printed = jest.spyOn(nodeConsole, 'error').mockImplementation();
  // Everywhere else it is off: the rules of CloudFormation take more than a second to load.
  beforeAll(() => delete env.CDK_VALIDATION);
  afterAll(() => {
    env.CDK_VALIDATION = 'false';
    printed.mockRestore();
  });

  /** The baseline of the approved version, or else one of its own, or else one that is supplied. */
  const appIn = (region: string | undefined, managed: boolean) => {
    const app = new App({ context: cdkConfig.context });
    const stack = new Stack(app, 'Loans', { env: { region } });
    const bucket = bucketIn(stack);
    const baseline = new DataQualityBaseline(stack, 'Baseline', { ...data(stack), managed });
    const approved = new ApprovedVersion(stack, 'Approved', { parameterPrefix: '/loans/approved' });
    const statistics = approved.baseline('dataQualityStatistics', { otherwise: baseline.statistics.s3Uri });
    const constraints = approved.baseline('dataQualityConstraints', { otherwise: 's3://supplied/constraints.json' });
    const monitor = new DataQualityMonitor(stack, 'Monitor', {
      endpointName: 'loans',
      capturedData: { bucket, prefix: 'captured' },
      output: { bucket, prefix: 'reports' },
      image: ContainerImage.fromUri('public.ecr.aws/loans/analyzer:1'),
      baselineStatistics: BaselineStatistics.fromS3Uri(statistics.s3Uri),
      baselineConstraints: BaselineConstraints.fromS3Uri(constraints.s3Uri),
    });
    new MonitorAlerts(stack, 'Alerts', { monitors: [monitor], topic: new sns.Topic(stack, 'Topic') });
    approved.whenRunning(monitor);
    return { app, stack, baseline, monitor };
  };

  test.each([
    [undefined, true],
    ['eu-central-1', true],
    ['cn-north-1', true],
    [undefined, false],
    ['cn-north-1', false],
  ])('is valid in %s (managed: %s)', (region, managed) => {
    const { app } = appIn(region, managed);
    expect(app.synth().stacks.flatMap(({ messages }) => messages.map(({ entry }) => entry.data))).toEqual([]);
    expect(printed).not.toHaveBeenCalled();
  });

  // CloudFormation has no monitoring schedules there.
  test('is valid in us-gov-west-1 without a monitor', () => {
    const app = new App({ context: cdkConfig.context });
    const stack = new Stack(app, 'Loans', { env: { region: 'us-gov-west-1' } });
    new BiasBaseline(stack, 'Baseline', { ...data(stack), managed: false, analysis });
    expect(app.synth().stacks.flatMap(({ messages }) => messages.map(({ entry }) => entry.data))).toEqual([]);
    expect(printed).not.toHaveBeenCalled();
  });

  test('takes the baseline of the approved version before its own', () => {
    const { stack, baseline, monitor } = appIn('eu-central-1', true);
    const firstOf = (...parts: unknown[]) => ({ 'Fn::Sub': ['${File}', { File: { 'Fn::If': parts } }] });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::MonitoringSchedule', {
      MonitoringScheduleConfig: {
        MonitoringJobDefinition: {
          BaselineConfig: {
            StatisticsResource: {
              S3Uri: firstOf(
                Match.stringLikeRegexp('HasDataQualityStatistics'),
                { Ref: Match.stringLikeRegexp('DataQualityStatistics') },
                baseline.statistics.s3Uri,
              ),
            },
            ConstraintsResource: {
              S3Uri: firstOf(Match.anyValue(), Match.anyValue(), 's3://supplied/constraints.json'),
            },
          },
        },
      },
    });
    const files = allowedTo(monitor.role).find(({ Action }) => Action.includes('s3:GetObject'));
    expect(files?.Resource.join()).toContain('HasDataQualityStatistics');
  });
});
