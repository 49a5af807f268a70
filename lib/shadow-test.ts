import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Endpoint, type Model } from '../constructs/endpoint';
import { InferenceExperiment, VariantComparison } from '../constructs/inference-experiment';
import { isAvailable } from './availability';
import { CREDIT_RISK } from './credit-risk/workload';
import type { Settings } from './settings';

export interface ShadowTestProps {
  readonly settings: Settings;

  /** Start of the names of the two endpoints. */
  readonly endpointName: string;

  /** Model of the approved version. */
  readonly model: Model;

  readonly bucket: s3.IBucket;

  /**
   * Key of the volumes.
   *
   * @default - one that SageMaker makes and forgets
   */
  readonly encryptionKey?: kms.IKey;

  /** Topic that hears when the shadow does worse than production. */
  readonly alerts: sns.ITopic;
}

const PRODUCTION = { name: 'primary', instanceType: 'ml.m5.xlarge' } as const;
const SHADOW = { name: 'shadow', instanceType: 'ml.c5.xlarge' } as const;

/**
 * Both ways to try something beside production: here another instance type for the same model.
 *
 * A shadow variant belongs to the template and stays until the template changes. An experiment ends by itself after a week, and changes an
 * endpoint behind CloudFormation's back, which is why it has an endpoint of its own.
 */
export class ShadowTest extends Construct {
  constructor(scope: Construct, id: string, props: ShadowTestProps) {
    super(scope, id);
    const alarms = [...this.addShadowVariant(props)];
    if (isAvailable('inferenceExperiment', props.settings)) {
      alarms.push(...this.addExperiment(props));
    }
    for (const alarm of alarms) {
      alarm.addAlarmAction(new actions.SnsAction(props.alerts));
    }
  }

  private addShadowVariant({ endpointName, model, bucket, encryptionKey }: ShadowTestProps): cloudwatch.Alarm[] {
    const lasting = new Endpoint(this, 'Lasting', {
      endpointName: `${endpointName}-shadow`,
      variants: [{ ...PRODUCTION, model }],
      shadowVariant: { ...SHADOW, model, samplingPercentage: 50 },
      dataCapture: { bucket, prefix: `${CREDIT_RISK}/shadow` },
      encryptionKey,
      alarms: {},
    });
    const names = { productionVariant: PRODUCTION.name, shadowVariant: SHADOW.name };
    const comparison = new VariantComparison(this, 'Comparison', { ...names, endpointName: lasting.endpointName });
    return [...lasting.alarms, ...comparison.alarms];
  }

  private addExperiment({ endpointName, model, bucket, encryptionKey }: ShadowTestProps): cloudwatch.Alarm[] {
    const tested = new Endpoint(this, 'Tested', {
      endpointName: `${endpointName}-experiment`,
      variants: [{ ...PRODUCTION, model }],
      encryptionKey,
      alarms: {},
    });
    const experiment = new InferenceExperiment(this, 'Experiment', {
      endpointName: tested.endpointName,
      description: 'Whether another kind of instance answers sooner',
      production: { ...PRODUCTION, model },
      shadow: { ...SHADOW, model },
      encryptionKey,
      dataStorage: { bucket, prefix: `${CREDIT_RISK}/experiment` },
    });
    // Only the experiment itself waits: the model waits for the policies that come with it.
    experiment.node.defaultChild?.node.addDependency(tested);
    experiment.addConclusion('Conclusion');
    return [...tested.alarms, ...experiment.addComparison('Comparison').alarms];
  }
}
