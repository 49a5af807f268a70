import type { App, Environment } from 'aws-cdk-lib/core';
import { BuildStack } from './build-stack';
import { DataStack } from './data-stack';
import { MonitoringStack } from './monitoring-stack';
import { NetworkStack } from './network-stack';
import { ServingStack } from './serving-stack';
import type { Settings } from './settings';
import { StudioStack } from './studio-stack';

/** All stacks of the app. */
export interface Stacks {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly studio: StudioStack;
  readonly build: BuildStack;
  readonly serving: ServingStack;
  readonly monitoring: MonitoringStack;
}

/** Builds the stacks. The app's entry point and the tests call this one function. */
export function createApp(app: App, settings: Settings): Stacks {
  const env: Environment = { account: settings.account || undefined, region: settings.region || undefined };
  const name = (stack: string) => `${settings.prefix}-${stack}`;
  const common = { env, settings };

  const network = new NetworkStack(app, name('Network'), common);
  const data = new DataStack(app, name('Data'), common);
  const build = new BuildStack(app, name('Build'), {
    ...common,
    network: network.network,
    data,
    // In this order: the monitor watches the endpoint that the first update has brought.
    deployedStackNames: [name('Serving'), name('Monitoring')],
  });
  const studio = new StudioStack(app, name('Studio'), { ...common, network: network.network, data, build });
  const serving = new ServingStack(app, name('Serving'), {
    ...common,
    network: network.network,
    data,
    alerts: build.alerts,
  });
  const monitoring = new MonitoringStack(app, name('Monitoring'), {
    ...common,
    network: network.network,
    data,
    build,
    serving,
  });
  // CloudFormation refuses a stack that reads SSM parameters which do not exist: they come with the Build stack.
  serving.addStackDependency(build);
  monitoring.addStackDependency(serving);
  return { network, data, studio, build, serving, monitoring };
}
