import { Annotations, Stack } from 'aws-cdk-lib/core';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_cloudwatch, aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { hasLocalStorage } from '../instances';
import { type AsyncInference, checkAsync, renderAsync } from './async-inference';
import { check, leftOut } from './check';
import {
  checkDataCapture,
  describeCapture,
  renderDataCapture,
  type CapturedData,
  type DataCapture,
} from './data-capture';
import { checkDeployment, renderDeployment, type Deployment } from './deployment';
import { checkAlarms, VariantAlarms, type EndpointAlarmOptions } from './endpoint-alarms';
import { EndpointBase } from './endpoint-base';
import { checkEndpointName, derivedEndpointName } from './endpoint-name';
import type { EndpointKind } from './endpoint-widgets';
import { HostingPolicy } from './hosting-policy';
import { checkVariants, type InstanceVariant, isServerless, renderVariant, type Variant } from './instance-variant';
import { SERVERLESS_REFUSES } from './limits';
import type { ScaledEndpoint } from './scaled-capacity';
import { checkShadow, renderShadow, type ShadowVariant } from './shadow-variant';
import { ScaledConcurrency, type ServerlessVariant } from './serverless-variant';
import { ScaledVariant } from './variant-scaling';
import { warnings } from './warnings';

export interface EndpointProps {
  /** Models and their fleets, 1 to 10, that share the traffic; or one serverless variant. */
  readonly variants: readonly InstanceVariant[] | readonly [ServerlessVariant];

  /**
   * A variant that gets copies of the requests, beside exactly one in `variants`. Its alarms are no reason to roll back, so `alarms`
   * makes none for it.
   *
   * @default - none
   */
  readonly shadowVariant?: ShadowVariant;

  /**
   * Name of the endpoint, 1 to 63 lower-case letters, digits and `-`. A change replaces the endpoint.
   *
   * @default - derived from the construct path, so that moving the construct replaces the endpoint
   */
  readonly endpointName?: string;

  /**
   * Queues requests, which lie in S3 and may be large and slow. With `scaling` from 0 instances it costs nothing at rest.
   *
   * @default - requests are answered at once
   */
  readonly async?: AsyncInference;

  /**
   * Stores requests and answers in S3.
   *
   * @default - nothing is stored
   */
  readonly dataCapture?: DataCapture;

  /**
   * Key that encrypts the volumes with the models, or the copy of the image of a serverless variant. Not for instances with local storage, which the hardware encrypts.
   *
   * @default - a key that SageMaker makes for each volume and forgets with it
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Alarms on the errors and the latency of each variant, which also roll deployments back. `{}` takes the defaults.
   *
   * @default - none
   */
  readonly alarms?: EndpointAlarmOptions;

  /**
   * More alarms that roll a deployment back, at most 10 together with those of `alarms`. The endpoint depends on them, so
   * they must not refer to it: set `endpointName`, and take metrics from `Endpoint.fromEndpointName`.
   *
   * @default - none
   */
  readonly rollbackAlarms?: readonly aws_cloudwatch.IAlarmRef[];

  /**
   * How an update moves the traffic to the new fleet.
   *
   * @default - all at once; with alarms, watched for 5 minutes
   */
  readonly deployment?: Deployment;
}

/**
 * An endpoint: real-time on instances, serverless, or asynchronous.
 *
 * Creates an endpoint and its configuration; a scalable target and a policy for each variant with `scaling`; two alarms
 * for each variant with `alarms`; and a policy for the models' roles if they need more rights. Its instances cost money
 * from creation to deletion, used or not; a serverless variant does while it is used.
 *
 * An update never replaces the endpoint: a change makes a new configuration, which SageMaker moves the endpoint to.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html
 */
export class Endpoint extends EndpointBase {
  /** Imports an endpoint of this account and region. Without names of variants, each metric must name its own. */
  public static fromEndpointName(
    scope: Construct,
    id: string,
    endpointName: string,
    variantNames: readonly string[] = [],
  ): EndpointBase {
    return new ImportedEndpoint(scope, id, endpointName, variantNames);
  }

  /** Name of the endpoint, known at synthesis: clients and monitors can use it without a reference between stacks. */
  public readonly endpointName: string;

  /** Reference that makes what uses it depend on the endpoint. */
  public readonly endpointRef: refs.EndpointReference;

  /** Alarms made for `alarms`, two for each variant, for actions of your own (`alarm.addAlarmAction`). */
  public readonly alarms: readonly cloudwatch.Alarm[];

  /** What it runs on, and whether its models share containers: monitors ask for it. */
  public readonly hosting: 'instances' | 'asynchronous' | 'serverless' | 'multi-model';

  /** Where requests and answers are stored, as far as they are: monitors read it. */
  public readonly captured?: CapturedData;

  public override readonly async?: AsyncInference;
  protected readonly variantNames: readonly string[];
  protected override readonly shadowName?: string;
  protected override readonly kind: EndpointKind;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    this.validate(props);
    const variants: readonly Variant[] = props.variants;
    this.variantNames = variants.map(({ name }) => name);
    this.shadowName = props.shadowVariant?.name;
    this.async = props.async;
    this.kind = props.async ? 'asynchronous' : variants.some(isServerless) ? 'serverless' : 'instances';
    this.hosting = variants.some(({ model }) => model.demands?.includes('multiModel')) ? 'multi-model' : this.kind;
    this.captured = props.dataCapture && describeCapture(props.dataCapture);
    for (const [warning, message] of warnings(variants, props)) {
      Annotations.of(this).addWarningV2(`sagemaker-cdk:${warning}`, message);
    }
    this.endpointName = props.endpointName ?? derivedEndpointName(this);
    this.alarms = this.makeAlarms(props);
    const rollbackAlarms = [...this.alarms, ...(props.rollbackAlarms ?? [])];

    const config = new sagemaker.CfnEndpointConfig(this, 'Config', {
      productionVariants: variants.map(renderVariant),
      shadowProductionVariants: props.shadowVariant && [renderShadow(props.shadowVariant)],
      asyncInferenceConfig: props.async && renderAsync(props.async),
      dataCaptureConfig: props.dataCapture && renderDataCapture(props.dataCapture),
      kmsKeyId: props.encryptionKey?.keyArn,
    });
    const scaled = variants.some(({ scaling, serverless }) => scaling ?? serverless?.scaling);
    const resource = new sagemaker.CfnEndpoint(this, 'Resource', {
      endpointName: this.endpointName,
      endpointConfigName: config.attrEndpointConfigName,
      deploymentConfig: renderDeployment(props.deployment, rollbackAlarms),
      // Without these, an update would set a scaled variant back to its first size in the middle of the day. Weights stay
      // with the template. Both act on updates only: CreateEndpoint has no such parameters.
      retainAllVariantProperties: scaled || undefined,
      excludeRetainedVariantProperties: scaled ? [{ variantPropertyType: 'DesiredWeight' }] : undefined,
    });
    this.endpointRef = resource.endpointRef;

    const hosted = props.shadowVariant ? [...variants, props.shadowVariant] : variants;
    const policy = HostingPolicy.fromProps(this, { ...props, variants: hosted }, rollbackAlarms);
    if (policy !== undefined) {
      resource.node.addDependency(policy);
    }
    const scaling = new Construct(this, 'Scaling');
    for (const variant of variants) {
      this.scale(scaling, variant, { endpoint: resource, endpointName: this.endpointName, variantName: variant.name });
    }
  }

  private scale(scope: Construct, { name, scaling, serverless }: Variant, target: ScaledEndpoint): void {
    if (scaling) {
      new ScaledVariant(scope, name, { ...scaling, ...target });
    }
    if (serverless?.scaling) {
      new ScaledConcurrency(scope, name, { ...serverless.scaling, ...target });
    }
  }

  private makeAlarms({ alarms: options }: EndpointProps): cloudwatch.Alarm[] {
    if (options === undefined) {
      return [];
    }
    const scope = new Construct(this, 'Alarms');
    return this.variantNames.flatMap(variant => new VariantAlarms(this, scope, variant, options).alarms);
  }

  private validate(props: EndpointProps): void {
    const { endpointName: name, encryptionKey, rollbackAlarms = [] } = props;
    const variants: readonly Variant[] = props.variants;
    const { path } = this.node;
    const checkProp = check(path);
    checkEndpointName(checkProp, name);
    if (props.shadowVariant) {
      checkShadow(path, props.shadowVariant, props);
    }
    checkVariants(path, variants, props.async !== undefined);
    const encrypted = variants.find(({ instanceType }) => instanceType && hasLocalStorage(instanceType));
    checkProp(
      'encryptionKey',
      encryptionKey === undefined || encrypted === undefined,
      'be left out for instances with local storage, which the hardware encrypts',
      encrypted?.instanceType,
    );
    if (props.async) {
      checkAsync(path, props.async);
    }
    if (props.dataCapture) {
      checkProp('dataCapture', !variants.some(isServerless), leftOut(SERVERLESS_REFUSES.dataCapture), 'a data capture');
      checkDataCapture(path, props.dataCapture);
    }
    if (props.alarms) {
      checkAlarms(path, props.alarms);
    }
    const alarmCount = rollbackAlarms.length + (props.alarms ? 2 * variants.length : 0);
    checkProp(
      'rollbackAlarms',
      alarmCount <= 10,
      "hold at most 10 alarms, with the two that 'alarms' makes for each variant",
      alarmCount,
    );
    if (props.deployment) {
      checkDeployment(path, props.deployment, variants, alarmCount, props.alarms !== undefined);
    }
  }
}

class ImportedEndpoint extends EndpointBase {
  public readonly endpointRef: refs.EndpointReference;

  constructor(
    scope: Construct,
    id: string,
    public readonly endpointName: string,
    protected readonly variantNames: readonly string[],
  ) {
    super(scope, id);
    const arn = { service: 'sagemaker', resource: 'endpoint', resourceName: endpointName };
    this.endpointRef = { endpointArn: Stack.of(this).formatArn(arn) };
  }
}
