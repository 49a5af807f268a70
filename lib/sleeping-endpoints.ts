import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Endpoint, type Model } from '../constructs/endpoint';
import { hasLocalStorage } from '../constructs/instances';
import { CREDIT_RISK } from './credit-risk/workload';
import { isAvailable } from './availability';
import type { DataStack } from './data-stack';
import type { Settings } from './settings';

export interface SleepingEndpointsProps {
  readonly settings: Settings;
  readonly data: DataStack;

  /** The approved version, as the real-time endpoint hosts it. */
  readonly model: Model;

  /** Topic that hears of requests that failed. */
  readonly alerts: sns.ITopic;

  /** Name of the real-time endpoint, with which those of the others begin. */
  readonly endpointName: string;
}

/**
 * The approved version in the modes that cost nothing at rest: an asynchronous endpoint that goes to zero instances and,
 * without `vpcOnly` and where the region has it, a serverless one, which SageMaker cannot put into a VPC.
 */
export class SleepingEndpoints extends Construct {
  /** Alarms of the endpoints. */
  public readonly alarms: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: SleepingEndpointsProps) {
    super(scope, id);
    const { settings } = props;
    const serverless = !settings.vpcOnly && isAvailable('serverlessInference', settings);
    const endpoints = [this.asynchronous(props), ...(serverless ? [this.serverless(props)] : [])];
    this.alarms = endpoints.flatMap(({ alarms }) => alarms);
  }

  private asynchronous({ settings, data, model, alerts, endpointName }: SleepingEndpointsProps): Endpoint {
    const { endpointInstanceType: instanceType } = settings;
    const at = (folder: string) => ({ bucket: data.bucket, prefix: `${CREDIT_RISK}/asynchronous/${folder}` });
    return new Endpoint(this, 'Asynchronous', {
      endpointName: `${endpointName}-async`,
      variants: [
        {
          name: 'primary',
          model,
          instanceType,
          scaling: { minInstances: 0, maxInstances: settings.endpointMaxInstances, backlogPerInstance: 10 },
        },
      ],
      async: { input: at('requests'), output: at('answers'), failure: at('failures'), errorTopic: alerts },
      encryptionKey: hasLocalStorage(instanceType) ? undefined : data.key,
      alarms: {},
    });
  }

  private serverless({ data, model, endpointName }: SleepingEndpointsProps): Endpoint {
    return new Endpoint(this, 'Serverless', {
      endpointName: `${endpointName}-serverless`,
      variants: [{ name: 'primary', model, serverless: { memorySizeMiB: 2048, maxConcurrency: 5 } }],
      encryptionKey: data.key,
      alarms: {},
    });
  }
}
