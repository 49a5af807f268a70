import type { CreateEndpointConfigInput, DescribeEndpointConfigOutput } from '@aws-sdk/client-sagemaker';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import type { Expression, Value } from '../expression';
import { grantNeeds, grantVolumeKey, type JobProps, networkRules, renderVpcConfig } from '../job';
import { keepFloats } from '../json';
import { grant, grantPassRole, namesOf } from '../permission';
import { problemsOf, resourceName } from '../problem';
import type { StepException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import { type EndpointVariants, renderVariants, variantRules } from './endpoint-variant';

/**
 * Retries: that a policy is taken is known, which failures it may name is not documented. Only failures of the call itself
 * are offered (`Step.*`), as for a model: there is no job whose capacity or limits could fail.
 */
export interface EndpointConfigStepProps
  extends StepProps, CacheableProps, RetryableProps<StepException>, Pick<JobProps, 'network' | 'isolateNetwork'> {
  /**
   * Name of the configuration. It must differ between executions, because none can be made twice: put
   * `ExecutionVariable.PIPELINE_EXECUTION_ID` into it.
   *
   * @default - made by the service
   */
  readonly endpointConfigName?: Value<string>;

  /** What answers the requests, by name: 1 to 10. */
  readonly variants: EndpointVariants;

  /**
   * Variants that get copies of the requests and whose answers nobody sees, by name: 1 to 10.
   *
   * @default - none
   */
  readonly shadowVariants?: EndpointVariants;

  /**
   * Role that runs inference components; needed where a variant has no model.
   *
   * @default - none: each model has its role
   */
  readonly role?: iam.IRole;

  /**
   * Key that encrypts the storage volumes. Instance types with a local disk refuse one.
   *
   * @default - a key that the service owns
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Any part of the CreateEndpointConfig request that a pipeline takes, laid over what the other props give. Pipelines refuse
   * data capture and explainers.
   *
   * @default - none
   */
  readonly request?: RequestOverride<
    CreateEndpointConfigInput,
    'EndpointConfigName' | 'ExecutionRoleArn' | 'KmsKeyId' | 'DataCaptureConfig' | 'ExplainerConfig'
  >;
}

/**
 * Creates a configuration that an `EndpointStep` deploys.
 *
 * A configuration costs nothing by itself, and stays when the execution ends. Which of its arguments decide whether a cached
 * one is reused is not documented.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
 */
export class EndpointConfigStep extends StepWithProperties<DescribeEndpointConfigOutput> {
  /** Name of the configuration; reading it makes this step run first. */
  public readonly endpointConfigName: Expression<string> = this.property('EndpointConfigName');

  private readonly props: EndpointConfigStepProps;

  public constructor(name: string, props: EndpointConfigStepProps) {
    const base = {
      EndpointConfigName: props.endpointConfigName,
      ProductionVariants: renderVariants(props.variants),
      ShadowProductionVariants: props.shadowVariants && renderVariants(props.shadowVariants),
      ExecutionRoleArn: props.role?.roleArn,
      KmsKeyId: props.encryptionKey?.keyArn,
      VpcConfig: renderVpcConfig(props),
      EnableNetworkIsolation: props.isolateNetwork,
    };
    super(name, {
      type: 'EndpointConfig',
      props,
      arguments: keepFloats(mergeArguments(base, props.request), ['InitialVariantWeight']),
      problems: problemsIn(props),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { role, encryptionKey, endpointConfigName } = this.props;
    const names = endpointConfigName === undefined ? ['*'] : namesOf(endpointConfigName);
    grant(
      context,
      ['sagemaker:AddTags', 'sagemaker:CreateEndpointConfig', 'sagemaker:DescribeEndpointConfig'],
      names.map(name => `endpoint-config/${name}`),
    );
    if (encryptionKey) grantVolumeKey(context.pipelineRole, encryptionKey);
    if (role) {
      grantNeeds(this.props, role);
      grantPassRole(context, role);
    }
  }
}

function problemsIn(props: EndpointConfigStepProps): readonly string[] {
  const { variants, shadowVariants = {}, role } = props;
  const without = Object.entries({ ...variants, ...shadowVariants }).filter(([, { modelName }]) => !modelName);
  return problemsOf(
    resourceName('endpointConfigName', props.endpointConfigName),
    ...variantRules('variants', variants),
    ...(props.shadowVariants ? variantRules('shadowVariants', props.shadowVariants) : []),
    [
      role !== undefined || without.length === 0,
      `'role' must be given where a variant has no model, got: none for ${without.map(([name]) => name).join(', ')}`,
    ],
    ...networkRules(props),
  );
}
