import { Duration, Stack, type StackProps } from 'aws-cdk-lib/core';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ApprovedVersion } from '../constructs/approved-model';
import { type BlueGreenDeployment, Endpoint, type VariantScaling } from '../constructs/endpoint';
import { EndpointApi } from '../constructs/endpoint-api';
import { hasLocalStorage } from '../constructs/instances';
import type { MonitoredEndpoint } from '../constructs/model-monitor';
import type { SageMakerNetwork } from '../constructs/network';
import { BatchScoring } from './batch-scoring';
import { ApprovedScorer } from './credit-risk/model';
import { approvedPrefix, CREDIT_RISK, networkOf } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import type { Settings } from './settings';
import { ShadowTest } from './shadow-test';
import { SharedInference } from './shared-inference';
import { SleepingEndpoints } from './sleeping-endpoints';

export interface ServingStackProps extends StackProps {
  readonly settings: Settings;
  readonly network: SageMakerNetwork;
  readonly data: DataStack;

  /** Topic that hears of the endpoint's alarms. */
  readonly alerts: sns.ITopic;
}

/** The endpoints of the approved version; nothing while there is none, or while it is stopped. Changes when a version is approved. */
export class ServingStack extends Stack {
  /** Name of the endpoint, known before it exists. */
  public readonly endpointName: string;

  /** Alarms of the endpoint; they exist while it does. */
  public readonly alarms: readonly cloudwatch.Alarm[];

  /** The endpoint as monitors take it. */
  public readonly monitored: MonitoredEndpoint;

  constructor(scope: Construct, id: string, props: ServingStackProps) {
    super(scope, id, props);
    const { settings, data } = props;
    const network = networkOf(settings, props.network);
    this.endpointName = `${settings.prefix.toLowerCase()}-${CREDIT_RISK}`;

    const approved = new ApprovedVersion(this, 'Approved', { parameterPrefix: approvedPrefix(settings) });
    const scoring = new Construct(this, 'Scoring');
    approved.whenRunning(scoring);

    const model = new ApprovedScorer(scoring, 'Model', { approved, data, network });
    const endpoint = new Endpoint(scoring, 'Endpoint', {
      endpointName: this.endpointName,
      variants: [
        {
          name: 'primary',
          model,
          instanceType: settings.endpointInstanceType,
          instanceCount: settings.endpointMinInstances,
          scaling: scalingOf(settings),
        },
      ],
      dataCapture: { bucket: data.bucket, prefix: `${CREDIT_RISK}/captured` },
      // Local storage is encrypted by the hardware, which refuses a key.
      encryptionKey: hasLocalStorage(settings.endpointInstanceType) ? undefined : data.key,
      alarms: {},
      deployment: shift(settings.trafficShift),
    });
    const { endpointName } = this;
    this.alarms = endpoint.alarms;
    // By its literal name: an endpoint that another stack imports could not be removed.
    const { hosting, captured } = endpoint;
    this.monitored = { endpointName: this.endpointName, hosting, captured };
    const alarms = [...endpoint.alarms];
    if (settings.sleepingEndpoints) {
      const sleeping = new SleepingEndpoints(scoring, 'Sleeping', {
        settings,
        data,
        model,
        alerts: props.alerts,
        endpointName,
      });
      alarms.push(...sleeping.alarms);
    }
    if (settings.inferenceModes) {
      alarms.push(...new SharedInference(scoring, 'Shared', { settings, network, data, approved }).alarms);
      new BatchScoring(scoring, 'Batch', { settings, data, model, alerts: props.alerts });
      new ShadowTest(scoring, 'ShadowTest', {
        settings,
        endpointName,
        model,
        bucket: data.bucket,
        encryptionKey: data.key,
        alerts: props.alerts,
      });
    }
    if (settings.frontDoor) {
      // Its URL stays while no version is approved.
      new EndpointApi(this, 'FrontDoor', { endpointName, contentTypes: ['text/csv'] });
    }
    for (const alarm of alarms) {
      alarm.addAlarmAction(new actions.SnsAction(props.alerts));
    }
  }
}

function shift(type: Settings['trafficShift']): BlueGreenDeployment {
  const common = { terminationWait: Duration.minutes(5), maximumExecutionTimeout: Duration.hours(1) };
  const waitInterval = Duration.minutes(5);
  switch (type) {
    case 'ALL_AT_ONCE':
      return { type, ...common };
    case 'CANARY':
      return { type, ...common, waitInterval, canarySize: { percent: 10 } };
    case 'LINEAR':
      return { type, ...common, waitInterval, linearStepSize: { percent: 25 } };
  }
}

/** A fleet of fixed size has nothing to follow, and without scaling its instance type can be changed in one deployment. */
function scalingOf({
  endpointMinInstances: minInstances,
  endpointMaxInstances: maxInstances,
}: Settings): VariantScaling | undefined {
  return maxInstances > minInstances ? { minInstances, maxInstances, invocationsPerInstance: 1000 } : undefined;
}
