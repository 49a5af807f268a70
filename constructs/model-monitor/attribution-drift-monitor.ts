import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Token } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { DeployedFile, FileSet } from '../assets';
import type { ModelExplainabilityAnalysis } from '../clarify';
import { ContainerImage } from '../images';
import { validateHeaders, validateName } from './analysis-names';
import { askModel } from './ask-model';
import { type AttributionConstraints, validateFiles } from './baselines/baseline';
import { renderInput } from './captured-data';
import { type ExplainedBy, readModel, validateExplained } from './open/open-model';
import { DefinedMonitor, type DefinedMonitorOptions } from './defined-monitor';
import type { MetricLimit } from './metric-limit';
import { type MonitoredSource, dataOf, grantCaptured } from './monitored-endpoint';
import { validateResourceName } from './resource-name';

interface AttributionDriftOptions extends Omit<DefinedMonitorOptions, 'isolateNetwork'> {
  /** How attributions are computed, with SHAP values; it is uploaded as a file, or written at deployment if it names a generated model. */
  readonly analysis: ModelExplainabilityAnalysis;

  /**
   * Name of the model that the job asks, on an endpoint of its own that exists during the job; a literal, or the generated name of a
   * `CfnModel`. With `managed: false` the job reads its artifacts instead, and asks the watched endpoint only about a model that it
   * cannot explain itself.
   */
  readonly modelName: string;

  /** Which features decided at the time of training. */
  readonly baselineConstraints: AttributionConstraints;

  /**
   * JMESPath expression that gives the features of a request in JSON Lines.
   *
   * @default - requests are CSV
   */
  readonly featuresAttribute?: string;

  /**
   * Where the predicted label is in an answer of the model: index of a column such as `0`, or JMESPath expression.
   *
   * @default - answers hold no label
   */
  readonly inferenceAttribute?: string;

  /**
   * Where the scores are in an answer of the model: index of a column such as `0`, or JMESPath expression.
   *
   * @default - the answer is one score
   */
  readonly probabilityAttribute?: string;
}

export type AttributionDriftMonitorProps = AttributionDriftOptions & MonitoredSource;

export interface AttributionMetricOptions {
  /**
   * Label that is explained: one of `labelHeaders` of the analysis, or `label0` and so on without them.
   *
   * @default label0
   */
  readonly label?: string;
}

/**
 * Compares which features decide with which did at the time of training, on a schedule.
 *
 * Creates a role, a job definition and a monitoring schedule, and uploads the analysis. Each run costs the time of its instances and
 * of the endpoint that it makes to ask the model. Model Monitor and Clarify are closed to new customers.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html
 */
export class AttributionDriftMonitor extends DefinedMonitor {
  /** Names of the features, where the analysis has them. */
  private readonly headers?: readonly string[];

  constructor(scope: Construct, id: string, given: AttributionDriftMonitorProps) {
    const props = dataOf<AttributionDriftOptions>(`${scope.node.path}/${id}`, given, ['Input']);
    const { modelName, baselineConstraints, featuresAttribute, inferenceAttribute, probabilityAttribute } = props;
    const config = props.analysis.renderForMonitor(`${scope.node.path}/${id}`) as RenderedAnalysis;
    const analysis = { ...config, predictor: { model_name: modelName, ...config.predictor } };
    super(scope, id, props, {
      type: 'ModelExplainability',
      metricKind: 'explainability-metrics',
      image: ContainerImage.clarify(),
      files: [baselineConstraints.s3Uri],
      permissions: role => askModel(role, modelName, analysis.predictor.endpoint_name_prefix),
      validate: path => {
        validateFiles(path, { baselineConstraints: baselineConstraints.s3Uri });
        validateResourceName(path, 'modelName', modelName);
        if (analysis.methods.shap === undefined) {
          throw new Error(`${path}: 'analysis' must have SHAP values, which are what is compared, got: none`);
        }
        if (props.managed === false) {
          validateExplained(path, analysis.methods);
          validateHeaders(path, config);
        }
      },
      open: {
        kind: 'attribution',
        files: { baselineConstraints: baselineConstraints.s3Uri },
        config,
        options: { featuresAttribute, inferenceAttribute, probabilityAttribute, modelName },
      },
      openPermissions: role => readModel(role, modelName, props.endpointName),
      define: (monitor, { common, imageUri, environment, output }) => {
        const file = storeAnalysis(monitor, analysis, props);
        file.grantRead(monitor);
        const definition = new sagemaker.CfnModelExplainabilityJobDefinition(monitor, 'Definition', {
          ...common,
          modelExplainabilityAppSpecification: { imageUri, environment, configUri: file.s3Uri },
          modelExplainabilityBaselineConfig: { constraintsResource: { s3Uri: baselineConstraints.s3Uri } },
          modelExplainabilityJobInput: renderInput(props, {
            featuresAttribute,
            inferenceAttribute,
            probabilityAttribute,
          }),
          modelExplainabilityJobOutputConfig: output,
        });
        if (Construct.isConstruct(file)) {
          definition.node.addDependency(file);
        }
        return definition;
      },
    });
    this.headers = config.headers;
    grantCaptured(given, this.role);
  }

  /** The global SHAP value of a feature. How far its rank has moved from the baseline is in the reports only. */
  public metricForFeature(
    feature: string,
    options: cloudwatch.MetricOptions & AttributionMetricOptions = {},
  ): cloudwatch.Metric {
    const { label = 'label0', ...rest } = options;
    validateName(this.node.path, 'feature', feature, this.headers ?? [], { headers: this.headers });
    const metric = this.metric(`feature_${feature}`, rest);
    return metric.with({
      dimensionsMap: {
        ...metric.dimensions,
        ExplainabilityMethod: 'KernelShap',
        Label: label,
        ValueType: 'GlobalShapValues',
      },
    });
  }

  /** Adds an alarm that goes off when a feature decides too much or too little, and holds until a run says otherwise. */
  public addAttributionAlarm(
    id: string,
    feature: string,
    options: MetricLimit & AttributionMetricOptions,
  ): cloudwatch.Alarm {
    const { label, ...limit } = options;
    const description = `Predictions do not depend on ${feature} as they should`;
    return this.createAlarm(id, this.metricForFeature(feature, { label }), description, limit);
  }
}

interface RenderedAnalysis extends Readonly<Record<string, unknown>> {
  readonly headers?: readonly string[];
  readonly methods: ExplainedBy;
  readonly predictor: { readonly endpoint_name_prefix?: string };
}

/** The file of an analysis, which Clarify knows by its name; CloudFormation writes it if it makes up the name of the model. */
function storeAnalysis(
  monitor: DefinedMonitor,
  analysis: RenderedAnalysis,
  { modelName, output: { bucket, prefix } }: Pick<AttributionDriftOptions, 'modelName' | 'output'>,
): Pick<DeployedFile, 's3Uri' | 'grantRead'> {
  return Token.isUnresolved(modelName)
    ? new DeployedFile(monitor, 'Analysis', {
        bucket,
        key: `${prefix}/${monitor.scheduleName}/analysis_config.json`,
        content: analysis,
      })
    : FileSet.fromJson('analysis_config.json', analysis).bind(monitor);
}
