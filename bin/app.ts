import { createRequire } from 'node:module';
import { App, Validations } from 'aws-cdk-lib/core';
import { createApp } from '../lib/app';
import { settingsFromContext } from '../lib/settings';

const app = new App();
createApp(app, settingsFromContext(app.node));

// Loading cdk-nag takes as long as building the app, so it runs where it is asked for: in the gate, and before a deployment.
if (process.env.CDK_NAG === 'true') {
  const { AwsSolutionsChecks } = createRequire(__filename)('cdk-nag') as typeof import('cdk-nag');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
