import { Stack, type StackProps } from 'aws-cdk-lib/core';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { ApprovedVersion } from '../constructs/approved-model';
import { MonitorAlerts } from '../constructs/model-monitor';
import type { SageMakerNetwork } from '../constructs/network';
import type { BuildStack } from './build-stack';
import { approvedPrefix, networkOf } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import { DriftRetraining } from './drift-retraining';
import { Labels } from './labels';
import type { ServingStack } from './serving-stack';
import type { Settings } from './settings';
import { WorkloadDashboard } from './workload-dashboard';
import { type WorkloadMonitor, WorkloadMonitors } from './workload-monitors';

export interface MonitoringStackProps extends StackProps {
  readonly settings: Settings;
  readonly network: SageMakerNetwork;
  readonly data: DataStack;
  readonly build: BuildStack;
  readonly serving: ServingStack;
}

/** Monitors, alerts and dashboard of the approved version, and retraining. Changes when a version is approved. */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { settings, data, build, serving } = props;
    const approved = new ApprovedVersion(this, 'Approved', { parameterPrefix: approvedPrefix(settings) });
    const { all } = new WorkloadMonitors(this, 'Monitors', {
      settings,
      data,
      approved,
      endpoint: serving.monitored,
      network: networkOf(settings, props.network),
    });
    for (const alarm of alarmsOf(all)) {
      alarm.addAlarmAction(new actions.SnsAction(build.alerts));
    }
    if (settings.allMonitors) {
      new Labels(this, 'Labels', { data, alerts: build.alerts });
    }

    const overview = new Construct(this, 'Overview');
    approved.whenApproved(overview);
    const [first, ...others] = all;
    const alerts = new MonitorAlerts(overview, 'Alerts', {
      monitors: [first.monitor, ...others.map(({ monitor }) => monitor)],
      topic: build.alerts,
    });
    new WorkloadDashboard(overview, 'Workload', {
      title: 'Credit risk',
      endpointName: serving.endpointName,
      modelPackageArn: approved.modelPackageArn,
      modelPackageGroupName: build.models.modelPackageGroupName,
      pipeline: build.pipeline,
      history: build.history,
      monitors: all,
      alarms: [...serving.alarms, ...alarmsOf(all)],
    });
    if (settings.retrainOnDrift) {
      const retraining = all.filter(({ retrains }) => retrains);
      const [alarm, ...more] = alarmsOf(retraining);
      if (alarm) {
        new DriftRetraining(overview, 'Retraining', {
          settings,
          pipeline: build.pipeline,
          alarms: [alarm, ...more],
          alerts,
          violations: retraining.filter(({ alarms }) => alarms.length === 0).map(({ monitor }) => monitor),
        });
      }
    }
  }
}

function alarmsOf(monitors: readonly WorkloadMonitor[]): WorkloadMonitor['alarms'] {
  return monitors.flatMap(({ alarms }) => alarms);
}
