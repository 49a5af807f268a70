import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { FileSet } from '../assets';
import type { ModelBiasAnalysis, PreTrainingBiasMethod } from '../clarify';
import { ContainerImage } from '../images';
import { type NamedAnalysis, validateHeaders, validateName } from './analysis-names';
import { type BiasConstraints, validateFiles } from './baselines/baseline';
import { type BiasMethod, describeBias } from './alerts/bias-words';
import { type AnalysisWindow, renderInput, renderWindow, validateWindow, validateWindowOnce } from './captured-data';
import type { DataLocation } from './data-location';
import { DefinedMonitor, type DefinedMonitorOptions } from './defined-monitor';
import type { BiasLimit, MetricLimit } from './metric-limit';
import { type MonitoredSource, dataOf, grantCaptured } from './monitored-endpoint';
import { type Prediction, renderPrediction, validatePrediction } from './predictions';

interface BiasDriftOptions extends DefinedMonitorOptions {
  /**
   * What is compared; it is uploaded as a file. The predictor in it is not asked, because predictions are those captured, and its
   * `methods` choose nothing: a monitor computes all metrics.
   */
  readonly analysis: ModelBiasAnalysis;

  /** Where labels are uploaded to, in the form that `ModelQualityMonitorProps.groundTruth` describes. */
  readonly groundTruth: DataLocation;

  /** How unequal predictions were at the time of training. */
  readonly baselineConstraints: BiasConstraints;

  /**
   * Part of the captured data that a run looks at, for labels that come late.
   *
   * @default - the time since the last run, so labels have to be there at once
   */
  readonly analysisWindow?: AnalysisWindow;

  /**
   * JMESPath expression that gives the features of a request in JSON Lines.
   *
   * @default - requests are CSV
   */
  readonly featuresAttribute?: string;
}

export type BiasDriftMonitorProps = BiasDriftOptions & Prediction & MonitoredSource;

/** Groups that a bias metric compares, spelled as the job publishes them: see the metrics of its first run. */
export interface BiasGroup {
  /** Name of the label in the analysis. */
  readonly label: string;

  /** Value of the label that means the positive outcome. */
  readonly labelValue: string;

  /** Name of the facet in the analysis. */
  readonly facet: string;

  /** Value, or threshold, that makes the group. */
  readonly facetValue: string;
}

const PRE_TRAINING: readonly string[] = [
  'CI',
  'DPL',
  'KL',
  'JS',
  'LP',
  'TVD',
  'KS',
  'CDDL',
] satisfies PreTrainingBiasMethod[];

/**
 * Compares how the model treats groups with how it did at the time of training, on a schedule.
 *
 * Creates a role, a job definition and a monitoring schedule, and uploads the analysis. Each run has two jobs, one that merges
 * labels with the captured predictions and one that analyses them, and costs the time of their instances. Model Monitor and
 * Clarify are closed to new customers.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift.html
 */
export class BiasDriftMonitor extends DefinedMonitor {
  private readonly analysis: NamedAnalysis;

  constructor(scope: Construct, id: string, given: BiasDriftMonitorProps) {
    const props = dataOf<BiasDriftOptions & Prediction>(`${scope.node.path}/${id}`, given, ['Input', 'Output']);
    const { baselineConstraints, groundTruth, featuresAttribute, analysisWindow } = props;
    const { inferenceAttribute, probabilityAttribute, probabilityThreshold } = props;
    const analysis: NamedAnalysis = props.analysis.renderForMonitor(`${scope.node.path}/${id}`);
    super(scope, id, props, {
      type: 'ModelBias',
      metricKind: 'bias-metrics',
      image: ContainerImage.clarify(),
      groundTruth,
      files: [baselineConstraints.s3Uri],
      validate: path => {
        validateFiles(path, { baselineConstraints: baselineConstraints.s3Uri });
        validatePrediction(path, props);
        validateWindow(path, props.analysisWindow);
        validateWindowOnce(path, props.analysisWindow, props.schedule?.once);
        if (props.managed === false) validateHeaders(path, analysis);
      },
      open: {
        kind: 'bias',
        files: { baselineConstraints: baselineConstraints.s3Uri },
        config: analysis,
        groundTruth,
        analysisWindow,
        options: { inferenceAttribute, probabilityAttribute, probabilityThreshold, featuresAttribute },
      },
      define: (monitor, { common, imageUri, environment, output }) => {
        const config = FileSet.fromJson('analysis_config.json', analysis).bind(monitor);
        config.grantRead(monitor);
        return new sagemaker.CfnModelBiasJobDefinition(monitor, 'Definition', {
          ...common,
          modelBiasAppSpecification: { imageUri, environment, configUri: config.s3Uri },
          modelBiasBaselineConfig: { constraintsResource: { s3Uri: baselineConstraints.s3Uri } },
          modelBiasJobInput: {
            ...renderInput(props, {
              featuresAttribute,
              ...renderPrediction(props),
              ...renderWindow(props.analysisWindow),
            }),
            groundTruthS3Input: { s3Uri: groundTruth.bucket.s3UrlForObject(groundTruth.prefix) },
          },
          modelBiasJobOutputConfig: output,
        });
      },
    });
    this.analysis = analysis;
    grantCaptured(given, this.role);
  }

  /** A bias metric of one group against all others. */
  public metricForBias(method: BiasMethod, group: BiasGroup, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const { node, analysis } = this;
    const { label, facet = [], group_variable: groups } = analysis;
    const facets = facet.map(each => each.name_or_index);
    validateName(node.path, 'group.label', group.label, [label], analysis);
    validateName(node.path, 'group.facet', group.facet, facets, analysis);
    if (groups === undefined && (method === 'CDDL' || method === 'CDDPL')) {
      throw new Error(
        `${node.path}: 'method' must not be of subgroups, as the analysis has no groupVariable, got: ${method}`,
      );
    }
    const metric = this.metric(`bias_metric_${method}`, options);
    return metric.with({
      dimensionsMap: {
        ...metric.dimensions,
        BiasStage: PRE_TRAINING.includes(method) ? 'Pre-training' : 'Post-Training',
        Label: group.label,
        LabelValue: group.labelValue,
        Facet: group.facet,
        FacetValue: group.facetValue,
      },
    });
  }

  /** Adds an alarm that goes off when a group is treated too differently, says so in words, and holds until a run says otherwise. */
  public addBiasAlarm(id: string, method: BiasMethod, group: BiasGroup, limit: MetricLimit): cloudwatch.Alarm;
  // DI is a ratio, even at 1, so a distance from 0 says nothing.
  public addBiasAlarm(
    id: string,
    method: Exclude<BiasMethod, 'DI'>,
    group: BiasGroup,
    limit: BiasLimit,
  ): cloudwatch.Alarm;
  public addBiasAlarm(id: string, method: BiasMethod, group: BiasGroup, limit: BiasLimit): cloudwatch.Alarm {
    const metric = this.metricForBias(method, group);
    const description = describeBias(method, group.facet, group.facetValue, limit);
    if (limit.beyond === undefined) {
      return this.createAlarm(id, metric, description, limit);
    }
    const { beyond, evaluationPeriods } = limit;
    if (!Token.isUnresolved(beyond) && !(beyond > 0)) {
      throw new Error(`${this.node.path}: 'beyond' must be more than 0, got: ${beyond}`);
    }
    const distance = new cloudwatch.MathExpression({
      expression: 'ABS(bias)',
      usingMetrics: { bias: metric },
      period: metric.period,
      label: `${method}, distance from 0`,
    });
    return this.createAlarm(id, distance, description, { above: beyond, evaluationPeriods });
  }
}
