import { FileSet } from '../../assets';
import type { ClarifyAnalysis, DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../clarify';
import { ContainerImage } from '../../images';
import { Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { StepContext } from '../context';
import { type Expression, Late, type Value } from '../expression';
import { jobRole } from '../job';
import { problemsOf } from '../problem';
import { StepWithProperties } from '../step';
import { bindCheck, checkRules, type CheckProps, renderCheckJob, renderCheckMembers } from './check';

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
 * the service behind it, Clarify, takes no new customers: accounts that never used it may be refused.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
 */
export class ClarifyCheckStep<
  Kind extends ClarifyAnalysis['kind'] = ClarifyAnalysis['kind'],
> extends StepWithProperties<ClarifyCheckProperties> {
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
    super(name, {
      type: 'ClarifyCheck',
      props,
      arguments: renderCheckJob(props, {
        image: ContainerImage.clarify(),
        outputName: 'analysis_result',
        inputs: {
          analysis_config: {
            uri: new Late(({ scope }) => configFile(analysis, name, scope.node.path).bind(scope).s3Uri),
            localPath: '/opt/ml/processing/input/config',
          },
          dataset: { uri: props.dataset, localPath: '/opt/ml/processing/input/data' },
        },
      }),
      members: { ...renderCheckMembers(analysis.kind, props), ModelName: props.modelName },
      cacheKeys: ['AppSpecification', 'Environment', 'ProcessingInputs'],
      problems: problemsOf(...checkRules(props), [
        analysis.kind === 'DATA_BIAS' || !props.isolateNetwork,
        `'isolateNetwork' must be false for ${analysis.kind}, whose job calls an endpoint, got: true`,
      ]),
    });
    this.props = props;
    this.monitorConfig = new Late(({ scope }) => {
      const config = analysis.renderForMonitor(`${scope.node.path}: step '${name}'`);
      return FileSet.fromJson('analysis_config.json', config).bind(scope).s3Uri;
    });
  }

  public override bind(context: StepContext): void {
    const { scope } = context;
    const role = jobRole(this.props, context);
    bindCheck(this.props, ContainerImage.clarify(), context);
    const config = configFile(this.props.analysis, this.name, scope.node.path);
    config.bind(scope).grantRead(role);
    if (this.props.analysis.kind !== 'DATA_BIAS') {
      grantTemporaryEndpoint(context, role, endpointPrefix(this.props.analysis, scope.node.path));
    }
  }
}

/** Clarify tells its files apart by name. */
function configFile(analysis: ClarifyAnalysis, step: string, path: string): FileSet {
  return FileSet.fromJson('analysis_config.json', analysis.render(`${path}: step '${step}'`));
}

function endpointPrefix(analysis: ModelBiasAnalysis | ModelExplainabilityAnalysis, path: string): string {
  const { predictor } = analysis.render(path) as { predictor?: { endpoint_name_prefix?: string } };
  return predictor?.endpoint_name_prefix ?? '';
}

/** The job of a model check puts the model on an endpoint of its own, asks it, and deletes it. */
function grantTemporaryEndpoint({ scope }: StepContext, role: iam.IRole, prefix: string): void {
  const arn = (resource: string) => Stack.of(scope).formatArn({ service: 'sagemaker', resource });
  iam.Grant.addToPrincipal({
    grantee: role,
    actions: [
      'sagemaker:AddTags',
      'sagemaker:CreateEndpoint',
      'sagemaker:CreateEndpointConfig',
      'sagemaker:DeleteEndpoint',
      'sagemaker:DeleteEndpointConfig',
      'sagemaker:DescribeEndpoint',
      'sagemaker:DescribeEndpointConfig',
      'sagemaker:InvokeEndpoint',
    ],
    resourceArns: [arn(`endpoint/${prefix}*`), arn(`endpoint-config/${prefix}*`)],
  });
  iam.Grant.addToPrincipal({ grantee: role, actions: ['sagemaker:DescribeModel'], resourceArns: [arn('model/*')] });
}
