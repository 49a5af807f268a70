import { FileSet } from '../../assets';
import type { ClarifyAnalysis, DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../clarify';
import { ContainerImage } from '../../images';
import { Activity } from '../../roles';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { StepContext } from '../context';
import { type Expression, Late, type Value } from '../expression';
import { allow } from '../permission';
import { problemsOf, type Rule } from '../problem';
import type { StepContent } from '../step';
import { bindCheck, CHECK_CACHE_KEYS, checkRules, type CheckProps, renderCheckJob, renderCheckMembers } from './check';
import { CheckStep } from './check-step';
import { openAnalysisProblems } from './open-analysis';
import { openRules, renderOpenCheck } from './open-check';
import { bindOpenCheck } from './open-check-grants';

interface ClarifyCheckProperties {
  readonly CalculatedBaselineConstraints: string;
  readonly BaselineUsedForDriftCheckConstraints: string;
}

export interface DataBiasCheckProps extends CheckProps {
  /** What is analysed. It is uploaded as a file, so it holds only values that are known at synthesis. */
  readonly analysis: DataBiasAnalysis;
  readonly modelName?: undefined;
}

export interface ModelCheckProps extends CheckProps {
  /** What is analysed. It is uploaded as a file, so it holds only values that are known at synthesis. */
  readonly analysis: ModelBiasAnalysis | ModelExplainabilityAnalysis;

  /** Model that answers the analysis, on an endpoint that exists during the job; such as `ModelStep.modelName`. */
  readonly modelName: Value<string>;
}

export type ClarifyCheckStepProps = DataBiasCheckProps | ModelCheckProps;

/**
 * Measures bias or explains predictions, and checks the result against a baseline.
 *
 * Costs the time of its instances, and with a model also that of the temporary endpoint. AWS documentation of 2026 says that
 * the service behind it, Clarify, takes no new customers: accounts that never used it may be refused, and check with
 * `managed: false`, which needs no endpoint.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
 */
export class ClarifyCheckStep<
  Kind extends ClarifyAnalysis['kind'] = ClarifyAnalysis['kind'],
> extends CheckStep<ClarifyCheckProperties> {
  /** Keeps the three kinds apart for the compiler. */
  declare protected readonly kind: Kind;

  /** S3 URI of the constraints that this execution computed. */
  public readonly calculatedConstraints: Expression<string> = this.property('CalculatedBaselineConstraints');

  /** S3 URI of the constraints that later versions and monitors are checked against. */
  public readonly driftConstraints: Expression<string> = this.property('BaselineUsedForDriftCheckConstraints');

  /** The configuration that a later monitor of the same kind needs, as a file of its own. */
  public readonly monitorConfig: Late;

  private readonly props: ClarifyCheckStepProps;

  public constructor(name: string, props: ClarifyCheckStepProps & { readonly analysis: { readonly kind: Kind } }) {
    const { analysis } = props;
    const config = new Late(({ scope }) => configFile(analysis, name, scope.node.path).bind(scope).s3Uri);
    const open = props.managed === false;
    super(name, analysis.kind, props, {
      ...(open ? openContent(props, config) : managedContent(props, config)),
      problems: [
        ...problemsOf(...checkRules(props), ...(open ? openRules(props, props.modelName) : [networkRule(props)])),
        ...(open ? openAnalysisProblems(analysis) : []),
      ],
    });
    this.props = props;
    this.monitorConfig = new Late(({ scope }) => {
      const config = analysis.renderForMonitor(`${scope.node.path}: step '${name}'`);
      return FileSet.fromJson('analysis_config.json', config).bind(scope).s3Uri;
    });
  }

  public override bind(context: StepContext): void {
    const { scope } = context;
    const { analysis, modelName } = this.props;
    const suppliedBaselines = [this.props.suppliedBaselineConstraints];
    const config = configFile(analysis, this.name, scope.node.path);
    if (this.props.managed === false) {
      bindOpenCheck(this.name, this.props, context, { files: [config], suppliedBaselines, modelName });
      return;
    }
    const role = bindCheck(this.props, ContainerImage.clarify(), context, suppliedBaselines);
    config.bind(scope).grantRead(role);
    if (analysis.kind !== 'DATA_BIAS') {
      grantTemporaryEndpoint(role, context, endpointPrefix(analysis, `${scope.node.path}: step '${this.name}'`));
    }
  }
}

function managedContent(props: ClarifyCheckStepProps, config: Late): Omit<StepContent, 'props'> {
  const { analysis } = props;
  return {
    type: 'ClarifyCheck',
    arguments: renderCheckJob(props, {
      image: ContainerImage.clarify(),
      outputName: 'analysis_result',
      uploadMode: isOfImages(analysis) ? 'Continuous' : undefined,
      inputs: {
        analysis_config: { uri: config, localPath: '/opt/ml/processing/input/config' },
        dataset: { uri: props.dataset, localPath: '/opt/ml/processing/input/data' },
      },
    }),
    members: { ...renderCheckMembers(analysis.kind, props), ModelName: props.modelName },
    cacheKeys: [...CHECK_CACHE_KEYS, 'ModelName'],
  };
}

function openContent(props: ClarifyCheckStepProps, analysisConfig: Late): Omit<StepContent, 'props'> {
  return renderOpenCheck(props, {
    kind: props.analysis.kind === 'MODEL_EXPLAINABILITY' ? 'attribution' : 'bias',
    // Clarify's CSV has no header line; the configuration names the columns.
    options: { datasetFormat: 'csv-without-header', modelName: props.modelName },
    inputs: { analysisConfig },
  });
}

function networkRule({ analysis, isolateNetwork }: ClarifyCheckStepProps): Rule {
  return [
    analysis.kind === 'DATA_BIAS' || !isolateNetwork,
    `'isolateNetwork' must be false for ${analysis.kind}, whose job calls an endpoint, got: true`,
  ];
}

/** The results of images are many files, which the Python SDK has uploaded while the job runs. */
function isOfImages(analysis: ClarifyAnalysis): boolean {
  return analysis.kind === 'MODEL_EXPLAINABILITY' && analysis.datasetType === 'application/x-image';
}

/** Clarify tells its files apart by name. */
function configFile(analysis: ClarifyAnalysis, step: string, path: string): FileSet {
  return FileSet.fromJson('analysis_config.json', analysis.render(`${path}: step '${step}'`));
}

function endpointPrefix(analysis: ClarifyAnalysis, path: string): string | undefined {
  const { predictor } = analysis.render(path) as { predictor?: { endpoint_name_prefix?: string } };
  return predictor?.endpoint_name_prefix;
}

/** The job of a model check puts the model on an endpoint of its own, asks it, and deletes it. */
function grantTemporaryEndpoint(role: iam.IRole, { scope }: StepContext, prefix?: string): void {
  for (const permission of Activity.queryModels().bind(scope).permissions) {
    const named = (arn: string) => (prefix === undefined ? arn : arn.replace('sm-clarify-', prefix));
    allow(role, { ...permission, resources: permission.resources.map(named) });
  }
}
