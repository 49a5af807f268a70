import type { CreateEndpointInput, DescribeEndpointOutput } from '@aws-sdk/client-sagemaker';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import type { Expression, Value } from '../expression';
import { grant, namesOf } from '../permission';
import { problemsOf, resourceName } from '../problem';
import { type CacheableProps, type StepProps, StepWithProperties } from '../step';

export interface EndpointStepProps extends StepProps, CacheableProps {
  /** Name of the endpoint: one that exists is updated. */
  readonly endpointName: Value<string>;

  /** Name of the configuration, such as `EndpointConfigStep.endpointConfigName`. */
  readonly endpointConfigName: Value<string>;

  /**
   * Any other part of the CreateEndpoint request that a pipeline takes, such as tags. Pipelines refuse a deployment
   * configuration: an update shifts all traffic at once.
   *
   * @default - none
   */
  readonly request?: RequestOverride<CreateEndpointInput, 'EndpointName' | 'EndpointConfigName' | 'DeploymentConfig'>;
}

/**
 * Creates an endpoint, or updates the one of that name.
 *
 * An endpoint costs the time of its instances until somebody deletes it: it stays when the execution ends, and CloudFormation
 * knows nothing of it. The service does not retry this step. Which arguments decide whether a cached result is reused, so that
 * nothing is deployed, is not documented.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html
 */
export class EndpointStep extends StepWithProperties<DescribeEndpointOutput> {
  /** Name of the endpoint; reading it makes this step run first. */
  public readonly endpointName: Expression<string> = this.property('EndpointName');

  private readonly props: EndpointStepProps;

  public constructor(name: string, props: EndpointStepProps) {
    const base = { EndpointName: props.endpointName, EndpointConfigName: props.endpointConfigName };
    super(name, {
      type: 'Endpoint',
      props,
      arguments: mergeArguments(base, props.request),
      problems: problemsOf(
        resourceName('endpointName', props.endpointName),
        resourceName('endpointConfigName', props.endpointConfigName),
      ),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const endpoints = namesOf(this.props.endpointName).map(name => `endpoint/${name}`);
    const configs = namesOf(this.props.endpointConfigName).map(name => `endpoint-config/${name}`);
    const reason = 'The name is only known when the pipeline runs; kind, account and region are fixed';
    grant(context, ['sagemaker:AddTags', 'sagemaker:DescribeEndpoint'], endpoints, reason);
    grant(context, ['sagemaker:CreateEndpoint', 'sagemaker:UpdateEndpoint'], [...endpoints, ...configs], reason);
  }
}
